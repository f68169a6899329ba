#pragma once

#include "emulator/icc/commands/card.h"

namespace scardlab::icc::commands {

/// The file that P1, P2 and the data name (ISO/IEC 7816-4 clause 11.1.1, table 62). Errors: 6700, 6A82, 6A86 (also an
/// occurrence other than the first where there is no DF name).
tl::expected<FileIndex, StatusWord> named_file(const CommandApdu& command, const Card& card);

/// As named_file(), for the commands of ISO/IEC 7816-9; P2 is 00, and without data P1 = 00 is the current EF, or the
/// current DF when there is none.
tl::expected<FileIndex, StatusWord> named_or_current_file(const CommandApdu& command, const Card& card);

}  // namespace scardlab::icc::commands
