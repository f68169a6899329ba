#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "emulator/iso7816/bytes.h"

namespace scardlab::tools {

/// Something in an ATR that ISO/IEC 7816-3:2006 or 7816-4:2013 does not allow.
struct AtrFinding {
    std::size_t offset;  ///< of the byte, at most the ATR's size
    std::string message;
};

/// All that is wrong with the bytes as an ATR, in ascending order of offsets: structure, reserved values, the order of
/// the T values, TA2 and TC2 that do not fit them, TCK, and the historical bytes.
std::vector<AtrFinding> findings_of(iso7816::ByteView bytes);

}  // namespace scardlab::tools
