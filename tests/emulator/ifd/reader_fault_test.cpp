#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

BOOST_AUTO_TEST_SUITE(ifd_reader_fault)

BOOST_AUTO_TEST_CASE(staying_mute_at_a_reset_fails_that_reset_only) {
    ReaderBench bench;
    bench.reader.plan({Fault::At::next_reset, 1, 1, Fault::Do::stay_mute});
    BOOST_TEST((bench.up() == IfdCode::error_power_action));
    BOOST_TEST(bench.atr.empty());
    BOOST_TEST(bench.reader.plans().empty());
    BOOST_TEST((bench.up() == IfdCode::success));
    bench.reader.plan({Fault::At::next_reset, 1, 1, Fault::Do::stay_mute});
    BOOST_TEST((bench.reset() == IfdCode::error_power_action));
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(refusing_a_pps_fails_that_pps_only) {
    ReaderBench bench;
    bench.up();
    bench.reader.plan({Fault::At::next_pps, 1, 1, Fault::Do::refuse});
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::pts_failure));
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_CASE(falling_silent_in_a_pps_response_is_a_pts_failure_at_every_character) {
    for (unsigned character = 1; character <= 3; ++character) {
        ReaderBench bench;
        bench.up();
        bench.reader.plan({Fault::At::next_pps, 1, character, Fault::Do::stay_mute});
        BOOST_TEST((bench.use(Protocol::t1) == IfdCode::pts_failure));
        BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    }
}

BOOST_AUTO_TEST_CASE(pps_fault_waits_for_a_card_that_makes_one) {
    ReaderBench bench(fakes::t0_only());
    bench.reader.plan({Fault::At::next_pps, 1, 1, Fault::Do::refuse});
    BOOST_TEST((bench.connect(Protocol::t0) == IfdCode::success));
    BOOST_TEST(bench.reader.plans().size() == 1U);
    icc::Icc dual(fakes::dual_protocol());
    bench.reader.insert(dual);
    BOOST_TEST((bench.connect(Protocol::t0) == IfdCode::pts_failure));
    BOOST_TEST(bench.reader.plans().empty());
}

BOOST_AUTO_TEST_CASE(losing_contact_fails_that_command_and_takes_the_power_of_a_card_that_stays_in_the_reader) {
    for (const bool of_reader : {false, true}) {
        for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
            ReaderBench bench;
            unsigned movements = 0;
            bench.connect(protocol);
            bench.reader.set_presence_listener([&movements] { ++movements; });
            bench.reader.plan({Fault::At::command, 1, 2, Fault::Do::lose_contact, of_reader});
            BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::icc_not_present));
            BOOST_TEST((bench.reader.presence() == IfdCode::success));
            BOOST_TEST(movements == 0U);
            BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::communication_error));  // without power
            BOOST_TEST((bench.connect(protocol) == IfdCode::success));
            BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
        }
    }
}

BOOST_AUTO_TEST_CASE(losing_contact_fails_that_answer_to_reset_only) {
    ReaderBench bench;
    bench.reader.plan({Fault::At::next_reset, 1, 3, Fault::Do::lose_contact});
    BOOST_TEST((bench.up() == IfdCode::icc_not_present));
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(a_fault_beyond_the_answer_is_missed_and_remembered) {
    ReaderBench bench;
    bench.connect(Protocol::t1);
    bench.reader.plan({Fault::At::command, 1, 99, Fault::Do::remove});
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    BOOST_TEST(bench.reader.plans().empty());
    BOOST_TEST(bench.reader.missed().size() == 1U);
    bench.reader.clear_plans();
    BOOST_TEST(bench.reader.missed().empty());
}

BOOST_AUTO_TEST_CASE(the_nth_command_is_counted_from_now) {
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        ReaderBench bench;
        bench.connect(protocol);
        bench.answer("00 A4 00 0C");
        bench.reader.plan({Fault::At::command, 3, 1, Fault::Do::stay_mute});
        BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
        BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
        BOOST_TEST(bench.reader.plans().size() == 1U);
        BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::response_timeout));
        BOOST_TEST(bench.reader.plans().empty());
        // silent until the next reset, as T=1 finds out; over T=0 the reader does not even ask
        BOOST_TEST((bench.transmit("00 A4 00 0C") ==
                    (protocol == Protocol::t1 ? IfdCode::response_timeout : IfdCode::communication_error)));
        BOOST_TEST((bench.reset() == IfdCode::success));
        BOOST_TEST((bench.use(protocol) == IfdCode::success));
        BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    }
}

BOOST_AUTO_TEST_CASE(falling_silent_in_the_middle_of_an_answer_times_out) {
    for (unsigned character = 2; character <= 8; ++character) {
        ReaderBench bench;
        bench.connect(Protocol::t0);
        bench.answer("00 A4 00 0C 02 2F 00");
        bench.reader.plan({Fault::At::command, 1, character, Fault::Do::stay_mute});
        BOOST_TEST((bench.transmit("00 B0 00 00 05") == IfdCode::response_timeout));
        BOOST_TEST(bench.response.empty());
    }
}

BOOST_AUTO_TEST_CASE(resets_and_pps_do_not_count_as_commands) {
    ReaderBench bench;
    bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::remove});
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    bench.reset();
    bench.use(Protocol::t0);
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::icc_not_present));
}

BOOST_AUTO_TEST_CASE(faults_wait_side_by_side_and_can_be_cleared) {
    ReaderBench bench;
    bench.reader.plan({Fault::At::next_pps, 1, 1, Fault::Do::refuse});
    bench.reader.plan({Fault::At::next_reset, 1, 1, Fault::Do::stay_mute});
    bench.reader.plan({Fault::At::command, 2, 1, Fault::Do::remove});
    BOOST_TEST((bench.up() == IfdCode::error_power_action));
    BOOST_TEST((bench.connect(Protocol::t0) == IfdCode::pts_failure));
    BOOST_TEST((bench.connect(Protocol::t0) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    BOOST_TEST(bench.reader.plans().size() == 1U);
    bench.reader.clear_plans();
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    BOOST_TEST((bench.reader.presence() == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(staying_mute_covers_all_attempts_of_a_reset) {
    for (unsigned character = 1; character <= 5; ++character) {
        ReaderBench bench;
        bench.up();
        bench.story();
        bench.reader.plan({Fault::At::next_reset, 1, character, Fault::Do::stay_mute});
        BOOST_TEST((bench.reset() == IfdCode::error_power_action));
        const Story expected{"warm_reset", "deactivation", "cold_reset", "deactivation"};
        BOOST_TEST(bench.story() == expected, boost::test_tools::per_element());
        BOOST_TEST(bench.reader.missed().empty());
        BOOST_TEST((bench.up() == IfdCode::success));
    }
    ReaderBench bench;
    bench.reader.plan({Fault::At::next_reset, 1, 6, Fault::Do::stay_mute});
    BOOST_TEST((bench.up() == IfdCode::success));
    BOOST_TEST(bench.reader.missed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_one_atr_is_mended_by_the_cold_reset_that_follows) {
    for (const auto what : {Fault::Do::bad_ts, Fault::Do::too_long, Fault::Do::early, Fault::Do::late}) {
        ReaderBench bench;
        bench.up();
        bench.story();
        bench.reader.plan({Fault::At::next_reset, 1, 1, what});
        BOOST_TEST((bench.reset() == IfdCode::success));
        BOOST_TEST(bench.story().front() == "warm_reset");
        bench.reader.plan({Fault::At::next_reset, 1, 1, what, false, 1, 2});
        BOOST_TEST((bench.reset() == IfdCode::error_power_action));
        BOOST_TEST(bench.reader.missed().empty());
        bench.reader.plan({Fault::At::next_reset, 1, 1, what, false, 1, 2});
        BOOST_TEST((bench.up() == IfdCode::error_power_action));  // cold: one attempt
        BOOST_TEST(bench.reader.missed().size() == 1U);
        BOOST_TEST((bench.up() == IfdCode::success));
    }
}

BOOST_AUTO_TEST_CASE(wrong_tck_is_planned_where_there_is_one) {
    ReaderBench bench;
    bench.reader.plan({Fault::At::next_reset, 1, 1, Fault::Do::bad_tck});
    BOOST_TEST((bench.up() == IfdCode::success));
    BOOST_TEST((bench.atr.tck() == iso7816::Atr::Tck::wrong));
    ReaderBench t0(fakes::t0_only());
    t0.reader.plan({Fault::At::next_reset, 1, 1, Fault::Do::bad_tck});
    BOOST_TEST((t0.up() == IfdCode::success));
    BOOST_TEST(t0.reader.missed().size() == 1U);
}

// ISO/IEC 7816-3 clause 9.3
BOOST_AUTO_TEST_CASE(every_wrong_answer_to_a_pps_can_be_planned) {
    for (const auto& [what, code] :
         {std::pair{Fault::Do::refuse, IfdCode::pts_failure}, std::pair{Fault::Do::garble, IfdCode::pts_failure},
          std::pair{Fault::Do::without_pps1, IfdCode::success}}) {
        ReaderBench bench(fakes::dual_protocol_fast());
        bench.up();
        bench.reader.plan({Fault::At::next_pps, 1, 1, what});
        BOOST_TEST((bench.use(Protocol::t1) == code));
        BOOST_TEST(bench.reader.missed().empty());
        if (code == IfdCode::success) {
            BOOST_TEST((bench.card.rate() == iso7816::TransmissionRate{}));
            BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
        }
    }
    ReaderBench bench;
    bench.up();
    bench.reader.plan({Fault::At::next_pps, 1, 1, Fault::Do::without_pps1});
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.reader.missed().size() == 1U);  // no PPS1 was asked for
    BOOST_TEST(bench.card.deviations().empty());
}

BOOST_AUTO_TEST_CASE(card_that_falls_silent_before_a_character_of_the_reader_has_not_seen_the_command) {
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        for (unsigned character = 1; character <= 5; ++character) {
            ReaderBench bench;
            bench.connect(protocol);
            bench.story();
            bench.reader.plan({Fault::At::command, 1, character, Fault::Do::stay_mute, true});
            BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::response_timeout));
            BOOST_TEST(bench.reader.missed().empty());
            BOOST_TEST(bench.story().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(fault_of_the_card_that_does_not_fit_the_protocol_is_missed_and_forgotten) {
    ReaderBench bench;
    bench.connect(Protocol::t0);
    bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::bad_edc});
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    BOOST_TEST(bench.reader.missed().size() == 1U);
    BOOST_TEST(bench.card.deviations().empty());
    bench.reader.clear_plans();
    bench.reset();
    bench.use(Protocol::t1);
    bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::null_bytes});
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    BOOST_TEST(bench.reader.missed().size() == 1U);
    BOOST_TEST(bench.card.deviations().empty());
}

BOOST_AUTO_TEST_CASE(fault_that_happens_less_often_than_planned_is_missed) {
    for (const auto& [times, missed] : {std::pair{3U, 0U}, std::pair{4U, 0U}, std::pair{5U, 1U}}) {
        ReaderBench bench;
        bench.connect(Protocol::t0);
        bench.reader.plan({Fault::At::command, 1, 2, Fault::Do::parity_error, false, 1, times});
        BOOST_TEST(bench.answer("00 A4 00 0C") == (times <= 3 ? "90 00" : "612"));
        BOOST_TEST(bench.reader.missed().size() == missed);
    }
    ReaderBench bench;
    bench.connect(Protocol::t1);
    bench.reader.plan({Fault::At::command, 1, 5, Fault::Do::parity_error, false, 1, 2});  // two characters
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    BOOST_TEST(bench.reader.missed().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
