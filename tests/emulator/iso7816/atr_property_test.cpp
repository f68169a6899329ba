#include <boost/test/unit_test.hpp>

#include <rapidcheck/boost_test.h>

#include "emulator/iso7816/atr.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

/// One time in three a byte is there.
std::optional<std::uint8_t> maybe_byte() {
    if (*rc::gen::inRange(0, 3) != 0) {
        return std::nullopt;
    }
    return *rc::gen::arbitrary<std::uint8_t>();
}

/// Fields that make an ATR, unless they are too many bytes.
AtrFields any_fields() {
    AtrFields fields;
    fields.convention = *rc::gen::element(Convention::direct, Convention::inverse);
    const auto count = *rc::gen::inRange<std::size_t>(0, 9);
    for (std::size_t i = 0; i < count; ++i) {
        InterfaceGroup group{maybe_byte(), maybe_byte(), maybe_byte(), std::nullopt};
        if (i + 1 < count) {
            group.td = *rc::gen::inRange<std::uint8_t>(0, 16);
        }
        fields.groups.push_back(group);
    }
    const auto size = *rc::gen::inRange<std::size_t>(0, 16);
    fields.historical_bytes = *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
    return fields;
}

std::size_t size_of(const AtrFields& fields) {
    std::size_t size = 2 + fields.historical_bytes.size();
    bool check_byte = false;
    for (const InterfaceGroup& group : fields.groups) {
        for (const auto& byte : {group.ta, group.tb, group.tc, group.td}) {
            size += byte ? 1 : 0;
        }
        check_byte = check_byte || group.td.value_or(0) != 0;
    }
    return size + (check_byte ? 1 : 0);
}

/// Reads some bytes as an ATR and asks for everything that it says.
void read_everything(const Bytes& bytes) {
    const auto atr = Atr::parse(bytes);
    if (!atr) {
        RC_ASSERT(atr.error().offset <= bytes.size());
        RC_ASSERT(!atr.error().message.empty());
        return;
    }
    RC_ASSERT(to_hex(atr->bytes()) == to_hex(bytes));
    RC_ASSERT(atr->group_count() <= Atr::max_groups);
    RC_ASSERT(atr->historical_bytes().size() == (bytes[1] & 0x0FU));
    RC_ASSERT(atr->offered_protocols().count <= 15U);
    RC_ASSERT(!atr->offered_protocols().contains(15));
    RC_ASSERT(atr->ifsc() >= 1 && atr->ifsc() <= 254);
    RC_ASSERT(atr->waiting_integer() >= 1);
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        const Timing timing = timing_for(*atr, TransmissionRate{}, protocol);
        RC_ASSERT(timing.guard_time >= timing.card_guard_time);
        RC_ASSERT(timing.waiting_time.count > 0);
        RC_ASSERT(timing.character_waiting >= TransmissionRate{}.etu(12));
        RC_ASSERT(timing.block_waiting >= TransmissionRate{}.etu(11 + 960));
    }
    RC_ASSERT(atr->tck() == Atr::Tck::absent_as_expected || atr->group_count() > 1);
}

BOOST_AUTO_TEST_SUITE(iso7816_atr_property)

RC_BOOST_PROP(fields_that_fit_are_read_back_as_they_were, ()) {
    const AtrFields fields = any_fields();
    const auto built = build_atr(fields);
    const std::size_t size = size_of(fields);
    if (size > Atr::max_size) {
        RC_ASSERT(!built.has_value());
        RC_ASSERT(built.error().kind == AtrError::Kind::too_long);
        RC_ASSERT(built.error().offset == Atr::max_size);
        return;
    }
    RC_ASSERT(built.has_value());
    RC_ASSERT(built->bytes().size() == size);
    const auto parsed = Atr::parse(built->bytes());
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(*parsed == *built);
    RC_ASSERT(parsed->convention() == fields.convention);
    RC_ASSERT(to_hex(parsed->historical_bytes()) == to_hex(fields.historical_bytes));
    RC_ASSERT(parsed->tck() == Atr::Tck::correct || parsed->tck() == Atr::Tck::absent_as_expected);
    // A lone empty group is no group.
    const bool none = fields.groups.size() == 1 && fields.groups[0] == InterfaceGroup{};
    RC_ASSERT(parsed->group_count() == (none ? 0 : fields.groups.size()));
    for (std::size_t i = 0; i < parsed->group_count(); ++i) {
        const InterfaceGroup& got = parsed->group(i);
        const InterfaceGroup& given = fields.groups[i];
        RC_ASSERT(got.ta == given.ta && got.tb == given.tb && got.tc == given.tc);
        RC_ASSERT(got.td.has_value() == given.td.has_value());
        RC_ASSERT((got.td.value_or(0) & 0x0F) == given.td.value_or(0));
        RC_ASSERT(parsed->group_protocol(i) == (i == 0 ? std::nullopt : fields.groups[i - 1].td));
    }
}

RC_BOOST_PROP(every_prefix_of_an_atr_is_an_atr_or_an_error_at_its_end, ()) {
    const auto built = build_atr(any_fields());
    RC_PRE(built.has_value());
    const ByteView bytes = built->bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto atr = Atr::parse(bytes.first(size));
        if (atr) {  // only TCK may be cut off
            RC_ASSERT(size + 1 == bytes.size());
            RC_ASSERT(atr->tck() == Atr::Tck::missing);
        } else {
            RC_ASSERT(atr.error().offset == size);
        }
    }
}

RC_BOOST_PROP(any_bytes_give_an_atr_or_an_error_inside_them, (Bytes bytes)) {
    if (!bytes.empty() && *rc::gen::arbitrary<bool>()) {
        bytes[0] = *rc::gen::element<std::uint8_t>(0x3B, 0x3F);
    }
    read_everything(bytes);
}

RC_BOOST_PROP(an_atr_with_any_byte_changed_gives_an_atr_or_an_error_inside_it, (std::uint8_t value)) {
    const auto built = build_atr(any_fields());
    RC_PRE(built.has_value());
    Bytes bytes(built->bytes().begin(), built->bytes().end());
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = value;
    read_everything(bytes);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
