#include <array>

#include "emulator/iso7816/pps.h"
#include "emulator/vpcd/link/link.h"

namespace scardlab::vpcd {

namespace {

constexpr unsigned failure_base = 600;
/// vpcd refuses an ATR longer than 33 bytes and keeps the connection: rule Q7.
constexpr std::array<std::uint8_t, iso7816::Atr::max_size + 1> refused_atr{};
constexpr std::array<std::uint8_t, 1> no_atr{};

bool may_be_pps(iso7816::ByteView body) {
    return body.size() >= 3 && body.size() <= iso7816::Pps::max_size && body[0] == iso7816::Pps::ppss;
}

}  // namespace

std::uint8_t failure_body(ifd::IfdCode code) {
    const auto number = static_cast<unsigned>(code);
    if (number <= failure_base || number > failure_base + 99) {
        return failure_body(ifd::IfdCode::communication_error);
    }
    return static_cast<std::uint8_t>(number - failure_base);
}

FrameHandler::Answer FrameHandler::handle(iso7816::ByteView body) {
    if (body.size() == 1) {
        switch (static_cast<Control>(body[0])) {
            case Control::power_off:
                return power(ifd::PowerAction::down);
            case Control::power_on:
                return power(ifd::PowerAction::up);
            case Control::reset:
                return power(ifd::PowerAction::reset);
            case Control::get_atr:
                return atr();
        }
    }
    if (may_be_pps(body)) {
        if (const auto request = iso7816::Pps::parse(body)) {
            return set_protocol(body, request->t);
        }
    }
    return transmit(body);
}

void FrameHandler::connection_opened() {
    atr_ = {};
    power_failed_ = false;
}

void FrameHandler::connection_lost() {
    iso7816::Atr none;
    ifd_.power_icc(ifd::PowerAction::down, none);
}

/// Also a card that is still in the reader can be missed, when its contacts open for a moment.
bool FrameHandler::removed(ifd::IfdCode code) const {
    return code == ifd::IfdCode::icc_not_present && ifd_.presence() == code;
}

FrameHandler::Answer FrameHandler::power(ifd::PowerAction action) {
    iso7816::Atr atr;
    const auto code = ifd_.power_icc(action, atr);
    power_failed_ = action != ifd::PowerAction::down && code != ifd::IfdCode::success;
    if (action != ifd::PowerAction::down && code == ifd::IfdCode::success) {
        atr_ = atr;
    }
    Answer answer;
    answer.removed = removed(code);
    answer.code = code;
    return answer;
}

FrameHandler::Answer FrameHandler::atr() const {
    Answer answer;
    answer.send = true;
    if (power_failed_) {
        answer.body = refused_atr;
    } else if (atr_.empty()) {
        answer.body = no_atr;
    } else {
        answer.body = atr_.bytes();
    }
    return answer;
}

FrameHandler::Answer FrameHandler::set_protocol(iso7816::ByteView request, std::uint8_t t) {
    if (t > static_cast<std::uint8_t>(iso7816::Protocol::t1)) {
        return failure(ifd::IfdCode::protocol_not_supported);
    }
    const auto code = ifd_.set_protocol(static_cast<iso7816::Protocol>(t));
    if (code != ifd::IfdCode::success) {
        return failure(code);
    }
    Answer answer;
    answer.send = true;
    answer.body = request;
    return answer;
}

FrameHandler::Answer FrameHandler::transmit(iso7816::ByteView command) {
    const auto code = ifd_.transmit(command, answer_);
    if (code != ifd::IfdCode::success) {
        return failure(code);
    }
    if (answer_.size() < 2 || answer_.size() > 0xFFFF) {
        return failure(ifd::IfdCode::communication_error);  // no response APDU: vpcd must never wait for ever (Q6)
    }
    Answer answer;
    answer.send = true;
    answer.body = answer_;
    return answer;
}

FrameHandler::Answer FrameHandler::failure(ifd::IfdCode code) {
    Answer answer;
    answer.code = code;
    answer.removed = removed(code);
    answer.send = !answer.removed;
    answer_.assign(1, failure_body(code));
    answer.body = answer_;
    return answer;
}

}  // namespace scardlab::vpcd
