#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "emulator/iso7816/timing.h"

namespace scardlab::tools {

/// An interface byte of an ATR and where it stands (ISO/IEC 7816-3:2006 clause 8.2.3).
struct InterfaceByte {
    char letter;                           ///< 'A' to 'D'
    unsigned group;                        ///< 1 for TA1
    std::optional<std::uint8_t> protocol;  ///< T of the TD that announced it; nullopt in group 1
    std::uint8_t value;
};

/// The clock that times in milliseconds are told at.
inline constexpr int stated_clock_khz = 4000;

/// "9523 cycles (2.381 ms at 4 MHz)"; in seconds from ten on.
std::string duration(iso7816::ClockCycles cycles);

/// Meanings in words, with units (clauses 8.1, 8.2, 8.3, 10.2, 11.4). `rate` is TA1's, which turns etu into cycles.
std::string meaning_of_ts(std::uint8_t ts);
std::string meaning_of_t0(std::uint8_t t0);
std::string meaning_of(const InterfaceByte& byte, iso7816::TransmissionRate rate);

}  // namespace scardlab::tools
