#pragma once

#include <cstdio>
#include <functional>

#include "emulator/icc/contact_log.h"
#include "emulator/ifd/clock.h"
#include "emulator/ifd/ifd.h"

namespace scardlab::tools {

/// A reader that, after each exchange, prints what the card has seen at its contacts, one line an event with the
/// virtual time in seconds, and empties the card's log. `reader` and `log` outlive it.
class TracingIfd final : public ifd::Ifd {
  public:
    TracingIfd(ifd::Ifd& reader, icc::ContactLog& log, ifd::Duration clock_period, std::FILE* out)
        : reader_(reader), log_(log), clock_period_(clock_period), out_(out) {}

    ifd::IfdCode power_icc(ifd::PowerAction action, iso7816::Atr& atr) override {
        return traced(reader_.power_icc(action, atr));
    }
    ifd::IfdCode set_protocol(iso7816::Protocol protocol) override { return traced(reader_.set_protocol(protocol)); }
    ifd::IfdCode transmit(iso7816::ByteView command, iso7816::Bytes& response) override {
        return traced(reader_.transmit(command, response));
    }
    ifd::IfdCode presence() override { return reader_.presence(); }
    void set_presence_listener(std::function<void()> listener) override {
        reader_.set_presence_listener(std::move(listener));
    }

  private:
    ifd::IfdCode traced(ifd::IfdCode code);

    ifd::Ifd& reader_;
    icc::ContactLog& log_;
    ifd::Duration clock_period_;
    std::FILE* out_;
};

}  // namespace scardlab::tools
