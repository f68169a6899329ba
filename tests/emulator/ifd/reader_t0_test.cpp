#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

struct T0Reader : ReaderBench {
    explicit T0Reader(const icc::Profile& profile = fakes::t0_only()) : ReaderBench(profile) { connect(Protocol::t0); }
    /// GET RESPONSE until nothing is left; all data, then the last status.
    Bytes fetch_all() {
        Bytes all;
        while (response.size() >= 2 && response[response.size() - 2] == 0x61) {
            const Bytes command{0, 0xC0, 0, 0, response.back()};
            if (transmit(command) != IfdCode::success) {
                return {};
            }
            all.insert(all.end(), response.begin(), response.end() - 2);
        }
        all.insert(all.end(), response.end() - 2, response.end());
        return all;
    }
};

icc::Profile with(const icc::IccQuirks::T0& quirks, icc::Profile profile = fakes::t0_only()) {
    profile.quirks.t0 = quirks;
    return profile;
}

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
    BOOST_TEST(bench.answer("00 C0 00 00 05") == "78 83 02 3F 00 90 00");
    BOOST_TEST(bench.answer("00 C0 00 00 01") == "69 85");
}

BOOST_AUTO_TEST_CASE(malformed_commands_never_reach_the_card) {
    T0Reader bench;
    bench.story();
    for (const char* command : {"00 A4", "00 A4 00 0C 05 3F", "00 60 00 00", "00 91 00 00"}) {
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

// ISO/IEC 7816-3 clauses 12.2.3, 12.2.4
BOOST_AUTO_TEST_CASE(extended_length_goes_both_ways) {
    T0Reader bench;
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    const Bytes data = fakes::counting(700, 99);
    BOOST_TEST((bench.transmit(iso7816::CommandApdu{0, 0xD6, 0, 0, data, 0, true}.encode()) == IfdCode::success));
    BOOST_TEST(to_hex(bench.response) == "90 00");
    BOOST_TEST(bench.answer("00 B0 00 00 00 01 00") == to_hex(ByteView(data).first(256)) + " 90 00");
    BOOST_TEST(bench.answer("00 B0 00 00 00 02 BC") == "61 00");
    BOOST_TEST(to_hex(bench.fetch_all()) == to_hex(data) + " 90 00");
    BOOST_TEST(bench.answer("00 B0 00 00 00 00 04") == to_hex(ByteView(data).first(4)) + " 90 00");
}

BOOST_AUTO_TEST_CASE(card_that_refuses_extended_length_says_so_in_the_answer_to_envelope) {
    icc::Profile profile = fakes::t0_only();
    profile.quirks.commands.no_extended = true;
    T0Reader bench(profile);
    BOOST_TEST(bench.answer("00 B0 00 00 00 01 01") == "67 00");
    BOOST_TEST(bench.answer("00 A4 00 0C 02 3F 00") == "90 00");
}

BOOST_AUTO_TEST_CASE(longest_response_arrives_whole) {
    icc::Profile profile = fakes::t0_only();
    profile.mf = fakes::df(0x3F00, {}, {fakes::ef(0x0001, {}, fakes::counting(65'536), fakes::always, {})});
    T0Reader bench(profile);
    bench.answer("00 A4 00 0C 02 00 01");
    BOOST_TEST(bench.answer("00 B0 00 00 00 00 00") == "61 00");
    BOOST_TEST((bench.fetch_all() == [] {
        Bytes expected = fakes::counting(65'536);
        expected.insert(expected.end(), {0x90, 0x00});
        return expected;
    }()));
}

BOOST_AUTO_TEST_CASE(commands_of_every_length_around_the_parts_arrive) {
    T0Reader bench;
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    for (std::size_t size = 240; size <= 260; ++size) {
        for (const unsigned ne : {0U, 300U}) {
            const Bytes data = fakes::counting(size, static_cast<unsigned>(size));
            BOOST_TEST(
                (bench.transmit(iso7816::CommandApdu{0, 0xD6, 0, 0, data, ne, true}.encode()) == IfdCode::success));
            BOOST_TEST_REQUIRE(to_hex(bench.response) == "90 00");
            bench.answer("00 B0 00 00 00 02 BC");
            const Bytes content = bench.fetch_all();
            BOOST_TEST((Bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size)) == data));
        }
    }
}

// ISO/IEC 7816-3 clause 10.3.3
BOOST_AUTO_TEST_CASE(null_bytes_and_single_bytes_change_nothing_but_time) {
    T0Reader plain;
    for (const icc::IccQuirks::T0& quirks :
         {icc::IccQuirks::T0{255, false, false}, {0, true, false}, {3, true, false}}) {
        T0Reader slow(with(quirks));
        for (const char* command : {"00 A4 00 00 02 2F 00", "00 C0 00 00 10", "00 B0 00 00 0A", "00 B0 00 00 00"}) {
            const auto taken = plain.time_of([&] { plain.answer(command); });
            BOOST_TEST((slow.time_of([&] { slow.answer(command); }) >= taken));
            BOOST_TEST((slow.response == plain.response));
        }
    }
}

// ISO/IEC 7816-3 clause 10.2
BOOST_AUTO_TEST_CASE(null_bytes_give_a_card_more_time_than_the_waiting_time) {
    icc::Profile profile = with({255, false, false});
    profile.cold_atr = fakes::atr("3B 80 40 01");  // TC2 = 1: WT = 960 etu
    T0Reader bench(profile);
    const auto taken = bench.time_of([&] { BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00"); });
    BOOST_TEST((taken > ReaderBench::duration({3 * 960 * 372})));
}

BOOST_AUTO_TEST_CASE(wrong_procedure_byte_is_a_communication_error_that_a_reset_recovers_from) {
    T0Reader bench;
    for (const unsigned at : {1U, 2U}) {
        bench.card.plan({icc::Deviation::Kind::wrong_procedure_byte, at, 1, 0});
        BOOST_TEST((bench.transmit("00 A4 00 0C 02 2F 00") == IfdCode::communication_error));
        BOOST_TEST(bench.response.empty());
        BOOST_TEST((bench.card.contact_state() == icc::ContactState::operating));  // the card keeps its power
        BOOST_TEST((bench.reset() == IfdCode::success));
        BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
        BOOST_TEST(bench.answer("00 A4 00 0C 02 2F 00") == "90 00");
    }
}

// ISO/IEC 7816-3 clauses 7.3, 10.2, 10.3.2 and 10.3.3
BOOST_AUTO_TEST_CASE(after_a_failed_command_nothing_goes_to_the_card_and_nothing_is_believed_until_a_reset) {
    using Do = Fault::Do;
    constexpr auto command = Fault::At::command;
    for (const Fault& fault :
         {Fault{command, 1, 1, Do::late}, Fault{command, 1, 1, Do::early}, Fault{command, 1, 1, Do::stay_mute},
          Fault{command, 1, 1, Do::wrong_procedure_byte}, Fault{command, 1, 1, Do::parity_error, false, 1, 4},
          Fault{command, 1, 1, Do::parity_error, true, 1, 4}, Fault{command, 1, 5, Do::parity_error, true, 1, 4},
          Fault{command, 1, 7, Do::parity_error, true, 1, 4}, Fault{command, 1, 7, Do::stay_mute, true}}) {
        T0Reader bench;
        bench.answer("00 A4 08 0C 04 50 15 50 33");
        const icc::IccState before = bench.card.state();
        bench.reader.plan(fault);
        BOOST_TEST((bench.transmit("00 D6 00 00 05 11 12 13 14 15") != IfdCode::success));
        BOOST_TEST(bench.reader.missed().empty());
        bench.story();
        for (const char* next : {"00 20 00 01", "00 B0 00 00 05", "00 D6 00 00 05 11 12 13 14 15"}) {
            BOOST_TEST((bench.transmit(next) == IfdCode::communication_error));
            BOOST_TEST(bench.response.empty());
        }
        BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));  // it is in force already, and mends nothing
        BOOST_TEST((bench.transmit("00 20 00 01") == IfdCode::communication_error));
        BOOST_TEST(bench.card.powered());
        BOOST_TEST(bench.story().empty());
        BOOST_TEST((bench.reset() == IfdCode::success));
        BOOST_TEST(bench.story().front() == "warm_reset");
        BOOST_TEST(bench.answer("00 20 00 01") == "63 C3");
        BOOST_TEST((bench.card.state() == before));
    }
}

BOOST_AUTO_TEST_CASE(failed_command_that_the_card_had_carried_out_is_not_told_by_the_next) {
    T0Reader bench;
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    bench.reader.plan({Fault::At::command, 1, 3, Fault::Do::late});  // SW2
    BOOST_TEST((bench.transmit("00 D6 00 00 05 11 12 13 14 15") == IfdCode::response_timeout));
    BOOST_TEST((bench.transmit("00 B0 00 00 05") == IfdCode::communication_error));
    bench.power(PowerAction::down);
    BOOST_TEST((bench.connect(Protocol::t0) == IfdCode::success));
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    BOOST_TEST(bench.answer("00 B0 00 00 05") == "11 12 13 14 15 90 00");
}

BOOST_AUTO_TEST_CASE(failed_part_of_a_command_fails_the_link_like_a_whole_one) {
    T0Reader bench;
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    const Bytes command = iso7816::CommandApdu{0, 0xD6, 0, 0, fakes::counting(700, 99), 0, true}.encode();
    bench.reader.plan({Fault::At::command, 1, 4, Fault::Do::late});  // the second ENVELOPE's procedure byte
    BOOST_TEST((bench.transmit(command) == IfdCode::response_timeout));
    BOOST_TEST((bench.transmit("00 B0 00 00 05") == IfdCode::communication_error));
    BOOST_TEST((bench.reset() == IfdCode::success));
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    BOOST_TEST(bench.answer("00 B0 00 00 05") == "03 04 05 06 07 90 00");
}

BOOST_AUTO_TEST_CASE(card_put_in_after_a_failed_command_is_believed) {
    T0Reader bench;
    bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::remove});
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::icc_not_present));
    bench.reader.insert(bench.card);
    BOOST_TEST((bench.connect(Protocol::t0) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
