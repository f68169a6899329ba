#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "emulator/iso7816/protocol.h"

namespace scardlab::iso7816 {

class Atr;

/// A number of clock cycles on the CLK contact; also a moment, counted from the reader's start.
struct ClockCycles {
    std::int64_t count = 0;

    friend constexpr bool operator==(ClockCycles, ClockCycles) = default;
    friend constexpr auto operator<=>(ClockCycles a, ClockCycles b) { return a.count <=> b.count; }
    friend constexpr ClockCycles operator+(ClockCycles a, ClockCycles b) { return {a.count + b.count}; }
    friend constexpr ClockCycles operator-(ClockCycles a, ClockCycles b) { return {a.count - b.count}; }
    constexpr ClockCycles& operator+=(ClockCycles other) {
        count += other.count;
        return *this;
    }
};

/// F for an Fi index (0..15, the high nibble of TA1), ISO/IEC 7816-3:2006 table 7; nullopt for a reserved index.
std::optional<int> clock_rate_conversion(std::uint8_t fi_index);

/// fmax in kHz for an Fi index, same table; nullopt for a reserved index.
std::optional<int> maximum_clock_khz(std::uint8_t fi_index);

/// D for a Di index (0..15, the low nibble of TA1), ISO/IEC 7816-3:2006 table 8; nullopt for a reserved index.
std::optional<int> baud_rate_adjustment(std::uint8_t di_index);

/// The values that fix the duration of an elementary time unit: 1 etu = F/D clock cycles (clause 7.1).
struct TransmissionRate {
    int f = 372;
    int d = 1;

    /// Clock cycles of n etu, rounded up to a whole cycle.
    constexpr ClockCycles etu(std::int64_t n) const { return {(n * f + d - 1) / d}; }
    /// The same less the tolerance of a receiver that measures delays, 0.2 etu, rounded down (clause 7.2 allows an edge
    /// to be that far off).
    constexpr ClockCycles least_etu(std::int64_t n) const { return {(n * 10 - 2) * f / (10 * std::int64_t{d})}; }
    friend bool operator==(const TransmissionRate&, const TransmissionRate&) = default;
};

/// TA1 (or PPS1) to a rate; nullopt when either half is reserved.
std::optional<TransmissionRate> rate_from_ta1(std::uint8_t ta1);

/// Waiting and guard times in clock cycles, for one rate, one ATR and one protocol. Each is a delay between the leading
/// edges of two consecutive characters.
struct Timing {
    TransmissionRate rate;
    ClockCycles guard_time;         ///< least, reader to card: GT, in T=1 CGT (clauses 8.3 and 11.2)
    ClockCycles card_guard_time;    ///< least, card to reader: 12 etu, but 11 etu in T=1 when TC1 is 255 (same clauses)
    ClockCycles waiting_time;       ///< most, T=0: WT = WI x 960 x Fi cycles, Fi from TA1 at any rate (clause 10.2)
    ClockCycles character_waiting;  ///< most, T=1, within a block: CWT = (11 + 2^CWI) etu (clause 11.4.3)
    ClockCycles block_waiting;   ///< most, T=1, before a block: BWT = 11 etu + 2^BWI x 960 x 372 cycles (clause 11.4.3)
    ClockCycles block_guard;     ///< least, T=1, between blocks in opposite directions: BGT = 22 etu (clause 11.4.3)
    ClockCycles turnaround;      ///< reader to card after a character of the card: 16 etu, in T=1 BGT
    ClockCycles earliest_next;   ///< what comes sooner after the card's last character cannot be read: 12 etu, in T=1
                                 ///< 11 etu, less the tolerance (clauses 7.2 and 11.2)
    ClockCycles earliest_reply;  ///< the same after the reader's last character: 16 etu, in T=1 BGT
    ClockCycles repetition;      ///< from a character to its repetition: the error signal is looked for at 11 etu,
                                 ///< and 2 etu more pass (clause 7.3)
    ClockCycles earliest_repetition;  ///< what comes sooner is no repetition
};

/// Timing of a card with this ATR at this rate in this protocol.
/// GT = 12 etu + N x R with N = TC1, where R is the etu in use or, when the ATR has T=15, Fi/Di of TA1; N = 255 means
/// 12 etu (T=0) or 11 etu (T=1). WI from TC2, CWI and BWI from the first TB for T=1. A reserved TA1 counts as 11, a
/// reserved BWI as 9, the longest.
Timing timing_for(const Atr& atr, TransmissionRate rate, Protocol protocol);

/// The same in the protocol that the card is in without a PPS: TA2's in specific mode, else the first offered.
Timing timing_for(const Atr& atr, TransmissionRate rate);

/// Delays in etu between leading edges that are the same at any rate.
inline constexpr int character_etu = 12;   ///< least, clause 7.2
inline constexpr int turnaround_etu = 16;  ///< between characters in opposite directions, T=0 and PPS
inline constexpr int repetition_etu = 13;  ///< to the repetition of a character (clause 7.3)
/// A character is repeated at most so many times (EMV 4.3 Book 1 clause 9.2.4).
inline constexpr unsigned repetition_limit = 3;

/// ATR reception limits in clock cycles (clause 6.2.2 and 8.1).
inline constexpr ClockCycles atr_start_minimum{400};
inline constexpr ClockCycles atr_start_maximum{40'000};
inline constexpr ClockCycles reset_minimum{400};
/// Initial waiting time, 9600 etu at the default rate (clause 8.1).
inline constexpr ClockCycles initial_waiting_time{9600LL * 372};

}  // namespace scardlab::iso7816
