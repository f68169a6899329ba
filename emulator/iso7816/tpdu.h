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
    ByteView envelope;  ///< not empty: the command APDU, to be carried by ENVELOPE; header and data are the first part
};

/// A procedure byte after its INS (clause 10.3.3, table 11).
enum class ProcedureByte : std::uint8_t { null, ack_all, ack_one, sw1, invalid };

/// NULL 60; INS -> ack_all; INS xor FF -> ack_one; 6x except 60 and 9x -> sw1; else invalid.
ProcedureByte classify_procedure_byte(std::uint8_t byte, std::uint8_t ins);

/// Maps a command APDU on T=0 command TPDUs (clause 12.2). What fits one TPDU becomes one:
/// - case 1 (12.2.2): P3 = 0; case 2 with Ne up to 256 (12.2.3): P3 = Ne, 0 for 256; case 3 with Nc up to 255 (12.2.4)
/// and
///   case 4 with Nc up to 255 and Ne up to 256 (12.2.5): P3 = Nc; case 4 loses Le, which the response is then fetched
///   with by GET RESPONSE. It is the same whether the length fields are short or extended.
/// - The other extended ones are carried by ENVELOPE (`envelope`), cut by envelope_part(). Clause 12.2 maps a case 2
/// with
///   Ne beyond 256 on P3 = 0, and a case 4 with Nc up to 255 on P3 = Nc, which both keep Ne from the card; ENVELOPE
///   tells it.
/// Errors with offset: a malformed APDU, or INS 6x or 9x (1), which are invalid in T=0 (clause 10.3.2).
tl::expected<T0Command, ApduError> map_to_t0(ByteView command_apdu);

/// The ENVELOPE TPDU (CLA of the APDU, INS C2, P1 P2 0) that carries the part that begins at `offset`: 255 bytes, or
/// what is left; two bytes less before an Le that would come alone, as the card would take the APDU for whole without
/// it.
T0Command envelope_part(ByteView command_apdu, std::size_t offset);

/// What the length fields of a command APDU say about the bytes that are there (clause 12.1.3).
enum class ApduExtent : std::uint8_t {
    part,       ///< more must come
    whole,      ///< complete in one of the cases 1 to 4
    malformed,  ///< cannot become complete
};
/// Does not allocate.
ApduExtent extent_of(ByteView bytes);

}  // namespace scardlab::iso7816
