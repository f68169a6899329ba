#include "emulator/ifd/line.h"

#include <algorithm>

namespace scardlab::ifd {

namespace {

using iso7816::Character;
using iso7816::ClockCycles;

/// RST stays low this long; the standard wants at least 400 (ISO/IEC 7816-3 clause 6.2.2).
constexpr ClockCycles reset_pulse{500};

}  // namespace

void Line::wait_until(ClockCycles now) {
    now_ = std::max(now_, now);
}

void Line::cold_reset(iso7816::OperatingClass operating_class) {
    card_->power_on(now_, operating_class);
    rise_of_reset();
}

void Line::warm_reset() {
    card_->rst_low(now_);
    rise_of_reset();
}

void Line::rise_of_reset() {
    now_ += reset_pulse;
    card_->rst_high(now_);
    faults_.count_anew();
    convention_.reset();
    answer_begins_ = true;
    reader_sent_last_ = false;
}

void Line::deactivate() {
    contact_lost_ = false;
    card_->rst_low(now_);
    card_->stop_clock(now_);
    card_->io_low(now_);
    card_->vcc_off(now_);
}

Line::Sent Line::send(iso7816::ByteView characters) {
    for (const std::uint8_t character : characters) {
        pulled_ = pulled_ || faults_.happens_to_reader(Fault::Do::remove);
        contact_lost_ = contact_lost_ || faults_.happens_to_reader(Fault::Do::lose_contact);
        if (pulled_ || contact_lost_) {
            return Sent::no_card;
        }
        if (faults_.happens_to_reader(Fault::Do::stay_mute)) {
            card_->fall_silent();
        }
        now_ += reader_sent_last_ ? timing_.guard_time : timing_.turnaround;
        reader_sent_last_ = true;
        const bool well = send_one(character);
        faults_.reader_sent();
        if (!well) {
            return Sent::damaged;
        }
    }
    return Sent::well;
}

/// False: the card signalled an error to the character and to all its repetitions.
bool Line::send_one(std::uint8_t value) {
    const Character right = Character::encode(value, convention_.value_or(iso7816::Convention::direct));
    for (unsigned repetitions = 0;; ++repetitions) {
        Character sent = right;
        if (faults_.happens_to_reader(Fault::Do::parity_error)) {
            sent = sent.with_wrong_parity();
        }
        if (!card_->receive(sent, now_) || t1_) {
            return true;  // in T=1 nobody looks for an error signal
        }
        if (repetitions == iso7816::repetition_limit) {
            return false;
        }
        now_ += timing_.repetition;
    }
}

/// Carries out the faults that come before the card's next character; false: the card cannot be reached.
bool Line::line_faults_before(ClockCycles deadline, ClockCycles earliest) {
    if (!faults_.any_armed()) {
        return true;
    }
    pulled_ = pulled_ || faults_.happens_to_card(Fault::Do::remove);
    contact_lost_ = contact_lost_ || faults_.happens_to_card(Fault::Do::lose_contact);
    if (pulled_ || contact_lost_) {
        return false;
    }
    if (faults_.happens_to_card(Fault::Do::stay_mute)) {
        card_->fall_silent();
    }
    if (!card_->next_character_at()) {
        return true;
    }
    if (faults_.happens_to_card(Fault::Do::early)) {
        card_->reschedule(now_ + ClockCycles{(earliest - now_).count / 2});
    } else if (faults_.happens_to_card(Fault::Do::late)) {
        card_->reschedule(deadline + ClockCycles{1});
    }
    return true;
}

/// A character as it arrives; the reader learns the convention from TS.
Line::Heard Line::read(Character character, bool in_time) {
    if (answer_begins_) {
        answer_begins_ = false;
        convention_ = iso7816::convention_of(character);
    }
    const bool right = convention_ && character.parity_right(*convention_);
    return right && in_time ? Heard{Heard::Kind::character, character.value(*convention_)}
                            : Heard{Heard::Kind::damaged, 0};
}

Line::Heard Line::receive(ClockCycles wait) {
    ClockCycles earliest = now_ + (answer_begins_      ? iso7816::atr_start_minimum
                                   : reader_sent_last_ ? timing_.earliest_reply
                                                       : timing_.earliest_next);
    for (unsigned repetitions = 0;; ++repetitions) {
        const ClockCycles deadline = now_ + wait;
        if (!line_faults_before(deadline, earliest)) {
            return {Heard::Kind::no_card, 0};
        }
        auto sent = card_->next_character(deadline);
        if (!sent) {
            now_ = deadline;
            return {Heard::Kind::silence, 0};
        }
        now_ = sent->at;
        reader_sent_last_ = false;
        if (faults_.happens_to_card(Fault::Do::parity_error)) {
            sent->character = sent->character.with_wrong_parity();
        }
        const bool in_time = now_ >= earliest;
        const Heard heard = read(sent->character, in_time);
        const bool asks_again = heard.kind == Heard::Kind::damaged && in_time && convention_ && !t1_ &&
                                repetitions < iso7816::repetition_limit;
        if (!asks_again) {
            faults_.card_sent();
            return heard;
        }
        card_->signal_error(now_);
        earliest = now_ + timing_.earliest_repetition;
    }
}

bool Line::surplus_comes() {
    const auto at = card_->next_character_at();
    return at && *at <= now_ + timing_.turnaround;
}

}  // namespace scardlab::ifd
