#include <boost/test/unit_test.hpp>

#include <rapidcheck/boost_test.h>
#include <map>

#include "emulator/iso7816/tpdu.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

bool is_valid_ins(unsigned ins) {
    return ins >> 4 != 6 && ins >> 4 != 9;
}

BOOST_AUTO_TEST_SUITE(iso7816_tpdu)

BOOST_AUTO_TEST_CASE(procedure_bytes_are_those_of_clause_10_3_3) {
    for (unsigned ins = 0; ins <= 0xFF; ++ins) {
        if (!is_valid_ins(ins)) {
            continue;
        }
        for (unsigned byte = 0; byte <= 0xFF; ++byte) {
            ProcedureByte expected = ProcedureByte::invalid;
            if (byte == 0x60) {
                expected = ProcedureByte::null;
            } else if ((byte >= 0x61 && byte <= 0x6F) || (byte >= 0x90 && byte <= 0x9F)) {
                expected = ProcedureByte::sw1;
            } else if (byte == ins) {
                expected = ProcedureByte::ack_all;
            } else if (byte + ins == 0xFF) {
                expected = ProcedureByte::ack_one;
            }
            const auto got = classify_procedure_byte(static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(ins));
            BOOST_REQUIRE_MESSAGE(got == expected, std::hex << "byte " << byte << " after INS " << ins);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_valid_ins_has_exactly_one_byte_of_each_acknowledgement) {
    for (unsigned ins = 0; ins <= 0xFF; ++ins) {
        if (!is_valid_ins(ins)) {
            continue;
        }
        std::map<ProcedureByte, int> counts;
        for (unsigned byte = 0; byte <= 0xFF; ++byte) {
            ++counts[classify_procedure_byte(static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(ins))];
        }
        BOOST_TEST_CONTEXT(std::hex << "INS " << ins) {
            BOOST_TEST(counts[ProcedureByte::null] == 1);
            BOOST_TEST(counts[ProcedureByte::sw1] == 31);
            BOOST_TEST(counts[ProcedureByte::ack_all] == 1);
            BOOST_TEST(counts[ProcedureByte::ack_one] == 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(sw1_wins_over_an_ins_that_looks_like_it) {
    BOOST_CHECK(classify_procedure_byte(0x61, 0x61) == ProcedureByte::sw1);
    BOOST_CHECK(classify_procedure_byte(0x60, 0x60) == ProcedureByte::null);
    BOOST_CHECK(classify_procedure_byte(0x61, 0x9E) == ProcedureByte::sw1);
}

BOOST_AUTO_TEST_CASE(short_commands_map_as_clause_12_2_says) {
    struct Row {
        const char* apdu;
        const char* header;
        T0Direction direction;
        const char* data;
        unsigned expected;
    };
    for (const Row& row : {Row{"00 44 00 00", "00 44 00 00 00", T0Direction::none, "", 0},                // case 1
                           {"00 B0 00 00 10", "00 B0 00 00 10", T0Direction::from_card, "", 16},          // case 2
                           {"00 B0 00 00 00", "00 B0 00 00 00", T0Direction::from_card, "", 256},         // case 2, 256
                           {"00 A4 00 00 02 3F 00", "00 A4 00 00 02", T0Direction::to_card, "3F 00", 0},  // case 3
                           {"00 A4 00 00 02 3F 00 00", "00 A4 00 00 02", T0Direction::to_card, "3F 00", 0},  // case 4
                           {"00 A4 04 00 01 A0 FF", "00 A4 04 00 01", T0Direction::to_card, "A0", 0}}) {     // case 4
        BOOST_TEST_CONTEXT(row.apdu) {
            const Bytes apdu = hex(row.apdu);
            const auto tpdu = map_to_t0(apdu);
            BOOST_REQUIRE(tpdu);
            BOOST_TEST(to_hex(tpdu->header) == row.header);
            BOOST_CHECK(tpdu->direction == row.direction);
            BOOST_TEST(to_hex(tpdu->data) == row.data);
            BOOST_TEST(tpdu->expected == row.expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_longest_short_command_fits) {
    Bytes apdu = hex("00 D6 00 00 FF");
    apdu.resize(5 + 255, 0xA5);
    const auto tpdu = map_to_t0(apdu);
    BOOST_REQUIRE(tpdu);
    BOOST_TEST(tpdu->header[4] == 0xFF);
    BOOST_TEST(tpdu->data.size() == 255U);
}

BOOST_AUTO_TEST_CASE(an_error_says_where_and_what) {
    struct Row {
        const char* apdu;
        std::size_t offset;
        const char* message;
    };
    for (const Row& row :
         {Row{"00 B0 00 00 00 01 00", 4, "extended length fields, expected a short command APDU for T=0"},
          {"00 D6 00 00 00 00 01 AA", 4, "extended length fields, expected a short command APDU for T=0"},
          {"00 60 00 00", 1, "INS is 60, and T=0 has no INS of 6X or 9X"},
          {"00 9A 00 00 00", 1, "INS is 9A, and T=0 has no INS of 6X or 9X"},
          {"00 A4 00", 3, "found 3 bytes, expected at least the four of the header CLA INS P1 P2"},
          {"00 A4 00 00 05 01", 4, "Lc announces 5 data bytes, but 1 bytes follow it"}}) {
        BOOST_TEST_CONTEXT(row.apdu) {
            const auto tpdu = map_to_t0(hex(row.apdu));
            BOOST_REQUIRE(!tpdu);
            BOOST_TEST(tpdu.error().offset == row.offset);
            BOOST_TEST(tpdu.error().message == row.message);
        }
    }
}

RC_BOOST_PROP(any_bytes_give_a_tpdu_that_agrees_with_the_apdu_or_an_error_inside_them, (const Bytes& bytes)) {
    const auto tpdu = map_to_t0(bytes);
    const auto apdu = CommandApdu::parse(bytes);
    if (!tpdu) {
        RC_ASSERT(tpdu.error().offset <= bytes.size());
        return;
    }
    RC_ASSERT(apdu.has_value());
    RC_ASSERT(!apdu->extended);
    RC_ASSERT(tpdu->data.size() == apdu->data.size());
    RC_ASSERT((tpdu->direction == T0Direction::to_card) == !apdu->data.empty());
    RC_ASSERT((tpdu->direction == T0Direction::from_card) == (apdu->data.empty() && apdu->ne > 0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
