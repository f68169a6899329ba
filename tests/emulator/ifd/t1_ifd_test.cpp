#include "emulator/ifd/t1_ifd.h"

#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/ifd/machine_case.h"

namespace scardlab::tests {

namespace {

using ifd::IfdCode;
using ifd::Step;
using ifd::T1Ifd;
using ifd::T1Input;
using ifd::T1Link;
using ifd::T1State;
using iso7816::EdcKind;
using iso7816::Pcb;
using iso7816::RBlockError;
using iso7816::SBlock;

const Pcb i0 = Pcb::i(false, false);
const Pcb i1 = Pcb::i(true, false);
const Pcb i0_more = Pcb::i(false, true);
const Pcb i1_more = Pcb::i(true, true);
const Pcb r0 = Pcb::r(false, RBlockError::none);
const Pcb r1 = Pcb::r(true, RBlockError::none);
const Bytes ok = fakes::hex("90 00");

struct T1Bench {
    explicit T1Bench(std::uint8_t ifsc = 32, EdcKind edc = EdcKind::lrc)
        : link{false, false, ifsc, edc}, timing(iso7816::timing_for(fakes::t1_only().cold_atr, {})) {}

    Step start(std::size_t size) {
        command = fakes::counting(size);
        return machine.start_command(command, response);
    }
    Step hears(ByteView characters) { return feed(machine, characters); }
    Step hears(Pcb pcb, ByteView inf = {}) { return hears(block(pcb, inf, link.edc)); }
    /// The bytes of what the machine should say.
    std::string says(Pcb pcb, ByteView inf = {}) const { return to_hex(block(pcb, inf, link.edc)); }
    ByteView part(std::size_t offset, std::size_t size) const { return ByteView(command).subspan(offset, size); }

    T1Link link;
    iso7816::Timing timing;
    T1Ifd machine{link, timing};
    Bytes command;
    Bytes response;
};

void reach(T1State state, T1Bench& bench) {
    switch (state) {
        case T1State::awaiting_acknowledgement:
            bench.start(90);
            break;
        case T1State::awaiting_response:
            bench.start(5);
            break;
        case T1State::receiving_chain:
            bench.start(5);
            bench.hears(i0_more, fakes::hex("01"));
            break;
        case T1State::awaiting_ifs:
            bench.machine.start_ifs(254);
            break;
        case T1State::awaiting_resynch:
            bench.machine.start_resynch();
            break;
        case T1State::recovering:
            bench.start(5);
            for (unsigned i = 0; i <= T1Ifd::retries; ++i) {
                bench.hears(Pcb{0x01});
            }
            break;
        case T1State::awaiting_abort:
            bench.start(5);
            bench.hears(i0_more, fakes::hex("01"));
            bench.response.resize(T1Ifd::max_response);
            bench.hears(i1_more, fakes::hex("01"));
            break;
        case T1State::aborted:
            bench.start(90);
            bench.hears(Pcb::s_request(SBlock::abort));
            break;
        default:
            break;
    }
}

void act(T1Input input, T1Bench& bench) {
    const bool idle = bench.machine.state() == T1State::idle;
    const bool chain = bench.machine.state() == T1State::receiving_chain;
    switch (input) {
        case T1Input::send_more:
            if (idle) {
                bench.start(90);
            } else {
                bench.hears(r1);
            }
            break;
        case T1Input::send_last:
            if (idle) {
                bench.start(32);
            } else {
                bench.hears(r1);
                bench.hears(r0);
            }
            break;
        case T1Input::receive_more:
            bench.hears(chain ? i1_more : i0_more, fakes::hex("01"));
            break;
        case T1Input::receive_last:
            bench.hears(chain ? i1 : i0, ok);
            break;
        case T1Input::send_ifs:
            bench.machine.start_ifs(254);
            break;
        case T1Input::ifs_confirmed:
            bench.hears(Pcb::s_response(SBlock::ifs), fakes::hex("FE"));
            break;
        case T1Input::send_resynch:
            bench.machine.start_resynch();
            break;
        case T1Input::resynch_confirmed:
            bench.hears(Pcb::s_response(SBlock::resynch));
            break;
        case T1Input::send_abort:
            bench.response.resize(T1Ifd::max_response);
            bench.hears(i1_more, fakes::hex("01"));
            bench.hears(r0);  // not what it waits for
            break;
        case T1Input::abort_confirmed:
            bench.hears(Pcb::s_response(SBlock::abort));
            break;
        case T1Input::last_word:
            bench.hears(r1);
            break;
        case T1Input::resynchronise:
            for (unsigned i = 0; i <= T1Ifd::retries; ++i) {
                bench.hears(Pcb{0x01});
            }
            break;
        case T1Input::card_request:
            bench.hears(Pcb::s_request(SBlock::wtx), fakes::hex("02"));
            break;
        case T1Input::abort:
            bench.hears(Pcb::s_request(SBlock::abort));
            break;
        case T1Input::retry:
            bench.machine.on_timeout();
            break;
        case T1Input::give_up:
            for (unsigned i = 0; i <= T1Ifd::retries; ++i) {
                bench.machine.on_timeout();
            }
            break;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_t1_ifd)

BOOST_AUTO_TEST_CASE(table_walked_over_every_state_and_input) {
    check_table(ifd::t1_ifd_transitions(), ifd::t1_state_count, ifd::t1_input_count, 39, T1State::idle,
                [](T1State s, T1Input i) { return ifd::next(s, i); });
}

// ISO/IEC 7816-3 clauses 11.6.2.1, 11.6.2.2, 11.6.2.3, 11.6.3.2
BOOST_AUTO_TEST_CASE(every_row_is_what_the_machine_does) {
    for (const auto& row : ifd::t1_ifd_transitions()) {
        BOOST_TEST_CONTEXT("state " << number(row.from) << ", input " << number(row.on)) {
            T1Bench bench;
            reach(row.from, bench);
            BOOST_TEST((bench.machine.state() == row.from));
            act(row.on, bench);
            BOOST_TEST((bench.machine.state() == row.to));
        }
    }
}

BOOST_AUTO_TEST_CASE(short_exchange_is_one_block_each_way) {
    T1Bench bench;
    const Step first = bench.start(5);
    BOOST_TEST(to_hex(first.send) == bench.says(i0, bench.command));
    BOOST_TEST((first.wait == bench.timing.block_waiting));
    const Bytes answer = block(i0, ok);
    const Step middle = bench.hears(ByteView(answer).first(1));
    BOOST_TEST((middle.wait == bench.timing.character_waiting));
    BOOST_TEST((bench.hears(ByteView(answer).subspan(1)).kind == Step::Kind::done));
    BOOST_TEST(to_hex(bench.response) == "90 00");
    const Step second = bench.start(5);
    BOOST_TEST(to_hex(second.send) == bench.says(i1, bench.command));
}

BOOST_AUTO_TEST_CASE(long_command_is_chained_in_blocks_of_ifsc) {
    T1Bench bench;
    const Step first = bench.start(70);
    BOOST_TEST(to_hex(first.send) == bench.says(i0_more, bench.part(0, 32)));
    BOOST_TEST(to_hex(bench.hears(r1).send) == bench.says(i1_more, bench.part(32, 32)));
    BOOST_TEST(to_hex(bench.hears(r0).send) == bench.says(i0, bench.part(64, 6)));
    BOOST_TEST((bench.hears(i0, ok).kind == Step::Kind::done));
}

BOOST_AUTO_TEST_CASE(command_of_exactly_ifsc_bytes_is_one_block) {
    T1Bench bench;
    const Step only = bench.start(32);
    BOOST_TEST(to_hex(only.send) == bench.says(i0, bench.command));
    T1Bench two;
    two.start(64);
    BOOST_TEST(to_hex(two.hears(r1).send) == two.says(i1, two.part(32, 32)));
}

BOOST_AUTO_TEST_CASE(chained_response_is_acknowledged_and_put_together) {
    T1Bench bench;
    bench.start(5);
    BOOST_TEST(to_hex(bench.hears(i0_more, fakes::hex("01 02")).send) == bench.says(r1));
    BOOST_TEST(to_hex(bench.hears(i1_more, fakes::hex("03")).send) == bench.says(r0));
    BOOST_TEST((bench.hears(i0, fakes::hex("04 90 00")).kind == Step::Kind::done));
    BOOST_TEST(to_hex(bench.response) == "01 02 03 04 90 00");
}

BOOST_AUTO_TEST_CASE(r_block_asking_again_gets_the_last_block_again) {
    T1Bench bench;
    const std::string first = to_hex(bench.start(70).send);
    BOOST_TEST(to_hex(bench.hears(Pcb::r(false, RBlockError::edc_or_parity)).send) == first);
    const std::string second = to_hex(bench.hears(r1).send);
    BOOST_TEST(second == bench.says(i1_more, bench.part(32, 32)));
    BOOST_TEST(to_hex(bench.hears(r1).send) == second);
    BOOST_TEST(to_hex(bench.hears(r0).send) == bench.says(i0, bench.part(64, 6)));
}

BOOST_AUTO_TEST_CASE(acknowledgement_is_sent_again_on_request) {
    T1Bench bench;
    bench.start(5);
    const std::string acknowledgement = to_hex(bench.hears(i0_more, fakes::hex("01 02")).send);
    BOOST_TEST(to_hex(bench.hears(Pcb::r(false, RBlockError::other)).send) == acknowledgement);
    BOOST_TEST((bench.hears(i1, ok).kind == Step::Kind::done));
    BOOST_TEST(to_hex(bench.response) == "01 02 90 00");
}

BOOST_AUTO_TEST_CASE(damaged_block_is_asked_for_again) {
    T1Bench bench;
    bench.start(5);
    Bytes bad = block(i0, ok);
    bad.back() ^= 1;
    BOOST_TEST(to_hex(bench.hears(bad).send) == bench.says(Pcb::r(false, RBlockError::edc_or_parity)));
    BOOST_TEST((bench.hears(i0, ok).kind == Step::Kind::done));
    BOOST_TEST(to_hex(bench.response) == "90 00");
}

BOOST_AUTO_TEST_CASE(wrong_sequence_number_reserved_pcb_and_stray_responses_are_asked_for_again) {
    const std::string other = T1Bench{}.says(Pcb::r(false, RBlockError::other));
    const Bytes blocks[] = {block(i1, ok),
                            block(Pcb{0x01}),
                            block(Pcb::s_response(SBlock::wtx), fakes::hex("01")),
                            block(Pcb::s_request(SBlock::resynch)),
                            block(Pcb::s_request(SBlock::ifs)),
                            block(Pcb::s_request(SBlock::ifs), fakes::hex("FF")),
                            block(Pcb::s_request(SBlock::wtx), fakes::hex("00"))};
    for (const Bytes& wrong : blocks) {
        BOOST_TEST_CONTEXT(to_hex(wrong)) {
            T1Bench bench;
            bench.start(5);
            BOOST_TEST(to_hex(bench.hears(wrong).send) == other);
            BOOST_TEST((bench.hears(i0, ok).kind == Step::Kind::done));
            BOOST_TEST(to_hex(bench.response) == "90 00");
        }
    }
}

BOOST_AUTO_TEST_CASE(reserved_length_is_read_to_the_longest_block_and_asked_for_again) {
    T1Bench bench;
    bench.start(5);
    Bytes bad(3 + 254 + 1, 0);
    bad[2] = 0xFF;
    BOOST_TEST(to_hex(bench.hears(bad).send) == bench.says(Pcb::r(false, RBlockError::other)));
}

BOOST_AUTO_TEST_CASE(silence_ends_the_exchange_after_the_retries) {
    T1Bench bench;
    bench.start(5);
    for (unsigned i = 0; i < T1Ifd::retries; ++i) {
        BOOST_TEST(to_hex(bench.machine.on_timeout().send) == bench.says(Pcb::r(false, RBlockError::other)));
    }
    BOOST_TEST((bench.machine.on_timeout().code == IfdCode::response_timeout));

    BOOST_TEST(bench.link.unsure);
}

BOOST_AUTO_TEST_CASE(progress_gives_the_retries_back) {
    T1Bench bench;
    bench.start(70);
    bench.machine.on_timeout();
    bench.machine.on_timeout();
    bench.hears(r1);
    bench.machine.on_timeout();
    bench.machine.on_timeout();
    BOOST_TEST((bench.machine.state() == T1State::awaiting_acknowledgement));
    bench.hears(r0);
    bench.machine.on_timeout();
    bench.machine.on_timeout();
    bench.hears(Pcb::s_request(SBlock::wtx), fakes::hex("01"));
    bench.machine.on_timeout();
    bench.machine.on_timeout();
    BOOST_TEST((bench.hears(i0, ok).kind == Step::Kind::done));
}

BOOST_AUTO_TEST_CASE(waiting_time_extension_is_confirmed_and_multiplies_bwt_once) {
    T1Bench bench;
    bench.start(5);
    const Step step = bench.hears(Pcb::s_request(SBlock::wtx), fakes::hex("03"));
    BOOST_TEST(to_hex(step.send) == bench.says(Pcb::s_response(SBlock::wtx), fakes::hex("03")));
    BOOST_TEST(step.wait.count == 3 * bench.timing.block_waiting.count);
    const Step more = bench.hears(i0_more, fakes::hex("01"));
    BOOST_TEST((more.wait == bench.timing.block_waiting));
}

BOOST_AUTO_TEST_CASE(card_may_change_ifsc_in_the_middle_of_a_chain) {
    T1Bench bench;
    bench.start(70);
    const Step step = bench.hears(Pcb::s_request(SBlock::ifs), fakes::hex("10"));
    BOOST_TEST(to_hex(step.send) == bench.says(Pcb::s_response(SBlock::ifs), fakes::hex("10")));
    BOOST_TEST(to_hex(bench.hears(r1).send) == bench.says(i1_more, bench.part(32, 16)));
}

BOOST_AUTO_TEST_CASE(abort_is_confirmed_and_ends_the_exchange) {
    T1Bench bench;
    bench.start(70);
    const Step step = bench.hears(Pcb::s_request(SBlock::abort));
    BOOST_TEST(to_hex(step.send) == bench.says(Pcb::s_response(SBlock::abort)));
    BOOST_TEST((bench.hears(r1).code == IfdCode::communication_error));
    BOOST_TEST((bench.machine.state() == T1State::failed));

    T1Bench silent;
    silent.start(70);
    silent.hears(Pcb::s_request(SBlock::abort));
    BOOST_TEST((silent.machine.on_timeout().code == IfdCode::communication_error));
}

BOOST_AUTO_TEST_CASE(s_requests_are_repeated_until_confirmed_with_the_same_value) {
    T1Bench bench;
    const std::string request = to_hex(bench.machine.start_ifs(254).send);
    BOOST_TEST(request == bench.says(Pcb::s_request(SBlock::ifs), fakes::hex("FE")));
    BOOST_TEST(to_hex(bench.hears(Pcb::s_response(SBlock::ifs), fakes::hex("20")).send) == request);
    BOOST_TEST(to_hex(bench.hears(r0).send) == request);
    BOOST_TEST((bench.hears(Pcb::s_response(SBlock::ifs), fakes::hex("FE")).kind == Step::Kind::done));
    const Step next = bench.start(5);
    BOOST_TEST(to_hex(next.send) == bench.says(i0, bench.command));  // numbers are as before
}

BOOST_AUTO_TEST_CASE(abort_request_while_waiting_for_a_confirmation_is_not_taken) {
    T1Bench bench;
    const std::string request = to_hex(bench.machine.start_ifs(254).send);
    BOOST_TEST(to_hex(bench.hears(Pcb::s_request(SBlock::abort)).send) == request);
    BOOST_TEST((bench.machine.state() == T1State::awaiting_ifs));
}

BOOST_AUTO_TEST_CASE(resynchronisation_starts_both_numbers_at_zero) {
    T1Bench bench;
    bench.start(5);
    bench.hears(i0, ok);
    BOOST_TEST((bench.link.send_sequence && bench.link.expected_sequence));
    BOOST_TEST(to_hex(bench.machine.start_resynch().send) == bench.says(Pcb::s_request(SBlock::resynch)));
    BOOST_TEST((bench.hears(Pcb::s_response(SBlock::resynch)).kind == Step::Kind::done));
    BOOST_TEST((!bench.link.send_sequence && !bench.link.expected_sequence));
}

BOOST_AUTO_TEST_CASE(crc_blocks_are_made_and_checked) {
    T1Bench bench(32, EdcKind::crc);
    const Step first = bench.start(5);
    BOOST_TEST(to_hex(first.send) == bench.says(i0, bench.command));
    Bytes bad = block(i0, ok, EdcKind::crc);
    bad.back() ^= 1;
    BOOST_TEST(to_hex(bench.hears(bad).send) == bench.says(Pcb::r(false, RBlockError::edc_or_parity)));
    BOOST_TEST((bench.hears(i0, ok).kind == Step::Kind::done));
}

// ISO/IEC 7816-3 clause 11.6.2.2
BOOST_AUTO_TEST_CASE(acknowledgement_of_a_block_ends_the_row_of_requests_of_the_card) {
    T1Bench bench;
    bench.start(90);
    for (const Pcb& acknowledgement : {r1, r0}) {
        for (unsigned i = 0; i < T1Ifd::max_stalls; ++i) {
            bench.hears(Pcb::s_request(SBlock::wtx), fakes::hex("01"));
        }
        bench.hears(acknowledgement);
    }
    BOOST_TEST((bench.machine.state() == T1State::awaiting_response));
    BOOST_TEST((bench.hears(i0, ok).kind == Step::Kind::done));
    BOOST_TEST(bench.response == ok, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
