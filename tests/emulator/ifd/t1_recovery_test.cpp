#include <boost/test/unit_test.hpp>

#include "emulator/ifd/t1_ifd.h"
#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/ifd/machine_case.h"

namespace scardlab::tests {

namespace {

using ifd::IfdCode;
using ifd::Step;
using ifd::T1Ifd;
using ifd::T1Link;
using ifd::T1State;
using iso7816::Pcb;
using iso7816::RBlockError;
using iso7816::SBlock;

const Pcb i0 = Pcb::i(false, false);
const Pcb i0_more = Pcb::i(false, true);
const Pcb i1_more = Pcb::i(true, true);
const Bytes ok = fakes::hex("90 00");
const Bytes damaged_request = block(Pcb::r(false, RBlockError::edc_or_parity));
const Bytes other_request = block(Pcb::r(false, RBlockError::other));

struct T1Bench {
    T1Bench() : timing(iso7816::timing_for(fakes::t1_only().cold_atr, {})) {}

    Step start() { return machine.start_command(command, response); }
    Step hears(ByteView characters) { return feed(machine, characters); }
    Step hears(Pcb pcb, ByteView inf = {}) { return hears(block(pcb, inf)); }

    T1Link link;
    iso7816::Timing timing;
    T1Ifd machine{link, timing};
    Bytes command = fakes::hex("00 A4 00 0C");
    Bytes response;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_t1_recovery)

// ISO/IEC 7816-3 clauses 11.4.3, 11.6.3.2
BOOST_AUTO_TEST_CASE(block_with_a_character_that_cannot_be_read_is_read_to_its_end_and_asked_for_again) {
    const Bytes answer = block(i0, ok);
    for (std::size_t at = 0; at < answer.size(); ++at) {
        T1Bench bench;
        bench.start();
        Step step;
        for (std::size_t i = 0; i < answer.size(); ++i) {
            step = i == at ? bench.machine.on_damaged() : bench.machine.on_character(answer[i]);
            if (i + 1 < answer.size()) {
                BOOST_TEST((step.wait == bench.timing.character_waiting));
                BOOST_TEST(step.send.empty());
            }
        }
        if (at == 2) {  // LEN: only silence tells where the block ends
            BOOST_TEST(step.send.empty());
            step = bench.machine.on_timeout();
        }
        BOOST_TEST(to_hex(step.send) == to_hex(damaged_request));
        BOOST_TEST((step.wait == bench.timing.block_waiting));
        BOOST_TEST((bench.hears(answer).kind == Step::Kind::done));
        BOOST_TEST(to_hex(bench.response) == "90 00");
    }
}

BOOST_AUTO_TEST_CASE(block_that_stops_in_the_middle_is_asked_for_again) {
    T1Bench bench;
    bench.start();
    bench.hears(fakes::hex("00 00 02 90"));
    BOOST_TEST(to_hex(bench.machine.on_timeout().send) == to_hex(other_request));
    BOOST_TEST((bench.hears(i0, ok).kind == Step::Kind::done));
}

// ISO/IEC 7816-3 clause 11.4.2
BOOST_AUTO_TEST_CASE(block_longer_than_ifsd_is_refused) {
    T1Bench bench;
    bench.start();
    BOOST_TEST(to_hex(bench.hears(i0, Bytes(33, 0)).send) == to_hex(other_request));
    BOOST_TEST((bench.hears(i0, Bytes(32, 0)).kind == Step::Kind::done));
    bench.machine.start_ifs(254);
    bench.hears(Pcb::s_response(SBlock::ifs), fakes::hex("FE"));
    bench.start();
    BOOST_TEST((bench.hears(Pcb::i(true, false), Bytes(254, 0)).kind == Step::Kind::done));
}

// ISO/IEC 7816-3 clause 11.3.2.1
BOOST_AUTO_TEST_CASE(block_from_or_to_another_node_is_refused) {
    for (const std::uint8_t nad : Bytes{0x01, 0x10, 0x12, 0xFF}) {
        T1Bench bench;
        bench.start();
        iso7816::BlockT1::Encoded encoded;
        iso7816::BlockT1{nad, i0, ok}.encode(iso7816::EdcKind::lrc, encoded);
        BOOST_TEST(to_hex(bench.hears(encoded.view()).send) == to_hex(other_request));
        BOOST_TEST(bench.response.empty());
    }
}

BOOST_AUTO_TEST_CASE(reader_that_hears_something_and_gives_up_resynchronises_and_never_sends_the_command_again) {
    T1Bench bench;
    bench.link.ifsc = 100;
    bench.start();
    bench.hears(Pcb{0x01});
    bench.machine.on_timeout();
    BOOST_TEST(to_hex(bench.machine.on_timeout().send) == to_hex(block(Pcb::s_request(SBlock::resynch))));
    BOOST_TEST((bench.machine.state() == T1State::recovering));
    BOOST_TEST((bench.hears(Pcb::s_response(SBlock::resynch)).code == IfdCode::communication_error));
    BOOST_TEST(!bench.machine.card_lost());
    BOOST_TEST((!bench.link.send_sequence && !bench.link.expected_sequence && !bench.link.unsure));
    BOOST_TEST(static_cast<int>(bench.link.ifsc) == 32);
    BOOST_TEST(bench.link.announce_ifsd);
}

BOOST_AUTO_TEST_CASE(resynchronisation_has_three_tries_and_what_it_is_answered_otherwise_counts_as_one) {
    T1Bench bench;
    bench.start();
    for (unsigned i = 0; i < T1Ifd::retries; ++i) {
        bench.hears(Pcb{0x01});
    }
    const std::string request = to_hex(block(Pcb::s_request(SBlock::resynch)));
    BOOST_TEST(to_hex(bench.hears(Pcb{0x01}).send) == request);
    BOOST_TEST(to_hex(bench.hears(Pcb::s_response(SBlock::ifs), fakes::hex("20")).send) == request);
    BOOST_TEST(to_hex(bench.hears(i0, ok).send) == request);
    BOOST_TEST((bench.machine.on_timeout().code == IfdCode::communication_error));
    BOOST_TEST(bench.machine.card_lost());
    bench.start();
    BOOST_TEST(!bench.machine.card_lost());
}

BOOST_AUTO_TEST_CASE(resynchronisation_to_begin_with_that_meets_silence_loses_no_card) {
    T1Bench silent;
    silent.machine.start_resynch();
    for (unsigned i = 0; i < T1Ifd::retries; ++i) {
        silent.machine.on_timeout();
    }
    BOOST_TEST((silent.machine.on_timeout().code == IfdCode::response_timeout));
    BOOST_TEST(!silent.machine.card_lost());

    T1Bench noisy;
    noisy.machine.start_resynch();
    for (unsigned i = 0; i < T1Ifd::retries; ++i) {
        noisy.hears(Pcb{0x01});
    }
    BOOST_TEST((noisy.hears(Pcb{0x01}).code == IfdCode::communication_error));
    BOOST_TEST(noisy.machine.card_lost());
}

BOOST_AUTO_TEST_CASE(empty_blocks_of_a_chain_without_end_are_ended_by_a_resynchronisation) {
    T1Bench bench;
    bench.start();
    bool odd = false;
    for (unsigned i = 0; i < T1Ifd::max_stalls; ++i, odd = !odd) {
        bench.hears(odd ? i1_more : i0_more);
    }
    BOOST_TEST((bench.machine.state() == T1State::receiving_chain));
    bench.hears(odd ? i1_more : i0_more);
    BOOST_TEST((bench.machine.state() == T1State::recovering));
}

BOOST_AUTO_TEST_CASE(longest_response_is_taken_and_a_longer_one_aborted) {
    T1Bench bench;
    bench.start();
    bench.response.resize(T1Ifd::max_response - 4);
    bench.hears(i0_more, ok);
    BOOST_TEST((bench.machine.state() == T1State::receiving_chain));
    bench.hears(i1_more, ok);
    BOOST_TEST((bench.machine.state() == T1State::receiving_chain));
    BOOST_TEST(to_hex(bench.hears(i0_more, fakes::hex("00")).send) == to_hex(block(Pcb::s_request(SBlock::abort))));
    BOOST_TEST((bench.hears(Pcb::s_response(SBlock::abort)).code == IfdCode::communication_error));
}

BOOST_AUTO_TEST_CASE(characters_and_silence_after_the_end_fail) {
    T1Bench bench;
    bench.start();
    bench.hears(i0, ok);
    BOOST_TEST((bench.machine.on_character(0).kind == Step::Kind::failed));
    BOOST_TEST((bench.machine.on_damaged().kind == Step::Kind::failed));
    BOOST_TEST((bench.machine.on_timeout().kind == Step::Kind::failed));
    BOOST_TEST((bench.machine.state() == T1State::complete));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
