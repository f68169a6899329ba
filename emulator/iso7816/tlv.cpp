#include "emulator/iso7816/tlv.h"

#include <cassert>
#include <optional>

namespace scardlab::iso7816 {
namespace {

constexpr std::uint8_t tag_number_follows = 0x1F;
constexpr std::uint8_t more_follows = 0x80;
constexpr std::size_t largest_tag = 3;

tl::unexpected<TlvError> error(std::size_t offset, const char* message) {
    return tl::make_unexpected(TlvError{offset, message});
}

}  // namespace

tl::expected<Tlv, TlvError> TlvReader::next() {
    std::size_t at = offset_;
    const auto byte = [&]() -> std::optional<std::uint8_t> {
        return at < bytes_.size() ? std::optional(bytes_[at++]) : std::nullopt;
    };
    const auto first = byte();
    if (!first) {
        return error(at, "found the end, expected a tag");
    }
    Tlv object;
    object.tag = *first;
    for (bool more = (*first & tag_number_follows) == tag_number_follows; more;) {
        const auto next_byte = byte();
        if (!next_byte || at - offset_ > largest_tag) {
            return error(offset_, next_byte ? "the tag has more than three bytes" : "the tag is cut off");
        }
        object.tag = object.tag << 8 | *next_byte;
        more = (*next_byte & more_follows) != 0;
    }
    const std::size_t length_at = at;
    const auto short_form = byte();
    if (!short_form) {
        return error(at, "found the end, expected a length");
    }
    std::size_t length = *short_form;
    if (length >= 0x80) {
        if (length != 0x81 && length != 0x82) {
            return error(length_at, "the length field is none of one, two or three bytes");
        }
        const std::size_t count = length & 0x0F;
        length = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const auto digit = byte();
            if (!digit) {
                return error(at, "the length field is cut off");
            }
            length = length << 8 | *digit;
        }
    }
    if (length > bytes_.size() - at) {
        return error(length_at, "the value is longer than what is left");
    }
    object.value = bytes_.subspan(at, length);
    offset_ = at + length;
    return object;
}

void append_tlv(Bytes& out, std::uint32_t tag, ByteView value) {
    assert(value.size() <= 0xFFFF);
    const auto push = [&](std::size_t number) { out.push_back(static_cast<std::uint8_t>(number & 0xFF)); };
    if (tag > 0xFFFF) {
        push(tag >> 16);
    }
    if (tag > 0xFF) {
        push(tag >> 8);
    }
    push(tag);
    if (value.size() > 0xFF) {
        push(0x82);
        push(value.size() >> 8);
    } else if (value.size() >= 0x80) {
        push(0x81);
    }
    push(value.size());
    out.insert(out.end(), value.begin(), value.end());
}

}  // namespace scardlab::iso7816
