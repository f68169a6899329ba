#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/status_word.h"

namespace scardlab::iso7816 {

/// Why a command or response APDU could not be read.
struct ApduError {
    std::size_t offset;
    std::string message;
};

/// Cases of command APDUs (ISO/IEC 7816-3:2006 clause 12.1.3).
enum class ApduCase : std::uint8_t {
    case_1,
    case_2_short,
    case_3_short,
    case_4_short,
    case_2_extended,
    case_3_extended,
    case_4_extended
};

/// A command APDU, decoded. `data` refers to the bytes it was parsed from.
struct CommandApdu {
    std::uint8_t cla = 0, ins = 0, p1 = 0, p2 = 0;
    ByteView data{};        ///< Nc bytes
    std::uint32_t ne = 0;   ///< maximum number of response bytes expected: 0 none, up to 65536
    bool extended = false;  ///< extended length fields

    /// The case that encode() writes.
    ApduCase apdu_case() const;

    /// Errors with offset: fewer than 4 bytes or half an extended length field (offset = size), Lc that disagrees with
    /// the length or an extended Lc of zero with data (offset of Lc). Does not allocate on success.
    static tl::expected<CommandApdu, ApduError> parse(ByteView bytes);

    /// The bytes. Uses extended length when `extended`, or when Nc > 255 or Ne > 256; case 1 has no length field in
    /// either form. Nc must be at most 65535, Ne at most 65536.
    Bytes encode() const;
};

/// A response APDU, decoded. `data` refers to the bytes it was parsed from.
struct ResponseApdu {
    ByteView data;
    StatusWord status;

    /// Error: fewer than 2 bytes. Does not allocate on success.
    static tl::expected<ResponseApdu, ApduError> parse(ByteView bytes);
    /// Data, SW1, SW2.
    Bytes encode() const;
};

}  // namespace scardlab::iso7816
