#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/card_driver.h"

namespace scardlab::tests {

namespace {

using Answer = icc::IccQuirks::PpsExchange::Answer;
using boost::test_tools::per_element;
using icc::ContactState;
using iso7816::to_hex;

constexpr iso7816::TransmissionRate default_rate{};
constexpr iso7816::TransmissionRate fast_rate{512, 16};

CardDriver& after_reset(CardDriver& driver) {
    driver.cold_reset();
    return driver;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_pps)

// ISO/IEC 7816-3 clauses 9.1 and 9.3
BOOST_AUTO_TEST_CASE(request_for_an_offered_protocol_is_echoed_and_puts_it_into_force) {
    for (const std::uint8_t t : {std::uint8_t{0}, std::uint8_t{1}}) {
        CardDriver driver(fakes::dual_protocol());
        after_reset(driver);
        driver.story();
        const Bytes request{0xFF, t, static_cast<std::uint8_t>(0xFF ^ t)};
        BOOST_TEST(to_hex(driver.exchange(request)) == to_hex(request));
        BOOST_TEST((driver.card.protocol() == t));
        BOOST_TEST((driver.card.rate() == default_rate));
        const std::vector<std::string> expected{"pps T" + std::to_string(t) + " (" + to_hex(request) + ")",
                                                "pps_response " + to_hex(request)};
        BOOST_TEST(driver.story() == expected, per_element());
    }
}

BOOST_AUTO_TEST_CASE(rate_of_ta1_is_accepted_and_used) {
    CardDriver driver(fakes::dual_protocol_fast());
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 11 95 7B")) == "FF 11 95 7B");
    BOOST_TEST((driver.card.rate() == fast_rate));
    BOOST_TEST((driver.card.protocol() == std::uint8_t{1}));
}

BOOST_AUTO_TEST_CASE(default_rate_may_be_asked_for_explicitly) {
    CardDriver driver(fakes::dual_protocol_fast());
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 10 11 FE")) == "FF 10 11 FE");
    BOOST_TEST((driver.card.rate() == default_rate));
}

BOOST_AUTO_TEST_CASE(rate_that_the_card_does_not_have_is_left_out_of_the_response) {
    CardDriver driver(fakes::dual_protocol_fast());
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 11 96 78")) == "FF 01 FE");
    BOOST_TEST((driver.card.rate() == default_rate));
    BOOST_TEST((driver.card.protocol() == std::uint8_t{1}));
}

BOOST_AUTO_TEST_CASE(reserved_rate_is_left_out_even_when_ta1_has_it) {
    icc::Profile profile = fakes::dual_protocol_fast();
    profile.cold_atr = fakes::atr("3B 90 90 80 01 81");
    CardDriver driver(profile);
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 11 90 7E")) == "FF 01 FE");
    BOOST_TEST((driver.card.rate() == default_rate));
}

BOOST_AUTO_TEST_CASE(pps2_and_pps3_are_left_out_of_the_response) {
    CardDriver driver(fakes::dual_protocol());
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 61 01 02 9D")) == "FF 01 FE");
    BOOST_TEST((driver.card.protocol() == std::uint8_t{1}));
}

BOOST_AUTO_TEST_CASE(partial_accept_by_profile_leaves_the_rate_out) {
    icc::Profile profile = fakes::dual_protocol_fast();
    profile.quirks.pps.answer = Answer::without_pps1;
    CardDriver driver(profile);
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 11 95 7B")) == "FF 01 FE");
    BOOST_TEST((driver.card.rate() == default_rate));
}

BOOST_AUTO_TEST_CASE(refusal_answers_with_another_protocol_and_then_nothing) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.pps.answer = Answer::refuse;
    CardDriver driver(profile);
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 01 FE")) == "FF 00 FF");
    BOOST_TEST((driver.card.contact_state() == ContactState::silent));
    BOOST_TEST(driver.exchange("00 A4 00 0C 00").empty());
}

BOOST_AUTO_TEST_CASE(silent_card_does_not_answer_but_logs_the_request) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.pps.answer = Answer::silent;
    CardDriver driver(profile);
    after_reset(driver);
    driver.story();
    BOOST_TEST(driver.exchange("FF 01 FE").empty());
    BOOST_TEST(driver.story() == std::vector<std::string>{"pps T1 (FF 01 FE)"}, per_element());
    BOOST_TEST((driver.card.contact_state() == ContactState::silent));
}

BOOST_AUTO_TEST_CASE(garbled_request_and_one_for_another_protocol_are_not_answered) {
    for (const char* request : {"FF 01 FF", "FF 02 FD", "FF 81 7E"}) {
        CardDriver driver(fakes::dual_protocol());
        BOOST_TEST(after_reset(driver).exchange(request).empty());
        BOOST_TEST((driver.card.contact_state() == ContactState::silent));
    }
    CardDriver single(fakes::t0_only());
    BOOST_TEST(after_reset(single).exchange("FF 01 FE").empty());
}

BOOST_AUTO_TEST_CASE(answer_that_was_planned_for_one_request_is_given_once) {
    CardDriver driver(fakes::dual_protocol());
    driver.card.plan({icc::Deviation::Kind::pps_refuse});
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 01 FE")) == "FF 00 FF");
    driver.warm_reset();
    BOOST_TEST(to_hex(driver.exchange("FF 01 FE")) == "FF 01 FE");
}

// ISO/IEC 7816-3 clause 9.3
BOOST_AUTO_TEST_CASE(garbled_answer_has_a_wrong_pck_and_the_card_is_silent_then) {
    icc::Profile profile = fakes::dual_protocol_fast();
    profile.quirks.pps.answer = Answer::garbled;
    CardDriver driver(profile);
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 11 95 7B")) == "FF 11 95 7A");
    BOOST_TEST((driver.card.contact_state() == ContactState::silent));
}

BOOST_AUTO_TEST_CASE(every_kind_of_answer_can_be_planned_for_some_requests) {
    using Kind = icc::Deviation::Kind;
    const std::tuple<Kind, const char*, const char*> kinds[] = {{Kind::pps_refuse, "FF 11 95 7B", "FF 10 95 7A"},
                                                                {Kind::pps_garble, "FF 11 95 7B", "FF 11 95 7A"},
                                                                {Kind::pps_without_pps1, "FF 11 95 7B", "FF 01 FE"}};
    for (const auto& [kind, request, answer] : kinds) {
        CardDriver driver(fakes::dual_protocol_fast());
        driver.card.plan({kind, 1, 2});
        for (int i = 0; i < 2; ++i) {
            BOOST_TEST(driver.card.deviations().size() == 1U);
            BOOST_TEST(to_hex(after_reset(driver).exchange(request)) == answer);
        }
        BOOST_TEST(driver.card.deviations().empty());
        BOOST_TEST(to_hex(after_reset(driver).exchange(request)) == request);
    }
    CardDriver driver(fakes::dual_protocol_fast());
    driver.card.plan({Kind::pps_without_pps1});
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 01 FE")) == "FF 01 FE");
    BOOST_TEST(driver.card.deviations().size() == 1U);  // there was no PPS1 to leave out
}

BOOST_AUTO_TEST_CASE(in_specific_mode_there_is_no_pps) {
    CardDriver driver(fakes::specific_t1());
    // the beginning of a block of T=1, refused when CWT is over
    BOOST_TEST(to_hex(after_reset(driver).exchange("FF 01 FE")) == "00 82 00 82");
    BOOST_TEST((driver.card.contact_state() == ContactState::operating));
}

BOOST_AUTO_TEST_CASE(reset_in_mid_request_forgets_it) {
    CardDriver driver(fakes::dual_protocol());
    after_reset(driver).send(fakes::hex("FF 01"));
    driver.warm_reset();
    BOOST_TEST(to_hex(driver.exchange("FF 00 FF")) == "FF 00 FF");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
