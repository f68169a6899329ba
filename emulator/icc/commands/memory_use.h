#pragma once

#include "emulator/icc/state.h"

namespace scardlab::icc::commands {

/// What a card has room for; commands that add something beyond it answer 6A84.
inline constexpr std::size_t largest_content = 32'768;     ///< bytes in a transparent EF or in a data object
inline constexpr std::size_t largest_file_count = 1'024;   ///< files, the MF included
inline constexpr std::size_t memory_size = 1'024 * 1'024;  ///< bytes in all files and data objects
inline constexpr std::size_t data_object_overhead = 16;    ///< bytes that a data object takes beside its value

/// Bytes that what exists takes of `memory_size`: contents, records up to their number, data objects.
std::size_t memory_used(const IccState& state);

}  // namespace scardlab::icc::commands
