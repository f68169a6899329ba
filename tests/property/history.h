#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "emulator/icc/profile.h"
#include "scenarios/engine/scenario.h"

namespace scardlab::property {

/// What happens before the moment at which Reconnect is looked at: calls of alice, who is under test, and of bob and
/// carol, and events of card, reader, clock and resource manager.
using History = std::vector<engine::Step>;

/// Card profiles of the catalogue by name.
using Cards = std::map<std::string, icc::Profile>;
Cards load_cards();

/// The card that is in the reader when a history begins.
inline constexpr const char* first_card = "dual_protocol";

/// What the target can show.
struct Abilities {
    bool reader_moves = true;   ///< the reader fails and is unplugged
    bool waits_cheaply = true;  ///< time is virtual, or little of it may pass
};

/// The history with that number: always the same one.
History random_history(std::uint64_t number, const Cards& cards, const Abilities& abilities);

/// The history as a scenario script, with alice's Reconnect at its end.
std::string to_yaml(const History& history, const std::string& title);

}  // namespace scardlab::property
