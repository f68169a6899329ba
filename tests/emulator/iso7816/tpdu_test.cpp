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

// ISO/IEC 7816-3 clause 10.3.3
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

// ISO/IEC 7816-3 clauses 12.2 and 12.2.2 to 12.2.5
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

// ISO/IEC 7816-3 clauses 12.2.2, 12.2.3, 12.2.4, 12.2.5
BOOST_AUTO_TEST_CASE(extended_commands_that_fit_one_tpdu_map_as_the_short_ones) {
    struct Row {
        const char* apdu;
        const char* header;
        T0Direction direction;
        const char* data;
        unsigned expected;
    };
    for (const Row& row : {Row{"00 B0 00 00 00 00 10", "00 B0 00 00 10", T0Direction::from_card, "", 16},
                           {"00 B0 00 00 00 01 00", "00 B0 00 00 00", T0Direction::from_card, "", 256},
                           {"00 D6 00 00 00 00 02 11 22", "00 D6 00 00 02", T0Direction::to_card, "11 22", 0},
                           {"00 A4 00 00 00 00 02 3F 00 01 00", "00 A4 00 00 02", T0Direction::to_card, "3F 00", 0}}) {
        BOOST_TEST_CONTEXT(row.apdu) {
            const Bytes apdu = hex(row.apdu);
            const auto tpdu = map_to_t0(apdu);
            BOOST_REQUIRE(tpdu);
            BOOST_TEST(to_hex(tpdu->header) == row.header);
            BOOST_CHECK(tpdu->direction == row.direction);
            BOOST_TEST(to_hex(tpdu->data) == row.data);
            BOOST_TEST(tpdu->expected == row.expected);
            BOOST_TEST(tpdu->envelope.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(commands_beyond_one_tpdu_are_carried_by_envelope) {
    for (const char* apdu : {"00 B0 00 00 00 01 01", "00 B0 00 00 00 00 00", "00 A4 00 00 00 00 02 3F 00 01 01"}) {
        const Bytes bytes = hex(apdu);
        const auto tpdu = map_to_t0(bytes);
        BOOST_REQUIRE(tpdu);
        BOOST_TEST(to_hex(tpdu->envelope) == apdu);
        BOOST_TEST(to_hex(tpdu->data) == apdu);
        BOOST_TEST(to_hex(ByteView(tpdu->header).first(4)) == "00 C2 00 00");
        BOOST_CHECK(tpdu->direction == T0Direction::to_card);
    }
}

BOOST_AUTO_TEST_CASE(parts_of_an_envelope_are_the_apdu_and_none_but_the_last_is_whole) {
    for (std::size_t nc = 1; nc <= 1100; ++nc) {
        for (const unsigned ne : {0U, 300U}) {
            const Bytes data(nc, 0xA5);
            const Bytes apdu = CommandApdu{0x01, 0xD6, 0, 0, data, ne, true}.encode();
            Bytes carried;
            while (carried.size() < apdu.size()) {
                BOOST_REQUIRE((carried.empty() || extent_of(carried) == ApduExtent::part));
                const T0Command tpdu = envelope_part(apdu, carried.size());
                BOOST_REQUIRE(tpdu.data.size() <= 255U);
                BOOST_REQUIRE(tpdu.header[4] == tpdu.data.size());
                BOOST_REQUIRE(tpdu.header[0] == 0x01);
                carried.insert(carried.end(), tpdu.data.begin(), tpdu.data.end());
            }
            BOOST_REQUIRE((carried == apdu));
            BOOST_REQUIRE((extent_of(carried) == ApduExtent::whole));
        }
    }
}

// ISO/IEC 7816-3 clause 12.1.3
RC_BOOST_PROP(extent_is_whole_exactly_when_the_apdu_can_be_read, ()) {
    const auto p3 = *rc::gen::inRange(0, 4);
    Bytes bytes = *rc::gen::container<Bytes>(rc::gen::inRange<std::uint8_t>(0, 4));
    if (bytes.size() > 4) {
        bytes[4] = static_cast<std::uint8_t>(p3);
    }
    const ApduExtent extent = extent_of(bytes);
    RC_ASSERT((extent == ApduExtent::whole) == CommandApdu::parse(bytes).has_value());
    if (extent == ApduExtent::malformed) {
        bytes.push_back(0);
        RC_ASSERT(extent_of(bytes) == ApduExtent::malformed);
    }
}

// ISO/IEC 7816-3 clause 10.3.2
BOOST_AUTO_TEST_CASE(an_error_says_where_and_what) {
    struct Row {
        const char* apdu;
        std::size_t offset;
        const char* message;
    };
    for (const Row& row : {Row{"00 60 00 00", 1, "INS is 60, and T=0 has no INS of 6X or 9X"},
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
    if (!tpdu->envelope.empty()) {
        RC_ASSERT(apdu->extended);
        RC_ASSERT(apdu->data.size() > 255 || apdu->ne > 256);
        return;
    }
    RC_ASSERT(tpdu->data.size() == apdu->data.size());
    RC_ASSERT((tpdu->direction == T0Direction::to_card) == !apdu->data.empty());
    RC_ASSERT((tpdu->direction == T0Direction::from_card) == (apdu->data.empty() && apdu->ne > 0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
