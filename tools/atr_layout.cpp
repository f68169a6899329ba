#include "tools/atr_layout.h"

#include <algorithm>

namespace scardlab::tools {

namespace {

using Kind = AtrElement::Kind;

/// Appends the interface bytes from offset 2 on; whether a TD indicates a T other than 0.
bool lay_out_interface_bytes(iso7816::ByteView bytes, std::vector<AtrElement>& elements) {
    std::size_t at = 2;
    std::uint8_t presence = bytes[1];
    std::optional<std::uint8_t> protocol;
    bool check_byte = false;
    for (unsigned group = 1; (presence & 0xF0) != 0; ++group) {
        const std::uint8_t announced = presence;
        presence = 0;
        for (unsigned column = 0; column < 4; ++column) {
            if ((announced & (0x10U << column)) == 0) {
                continue;
            }
            if (at == bytes.size()) {
                return check_byte;
            }
            const InterfaceByte byte{"ABCD"[column], group, protocol, bytes[at]};
            elements.push_back({Kind::interface_byte, at++, 1, byte});
            if (byte.letter == 'D') {
                presence = byte.value;
                protocol = static_cast<std::uint8_t>(byte.value & 0x0F);
                check_byte = check_byte || *protocol != 0;
            }
        }
    }
    return check_byte;
}

}  // namespace

std::vector<AtrElement> lay_out_atr(iso7816::ByteView bytes) {
    std::vector<AtrElement> elements;
    const auto append = [&](Kind kind, std::size_t size) {
        const std::size_t at = elements.empty() ? 0 : elements.back().offset + elements.back().size;
        const std::size_t taken = std::min(size, bytes.size() - at);
        if (taken != 0) {
            elements.push_back({kind, at, taken});
        }
    };
    append(Kind::ts, 1);
    append(Kind::t0, 1);
    if (bytes.size() > 2) {
        const bool check_byte = lay_out_interface_bytes(bytes, elements);
        append(Kind::historical_bytes, bytes[1] & 0x0F);
        append(Kind::check_byte, check_byte ? 1 : 0);
        append(Kind::surplus, bytes.size());
    }
    return elements;
}

std::uint8_t right_check_byte(iso7816::ByteView bytes, std::size_t check_byte_at) {
    std::uint8_t sum = 0;
    for (const std::uint8_t byte : bytes.subspan(1, check_byte_at - 1)) {
        sum = static_cast<std::uint8_t>(sum ^ byte);
    }
    return sum;
}

}  // namespace scardlab::tools
