#include "emulator/iso7816/bytes.h"

namespace scardlab::iso7816 {
namespace {

constexpr int no_digit = -1;

constexpr int digit_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return no_digit;
}

constexpr bool is_separator(char c) {
    return c == ' ' || c == '\t' || c == ':';
}

/// The character as a person would want to read it in a message.
std::string quoted(char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7F) {
        return std::string("'") + c + "'";
    }
    return "byte " + to_hex({&byte, 1});
}

tl::unexpected<HexError> no_digit_at(std::size_t offset, char found, const char* expected) {
    return tl::make_unexpected(HexError{offset, "found " + quoted(found) + ", expected " + expected});
}

}  // namespace

std::string to_hex(ByteView bytes, char separator) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string text;
    text.reserve(bytes.size() * 3);
    for (const std::uint8_t byte : bytes) {
        if (separator != '\0' && !text.empty()) {
            text.push_back(separator);
        }
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 0x0F]);
    }
    return text;
}

tl::expected<Bytes, HexError> parse_hex(std::string_view text) {
    Bytes bytes;
    bytes.reserve((text.size() + 1) / 2);
    for (std::size_t i = 0; i < text.size();) {
        if (is_separator(text[i])) {
            ++i;
            continue;
        }
        const int high = digit_value(text[i]);
        if (high == no_digit) {
            return no_digit_at(i, text[i], "a hexadecimal digit");
        }
        if (i + 1 == text.size()) {
            return tl::make_unexpected(HexError{i, "found one digit, expected two digits for each byte"});
        }
        const int low = digit_value(text[i + 1]);
        if (low == no_digit) {
            return no_digit_at(i + 1, text[i + 1], "the second hexadecimal digit of a byte");
        }
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
        i += 2;
    }
    return bytes;
}

}  // namespace scardlab::iso7816
