#pragma once

#include <cstdint>

namespace scardlab::iso7816 {

/// Transmission protocol, by its T value in the ATR (ISO/IEC 7816-3 clause 8.2.3, TD1).
enum class Protocol : std::uint8_t { t0 = 0, t1 = 1 };

}  // namespace scardlab::iso7816
