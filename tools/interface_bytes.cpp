#include "tools/interface_bytes.h"

#include <fmt/format.h>

#include <string_view>

#include "emulator/iso7816/timing.h"

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

std::string rate(std::uint8_t ta1) {
    const auto fi_index = static_cast<std::uint8_t>(ta1 >> 4);
    const auto di_index = static_cast<std::uint8_t>(ta1 & 0x0F);
    const auto f = iso7816::clock_rate_conversion(fi_index);
    const auto khz = iso7816::maximum_clock_khz(fi_index);
    const auto d = iso7816::baud_rate_adjustment(di_index);
    if (!f || !khz || !d) {
        return fmt::format("{} is reserved", f ? "Di" : d ? "Fi" : "both Fi and Di");
    }
    return fmt::format("Fi = {}, Di = {}: {:.4g} clock cycles per etu, at most {:g} MHz, then {} bit/s", *f, *d,
                       static_cast<double>(*f) / *d, *khz / 1000.0, *khz * 1000LL * *d / *f);
}

std::string specific_mode(std::uint8_t ta2) {
    return fmt::format("specific mode: T={}, rate {}, {} to change mode after a warm reset", ta2 & 0x0F,
                       (ta2 & 0x10) != 0 ? "known to the reader by other means" : "of TA1",
                       (ta2 & 0x80) != 0 ? "unable" : "able");
}

std::string guard_time(std::uint8_t tc1) {
    return tc1 == 255 ? "N = 255: characters at least 12 etu apart in T=0, 11 etu in T=1"
                      : fmt::format("N = {}: characters to the card at least {} etu apart", tc1, 12 + tc1);
}

/// Interface bytes of groups 1 and 2 mean the same for every T, but TC2 is for T=0.
std::string global(const InterfaceByte& byte) {
    switch (byte.letter) {
        case 'A':
            return byte.group == 1 ? rate(byte.value) : specific_mode(byte.value);
        case 'B':
            return "programming voltage, deprecated: ignored";
        default:
            if (byte.group == 1) {
                return guard_time(byte.value);
            }
            return byte.value == 0
                       ? "WI = 0 is reserved"
                       : fmt::format("WI = {}: T=0 waiting time {} x Fi clock cycles", byte.value, byte.value * 960);
    }
}

std::string of_t1(const InterfaceByte& byte) {
    switch (byte.letter) {
        case 'A':
            return byte.value == 0 || byte.value == 255 ? "IFSC: reserved value"
                                                        : fmt::format("IFSC = {} bytes", byte.value);
        case 'B': {
            const int bwi = byte.value >> 4;
            const int cwi = byte.value & 0x0F;
            return fmt::format("CWI = {}: CWT = {} etu; BWI = {}{}: BWT = 11 etu + {} cycles", cwi, 11 + (1 << cwi),
                               bwi, bwi > 9 ? " (reserved)" : "", (1LL << bwi) * 960 * 372);
        }
        default:
            return (byte.value & 1) != 0 ? "error detection code CRC, 2 bytes" : "error detection code LRC, 1 byte";
    }
}

std::string of_t15(const InterfaceByte& byte) {
    if (byte.letter == 'A') {
        constexpr std::string_view stop[] = {"not supported", "in state L", "in state H", "in either state"};
        std::string classes;
        for (unsigned i = 0; i < 3; ++i) {
            if ((byte.value & (1U << i)) != 0) {
                classes += fmt::format("{}{}", classes.empty() ? "" : " ", "ABC"[i]);
            }
        }
        return fmt::format("clock stop {}, classes of operating conditions: {}", stop[byte.value >> 6],
                           classes.empty() ? "none" : classes);
    }
    return byte.letter == 'B' ? fmt::format("use of contact C6: {}", byte.value == 0            ? "not used"
                                                                     : (byte.value & 0x80) != 0 ? "proprietary"
                                                                                                : "standard")
                              : std::string("reserved for T=15");
}

}  // namespace

std::string meaning_of_ts(std::uint8_t ts) {
    return ts == 0x3B ? "direct convention" : ts == 0x3F ? "inverse convention" : "neither 3B nor 3F";
}

std::string meaning_of_t0(std::uint8_t t0) {
    const int historical = t0 & 0x0F;
    return fmt::format("{}; {} historical byte{}", announced(t0, 1), historical, historical == 1 ? "" : "s");
}

std::string meaning_of(const InterfaceByte& byte) {
    if (byte.letter == 'D') {
        return fmt::format("{}T={}; {}", byte.group == 1 ? "first offered " : "", byte.value & 0x0F,
                           announced(byte.value, byte.group + 1));
    }
    if (byte.group < 3) {
        return global(byte);
    }
    switch (byte.protocol.value_or(0)) {
        case 1:
            return of_t1(byte);
        case 15:
            return of_t15(byte);
        default:
            return fmt::format("specific to T={}", byte.protocol.value_or(0));
    }
}

}  // namespace scardlab::tools
