#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/ifd/reader.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

using ifd::Fault;
using ifd::IfdCode;
using ifd::PowerAction;
using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::ClockCycles;
using iso7816::Protocol;
using iso7816::to_hex;
using Story = std::vector<std::string>;

inline unsigned number(IfdCode code) {
    return static_cast<unsigned>(code);
}

/// A reader with a card in it, on virtual time. Codes are IfdCode, answers hexadecimal text.
struct ReaderBench {
    explicit ReaderBench(const icc::Profile& profile = fakes::dual_protocol(), ifd::ReaderOptions options = {})
        : reader(clock, std::move(options)), card(profile) {
        reader.insert(card);
    }

    IfdCode power(PowerAction action) { return reader.power_icc(action, atr); }
    IfdCode up() { return power(PowerAction::up); }
    IfdCode reset() { return power(PowerAction::reset); }
    IfdCode use(Protocol protocol) { return reader.set_protocol(protocol); }
    /// Up, and that protocol in force.
    IfdCode connect(Protocol protocol) {
        const IfdCode code = up();
        return code == IfdCode::success ? use(protocol) : code;
    }
    IfdCode transmit(ByteView command) { return reader.transmit(command, response); }
    IfdCode transmit(std::string_view hex) { return transmit(fakes::hex(hex)); }
    /// The response, or the code in decimal when it is not success.
    std::string answer(std::string_view hex) {
        const IfdCode code = transmit(hex);
        return code == IfdCode::success ? to_hex(response) : std::to_string(number(code));
    }

    /// The contact log as text, which it forgets.
    Story story() {
        Story lines;
        for (const auto& entry : card.log().entries()) {
            lines.push_back(icc::describe(card.log(), entry));
        }
        card.log().clear();
        return lines;
    }

    /// Virtual time that `action` takes.
    template <class Action>
    ifd::Duration time_of(Action action) {
        const ifd::Duration before = clock.now();
        action();
        return clock.now() - before;
    }
    static ifd::Duration duration(ClockCycles cycles) { return cycles.count * ifd::Reader::default_clock_period; }

    ifd::VirtualClock clock;
    ifd::Reader reader;
    icc::Icc card;
    iso7816::Atr atr;
    Bytes response;
};

}  // namespace scardlab::tests
