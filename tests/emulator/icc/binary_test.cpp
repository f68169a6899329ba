#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/commands.h"

namespace scardlab::tests {

using iso7816::to_hex;

namespace {

/// An UPDATE BINARY command with these data.
iso7816::Bytes update(std::uint8_t p1, std::uint8_t p2, iso7816::ByteView data) {
    return iso7816::CommandApdu{0, 0xD6, p1, p2, data, 0, false}.encode();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_binary)

// ISO/IEC 7816-4 clause 11.2.3
BOOST_AUTO_TEST_CASE(reading_gives_le_bytes_from_the_offset) {
    Commands commands;
    commands.run("00 A4 00 0C 02 2F 00");
    BOOST_TEST(commands.run("00 B0 00 00 03") == "30 31 32 90 00");
    BOOST_TEST(commands.run("00 B0 00 07 03") == "37 38 39 90 00");
    BOOST_TEST(commands.run("00 B0 00 09 01") == "39 90 00");
}

// ISO/IEC 7816-4 clause 11.2.2
BOOST_AUTO_TEST_CASE(offset_uses_fifteen_bits) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 50 33");
    BOOST_TEST(commands.run("00 B0 02 01 02") == to_hex(fakes::counting(2, 3 + 0x201)) + " 90 00");
    BOOST_TEST(commands.run("00 B0 02 BB 01") == to_hex(fakes::counting(1, 3 + 0x2BB)) + " 90 00");
    BOOST_TEST(commands.run("00 B0 02 BC 01") == "6B 00");
    BOOST_TEST(commands.run("00 B0 7F FF 01") == "6B 00");
}

BOOST_AUTO_TEST_CASE(reading_over_the_end_warns_unless_everything_was_asked_for) {
    Commands commands;
    commands.run("00 A4 00 0C 02 2F 00");
    BOOST_TEST(commands.run("00 B0 00 08 03") == "38 39 62 82");
    BOOST_TEST(commands.run("00 B0 00 08 00") == "38 39 90 00");
    BOOST_TEST(commands.run("00 B0 00 08 00 01 00") == "38 39 62 82");
    BOOST_TEST(commands.run("00 B0 00 08 00 00 00") == "38 39 90 00");
}

// ISO/IEC 7816-4 clause 5.2
BOOST_AUTO_TEST_CASE(short_le_zero_is_256_bytes_and_extended_le_zero_is_all) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 50 33");
    BOOST_TEST(commands.run("00 B0 00 00 00") == to_hex(fakes::counting(256, 3)) + " 90 00");
    BOOST_TEST(commands.run("00 B0 00 00 00 02 58") == to_hex(fakes::counting(600, 3)) + " 90 00");
    BOOST_TEST(commands.run("00 B0 00 00 00 00 00") == to_hex(fakes::counting(700, 3)) + " 90 00");
}

BOOST_AUTO_TEST_CASE(short_identifier_selects_the_ef_of_the_current_df) {
    Commands commands;
    BOOST_TEST(commands.run("00 B0 9E 05 02") == "35 36 90 00");
    BOOST_TEST(commands.current_ef() == 0x2F00U);
    BOOST_TEST(commands.run("00 B0 00 00 01") == "30 90 00");
    BOOST_TEST(commands.run("00 B0 81 00 01") == "6A 82");
    BOOST_TEST(commands.current_ef() == 0x2F00U);
    commands.run("00 A4 00 0C 02 50 15");
    BOOST_TEST(commands.run("00 B0 81 27 01") == "27 90 00");
    BOOST_TEST(commands.run("00 B0 81 28 01") == "6B 00");
}

BOOST_AUTO_TEST_CASE(short_identifier_zero_is_the_current_ef) {
    Commands commands;
    BOOST_TEST(commands.run("00 B0 80 00 01") == "69 86");
    commands.run("00 A4 00 0C 02 2F 00");
    BOOST_TEST(commands.run("00 B0 80 04 01") == "34 90 00");
}

BOOST_AUTO_TEST_CASE(malformed_addresses_are_refused) {
    Commands commands;
    BOOST_TEST(commands.run("00 B0 00 00 01") == "69 86");
    BOOST_TEST(commands.run("00 D6 00 00 01 00") == "69 86");
    BOOST_TEST(commands.run("00 B0 C1 00 01") == "6A 86");
    BOOST_TEST(commands.run("00 B0 A1 00 01") == "6A 86");
    BOOST_TEST(commands.run("00 D6 BF 00 01 00") == "6A 86");
    BOOST_TEST(commands.run("00 B0 9F 00 01") == "6A 82");
}

BOOST_AUTO_TEST_CASE(reading_without_le_or_with_data_has_the_wrong_length) {
    Commands commands;
    commands.run("00 A4 00 0C 02 2F 00");
    BOOST_TEST(commands.run("00 B0 00 00") == "67 00");
    BOOST_TEST(commands.run("00 B0 00 00 01 00") == "67 00");
    BOOST_TEST(commands.run("00 B0 00 00 01 00 01") == "67 00");
    BOOST_TEST(commands.run("00 D6 00 00") == "67 00");
}

// ISO/IEC 7816-4 clause 11.2.5
BOOST_AUTO_TEST_CASE(update_changes_the_bytes_and_nothing_else) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 50 33");
    icc::IccState expected = commands.state;
    BOOST_TEST(commands.run("00 D6 00 02 03 AA BB CC") == "90 00");
    auto& content = expected.files[*commands.session.channels[0].current_ef].content;
    content[2] = 0xAA;
    content[3] = 0xBB;
    content[4] = 0xCC;
    BOOST_TEST((commands.state == expected));
    BOOST_TEST(commands.run("00 B0 00 01 05") == "04 AA BB CC 08 90 00");
}

BOOST_AUTO_TEST_CASE(update_by_short_identifier_selects_the_ef) {
    Commands commands;
    commands.run("00 A4 00 0C 02 50 15");
    BOOST_TEST(commands.run("00 D6 83 FF 01 EE") == "90 00");
    BOOST_TEST(commands.current_ef() == 0x5033U);
    BOOST_TEST(commands.run("00 B0 00 FF 01") == "EE 90 00");
}

BOOST_AUTO_TEST_CASE(update_fills_the_file_to_its_end_and_not_beyond) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 50 33");
    const icc::IccState before = commands.state;
    BOOST_TEST(commands.run(update(0x02, 0xBB, fakes::hex("01 02"))) == "67 00");
    BOOST_TEST(commands.run(update(0x02, 0xBC, fakes::hex("01"))) == "6B 00");
    BOOST_TEST(commands.run(update(0x02, 0xBD, fakes::hex("01"))) == "6B 00");
    BOOST_TEST((commands.state == before));
    BOOST_TEST(commands.run(update(0x02, 0xBB, fakes::hex("01"))) == "90 00");
    BOOST_TEST(commands.run(update(0x00, 0x00, fakes::counting(700, 9))) == "90 00");
    BOOST_TEST(commands.run("00 B0 00 00 00 00 00") == to_hex(fakes::counting(700, 9)) + " 90 00");
}

// ISO/IEC 7816-4 clause 11.2.4
BOOST_AUTO_TEST_CASE(write_sets_bits_and_nothing_else) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 50 33");
    commands.play({{"00 D0 00 00 03 80 80 80", "90 00"},
                   {"00 B0 00 00 04", "83 84 85 06 90 00"},
                   {"00 D0 00 00 03 00 00 00", "90 00"},
                   {"00 B0 00 00 04", "83 84 85 06 90 00"},
                   {"00 D0 02 BB 02 01 02", "67 00"},
                   {"00 D0 02 BC 01 01", "6B 00"},
                   {"00 D0 02 BD 01 01", "6B 00"},
                   {"00 D0 00 00", "67 00"},
                   {"00 D0 A1 00 01 00", "6A 86"}});
}

// ISO/IEC 7816-4 clause 11.2.7
BOOST_AUTO_TEST_CASE(erase_makes_bytes_zero_to_an_offset_or_to_the_end) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 51 00");
    commands.run("00 A4 02 0C 02 51 01");
    commands.play({{"00 0E 00 01 02 00 02", "90 00"},
                   {"00 B0 00 00 00", "C0 00 C2 C3 90 00"},
                   {"00 0E 00 03 02 00 04", "90 00"},
                   {"00 B0 00 00 00", "C0 00 C2 00 90 00"},
                   {"00 0E 00 02 02 00 02", "6A 80"},
                   {"00 0E 00 02 02 00 05", "6A 80"},
                   {"00 0E 00 04", "6B 00"},
                   {"00 0E 00 04 02 00 04", "6B 00"},
                   {"00 0E 00 05", "6B 00"},
                   {"00 0E 00 00 01 00", "67 00"},
                   {"00 B0 00 00 00", "C0 00 C2 00 90 00"},
                   {"00 0E 00 00", "90 00"},
                   {"00 B0 00 00 00", "00 00 00 00 90 00"}});
}

BOOST_AUTO_TEST_CASE(failed_command_leaves_the_current_ef) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 50 33");
    commands.play({{"00 B0 81 28 01", "6B 00"}, {"00 D6 81 00 01 00", "69 82"}, {"00 0E 82 00", "69 82"}});
    BOOST_TEST(commands.current_ef() == 0x5033U);
}

BOOST_AUTO_TEST_CASE(short_response_is_not_sent_over_t0_but_its_length) {
    Commands commands;
    commands.le = icc::LeMeaning::exact;
    commands.play({{"00 B0 9E 08 03", "6C 02"}});
    BOOST_TEST(commands.current_ef() == 0U);
    commands.play({{"00 B0 9E 08 02", "38 39 90 00"}, {"00 B0 00 00 0A", "30 31 32 33 34 35 36 37 38 39 90 00"}});
}

BOOST_AUTO_TEST_CASE(access_rules_decide) {
    Commands commands;
    commands.run("00 A4 00 0C 02 2F 00");
    BOOST_TEST(commands.run("00 D6 00 00 01 00") == "69 82");  // never
    commands.run("00 A4 08 0C 04 4F 00 4F 01");
    BOOST_TEST(commands.run("00 B0 00 00 01") == "69 82");     // never
    BOOST_TEST(commands.run("00 D6 00 00 01 00") == "90 00");  // always
    commands.run("00 A4 08 0C 04 50 15 50 32");
    BOOST_TEST(commands.run("00 B0 00 00 01") == "69 82");  // CHV 1
    commands.run("00 20 00 01 04 31 32 33 34");
    BOOST_TEST(commands.run("00 B0 00 00 01") == "07 90 00");
    BOOST_TEST(commands.run("00 D6 00 00 01 00") == "69 82");  // CHV 2
    commands.run("00 20 00 02 08 38 37 36 35 34 33 32 31");
    BOOST_TEST(commands.run("00 D6 00 00 01 00") == "90 00");
}

BOOST_AUTO_TEST_CASE(a_wrong_chv_takes_the_access_away) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 50 32");
    commands.run("00 20 00 01 04 31 32 33 34");
    BOOST_TEST(commands.run("00 B0 00 00 01") == "07 90 00");
    commands.run("00 20 00 01 04 31 32 33 35");
    BOOST_TEST(commands.run("00 B0 00 00 01") == "69 82");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
