#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

struct T0Reader : ReaderBench {
    T0Reader() : ReaderBench(fakes::t0_only()) { connect(Protocol::t0); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_t0)

BOOST_AUTO_TEST_CASE(case_1_has_p3_zero) {
    T0Reader bench;
    bench.story();
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    BOOST_TEST(bench.story().at(0) == "command 00 A4 00 0C 00");
}

BOOST_AUTO_TEST_CASE(case_2_with_the_right_le_gives_data) {
    T0Reader bench;
    bench.answer("00 A4 00 0C 02 2F 00");
    BOOST_TEST(bench.answer("00 B0 00 00 03") == "30 31 32 90 00");
    BOOST_TEST(bench.answer("00 B0 00 00 0A") == "30 31 32 33 34 35 36 37 38 39 90 00");
}

BOOST_AUTO_TEST_CASE(case_2_with_a_wrong_le_tells_the_right_one) {
    T0Reader bench;
    bench.answer("00 A4 00 0C 02 2F 00");
    BOOST_TEST(bench.answer("00 B0 00 00 0B") == "6C 0A");
    BOOST_TEST(bench.answer("00 B0 00 00 0A") == "30 31 32 33 34 35 36 37 38 39 90 00");
}

BOOST_AUTO_TEST_CASE(case_2_with_le_zero_gives_256_bytes) {
    T0Reader bench;
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    BOOST_TEST(bench.answer("00 B0 00 00 00") == to_hex(fakes::counting(256, 3)) + " 90 00");
}

BOOST_AUTO_TEST_CASE(case_3_sends_up_to_255_bytes) {
    T0Reader bench;
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    const Bytes data = fakes::counting(255, 99);
    const Bytes command = iso7816::CommandApdu{0, 0xD6, 0, 1, data, 0, false}.encode();
    BOOST_TEST((bench.transmit(command) == IfdCode::success));
    BOOST_TEST(to_hex(bench.response) == "90 00");
    BOOST_TEST(bench.answer("00 B0 00 01 FF") == to_hex(data) + " 90 00");
}

BOOST_AUTO_TEST_CASE(case_4_is_answered_61_and_fetched_by_get_response) {
    T0Reader bench;
    BOOST_TEST(bench.answer("00 A4 00 00 02 3F 00 00") == "61 09");
    BOOST_TEST(bench.answer("00 C0 00 00 04") == "6F 07 82 01 61 05");
    BOOST_TEST(bench.answer("00 C0 00 00 05") == "38 83 02 3F 00 90 00");
    BOOST_TEST(bench.answer("00 C0 00 00 01") == "69 85");
}

BOOST_AUTO_TEST_CASE(extended_length_and_malformed_commands_never_reach_the_card) {
    T0Reader bench;
    bench.story();
    for (const char* command : {"00 B0 00 00 00 01 00", "00 A4", "00 A4 00 0C 05 3F", "00 60 00 00", "00 91 00 00"}) {
        BOOST_TEST((bench.transmit(command) == IfdCode::communication_error));
        BOOST_TEST(bench.response.empty());
    }
    BOOST_TEST(bench.story().empty());
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_CASE(silent_card_costs_the_waiting_time) {
    T0Reader bench;
    bench.card.fall_silent();
    const auto taken =
        bench.time_of([&] { BOOST_TEST((bench.transmit("00 A4 00 0C 00") == IfdCode::response_timeout)); });
    BOOST_TEST(bench.response.empty());
    // 16 etu to the first character of the header, four more at 12 etu, WT = 10 x 960 x 372 cycles
    BOOST_TEST((taken == ReaderBench::duration({(16 + 4 * 12) * 372 + 10LL * 960 * 372})));
}

BOOST_AUTO_TEST_CASE(waiting_time_follows_wi_and_fi) {
    icc::Profile profile = fakes::t0_only();
    profile.cold_atr = fakes::atr("3B 90 95 40 03");  // TA1 = 95, TC2 = 3
    ReaderBench bench(profile);
    BOOST_TEST((bench.connect(Protocol::t0) == IfdCode::success));
    bench.card.fall_silent();
    const auto taken =
        bench.time_of([&] { BOOST_TEST((bench.transmit("00 A4 00 0C 00") == IfdCode::response_timeout)); });
    BOOST_TEST((taken == ReaderBench::duration({(16 + 4 * 12) * 512 / 16 + 3LL * 960 * 512})));
}

BOOST_AUTO_TEST_CASE(extra_guard_time_spreads_the_readers_characters) {
    icc::Profile profile = fakes::t0_only();
    profile.cold_atr = fakes::atr("3B 40 08");  // TC1 = 8
    ReaderBench wide(profile);
    wide.connect(Protocol::t0);
    T0Reader narrow;
    const auto select = [](ReaderBench& bench) {
        return bench.time_of([&] { BOOST_TEST(bench.answer("00 A4 00 0C 02 3F 00") == "90 00"); });
    };
    // four characters after the first of the header, one after the first of the data
    BOOST_TEST((select(wide) - select(narrow) == ReaderBench::duration({5 * 8 * 372})));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
