#include "emulator/iso7816/atr.h"

#include <algorithm>
#include <utility>

namespace scardlab::iso7816 {
namespace {

constexpr std::uint8_t ts_direct = 0x3B;
constexpr std::uint8_t ts_inverse = 0x3F;
constexpr std::size_t format_byte_at = 1;
constexpr std::size_t first_interface_byte_at = 2;

constexpr std::uint8_t ta_present = 0x10;
constexpr std::uint8_t tb_present = 0x20;
constexpr std::uint8_t tc_present = 0x40;
constexpr std::uint8_t td_present = 0x80;
constexpr std::uint8_t any_present = 0xF0;
constexpr std::uint8_t low_nibble = 0x0F;

constexpr std::uint8_t t_global = 15;
/// Interface bytes of this group and of later ones belong to the T in the TD before (clause 8.2.3: i > 2).
constexpr std::size_t first_specific_group = 2;

tl::unexpected<AtrError> atr_error(AtrError::Kind kind, std::size_t offset, std::string message) {
    return tl::make_unexpected(AtrError{kind, offset, std::move(message)});
}

/// "1 byte", "2 bytes".
std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// TS, the minimum and the maximum size; everything that does not need the structure.
std::optional<AtrError> check_frame(ByteView bytes) {
    if (!bytes.empty() && bytes[0] != ts_direct && bytes[0] != ts_inverse) {
        return AtrError{AtrError::Kind::ts, 0, "TS is " + to_hex(bytes.first(1)) + ", expected 3B or 3F"};
    }
    if (bytes.size() < first_interface_byte_at) {
        return AtrError{AtrError::Kind::too_short, bytes.size(),
                        "found " + counted(bytes.size(), "byte") + ", expected at least TS and T0"};
    }
    if (bytes.size() > Atr::max_size) {
        return AtrError{AtrError::Kind::too_long, Atr::max_size,
                        "found " + std::to_string(bytes.size()) + " bytes, expected at most 33"};
    }
    return std::nullopt;
}

/// Reads the interface bytes that `presence` (T0 or a TD) announces, from `at` on. The letter of the first one that is
/// missing, or 0.
char read_group(ByteView bytes, std::uint8_t presence, std::size_t& at, InterfaceGroup& group) {
    const auto take = [&](std::uint8_t bit, std::optional<std::uint8_t>& into) {
        if ((presence & bit) == 0) {
            return true;
        }
        if (at == bytes.size()) {
            return false;
        }
        into = bytes[at++];
        return true;
    };
    if (!take(ta_present, group.ta)) {
        return 'A';
    }
    if (!take(tb_present, group.tb)) {
        return 'B';
    }
    if (!take(tc_present, group.tc)) {
        return 'C';
    }
    return take(td_present, group.td) ? '\0' : 'D';
}

tl::unexpected<AtrError> missing_interface_byte(std::size_t offset, char letter, std::size_t number) {
    const std::string announcer = number == 1 ? "T0" : "TD" + std::to_string(number - 1);
    return atr_error(
        AtrError::Kind::interface_byte_missing, offset,
        std::string("T") + letter + std::to_string(number) + " is missing, which " + announcer + " announces");
}

}  // namespace

tl::expected<Atr, AtrError> Atr::parse(ByteView bytes) {
    if (auto error = check_frame(bytes)) {
        return tl::make_unexpected(std::move(*error));
    }
    tl::expected<Atr, AtrError> result;
    Atr& atr = *result;
    std::size_t at = first_interface_byte_at;
    std::uint8_t presence = bytes[format_byte_at];
    bool check_byte = false;
    bool more = (presence & any_present) != 0;
    while (more) {
        InterfaceGroup& group = atr.groups_[atr.group_count_++];
        if (const char missing = read_group(bytes, presence, at, group)) {
            return missing_interface_byte(at, missing, atr.group_count_);
        }
        more = group.td.has_value();
        if (more) {
            presence = *group.td;
            check_byte = check_byte || (presence & low_nibble) != 0;
        }
    }
    const std::size_t historical = bytes[format_byte_at] & low_nibble;
    if (bytes.size() - at < historical) {
        return atr_error(
            AtrError::Kind::historical_bytes_missing, bytes.size(),
            "found " + counted(bytes.size() - at, "historical byte") + ", T0 announces " + std::to_string(historical));
    }
    const std::size_t end = at + historical + (check_byte ? 1 : 0);
    if (bytes.size() > end) {
        return atr_error(AtrError::Kind::surplus_bytes, end,
                         counted(bytes.size() - end, "byte") + " after the end of the ATR");
    }
    std::copy(bytes.begin(), bytes.end(), atr.bytes_.begin());
    atr.size_ = static_cast<std::uint8_t>(bytes.size());
    atr.historical_offset_ = static_cast<std::uint8_t>(at);
    atr.historical_size_ = static_cast<std::uint8_t>(historical);
    return result;
}

Convention Atr::convention() const {
    return bytes_[0] == ts_inverse ? Convention::inverse : Convention::direct;
}

std::optional<std::uint8_t> Atr::group_protocol(std::size_t index) const {
    if (index == 0 || index >= group_count_) {
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(*groups_[index - 1].td & low_nibble);
}

ByteView Atr::historical_bytes() const {
    return bytes().subspan(historical_offset_, historical_size_);
}

bool Atr::Offered::contains(std::uint8_t value) const {
    const auto end = t.begin() + static_cast<std::ptrdiff_t>(count);
    return std::find(t.begin(), end, value) != end;
}

Atr::Offered Atr::offered_protocols() const {
    Offered offered;
    if (group_count_ < 2) {
        offered.count = 1;  // no TD1: T=0, which the array holds already
        return offered;
    }
    for (std::size_t i = 1; i < group_count_; ++i) {
        const std::uint8_t t = *group_protocol(i);
        if (t != t_global && !offered.contains(t)) {
            offered.t[offered.count++] = t;
        }
    }
    return offered;
}

std::uint8_t Atr::first_offered() const {
    return group_protocol(1).value_or(0);
}

bool Atr::offers(Protocol protocol) const {
    return offered_protocols().contains(static_cast<std::uint8_t>(protocol));
}

bool Atr::has_global_groups() const {
    for (std::size_t i = 1; i < group_count_; ++i) {
        if (group_protocol(i) == t_global) {
            return true;
        }
    }
    return false;
}

std::optional<std::uint8_t> Atr::first_specific(std::uint8_t t,
                                                std::optional<std::uint8_t> InterfaceGroup::*member) const {
    for (std::size_t i = first_specific_group; i < group_count_; ++i) {
        if (group_protocol(i) == t && groups_[i].*member) {
            return groups_[i].*member;
        }
    }
    return std::nullopt;
}

std::optional<SpecificMode> Atr::specific_mode() const {
    const auto& ta2 = groups_[1].ta;
    if (!ta2) {
        return std::nullopt;
    }
    return SpecificMode{static_cast<std::uint8_t>(*ta2 & low_nibble), (*ta2 & 0x10) != 0, (*ta2 & 0x80) == 0};
}

std::uint8_t Atr::ta1() const {
    return groups_[0].ta.value_or(0x11);
}

std::uint8_t Atr::extra_guard_time() const {
    return groups_[0].tc.value_or(0);
}

std::uint8_t Atr::waiting_integer() const {
    constexpr std::uint8_t default_wi = 10;
    const std::uint8_t wi = groups_[1].tc.value_or(default_wi);
    return wi == 0 ? default_wi : wi;
}

std::uint8_t Atr::ifsc() const {
    constexpr std::uint8_t default_ifsc = 32;
    constexpr std::uint8_t largest_ifsc = 254;
    const std::uint8_t value = first_specific(1, &InterfaceGroup::ta).value_or(default_ifsc);
    return value == 0 ? default_ifsc : std::min(value, largest_ifsc);
}

std::uint8_t Atr::bwi() const {
    return first_specific(1, &InterfaceGroup::tb).value_or(0x4D) >> 4;
}

std::uint8_t Atr::cwi() const {
    return first_specific(1, &InterfaceGroup::tb).value_or(0x4D) & low_nibble;
}

EdcKind Atr::edc_kind() const {
    return (first_specific(1, &InterfaceGroup::tc).value_or(0) & 0x01) != 0 ? EdcKind::crc : EdcKind::lrc;
}

std::uint8_t Atr::operating_classes() const {
    constexpr std::uint8_t class_a = 1;
    return first_specific(t_global, &InterfaceGroup::ta).value_or(class_a) & 0x3F;
}

ClockStop Atr::clock_stop() const {
    return static_cast<ClockStop>(first_specific(t_global, &InterfaceGroup::ta).value_or(0) >> 6);
}

Atr::Tck Atr::tck() const {
    bool expected = false;
    for (std::size_t i = 1; i < group_count_; ++i) {
        expected = expected || group_protocol(i) != 0;
    }
    if (!expected) {
        return Tck::absent_as_expected;
    }
    if (size_ == historical_offset_ + historical_size_) {
        return Tck::missing;
    }
    unsigned sum = 0;
    for (const std::uint8_t byte : bytes().subspan(format_byte_at)) {
        sum ^= byte;
    }
    return sum == 0 ? Tck::correct : Tck::wrong;
}

bool operator==(const Atr& a, const Atr& b) {
    return std::ranges::equal(a.bytes(), b.bytes());
}

}  // namespace scardlab::iso7816
