#include "core/service_provider/card_capabilities.h"

#include <algorithm>

#include "emulator/iso7816/tlv.h"

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::TlvReader;

constexpr std::uint32_t capabilities_tag = 0x47, length_tag = 0x7F66, integer_tag = 0x02;

std::size_t number(ByteView bytes) {
    constexpr std::size_t longest = 4;
    std::size_t value = 0;
    for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), longest))) {
        value = value << 8 | byte;
    }
    return value;
}

}  // namespace

ByteView card_capabilities(ByteView historical_bytes) {
    constexpr std::uint8_t with_status_in_tlv = 0x80, with_status_at_end = 0x00, object = 0x70;
    constexpr std::size_t status_size = 3;
    if (historical_bytes.empty()) {
        return {};
    }
    const std::uint8_t category = historical_bytes[0];
    ByteView left = historical_bytes.subspan(1);
    if (category == with_status_at_end) {
        left = left.first(left.size() - std::min(left.size(), status_size));
    } else if (category != with_status_in_tlv) {
        return {};
    }
    while (!left.empty()) {
        const std::size_t size = left[0] & 0x0F;
        if (size >= left.size()) {
            return {};
        }
        if ((left[0] & 0xF0) == object) {
            return left.subspan(1, size);
        }
        left = left.subspan(1 + size);
    }
    return {};
}

bool says_extended_length(ByteView capabilities) {
    constexpr std::size_t third_table = 2;
    constexpr std::uint8_t extended_length = 0x40;
    return capabilities.size() > third_table && (capabilities[third_table] & extended_length) != 0;
}

Bytes capability_objects(ByteView ef_atr) {
    Bytes objects;
    TlvReader reader(ef_atr);
    for (auto object = reader.next(); object; object = reader.next()) {
        if (object->tag == capabilities_tag || object->tag == length_tag) {
            iso7816::append_tlv(objects, object->tag, object->value);
        }
    }
    return objects;
}

LengthLimits length_limits(ByteView objects, ByteView historical_bytes) {
    constexpr std::size_t untold = 1'024, largest_command = 65'535, largest_response = 65'536;
    constexpr std::size_t command_overhead = 4 + 3 + 2, response_overhead = 2;
    bool extended = says_extended_length(card_capabilities(historical_bytes));
    std::size_t figures[] = {untold + command_overhead, untold + response_overhead};
    TlvReader reader(objects);
    for (auto object = reader.next(); object; object = reader.next()) {
        if (object->tag == capabilities_tag) {
            extended = extended || says_extended_length(object->value);
        } else if (object->tag == length_tag) {
            TlvReader inner(object->value);
            for (std::size_t& figure : figures) {
                const auto integer = inner.next();
                figure = integer && integer->tag == integer_tag ? number(integer->value) : figure;
            }
        }
    }
    const LengthLimits short_ones;
    if (!extended) {
        return short_ones;
    }
    const auto within = [](std::size_t figure, std::size_t overhead, std::size_t least, std::size_t most) {
        return std::clamp(figure > overhead ? figure - overhead : 0, least, most);
    };
    return {within(figures[0], command_overhead, short_ones.command, largest_command),
            within(figures[1], response_overhead, short_ones.response, largest_response)};
}

}  // namespace scardlab::service_provider
