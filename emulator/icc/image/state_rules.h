#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "emulator/icc/state.h"

namespace scardlab::icc {

/// A reference of a file or a CHV to a file that cannot be.
struct BrokenReference {
    std::size_t number;   ///< counted over the parents of all files, then over the DFs of all CHVs
    std::string message;  ///< what it is and what was expected
};

/// The first broken reference: files[0] must be the MF (a DF, not deleted, its own parent), the parent of every file
/// that exists a DF that exists and is below the MF, the DF of every CHV likewise, and no index beyond the files.
std::optional<BrokenReference> find_broken_reference(const IccState& state);

/// Whether a key of that algorithm can have so many bytes.
bool fits(KeyProfile::Algorithm algorithm, std::size_t bytes);

}  // namespace scardlab::icc
