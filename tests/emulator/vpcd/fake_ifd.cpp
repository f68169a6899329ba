#include "tests/emulator/vpcd/fake_ifd.h"

#include <array>
#include <utility>

namespace scardlab::vpcd {

using ifd::IfdCode;

iso7816::Atr dual_protocol_atr() {
    constexpr std::array<std::uint8_t, 5> bytes{0x3B, 0x80, 0x80, 0x01, 0x01};
    return iso7816::Atr::parse(bytes).value();
}

IfdCode FakeIfd::finish(IfdCode code) {
    if (code != IfdCode::success) {
        clock_.advance(failure_time);
    }
    return present ? code : IfdCode::icc_not_present;
}

IfdCode FakeIfd::power_icc(ifd::PowerAction action, iso7816::Atr& answer) {
    answer = {};
    if (action == ifd::PowerAction::down) {
        calls.emplace_back("down");
        return IfdCode::success;
    }
    calls.emplace_back(action == ifd::PowerAction::up ? "up" : "reset");
    if (const auto event = std::exchange(during_power, nullptr)) {
        event();
    }
    const auto code = finish(power_code);
    if (code == IfdCode::success) {
        answer = atr;
    }
    return code;
}

IfdCode FakeIfd::set_protocol(iso7816::Protocol protocol) {
    calls.emplace_back(protocol == iso7816::Protocol::t0 ? "protocol T0" : "protocol T1");
    return finish(protocol_code);
}

IfdCode FakeIfd::transmit(iso7816::ByteView command, iso7816::Bytes& answer) {
    calls.push_back(iso7816::to_hex(command));
    if (const auto event = std::exchange(during_transmit, nullptr)) {
        event();
    }
    const auto code = finish(transmit_code);
    answer.clear();
    if (code == IfdCode::success) {
        answer = response;
    }
    return code;
}

IfdCode FakeIfd::presence() {
    return present ? IfdCode::success : IfdCode::icc_not_present;
}

void FakeIfd::insert() {
    present = true;
    if (listener_) {
        listener_();
    }
}

void FakeIfd::remove() {
    present = false;
    if (listener_) {
        listener_();
    }
}

}  // namespace scardlab::vpcd
