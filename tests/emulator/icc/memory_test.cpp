#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "emulator/icc/crypto.h"
#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

/// A command that changes stored state, what comes before it, and how often it saves.
struct Change {
    const char* outcome;
    std::vector<const char*> before;
    const char* command;
    const char* answer;
    std::size_t saves;
};

std::ostream& operator<<(std::ostream& out, const Change& change) {
    return out << change.outcome;
}

constexpr const char* select_application = "00 A4 01 0C 02 60 00";
constexpr const char* verify_1 = "00 20 00 01 04 31 32 33 34";

const Change changes[] = {
    {"UPDATE BINARY", {"00 A4 08 0C 04 50 15 50 33"}, "00 D6 00 00 01 AA", "90 00", 1},
    {"UPDATE BINARY by short identifier", {"00 A4 01 0C 02 50 15"}, "00 D6 83 00 01 AA", "90 00", 1},
    {"WRITE BINARY", {"00 A4 08 0C 04 50 15 50 33"}, "00 D0 00 00 01 F0", "90 00", 1},
    {"ERASE BINARY", {"00 A4 08 0C 04 50 15 50 33"}, "00 0E 00 00", "90 00", 1},
    {"UPDATE RECORD", {select_application}, "00 DC 01 0C 04 00 00 00 00", "90 00", 1},
    {"WRITE RECORD", {select_application}, "00 D2 01 0C 04 FF FF FF FF", "90 00", 1},
    {"APPEND RECORD", {select_application}, "00 E2 00 08 04 00 00 00 00", "90 00", 1},
    {"UPDATE RECORD previous, cyclic", {select_application}, "00 DC 00 1B 03 00 00 00", "90 00", 1},
    {"ERASE RECORD", {select_application}, "00 0C 01 0C", "90 00", 1},
    {"PUT DATA, new", {}, "00 DA 01 00 01 00", "90 00", 1},
    {"PUT DATA, replaced", {}, "00 DA 5F 50 01 00", "90 00", 1},
    {"CREATE FILE", {}, "00 E0 00 00 09 62 07 82 01 38 83 02 70 00", "90 00", 1},
    {"DELETE FILE", {"00 A4 08 0C 04 60 00 60 01"}, "00 E4 04 00 06 A0 00 00 00 63 60", "90 00", 1},
    {"DEACTIVATE FILE", {}, "00 04 02 00 02 2F 00", "90 00", 1},
    {"ACTIVATE FILE", {"00 04 02 00 02 2F 00"}, "00 44 02 00 02 2F 00", "90 00", 1},
    {"TERMINATE EF", {}, "00 E8 02 00 02 2F 00", "90 00", 1},
    {"TERMINATE DF", {}, "00 E6 01 00 02 60 00", "90 00", 1},
    {"TERMINATE CARD USAGE", {}, "00 FE 00 00", "90 00", 1},
    {"VERIFY, right", {}, verify_1, "90 00", 2},
    {"VERIFY, wrong", {verify_1}, "00 20 00 01 04 30 30 30 30", "63 C2", 1},
    {"CHANGE REFERENCE DATA, right", {}, "00 24 00 01 08 31 32 33 34 61 62 63 64", "90 00", 2},
    {"CHANGE REFERENCE DATA, wrong", {}, "00 24 00 01 08 31 32 33 30 61 62 63 64", "63 C2", 1},
    {"CHANGE REFERENCE DATA, new value alone", {verify_1}, "00 24 01 01 04 61 62 63 64", "90 00", 1},
    {"DISABLE VERIFICATION REQUIREMENT", {}, "00 26 00 01 04 31 32 33 34", "90 00", 2},
    {"DISABLE VERIFICATION REQUIREMENT, without the value", {verify_1}, "00 26 01 01", "90 00", 1},
    {"ENABLE VERIFICATION REQUIREMENT", {"00 26 00 01 04 31 32 33 34"}, "00 28 00 01 04 31 32 33 34", "90 00", 2},
    {"RESET RETRY COUNTER", {"00 20 00 01 01 00"}, "00 2C 01 01 08 39 39 39 39 39 39 39 39", "90 00", 2},
    {"RESET RETRY COUNTER, wrong", {}, "00 2C 01 01 01 39", "63 C2", 1},
    {"EXTERNAL AUTHENTICATE, wrong",
     {"00 84 00 00 10"},
     "00 82 00 01 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
     "63 C1",
     1},
};

Commands prepared(const Change& change) {
    Commands commands(fakes::command_card());
    for (const char* const command : change.before) {
        commands.run(command);
    }
    return commands;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_memory)

BOOST_DATA_TEST_CASE(what_changed_is_saved_before_the_answer, changes, change) {
    Commands commands = prepared(change);
    fakes::RecordingStore store;
    commands.store = &store;
    BOOST_TEST(commands.run(change.command) == change.answer);
    BOOST_TEST_REQUIRE(store.saved.size() == change.saves);
    BOOST_TEST((store.saved.back() == commands.state));

    Commands without_store = prepared(change);
    BOOST_TEST(without_store.run(change.command) == change.answer);
    BOOST_TEST((without_store.state == commands.state));
    BOOST_TEST((without_store.session == commands.session));
}

BOOST_DATA_TEST_CASE(what_cannot_be_saved_did_not_happen, changes, change) {
    Commands commands = prepared(change);
    const icc::IccState before = commands.state;
    fakes::RecordingStore store;
    store.failing_from = 1;
    commands.store = &store;
    const auto verified = commands.session.verified;
    const auto channels = commands.session.channels;
    BOOST_TEST(commands.run(change.command) == "65 81");
    BOOST_TEST((commands.state == before));
    BOOST_TEST((commands.session.channels == channels));
    BOOST_TEST(commands.session.verified == verified);
    BOOST_TEST(commands.data.empty());
}

BOOST_DATA_TEST_CASE(when_only_the_try_can_be_saved_it_is_gone_and_nothing_else, changes, change) {
    if (change.saves < 2) {
        return;
    }
    Commands commands = prepared(change);
    const icc::IccState before = commands.state;
    fakes::RecordingStore store;
    store.failing_from = 2;
    commands.store = &store;
    BOOST_TEST(commands.run(change.command) == "65 81");
    BOOST_TEST((commands.state == store.saved.at(0)));
    icc::IccState expected = before;
    (store.saved[0].chvs[0].tries_left != before.chvs[0].tries_left ? expected.chvs[0].tries_left
                                                                    : expected.chvs[0].unblock_tries_left)--;
    BOOST_TEST((commands.state == expected));
    BOOST_TEST(commands.session.verified.empty());
}

BOOST_AUTO_TEST_CASE(try_is_saved_before_the_value_is_compared) {
    Commands commands(fakes::command_card());
    fakes::RecordingStore store;
    commands.store = &store;
    commands.run(verify_1);
    BOOST_TEST_REQUIRE(store.saved.size() == 2U);
    BOOST_TEST(static_cast<int>(store.saved[0].chvs[0].tries_left) == 2);
    BOOST_TEST(static_cast<int>(store.saved[1].chvs[0].tries_left) == 3);
}

BOOST_AUTO_TEST_CASE(key_is_tried_like_a_chv) {
    Commands commands(fakes::command_card());
    fakes::RecordingStore store;
    commands.store = &store;
    const auto answer = [&] {
        commands.run("00 84 00 00 10");
        const iso7816::Bytes cryptogram = icc::encrypt(commands.state.keys[0], commands.data).value();
        return commands.run(iso7816::CommandApdu{0, 0x82, 0, 1, cryptogram, 0, false}.encode());
    };
    BOOST_TEST(answer() == "90 00");
    BOOST_TEST_REQUIRE(store.saved.size() == 3U);  // the challenge, the try, the success
    BOOST_TEST(static_cast<int>(store.saved[1].keys[0].tries_left) == 1);
    BOOST_TEST(static_cast<int>(store.saved[2].keys[0].tries_left) == 2);
    store.attempts = 0;
    store.failing_from = 3;
    BOOST_TEST(answer() == "65 81");
    BOOST_TEST(static_cast<int>(commands.state.keys[0].tries_left) == 1);
    store.failing_from = 0;
    commands.play({{"00 82 00 01", "90 00"}});  // what was authenticated before stays so
}

BOOST_AUTO_TEST_CASE(challenge_is_not_given_out_when_it_cannot_be_saved) {
    Commands commands(fakes::command_card());
    fakes::RecordingStore store;
    commands.store = &store;
    commands.run("00 84 00 00 08");
    const iso7816::Bytes first = commands.data;
    BOOST_TEST_REQUIRE(store.saved.size() == 1U);
    BOOST_TEST((store.saved[0] == commands.state));
    store.failing_from = 1;
    BOOST_TEST(commands.run("00 84 00 00 08") == "65 81");
    BOOST_TEST((store.saved[0] == commands.state));
    BOOST_TEST(commands.session.challenge == first);
}

BOOST_AUTO_TEST_CASE(commands_that_change_nothing_save_nothing) {
    Commands commands(fakes::command_card());
    fakes::RecordingStore store;
    commands.store = &store;
    commands.play({{"00 A4 08 0C 04 60 00 60 01", "90 00"},
                   {"00 B2 01 04 04", "11 01 02 03 90 00"},
                   {"00 A2 01 04 01 22 00", "02 90 00"},
                   {"00 CA 00 42 00", "CA FE 90 00"},
                   {"00 20 00 01", "63 C3"},
                   {"00 82 00 01", "63 C2"},
                   {"00 70 00 00 01", "01 90 00"},
                   {"00 DC 09 04 04 00 00 00 00", "6A 83"},
                   {"10 DA 01 00 01 00", "90 00"}});
    BOOST_TEST(store.saved.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
