#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/emulator/icc/commands.h"

namespace scardlab::tests {

BOOST_AUTO_TEST_SUITE(icc_challenge)

// ISO/IEC 7816-4 clause 11.5.3
BOOST_AUTO_TEST_CASE(challenge_has_the_length_that_was_asked_for) {
    Commands commands;
    for (const unsigned length : {1U, 7U, 8U, 9U, 16U, 255U}) {
        const iso7816::Bytes command{0, 0x84, 0, 0, static_cast<std::uint8_t>(length)};
        commands.run(command);
        BOOST_TEST(commands.data.size() == length);
    }
    commands.run("00 84 00 00 00 02 00");
    BOOST_TEST(commands.data.size() == 512U);
}

BOOST_AUTO_TEST_CASE(challenge_of_any_length_has_eight_bytes) {
    Commands commands;
    commands.run("00 84 00 00 00");
    BOOST_TEST(commands.data.size() == 8U);
    commands.run("00 84 00 00 00 00 00");
    BOOST_TEST(commands.data.size() == 8U);
}

BOOST_AUTO_TEST_CASE(no_two_challenges_are_alike) {
    Commands commands;
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        BOOST_TEST_REQUIRE(seen.insert(commands.run("00 84 00 00 08")).second);
    }
}

BOOST_AUTO_TEST_CASE(two_fresh_cards_of_a_profile_give_the_same_sequence_and_another_profile_does_not) {
    Commands one;
    Commands two;
    Commands other(fakes::t0_only());
    for (int i = 0; i < 10; ++i) {
        const std::string challenge = one.run("00 84 00 00 08");
        BOOST_TEST(two.run("00 84 00 00 08") == challenge);
        BOOST_TEST(other.run("00 84 00 00 08") != challenge);
    }
}

BOOST_AUTO_TEST_CASE(malformed_requests_are_refused) {
    Commands commands;
    BOOST_TEST(commands.run("00 84 00 00") == "67 00");
    BOOST_TEST(commands.run("00 84 00 00 01 00 08") == "67 00");
    BOOST_TEST(commands.run("00 84 01 00 08") == "6A 86");
    BOOST_TEST(commands.run("00 84 00 01 08") == "6A 86");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
