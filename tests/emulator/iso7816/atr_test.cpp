#include <boost/test/unit_test.hpp>

#include "emulator/iso7816/atr.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

std::vector<int> offered(const Atr& atr) {
    const auto protocols = atr.offered_protocols();
    return {protocols.t.begin(), protocols.t.begin() + static_cast<std::ptrdiff_t>(protocols.count)};
}

BOOST_AUTO_TEST_SUITE(iso7816_atr)

// ISO/IEC 7816-3 clauses 8.1, 8.2.2 and 8.2.4
BOOST_AUTO_TEST_CASE(an_error_says_its_kind_and_where_and_what) {
    using Kind = AtrError::Kind;
    struct Row {
        const char* bytes;
        Kind kind;
        std::size_t offset;
        const char* message;
    };
    const std::string thirty_four = to_hex(Bytes(34, 0x3B));
    for (const Row& row :
         {Row{"", Kind::too_short, 0, "found 0 bytes, expected at least TS and T0"},
          {"3B", Kind::too_short, 1, "found 1 byte, expected at least TS and T0"},
          {"3C 00", Kind::ts, 0, "TS is 3C, expected 3B or 3F"},
          {"03", Kind::ts, 0, "TS is 03, expected 3B or 3F"},  // an inverse TS that nobody inverted
          {thirty_four.c_str(), Kind::too_long, 33, "found 34 bytes, expected at most 33"},
          {"3B 10", Kind::interface_byte_missing, 2, "TA1 is missing, which T0 announces"},
          {"3B F0 11 00 00", Kind::interface_byte_missing, 5, "TD1 is missing, which T0 announces"},
          {"3B 80 80 B1 FE", Kind::interface_byte_missing, 5, "TB3 is missing, which TD2 announces"},
          {"3B 80 40", Kind::interface_byte_missing, 3, "TC2 is missing, which TD1 announces"},
          {"3B 02 01", Kind::historical_bytes_missing, 3, "found 1 historical byte, T0 announces 2"},
          {"3B 1F 11", Kind::historical_bytes_missing, 3, "found 0 historical bytes, T0 announces 15"},
          {"3B 00 00", Kind::surplus_bytes, 2, "1 byte after the end of the ATR"},     // T=0 alone has no TCK
          {"3B 80 00 80", Kind::surplus_bytes, 3, "1 byte after the end of the ATR"},  // nor with a TD1
          {"3B 80 01 81 00 00", Kind::surplus_bytes, 4, "2 bytes after the end of the ATR"}}) {
        BOOST_TEST_CONTEXT(row.bytes) {
            const auto atr = Atr::parse(hex(row.bytes));
            BOOST_REQUIRE(!atr);
            BOOST_CHECK(atr.error().kind == row.kind);
            BOOST_TEST(atr.error().offset == row.offset);
            BOOST_TEST(atr.error().message == row.message);
        }
    }
}

// ISO/IEC 7816-3 clauses 8, 8.3, 10.2, 11.4.2 and 11.4.3
BOOST_AUTO_TEST_CASE(the_shortest_atr_has_the_defaults_of_the_standard) {
    for (const Atr& atr : {atr_of("3B 00"), Atr{}}) {
        BOOST_CHECK(atr.convention() == Convention::direct);
        BOOST_TEST(atr.group_count() == 0U);
        BOOST_TEST(atr.historical_bytes().empty());
        BOOST_TEST(offered(atr) == std::vector<int>{0});
        BOOST_TEST(int{atr.first_offered()} == 0);
        BOOST_TEST(atr.offers(Protocol::t0));
        BOOST_TEST(!atr.offers(Protocol::t1));
        BOOST_TEST(!atr.specific_mode().has_value());
        BOOST_TEST(int{atr.ta1()} == 0x11);
        BOOST_TEST(int{atr.extra_guard_time()} == 0);
        BOOST_TEST(int{atr.waiting_integer()} == 10);
        BOOST_TEST(int{atr.ifsc()} == 32);
        BOOST_TEST(int{atr.bwi()} == 4);
        BOOST_TEST(int{atr.cwi()} == 13);
        BOOST_CHECK(atr.edc_kind() == EdcKind::lrc);
        BOOST_TEST(int{atr.operating_classes()} == 1);
        BOOST_CHECK(atr.clock_stop() == ClockStop::not_supported);
        BOOST_CHECK(atr.tck() == Atr::Tck::absent_as_expected);
    }
    BOOST_TEST(Atr{}.empty());
    BOOST_TEST(!atr_of("3B 00").empty());
}

// What a resource manager makes of an ATR: the offered protocols, the first of them, specific mode.
// ISO/IEC 7816-3 clause 8.2.3
BOOST_AUTO_TEST_CASE(protocols_are_offered_in_their_order_without_15) {
    struct Row {
        const char* bytes;
        std::vector<int> offered;
        int first;
        int specific;  // T of TA2, or -1
        Atr::Tck tck;
    };
    using Tck = Atr::Tck;
    for (const Row& row : {Row{"3B 00", {0}, 0, -1, Tck::absent_as_expected},
                           {"3B 80 00", {0}, 0, -1, Tck::absent_as_expected},
                           {"3B 10 95", {0}, 0, -1, Tck::absent_as_expected},
                           {"3B 90 95 00", {0}, 0, -1, Tck::absent_as_expected},
                           {"3B 80 01 81", {1}, 1, -1, Tck::correct},
                           {"3B 90 95 01 04", {1}, 1, -1, Tck::correct},
                           {"3B 80 80 01 01", {0, 1}, 0, -1, Tck::correct},
                           {"3B 90 13 80 01 02", {0, 1}, 0, -1, Tck::correct},
                           {"3B 80 81 00 00", {1, 0}, 1, -1, Tck::wrong},
                           {"3B 80 81 00 01", {1, 0}, 1, -1, Tck::correct},
                           {"3B 80 10 00", {0}, 0, 0, Tck::absent_as_expected},
                           {"3B 80 10 01", {0}, 0, 1, Tck::absent_as_expected},
                           {"3B 80 1F 00", {}, 15, 0, Tck::missing},
                           {"3B 80 80 1F 00", {0}, 0, -1, Tck::missing},
                           {"3B 80 80 81 81 01 81", {0, 1}, 0, -1, Tck::wrong},
                           {"3B 80 8E 85 01 8A", {14, 5, 1}, 14, -1, Tck::correct}}) {
        BOOST_TEST_CONTEXT(row.bytes) {
            const Atr atr = atr_of(row.bytes);
            BOOST_TEST(offered(atr) == row.offered);
            BOOST_TEST(int{atr.first_offered()} == row.first);
            BOOST_TEST((atr.specific_mode() ? int{atr.specific_mode()->t} : -1) == row.specific);
            BOOST_CHECK(atr.tck() == row.tck);
            for (int t = 0; t < 15; ++t) {
                const bool expected = std::find(row.offered.begin(), row.offered.end(), t) != row.offered.end();
                BOOST_TEST(atr.offered_protocols().contains(static_cast<std::uint8_t>(t)) == expected);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(groups_hold_their_bytes_and_know_their_protocol) {
    const Atr atr = atr_of("3B D5 96 02 80 71 FE 65 01 4F 73 45 49 44 5E");
    BOOST_REQUIRE(atr.group_count() == 3U);
    BOOST_TEST((atr.group(0) == InterfaceGroup{0x96, std::nullopt, 0x02, 0x80}));
    BOOST_TEST((atr.group(1) == InterfaceGroup{std::nullopt, std::nullopt, std::nullopt, 0x71}));
    BOOST_TEST((atr.group(2) == InterfaceGroup{0xFE, 0x65, 0x01, std::nullopt}));
    BOOST_TEST(!atr.group_protocol(0).has_value());
    BOOST_TEST(int{atr.group_protocol(1).value()} == 0);
    BOOST_TEST(int{atr.group_protocol(2).value()} == 1);
    BOOST_TEST(!atr.group_protocol(3).has_value());
    // A TD that announces nothing is followed by an empty group.
    BOOST_TEST(atr_of("3B 80 01 81").group_count() == 2U);
    BOOST_TEST((atr_of("3B 80 01 81").group(1) == InterfaceGroup{}));
}

BOOST_AUTO_TEST_CASE(thirty_one_td_give_thirty_two_groups) {
    Bytes bytes = hex("3B 80");
    bytes.resize(32, 0x80);
    bytes.push_back(0x00);
    const auto atr = Atr::parse(bytes);
    BOOST_REQUIRE(atr);
    BOOST_TEST(atr->group_count() == Atr::max_groups);
    BOOST_TEST(offered(*atr) == std::vector<int>{0});
    bytes.back() = 0x80;
    const auto endless = Atr::parse(bytes);
    BOOST_REQUIRE(!endless);
    BOOST_TEST(endless.error().offset == 33U);
}

// ISO/IEC 7816-3 clause 8.3
BOOST_AUTO_TEST_CASE(ta2_tells_specific_mode_bit_by_bit) {
    struct Row {
        int ta2, t;
        bool implicit_rate, can_change;
    };
    for (const Row& row : {Row{0x00, 0, false, true},
                           {0x01, 1, false, true},
                           {0x81, 1, false, false},
                           {0x10, 0, true, true},
                           {0x91, 1, true, false},
                           {0x8E, 14, false, false}}) {
        BOOST_TEST_CONTEXT(std::hex << row.ta2) {
            Bytes bytes = hex("3B 80 10");
            bytes.push_back(static_cast<std::uint8_t>(row.ta2));
            const auto mode = Atr::parse(bytes)->specific_mode();
            BOOST_REQUIRE(mode.has_value());
            BOOST_TEST(int{mode->t} == row.t);
            BOOST_TEST(mode->implicit_rate == row.implicit_rate);
            BOOST_TEST(mode->can_change == row.can_change);
        }
    }
}

// ISO/IEC 7816-3 clauses 11.4.2 and 11.4.3
BOOST_AUTO_TEST_CASE(bytes_for_t1_are_the_first_ones_after_group_2_only) {
    // TA2 and TB2 follow a TD1 of T=1, but are not T=1's: they mean the same for every T.
    const Atr global = atr_of("3B 80 31 81 77 C6");
    BOOST_TEST(int{global.ifsc()} == 32);
    BOOST_TEST(int{global.bwi()} == 4);
    // The first TA for T=1 counts, also where an earlier group of T=1 has none, and a later one does not.
    const Atr later = atr_of("3B 80 81 21 35 00");
    BOOST_TEST(int{later.bwi()} == 3);
    const Atr two = atr_of("3B 80 81 91 40 91 50 11 60 80");
    BOOST_TEST(int{two.ifsc()} == 0x40);
    const Atr second = atr_of("3B 80 81 A1 35 11 60 00");
    BOOST_TEST(int{second.bwi()} == 3);
    BOOST_TEST(int{second.cwi()} == 5);
    BOOST_TEST(int{second.ifsc()} == 0x60);
    // Bytes of another T between them are passed over.
    const Atr other = atr_of("3B 80 80 9E 77 11 50 00");
    BOOST_TEST(int{other.ifsc()} == 0x50);
}

BOOST_AUTO_TEST_CASE(reserved_ifsc_and_wi_count_as_something_usable) {
    BOOST_TEST(int{atr_of("3B 80 81 11 00 91").ifsc()} == 32);
    BOOST_TEST(int{atr_of("3B 80 81 11 FF 6E").ifsc()} == 254);
    BOOST_TEST(int{atr_of("3B 80 81 11 FE 6F").ifsc()} == 254);
    BOOST_TEST(int{atr_of("3B 80 81 11 01 90").ifsc()} == 1);
    BOOST_TEST(int{atr_of("3B 80 40 00").waiting_integer()} == 10);
    BOOST_TEST(int{atr_of("3B 80 40 01").waiting_integer()} == 1);
}

// ISO/IEC 7816-3 clause 11.4.4
BOOST_AUTO_TEST_CASE(edc_is_crc_when_bit_1_of_the_first_tc_for_t1_says_so) {
    BOOST_CHECK(atr_of("3B 80 81 41 00 C1").edc_kind() == EdcKind::lrc);
    BOOST_CHECK(atr_of("3B 80 81 41 01 C0").edc_kind() == EdcKind::crc);
    BOOST_CHECK(atr_of("3B 80 41 01 C0").edc_kind() == EdcKind::lrc);  // TC2 is T=0's
}

// ISO/IEC 7816-3 clauses 5.1.3 and 8.3
BOOST_AUTO_TEST_CASE(class_and_clock_stop_are_in_the_first_ta_for_t15) {
    struct Row {
        int ta, classes;
        ClockStop stop;
    };
    for (const Row& row : {Row{0x01, 1, ClockStop::not_supported},
                           {0x42, 2, ClockStop::state_l},
                           {0x84, 4, ClockStop::state_h},
                           {0xC7, 7, ClockStop::no_preference},
                           {0x03, 3, ClockStop::not_supported},
                           {0x46, 6, ClockStop::state_l}}) {
        BOOST_TEST_CONTEXT(std::hex << row.ta) {
            Bytes bytes = hex("3B 80 80 1F");
            bytes.push_back(static_cast<std::uint8_t>(row.ta));
            const auto atr = Atr::parse(bytes);
            BOOST_REQUIRE(atr);
            BOOST_TEST(int{atr->operating_classes()} == row.classes);
            BOOST_CHECK(atr->clock_stop() == row.stop);
            BOOST_TEST(atr->has_global_groups());
        }
    }
    // After TD1 with T=15 comes TA2, which stays specific mode.
    BOOST_TEST(int{atr_of("3B 80 1F C7").operating_classes()} == 1);
    BOOST_TEST(!atr_of("3B 80 01 81").has_global_groups());
}

BOOST_AUTO_TEST_CASE(atrs_with_the_same_bytes_are_equal) {
    BOOST_TEST((atr_of("3B 80 01 81") == atr_of("3B 80 01 81")));
    BOOST_TEST((atr_of("3B 80 01 81") != atr_of("3F 80 01 81")));
    BOOST_TEST((atr_of("3B 80 01 81") != atr_of("3B 80 01")));
    BOOST_TEST((atr_of("3B 00") != Atr{}));
}

BOOST_AUTO_TEST_CASE(building_computes_t0_td_and_tck) {
    AtrFields fields;
    BOOST_TEST(to_hex(build_atr(fields)->bytes()) == "3B 00");
    fields.convention = Convention::inverse;
    fields.historical_bytes = {0x80, 0x31};
    BOOST_TEST(to_hex(build_atr(fields)->bytes()) == "3F 02 80 31");
    fields = {.groups = {{.td = 1}, {}}};
    BOOST_TEST(to_hex(build_atr(fields)->bytes()) == "3B 80 01 81");
    fields.groups = {{.ta = 0x96, .tc = 2, .td = 0}, {.td = 1}, {.ta = 0xFE, .tb = 0x65, .tc = 1}};
    fields.historical_bytes = hex("4F 73 45 49 44");
    BOOST_TEST(to_hex(build_atr(fields)->bytes()) == "3B D5 96 02 80 71 FE 65 01 4F 73 45 49 44 5E");
    fields.groups[0].td = 0xF0;  // presence bits given here are not taken over
    BOOST_TEST(to_hex(build_atr(fields)->bytes()) == "3B D5 96 02 80 71 FE 65 01 4F 73 45 49 44 5E");
}

BOOST_AUTO_TEST_CASE(fields_that_no_atr_holds_are_refused_where_they_go_wrong) {
    using Kind = AtrError::Kind;
    struct Row {
        AtrFields fields;
        Kind kind;
        std::size_t offset;
        const char* message;
    };
    const Row no_td{{.groups = {{.ta = 0x11}, {}}}, Kind::fields, 3, "TD1 is not given, but a group follows"};
    const Row last_td{
        {.groups = {{.td = 1}, {.tb = 0, .td = 1}}}, Kind::fields, 4, "TD2 is given, but no group follows it"};
    const Row sixteen{{.groups = {{.ta = 0x11}}, .historical_bytes = Bytes(16)},
                      Kind::fields,
                      18,
                      "found 16 historical bytes, expected at most 15"};
    Row long_groups{{}, Kind::too_long, 33, "the interface bytes reach beyond 33 bytes"};
    long_groups.fields.groups.assign(10, {.ta = 1, .tb = 2, .tc = 3, .td = 0});
    long_groups.fields.groups.push_back({});
    Row long_history{{}, Kind::too_long, 33, "found 34 bytes, expected at most 33"};
    long_history.fields.groups.assign(4, {.ta = 1, .tb = 2, .tc = 3, .td = 1});
    long_history.fields.groups.push_back({});
    long_history.fields.historical_bytes.assign(15, 0);
    for (const Row& row : {no_td, last_td, sixteen, long_groups, long_history}) {
        BOOST_TEST_CONTEXT(row.message) {
            const auto atr = build_atr(row.fields);
            BOOST_REQUIRE(!atr);
            BOOST_CHECK(atr.error().kind == row.kind);
            BOOST_TEST(atr.error().offset == row.offset);
            BOOST_TEST(atr.error().message == row.message);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
