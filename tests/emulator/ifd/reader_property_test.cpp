#include <rapidcheck/boost_test.h>
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/command_generator.h"
#include "tests/emulator/ifd/reader_bench.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

using iso7816::StatusWord;

struct Answer {
    Bytes data;
    StatusWord status;
    friend bool operator==(const Answer&, const Answer&) = default;
};

void showValue(const Answer& answer, std::ostream& out) {
    out << to_hex(answer.data) << " | " << answer.status.value;
}

Answer answer_to(ReaderBench& bench, ByteView command) {
    RC_ASSERT(bench.transmit(command) == IfdCode::success);
    const auto parsed = iso7816::ResponseApdu::parse(bench.response);
    RC_ASSERT(parsed.has_value());
    return {Bytes(parsed->data.begin(), parsed->data.end()), parsed->status};
}

/// A command APDU over T=0 as ISO/IEC 7816-3 clause 12.2 has it: repeats with the right Le after 6Cxx, fetches the
/// response data after 61xx.
Answer answer_over_t0(ReaderBench& bench, const Command& command) {
    Bytes tpdu = command.encode();
    Answer answer = answer_to(bench, tpdu);
    if (answer.status.sw1() == 0x6C) {
        tpdu.back() = answer.status.sw2();
        answer = answer_to(bench, tpdu);
    }
    while (answer.status.sw1() == 0x61 && answer.data.size() < command.ne) {
        const auto left = static_cast<unsigned>(command.ne - answer.data.size());
        const unsigned available = answer.status.sw2() == 0 ? 256 : answer.status.sw2();
        const Bytes get_response{0, 0xC0, 0, 0, static_cast<std::uint8_t>(std::min(left, available))};
        Answer part = answer_to(bench, get_response);
        answer.data.insert(answer.data.end(), part.data.begin(), part.data.end());
        answer.status = part.status;
    }
    if (answer.status.sw1() == 0x61) {
        answer.status = iso7816::sw::success;  // there is more, which nobody asked for
    }
    return answer;
}

/// Carries out a history on the card in the reader.
void carry_out(ReaderBench& bench, const CommandSeeds& history) {
    for (const std::uint64_t seed : history) {
        for (const Command& command :
             commands_for(seed, bench.card.state(), bench.card.session().application, CommandScope::both_protocols)) {
            answer_to(bench, command.encode());
        }
    }
}

/// T=1 warns of the end of the file where T=0 says the right length first, and T=0 does not tell of a warning when
/// nobody fetches the response data.
Answer without_warning(Answer answer) {
    if (answer.status.sw1() == 0x62) {
        answer.status = iso7816::sw::success;
    }
    return answer;
}

/// Any of the ways in which a session ends; the card has power and the protocol afterwards.
void end_session(ReaderBench& bench, Protocol protocol) {
    switch (*rc::gen::inRange(0, 4)) {
        case 0:
            RC_ASSERT(bench.reset() == IfdCode::success);
            break;
        case 1:
            bench.power(PowerAction::down);
            RC_ASSERT(bench.up() == IfdCode::success);
            break;
        case 2:
            bench.reader.remove();
            RC_ASSERT(bench.card.session() == icc::IccSession{});
            bench.reader.insert(bench.card);
            RC_ASSERT(bench.up() == IfdCode::success);
            break;
        default:
            bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::stay_mute});
            bench.transmit("00 A4 00 0C 02 12 34");
            RC_ASSERT(bench.reset() == IfdCode::success);
    }
    RC_ASSERT(bench.card.session() == icc::IccSession{});
    RC_ASSERT(bench.use(protocol) == IfdCode::success);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_property)

// ISO/IEC 7816-3 clause 12.2
RC_BOOST_PROP(same_commands_have_the_same_answers_and_effects_over_both_protocols, ()) {
    ReaderBench t0(fakes::command_card());
    ReaderBench t1(fakes::command_card());
    RC_ASSERT(t0.connect(Protocol::t0) == IfdCode::success);
    RC_ASSERT(t1.connect(Protocol::t1) == IfdCode::success);
    for (const std::uint64_t seed : *histories()) {
        for (const Command& command :
             commands_for(seed, t1.card.state(), t1.card.session().application, CommandScope::both_protocols)) {
            RC_LOG() << to_hex(command.encode()) << '\n';
            const Answer over_t1 = answer_to(t1, command.encode());
            const Answer over_t0 = answer_over_t0(t0, command);
            RC_ASSERT(without_warning(over_t0) == without_warning(over_t1));
            RC_ASSERT(over_t1.data.size() <= command.ne);
            RC_ASSERT(t0.card.state() == t1.card.state());
            RC_ASSERT(t0.card.session().application == t1.card.session().application);
        }
    }
}

RC_BOOST_PROP(any_prefix_of_a_session_and_a_reset_equal_a_fresh_session_on_the_same_stored_state, ()) {
    const auto protocol = *rc::gen::element(Protocol::t0, Protocol::t1);
    ReaderBench used(fakes::command_card());
    RC_ASSERT(used.connect(protocol) == IfdCode::success);
    carry_out(used, *histories());
    const icc::IccState stored = used.card.state();
    end_session(used, protocol);
    RC_ASSERT(used.card.state() == stored);
    ReaderBench fresh(fakes::command_card());
    fresh.card.use_store(nullptr, stored);
    RC_ASSERT(fresh.connect(protocol) == IfdCode::success);
    for (const std::uint64_t seed : *histories()) {
        for (const Command& command :
             commands_for(seed, fresh.card.state(), fresh.card.session().application, CommandScope::both_protocols)) {
            RC_LOG() << to_hex(command.encode()) << '\n';
            RC_ASSERT(answer_to(used, command.encode()) == answer_to(fresh, command.encode()));
            RC_ASSERT(used.card.state() == fresh.card.state());
            RC_ASSERT(used.card.session() == fresh.card.session());
        }
    }
}

RC_BOOST_PROP(interrupted_anywhere_the_card_works_again_after_a_reset, ()) {
    ReaderBench bench(fakes::command_card());
    const auto protocol = *rc::gen::element(Protocol::t0, Protocol::t1);
    RC_ASSERT(bench.connect(protocol) == IfdCode::success);
    const auto history = *histories();
    const auto character = *rc::gen::inRange(1U, 30U);
    const auto what = *rc::gen::element(Fault::Do::remove, Fault::Do::stay_mute);
    const auto which = static_cast<unsigned>(*rc::gen::inRange<std::size_t>(0, history.size() + 1)) + 1;
    bench.reader.plan({Fault::At::command, which, character, what});
    const auto works = [&](const Command& command) {
        const IfdCode code = bench.transmit(command.encode());
        RC_ASSERT(code == IfdCode::success || code == IfdCode::icc_not_present || code == IfdCode::response_timeout ||
                  code == IfdCode::communication_error);
        RC_ASSERT(bench.response.empty() == (code != IfdCode::success));
        return code == IfdCode::success;
    };
    for (const std::uint64_t seed : history) {
        if (!std::ranges::all_of(
                commands_for(seed, bench.card.state(), bench.card.session().application, CommandScope::both_protocols),
                works)) {
            break;
        }
    }
    bench.reader.clear_plans();
    bench.reader.insert(bench.card);
    RC_ASSERT(bench.card.session() == icc::IccSession{});
    RC_ASSERT(bench.connect(protocol) == IfdCode::success);
    const Answer selected = answer_to(bench, fakes::hex("00 A4 00 0C"));
    const auto refused = iso7816::sw::conditions_not_satisfied;  // after TERMINATE CARD USAGE
    RC_ASSERT(without_warning(selected) == (bench.card.state().terminated ? Answer{{}, refused} : Answer{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
