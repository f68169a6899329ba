#pragma once

#include <optional>
#include <string>

#include "scenarios/engine/world.h"
#include "tests/property/history.h"

namespace scardlab::property {

/// How often what came of it.
struct Tally {
    unsigned reconnected = 0;      ///< alice's Reconnect answered S_OK, and all that the contract says was true
    unsigned better = 0;           ///< among them: where Detach and Attach would not have
    unsigned refused = 0;          ///< it answered something else, and S_OK once the cause was mended
    unsigned others_compared = 0;  ///< other applications that held a handle at the end
    unsigned not_attached = 0;     ///< alice was not attached at the end
};

/// Plays the history on copies of the world: in one alice calls Reconnect, in one she detaches and attaches in the same
/// way, in one she does nothing. nullopt: what Reconnect's docstring says is true. Else what is not.
/// Throws std::runtime_error when the target fails.
std::optional<std::string> contract_broken(engine::World& world, const History& history, const Cards& cards,
                                           Tally& tally);

/// The shortest history that leaves out steps of this one and still breaks the contract.
History shrunk(engine::World& world, History history, const Cards& cards);

}  // namespace scardlab::property
