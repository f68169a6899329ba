#include "tools/interface_bytes.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace scardlab::tools {

namespace {

/// "TA2 TD2 follow", "nothing follows".
std::string announced(std::uint8_t presence, unsigned group) {
    std::string names;
    int count = 0;
    for (unsigned column = 0; column < 4; ++column) {
        if ((presence & (0x10U << column)) != 0) {
            names += fmt::format("{}T{}{}", names.empty() ? "" : " ", "ABCD"[column], group);
            ++count;
        }
    }
    if (count == 0) {
        return "no interface byte follows";
    }
    return names + (count == 1 ? " follows" : " follow");
}

std::string rate_in_words(std::uint8_t ta1) {
    const auto fi_index = static_cast<std::uint8_t>(ta1 >> 4);
    const auto di_index = static_cast<std::uint8_t>(ta1 & 0x0F);
    const auto f = iso7816::clock_rate_conversion(fi_index);
    const auto khz = iso7816::maximum_clock_khz(fi_index);
    const auto d = iso7816::baud_rate_adjustment(di_index);
    if (!f || !khz || !d) {
        return f ? "Di is reserved" : d ? "Fi is reserved" : "Fi and Di are reserved";
    }
    const auto bit_rate = [&](int clock_khz) { return clock_khz * 1000LL * *d / *f; };
    return fmt::format(
        "Fi = {}, Di = {}: {:.4g} clock cycles per etu; {} bit/s at {:g} MHz, {} bit/s at fmax = {:g} MHz", *f, *d,
        static_cast<double>(*f) / *d, bit_rate(stated_clock_khz), stated_clock_khz / 1000.0, bit_rate(*khz),
        *khz / 1000.0);
}

std::string specific_mode(std::uint8_t ta2) {
    return fmt::format(
        "specific mode: T={}, rate {}, {} to change mode after a warm reset", ta2 & 0x0F,
        (ta2 & 0x10) != 0 ? "known to the reader by other means (the times told here are at TA1's)" : "of TA1",
        (ta2 & 0x80) != 0 ? "unable" : "able");
}

/// TB1, deprecated since the third edition: PI1 in volts, II in milliamperes.
std::string programming_voltage(std::uint8_t tb1) {
    const int volts = tb1 & 0x1F;
    if (volts == 0) {
        return "programming voltage, deprecated: VPP not connected";
    }
    constexpr std::string_view current[] = {"25 mA", "50 mA", "a reserved current", "a reserved current"};
    return fmt::format("programming voltage, deprecated and ignored: {} V, at most {}", volts, current[(tb1 >> 5) & 3]);
}

std::string guard_time(std::uint8_t tc1, iso7816::TransmissionRate rate) {
    if (tc1 == 255) {
        return "N = 255: characters to the card at least 12 etu apart in T=0, 11 etu in T=1";
    }
    return fmt::format("N = {}: characters to the card at least {} etu apart, {} at TA1's rate", tc1, 12 + tc1,
                       duration(rate.etu(12 + tc1)));
}

std::string waiting_time(std::uint8_t tc2, iso7816::TransmissionRate rate) {
    if (tc2 == 0) {
        return "WI = 0 is reserved; 10 is used";
    }
    return fmt::format("WI = {}: T=0 waiting time {} x Fi, {}", tc2, tc2 * 960,
                       duration({std::int64_t{tc2} * 960 * rate.f}));
}

/// Interface bytes of groups 1 and 2 mean the same for every T, but TC2 is for T=0.
std::string global(const InterfaceByte& byte, iso7816::TransmissionRate rate) {
    switch (byte.letter) {
        case 'A':
            return byte.group == 1 ? rate_in_words(byte.value) : specific_mode(byte.value);
        case 'B':
            return byte.group == 1
                       ? programming_voltage(byte.value)
                       : fmt::format("programming voltage, deprecated and ignored: {:g} V", byte.value / 10.0);
        default:
            return byte.group == 1 ? guard_time(byte.value, rate) : waiting_time(byte.value, rate);
    }
}

std::string waiting_integers(std::uint8_t tb, iso7816::TransmissionRate rate) {
    const int bwi = tb >> 4;
    const int cwi = tb & 0x0F;
    const int cwt = 11 + (1 << cwi);
    const iso7816::ClockCycles bwt = rate.etu(11) + iso7816::ClockCycles{(std::int64_t{1} << bwi) * 960 * 372};
    return fmt::format("CWI = {}: CWT = {} etu, {}; BWI = {}{}: BWT = 11 etu + {} x 960 x 372, {}", cwi, cwt,
                       duration(rate.etu(cwt)), bwi, bwi > 9 ? " (reserved)" : "", 1 << bwi, duration(bwt));
}

std::string of_t1(const InterfaceByte& byte, iso7816::TransmissionRate rate) {
    switch (byte.letter) {
        case 'A':
            return byte.value == 0 || byte.value == 255
                       ? fmt::format("IFSC = {}: reserved value", byte.value)
                       : fmt::format("IFSC = {} bytes: the longest information field that the card receives",
                                     byte.value);
        case 'B':
            return waiting_integers(byte.value, rate);
        default:
            return (byte.value & 1) != 0 ? "error detection code CRC, 2 bytes" : "error detection code LRC, 1 byte";
    }
}

/// First TA for T=15: clock stop and classes of operating conditions, with the supply and the most current of each
/// (clauses 5.2.1 and 6.3.2).
std::string clock_stop_and_classes(std::uint8_t ta) {
    constexpr std::string_view stop[] = {"not supported", "in state L", "in state H", "in either state"};
    constexpr std::string_view supply[] = {"A (5 V, 60 mA)", "B (3 V, 50 mA)", "C (1.8 V, 30 mA)"};
    std::string classes;
    for (unsigned i = 0; i < std::size(supply); ++i) {
        if ((ta & (1U << i)) != 0) {
            classes += fmt::format("{}{}", classes.empty() ? "" : ", ", supply[i]);
        }
    }
    return fmt::format("clock stop {}{}; classes of operating conditions: {}", stop[ta >> 6],
                       (ta >> 6) != 0 ? ", then at most 0.5 mA" : "", classes.empty() ? "none" : classes);
}

std::string of_t15(const InterfaceByte& byte) {
    if (byte.letter == 'A') {
        return clock_stop_and_classes(byte.value);
    }
    return byte.letter == 'B' ? fmt::format("use of contact C6: {}", byte.value == 0            ? "not used"
                                                                     : (byte.value & 0x80) != 0 ? "proprietary"
                                                                                                : "standard")
                              : std::string("reserved for T=15");
}

}  // namespace

std::string duration(iso7816::ClockCycles cycles) {
    const double milliseconds = static_cast<double>(cycles.count) / stated_clock_khz;
    const bool long_time = milliseconds >= 10'000;
    return fmt::format("{} cycles ({:.4g} {} at {:g} MHz)", cycles.count,
                       long_time ? milliseconds / 1000 : milliseconds, long_time ? "s" : "ms",
                       stated_clock_khz / 1000.0);
}

std::string meaning_of_ts(std::uint8_t ts) {
    return ts == 0x3B   ? "direct convention: high is one, least significant bit first"
           : ts == 0x3F ? "inverse convention: low is one, most significant bit first"
                        : "neither 3B nor 3F";
}

std::string meaning_of_t0(std::uint8_t t0) {
    const int historical = t0 & 0x0F;
    return fmt::format("{}; {} historical byte{}", announced(t0, 1), historical, historical == 1 ? "" : "s");
}

std::string meaning_of(const InterfaceByte& byte, iso7816::TransmissionRate rate) {
    if (byte.letter == 'D') {
        return fmt::format("{}T={}; {}", byte.group == 1 ? "first offered " : "", byte.value & 0x0F,
                           announced(byte.value, byte.group + 1));
    }
    if (byte.group < 3) {
        return global(byte, rate);
    }
    switch (byte.protocol.value_or(0)) {
        case 1:
            return of_t1(byte, rate);
        case 15:
            return of_t15(byte);
        default:
            return fmt::format("specific to T={}", byte.protocol.value_or(0));
    }
}

}  // namespace scardlab::tools
