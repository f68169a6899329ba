#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace scardlab::iso7816 {

/// Owned bytes, most significant first where they form a number.
using Bytes = std::vector<std::uint8_t>;
/// Bytes that somebody else owns.
using ByteView = std::span<const std::uint8_t>;

/// Why hexadecimal text could not be read.
struct HexError {
    std::size_t offset;   ///< offset of the offending character in the text
    std::string message;  ///< what was found and what was expected
};

/// Two upper-case digits a byte, with `separator` between bytes ('\0' for none).
std::string to_hex(ByteView bytes, char separator = ' ');

/// Reads hexadecimal text: digits in pairs, blanks and colons allowed between pairs, either case.
/// An odd number of digits or another character is an error at its offset. Empty text is no bytes.
tl::expected<Bytes, HexError> parse_hex(std::string_view text);

}  // namespace scardlab::iso7816
