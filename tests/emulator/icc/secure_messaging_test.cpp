#include "emulator/iso7816/secure_messaging.h"

#include <rapidcheck/boost_test.h>

#include <algorithm>

#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/icc/command_generator.h"
#include "tests/emulator/icc/commands.h"
#include "tests/fakes/secure_card.h"

namespace scardlab::tests {

namespace {

using iso7816::CommandApdu;

/// The card's interpreter and an application that shares keys with it.
struct Secured {
    explicit Secured(icc::Profile profile = fakes::secure_card()) : card(std::move(profile)) {}

    Bytes answer(ByteView command) { return fakes::hex(card.run(command)); }
    /// MUTUAL AUTHENTICATE with that key, on a channel.
    bool begin(std::uint8_t reference = 3, std::uint8_t channel = 0) {
        Bytes challenge = terminal.get_challenge();
        challenge[0] = channel;
        Bytes mutual = terminal.mutual_authenticate(card.profile, reference, answer(challenge));
        mutual[0] = channel;
        return terminal.begin(answer(mutual));
    }
    /// The answer to a command under secure messaging.
    std::string run(std::string_view command) {
        return terminal.unprotect(answer(terminal.protect(fakes::hex(command))));
    }
    void play(const std::vector<Step>& steps) {
        for (const Step& step : steps) {
            BOOST_TEST_CONTEXT(step.command) {
                BOOST_TEST(run(step.command) == step.answer);
            }
        }
    }
    bool has_keys() const { return card.session.secure_messaging.has_value(); }

    Commands card;
    fakes::SecureTerminal terminal;
};

const std::string without_keys = "69 85";

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_secure_messaging)

// ISO/IEC 7816-4 clause 10
BOOST_AUTO_TEST_CASE(mutual_authenticate_makes_the_keys_of_a_session) {
    for (const std::uint8_t reference : {std::uint8_t{3}, std::uint8_t{4}, std::uint8_t{5}}) {
        Secured secured;
        BOOST_TEST(secured.card.run("0C A4 00 0C 00") == without_keys);
        BOOST_TEST(secured.begin(reference));
        BOOST_TEST((secured.card.session.secure_messaging->keys == secured.terminal.keys));
        secured.play({{"00 A4 02 0C 02 2F 00", "90 00"},
                      {"00 B0 00 00 00", "30 31 32 33 34 35 36 37 38 39 90 00"},
                      {"00 B0 00 08 04", "38 39 62 82"},
                      {"00 A4 02 0C 02 99 99", "6A 82"},
                      {"00 77 00 00", "6D 00"},
                      {"01 A4 00 0C", "68 81"},
                      {"00 B1 00 00 03 54 01 00 00", "6D 00"}});
        BOOST_TEST((secured.card.session.secure_messaging->keys == secured.terminal.keys));
    }
}

BOOST_AUTO_TEST_CASE(only_a_mutual_authenticate_with_a_key_for_it_makes_keys) {
    Secured secured;
    BOOST_TEST(secured.begin(1));
    BOOST_TEST(!secured.has_keys());
    const Bytes challenge = secured.answer(secured.terminal.get_challenge());
    const icc::Key key = secured.card.state.keys[2];
    const Bytes cryptogram = icc::encrypt(key, ByteView(challenge).first(16)).value();
    BOOST_TEST(secured.card.run(CommandApdu{0, 0x82, 0, 3, cryptogram, 0, false}.encode()) == "90 00");
    BOOST_TEST(!secured.has_keys());
    icc::Profile profile = fakes::secure_card();
    profile.keys[1].secure_messaging = true;  // triple DES
    Secured with_tdes(profile);
    Bytes told = fakes::counting(8);
    const Bytes eight = with_tdes.answer(fakes::hex("00 84 00 00 08"));
    told.insert(told.end(), eight.begin(), eight.begin() + 8);
    told = icc::encrypt(with_tdes.card.state.keys[1], told).value();
    BOOST_TEST(with_tdes.answer(CommandApdu{0, 0x82, 0, 2, told, 256, false}.encode()).size() == 18U);
    BOOST_TEST(!with_tdes.has_keys());
}

// ISO/IEC 7816-4 clause 9.3.3.1
BOOST_AUTO_TEST_CASE(a_rule_that_demands_secure_messaging_refuses_plain_commands) {
    Secured secured;
    secured.card.play({{"00 B0 90 00 04", "69 82"}, {"00 D6 90 00 01 FF", "69 82"}});
    BOOST_TEST(secured.begin());
    secured.card.play({{"00 B0 90 00 04", "69 82"}});
    secured.play({{"00 B0 90 00 04", "00 01 02 03 90 00"},
                  {"00 D6 90 00 01 FF", "90 00"},
                  {"00 B0 90 00 02", "FF 01 90 00"},
                  {"00 B0 91 00 04", "69 82"},  // CHV 1 as well
                  {"00 20 00 01 04 31 32 33 34", "90 00"},
                  {"00 B0 91 00 04", "01 02 03 04 90 00"},
                  {"00 D6 91 00 01 05", "69 82"}});  // key 1 as well
    secured.card.play({{"00 B0 91 00 04", "69 82"}});
    BOOST_TEST(secured.begin(1));
    BOOST_TEST(secured.has_keys());
    BOOST_TEST(secured.begin());
    secured.play({{"00 D6 91 00 01 05", "90 00"}});
}

// ISO/IEC 7816-4 clause 9.3.3.1
BOOST_AUTO_TEST_CASE(a_created_file_can_demand_secure_messaging) {
    Secured secured;
    const std::string file = "00 E0 00 00 14 62 12 80 01 02 82 01 01 83 02 70 01 8A 01 05 8C 03 03 ";
    secured.card.play({{(file + "40 D1").c_str(), "90 00"},
                       {"00 A4 02 0C 02 70 01", "90 00"},
                       {"00 B0 00 00 02", "69 82"},
                       {"00 D6 00 00 02 01 02", "69 82"}});
    BOOST_TEST(secured.begin());
    secured.play({{"00 D6 00 00 02 01 02", "90 00"}, {"00 B0 00 00 02", "69 82"}});
    BOOST_TEST(secured.card.run("00 20 00 01 04 31 32 33 34") == "90 00");
    secured.play({{"00 B0 00 00 02", "01 02 90 00"}});
    const auto rules_of = [&](const std::string& conditions) { return secured.card.run(file + conditions); };
    for (const char* const refused : {"41 00", "C0 00", "50 00", "D0 00", "51 00", "F0 00", "E0 00"}) {
        BOOST_TEST(rules_of(refused) == "6A 80");
    }
}

// ISO/IEC 7816-4 clause 5.6
BOOST_AUTO_TEST_CASE(a_wrong_or_missing_protection_ends_the_keys) {
    const std::pair<const char*, const char*> refused[] = {
        {"0C B0 90 00 0D 97 01 04 8E 08 00 00 00 00 00 00 00 00 00", "69 88"},
        {"0C B0 90 00 03 97 01 04 00", "69 87"},
        {"0C B0 90 00 00", "69 87"},
        {"0C B0 90 00 02 97 04 00", "69 88"},
        {"60 B0 90 00 00", "69 87"},
    };
    for (const auto& [command, answer] : refused) {
        Secured secured;
        BOOST_TEST(secured.begin());
        BOOST_TEST(secured.card.run(command) == answer);
        BOOST_TEST(!secured.has_keys());
        BOOST_TEST(secured.run("00 B0 90 00 04") == "in plain 69 85");
        BOOST_TEST(secured.begin());
        secured.play({{"00 B0 90 00 02", "00 01 90 00"}});
    }
}

BOOST_AUTO_TEST_CASE(a_command_that_comes_again_ends_the_keys) {
    Secured secured;
    BOOST_TEST(secured.begin());
    const Bytes command = secured.terminal.protect(fakes::hex("00 D6 90 00 01 05"));
    BOOST_TEST(secured.terminal.unprotect(secured.answer(command)) == "90 00");
    BOOST_TEST(secured.card.run(command) == "69 88");
    BOOST_TEST(!secured.has_keys());
}

BOOST_AUTO_TEST_CASE(what_is_refused_before_the_protection_leaves_the_keys) {
    icc::Profile profile = fakes::secure_card();
    profile.quirks.commands.no_extended = true;
    Secured secured(profile);
    BOOST_TEST(secured.begin());
    secured.card.play({{"04 B0 90 00 00", "68 82"},        // in a proprietary format
                       {"08 B0 90 00 00", "68 82"},        // the header not authenticated
                       {"8C B0 90 00 00", "6E 00"},        //
                       {"0C B0 90 00", "67 00"},           // no room for a response
                       {"0C B0 90 00 0D", "67 00"},        //
                       {"0C B0 90 00 00 00 00", "67 00"},  // extended
                       {"00 B0 80 00 01", "69 86"},
                       {"00 A4 02 0C 02 2F 00", "90 00"}});
    secured.play({{"00 B0 90 00 02", "00 01 90 00"}});
}

BOOST_AUTO_TEST_CASE(a_response_without_room_is_refused_under_protection) {
    Secured secured;
    BOOST_TEST(secured.begin());
    Bytes command = secured.terminal.protect(fakes::hex("00 B0 90 00 20"));
    const std::size_t size = iso7816::protected_response_size(32);
    command.back() = static_cast<std::uint8_t>(size - 1);
    BOOST_TEST(secured.terminal.unprotect(secured.answer(command)) == "67 00");
    command = secured.terminal.protect(fakes::hex("00 B0 90 00 20"));
    command.back() = static_cast<std::uint8_t>(size);
    BOOST_TEST(secured.terminal.unprotect(secured.answer(command)).size() == 3 * (32 + 2) - 1U);
}

BOOST_AUTO_TEST_CASE(other_keys_are_made_in_place_of_those_there_are) {
    Secured secured;
    BOOST_TEST(secured.begin(3));
    fakes::SecureTerminal first = secured.terminal;
    BOOST_TEST(secured.begin(5));
    secured.play({{"00 B0 90 00 02", "00 01 90 00"}});
    BOOST_TEST(first.unprotect(secured.answer(first.protect(fakes::hex("00 B0 90 00 02")))) == "in plain 69 88");
}

BOOST_AUTO_TEST_CASE(keys_made_under_protection_are_in_force_from_the_next_command_on) {
    Secured secured;
    BOOST_TEST(secured.begin(3));
    const Bytes challenge = fakes::hex(secured.run("00 84 00 00 10"));
    fakes::SecureTerminal next;
    const Bytes mutual = next.mutual_authenticate(secured.card.profile, 4, challenge);
    BOOST_TEST(next.begin(fakes::hex(secured.run(iso7816::to_hex(mutual)))));
    secured.terminal = next;
    secured.play({{"00 B0 90 00 02", "00 01 90 00"}});
}

BOOST_AUTO_TEST_CASE(a_failed_authentication_leaves_the_keys) {
    Secured secured;
    BOOST_TEST(secured.begin(3));
    secured.answer(secured.terminal.get_challenge());
    const Bytes wrong = CommandApdu{0, 0x82, 0, 3, Bytes(32), 256, false}.encode();
    BOOST_TEST(secured.card.run(wrong) == "63 CE");
    secured.play({{"00 B0 90 00 02", "00 01 90 00"}});
}

BOOST_AUTO_TEST_CASE(keys_that_cannot_be_saved_as_proved_are_not_made) {
    Secured secured;
    const Bytes challenge = secured.answer(secured.terminal.get_challenge());
    const Bytes mutual = secured.terminal.mutual_authenticate(secured.card.profile, 3, challenge);
    fakes::RecordingStore store;
    store.failing_from = 2;  // the try is saved, the success is not
    secured.card.store = &store;
    BOOST_TEST(secured.card.run(mutual) == "65 81");
    BOOST_TEST(!secured.has_keys());
}

// ISO/IEC 7816-4 clause 5.4.2
BOOST_AUTO_TEST_CASE(keys_serve_on_every_channel_until_theirs_is_closed) {
    Secured secured;
    secured.card.play({{"00 70 00 01", "90 00"}, {"00 70 00 02", "90 00"}});
    BOOST_TEST(secured.begin(3, 1));
    secured.play({{"00 B0 90 00 02", "00 01 90 00"},
                  {"01 B0 90 00 02", "00 01 90 00"},
                  {"02 B0 90 00 02", "00 01 90 00"},
                  {"03 B0 90 00 02", "68 81"},
                  {"00 70 80 02", "90 00"}});
    BOOST_TEST(secured.has_keys());
    secured.play({{"01 70 80 00", "90 00"}});  // the answer is protected still
    BOOST_TEST(!secured.has_keys());
    BOOST_TEST(secured.card.run("0C B0 90 00 00") == without_keys);
}

// ISO/IEC 7816-4 clause 5.3.3
BOOST_AUTO_TEST_CASE(each_part_of_a_chain_is_protected_for_itself) {
    Secured secured;
    BOOST_TEST(secured.begin());
    secured.play({{"10 D6 90 00 02 AA BB", "90 00"},
                  {"10 D6 90 00 02 CC DD", "90 00"},
                  {"00 D6 90 00 01 EE", "90 00"},
                  {"00 B0 90 00 06", "AA BB CC DD EE 05 90 00"},
                  {"10 D6 90 00 02 01 02", "90 00"}});
    BOOST_TEST(secured.card.run("00 D6 90 00 01 03") == "68 83");  // the last part in plain
    secured.play({{"00 B0 90 00 02", "AA BB 90 00"}});
    BOOST_TEST(secured.card.run("10 A4 02 0C 01 2F") == "90 00");
    secured.play({{"00 A4 02 0C 01 00", "68 83"}, {"00 A4 02 0C 02 2F 00", "90 00"}});
}

BOOST_AUTO_TEST_CASE(surplus_bytes_are_protected_with_the_response) {
    icc::Profile profile = fakes::secure_card();
    profile.quirks.commands.surplus = 2;
    Secured secured(profile);
    BOOST_TEST(!secured.begin());  // its answers are too long as well
    secured.play({{"00 B0 90 00 02", "00 01 00 00 90 00"}});
}

BOOST_AUTO_TEST_CASE(keys_end_with_the_session) {
    for (const bool cold : {false, true}) {
        CardDriver driver(fakes::secure_card());
        driver.cold_reset();
        fakes::SecureTerminal terminal;
        const auto incoming = [&](const Bytes& command) {  // T=0, with the Le cut off
            driver.exchange(ByteView(command).first(5));
            return driver.exchange(ByteView(command).subspan(5, command[4]));
        };
        const auto fetch = [&](const Bytes& answer) {
            Bytes response = driver.exchange(Bytes{0x00, 0xC0, 0x00, 0x00, answer.back()});
            response.erase(response.begin());  // the procedure byte
            return response;
        };
        Bytes challenge = driver.exchange("00 84 00 00 10");
        challenge.erase(challenge.begin());
        const Bytes mutual = terminal.mutual_authenticate(driver.card.profile(), 3, challenge);
        BOOST_TEST(terminal.begin(fetch(incoming(mutual))));
        driver.story();
        // ISO/IEC 7816-3 clause 10.3.2: the card knows from the class byte that data come.
        const Bytes secured = terminal.protect(fakes::hex("00 B0 90 00 04"));
        const Bytes waiting = incoming(secured);
        BOOST_TEST(iso7816::to_hex(waiting) == "61 21");
        BOOST_TEST(terminal.unprotect(fetch(waiting)) == "00 01 02 03 90 00");
        BOOST_TEST(driver.story().at(0).find(iso7816::to_hex(ByteView(secured).first(secured.size() - 1))) !=
                   std::string::npos);
        BOOST_TEST(driver.card.session().application.secure_messaging.has_value());
        cold ? driver.cold_reset() : driver.warm_reset();
        BOOST_TEST(!driver.card.session().application.secure_messaging.has_value());
        BOOST_TEST(iso7816::to_hex(incoming(terminal.protect(fakes::hex("00 B0 90 00 04")))) == without_keys);
    }
}

BOOST_AUTO_TEST_CASE(a_card_without_keys_for_it_refuses_a_secured_class_before_any_data_come) {
    CardDriver driver(fakes::command_card());
    driver.cold_reset();
    BOOST_TEST(iso7816::to_hex(driver.exchange("0C B0 90 00 0D")) == "68 82");
}

RC_BOOST_PROP(any_history_is_the_same_under_secure_messaging, ()) {
    Commands plain(fakes::command_card());
    Secured secured(fakes::command_card());
    const auto keys = iso7816::derive_session(fakes::counting(16), fakes::counting(16), fakes::counting(16)).value();
    secured.terminal.keys = keys;
    secured.card.session.secure_messaging = {keys, 0};
    for (const std::uint64_t seed : *histories()) {
        for (const Command& command : commands_for(seed, plain.state, plain.session)) {
            const Bytes bytes = command.encode();
            RC_LOG() << iso7816::to_hex(bytes) << '\n';
            const std::uint8_t cla = bytes[0];
            const bool interindustry = (cla & 0xE0) == 0x00 || (cla & 0xC0) == 0x40;
            if (!interindustry || iso7816::is_secured(cla)) {
                continue;
            }
            RC_ASSERT(secured.run(iso7816::to_hex(bytes)) == plain.run(bytes));
            icc::ApplicationSession session = secured.card.session;
            RC_ASSERT(session.secure_messaging->keys == secured.terminal.keys);
            session.secure_messaging.reset();
            session.chain.secured = false;
            RC_ASSERT(session == plain.session);
            RC_ASSERT(secured.card.state == plain.state);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
