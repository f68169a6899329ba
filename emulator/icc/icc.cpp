#include "emulator/icc/icc.h"

#include <utility>

namespace scardlab::icc {

namespace {

using iso7816::ByteView;
using iso7816::ClockCycles;
using iso7816::Pps;
using iso7816::TransmissionRate;

/// Between RST high and the first character; the standard allows 400 to 40,000 (clause 6.2.2).
constexpr ClockCycles atr_delay{500};
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
    t1_.clear(current_atr().edc_kind(), profile_.largest_inf);
    pps_count_ = 0;
}

void Icc::inserted(ClockCycles now) {
    log_.append(ContactEvent::inserted, now);
}

void Icc::removed(ClockCycles now) {
    enter(ContactInput::power_off);
    end_session();
    log_.append(ContactEvent::removed, now);
}

void Icc::power_on(ClockCycles) {
    if (enter(ContactInput::power_on)) {
        warm_ = false;
        end_session();
    }
}

void Icc::power_off(ClockCycles now) {
    if (contact_state_ != ContactState::unpowered) {
        enter(ContactInput::power_off);
        end_session();
        log_.append(ContactEvent::deactivation, now);
    }
}

void Icc::rst_low(ClockCycles) {
    if (enter(ContactInput::rst_low)) {
        warm_ = true;
        end_session();
    }
}

void Icc::rst_high(ClockCycles now) {
    const bool silent = mute_ || mute_once_;
    if (!enter(silent ? ContactInput::rst_high_mute : ContactInput::rst_high)) {
        return;
    }
    mute_once_ = false;
    log_.append(warm_ ? ContactEvent::warm_reset : ContactEvent::cold_reset, now);
    end_session();
    timing_ = iso7816::timing_for(current_atr(), default_rate);
    if (!silent) {
        output_.begin(now + atr_delay, default_rate.etu(12));
        output_.mark(Output::Completes::atr);
        output_.append(current_atr().bytes());
    }
}

void Icc::set_mute(bool mute) {
    mute_ = mute;
    if (mute) {
        fall_silent();
    }
}

void Icc::fall_silent() {
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
    if (t > 1) {
        enter(ContactInput::fall_silent);  // a protocol that this card's ATR offers and its software does not have
    }
}

void Icc::receive(std::uint8_t character, ClockCycles at) {
    output_.clear();  // whoever hears the reader talk does not talk on
    if (contact_state_ == ContactState::negotiable) {
        if (enter(character == Pps::ppss ? ContactInput::pps_start : ContactInput::command_start) &&
            contact_state_ == ContactState::operating) {
            operate(current_atr().first_offered(), default_rate);
        }
    }
    if (contact_state_ == ContactState::receiving_pps) {
        receive_pps(character, at);
    } else if (contact_state_ == ContactState::operating) {
        if (t_ == 0) {
            t0_.receive(character, at, parts());
        } else {
            t1_.receive(character, at, parts());
        }
    }
}

void Icc::receive_pps(std::uint8_t character, ClockCycles at) {
    pps_[pps_count_++] = character;
    if (pps_count_ >= 2 && pps_count_ == Pps::size_for(pps_[1])) {
        answer_pps(at);
    }
}

void Icc::answer_pps(ClockCycles at) {
    using Answer = IccQuirks::PpsExchange::Answer;
    log_.append(ContactEvent::pps_request, at, ByteView(pps_.data(), pps_count_));
    const auto request = Pps::parse(ByteView(pps_.data(), pps_count_));
    pps_count_ = 0;
    Answer answer = std::exchange(pps_once_, std::nullopt).value_or(profile_.quirks.pps.answer);
    if (!request || !current_atr().offered_protocols().contains(request->t)) {
        answer = Answer::silent;  // clause 9.3: a card does not answer a request that it cannot take
    }
    if (answer == Answer::silent || answer == Answer::garbled) {
        enter(ContactInput::pps_ignore);
        return;
    }
    Pps response{request->t, request->pps1, {}, {}};
    const auto rate = request->pps1 ? iso7816::rate_from_ta1(*request->pps1) : std::nullopt;
    const bool rate_known = rate && (*request->pps1 == current_atr().ta1() || *rate == default_rate);
    if (!rate_known || answer == Answer::without_pps1) {
        response.pps1.reset();
    }
    if (answer == Answer::refuse) {
        response.t ^= 1;
    }
    enter(answer == Answer::refuse ? ContactInput::pps_refuse : ContactInput::pps_accept);
    t_after_pps_ = response.t;
    rate_after_pps_ = response.pps1 ? *rate : default_rate;
    output_.begin(at + timing_.rate.etu(16), default_rate.etu(12));
    output_.mark(Output::Completes::pps_response);
    output_.append(response.encode().view());
}

std::optional<SentCharacter> Icc::next_character(ClockCycles not_after) {
    const auto sent = output_.pop(not_after);
    if (sent && output_.empty()) {
        output_complete(sent->at);
    }
    return sent;
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
            break;
        }
        case Output::Completes::pps_response:
            log_.append(ContactEvent::pps_response, at, output_.marked());
            enter(ContactInput::pps_response_sent);
            if (contact_state_ == ContactState::operating) {
                operate(t_after_pps_, rate_after_pps_);
            }
            break;
        case Output::Completes::t0_response:
            log_.append(ContactEvent::response, at, output_.marked());
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
