#pragma once

#include <rapidcheck.h>

#include <array>
#include <cstdint>
#include <vector>

#include "emulator/icc/state.h"
#include "emulator/iso7816/apdu.h"

namespace scardlab::tests {

/// A command APDU that keeps its data.
struct Command {
    std::array<std::uint8_t, 4> header{};
    iso7816::Bytes data{};
    std::uint32_t ne = 0;
    bool extended = false;

    iso7816::Bytes encode() const;
};

/// What commands are for.
enum class CommandScope : std::uint8_t {
    any,
    /// Means the same over both protocols: T=0 tells the case of a short command from INS alone, and has no Le beside
    /// Lc.
    both_protocols,
};

/// Commands that belong together, and that mean something to a card with this state and session: they address files,
/// records, CHVs, keys and channels that are there, select and verify first what they need, present right values and
/// cryptograms, and are chained or of extended length here and there. Some are wrong in a parameter or a value, some
/// unknown. The same seed, state and session give the same commands.
std::vector<Command> commands_for(std::uint64_t seed, const icc::IccState& state,
                                  const icc::ApplicationSession& session, CommandScope scope = CommandScope::any);

/// Seeds for commands_for(), one after the other on what the card has become: a history, which shrinks by leaving
/// some out.
using CommandSeeds = std::vector<std::uint64_t>;
rc::Gen<CommandSeeds> histories();

}  // namespace scardlab::tests
