#pragma once

#include <rapidcheck.h>

#include "emulator/icc/state.h"

namespace scardlab::tests {

/// Any well-formed state: files in any order and of every kind, deleted ones among them, every field of its own value.
rc::Gen<icc::IccState> stored_states();

/// A state of a few fields in each part, always the same: two DFs, an EF of each kind, a CHV, a key.
icc::IccState small_state();

}  // namespace scardlab::tests
