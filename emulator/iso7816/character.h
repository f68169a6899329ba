#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "emulator/iso7816/atr.h"

namespace scardlab::iso7816 {

/// A character at the I/O contact (ISO/IEC 7816-3:2006 clause 7.2): after the start moment, which is always L, the
/// levels of moments 2 to 9 and the parity level of moment 10. Direct convention: H is one, moment 2 carries the lowest
/// bit. Inverse convention: L is one, moment 2 carries the highest bit (clause 8.1). The number of ones in moments 2 to
/// 10 is even.
class Character {
  public:
    static constexpr unsigned moments = 9;

    constexpr Character() = default;
    /// Levels as bits, H = 1: bit 0 is moment 2, bit 8 is moment 10.
    constexpr explicit Character(std::uint16_t levels) : levels_(levels & all_high) {}
    /// The character that carries `value`, with right parity.
    static constexpr Character encode(std::uint8_t value, Convention convention);

    constexpr std::uint16_t levels() const { return levels_; }
    /// What moments 2 to 9 say, whatever the parity.
    constexpr std::uint8_t value(Convention convention) const;
    constexpr bool parity_right(Convention convention) const {
        const bool odd_levels = (std::popcount(levels_) & 1) != 0;
        return odd_levels == (convention == Convention::inverse);  // nine moments: L's are even when H's are odd
    }
    /// The same with the level of moment 10 changed.
    constexpr Character with_wrong_parity() const { return Character(levels_ ^ parity_level); }

    friend constexpr bool operator==(Character, Character) = default;

  private:
    static constexpr std::uint16_t all_high = 0x1FF;
    static constexpr std::uint16_t parity_level = 0x100;

    std::uint16_t levels_ = 0;
};

namespace detail {

constexpr std::uint8_t reversed(std::uint8_t value) {
    unsigned bits = value;
    bits = (bits & 0x55U) << 1 | (bits & 0xAAU) >> 1;
    bits = (bits & 0x33U) << 2 | (bits & 0xCCU) >> 2;
    return static_cast<std::uint8_t>(bits << 4 | bits >> 4);
}

/// Levels of every value in direct convention.
inline constexpr auto direct_levels = [] {
    std::array<std::uint16_t, 256> levels{};
    for (unsigned value = 0; value < levels.size(); ++value) {
        const unsigned parity = static_cast<unsigned>(std::popcount(value)) & 1U;
        levels[value] = static_cast<std::uint16_t>(value | parity << 8);
    }
    return levels;
}();

/// Levels of every value in inverse convention: the other way round, each level the opposite.
inline constexpr auto inverse_levels = [] {
    std::array<std::uint16_t, 256> levels{};
    for (unsigned value = 0; value < levels.size(); ++value) {
        const std::uint16_t direct = direct_levels[reversed(static_cast<std::uint8_t>(value))];
        levels[value] = static_cast<std::uint16_t>(~direct & 0x1FFU);
    }
    return levels;
}();

}  // namespace detail

constexpr Character Character::encode(std::uint8_t value, Convention convention) {
    return Character(convention == Convention::direct ? detail::direct_levels[value] : detail::inverse_levels[value]);
}

constexpr std::uint8_t Character::value(Convention convention) const {
    const auto bits = static_cast<std::uint8_t>(levels_);
    return convention == Convention::direct ? bits : detail::reversed(static_cast<std::uint8_t>(~bits));
}

/// The convention that TS announces: (H)LHHLHHHLLH direct, (H)LHHLLLLLLH inverse; nullopt for any other pattern, wrong
/// parity included (clause 8.1).
constexpr std::optional<Convention> convention_of(Character ts) {
    constexpr std::uint16_t direct = 0x13B;
    constexpr std::uint16_t inverse = 0x103;
    return ts.levels() == direct    ? std::optional(Convention::direct)
           : ts.levels() == inverse ? std::optional(Convention::inverse)
                                    : std::nullopt;
}

}  // namespace scardlab::iso7816
