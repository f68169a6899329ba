#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/card_driver.h"

namespace scardlab::tests {

using Story = std::vector<std::string>;
using boost::test_tools::per_element;
using icc::ContactState;
using iso7816::to_hex;

BOOST_AUTO_TEST_SUITE(icc_reset)

BOOST_AUTO_TEST_CASE(cold_and_warm_reset_are_told_apart_in_the_log) {
    CardDriver driver(fakes::dual_protocol());
    driver.cold_reset();
    driver.warm_reset();
    driver.cold_reset();
    const Story expected{"inserted",           "cold_reset",   "atr 3B 80 80 01 01", "warm_reset",
                         "atr 3B 80 80 01 01", "deactivation", "cold_reset",         "atr 3B 80 80 01 01"};
    BOOST_TEST(driver.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(warm_atr_answers_warm_resets_only) {
    CardDriver driver(fakes::warm_atr_differs());
    BOOST_TEST(to_hex(driver.cold_reset()) == "3B 80 80 01 01");
    BOOST_TEST(to_hex(driver.warm_reset()) == "3B 81 80 01 57 57");
    BOOST_TEST(to_hex(driver.warm_reset()) == "3B 81 80 01 57 57");
    BOOST_TEST(to_hex(driver.cold_reset()) == "3B 80 80 01 01");
}

BOOST_AUTO_TEST_CASE(a_second_reset_before_the_answer_is_warm) {
    CardDriver driver(fakes::warm_atr_differs());
    driver.power_on();
    driver.rst_high();
    driver.rst_low();
    driver.rst_high();
    BOOST_TEST(to_hex(driver.read()) == "3B 81 80 01 57 57");
}

BOOST_AUTO_TEST_CASE(answer_to_reset_begins_in_time_at_the_default_rate) {
    CardDriver driver(fakes::dual_protocol_fast());
    driver.power_on();
    driver.rst_high();
    const ClockCycles released = driver.now;
    BOOST_TEST(!driver.card.next_character(released + ClockCycles{399}).has_value());
    const auto first = driver.card.next_character(released + iso7816::atr_start_maximum);
    const auto second = driver.card.next_character(released + iso7816::initial_waiting_time);
    BOOST_TEST_REQUIRE((first && second));
    BOOST_TEST((first->at - released >= iso7816::atr_start_minimum));
    BOOST_TEST((second->at - first->at).count == 12 * 372);
}

BOOST_AUTO_TEST_CASE(mute_card_says_nothing_until_a_reset_after_unmuting) {
    CardDriver driver(fakes::dual_protocol());
    driver.cold_reset();
    driver.card.set_mute(true);
    BOOST_TEST(driver.card.mute());
    BOOST_TEST(driver.exchange("00 A4 00 0C 00").empty());
    BOOST_TEST(driver.warm_reset().empty());
    driver.card.set_mute(false);
    BOOST_TEST(driver.exchange("00 A4 00 0C 00").empty());
    BOOST_TEST(!driver.warm_reset().empty());
    BOOST_TEST(to_hex(driver.exchange("00 A4 00 0C 00")) == "90 00");
}

BOOST_AUTO_TEST_CASE(card_that_is_mute_by_profile_never_answers) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.mute = true;
    CardDriver driver(profile);
    BOOST_TEST(driver.cold_reset().empty());
    BOOST_TEST(driver.warm_reset().empty());
    const Story expected{"inserted", "cold_reset", "warm_reset"};
    BOOST_TEST(driver.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(falling_silent_in_mid_answer_stops_it) {
    CardDriver driver(fakes::dual_protocol());
    driver.power_on();
    driver.rst_high();
    BOOST_TEST(driver.card.next_character(driver.now + iso7816::atr_start_maximum).has_value());
    driver.card.fall_silent();
    BOOST_TEST(driver.read().empty());
    BOOST_TEST((driver.card.contact_state() == ContactState::silent));
}

BOOST_AUTO_TEST_CASE(first_command_selects_the_first_offered_protocol) {
    CardDriver t0(fakes::dual_protocol());
    t0.cold_reset();
    BOOST_TEST(to_hex(t0.exchange("00 A4 00 0C 02")) == "A4");
    BOOST_TEST((t0.card.protocol() == std::uint8_t{0}));

    CardDriver t1(fakes::dual_protocol_t1_first());
    t1.cold_reset();
    BOOST_TEST(to_hex(t1.exchange(block(iso7816::Pcb::i(false, false), fakes::hex("00 A4 00 0C")))) ==
               to_hex(block(iso7816::Pcb::i(false, false), fakes::hex("90 00"))));
    BOOST_TEST((t1.card.protocol() == std::uint8_t{1}));
}

BOOST_AUTO_TEST_CASE(specific_mode_operates_at_once_at_the_rate_of_ta1) {
    CardDriver driver(fakes::specific_t1());
    driver.cold_reset();
    BOOST_TEST((driver.card.contact_state() == ContactState::operating));
    BOOST_TEST((driver.card.protocol() == std::uint8_t{1}));
    BOOST_TEST((driver.card.rate() == iso7816::TransmissionRate{512, 16}));

    icc::Profile implicit = fakes::specific_t1();
    implicit.cold_atr = fakes::atr("3B 90 95 11 11 05");  // TA2 bit 5: the rate is implicit, here the default
    CardDriver other(implicit);
    other.cold_reset();
    BOOST_TEST((other.card.rate() == iso7816::TransmissionRate{}));
}

BOOST_AUTO_TEST_CASE(card_that_offers_a_protocol_it_does_not_speak_is_silent_there) {
    icc::Profile profile = fakes::dual_protocol();
    profile.cold_atr = fakes::atr("3B 80 0E 8E");
    CardDriver driver(profile);
    driver.cold_reset();
    BOOST_TEST(driver.exchange("00 A4 00 0C 00").empty());
    BOOST_TEST((driver.card.contact_state() == ContactState::silent));
}

BOOST_AUTO_TEST_CASE(reset_returns_to_the_default_rate) {
    CardDriver driver(fakes::dual_protocol_fast());
    driver.cold_reset();
    driver.exchange("FF 11 95 7B");
    BOOST_TEST((driver.card.rate() == iso7816::TransmissionRate{512, 16}));
    driver.warm_reset();
    BOOST_TEST((driver.card.rate() == iso7816::TransmissionRate{}));
}

BOOST_AUTO_TEST_CASE(log_times_are_the_readers) {
    CardDriver driver(fakes::dual_protocol());
    driver.power_on();
    driver.rst_high();
    const ClockCycles reset_at = driver.now;
    driver.read();
    const auto& entries = driver.card.log().entries();
    BOOST_TEST_REQUIRE(entries.size() == 3U);
    BOOST_TEST((entries[1].at == reset_at));
    BOOST_TEST((entries[2].at == driver.now));  // the last character of the ATR
}

namespace {

using Kind = icc::Deviation::Kind;

/// Clock cycles from RST high to TS.
std::int64_t delay_of_answer(CardDriver& driver) {
    driver.power_off();
    driver.power_on();
    driver.rst_high();
    const auto ts = driver.card.next_character(driver.now + iso7816::initial_waiting_time);
    BOOST_TEST_REQUIRE(ts.has_value());
    return (ts->at - driver.now).count;
}

}  // namespace

// ISO/IEC 7816-3 clause 6.2.2
BOOST_AUTO_TEST_CASE(delay_of_the_answer_is_a_quirk) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.answer_delay = 7'777;
    CardDriver driver(profile);
    BOOST_TEST(delay_of_answer(driver) == 7'777);
    BOOST_TEST(delay_of_answer(driver) == 7'777);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_an_atr_is_a_quirk_or_is_planned_once) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.ts = 0x3F;
    profile.quirks.activation.wrong_tck = true;
    profile.quirks.activation.surplus = 2;
    CardDriver quirky(profile);
    BOOST_TEST(to_hex(quirky.cold_reset()) == "3F 80 80 01 00 00 00");
    BOOST_TEST(to_hex(quirky.warm_reset()) == "3F 80 80 01 00 00 00");
    BOOST_TEST((quirky.card.contact_state() == ContactState::negotiable));

    CardDriver driver(fakes::dual_protocol());
    driver.card.plan({Kind::bad_ts});
    BOOST_TEST(to_hex(driver.cold_reset()) == "33 80 80 01 01");
    driver.card.plan({Kind::bad_tck, 1, 2});
    BOOST_TEST(to_hex(driver.cold_reset()) == "3B 80 80 01 00");
    BOOST_TEST(to_hex(driver.warm_reset()) == "3B 80 80 01 00");
    driver.card.plan({Kind::too_long, 1, 1, 3});
    BOOST_TEST(to_hex(driver.cold_reset()) == "3B 80 80 01 01 00 00 00");
    BOOST_TEST(to_hex(driver.cold_reset()) == "3B 80 80 01 01");

    CardDriver without_tck(fakes::t0_only());
    without_tck.card.plan({Kind::bad_tck});
    without_tck.cold_reset();
    BOOST_TEST(without_tck.card.deviations().size() == 1U);  // nothing to spoil
}

BOOST_AUTO_TEST_CASE(surplus_ends_when_the_reader_talks_and_the_card_listens) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.surplus = 9;
    CardDriver driver(profile);
    driver.power_on();
    driver.rst_high();
    for (int i = 0; i < 7; ++i) {
        BOOST_TEST(driver.card.next_character(driver.now + iso7816::initial_waiting_time).has_value());
    }
    BOOST_TEST(to_hex(driver.exchange("FF 00 FF")) == "FF 00 FF");
}

BOOST_AUTO_TEST_CASE(characters_of_the_atr_may_be_further_apart) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.character_spacing = 500;
    CardDriver driver(profile);
    driver.power_on();
    driver.rst_high();
    const auto first = driver.card.next_character(driver.now + iso7816::initial_waiting_time);
    const auto second = driver.card.next_character(driver.now + iso7816::initial_waiting_time);
    BOOST_TEST_REQUIRE((first && second));
    BOOST_TEST((second->at - first->at).count == 500 * 372);
}

BOOST_AUTO_TEST_CASE(card_may_be_mute_at_one_kind_of_reset_only) {
    icc::Profile cold = fakes::dual_protocol();
    cold.quirks.activation.mute_when_cold = true;
    CardDriver first(cold);
    BOOST_TEST(first.cold_reset().empty());
    BOOST_TEST(!first.warm_reset().empty());
    icc::Profile warm = fakes::dual_protocol();
    warm.quirks.activation.mute_when_warm = true;
    CardDriver second(warm);
    BOOST_TEST(!second.cold_reset().empty());
    BOOST_TEST(second.warm_reset().empty());
    BOOST_TEST(!second.cold_reset().empty());
}

// ISO/IEC 7816-3 clauses 5.1.3 and 6.2.1
BOOST_AUTO_TEST_CASE(card_is_mute_at_a_class_that_it_does_not_work_at) {
    using iso7816::OperatingClass;
    icc::Profile profile = fakes::dual_protocol();
    profile.operating_classes = 6;
    for (const OperatingClass operating_class : {OperatingClass::a, OperatingClass::b, OperatingClass::c}) {
        CardDriver driver(profile);
        driver.card.power_on(driver.now, operating_class);
        driver.rst_high();
        BOOST_TEST(driver.read().empty() == (operating_class == OperatingClass::a));
        BOOST_TEST(driver.warm_reset().empty() == (operating_class == OperatingClass::a));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
