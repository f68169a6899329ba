#include "emulator/icc/t0_card.h"

#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/icc/transition_walk.h"

namespace scardlab::tests {

namespace {

using boost::test_tools::per_element;
using icc::T0Card;
using icc::T0Input;
using icc::T0State;
using iso7816::to_hex;

/// A card in T=0, without the contacts around it.
struct T0Bench : CardBench {
    T0Bench() : CardBench(fakes::t0_only()) {}
    explicit T0Bench(const icc::IccQuirks::T0& quirks) : T0Bench() { profile.quirks.t0 = quirks; }
    /// What the card sends; a long answer is left after its first part when `whole` is false.
    Bytes exchange(ByteView bytes, bool whole = true) {
        Bytes answer = CardBench::exchange(link, bytes);
        while (whole && link.state() == T0State::sending) {
            link.go_on(now, parts());
            answer = answer + sent();
        }
        return answer;
    }
    std::string exchange(std::string_view hex) { return to_hex(exchange(fakes::hex(hex))); }
    T0Card link;
};

/// One byte at a time, with so many NULL bytes that a few bytes fill what the card decides on at once.
constexpr icc::IccQuirks::T0 slowest{250, true, false};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_t0_card)

BOOST_AUTO_TEST_CASE(table_walked_over_every_state_and_input) {
    check_table(icc::t0_card_transitions(), icc::t0_state_count, icc::t0_input_count, 8, T0State::awaiting_header,
                [](T0State s, T0Input i) { return icc::next(s, i); });
}

// ISO/IEC 7816-3 clauses 10.3, 10.3.2, 10.3.3
// ISO/IEC 7816-3 clause 10.3
BOOST_AUTO_TEST_CASE(every_row_is_what_the_card_does) {
    RowsShown<T0State, T0Input> shown;
    T0Bench bench;
    BOOST_TEST((bench.link.state() == T0State::awaiting_header));

    BOOST_TEST(bench.exchange("00 A4 00 0C 00") == "90 00");
    BOOST_TEST((bench.link.state() == T0State::awaiting_header));
    shown.show(T0State::awaiting_header, T0Input::header_complete);

    BOOST_TEST(bench.exchange("00 A4 00 0C 02") == "A4");
    BOOST_TEST((bench.link.state() == T0State::awaiting_data));
    shown.show(T0State::awaiting_header, T0Input::header_wants_data);

    BOOST_TEST(bench.exchange("3F 00") == "90 00");
    BOOST_TEST((bench.link.state() == T0State::awaiting_header));
    shown.show(T0State::awaiting_data, T0Input::data_complete);

    T0Bench slow(slowest);
    slow.exchange(fakes::hex("00 A4 00 0C 02"));
    slow.exchange(fakes::hex("2F"));
    BOOST_TEST((slow.link.state() == T0State::awaiting_data));
    shown.show(T0State::awaiting_data, T0Input::data_part);
    slow.exchange(fakes::hex("00"));

    slow.exchange(fakes::hex("00 B0 00 00 08"), false);
    BOOST_TEST((slow.link.state() == T0State::sending));
    shown.show(T0State::awaiting_header, T0Input::header_long_answer);
    slow.link.go_on(slow.now, slow.parts());
    BOOST_TEST((slow.link.state() == T0State::sending));
    shown.show(T0State::sending, T0Input::answer_goes_on);
    while (slow.link.state() == T0State::sending) {
        slow.sent();
        slow.link.go_on(slow.now, slow.parts());
    }
    BOOST_TEST((slow.link.state() == T0State::awaiting_header));
    shown.show(T0State::sending, T0Input::answer_ends);
    slow.exchange(fakes::hex("00 B0 00 00 08"), false);
    slow.exchange(fakes::hex("00"), false);
    BOOST_TEST((slow.link.state() == T0State::awaiting_header));
    shown.show(T0State::sending, T0Input::interrupted);
    shown.check_complete(icc::t0_card_transitions());
}

// ISO/IEC 7816-3 clause 10.3.2
BOOST_AUTO_TEST_CASE(outgoing_data_follow_the_procedure_byte) {
    T0Bench bench;
    bench.exchange("00 A4 00 0C 02 2F 00");
    BOOST_TEST(bench.exchange("00 B0 00 02 04") == "B0 32 33 34 35 90 00");
}

BOOST_AUTO_TEST_CASE(wrong_le_is_answered_6c_with_the_right_one) {
    T0Bench bench;
    bench.exchange("00 A4 00 0C 02 2F 00");
    BOOST_TEST(bench.exchange("00 B0 00 02 09") == "6C 08");
    BOOST_TEST(bench.exchange("00 B0 00 00 00") == "6C 0A");
    BOOST_TEST(bench.exchange("00 B0 00 00 0A") == "B0 30 31 32 33 34 35 36 37 38 39 90 00");
}

BOOST_AUTO_TEST_CASE(p3_zero_means_256_bytes) {
    T0Bench bench;
    bench.exchange("00 A4 08 0C 04 50 15 50 33");
    const Bytes answer = bench.CardBench::exchange(bench.link, fakes::hex("00 B0 00 00 00"));
    BOOST_TEST(to_hex(answer) == "B0 " + to_hex(fakes::counting(256, 3)) + " 90 00");
}

BOOST_AUTO_TEST_CASE(response_data_of_an_incoming_command_wait_for_get_response) {
    T0Bench bench;
    BOOST_TEST(bench.exchange("00 A4 00 00 02") == "A4");
    BOOST_TEST(bench.exchange("2F 00") == "61 10");
    BOOST_TEST(bench.exchange("00 C0 00 00 11") == "6C 10");
    BOOST_TEST(bench.exchange("00 C0 00 00 00") == "6C 10");
    BOOST_TEST(bench.exchange("00 C0 00 00 06") == "C0 6F 0E 80 02 00 0A 61 0A");
    BOOST_TEST(bench.exchange("00 C0 00 00 0A") == "C0 82 01 41 83 02 2F 00 88 01 F0 90 00");
    BOOST_TEST(bench.exchange("00 C0 00 00 01") == "69 85");
}

BOOST_AUTO_TEST_CASE(get_response_with_parameters_is_refused_and_loses_nothing) {
    T0Bench bench;
    bench.exchange("00 A4 00 00 02 2F 00");
    BOOST_TEST(bench.exchange("00 C0 01 00 10") == "6A 86");
    BOOST_TEST(bench.exchange("00 C0 00 01 10") == "6A 86");
    BOOST_TEST(bench.exchange("00 C0 00 00 01") == "C0 6F 61 0F");
}

BOOST_AUTO_TEST_CASE(another_command_forgets_the_waiting_response) {
    T0Bench bench;
    bench.exchange("00 A4 00 00 02 2F 00");
    BOOST_TEST(bench.session.t0.waiting.size() == 16U);
    bench.exchange("00 B0 00 00 01");
    BOOST_TEST(bench.exchange("00 C0 00 00 10") == "69 85");
}

BOOST_AUTO_TEST_CASE(unknown_instruction_is_answered_without_asking_for_data) {
    T0Bench bench;
    BOOST_TEST(bench.exchange("00 2A 00 00 05") == "6D 00");
    BOOST_TEST(bench.exchange("00 60 00 00 05") == "6D 00");
    BOOST_TEST(bench.exchange("00 90 00 00 05") == "6D 00");
    BOOST_TEST(bench.exchange("80 B0 00 00 05") == "6E 00");
}

BOOST_AUTO_TEST_CASE(challenge_that_was_refused_with_6c_is_the_one_that_comes_next) {
    T0Bench asked_twice;
    BOOST_TEST(asked_twice.exchange("00 84 00 00 00") == "6C 08");
    T0Bench asked_once;
    BOOST_TEST(asked_twice.exchange("00 84 00 00 08") == asked_once.exchange("00 84 00 00 08"));
}

BOOST_AUTO_TEST_CASE(refusal_with_6c_leaves_the_session_as_it_was) {
    T0Bench bench;
    bench.exchange("00 A4 08 0C 04 50 15 50 33");
    const icc::ApplicationSession before = bench.session.application;
    BOOST_TEST(bench.exchange("00 B0 81 00 00") == "6C 28");  // would make EF 5031 current
    BOOST_TEST((bench.session.application == before));
    BOOST_TEST(bench.exchange("00 B0 81 00 28").substr(0, 5) == "B0 00");
    BOOST_TEST((bench.session.application != before));
}

BOOST_AUTO_TEST_CASE(clearing_forgets_half_a_command) {
    T0Bench bench;
    bench.exchange("00 A4 00 0C 02 3F");
    bench.link.clear();
    BOOST_TEST((bench.link.state() == T0State::awaiting_header));
    BOOST_TEST(bench.exchange("00 A4 00 0C 00") == "90 00");
    bench.exchange("00 A4");
    bench.link.clear();
    BOOST_TEST(bench.exchange("00 A4 00 0C 00") == "90 00");
}

BOOST_AUTO_TEST_CASE(log_has_the_tpdu_and_what_answered_it) {
    CardDriver driver(fakes::t0_only());
    driver.cold_reset();
    driver.story();
    driver.exchange("00 A4 00 00 02");
    driver.exchange("3F 00");
    driver.exchange("00 C0 00 00 09");
    const std::vector<std::string> expected{"command 00 A4 00 00 02 3F 00", "response 61 09", "command 00 C0 00 00 09",
                                            "response 6F 07 82 01 78 83 02 3F 00 90 00"};
    BOOST_TEST(driver.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(answer_keeps_the_distance_and_the_spacing_of_the_rate) {
    CardDriver driver(fakes::dual_protocol_fast());
    driver.cold_reset();
    driver.exchange("FF 10 95 7A");
    driver.send(fakes::hex("00 A4 00 0C 00"));
    const ClockCycles last = driver.now;
    const auto sw1 = driver.card.next_character(last + iso7816::initial_waiting_time);
    const auto sw2 = driver.card.next_character(last + iso7816::initial_waiting_time);
    BOOST_TEST_REQUIRE((sw1 && sw2));
    BOOST_TEST((sw1->at - last).count == 16 * 512 / 16);
    BOOST_TEST((sw2->at - sw1->at).count == 12 * 512 / 16);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
