#include <rapidcheck/boost_test.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>

#include "tests/emulator/icc/command_generator.h"
#include "tests/emulator/icc/commands.h"
#include "tests/emulator/icc/well_formed.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

using icc::IccState;
using iso7816::Bytes;
using iso7816::CommandApdu;

/// A card that is not well formed must not be used any more: the program may not come to an end.
void check(const Commands& commands) {
    if (!is_well_formed(commands.state, commands.session)) {
        throw std::logic_error("state or session is not well formed");
    }
}

/// Carries out a history on the card; `each` sees every command before it is carried out and then its answer.
template <class Each>
void carry_out(Commands& commands, const CommandSeeds& history, Each each) {
    for (const std::uint64_t seed : history) {
        for (const Command& command : commands_for(seed, commands.state, commands.session)) {
            each(command, [&] { return commands.run(command.encode()); });
            check(commands);
        }
    }
}

void carry_out(Commands& commands, const CommandSeeds& history) {
    carry_out(commands, history, [](const Command&, auto run) { run(); });
}

bool knows_instruction(std::uint8_t ins) {
    return Commands(fakes::command_card()).run(CommandApdu{0, ins, 0, 0, {}, 256, false}.encode()) != "6D 00";
}

bool is_success(std::string_view answer) {
    return answer.ends_with("90 00");
}

/// Presents a value, code or cryptogram with which a secret is compared when nothing else is wrong.
bool presents_secret(const Command& command) {
    if (command.data.empty() || (command.header[0] & 0x10) != 0) {
        return false;
    }
    const std::uint8_t p1 = command.header[2];
    switch (command.header[1]) {
        case 0x20:
        case 0x24:
        case 0x26:
        case 0x28:
        case 0x82:
            return p1 == 0;
        case 0x2C:
            return p1 < 2;
        default:
            return false;
    }
}

unsigned tries_left(const IccState& state) {
    unsigned sum = 0;
    for (const icc::Chv& chv : state.chvs) {
        sum += chv.tries_left + chv.unblock_tries_left;
    }
    for (const icc::Key& key : state.keys) {
        sum += key.tries_left;
    }
    return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_interpreter_property)

BOOST_AUTO_TEST_CASE(generated_histories_bring_every_instruction_of_the_card_to_success) {
    std::map<std::uint8_t, unsigned> successes;
    std::set<std::string> lengths;
    for (std::uint64_t start = 0; start < 60; ++start) {
        Commands commands(fakes::command_card());
        CommandSeeds history(50);
        std::iota(history.begin(), history.end(), start << 32);
        carry_out(commands, history, [&](const Command& command, auto run) {
            if (is_success(run())) {
                const bool part = (command.header[0] & 0x10) != 0;
                successes[command.header[1]] += part ? 0 : 1;
                lengths.insert(part ? "chained" : command.data.size() > 255 ? "long Lc" : "");
                lengths.insert(commands.data.size() > 256 ? "long response" : "");
                lengths.insert(!part && (command.header[0] & 3) != 0 ? "other channel" : "");
            }
        });
    }
    for (unsigned ins = 0; ins < 256; ++ins) {
        if (knows_instruction(static_cast<std::uint8_t>(ins))) {
            BOOST_TEST(successes[static_cast<std::uint8_t>(ins)] >= 3U, "INS " << std::hex << ins << " never succeeds");
        }
    }
    BOOST_TEST(lengths == (std::set<std::string>{"", "chained", "long Lc", "long response", "other channel"}),
               boost::test_tools::per_element());
}

RC_BOOST_PROP(any_history_leaves_a_well_formed_state, ()) {
    Commands commands(fakes::command_card());
    carry_out(commands, *histories(), [&](const Command& command, auto run) {
        RC_LOG() << iso7816::to_hex(command.encode()) << '\n';
        run();
        RC_ASSERT(commands.data.size() <= command.ne);
    });
}

RC_BOOST_PROP(after_any_history_a_cleared_session_equals_a_fresh_one, ()) {
    Commands commands(fakes::command_card());
    carry_out(commands, *histories());
    icc::IccSession session;
    session.application = commands.session;
    session.clear();
    RC_ASSERT(session == icc::IccSession{});
}

RC_BOOST_PROP(a_store_that_fails_now_and_then_has_what_the_card_has, ()) {
    Commands commands(fakes::command_card());
    fakes::RecordingStore store;
    commands.store = &store;
    carry_out(commands, *histories(), [&](const Command& command, auto run) {
        RC_LOG() << iso7816::to_hex(command.encode()) << '\n';
        store.saved.assign(1, commands.state);
        store.attempts = 0;
        store.failing_from = *rc::gen::inRange(0U, 3U);
        run();
        RC_ASSERT(commands.state == store.saved.back());
    });
}

// ISO/IEC 7816-4 clauses 11.5.4 and 11.5.6 to 11.5.10
RC_BOOST_PROP(the_try_at_a_secret_is_saved_before_the_answer_can_tell_anything, ()) {
    Commands commands(fakes::command_card());
    fakes::RecordingStore store;
    commands.store = &store;
    carry_out(commands, *histories(), [&](const Command& command, auto run) {
        RC_LOG() << iso7816::to_hex(command.encode()) << '\n';
        const unsigned before = tries_left(commands.state);
        const bool in_chain = commands.session.chain.active;
        store.saved.clear();
        const std::string answer = run();
        if (!in_chain && presents_secret(command) && (is_success(answer) || answer.starts_with("63 C"))) {
            RC_ASSERT(!store.saved.empty());
            RC_ASSERT(tries_left(store.saved.front()) == before - 1);
        }
    });
}

RC_BOOST_PROP(arbitrary_bytes_are_answered, (const std::vector<Bytes>& history)) {
    Commands commands(fakes::command_card());
    carry_out(commands, *histories());
    for (const Bytes& bytes : history) {
        if (CommandApdu::parse(bytes)) {
            commands.run(bytes);
            check(commands);
        }
    }
}

RC_BOOST_PROP(le_that_is_exact_gives_the_response_or_its_length_and_no_change, ()) {
    Commands commands(fakes::command_card());
    carry_out(commands, *histories(), [&](const Command& command, auto run) {
        RC_LOG() << iso7816::to_hex(command.encode()) << '\n';
        const bool outgoing = icc::t0_direction(command.header[1]) == iso7816::T0Direction::from_card;
        if (!outgoing || !command.data.empty() || command.ne == 0 || command.extended) {
            run();
            return;
        }
        icc::ApplicationSession session = commands.session;
        session.chain = {};  // a command of another kind ends it
        const IccState state = commands.state;
        commands.le = icc::LeMeaning::exact;
        const std::string answer = run();
        commands.le = icc::LeMeaning::maximum;
        RC_ASSERT(commands.data.empty() || commands.data.size() == command.ne);
        if (commands.data.empty() && answer.starts_with("6C")) {
            RC_ASSERT(commands.session == session);
            RC_ASSERT(commands.state == state);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
