#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::iso7816 {

/// Why bytes are not a block of T=1.
struct BlockError {
    enum class Kind : std::uint8_t { length, edc, pcb, too_short };
    Kind kind;
    std::size_t offset;
    std::string message;
};

/// S-block types, low five bits of the PCB (ISO/IEC 7816-3:2006 clause 11.3.2.2).
enum class SBlock : std::uint8_t { resynch = 0, ifs = 1, abort = 2, wtx = 3 };

/// Error indication of an R-block, low four bits (clause 11.3.2.2).
enum class RBlockError : std::uint8_t { none = 0, edc_or_parity = 1, other = 2 };

/// The protocol control byte.
struct Pcb {
    std::uint8_t value = 0;

    enum class Kind : std::uint8_t { i_block, r_block, s_request, s_response, invalid };
    Kind kind() const;            ///< invalid for values that clause 11.3.2.2 reserves
    bool sequence() const;        ///< N(S) of an I-block, N(R) of an R-block
    bool more_data() const;       ///< M bit of an I-block
    SBlock s_type() const;        ///< of an S-block
    RBlockError r_error() const;  ///< of an R-block

    static Pcb i(bool sequence, bool more_data);
    static Pcb r(bool sequence, RBlockError error);
    static Pcb s_request(SBlock type);
    static Pcb s_response(SBlock type);
    friend bool operator==(Pcb, Pcb) = default;
};

/// A block: NAD, PCB, LEN, INF (0..254), EDC (1 byte LRC or 2 bytes CRC; clause 11.3). `inf` refers to other's bytes.
struct BlockT1 {
    static constexpr std::size_t prologue_size = 3;
    static constexpr std::size_t max_inf = 254;
    static constexpr std::size_t max_size = prologue_size + max_inf + 2;

    std::uint8_t nad = 0;
    Pcb pcb;
    ByteView inf;

    struct Encoded {
        std::array<std::uint8_t, max_size> bytes;
        std::size_t size = 0;
        ByteView view() const { return {bytes.data(), size}; }
    };
    /// Writes the block to `out`. inf must have at most 254 bytes.
    void encode(EdcKind edc, Encoded& out) const;

    /// Reads one whole block. Errors, in this order: too short (offset = size), LEN = FF or a length that disagrees
    /// (2), EDC wrong (where it begins), PCB reserved (1). Does not allocate on success.
    static tl::expected<BlockT1, BlockError> parse(ByteView bytes, EdcKind edc);
};

constexpr std::size_t edc_size(EdcKind kind) {
    return kind == EdcKind::lrc ? 1 : 2;
}
/// Longitudinal redundancy check: exclusive or of all bytes (clause 11.3.4).
std::uint8_t lrc(ByteView bytes);
/// CRC of T=1, to be sent with the most significant byte first: x^16 + x^12 + x^5 + 1, least significant bit first,
/// start FFFF, result *not* complemented (CRC-16/MCRF4XX). Clause 11.3.4 leaves all but the polynomial to ISO/IEC
/// 13239, whose frame check sequence is complemented and sent with the other byte first; what readers and cards
/// exchange is this form, after openct and the CCID driver (src/openct/checksum.c: csum_crc_compute) and OsEID
/// (doc/T1_CRC.txt, with recordings of the line).
std::uint16_t crc(ByteView bytes);

}  // namespace scardlab::iso7816
