#pragma once

#include <optional>
#include <string_view>

#include "emulator/ifd/step.h"
#include "tests/emulator/icc/transition_walk.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::to_hex;

/// One row of a reader's machine, shown on the machine itself: after the characters `before` it stands in `from`; one
/// character more, or silence, takes it to `to`.
template <class State, class Event>
struct MachineCase {
    State from;
    Event on;
    std::string_view before;
    std::optional<std::uint8_t> character;  ///< nullopt: silence
};

/// Feeds characters that must not end the machine; the last step.
template <class Machine>
ifd::Step feed(Machine& machine, ByteView characters, ifd::Step step = {}) {
    for (const std::uint8_t character : characters) {
        BOOST_TEST((step.kind == ifd::Step::Kind::wait));
        step = machine.on_character(character);
    }
    return step;
}

/// Runs the case on a machine that was started; the last step.
template <class State, class Event, class Machine>
ifd::Step run_case(const MachineCase<State, Event>& c, Rows<State, Event> rows, Machine& machine) {
    feed(machine, fakes::hex(c.before));
    BOOST_TEST((machine.state() == c.from));
    const ifd::Step step = c.character ? machine.on_character(*c.character) : machine.on_timeout();
    const auto* row = find_row(rows, c.from, c.on);
    BOOST_TEST_REQUIRE(row != nullptr);
    BOOST_TEST((machine.state() == row->to));
    return step;
}

}  // namespace scardlab::tests
