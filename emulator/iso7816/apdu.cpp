#include "emulator/iso7816/apdu.h"

#include <cassert>

namespace scardlab::iso7816 {
namespace {

constexpr std::size_t header_size = 4;
constexpr std::uint32_t max_short_nc = 255;
constexpr std::uint32_t max_short_ne = 256;
[[maybe_unused]] constexpr std::uint32_t max_extended_nc = 65'535;
constexpr std::uint32_t max_extended_ne = 65'536;

std::uint32_t read_u16(ByteView bytes, std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at]) << 8 | bytes[at + 1];
}

void append_u16(Bytes& bytes, std::uint32_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

tl::unexpected<ApduError> lc_disagrees(std::size_t offset, std::size_t lc, std::size_t body) {
    return tl::make_unexpected(ApduError{offset, "Lc announces " + std::to_string(lc) + " data bytes, but " +
                                                     std::to_string(body) + " bytes follow it"});
}

/// Body of an extended command APDU: bytes[4] is zero and at least two more bytes follow.
tl::expected<CommandApdu, ApduError> parse_extended(ByteView bytes, CommandApdu command) {
    constexpr std::size_t length_at = header_size + 1;
    constexpr std::size_t data_at = header_size + 3;
    command.extended = true;
    const std::uint32_t length = read_u16(bytes, length_at);
    if (bytes.size() == data_at) {
        command.ne = length == 0 ? max_extended_ne : length;
        return command;
    }
    const std::size_t body = bytes.size() - data_at;
    if (length == 0) {
        return tl::make_unexpected(
            ApduError{length_at, "extended Lc is zero, but " + std::to_string(body) + " bytes follow it"});
    }
    if (body != length && body != length + 2U) {
        return lc_disagrees(length_at, length, body);
    }
    command.data = bytes.subspan(data_at, length);
    if (body == length + 2U) {
        const std::uint32_t le = read_u16(bytes, data_at + length);
        command.ne = le == 0 ? max_extended_ne : le;
    }
    return command;
}

}  // namespace

ApduCase CommandApdu::apdu_case() const {
    const bool wide = extended || data.size() > max_short_nc || ne > max_short_ne;
    if (data.empty()) {
        if (ne == 0) {
            return ApduCase::case_1;
        }
        return wide ? ApduCase::case_2_extended : ApduCase::case_2_short;
    }
    if (ne == 0) {
        return wide ? ApduCase::case_3_extended : ApduCase::case_3_short;
    }
    return wide ? ApduCase::case_4_extended : ApduCase::case_4_short;
}

tl::expected<CommandApdu, ApduError> CommandApdu::parse(ByteView bytes) {
    if (bytes.size() < header_size) {
        return tl::make_unexpected(
            ApduError{bytes.size(), "found " + std::to_string(bytes.size()) +
                                        " bytes, expected at least the four of the header CLA INS P1 P2"});
    }
    CommandApdu command;
    command.cla = bytes[0];
    command.ins = bytes[1];
    command.p1 = bytes[2];
    command.p2 = bytes[3];
    if (bytes.size() == header_size) {
        return command;
    }
    const std::uint8_t p3 = bytes[header_size];
    if (bytes.size() == header_size + 1) {
        command.ne = p3 == 0 ? max_short_ne : p3;
        return command;
    }
    if (p3 == 0) {
        if (bytes.size() == header_size + 2) {
            return tl::make_unexpected(
                ApduError{bytes.size(), "found one byte of an extended length field after 00, expected two"});
        }
        return parse_extended(bytes, command);
    }
    const std::size_t data_at = header_size + 1;
    const std::size_t body = bytes.size() - data_at;
    if (body != p3 && body != p3 + 1U) {
        return lc_disagrees(header_size, p3, body);
    }
    command.data = bytes.subspan(data_at, p3);
    if (body == p3 + 1U) {
        const std::uint8_t le = bytes.back();
        command.ne = le == 0 ? max_short_ne : le;
    }
    return command;
}

Bytes CommandApdu::encode() const {
    assert(data.size() <= max_extended_nc && ne <= max_extended_ne);
    const ApduCase kind = apdu_case();
    const bool wide =
        kind == ApduCase::case_2_extended || kind == ApduCase::case_3_extended || kind == ApduCase::case_4_extended;
    Bytes bytes;
    bytes.reserve(header_size + 3 + data.size() + 2);
    for (const std::uint8_t byte : {cla, ins, p1, p2}) {
        bytes.push_back(byte);
    }
    if (wide) {
        bytes.push_back(0);
    }
    if (!data.empty()) {
        const auto nc = static_cast<std::uint32_t>(data.size());
        if (wide) {
            append_u16(bytes, nc);
        } else {
            bytes.push_back(static_cast<std::uint8_t>(nc));
        }
        bytes.insert(bytes.end(), data.begin(), data.end());
    }
    if (ne != 0) {
        // The largest Ne of either form is coded as zero, which is what cutting it off leaves.
        if (wide) {
            append_u16(bytes, ne);
        } else {
            bytes.push_back(static_cast<std::uint8_t>(ne));
        }
    }
    return bytes;
}

tl::expected<ResponseApdu, ApduError> ResponseApdu::parse(ByteView bytes) {
    if (bytes.size() < 2) {
        return tl::make_unexpected(
            ApduError{bytes.size(), "found " + std::to_string(bytes.size()) + " bytes, expected at least SW1 and SW2"});
    }
    const std::size_t nr = bytes.size() - 2;
    return ResponseApdu{bytes.first(nr), StatusWord{static_cast<std::uint16_t>(read_u16(bytes, nr))}};
}

Bytes ResponseApdu::encode() const {
    Bytes bytes;
    bytes.reserve(data.size() + 2);
    bytes.insert(bytes.end(), data.begin(), data.end());
    append_u16(bytes, status.value);
    return bytes;
}

}  // namespace scardlab::iso7816
