#pragma once

#include <functional>
#include <string>
#include <vector>

#include "emulator/ifd/clock.h"
#include "emulator/ifd/ifd.h"

namespace scardlab::vpcd {

/// A reader that records its calls and does what the test says. One thread at a time.
class FakeIfd : public ifd::Ifd {
  public:
    explicit FakeIfd(ifd::VirtualClock& clock) : clock_(clock) {}

    ifd::IfdCode power_icc(ifd::PowerAction action, iso7816::Atr& atr) override;
    ifd::IfdCode set_protocol(iso7816::Protocol protocol) override;
    ifd::IfdCode transmit(iso7816::ByteView command, iso7816::Bytes& response) override;
    ifd::IfdCode presence() override;
    void set_presence_listener(std::function<void()> listener) override { listener_ = std::move(listener); }

    void insert();
    void remove();

    /// "up", "down", "reset", "protocol T0", "00 A4 ...", in order.
    std::vector<std::string> calls;
    iso7816::Atr atr;
    ifd::IfdCode power_code = ifd::IfdCode::success;
    ifd::IfdCode protocol_code = ifd::IfdCode::success;
    ifd::IfdCode transmit_code = ifd::IfdCode::success;
    iso7816::Bytes response{0x90, 0x00};
    /// Virtual time that a failing call takes.
    ifd::Duration failure_time{0};
    /// Runs inside the next transmit, power_icc(up) or power_icc(reset), once.
    std::function<void()> during_transmit, during_power;
    bool present = true;

  private:
    ifd::IfdCode finish(ifd::IfdCode code);

    ifd::VirtualClock& clock_;
    std::function<void()> listener_;
};

/// 3B 80 80 01 01: T=0 first, then T=1.
iso7816::Atr dual_protocol_atr();

}  // namespace scardlab::vpcd
