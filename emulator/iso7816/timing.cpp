#include "emulator/iso7816/timing.h"

#include <algorithm>
#include <array>

#include "emulator/iso7816/atr.h"

namespace scardlab::iso7816 {
namespace {

constexpr int reserved = 0;
constexpr int default_fi = 372;

struct ClockRate {
    int f;
    int max_khz;
};

/// ISO/IEC 7816-3:2006 table 7.
constexpr std::array<ClockRate, 16> clock_rates{{{372, 4'000},
                                                 {372, 5'000},
                                                 {558, 6'000},
                                                 {744, 8'000},
                                                 {1116, 12'000},
                                                 {1488, 16'000},
                                                 {1860, 20'000},
                                                 {reserved, reserved},
                                                 {reserved, reserved},
                                                 {512, 5'000},
                                                 {768, 7'500},
                                                 {1024, 10'000},
                                                 {1536, 15'000},
                                                 {2048, 20'000},
                                                 {reserved, reserved},
                                                 {reserved, reserved}}};

/// ISO/IEC 7816-3:2006 table 8.
constexpr std::array<int, 16> baud_rates{reserved, 1,  2,        4,        8,        16,       32,       64,
                                         12,       20, reserved, reserved, reserved, reserved, reserved, reserved};

std::optional<int> unless_reserved(int value) {
    return value == reserved ? std::nullopt : std::optional<int>(value);
}

constexpr std::int64_t power_of_two(unsigned exponent) {
    return std::int64_t{1} << exponent;
}

/// GT from reader to card: 12 etu and N times R, where R is the etu in use or, when the ATR has T=15, TA1's
/// (clause 8.3).
ClockCycles guard_time(const Atr& atr, TransmissionRate rate, Protocol protocol) {
    constexpr std::uint8_t least = 255;
    const std::uint8_t n = atr.extra_guard_time();
    if (n == least) {
        return rate.etu(protocol == Protocol::t1 ? 11 : 12);
    }
    if (!atr.has_global_groups()) {
        return rate.etu(12 + n);
    }
    return rate.etu(12) + rate_from_ta1(atr.ta1()).value_or(TransmissionRate{}).etu(n);
}

}  // namespace

std::optional<int> clock_rate_conversion(std::uint8_t fi_index) {
    return fi_index < clock_rates.size() ? unless_reserved(clock_rates[fi_index].f) : std::nullopt;
}

std::optional<int> maximum_clock_khz(std::uint8_t fi_index) {
    return fi_index < clock_rates.size() ? unless_reserved(clock_rates[fi_index].max_khz) : std::nullopt;
}

std::optional<int> baud_rate_adjustment(std::uint8_t di_index) {
    return di_index < baud_rates.size() ? unless_reserved(baud_rates[di_index]) : std::nullopt;
}

std::optional<TransmissionRate> rate_from_ta1(std::uint8_t ta1) {
    const auto f = clock_rate_conversion(ta1 >> 4);
    const auto d = baud_rate_adjustment(ta1 & 0x0F);
    if (!f || !d) {
        return std::nullopt;
    }
    return TransmissionRate{*f, *d};
}

Timing timing_for(const Atr& atr, TransmissionRate rate, Protocol protocol) {
    constexpr unsigned longest_bwi = 9;
    const bool shortest_characters = protocol == Protocol::t1 && atr.extra_guard_time() == 255;
    const int fi = clock_rate_conversion(atr.ta1() >> 4).value_or(default_fi);
    Timing timing;
    timing.rate = rate;
    timing.guard_time = guard_time(atr, rate, protocol);
    timing.card_guard_time = rate.etu(shortest_characters ? 11 : 12);
    timing.waiting_time = {std::int64_t{atr.waiting_integer()} * 960 * fi};
    timing.character_waiting = rate.etu(11 + power_of_two(atr.cwi()));
    const unsigned bwi = std::min<unsigned>(atr.bwi(), longest_bwi);
    timing.block_waiting = rate.etu(11) + ClockCycles{power_of_two(bwi) * 960 * default_fi};
    timing.block_guard = rate.etu(22);
    const bool t1 = protocol == Protocol::t1;
    timing.turnaround = t1 ? timing.block_guard : rate.etu(turnaround_etu);
    timing.earliest_next = rate.least_etu(t1 ? 11 : character_etu);
    timing.earliest_reply = rate.least_etu(t1 ? 22 : turnaround_etu);
    timing.repetition = rate.etu(repetition_etu);
    timing.earliest_repetition = rate.least_etu(repetition_etu);
    return timing;
}

Timing timing_for(const Atr& atr, TransmissionRate rate) {
    const auto mode = atr.specific_mode();
    const std::uint8_t t = mode ? mode->t : atr.first_offered();
    return timing_for(atr, rate, t == 1 ? Protocol::t1 : Protocol::t0);
}

}  // namespace scardlab::iso7816
