#pragma once

#include <cstdint>

namespace scardlab::iso7816 {

/// Class of operating conditions, the supply voltage, with the bit that stands for it in the class indicator
/// (ISO/IEC 7816-3:2006 clauses 5.1.3 and 8.3, first TA for T=15).
enum class OperatingClass : std::uint8_t {
    a = 1,  ///< 5 V
    b = 2,  ///< 3 V
    c = 4,  ///< 1.8 V
};

constexpr bool contains(std::uint8_t classes, OperatingClass operating_class) {
    return (classes & static_cast<std::uint8_t>(operating_class)) != 0;
}

}  // namespace scardlab::iso7816
