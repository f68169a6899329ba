#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scenarios/engine/scenario.h"

namespace scardlab::engine {

/// A call on its way to an application that is a process of its own. `sequence` comes back with the reply.
struct CallMessage {
    std::uint64_t sequence = 0;
    Method method = Method::Status;
    Arguments arguments;
};

/// One line of JSON, without the line end; the reverse answers nullopt for text that to_json did not make.
std::string to_json(const CallMessage& message);
std::optional<CallMessage> call_from_json(const std::string& text);

}  // namespace scardlab::engine
