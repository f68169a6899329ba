#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

struct T1Reader : ReaderBench {
    explicit T1Reader(const icc::Profile& profile = fakes::t1_only()) : ReaderBench(profile) {
        connect(Protocol::t1);
        answer("00 A4 08 0C 04 50 15 50 33");
    }
};

Bytes update(std::size_t size, bool extended) {
    const Bytes data = fakes::counting(size, 99);
    return iso7816::CommandApdu{0, 0xD6, 0, 0, data, 0, extended}.encode();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_t1)

BOOST_AUTO_TEST_CASE(all_four_cases_are_answered_at_once) {
    T1Reader bench;
    BOOST_TEST(bench.answer("00 A4 03 0C") == "90 00");
    BOOST_TEST(bench.answer("00 B0 83 00 02") == "6A 82");
    BOOST_TEST(bench.answer("00 A4 00 0C 02 50 15") == "90 00");
    BOOST_TEST(bench.answer("00 B0 83 00 02") == "03 04 90 00");
    BOOST_TEST(bench.answer("00 A4 00 00 02 3F 00 00") == "6F 07 82 01 78 83 02 3F 00 90 00");
    BOOST_TEST(bench.answer("00 C0 00 00 09") == "6D 00");
}

BOOST_AUTO_TEST_CASE(long_command_and_long_response_are_chained) {
    T1Reader bench;  // IFSC 32, IFSD 254
    bench.story();
    BOOST_TEST((bench.transmit(update(255, false)) == IfdCode::success));
    BOOST_TEST(to_hex(bench.response) == "90 00");
    BOOST_TEST(bench.answer("00 B0 00 00 00") ==
               to_hex(fakes::counting(255, 99)) + " " + to_hex(fakes::counting(1, 3 + 255)) + " 90 00");
    const Story story = bench.story();
    BOOST_TEST(story.size() == 4U);  // two commands and two responses, however many blocks
    BOOST_TEST(story.at(0) == "command " + to_hex(update(255, false)));
}

BOOST_AUTO_TEST_CASE(extended_length_goes_both_ways) {
    for (const auto& profile : {fakes::t1_only(), fakes::t1_crc(), fakes::dual_protocol_fast()}) {
        T1Reader bench(profile);
        BOOST_TEST((bench.transmit(update(700, true)) == IfdCode::success));
        BOOST_TEST(to_hex(bench.response) == "90 00");
        BOOST_TEST(bench.answer("00 B0 00 00 00 00 00") == to_hex(fakes::counting(700, 99)) + " 90 00");
        BOOST_TEST(bench.answer("00 B0 00 00 00 02 58") == to_hex(fakes::counting(600, 99)) + " 90 00");
    }
}

BOOST_AUTO_TEST_CASE(longest_extended_response_arrives_whole) {
    icc::Profile profile = fakes::t1_only();
    profile.mf = fakes::df(0x3F00, {}, {fakes::ef(0x0001, {}, fakes::counting(65'536), fakes::always, {})});
    ReaderBench bench(profile);
    bench.connect(Protocol::t1);
    bench.answer("00 A4 00 0C 02 00 01");
    BOOST_TEST((bench.transmit("00 B0 00 00 00 00 00") == IfdCode::success));
    BOOST_TEST(bench.response.size() == 65'538U);
    const ByteView data = ByteView(bench.response).first(65'536);
    BOOST_TEST((Bytes(data.begin(), data.end()) == fakes::counting(65'536)));
}

BOOST_AUTO_TEST_CASE(exchanges_of_every_length_around_the_block_sizes_work) {
    T1Reader bench;
    for (std::size_t size = 1; size <= 100; ++size) {
        BOOST_TEST((bench.transmit(update(size, false)) == IfdCode::success));
        BOOST_TEST_REQUIRE(to_hex(bench.response) == "90 00");
    }
    for (const unsigned le : {251U, 252U, 253U, 254U, 255U}) {
        const Bytes command{0, 0xB0, 0, 0, static_cast<std::uint8_t>(le)};
        BOOST_TEST((bench.transmit(command) == IfdCode::success));
        BOOST_TEST(bench.response.size() == le + 2);
    }
}

BOOST_AUTO_TEST_CASE(silent_card_costs_three_block_waiting_times) {
    T1Reader bench;
    bench.card.fall_silent();
    const auto taken = bench.time_of([&] { BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::response_timeout)); });
    BOOST_TEST(bench.response.empty());
    const auto timing = iso7816::timing_for(bench.card.profile().cold_atr, {});
    // BGT and 7 characters more of the I-block, then twice an R-block of 4 characters, each followed by BWT
    const std::int64_t characters = (22 + 7 * 12 + 2 * 4 * 12) * 372;
    BOOST_TEST((taken == ReaderBench::duration({characters + 3 * timing.block_waiting.count})));
}

BOOST_AUTO_TEST_CASE(shortest_guard_time_makes_the_characters_of_both_sides_11_etu) {
    icc::Profile profile = fakes::dual_protocol();
    profile.cold_atr = fakes::atr("3B C0 FF 80 01 BE");  // TC1 = 255, T=0 first
    ReaderBench shortest(profile);
    shortest.connect(Protocol::t1);
    ReaderBench plain;
    plain.connect(Protocol::t1);
    const auto select = [](ReaderBench& bench) {
        return bench.time_of([&] { BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00"); });
    };
    // 7 characters after the first of the command block, 5 after the first of the response block
    BOOST_TEST((select(plain) - select(shortest) == ReaderBench::duration({(7 + 5) * 372})));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
