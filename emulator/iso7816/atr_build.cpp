#include <algorithm>
#include <utility>

#include "emulator/iso7816/atr.h"

namespace scardlab::iso7816 {
namespace {

constexpr std::size_t max_historical_bytes = 15;
constexpr std::uint8_t low_nibble = 0x0F;

tl::unexpected<AtrError> fields_error(std::size_t offset, std::string message) {
    return tl::make_unexpected(AtrError{AtrError::Kind::fields, offset, std::move(message)});
}

/// Y: the presence bits of a group, as the high nibble of T0 or of the TD before.
std::uint8_t presence_bits(const InterfaceGroup& group) {
    const unsigned bits =
        (group.ta ? 0x10U : 0) | (group.tb ? 0x20U : 0) | (group.tc ? 0x40U : 0) | (group.td ? 0x80U : 0);
    return static_cast<std::uint8_t>(bits);
}

std::uint8_t presence_bits(const std::vector<InterfaceGroup>& groups, std::size_t index) {
    return index < groups.size() ? presence_bits(groups[index]) : std::uint8_t{0};
}

}  // namespace

tl::expected<Atr, AtrError> build_atr(const AtrFields& fields) {
    const auto& groups = fields.groups;
    Bytes bytes;
    bytes.reserve(Atr::max_size + 1);
    bytes.push_back(fields.convention == Convention::direct ? 0x3B : 0x3F);
    bytes.push_back(
        static_cast<std::uint8_t>(presence_bits(groups, 0) | (fields.historical_bytes.size() & low_nibble)));
    bool check_byte = false;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (const auto& byte : {groups[i].ta, groups[i].tb, groups[i].tc}) {
            if (byte) {
                bytes.push_back(*byte);
            }
        }
        const bool last = i + 1 == groups.size();
        if (groups[i].td.has_value() == last) {
            const std::string td = "TD" + std::to_string(i + 1);
            return fields_error(bytes.size(), last ? td + " is given, but no group follows it"
                                                   : td + " is not given, but a group follows");
        }
        if (!last) {
            const std::uint8_t t = *groups[i].td & low_nibble;
            check_byte = check_byte || t != 0;
            bytes.push_back(static_cast<std::uint8_t>(presence_bits(groups, i + 1) | t));
        }
        if (bytes.size() > Atr::max_size) {
            return tl::make_unexpected(
                AtrError{AtrError::Kind::too_long, Atr::max_size, "the interface bytes reach beyond 33 bytes"});
        }
    }
    if (fields.historical_bytes.size() > max_historical_bytes) {
        return fields_error(
            std::min(bytes.size() + max_historical_bytes, Atr::max_size),
            "found " + std::to_string(fields.historical_bytes.size()) + " historical bytes, expected at most 15");
    }
    bytes.insert(bytes.end(), fields.historical_bytes.begin(), fields.historical_bytes.end());
    if (check_byte) {
        std::uint8_t sum = 0;
        for (const std::uint8_t byte : ByteView(bytes).subspan(1)) {
            sum = static_cast<std::uint8_t>(sum ^ byte);
        }
        bytes.push_back(sum);
    }
    return Atr::parse(bytes);
}

}  // namespace scardlab::iso7816
