#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/protocol.h"

namespace scardlab::iso7816 {

/// Why a PPS request or response could not be read.
struct PpsError {
    std::size_t offset;
    std::string message;
};

/// PPS request or response (ISO/IEC 7816-3:2006 clause 9): PPSS FF, PPS0, optional PPS1 to PPS3, PCK. A value; never
/// allocates.
struct Pps {
    static constexpr std::uint8_t ppss = 0xFF;
    static constexpr std::size_t max_size = 6;

    std::uint8_t t = 0;  ///< protocol, low nibble of PPS0
    std::optional<std::uint8_t> pps1{}, pps2{}, pps3{};

    struct Encoded {
        std::array<std::uint8_t, max_size> bytes{};
        std::size_t size = 0;
        ByteView view() const { return {bytes.data(), size}; }
    };
    /// PPSS, PPS0 with the presence bits, PPS1 to PPS3 as far as they are set, PCK.
    Encoded encode() const;

    /// Reads exactly one PPS. Errors with offset: too short, PPSS not FF, bit 8 of PPS0 set, length other than PPS0
    /// announces, PCK wrong (all bytes must XOR to 00).
    static tl::expected<Pps, PpsError> parse(ByteView bytes);

    /// Number of bytes that a PPS with this PPS0 has, 3 to 6.
    static std::size_t size_for(std::uint8_t pps0);

    friend bool operator==(const Pps&, const Pps&) = default;
};

/// What a response to a request means for the reader (clause 9.3).
enum class PpsOutcome : std::uint8_t {
    accepted,  ///< everything echoed
    partial,   ///< T echoed, but PPS1 (or 2, 3) left out: the default of that parameter holds (PPS1: F = 372, D = 1)
    failed,    ///< anything else, also a parameter that differs or was not asked for: the reader rejects the card
};
PpsOutcome judge(const Pps& request, const Pps& response);

}  // namespace scardlab::iso7816
