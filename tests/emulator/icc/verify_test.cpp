#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/icc/commands.h"

namespace scardlab::tests {

namespace {

constexpr const char* right = "00 20 00 01 04 31 32 33 34";
constexpr const char* wrong = "00 20 00 01 04 31 32 33 30";
constexpr const char* query = "00 20 00 01";

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_verify)

// ISO/IEC 7816-4 clause 11.5.6
BOOST_AUTO_TEST_CASE(each_failure_takes_a_try_until_the_chv_is_blocked) {
    Commands commands;
    BOOST_TEST(commands.run(wrong) == "63 C2");
    BOOST_TEST(commands.run(wrong) == "63 C1");
    BOOST_TEST(commands.run(wrong) == "63 C0");
    BOOST_TEST(commands.run(wrong) == "69 83");
    BOOST_TEST(commands.run(right) == "69 83");
    BOOST_TEST(commands.run(query) == "69 83");
    BOOST_TEST(commands.session.verified.empty());
}

BOOST_AUTO_TEST_CASE(success_gives_the_tries_back) {
    Commands commands;
    commands.run(wrong);
    commands.run(wrong);
    BOOST_TEST(commands.run(right) == "90 00");
    BOOST_TEST(commands.run(wrong) == "63 C2");
}

BOOST_AUTO_TEST_CASE(query_tells_the_tries_and_takes_none) {
    Commands commands;
    BOOST_TEST(commands.run(query) == "63 C3");
    BOOST_TEST(commands.run(query) == "63 C3");
    commands.run(wrong);
    BOOST_TEST(commands.run(query) == "63 C2");
    commands.run(right);
    BOOST_TEST(commands.run(query) == "90 00");
    commands.run(wrong);
    BOOST_TEST(commands.run(query) == "63 C2");
}

BOOST_AUTO_TEST_CASE(value_must_match_in_length_too) {
    Commands commands;
    BOOST_TEST(commands.run("00 20 00 01 03 31 32 33") == "63 C2");
    BOOST_TEST(commands.run("00 20 00 01 05 31 32 33 34 00") == "63 C1");
}

BOOST_AUTO_TEST_CASE(chvs_are_independent) {
    Commands commands;
    commands.run("00 20 00 02 01 00");
    commands.run("00 20 00 02 01 00");
    BOOST_TEST(commands.run("00 20 00 02") == "69 83");
    BOOST_TEST(commands.run(query) == "63 C3");
    BOOST_TEST(commands.run(right) == "90 00");
    BOOST_TEST(commands.run("00 20 00 02") == "69 83");
}

BOOST_AUTO_TEST_CASE(verifying_twice_is_verified_once) {
    Commands commands;
    commands.run(right);
    commands.run(right);
    BOOST_TEST(commands.session.verified.size() == 1U);
}

BOOST_AUTO_TEST_CASE(unknown_reference_and_p1_are_refused) {
    Commands commands;
    BOOST_TEST(commands.run("00 20 00 03 04 31 32 33 34") == "6A 88");
    BOOST_TEST(commands.run("00 20 00 00") == "6A 88");
    BOOST_TEST(commands.run("00 20 01 01 04 31 32 33 34") == "6A 86");
    BOOST_TEST(commands.run(query) == "63 C3");
}

BOOST_AUTO_TEST_CASE(try_is_gone_even_when_the_card_is_pulled_out_before_it_answers) {
    CardDriver driver(fakes::t0_only());
    driver.cold_reset();
    driver.exchange("00 20 00 01 04");
    driver.send(fakes::hex("31 32 33 30"));
    driver.card.removed(driver.now);
    BOOST_TEST(static_cast<int>(driver.card.state().chvs[0].tries_left) == 2);
}

BOOST_AUTO_TEST_CASE(tries_survive_a_reset_and_the_verification_does_not) {
    CardDriver driver(fakes::t0_only());
    driver.cold_reset();
    driver.exchange("00 20 00 02 04");
    BOOST_TEST(iso7816::to_hex(driver.exchange("31 32 33 34")) == "63 C1");
    driver.exchange("00 20 00 01 04");
    BOOST_TEST(iso7816::to_hex(driver.exchange("31 32 33 34")) == "90 00");
    driver.warm_reset();
    BOOST_TEST(iso7816::to_hex(driver.exchange("00 20 00 01 00")) == "63 C3");
    BOOST_TEST(iso7816::to_hex(driver.exchange("00 20 00 02 00")) == "63 C1");
    driver.cold_reset();
    BOOST_TEST(iso7816::to_hex(driver.exchange("00 20 00 02 00")) == "63 C1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
