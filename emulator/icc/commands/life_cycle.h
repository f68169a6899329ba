#pragma once

#include <optional>
#include <span>

#include "emulator/icc/profile.h"
#include "emulator/iso7816/transition.h"

namespace scardlab::icc::commands {

/// What changes a file's life cycle status (ISO/IEC 7816-9 clause 6.3 to 6.6).
enum class LifeCycleInput : std::uint8_t { deactivate, activate, terminate };
inline constexpr std::size_t life_cycle_input_count = 3;
/// A row of it (clause 5, figure 1).
using LifeCycleTransition = iso7816::Transition<LifeCycle, LifeCycleInput>;
/// Every row, with its clause.
std::span<const LifeCycleTransition> life_cycle_transitions();
/// The next status; nullopt: refused there with 6985.
std::optional<LifeCycle> next(LifeCycle status, LifeCycleInput input);

}  // namespace scardlab::icc::commands
