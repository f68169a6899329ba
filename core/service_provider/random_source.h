#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace scardlab::service_provider {

/// Fills bytes with random numbers for challenges and session keys. False: there are none now. Called by the threads
/// that call the interfaces.
using RandomSource = std::function<bool(std::span<std::uint8_t> bytes)>;

/// The source of the system, which nobody can foretell: the one for every use but a laboratory's.
bool system_random(std::span<std::uint8_t> bytes);

}  // namespace scardlab::service_provider
