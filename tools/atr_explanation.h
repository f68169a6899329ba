#pragma once

#include <string>

#include "emulator/iso7816/bytes.h"

namespace scardlab::tools {

/// An ATR in words.
struct AtrExplanation {
    std::string text;   ///< lines, each with its line feed
    std::string error;  ///< why it is not an ATR, with the byte offset; "" when it is one
};

/// Explains each byte that is there, then, for a whole ATR, what it amounts to, and in any case what pcsc-lite would
/// choose for it (rules N1 to N4, with an IFD handler that accepts, fails, refuses) and what is wrong with it.
AtrExplanation explain_atr(iso7816::ByteView bytes);

}  // namespace scardlab::tools
