#include <boost/test/unit_test.hpp>

#include <rapidcheck/boost_test.h>

#include "emulator/iso7816/apdu.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

Bytes header_and(std::string_view tail, std::size_t fill = 0, std::string_view after = "") {
    Bytes bytes = hex("00 D6 01 02");
    for (const std::uint8_t byte : hex(tail)) {
        bytes.push_back(byte);
    }
    bytes.resize(bytes.size() + fill, 0x5A);
    for (const std::uint8_t byte : hex(after)) {
        bytes.push_back(byte);
    }
    return bytes;
}

bool is_extended(ApduCase kind) {
    return kind == ApduCase::case_2_extended || kind == ApduCase::case_3_extended || kind == ApduCase::case_4_extended;
}

BOOST_AUTO_TEST_SUITE(iso7816_apdu)

// ISO/IEC 7816-3 clause 12.1.3
BOOST_AUTO_TEST_CASE(every_case_is_read_and_written) {
    struct Row {
        Bytes bytes;
        ApduCase kind;
        std::size_t nc;
        std::uint32_t ne;
    };
    const std::vector<Row> rows{
        {header_and(""), ApduCase::case_1, 0, 0},
        {header_and("01"), ApduCase::case_2_short, 0, 1},
        {header_and("FF"), ApduCase::case_2_short, 0, 255},
        {header_and("00"), ApduCase::case_2_short, 0, 256},
        {header_and("01", 1), ApduCase::case_3_short, 1, 0},
        {header_and("FF", 255), ApduCase::case_3_short, 255, 0},
        {header_and("01", 1, "10"), ApduCase::case_4_short, 1, 16},
        {header_and("FF", 255, "00"), ApduCase::case_4_short, 255, 256},
        {header_and("00 00 01"), ApduCase::case_2_extended, 0, 1},
        {header_and("00 01 01"), ApduCase::case_2_extended, 0, 257},
        {header_and("00 FF FF"), ApduCase::case_2_extended, 0, 65'535},
        {header_and("00 00 00"), ApduCase::case_2_extended, 0, 65'536},
        {header_and("00 00 01", 1), ApduCase::case_3_extended, 1, 0},
        {header_and("00 01 00", 256), ApduCase::case_3_extended, 256, 0},
        {header_and("00 FF FF", 65'535), ApduCase::case_3_extended, 65'535, 0},
        {header_and("00 00 01", 1, "00 01"), ApduCase::case_4_extended, 1, 1},
        {header_and("00 00 02", 2, "00 00"), ApduCase::case_4_extended, 2, 65'536},
        {header_and("00 FF FF", 65'535, "01 00"), ApduCase::case_4_extended, 65'535, 256},
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(to_hex(ByteView(row.bytes).first(std::min<std::size_t>(row.bytes.size(), 10)))) {
            const auto command = CommandApdu::parse(row.bytes);
            BOOST_REQUIRE(command);
            BOOST_CHECK(command->apdu_case() == row.kind);
            BOOST_TEST(command->data.size() == row.nc);
            BOOST_TEST(command->ne == row.ne);
            BOOST_TEST(command->extended == is_extended(row.kind));
            BOOST_TEST(int{command->ins} == 0xD6);
            BOOST_TEST(int{command->p1} == 1);
            BOOST_TEST(int{command->p2} == 2);
            BOOST_TEST((command->encode() == row.bytes));
        }
    }
}

BOOST_AUTO_TEST_CASE(extended_length_is_used_when_the_numbers_need_it) {
    const Bytes data(256, 0x11);
    CommandApdu command{.ins = 0xB0, .ne = 257};
    BOOST_TEST(to_hex(command.encode()) == "00 B0 00 00 00 01 01");
    command.ne = 256;
    BOOST_TEST(to_hex(command.encode()) == "00 B0 00 00 00");
    command.extended = true;
    BOOST_TEST(to_hex(command.encode()) == "00 B0 00 00 00 01 00");
    command = {.ins = 0xD6, .data = data};
    BOOST_TEST(command.encode().size() == 4U + 3U + 256U);
    command.data = ByteView(data).first(255);
    BOOST_TEST(command.encode().size() == 4U + 1U + 255U);
    command = {.ins = 0x44, .extended = true};
    BOOST_TEST(to_hex(command.encode()) == "00 44 00 00");
}

BOOST_AUTO_TEST_CASE(an_error_says_where_and_what) {
    struct Row {
        const char* bytes;
        std::size_t offset;
        const char* message;
    };
    for (const Row& row :
         {Row{"", 0, "found 0 bytes, expected at least the four of the header CLA INS P1 P2"},
          {"00 A4 00", 3, "found 3 bytes, expected at least the four of the header CLA INS P1 P2"},
          {"00 A4 00 00 02 3F", 4, "Lc announces 2 data bytes, but 1 bytes follow it"},
          {"00 A4 00 00 02 3F 00 00 00", 4, "Lc announces 2 data bytes, but 4 bytes follow it"},
          {"00 A4 00 00 00 01", 6, "found one byte of an extended length field after 00, expected two"},
          {"00 A4 00 00 00 00 00 AA", 5, "extended Lc is zero, but 1 bytes follow it"},
          {"00 A4 00 00 00 00 02 AA", 5, "Lc announces 2 data bytes, but 1 bytes follow it"},
          {"00 A4 00 00 00 00 01 AA 00", 5, "Lc announces 1 data bytes, but 2 bytes follow it"},
          {"00 A4 00 00 00 00 01 AA 00 00 00", 5, "Lc announces 1 data bytes, but 4 bytes follow it"}}) {
        BOOST_TEST_CONTEXT(row.bytes) {
            const auto command = CommandApdu::parse(hex(row.bytes));
            BOOST_REQUIRE(!command);
            BOOST_TEST(command.error().offset == row.offset);
            BOOST_TEST(command.error().message == row.message);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_response_is_data_and_status) {
    const Bytes bytes = hex("6F 00 61 10");
    const auto response = ResponseApdu::parse(bytes);
    BOOST_REQUIRE(response);
    BOOST_TEST(to_hex(response->data) == "6F 00");
    BOOST_TEST(response->status.value == 0x6110);
    BOOST_TEST((response->encode() == bytes));

    const Bytes status_only = hex("90 00");
    BOOST_TEST(ResponseApdu::parse(status_only)->data.empty());

    for (const char* text : {"", "90"}) {
        const Bytes too_short = hex(text);
        const auto error = ResponseApdu::parse(too_short);
        BOOST_REQUIRE(!error);
        BOOST_TEST(error.error().offset == too_short.size());
    }
}

RC_BOOST_PROP(any_command_reads_back_as_it_was,
              (std::uint8_t cla, std::uint8_t ins, std::uint8_t p1, std::uint8_t p2)) {
    const auto size = *rc::gen::weightedOneOf<std::size_t>(
        {{8, rc::gen::inRange<std::size_t>(0, 600)}, {1, rc::gen::element<std::size_t>(255, 256, 65'534, 65'535)}});
    const Bytes data(size, p1);
    const auto ne = *rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 65'537),
                                    rc::gen::element<std::uint32_t>(0, 1, 255, 256, 257, 65'535, 65'536));
    const CommandApdu command{cla, ins, p1, p2, data, ne, *rc::gen::arbitrary<bool>()};
    const Bytes bytes = command.encode();
    const auto parsed = CommandApdu::parse(bytes);
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->cla == cla && parsed->ins == ins && parsed->p1 == p1 && parsed->p2 == p2);
    RC_ASSERT(Bytes(parsed->data.begin(), parsed->data.end()) == data);
    RC_ASSERT(parsed->ne == ne);
    RC_ASSERT(parsed->apdu_case() == command.apdu_case());
    RC_ASSERT(parsed->extended == is_extended(command.apdu_case()));
}

RC_BOOST_PROP(any_bytes_that_are_a_command_are_written_back_unchanged, (Bytes bytes)) {
    if (bytes.size() > 4 && *rc::gen::arbitrary<bool>()) {
        bytes[4] = 0;
    }
    const auto parsed = CommandApdu::parse(bytes);
    if (parsed) {
        RC_ASSERT(parsed->encode() == bytes);
    } else {
        RC_ASSERT(parsed.error().offset <= bytes.size());
    }
}

RC_BOOST_PROP(any_response_reads_back_as_it_was, (const Bytes& data, std::uint16_t status)) {
    const Bytes bytes = ResponseApdu{data, {status}}.encode();
    const auto parsed = ResponseApdu::parse(bytes);
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(Bytes(parsed->data.begin(), parsed->data.end()) == data);
    RC_ASSERT(parsed->status.value == status);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
