#include <boost/test/unit_test.hpp>

#include "emulator/icc/t1_card.h"
#include "tests/emulator/icc/card_driver.h"

namespace scardlab::tests {

namespace {

using boost::test_tools::per_element;
using icc::Deviation;
using icc::T1Card;
using icc::T1State;
using iso7816::EdcKind;
using iso7816::Pcb;
using iso7816::RBlockError;
using iso7816::SBlock;
using iso7816::to_hex;
using Kind = Deviation::Kind;
using Quirks = icc::IccQuirks::T1;

const Pcb i0 = Pcb::i(false, false);
const Pcb i1 = Pcb::i(true, false);
const Pcb i0_more = Pcb::i(false, true);
const Pcb i1_more = Pcb::i(true, true);
const Pcb r0 = Pcb::r(false, RBlockError::none);
const Pcb r1 = Pcb::r(true, RBlockError::none);
const Pcb wtx = Pcb::s_request(SBlock::wtx);
const Pcb wtx_response = Pcb::s_response(SBlock::wtx);
const Pcb ifs = Pcb::s_request(SBlock::ifs);
const Pcb ifs_response = Pcb::s_response(SBlock::ifs);
const Pcb abort_request = Pcb::s_request(SBlock::abort);
const Pcb abort_response = Pcb::s_response(SBlock::abort);
const Pcb resynch = Pcb::s_request(SBlock::resynch);
const Bytes ok = fakes::hex("90 00");
constexpr std::string_view select_mf = "00 A4 00 0C";

struct T1Bench : CardBench {
    explicit T1Bench(const Quirks& quirks = {}, EdcKind edc_kind = EdcKind::lrc)
        : CardBench(fakes::t1_only()), link(edc_kind), edc(edc_kind) {
        profile.quirks.t1 = quirks;
        session.application.channels[0].current_ef = 1;  // EF 2F00
    }
    std::string exchange(Pcb pcb, ByteView inf = {}) { return to_hex(CardBench::exchange(link, block(pcb, inf, edc))); }
    std::string exchange(Pcb pcb, std::string_view hex) { return exchange(pcb, fakes::hex(hex)); }
    std::string expected(Pcb pcb, ByteView inf = {}) const { return to_hex(block(pcb, inf, edc)); }
    std::string expected(Pcb pcb, std::string_view hex) const { return expected(pcb, fakes::hex(hex)); }

    T1Card link;
    EdcKind edc;
};

/// What the card answers to SELECT with that deviation at its first block.
Bytes select_with(Kind kind, EdcKind edc = EdcKind::lrc) {
    T1Bench bench({}, edc);
    bench.deviations = {{kind, 1, 1, 0}};
    const Bytes answer = bench.CardBench::exchange(bench.link, block(i0, fakes::hex(select_mf), edc));
    BOOST_TEST(bench.deviations.empty());
    BOOST_TEST(bench.exchange(r0) == bench.expected(i0, ok));  // sent again, it is right
    return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_t1_quirks)

// ISO/IEC 7816-3 clause 11.6.2.3
BOOST_AUTO_TEST_CASE(waiting_time_extension_is_asked_before_each_response) {
    T1Bench bench({3, 0, 0, false, false});
    for (const bool second : {false, true}) {
        BOOST_TEST(bench.exchange(second ? i1 : i0, select_mf) == bench.expected(wtx, "03"));
        BOOST_TEST((bench.link.state() == T1State::requesting));
        BOOST_TEST(bench.exchange(wtx_response, "03") == bench.expected(second ? i1 : i0, ok));
    }
    BOOST_TEST(bench.exchange(i0_more, "00 A4") == bench.expected(r1));  // not before an acknowledgement
}

BOOST_AUTO_TEST_CASE(ifsc_is_announced_once_before_the_first_response) {
    T1Bench bench({0, 200, 0, false, false});
    const Bytes too_long(33, 0);
    BOOST_TEST(bench.exchange(i0, too_long) == bench.expected(Pcb::r(false, RBlockError::other)));
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(ifs, "C8"));
    BOOST_TEST(bench.exchange(ifs_response, "C8") == bench.expected(i0, ok));
    BOOST_TEST(static_cast<int>(bench.link.ifsc()) == 200);
    BOOST_TEST(bench.exchange(i1_more, Bytes(200, 0)) == bench.expected(r0));
    BOOST_TEST(bench.exchange(resynch) == bench.expected(Pcb::s_response(SBlock::resynch)));
    BOOST_TEST(static_cast<int>(bench.link.ifsc()) == 32);
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(ifs, "C8"));
}

BOOST_AUTO_TEST_CASE(both_requests_go_one_after_the_other) {
    T1Bench bench({2, 64, 0, false, false});
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(ifs, "40"));
    BOOST_TEST(bench.exchange(ifs_response, "40") == bench.expected(wtx, "02"));
    BOOST_TEST(bench.exchange(wtx_response, "02") == bench.expected(i0, ok));
}

// ISO/IEC 7816-3 clause 11.6.3.2
BOOST_AUTO_TEST_CASE(request_is_sent_again_until_it_is_confirmed_with_its_type_and_value) {
    T1Bench bench({3, 0, 0, false, false});
    const std::string request = bench.exchange(i0, select_mf);
    BOOST_TEST(bench.exchange(r0) == request);
    BOOST_TEST(bench.exchange(Pcb::r(true, RBlockError::other)) == request);
    BOOST_TEST(bench.exchange(wtx_response, "02") == request);
    BOOST_TEST(bench.exchange(ifs_response, "03") == request);
    BOOST_TEST(bench.exchange(abort_response) == request);
    BOOST_TEST(bench.exchange(i1, select_mf) == request);
    BOOST_TEST(bench.exchange(ifs, "20") == request);
    Bytes damaged = block(wtx_response, fakes::hex("03"));
    damaged.back() ^= 1;
    BOOST_TEST(to_hex(bench.CardBench::exchange(bench.link, damaged)) == request);
    BOOST_TEST(bench.exchange(wtx_response, "03") == bench.expected(i0, ok));
    BOOST_TEST(bench.exchange(wtx_response, "03") == bench.expected(Pcb::r(true, RBlockError::other)));
}

BOOST_AUTO_TEST_CASE(nth_block_has_a_wrong_edc_unless_it_is_sent_again) {
    T1Bench bench({0, 0, 2, false, false});
    Bytes bad = block(i1, ok);
    bad.back() ^= 1;
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(i0, ok));
    BOOST_TEST(bench.exchange(i1, select_mf) == to_hex(bad));
    BOOST_TEST(bench.exchange(Pcb::r(true, RBlockError::edc_or_parity)) == bench.expected(i1, ok));
    BOOST_TEST(bench.exchange(Pcb::r(true, RBlockError::edc_or_parity)) == bench.expected(i1, ok));
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(i0, ok));
}

BOOST_AUTO_TEST_CASE(wrong_sequence_is_in_every_i_block_and_in_no_other) {
    T1Bench bench({0, 0, 0, true, false});
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(i1, ok));
    BOOST_TEST(bench.exchange(r0) == bench.expected(i1, ok));
    BOOST_TEST(bench.exchange(i1_more, "00") == bench.expected(r0));
}

BOOST_AUTO_TEST_CASE(card_without_resynch_says_nothing_and_keeps_its_numbers) {
    T1Bench bench({0, 0, 0, false, true});
    bench.exchange(i0, select_mf);
    BOOST_TEST(bench.exchange(resynch).empty());
    BOOST_TEST(bench.exchange(i1, select_mf) == bench.expected(i1, ok));
}

// ISO/IEC 7816-3 clauses 11.3.1, 11.3.2.1, 11.3.2.2, 11.3.3, 11.3.4
BOOST_AUTO_TEST_CASE(each_deviation_damages_one_block_in_its_own_way) {
    for (const EdcKind edc : {EdcKind::lrc, EdcKind::crc}) {
        const Bytes right = block(i0, ok, edc);
        Bytes bad_edc = right;
        bad_edc.back() ^= 1;
        BOOST_TEST(select_with(Kind::bad_edc, edc) == bad_edc, per_element());
        BOOST_TEST(select_with(Kind::wrong_sequence, edc) == block(i1, ok, edc), per_element());
        BOOST_TEST(select_with(Kind::bad_pcb, edc) == block(Pcb{0xA0}, ok, edc), per_element());
        Bytes bad_len = right;
        bad_len[2] = 0xFF;
        BOOST_TEST(select_with(Kind::bad_len, edc) == bad_len, per_element());
        const Bytes bad_nad = select_with(Kind::bad_nad, edc);
        BOOST_TEST_REQUIRE(bad_nad.size() == right.size());
        BOOST_TEST(to_hex(ByteView(bad_nad).first(1)) == "10");
        BOOST_TEST(iso7816::BlockT1::parse(bad_nad, edc).has_value());
        BOOST_TEST(select_with(Kind::lost_block, edc).empty());
    }
}

BOOST_AUTO_TEST_CASE(node_addresses_are_not_exchanged_in_a_deviating_block) {
    T1Bench bench;
    bench.deviations = {{Kind::bad_nad, 1, 1, 0}};
    Bytes request = fakes::hex("12 00 04 00 A4 00 0C");
    request.push_back(iso7816::lrc(request));
    BOOST_TEST(to_hex(ByteView(bench.CardBench::exchange(bench.link, request)).first(1)) == "12");
}

BOOST_AUTO_TEST_CASE(deviation_counts_blocks_and_lasts_for_as_many_in_a_row) {
    T1Bench bench;
    bench.deviations = {{Kind::lost_block, 2, 2, 0}};
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(i0, ok));
    BOOST_TEST(bench.exchange(i1, select_mf).empty());
    BOOST_TEST(bench.deviations.size() == 1U);
    BOOST_TEST(bench.exchange(r1).empty());  // the first repetition is lost as well
    BOOST_TEST(bench.deviations.empty());
    BOOST_TEST(bench.exchange(r1) == bench.expected(i1, ok));
}

BOOST_AUTO_TEST_CASE(requests_can_be_planned_before_a_response_or_an_acknowledgement) {
    T1Bench bench;
    bench.deviations = {{Kind::wtx, 1, 2, 5}, {Kind::ifs, 4, 1, 16}};
    BOOST_TEST(bench.exchange(i0_more, "00 A4") == bench.expected(wtx, "05"));
    BOOST_TEST(bench.exchange(wtx_response, "05") == bench.expected(wtx, "05"));
    BOOST_TEST(bench.exchange(wtx_response, "05") == bench.expected(r1));
    BOOST_TEST(bench.exchange(i1, "00 0C") == bench.expected(ifs, "10"));
    BOOST_TEST(bench.exchange(ifs_response, "10") == bench.expected(i0, ok));
    BOOST_TEST(static_cast<int>(bench.link.ifsc()) == 16);
    BOOST_TEST(bench.deviations.empty());
}

BOOST_AUTO_TEST_CASE(planned_request_waits_for_a_block_that_it_can_go_before) {
    T1Bench bench;
    bench.deviations = {{Kind::wtx, 1, 1, 5}, {Kind::wrong_sequence, 1, 1, 0}};
    BOOST_TEST(bench.exchange(ifs, "20") == bench.expected(ifs_response, "20"));
    BOOST_TEST(bench.deviations.size() == 2U);
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(wtx, "05"));
    BOOST_TEST(bench.exchange(wtx_response, "05") == bench.expected(i1, ok));
    BOOST_TEST(bench.deviations.empty());
}

BOOST_AUTO_TEST_CASE(card_aborts_the_readers_chain) {
    T1Bench bench;
    bench.deviations = {{Kind::abort, 1, 1, 0}};
    BOOST_TEST(bench.exchange(i0_more, "00 A4") == bench.expected(abort_request));
    BOOST_TEST(bench.exchange(abort_response) == bench.expected(r1));
    BOOST_TEST(bench.session.t1.command.empty());
    BOOST_TEST(bench.exchange(i1, select_mf) == bench.expected(i0, ok));
    BOOST_TEST(bench.log.entries().size() == 2U);  // S(ABORT response) and one command
}

BOOST_AUTO_TEST_CASE(card_aborts_its_own_chain_and_the_block_that_it_did_not_send_has_no_number) {
    T1Bench bench;
    bench.session.t1.ifsd = 4;
    bench.deviations = {{Kind::abort, 1, 1, 0}};
    BOOST_TEST(bench.exchange(i0, "00 B0 00 00 0A") == bench.expected(i0_more, "30 31 32 33"));  // no chain yet
    BOOST_TEST(bench.exchange(r1) == bench.expected(abort_request));
    BOOST_TEST(bench.exchange(abort_response) == bench.expected(r1));
    BOOST_TEST((bench.link.state() == T1State::idle));
    BOOST_TEST(bench.exchange(i1, select_mf) == bench.expected(i1, ok));
}

BOOST_AUTO_TEST_CASE(card_aborts_a_command_that_is_longer_than_any) {
    T1Bench bench;
    bench.session.t1.command.resize(T1Card::max_command - 1);
    BOOST_TEST(bench.exchange(i0_more, "00") == bench.expected(r1));
    BOOST_TEST(bench.exchange(i1_more, "00") == bench.expected(abort_request));
    BOOST_TEST(bench.exchange(abort_response) == bench.expected(r0));
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(i0, ok));
}

BOOST_AUTO_TEST_CASE(reader_that_asks_again_after_a_lost_command_gets_no_old_response) {
    T1Bench bench;
    bench.exchange(i0, select_mf);
    BOOST_TEST(bench.exchange(Pcb::r(true, RBlockError::other)) == bench.expected(Pcb::r(true, RBlockError::other)));
    BOOST_TEST(bench.exchange(i1, select_mf) == bench.expected(i1, ok));
}

BOOST_AUTO_TEST_CASE(response_is_sent_again_though_the_readers_first_r_block_was_damaged) {
    T1Bench bench;
    bench.exchange(i0, select_mf);
    Bytes damaged = block(Pcb::r(false, RBlockError::edc_or_parity));
    damaged.back() ^= 1;
    BOOST_TEST(to_hex(bench.CardBench::exchange(bench.link, damaged)) ==
               bench.expected(Pcb::r(true, RBlockError::edc_or_parity)));
    BOOST_TEST(bench.exchange(Pcb::r(false, RBlockError::other)) == bench.expected(i0, ok));
}

// ISO/IEC 7816-3 clause 11.4.3
BOOST_AUTO_TEST_CASE(block_that_stops_in_the_middle_is_refused_when_cwt_is_over) {
    T1Bench bench;
    bench.CardBench::exchange(bench.link, fakes::hex("00 00 04 00 A4"));
    const ClockCycles last = bench.now;
    bench.link.hear_nothing(last + bench.timing.character_waiting, bench.parts());
    BOOST_TEST(bench.output.empty());
    bench.link.hear_nothing(last + bench.timing.character_waiting + ClockCycles{1}, bench.parts());
    BOOST_TEST(to_hex(bench.sent()) == bench.expected(Pcb::r(false, RBlockError::other)));
    BOOST_TEST((bench.now > last + bench.timing.character_waiting));
    BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(i0, ok));
    bench.link.hear_nothing(bench.now + bench.timing.block_waiting, bench.parts());
    BOOST_TEST(bench.output.empty());  // no block has begun
}

BOOST_AUTO_TEST_CASE(block_with_a_damaged_character_is_read_to_its_end_and_refused) {
    for (std::size_t at = 0; at < 8; ++at) {
        T1Bench bench;
        const Bytes request = block(i0, fakes::hex(select_mf));
        for (std::size_t i = 0; i < request.size(); ++i) {
            BOOST_TEST(bench.output.empty());
            bench.now += bench.timing.guard_time;
            if (i == at) {
                bench.link.receive_damaged(bench.now, bench.parts());
            } else {
                bench.link.receive(request[i], bench.now, bench.parts());
            }
        }
        bench.link.hear_nothing(bench.now + bench.timing.block_waiting, bench.parts());  // LEN was the one
        BOOST_TEST(to_hex(bench.sent()) == bench.expected(Pcb::r(false, RBlockError::edc_or_parity)));
        BOOST_TEST(bench.exchange(i0, select_mf) == bench.expected(i0, ok));
    }
}

BOOST_AUTO_TEST_CASE(response_is_in_the_log_once_however_often_it_is_sent) {
    CardDriver driver(fakes::t1_only());
    driver.cold_reset();
    driver.story();
    driver.card.plan({Kind::bad_edc, 1, 1, 0});
    driver.exchange(block(i0, fakes::hex(select_mf)));
    driver.exchange(block(Pcb::r(false, RBlockError::edc_or_parity)));
    driver.exchange(block(Pcb::r(false, RBlockError::edc_or_parity)));
    driver.card.plan({Kind::lost_block, 1, 1, 0});
    driver.exchange(block(i1, fakes::hex(select_mf)));
    driver.exchange(block(Pcb::r(true, RBlockError::other)));
    const std::vector<std::string> expected{"command 00 A4 00 0C", "response 90 00", "command 00 A4 00 0C",
                                            "response 90 00"};
    BOOST_TEST(driver.story() == expected, per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
