#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/command_generator.h"
#include "tests/emulator/ifd/reader_bench.h"
#include "tests/emulator/ifd/t1_line.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

using F = T1Line::Fault;
using Kind = icc::Deviation::Kind;

/// Faults that the rules of clause 11.6.3.2 repair: at most as many in a row as there are retries, then as many blocks
/// as a repair takes. A wrong number in an R-block is left out: where it follows other damage, it tells the other side
/// something else that is right.
std::map<unsigned, F> recoverable_faults() {
    std::map<unsigned, F> faults;
    unsigned block = 0;
    const auto bursts = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
        rc::gen::pair(rc::gen::inRange(8U, 20U), rc::gen::inRange(1U, 3U)));
    for (const auto& [gap, length] : bursts) {
        block += gap;
        for (unsigned i = 0; i < length; ++i) {
            faults[++block] = *rc::gen::element(F::bad_edc, F::parity, F::wrong_sequence, F::bad_pcb, F::bad_len,
                                                F::bad_nad, F::lost);
        }
    }
    return faults;
}

/// The command card with another ATR, and so with other protocols.
icc::Profile command_card_of(const icc::Profile& other) {
    icc::Profile profile = fakes::command_card();
    profile.cold_atr = other.cold_atr;
    return profile;
}

icc::Profile any_profile() {
    icc::Profile profile = command_card_of(*rc::gen::arbitrary<bool>() ? fakes::t1_only() : fakes::t1_crc());
    profile.largest_inf = *rc::gen::element<std::uint8_t>(10, 32, 254);
    profile.quirks.t1.wtx = *rc::gen::element<std::uint8_t>(0, 0, 7);
    profile.quirks.t1.ifs = *rc::gen::element<std::uint8_t>(0, 0, 20, 254);
    return profile;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_protocol_property)

// ISO/IEC 7816-3 clause 11.6.3.2
RC_BOOST_PROP(recoverable_block_faults_in_both_directions_change_no_response_and_no_state, ()) {
    const icc::Profile profile = any_profile();
    T1Line right(profile);
    T1Line faulty(profile);
    faulty.faults_by_block = recoverable_faults();
    for (T1Line* line : {&right, &faulty}) {
        RC_ASSERT(line->announce(254) == IfdCode::success);
    }
    for (const std::uint64_t seed : *histories()) {
        for (const Command& command : commands_for(seed, right.card.state, right.card.session.application)) {
            const Bytes bytes = command.encode();
            RC_LOG() << to_hex(bytes) << '\n';
            RC_ASSERT(right.transmit(bytes) == IfdCode::success);
            const IfdCode code = faulty.transmit(bytes);
            RC_LOG() << faulty.story() << '\n';
            RC_ASSERT(code == IfdCode::success);
            RC_ASSERT(faulty.response == right.response);
            RC_ASSERT(faulty.card.state == right.card.state);
            RC_ASSERT(faulty.card.session.application == right.card.session.application);
        }
    }
}

// ISO/IEC 7816-3 clause 10.3.3
RC_BOOST_PROP(null_bytes_and_single_bytes_change_no_response_and_no_state, ()) {
    icc::Profile profile = command_card_of(fakes::t0_only());
    ReaderBench right(profile);
    profile.quirks.t0.null_bytes = *rc::gen::element<std::uint8_t>(0, 1, 3, 255);
    profile.quirks.t0.one_byte_at_a_time = *rc::gen::arbitrary<bool>();
    ReaderBench slow(profile);
    RC_ASSERT(right.connect(Protocol::t0) == IfdCode::success);
    RC_ASSERT(slow.connect(Protocol::t0) == IfdCode::success);
    const auto same = [&](ByteView bytes) {
        RC_LOG() << to_hex(bytes) << '\n';
        RC_ASSERT(right.transmit(bytes) == IfdCode::success);
        RC_ASSERT(slow.transmit(bytes) == IfdCode::success);
        RC_ASSERT(slow.response == right.response);
        RC_ASSERT(slow.card.state() == right.card.state());
        RC_ASSERT(slow.card.session().application == right.card.session().application);
    };
    for (const std::uint64_t seed : *histories()) {
        const auto kind = *rc::gen::element(Kind::null_bytes, Kind::one_byte);
        slow.card.plan({kind, *rc::gen::inRange(1U, 4U), *rc::gen::inRange(1U, 4U), std::uint8_t{9}});
        for (const Command& command :
             commands_for(seed, right.card.state(), right.card.session().application, CommandScope::both_protocols)) {
            same(command.encode());
            while (right.response[right.response.size() - 2] == 0x61) {
                same(Bytes{0, 0xC0, 0, 0, right.response.back()});
            }
        }
    }
}

// ISO/IEC 7816-3 clauses 10.3.3, 11.6.3.2
RC_BOOST_PROP(any_deviations_of_the_card_end_in_a_code_and_a_reset_recovers, ()) {
    ReaderBench bench(fakes::command_card());
    const auto protocol = *rc::gen::element(Protocol::t0, Protocol::t1);
    RC_ASSERT(bench.connect(protocol) == IfdCode::success);
    const auto deviate = [&] {
        const auto first = static_cast<int>(protocol == Protocol::t0 ? Kind::null_bytes : Kind::bad_edc);
        const auto last = static_cast<int>(protocol == Protocol::t0 ? Kind::one_byte : Kind::abort);
        bench.card.plan({static_cast<Kind>(*rc::gen::inRange(first, last + 1)), *rc::gen::inRange(1U, 6U),
                         *rc::gen::inRange(1U, 8U), *rc::gen::arbitrary<std::uint8_t>()});
    };
    const auto recover = [&] {
        bench.card.clear_deviations();
        RC_ASSERT(bench.reset() == IfdCode::success);
        RC_ASSERT(bench.card.session() == icc::IccSession{});
        RC_ASSERT(bench.use(protocol) == IfdCode::success);
        RC_ASSERT(bench.transmit("00 A4 00 0C") == IfdCode::success);
        const bool out_of_use = bench.response[0] == 0x62;  // the MF
        RC_ASSERT(out_of_use || to_hex(bench.response) == (bench.card.state().terminated ? "69 85" : "90 00"));
    };
    for (const std::uint64_t seed : *histories()) {
        deviate();
        for (const Command& command :
             commands_for(seed, bench.card.state(), bench.card.session().application, CommandScope::both_protocols)) {
            const IfdCode code = bench.transmit(command.encode());
            RC_ASSERT(code == IfdCode::success || code == IfdCode::communication_error ||
                      code == IfdCode::response_timeout);
            RC_ASSERT(bench.response.empty() == (code != IfdCode::success));
            if (code != IfdCode::success && *rc::gen::arbitrary<bool>()) {
                recover();
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
