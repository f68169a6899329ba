#include "emulator/icc/icc.h"

#include <utility>

namespace scardlab::icc {

namespace {

using iso7816::ByteView;
using iso7816::ClockCycles;
using iso7816::Pps;
using iso7816::TransmissionRate;

constexpr TransmissionRate default_rate{};

}  // namespace

Icc::Icc(Profile profile)
    : profile_(std::move(profile)),
      state_(personalise(profile_)),
      timing_(iso7816::timing_for(profile_.cold_atr, default_rate)),
      t1_(profile_.cold_atr.edc_kind()),
      mute_(profile_.quirks.activation.mute) {}

bool Icc::enter(ContactInput input) {
    const auto to = next(contact_state_, input);
    if (to) {
        contact_state_ = *to;
    }
    return to.has_value();
}

const iso7816::Atr& Icc::current_atr() const {
    return warm_ && profile_.warm_atr ? *profile_.warm_atr : profile_.cold_atr;
}

void Icc::end_session() {
    session_.clear();
    output_.clear();
    t0_.clear();
    t1_.clear(current_atr().edc_kind(), profile_.largest_inf, current_atr().ifsc());
    pps_count_ = 0;
    pps_damaged_ = false;
    surplus_ = 0;
    sent_count_ = 0;
    repeating_ = false;
    unsettled_ = false;
    convention_ = current_atr().convention();
    offers_t0_ = current_atr().offers(iso7816::Protocol::t0);
}

void Icc::inserted(ClockCycles now) {
    log_.append(ContactEvent::inserted, now);
}

void Icc::removed(ClockCycles now) {
    settle();
    enter(ContactInput::power_off);
    end_session();
    deviations_.clear();
    log_.append(ContactEvent::removed, now);
}

void Icc::power_on(ClockCycles, iso7816::OperatingClass operating_class) {
    if (enter(ContactInput::power_on)) {
        operating_class_ = operating_class;
        warm_ = false;
        end_session();
    }
}

void Icc::stop_clock(ClockCycles) {
    enter(ContactInput::clock_stop);
}

void Icc::io_low(ClockCycles) {
    enter(ContactInput::io_low);
}

void Icc::vcc_off(ClockCycles now) {
    settle();
    const bool in_order = contact_state_ == ContactState::io_held_low;
    enter(ContactInput::power_off);
    end_session();
    if (in_order) {
        log_.append(ContactEvent::deactivation, now);
    }
}

void Icc::power_off(ClockCycles now) {
    rst_low(now);
    stop_clock(now);
    io_low(now);
    vcc_off(now);
}

void Icc::rst_low(ClockCycles) {
    settle();
    if (enter(ContactInput::rst_low)) {
        warm_ = true;
        end_session();
    }
}

bool Icc::stays_mute() const {
    const auto& quirks = profile_.quirks.activation;
    return mute_ || (warm_ ? quirks.mute_when_warm : quirks.mute_when_cold) ||
           !iso7816::contains(profile_.operating_classes, operating_class_);
}

void Icc::rst_high(ClockCycles now) {
    const bool silent = stays_mute();
    if (!enter(silent ? ContactInput::rst_high_mute : ContactInput::rst_high)) {
        return;
    }
    log_.append(warm_ ? ContactEvent::warm_reset : ContactEvent::cold_reset, now);
    end_session();
    timing_ = iso7816::timing_for(current_atr(), default_rate);
    if (!silent) {
        answer_reset(now);
    }
}

void Icc::set_mute(bool mute) {
    mute_ = mute;
    if (mute) {
        fall_silent();
    }
}

void Icc::fall_silent() {
    settle();
    if (enter(ContactInput::fall_silent)) {
        output_.clear();
    }
}

std::optional<std::uint8_t> Icc::protocol() const {
    switch (contact_state_) {
        case ContactState::operating:
            return t_;
        case ContactState::negotiable:
            return current_atr().first_offered();
        default:
            return std::nullopt;
    }
}

void Icc::operate(std::uint8_t t, TransmissionRate rate) {
    t_ = t;
    timing_ = iso7816::timing_for(current_atr(), rate, t == 1 ? iso7816::Protocol::t1 : iso7816::Protocol::t0);
    if (const auto& etu = profile_.quirks.characters.guard_time) {
        timing_.card_guard_time = rate.etu(*etu);
    }
    if (t > 1) {
        enter(ContactInput::fall_silent);  // a protocol that this card's ATR offers and its software does not have
    }
}

/// Clause 7.3: mandatory in T=0, and before a protocol is in force for a card that offers T=0.
bool Icc::repeats_characters() const {
    return contact_state_ == ContactState::operating ? t_ == 0 : offers_t0_;
}

bool Icc::receive(iso7816::Character character, ClockCycles at) {
    settle();
    output_.clear();  // whoever hears the reader talk does not talk on
    switch (contact_state_) {
        case ContactState::negotiable:
        case ContactState::receiving_pps:
        case ContactState::operating:
            break;
        default:
            return false;  // does not listen
    }
    const bool damaged = !character.parity_right(convention_);
    if (damaged && repeats_characters()) {
        return true;
    }
    take_character(character.value(convention_), damaged, at);
    if (const auto& etu = profile_.quirks.characters.answer_delay; etu && !output_.empty()) {
        const ClockCycles moved = at + timing_.rate.etu(*etu);
        const bool too_early = moved < at + timing_.turnaround;  // which is then what the quirk is for
        output_.reschedule(too_early ? moved : std::max(moved, *output_.next_at()));
    }
    return false;
}

void Icc::take_character(std::uint8_t value, bool damaged, ClockCycles at) {
    if (contact_state_ == ContactState::negotiable) {
        if (enter(value == Pps::ppss ? ContactInput::pps_start : ContactInput::command_start) &&
            contact_state_ == ContactState::operating) {
            operate(current_atr().first_offered(), default_rate);
        }
    }
    if (contact_state_ == ContactState::receiving_pps) {
        receive_pps(value, damaged, at);
    } else if (contact_state_ == ContactState::operating) {
        if (t_ == 0) {
            t0_.receive(value, at, parts());
        } else if (damaged) {
            t1_.receive_damaged(at, parts());
        } else {
            t1_.receive(value, at, parts());
        }
    }
}

std::optional<ClockCycles> Icc::next_character_at() {
    settle();
    return output_.next_at();
}

std::optional<LineCharacter> Icc::next_character(ClockCycles not_after) {
    settle();
    if (output_.empty() && contact_state_ == ContactState::operating && t_ == 1) {
        t1_.hear_nothing(not_after, parts());
    }
    const auto sent = output_.pop(not_after);
    if (!sent) {
        return std::nullopt;
    }
    const bool repeats = repeats_characters();
    iso7816::Character character = iso7816::Character::encode(sent->value, convention_);
    const unsigned every = profile_.quirks.characters.parity_error_every;
    const bool counts = every != 0 && (repeats || contact_state_ != ContactState::answering);
    if (counts && !std::exchange(repeating_, false) && ++sent_count_ % every == 0) {
        character = character.with_wrong_parity();
    }
    if (output_.empty()) {
        if (repeats) {
            unsettled_ = true;
            unsettled_at_ = sent->at;
        } else {
            output_complete(sent->at);
        }
    }
    return LineCharacter{character, sent->at};
}

void Icc::signal_error(ClockCycles at) {
    if (!repeats_characters() || profile_.quirks.characters.never_repeats) {
        return;
    }
    repeating_ = output_.repeat(at + timing_.repetition);
    unsettled_ = unsettled_ && !repeating_;
}

void Icc::settle() {
    if (std::exchange(unsettled_, false)) {
        output_complete(unsettled_at_);
    }
}

void Icc::output_complete(ClockCycles at) {
    switch (output_.completes()) {
        case Output::Completes::atr: {
            log_.append(ContactEvent::atr, at, output_.marked());
            const auto specific = current_atr().specific_mode();
            enter(specific ? ContactInput::atr_sent_specific : ContactInput::atr_sent);
            if (specific) {
                const auto rate = specific->implicit_rate ? std::nullopt : iso7816::rate_from_ta1(current_atr().ta1());
                operate(specific->t, rate.value_or(default_rate));
            }
            send_surplus(at);
            return;
        }
        case Output::Completes::pps_response:
            log_.append(ContactEvent::pps_response, at, output_.marked());
            enter(ContactInput::pps_response_sent);
            if (contact_state_ == ContactState::operating) {
                operate(t_after_pps_, rate_after_pps_);
            }
            break;
        case Output::Completes::t0_part:
            t0_.go_on(at, parts());
            return;
        case Output::Completes::t0_response:
            log_.append(ContactEvent::response, at, t0_.answer());
            break;
        case Output::Completes::t1_response:
            log_.append(ContactEvent::response, at, session_.t1.response);
            break;
        case Output::Completes::nothing:
            break;
    }
    output_.clear();
}

}  // namespace scardlab::icc
