#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <tl/expected.hpp>

#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::iso7816 {

/// Direction of the data bytes of a T=0 command, seen from the reader (ISO/IEC 7816-3:2006 clause 10.3.2).
enum class T0Direction : std::uint8_t { none, to_card, from_card };

/// Header and data of a T=0 command TPDU. `data` refers to bytes that somebody else owns.
struct T0Command {
    std::array<std::uint8_t, 5> header{};  ///< CLA INS P1 P2 P3
    T0Direction direction = T0Direction::none;
    ByteView data;          ///< to_card only, P3 bytes
    unsigned expected = 0;  ///< from_card only, 1..256 (P3 = 0 means 256)
};

/// A procedure byte after its INS (clause 10.3.3, table 11).
enum class ProcedureByte : std::uint8_t { null, ack_all, ack_one, sw1, invalid };

/// NULL 60; INS -> ack_all; INS xor FF -> ack_one; 6x except 60 and 9x -> sw1; else invalid.
ProcedureByte classify_procedure_byte(std::uint8_t byte, std::uint8_t ins);

/// Maps a short command APDU on a T=0 command TPDU (clause 12.2.2 to 12.2.5): case 1 has P3 = 0; case 4 loses Le, which
/// the response is then fetched with by GET RESPONSE. Errors with offset: a malformed APDU, extended length fields (4),
/// or INS 6x or 9x (1), which are invalid in T=0 (clause 10.3.2).
tl::expected<T0Command, ApduError> map_to_t0(ByteView command_apdu);

}  // namespace scardlab::iso7816
