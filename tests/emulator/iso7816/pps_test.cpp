#include <boost/test/unit_test.hpp>

#include <rapidcheck/boost_test.h>

#include "emulator/iso7816/pps.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

Pps any_pps() {
    const auto parameter = [] { return *rc::gen::arbitrary<std::uint8_t>(); };
    const auto given = [] { return *rc::gen::arbitrary<bool>(); };
    Pps pps;
    pps.t = *rc::gen::inRange<std::uint8_t>(0, 16);
    if (given()) {
        pps.pps1 = parameter();
    }
    if (given()) {
        pps.pps2 = parameter();
    }
    if (given()) {
        pps.pps3 = parameter();
    }
    return pps;
}

BOOST_AUTO_TEST_SUITE(iso7816_pps)

// ISO/IEC 7816-3 clauses 9 and 9.2
BOOST_AUTO_TEST_CASE(encodes_as_pps0_announces) {
    struct Row {
        Pps pps;
        const char* bytes;
    };
    for (const Row& row : {Row{{.t = 0}, "FF 00 FF"},
                           {{.t = 1}, "FF 01 FE"},
                           {{.t = 1, .pps1 = 0x96}, "FF 11 96 78"},
                           {{.t = 0, .pps1 = 0x95}, "FF 10 95 7A"},
                           {{.t = 0, .pps2 = 0x40}, "FF 20 40 9F"},
                           {{.t = 14, .pps3 = 0x01}, "FF 4E 01 B0"},
                           {{.t = 1, .pps1 = 1, .pps2 = 2, .pps3 = 4}, "FF 71 01 02 04 89"}}) {
        BOOST_TEST_CONTEXT(row.bytes) {
            BOOST_TEST(to_hex(row.pps.encode().view()) == row.bytes);
            const auto parsed = Pps::parse(hex(row.bytes));
            BOOST_REQUIRE(parsed);
            BOOST_TEST((*parsed == row.pps));
        }
    }
}

BOOST_AUTO_TEST_CASE(size_follows_from_pps0) {
    for (const auto& [pps0, size] : {std::pair{0x00, 3},
                                     {0x0F, 3},
                                     {0x10, 4},
                                     {0x21, 4},
                                     {0x40, 4},
                                     {0x30, 5},
                                     {0x51, 5},
                                     {0x60, 5},
                                     {0x71, 6},
                                     {0x80, 3}}) {
        BOOST_TEST_CONTEXT(std::hex << pps0) {
            BOOST_TEST(Pps::size_for(static_cast<std::uint8_t>(pps0)) == static_cast<std::size_t>(size));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_error_says_where_and_what) {
    struct Row {
        const char* bytes;
        std::size_t offset;
        const char* message;
    };
    for (const Row& row : {Row{"", 0, "found 0 bytes, expected at least 3"},
                           {"FF", 1, "found 1 bytes, expected at least 3"},
                           {"FF 00", 2, "found 2 bytes, expected at least 3"},
                           {"00 A4", 0, "PPSS is 00, expected FF"},
                           {"FF 80 7F", 1, "PPS0 is 80, expected bit 8 to be zero"},
                           {"FF 10 EF", 3, "found 3 bytes, PPS0 announces 4"},
                           {"FF 00 FF 00", 3, "found 4 bytes, PPS0 announces 3"},
                           {"FF 11 96 79", 3, "PCK is wrong: the bytes XOR to 01, expected 00"}}) {
        BOOST_TEST_CONTEXT(row.bytes) {
            const auto parsed = Pps::parse(hex(row.bytes));
            BOOST_REQUIRE(!parsed);
            BOOST_TEST(parsed.error().offset == row.offset);
            BOOST_TEST(parsed.error().message == row.message);
        }
    }
}

// ISO/IEC 7816-3 clause 9.3
BOOST_AUTO_TEST_CASE(a_response_is_judged_as_clause_9_3_says) {
    struct Row {
        const char* request;
        const char* response;
        PpsOutcome outcome;
    };
    for (const Row& row : {Row{"FF 01 FE", "FF 01 FE", PpsOutcome::accepted},
                           {"FF 11 96 78", "FF 11 96 78", PpsOutcome::accepted},
                           {"FF 71 01 02 04 89", "FF 71 01 02 04 89", PpsOutcome::accepted},
                           {"FF 11 96 78", "FF 01 FE", PpsOutcome::partial},              // PPS1 left out
                           {"FF 71 01 02 04 89", "FF 11 01 EF", PpsOutcome::partial},     // PPS2, PPS3 left out
                           {"FF 71 01 02 04 89", "FF 61 02 04 98", PpsOutcome::partial},  // PPS1 left out
                           {"FF 11 96 78", "FF 11 95 7B", PpsOutcome::failed},            // another rate
                           {"FF 01 FE", "FF 00 FF", PpsOutcome::failed},                  // another protocol
                           {"FF 11 96 78", "FF 10 96 79", PpsOutcome::failed},            // another protocol, same rate
                           {"FF 01 FE", "FF 11 96 78", PpsOutcome::failed},               // PPS1 not asked for
                           {"FF 71 01 02 04 89", "FF 31 01 03 CC", PpsOutcome::failed}}) {  // PPS2 changed
        BOOST_TEST_CONTEXT(row.request << " answered by " << row.response) {
            const auto request = Pps::parse(hex(row.request));
            const auto response = Pps::parse(hex(row.response));
            BOOST_REQUIRE(request);
            BOOST_REQUIRE(response);
            BOOST_CHECK(judge(*request, *response) == row.outcome);
        }
    }
}

RC_BOOST_PROP(any_pps_reads_back_as_it_was, ()) {
    const Pps pps = any_pps();
    const auto encoded = pps.encode();
    RC_ASSERT(encoded.size == Pps::size_for(encoded.bytes[1]));
    const auto parsed = Pps::parse(encoded.view());
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(*parsed == pps);
    RC_ASSERT(judge(pps, *parsed) == PpsOutcome::accepted);
}

RC_BOOST_PROP(any_single_wrong_bit_is_an_error, ()) {
    auto encoded = any_pps().encode();
    const auto bit = *rc::gen::inRange<std::size_t>(0, encoded.size * 8);
    encoded.bytes[bit / 8] = static_cast<std::uint8_t>(encoded.bytes[bit / 8] ^ (1U << (bit % 8)));
    const auto parsed = Pps::parse(encoded.view());
    RC_ASSERT(!parsed.has_value());
    RC_ASSERT(parsed.error().offset <= encoded.size);
}

RC_BOOST_PROP(any_bytes_give_a_pps_or_an_error_inside_them, (Bytes bytes)) {
    if (!bytes.empty() && *rc::gen::arbitrary<bool>()) {
        bytes[0] = Pps::ppss;
    }
    const auto parsed = Pps::parse(bytes);
    if (parsed) {
        RC_ASSERT(to_hex(parsed->encode().view()) == to_hex(bytes));
    } else {
        RC_ASSERT(parsed.error().offset <= bytes.size());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
