#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

using boost::test_tools::per_element;
using Kind = icc::Deviation::Kind;

struct T1Reader : ReaderBench {
    explicit T1Reader(const icc::Profile& profile = fakes::t1_only()) : ReaderBench(profile) {
        connect(Protocol::t1);
        answer("00 A4 00 0C 02 2F 00");
        story();
    }
    void plan(Kind kind, unsigned at, unsigned times = 1, std::uint8_t value = 0) {
        card.plan({kind, at, times, value});
    }
};

icc::Profile with(const icc::IccQuirks::T1& quirks) {
    icc::Profile profile = fakes::t1_only();
    profile.quirks.t1 = quirks;
    return profile;
}

constexpr const char* read_three = "00 B0 00 00 03";

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_t1_recovery)

// ISO/IEC 7816-3 clause 11.6.3.2
BOOST_AUTO_TEST_CASE(every_damage_of_one_or_two_blocks_is_repaired) {
    for (const Kind kind :
         {Kind::bad_edc, Kind::wrong_sequence, Kind::bad_pcb, Kind::bad_len, Kind::bad_nad, Kind::lost_block}) {
        for (const unsigned times : {1U, 2U}) {
            T1Reader bench;
            bench.plan(kind, 1, times);
            BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00");
            BOOST_TEST(bench.card.deviations().empty());
            const Story expected{"command 00 B0 00 00 03", "response 30 31 32 90 00"};
            BOOST_TEST(bench.story() == expected, per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(third_damage_in_a_row_is_a_communication_error_and_the_link_begins_anew) {
    T1Reader bench;
    bench.plan(Kind::bad_edc, 1, 3);
    BOOST_TEST((bench.transmit(read_three) == IfdCode::communication_error));
    BOOST_TEST(bench.response.empty());
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::operating));
    BOOST_TEST(static_cast<int>(bench.card.session().t1.ifsd) == 32);
    BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00");
    BOOST_TEST(static_cast<int>(bench.card.session().t1.ifsd) == 254);
    const Story expected{"command 00 B0 00 00 03", "response 30 31 32 90 00", "s_block C0",
                         "s_block C1 FE",          "command 00 B0 00 00 03",  "response 30 31 32 90 00"};
    BOOST_TEST(bench.story() == expected, per_element());
}

// ISO/IEC 7816-3 clause 11.4.2
BOOST_AUTO_TEST_CASE(resynchronisation_leads_back_to_the_field_size_of_the_atr) {
    icc::Profile profile = fakes::t1_only();
    profile.cold_atr = fakes::atr("3B 80 81 11 10 00");  // IFSC = 16
    T1Reader bench(profile);
    bench.plan(Kind::bad_edc, 1, 3);
    BOOST_TEST((bench.transmit(read_three) == IfdCode::communication_error));
    bench.story();
    const Bytes command = iso7816::CommandApdu{0, 0xA4, 4, 0x0C, fakes::counting(100), 0, false}.encode();
    BOOST_TEST((bench.transmit(command) == IfdCode::success));
    BOOST_TEST(to_hex(bench.response) == "67 00");  // longer than any name
    const Story expected{"s_block C1 FE", "command " + to_hex(command), "response 67 00"};
    BOOST_TEST(bench.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(card_that_does_not_resynchronise_is_deactivated) {
    T1Reader bench(with({0, 0, 0, false, true}));
    bench.plan(Kind::bad_edc, 1, 3);
    BOOST_TEST((bench.transmit(read_three) == IfdCode::communication_error));
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::unpowered));
    BOOST_TEST((bench.transmit(read_three) == IfdCode::communication_error));
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_CASE(silence_keeps_the_power_and_the_next_command_resynchronises_first) {
    T1Reader bench;
    bench.plan(Kind::lost_block, 1, 3);
    BOOST_TEST((bench.transmit(read_three) == IfdCode::response_timeout));
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::operating));
    BOOST_TEST(bench.answer("00 84 00 00 02").size() ==
               11U);  // not the response to READ BINARY, which the card still has
    const Story story = bench.story();
    const Story expected{"command 00 B0 00 00 03", "s_block C0", "s_block C1 FE", "command 00 84 00 00 02"};
    BOOST_TEST(Story(story.begin(), story.end() - 1) == expected, per_element());
}

BOOST_AUTO_TEST_CASE(half_a_command_that_ended_in_silence_is_not_completed_by_the_next) {
    T1Reader bench;
    bench.plan(Kind::lost_block, 1, 3);
    const Bytes data = fakes::counting(100);
    const Bytes command = iso7816::CommandApdu{0, 0xD6, 0, 0, data, 0, false}.encode();  // four blocks
    BOOST_TEST((bench.transmit(command) == IfdCode::response_timeout));
    BOOST_TEST(bench.card.session().t1.command.size() == 32U);
    BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00");
}

BOOST_AUTO_TEST_CASE(card_that_stays_silent_keeps_its_power_whatever_is_tried) {
    T1Reader bench;
    bench.card.fall_silent();
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST((bench.transmit(read_three) == IfdCode::response_timeout));
    }
    BOOST_TEST((bench.reset() == IfdCode::success));
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_CASE(card_that_fails_the_announcement_after_a_resynchronisation_is_deactivated) {
    T1Reader bench;
    bench.plan(Kind::bad_edc, 1, 3);
    bench.transmit(read_three);
    bench.plan(Kind::lost_block, 1, 3);
    BOOST_TEST((bench.transmit(read_three) == IfdCode::communication_error));
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::unpowered));
}

// ISO/IEC 7816-3 clause 11.6.2.3
BOOST_AUTO_TEST_CASE(quirks_of_the_card_change_nothing_but_time) {
    for (const auto& quirks : {icc::IccQuirks::T1{255, 0, 0, false, false},
                               {0, 254, 0, false, false},
                               {1, 1, 0, false, false},
                               {0, 0, 1, false, false},
                               {3, 16, 2, false, false}}) {
        T1Reader bench(with(quirks));
        bench.answer("00 A4 08 0C 04 50 15 50 33");
        const Bytes data = fakes::counting(300, 99);
        bench.transmit(iso7816::CommandApdu{0, 0xD6, 0, 0, data, 0, true}.encode());
        BOOST_TEST(to_hex(bench.response) == "90 00");
        BOOST_TEST(bench.answer("00 B0 00 00 00 01 2C") == to_hex(data) + " 90 00");
    }
}

// ISO/IEC 7816-3 clause 11.4.3
BOOST_AUTO_TEST_CASE(card_takes_all_the_time_that_it_asked_for_and_is_heard) {
    icc::IccQuirks::T1 quirks;
    T1Reader quick;
    const ifd::Duration without = quick.time_of([&] { quick.answer(read_three); });
    for (const int multiplier : {1, 2, 5, 30, 255}) {
        quirks.wtx = static_cast<std::uint8_t>(multiplier);
        T1Reader bench(with(quirks));
        const ifd::Duration granted = T1Reader::duration(
            {multiplier * iso7816::timing_for(bench.atr, bench.card.rate(), Protocol::t1).block_waiting.count});
        const ifd::Duration taken = bench.time_of([&] { BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00"); });
        BOOST_TEST((taken > granted));
        BOOST_TEST((taken < granted + 3 * without));
    }
}

// ISO/IEC 7816-3 clause 11.4.3
BOOST_AUTO_TEST_CASE(card_that_delays_its_answers_takes_the_time_that_it_asked_for_all_the_same) {
    icc::Profile profile = with({5, 0, 0, false, false});
    profile.quirks.characters.answer_delay = 100;
    T1Reader bench(profile);
    const ClockCycles granted{5 * iso7816::timing_for(bench.atr, bench.card.rate(), Protocol::t1).block_waiting.count};
    const ifd::Duration taken = bench.time_of([&] { BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00"); });
    T1Reader delayed([&] {
        icc::Profile without = profile;
        without.quirks.t1.wtx = 0;
        return without;
    }());
    const ifd::Duration answer = delayed.time_of([&] { delayed.answer(read_three); });
    BOOST_TEST((answer > T1Reader::duration({100 * 372})));
    BOOST_TEST((taken > T1Reader::duration(granted) + T1Reader::duration({100 * 372})));  // S(WTX request) is delayed
    BOOST_TEST((taken < T1Reader::duration(granted) + 3 * answer));
}

BOOST_AUTO_TEST_CASE(wrong_numbers_in_every_block_end_in_a_communication_error) {
    ReaderBench bench(with({0, 0, 0, true, false}));
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::communication_error));
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::communication_error));
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::operating));
}

BOOST_AUTO_TEST_CASE(longer_response_than_any_is_aborted) {
    icc::Profile profile = fakes::t1_only();
    profile.mf = fakes::df(0x3F00, {}, {fakes::ef(0x0001, {}, fakes::counting(65'536), fakes::always, {})});
    profile.quirks.commands.surplus = 300;
    ReaderBench bench(profile);
    bench.connect(Protocol::t1);
    BOOST_TEST((bench.transmit("00 A4 00 0C 02 00 01") == IfdCode::success));
    bench.story();
    BOOST_TEST((bench.transmit("00 B0 00 00 00 00 00") == IfdCode::communication_error));
    const Story expected{"command 00 B0 00 00 00 00 00", "s_block C2"};
    BOOST_TEST(bench.story() == expected, per_element());
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::success));
}

// ISO/IEC 7816-3 clause 11.4.3
BOOST_AUTO_TEST_CASE(block_that_stops_in_the_middle_costs_cwt_and_one_try) {
    T1Reader bench;
    bench.plan(Kind::bad_len, 1);
    T1Reader right;
    const auto taken = [](T1Reader& reader) {
        return reader.time_of([&] { BOOST_TEST(reader.answer(read_three) == "30 31 32 90 00"); });
    };
    const auto cwt = iso7816::timing_for(bench.card.profile().cold_atr, {}).character_waiting;
    const auto more = taken(bench) - taken(right);
    BOOST_TEST((more > ReaderBench::duration(cwt)));
    BOOST_TEST((more < ReaderBench::duration({cwt.count + 400 * 372})));
}

BOOST_AUTO_TEST_CASE(planned_faults_reach_the_block_or_procedure_byte_that_they_name) {
    using Do = Fault::Do;
    for (const Do what :
         {Do::bad_edc, Do::wrong_sequence, Do::bad_pcb, Do::bad_len, Do::bad_nad, Do::lost_block, Do::wtx, Do::ifs}) {
        T1Reader bench;
        Fault fault;
        fault.what = what;
        fault.times = 2;
        fault.value = 32;
        bench.reader.plan(fault);
        BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00");
        BOOST_TEST(bench.reader.plans().empty());
        BOOST_TEST(bench.reader.missed().empty());
    }
    for (const Do what : {Do::null_bytes, Do::one_byte}) {
        ReaderBench bench(fakes::t0_only());
        bench.connect(Protocol::t0);
        bench.answer("00 A4 00 0C 02 2F 00");
        Fault fault;
        fault.what = what;
        fault.value = 7;
        bench.reader.plan(fault);
        BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00");
        BOOST_TEST(bench.reader.missed().empty());
    }
}

BOOST_AUTO_TEST_CASE(planned_abortion_needs_a_chain_and_is_missed_without_one) {
    T1Reader bench;
    Fault fault;
    fault.what = Fault::Do::abort;
    bench.reader.plan(fault);
    BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00");
    BOOST_TEST(bench.reader.missed().size() == 1U);
    bench.reader.clear_plans();
    bench.reader.plan(fault);
    const Bytes data = fakes::counting(100);
    BOOST_TEST(
        (bench.transmit(iso7816::CommandApdu{0, 0xD6, 0, 0, data, 0, false}.encode()) == IfdCode::communication_error));
    BOOST_TEST(bench.reader.missed().empty());
    BOOST_TEST(bench.answer(read_three) == "30 31 32 90 00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
