#include "emulator/icc/t1_card.h"

#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/icc/transition_walk.h"

namespace scardlab::tests {

namespace {

using boost::test_tools::per_element;
using icc::T1Card;
using icc::T1Input;
using icc::T1State;
using iso7816::EdcKind;
using iso7816::Pcb;
using iso7816::RBlockError;
using iso7816::SBlock;
using iso7816::to_hex;

const Pcb i0 = Pcb::i(false, false);
const Pcb i1 = Pcb::i(true, false);
const Pcb i0_more = Pcb::i(false, true);
const Pcb i1_more = Pcb::i(true, true);
const Pcb r0 = Pcb::r(false, RBlockError::none);
const Pcb r1 = Pcb::r(true, RBlockError::none);
const Bytes ok = fakes::hex("90 00");

struct T1Bench : CardBench {
    explicit T1Bench(EdcKind edc_kind = EdcKind::lrc) : CardBench(fakes::t1_only()), link(edc_kind), edc(edc_kind) {}

    std::string exchange(Pcb pcb, ByteView inf = {}) { return to_hex(raw(block(pcb, inf, edc))); }
    std::string exchange(Pcb pcb, std::string_view hex) { return exchange(pcb, fakes::hex(hex)); }
    Bytes raw(ByteView bytes) { return CardBench::exchange(link, bytes); }
    std::string expected(Pcb pcb, ByteView inf = {}) const { return to_hex(block(pcb, inf, edc)); }

    T1Card link;
    EdcKind edc;
};

void select_long_file(T1Bench& bench) {
    bench.exchange(i0, "00 A4 08 0C 04 50 15 50 33");
}

/// Brings the card between two blocks of a chain; the next I-block from the reader, or R-block, is number 1.
void reach(T1State state, T1Input on, T1Bench& bench) {
    bench.session.t1.ifsd = 10;
    bench.session.application.channels[0].current_ef = 1;  // EF 2F00
    switch (state) {
        case T1State::idle:
            bench.exchange(i0, "00 B0 00 00 01");
            break;
        case T1State::receiving_chain:
            bench.exchange(i0_more, "00 B0");
            break;
        case T1State::sending_chain:
            select_long_file(bench);
            bench.exchange(i1, on == T1Input::acknowledged_last ? "00 B0 00 00 12" : "00 B0 00 00 13");
            break;
        case T1State::requesting:
            bench.deviations = {
                {on == T1Input::abort_confirmed ? icc::Deviation::Kind::abort : icc::Deviation::Kind::wtx, 1, 1, 2}};
            if (on == T1Input::confirmed_receiving || on == T1Input::abort_confirmed) {
                bench.exchange(i0_more, "00 B0");
            } else {
                bench.exchange(i0, on == T1Input::confirmed_sending ? "00 B0 00 00 0A" : "00 B0 00 00 01");
            }
            break;
    }
}

void act(T1Input input, T1Bench& bench) {
    const bool chained = bench.link.state() == T1State::receiving_chain;
    switch (input) {
        case T1Input::more_data:
            bench.exchange(i1_more, "00");
            break;
        case T1Input::last_block_short:
            bench.exchange(i1, chained ? "00 00 01" : "00 B0 00 00 01");
            break;
        case T1Input::last_block_long:
            bench.exchange(i1, chained ? "00 00 0A" : "00 B0 00 00 0A");
            break;
        case T1Input::acknowledged_more:
        case T1Input::acknowledged_last:
            bench.exchange(r0);
            break;
        case T1Input::request:
            bench.deviations = {{icc::Deviation::Kind::wtx, 1, 1, 2}};
            if (bench.link.state() == T1State::sending_chain) {
                bench.exchange(r0);
            } else {
                bench.exchange(i1, chained ? "00 00 01" : "00 B0 00 00 01");
            }
            break;
        case T1Input::confirmed_idle:
        case T1Input::confirmed_receiving:
        case T1Input::confirmed_sending:
            bench.exchange(Pcb::s_response(SBlock::wtx), "02");
            break;
        case T1Input::abort_confirmed:
            bench.exchange(Pcb::s_response(SBlock::abort));
            break;
        case T1Input::resynch:
            bench.exchange(Pcb::s_request(SBlock::resynch));
            break;
        case T1Input::abort:
            bench.exchange(Pcb::s_request(SBlock::abort));
            break;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_t1_card)

BOOST_AUTO_TEST_CASE(table_walked_over_every_state_and_input) {
    check_table(icc::t1_card_transitions(), icc::t1_state_count, icc::t1_input_count, 22, T1State::idle,
                [](T1State s, T1Input i) { return icc::next(s, i); });
}

// ISO/IEC 7816-3 clauses 11.6, 11.6.2.1, 11.6.2.2, 11.6.2.3, 11.6.3.2
// ISO/IEC 7816-3 clause 11.6
BOOST_AUTO_TEST_CASE(every_row_is_what_the_card_does) {
    for (const auto& row : icc::t1_card_transitions()) {
        BOOST_TEST_CONTEXT("state " << number(row.from) << ", input " << number(row.on)) {
            T1Bench bench;
            reach(row.from, row.on, bench);
            BOOST_TEST((bench.link.state() == row.from));
            act(row.on, bench);
            BOOST_TEST((bench.link.state() == row.to));
        }
    }
}

BOOST_AUTO_TEST_CASE(sequence_numbers_alternate_on_both_sides) {
    T1Bench bench;
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(i0, ok));
    BOOST_TEST(bench.exchange(i1, "00 A4 00 0C") == bench.expected(i1, ok));
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(i0, ok));
}

BOOST_AUTO_TEST_CASE(node_addresses_change_places) {
    T1Bench bench;
    Bytes request = fakes::hex("12 00 04 00 A4 00 0C");
    request.push_back(iso7816::lrc(request));
    const Bytes answer = bench.raw(request);
    BOOST_TEST(to_hex(ByteView(answer).first(1)) == "21");
}

BOOST_AUTO_TEST_CASE(chained_command_is_acknowledged_block_by_block) {
    T1Bench bench;
    BOOST_TEST(bench.exchange(i0_more, "00 A4") == bench.expected(r1));
    BOOST_TEST(bench.exchange(i1_more, "08 0C") == bench.expected(r0));
    BOOST_TEST(bench.exchange(i0_more, "04 50 15") == bench.expected(r1));
    BOOST_TEST(bench.exchange(i1, "50 31") == bench.expected(i0, ok));
    BOOST_TEST(bench.session.t1.command.empty());
}

BOOST_AUTO_TEST_CASE(long_response_is_chained_in_blocks_of_ifsd) {
    T1Bench bench;
    select_long_file(bench);
    bench.session.t1.ifsd = 10;
    const Bytes content = fakes::counting(25, 3);
    const ByteView view(content);
    BOOST_TEST(bench.exchange(i1, "00 B0 00 00 19") == bench.expected(i1_more, view.first(10)));
    BOOST_TEST(bench.exchange(r0) == bench.expected(i0_more, view.subspan(10, 10)));
    BOOST_TEST(bench.exchange(r1) == bench.expected(i1, Bytes(view.begin() + 20, view.end()) + ok));
    BOOST_TEST((bench.link.state() == T1State::idle));
}

BOOST_AUTO_TEST_CASE(card_with_a_smaller_limit_of_its_own_sends_smaller_blocks) {
    T1Bench bench;
    bench.link.clear(EdcKind::lrc, 8);
    select_long_file(bench);
    const Bytes content = fakes::counting(10, 3);
    BOOST_TEST(bench.exchange(i1, "00 B0 00 00 0A") == bench.expected(i1_more, ByteView(content).first(8)));
    BOOST_TEST(bench.exchange(r0) == bench.expected(i0, Bytes(content.begin() + 8, content.end()) + ok));
}

BOOST_AUTO_TEST_CASE(default_ifsd_is_32) {
    T1Bench bench;
    select_long_file(bench);
    BOOST_TEST(bench.exchange(i1, "00 B0 00 00 1E") == bench.expected(i1, fakes::counting(30, 3) + ok));
    BOOST_TEST(bench.exchange(i0, "00 B0 00 00 1F") ==
               bench.expected(i0_more, ByteView(fakes::counting(31, 3) + ok).first(32)));
}

BOOST_AUTO_TEST_CASE(r_block_that_repeats_a_number_gets_the_last_block_again) {
    T1Bench bench;
    const std::string answer = bench.exchange(i0, "00 84 00 00 08");
    const std::size_t commands = bench.log.entries().size();
    BOOST_TEST(bench.exchange(Pcb::r(false, RBlockError::edc_or_parity)) == answer);
    BOOST_TEST(bench.exchange(Pcb::r(false, RBlockError::other)) == answer);
    BOOST_TEST(bench.log.entries().size() == commands);  // the command was not carried out again
    BOOST_TEST(bench.exchange(i1, "00 A4 00 0C") == bench.expected(i1, ok));
}

BOOST_AUTO_TEST_CASE(r_block_that_repeats_a_number_in_a_chain_gets_the_same_part_again) {
    T1Bench bench;
    select_long_file(bench);
    bench.session.t1.ifsd = 10;
    const std::string first = bench.exchange(i1, "00 B0 00 00 19");
    BOOST_TEST(bench.exchange(Pcb::r(true, RBlockError::edc_or_parity)) == first);
    const std::string second = bench.exchange(r0);
    BOOST_TEST(second == bench.expected(i0_more, fakes::counting(10, 13)));
    BOOST_TEST(bench.exchange(Pcb::r(false, RBlockError::other)) == second);
    BOOST_TEST(bench.exchange(r1) == bench.expected(i1, fakes::counting(5, 23) + ok));
}

BOOST_AUTO_TEST_CASE(acknowledgement_is_repeated_on_request) {
    T1Bench bench;
    BOOST_TEST(bench.exchange(i0_more, "00 A4") == bench.expected(r1));
    BOOST_TEST(bench.exchange(Pcb::r(false, RBlockError::edc_or_parity)) == bench.expected(r1));
    BOOST_TEST(bench.exchange(i1, "00 0C") == bench.expected(i0, ok));
}

BOOST_AUTO_TEST_CASE(r_block_before_anything_was_sent_is_refused) {
    T1Bench bench;
    BOOST_TEST(bench.exchange(r0) == bench.expected(Pcb::r(false, RBlockError::other)));
}

BOOST_AUTO_TEST_CASE(wrong_sequence_number_is_refused_and_nothing_is_carried_out) {
    T1Bench bench;
    BOOST_TEST(bench.exchange(i1, "00 A4 00 0C") == bench.expected(Pcb::r(false, RBlockError::other)));
    BOOST_TEST(bench.log.entries().empty());
    bench.exchange(i0, "00 A4 00 0C");
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(Pcb::r(true, RBlockError::other)));
}

BOOST_AUTO_TEST_CASE(command_in_the_middle_of_a_response_is_refused) {
    T1Bench bench;
    select_long_file(bench);
    bench.session.t1.ifsd = 10;
    bench.exchange(i1, "00 B0 00 00 19");
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(Pcb::r(false, RBlockError::other)));
    BOOST_TEST((bench.link.state() == T1State::sending_chain));
}

BOOST_AUTO_TEST_CASE(damaged_block_is_answered_with_an_edc_error) {
    T1Bench bench;
    Bytes bad = block(i0, fakes::hex("00 A4 00 0C"));
    bad.back() ^= 0x01;
    BOOST_TEST(to_hex(bench.raw(bad)) == bench.expected(Pcb::r(false, RBlockError::edc_or_parity)));
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(i0, ok));
    bad = block(i1, fakes::hex("00 A4 00 0C"));
    bad.back() ^= 0x80;
    BOOST_TEST(to_hex(bench.raw(bad)) == bench.expected(Pcb::r(true, RBlockError::edc_or_parity)));
}

BOOST_AUTO_TEST_CASE(reserved_pcb_reserved_length_and_stray_responses_are_answered_with_another_error) {
    const Pcb other = Pcb::r(false, RBlockError::other);
    T1Bench bench;
    BOOST_TEST(bench.exchange(Pcb{0x01}) == bench.expected(other));
    BOOST_TEST(bench.exchange(Pcb{0xC7}) == bench.expected(other));
    BOOST_TEST(bench.exchange(Pcb::s_response(SBlock::ifs), "20") == bench.expected(other));
    BOOST_TEST(bench.exchange(Pcb::s_request(SBlock::wtx), "01") == bench.expected(other));
    Bytes reserved_length(3 + 254 + 1, 0);
    reserved_length[2] = 0xFF;
    BOOST_TEST(to_hex(bench.raw(reserved_length)) == bench.expected(other));
    BOOST_TEST(bench.log.entries().empty());
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(i0, ok));
}

BOOST_AUTO_TEST_CASE(s_ifs_sets_the_size_of_blocks_to_the_reader) {
    T1Bench bench;
    const Bytes ifsd{0xFE};
    BOOST_TEST(bench.exchange(Pcb::s_request(SBlock::ifs), ifsd) == bench.expected(Pcb::s_response(SBlock::ifs), ifsd));
    BOOST_TEST(static_cast<int>(bench.session.t1.ifsd) == 254);
    select_long_file(bench);
    BOOST_TEST(bench.exchange(i1, "00 B0 00 00 FC") == bench.expected(i1, fakes::counting(252, 3) + ok));
}

BOOST_AUTO_TEST_CASE(senseless_s_requests_are_refused) {
    const Pcb other = Pcb::r(false, RBlockError::other);
    T1Bench bench;
    for (const char* inf : {"00", "FF", "", "20 20"}) {
        BOOST_TEST(bench.exchange(Pcb::s_request(SBlock::ifs), inf) == bench.expected(other));
    }
    BOOST_TEST(static_cast<int>(bench.session.t1.ifsd) == 32);
    BOOST_TEST(bench.exchange(Pcb::s_request(SBlock::resynch), "01") == bench.expected(other));
    BOOST_TEST(bench.exchange(Pcb::s_request(SBlock::abort), "01") == bench.expected(other));
    BOOST_TEST(bench.log.entries().empty());
}

BOOST_AUTO_TEST_CASE(s_resynch_starts_the_protocol_anew_and_keeps_the_application) {
    T1Bench bench;
    bench.exchange(i0, "00 A4 08 0C 04 50 15 50 33");
    bench.exchange(i1_more, "00 B0");
    BOOST_TEST(bench.exchange(Pcb::s_request(SBlock::resynch)) == bench.expected(Pcb::s_response(SBlock::resynch)));
    BOOST_TEST((bench.session.t1 == icc::T1Session{}));
    BOOST_TEST(bench.session.application.channels[0].current_ef.has_value());
    BOOST_TEST(bench.exchange(i0, "00 B0 00 00 01") == bench.expected(i0, fakes::hex("03 90 00")));
}

BOOST_AUTO_TEST_CASE(s_abort_ends_a_chain_in_either_direction) {
    T1Bench sending;
    select_long_file(sending);
    sending.session.t1.ifsd = 10;
    sending.exchange(i1, "00 B0 00 00 19");
    BOOST_TEST(sending.exchange(Pcb::s_request(SBlock::abort)) == sending.expected(Pcb::s_response(SBlock::abort)));
    BOOST_TEST(sending.exchange(i0, "00 A4 00 0C") == sending.expected(i0, ok));

    T1Bench receiving;
    receiving.exchange(i0_more, "00 A4 00");
    BOOST_TEST(receiving.exchange(Pcb::s_request(SBlock::abort)) == receiving.expected(Pcb::s_response(SBlock::abort)));
    BOOST_TEST(receiving.exchange(i1, "00 A4 00 0C") == receiving.expected(i0, ok));
}

BOOST_AUTO_TEST_CASE(crc_blocks_are_checked_and_made) {
    T1Bench bench(EdcKind::crc);
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(i0, ok));
    Bytes bad = block(i1, fakes::hex("00 A4 00 0C"), EdcKind::crc);
    bad.back() ^= 0x01;
    BOOST_TEST(to_hex(bench.raw(bad)) == bench.expected(Pcb::r(true, RBlockError::edc_or_parity)));
}

BOOST_AUTO_TEST_CASE(rest_of_a_block_that_never_came_is_forgotten_after_cwt) {
    T1Bench bench;
    bench.raw(fakes::hex("00 00 04 00 A4"));
    bench.now += bench.timing.character_waiting;
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(i0, ok));
}

BOOST_AUTO_TEST_CASE(clearing_forgets_half_a_block_and_the_last_one_sent) {
    T1Bench bench;
    bench.exchange(i0, "00 A4 00 0C");
    bench.raw(fakes::hex("00 40 04 00"));
    bench.link.clear(EdcKind::lrc);
    bench.session.clear();
    BOOST_TEST(bench.exchange(r0) == bench.expected(Pcb::r(false, RBlockError::other)));
    BOOST_TEST(bench.exchange(i0, "00 A4 00 0C") == bench.expected(i0, ok));
}

BOOST_AUTO_TEST_CASE(malformed_command_apdu_is_answered_wrong_length) {
    T1Bench bench;
    BOOST_TEST(bench.exchange(i0, "00 A4 00") == bench.expected(i0, fakes::hex("67 00")));
    BOOST_TEST(bench.exchange(i1, "00 A4 00 0C 05 3F 00") == bench.expected(i1, fakes::hex("67 00")));
    BOOST_TEST(bench.exchange(i0, "") == bench.expected(i0, fakes::hex("67 00")));
}

BOOST_AUTO_TEST_CASE(log_has_whole_commands_and_responses_whatever_the_blocks) {
    CardDriver driver(fakes::t1_only());
    driver.cold_reset();
    driver.story();
    driver.exchange(block(Pcb::s_request(SBlock::ifs), Bytes{8}));
    driver.exchange(block(i0_more, fakes::hex("00 A4 08")));
    driver.exchange(block(i1, fakes::hex("0C 02 2F 00")));
    driver.exchange(block(i0, fakes::hex("00 B0 00 00 0A")));
    driver.exchange(block(r0));
    const std::vector<std::string> expected{"s_block C1 08", "command 00 A4 08 0C 02 2F 00", "response 90 00",
                                            "command 00 B0 00 00 0A", "response 30 31 32 33 34 35 36 37 38 39 90 00"};
    BOOST_TEST(driver.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(answer_keeps_the_block_guard_time_and_twelve_etu_between_characters) {
    CardDriver driver(fakes::t1_only());
    driver.cold_reset();
    driver.send(block(i0, fakes::hex("00 A4 00 0C")));
    const ClockCycles last = driver.now;
    const auto nad = driver.card.next_character(last + iso7816::initial_waiting_time);
    const auto pcb = driver.card.next_character(last + iso7816::initial_waiting_time);
    BOOST_TEST_REQUIRE((nad && pcb));
    BOOST_TEST((nad->at - last).count == 22 * 372);
    BOOST_TEST((pcb->at - nad->at).count == 12 * 372);

    icc::Profile shortest = fakes::t1_only();
    shortest.cold_atr = fakes::atr("3B C0 FF 01 3E");  // TC1 = 255: 11 etu in T=1
    CardDriver other(shortest);
    other.cold_reset();
    other.send(block(i0, fakes::hex("00 A4 00 0C")));
    const auto a = other.card.next_character(other.now + iso7816::initial_waiting_time);
    const auto b = other.card.next_character(other.now + iso7816::initial_waiting_time);
    BOOST_TEST_REQUIRE((a && b));
    BOOST_TEST((b->at - a->at).count == 11 * 372);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
