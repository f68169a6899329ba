#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "emulator/icc/interpreter.h"
#include "tests/emulator/icc/command_generator.h"
#include "tests/emulator/ifd/reader_bench.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

using iso7816::CommandApdu;
using Do = Fault::Do;

/// What can happen to the line, or to the card in that exchange. A wrong number in an R-block tells of a chain what is
/// not so, which T=1 cannot notice; without chains it is noticed.
std::vector<Do> what_can_happen(Fault::At at, Protocol protocol, bool chains) {
    std::vector<Do> what{Do::remove, Do::stay_mute, Do::parity_error, Do::parity_error, Do::early, Do::late};
    std::vector<Do> of_card;
    if (at == Fault::At::next_reset) {
        of_card = {Do::bad_ts, Do::bad_tck, Do::too_long};
    } else if (at == Fault::At::next_pps) {
        of_card = {Do::refuse, Do::garble, Do::without_pps1};
    } else if (protocol == Protocol::t0) {
        of_card = {Do::null_bytes, Do::wrong_procedure_byte, Do::one_byte};
    } else {
        of_card = {Do::bad_edc, Do::bad_pcb, Do::bad_len, Do::bad_nad, Do::lost_block, Do::wtx, Do::ifs, Do::abort};
        if (!chains) {
            of_card.push_back(Do::wrong_sequence);
        }
    }
    what.insert(what.end(), of_card.begin(), of_card.end());
    return what;
}

Fault any_fault(Protocol protocol, bool chains) {
    Fault fault;
    fault.at = *rc::gen::weightedElement<Fault::At>(
        {{8, Fault::At::command}, {1, Fault::At::next_reset}, {1, Fault::At::next_pps}});
    fault.what = *rc::gen::elementOf(what_can_happen(fault.at, protocol, chains));
    fault.character = *rc::gen::oneOf(rc::gen::inRange(1U, 8U), rc::gen::inRange(1U, 40U), rc::gen::inRange(1U, 300U));
    const bool either = fault.what == Do::remove || fault.what == Do::stay_mute || fault.what == Do::parity_error;
    fault.of_reader = either && *rc::gen::arbitrary<bool>();
    fault.block = *rc::gen::oneOf(rc::gen::just(1U), rc::gen::inRange(1U, 6U));
    fault.times = *rc::gen::inRange(1U, 8U);
    fault.value = *rc::gen::arbitrary<std::uint8_t>();
    return fault;
}

/// None, one or several for this command and the next.
void plan_any(ReaderBench& bench, Protocol protocol, const Bytes& command) {
    const auto count = *rc::gen::inRange(0U, 4U);
    for (unsigned i = 0; i < count; ++i) {
        const bool alone = count == 1 && bench.reader.plans().empty();
        Fault fault = any_fault(protocol, !alone || command.size() > bench.card.profile().cold_atr.ifsc());
        fault.number = alone ? 1 : *rc::gen::inRange(1U, 3U);
        bench.reader.plan(fault);
    }
}

/// Into the reader and reset, however many faults wait for that.
void begin(ReaderBench& bench, Protocol protocol) {
    do {
        if (bench.reader.card() == nullptr) {
            bench.reader.insert(bench.card);
        }
    } while (bench.reset() != IfdCode::success || bench.use(protocol) != IfdCode::success);
    RC_ASSERT(bench.card.session().application == icc::ApplicationSession{});
}

icc::Profile any_card() {
    icc::Profile profile = fakes::command_card();
    profile.cold_atr = *rc::gen::element(profile.cold_atr, fakes::dual_protocol_fast().cold_atr);
    profile.quirks.t0.null_bytes = *rc::gen::element<std::uint8_t>(0, 0, 2);
    profile.quirks.t0.one_byte_at_a_time = *rc::gen::arbitrary<bool>();
    profile.quirks.t1.wtx = *rc::gen::element<std::uint8_t>(0, 0, 3);
    return profile;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_soundness_property)

// ISO/IEC 7816-3 clauses 7.3, 10.2, 10.3.2 and 10.3.3
RC_BOOST_PROP(over_t0_success_is_right_and_failure_leaves_the_old_or_the_new_state_and_no_success_before_a_reset, ()) {
    const icc::Profile profile = any_card();
    ReaderBench bench(profile);
    ReaderBench right(profile);
    begin(bench, Protocol::t0);
    begin(right, Protocol::t0);
    const auto check = [&](const Bytes& command) {
        plan_any(bench, Protocol::t0, command);
        const icc::IccState before = bench.card.state();
        const IfdCode code = bench.transmit(command);
        RC_LOG() << to_hex(command) << ": " << number(code) << '\n';
        RC_ASSERT(right.transmit(command) == IfdCode::success);
        if (code == IfdCode::success) {
            RC_ASSERT(bench.response == right.response);
            RC_ASSERT(bench.card.state() == right.card.state());
            RC_ASSERT(bench.card.session().application == right.card.session().application);
            return;
        }
        RC_ASSERT(bench.response.empty());
        const icc::IccState after = bench.card.state();
        RC_ASSERT(after == before || after == right.card.state());
        for (const char* next : {"00 20 00 01", "00 B0 83 00 05", "00 D6 83 00 05 11 12 13 14 15"}) {
            RC_ASSERT(bench.transmit(next) != IfdCode::success);
            RC_ASSERT(bench.card.state() == after);
        }
        right.card.use_store(nullptr, after);
        begin(bench, Protocol::t0);
        begin(right, Protocol::t0);
    };
    for (const std::uint64_t seed : *histories()) {
        for (const Command& command :
             commands_for(seed, right.card.state(), right.card.session().application, CommandScope::both_protocols)) {
            check(command.encode());
        }
    }
}

// ISO/IEC 7816-3 clauses 11.6.2.3 and 11.6.3.2
RC_BOOST_PROP(over_t1_success_is_right_and_failure_leaves_the_old_or_the_new_state_with_or_without_a_reset, ()) {
    ReaderBench bench(any_card());
    begin(bench, Protocol::t1);
    const auto check = [&](const Bytes& command) {
        plan_any(bench, Protocol::t1, command);
        const icc::IccState before = bench.card.state();
        const icc::ApplicationSession session_before = bench.card.session().application;
        icc::IccState state = before;
        icc::ApplicationSession session = session_before;
        Bytes expected;
        const auto status = icc::execute(CommandApdu::parse(command).value(), {state, nullptr, bench.card.profile()},
                                         session, expected);
        expected.insert(expected.end(), {status.sw1(), status.sw2()});
        const IfdCode code = bench.transmit(command);
        RC_LOG() << to_hex(command) << ": " << number(code) << '\n';
        if (code == IfdCode::success) {
            RC_ASSERT(bench.response == expected);
            RC_ASSERT(bench.card.state() == state);
            RC_ASSERT(bench.card.session().application == session);
            return;
        }
        RC_ASSERT(bench.response.empty());
        const bool lost = !bench.card.powered();
        const auto& now = bench.card.session().application;
        RC_ASSERT((bench.card.state() == before && (lost || now == session_before)) ||
                  (bench.card.state() == state && (lost || now == session)));
        if (lost || *rc::gen::arbitrary<bool>()) {
            begin(bench, Protocol::t1);
        }
    };
    for (const std::uint64_t seed : *histories()) {
        for (const Command& command :
             commands_for(seed, bench.card.state(), bench.card.session().application, CommandScope::any)) {
            check(command.encode());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
