#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "emulator/iso7816/bytes.h"
#include "tools/interface_bytes.h"

namespace scardlab::tools {

/// A stretch of an ATR and what it is.
struct AtrElement {
    enum class Kind : std::uint8_t { ts, t0, interface_byte, historical_bytes, check_byte, surplus };
    Kind kind;
    std::size_t offset, size;
    InterfaceByte byte{};  ///< of an interface byte
};

/// Cuts up bytes as an ATR (ISO/IEC 7816-3:2006 clause 8.2), whatever is wrong with them: ends where they end.
std::vector<AtrElement> lay_out_atr(iso7816::ByteView bytes);

/// The TCK that the bytes before `check_byte_at` call for (clause 8.2.5).
std::uint8_t right_check_byte(iso7816::ByteView bytes, std::size_t check_byte_at);

}  // namespace scardlab::tools
