#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/resource_manager/resource_manager.h"
#include "core/service_provider/card_state.h"

namespace scardlab::engine {

/// The words by which scripts name states.

/// SCardStatus: unknown absent present swallowed powered negotiable specific.
std::vector<std::string> words(resource_manager::StateBits state);
/// SCardGetStatusChange, without the event counter: ignore changed unknown unavailable empty present atrmatch exclusive
/// inuse mute unpowered.
std::vector<std::string> watch_words(resource_manager::WatchBits state);
/// Status: one of unknown absent present swallowed powered negotiable specific.
std::string word(service_provider::CardState state);

}  // namespace scardlab::engine
