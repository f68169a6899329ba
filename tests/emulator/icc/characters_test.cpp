#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/card_driver.h"

namespace scardlab::tests {

namespace {

using boost::test_tools::per_element;
using icc::ContactState;
using iso7816::Character;
using iso7816::Convention;
using iso7816::to_hex;
using Story = std::vector<std::string>;

constexpr ClockCycles long_wait = iso7816::initial_waiting_time;

Character character(std::uint8_t value, Convention convention = Convention::direct) {
    return Character::encode(value, convention);
}

icc::Profile inverse(icc::Profile profile, const char* atr) {
    profile.cold_atr = fakes::atr(atr);
    return profile;
}

/// Sends a character with wrong parity; whether the card wants it again.
bool damage(CardDriver& driver, std::uint8_t value) {
    driver.now += ClockCycles{22 * 372};
    return driver.card.receive(character(value).with_wrong_parity(), driver.now);
}

/// The next character, its time from now on, and whether its parity is right.
struct Heard {
    unsigned value;
    std::int64_t etu;
    bool right;
};
Heard hear(CardDriver& driver) {
    const auto sent = driver.card.next_character(driver.now + long_wait);
    BOOST_TEST_REQUIRE(sent.has_value());
    const std::int64_t etu = (sent->at - driver.now).count / 372;
    driver.now = sent->at;
    return {sent->character.value(driver.convention), etu, sent->character.parity_right(driver.convention)};
}

CardDriver& ready(CardDriver& driver) {
    driver.cold_reset();
    driver.story();
    return driver;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_characters)

// ISO/IEC 7816-3 clause 8.1
// ISO/IEC 7816-3 clause 7
BOOST_AUTO_TEST_CASE(card_talks_and_listens_in_the_convention_of_its_atr) {
    CardDriver driver(inverse(fakes::t0_only(), "3F 00"));
    driver.power_on();
    driver.rst_high();
    const auto ts = driver.card.next_character(driver.now + long_wait);
    BOOST_TEST_REQUIRE(ts.has_value());
    BOOST_TEST(ts->character.levels() == 0x103);
    driver.convention = Convention::inverse;
    driver.read();
    BOOST_TEST(to_hex(driver.exchange("00 A4 00 0C 00")) == "90 00");

    CardDriver other(inverse(fakes::t0_only(), "3F 00"));
    other.cold_reset();
    BOOST_TEST(other.card.receive(character(0x00), other.now));  // of the other convention: its parity is wrong here
}

// ISO/IEC 7816-3 clause 7.3
BOOST_AUTO_TEST_CASE(card_that_offers_t0_asks_for_a_damaged_character_again) {
    CardDriver driver(fakes::dual_protocol());
    ready(driver);
    BOOST_TEST(damage(driver, 0xFF));
    BOOST_TEST((driver.card.contact_state() == ContactState::negotiable));
    driver.send(fakes::hex("FF"));
    BOOST_TEST(damage(driver, 0x00));
    BOOST_TEST(to_hex(driver.exchange("00 FF")) == "FF 00 FF");
    BOOST_TEST(damage(driver, 0x00));
    driver.send(fakes::hex("00 A4 00 0C"));
    BOOST_TEST(damage(driver, 0x02));
    BOOST_TEST(to_hex(driver.exchange("02")) == "A4");
    BOOST_TEST(damage(driver, 0x3F));
    BOOST_TEST(to_hex(driver.exchange("3F 00")) == "90 00");
}

BOOST_AUTO_TEST_CASE(card_in_t1_takes_a_damaged_character_for_a_damaged_block) {
    CardDriver driver(fakes::t1_only());
    ready(driver);
    const Bytes select = block(iso7816::Pcb::i(false, false), fakes::hex("00 A4 00 0C"));
    BOOST_TEST(!damage(driver, select[0]));
    const Bytes answer = driver.exchange(ByteView(select).subspan(1));
    BOOST_TEST(to_hex(answer) == to_hex(block(iso7816::Pcb::r(false, iso7816::RBlockError::edc_or_parity))));
    BOOST_TEST(to_hex(driver.exchange(select)) == to_hex(block(iso7816::Pcb::i(false, false), fakes::hex("90 00"))));
}

BOOST_AUTO_TEST_CASE(card_without_t0_does_not_answer_a_damaged_pps_request) {
    for (const std::size_t damaged : {0U, 1U, 2U}) {
        CardDriver driver(fakes::t1_only());
        ready(driver);
        const Bytes request = fakes::hex("FF 01 FE");
        for (std::size_t i = 0; i < request.size(); ++i) {
            if (i == damaged) {
                BOOST_TEST(!damage(driver, request[i]));
            } else {
                driver.send(ByteView(request).subspan(i, 1));
            }
        }
        BOOST_TEST(driver.read().empty());
        BOOST_TEST((driver.card.contact_state() == ContactState::silent));
    }
}

BOOST_AUTO_TEST_CASE(error_signal_brings_the_same_character_again_13_etu_later) {
    CardDriver driver(fakes::t0_only());
    ready(driver);
    driver.send(fakes::hex("00 A4 00 0C 00"));
    BOOST_TEST(hear(driver).value == 0x90U);
    for (int again = 0; again < 2; ++again) {
        driver.card.signal_error(driver.now);
        const Heard repeated = hear(driver);
        BOOST_TEST(repeated.value == 0x90U);
        BOOST_TEST(repeated.etu == 13);
    }
    BOOST_TEST(hear(driver).etu == 12);
    driver.card.signal_error(driver.now);  // the last one too
    BOOST_TEST(driver.story() == Story{"command 00 A4 00 0C 00"}, per_element());
    BOOST_TEST(hear(driver).value == 0x00U);
    driver.card.settle();
    BOOST_TEST(driver.story() == Story{"response 90 00"}, per_element());
}

BOOST_AUTO_TEST_CASE(answer_to_reset_and_pps_response_are_over_only_when_no_error_signal_came) {
    CardDriver driver(fakes::dual_protocol());
    driver.power_on();
    driver.rst_high();
    for (int i = 0; i < 5; ++i) {
        hear(driver);
    }
    driver.card.signal_error(driver.now);
    BOOST_TEST((driver.card.contact_state() == ContactState::answering));
    BOOST_TEST(hear(driver).value == 0x01U);
    driver.send(fakes::hex("FF 01 FE"));
    for (int i = 0; i < 3; ++i) {
        hear(driver);
    }
    driver.card.signal_error(driver.now);
    BOOST_TEST(hear(driver).value == 0xFEU);
    BOOST_TEST((driver.card.contact_state() == ContactState::answering_pps));
    driver.card.settle();
    BOOST_TEST((driver.card.contact_state() == ContactState::operating));
}

BOOST_AUTO_TEST_CASE(card_without_t0_does_not_heed_an_error_signal) {
    CardDriver driver(fakes::t1_only());
    driver.power_on();
    driver.rst_high();
    hear(driver);
    driver.card.signal_error(driver.now);
    BOOST_TEST(hear(driver).value == 0x80U);
}

BOOST_AUTO_TEST_CASE(card_that_never_repeats_goes_on) {
    icc::Profile profile = fakes::t0_only();
    profile.quirks.characters.never_repeats = true;
    CardDriver driver(profile);
    ready(driver).send(fakes::hex("00 A4 00 0C 00"));
    BOOST_TEST(hear(driver).value == 0x90U);
    driver.card.signal_error(driver.now);
    BOOST_TEST(hear(driver).value == 0x00U);
}

BOOST_AUTO_TEST_CASE(every_nth_character_is_damaged_when_sent_first_and_right_when_repeated) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.characters.parity_error_every = 3;
    CardDriver driver(profile);
    driver.power_on();
    driver.rst_high();
    Bytes heard;
    for (unsigned sent = 1; heard.size() < 5; ++sent) {
        const Heard now = hear(driver);
        if (now.right) {
            heard.push_back(static_cast<std::uint8_t>(now.value));
        } else {
            BOOST_TEST(heard.size() % 3 == 2U);
            driver.card.signal_error(driver.now);
        }
    }
    BOOST_TEST(to_hex(heard) == "3B 80 80 01 01");
}

BOOST_AUTO_TEST_CASE(card_without_t0_begins_to_damage_characters_after_its_atr) {
    icc::Profile profile = fakes::t1_only();
    profile.quirks.characters.parity_error_every = 2;
    CardDriver driver(profile);
    driver.power_on();
    driver.rst_high();
    for (std::size_t i = 0; i < profile.cold_atr.bytes().size(); ++i) {
        BOOST_TEST(hear(driver).right);
    }
    driver.send(block(iso7816::Pcb::i(false, false), fakes::hex("00 A4 00 0C")));
    BOOST_TEST(hear(driver).right);
    BOOST_TEST(!hear(driver).right);
    BOOST_TEST(hear(driver).right);
}

BOOST_AUTO_TEST_CASE(quirks_of_time_hold_after_the_atr_in_every_exchange) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.characters.guard_time = 30;
    profile.quirks.characters.answer_delay = 100;
    CardDriver driver(profile);
    driver.power_on();
    driver.rst_high();
    hear(driver);
    BOOST_TEST(hear(driver).etu == 12);
    driver.read();
    driver.send(fakes::hex("FF 00 FF"));
    BOOST_TEST(hear(driver).etu == 100);
    BOOST_TEST(hear(driver).etu == 30);
    driver.read();
    driver.send(fakes::hex("00 A4 00 0C 00"));
    BOOST_TEST(hear(driver).etu == 100);
    BOOST_TEST(hear(driver).etu == 30);
}

RC_BOOST_PROP(whatever_happens_at_the_contacts_the_card_answers_the_next_cold_reset, ()) {
    icc::Profile profile = *rc::gen::element(fakes::dual_protocol(), fakes::t0_only(), fakes::t1_crc());
    profile.quirks.characters.parity_error_every = *rc::gen::inRange(0U, 5U);
    CardDriver driver(profile);
    const auto acts = *rc::gen::container<std::vector<std::pair<int, std::uint16_t>>>(
        rc::gen::pair(rc::gen::inRange(0, 12), rc::gen::inRange<std::uint16_t>(0, 512)));
    for (const auto& [act, levels] : acts) {
        driver.now += ClockCycles{400};
        switch (act) {
            case 0:
                driver.card.power_on(driver.now);
                break;
            case 1:
                driver.card.rst_high(driver.now);
                break;
            case 2:
                driver.card.rst_low(driver.now);
                break;
            case 3:
                driver.card.stop_clock(driver.now);
                break;
            case 4:
                driver.card.io_low(driver.now);
                break;
            case 5:
                driver.card.vcc_off(driver.now);
                break;
            case 6:
                driver.card.signal_error(driver.now);
                break;
            case 7:
                driver.cold_reset();
                break;
            case 8:
                driver.card.next_character(driver.now + long_wait);
                break;
            case 9:
                driver.card.receive(character(0xFF), driver.now);
                break;
            default:
                driver.card.receive(Character(levels), driver.now);
        }
        RC_ASSERT(driver.card.powered() || driver.card.session() == icc::IccSession{});
    }
    driver.power_off();
    driver.power_on();
    driver.rst_high();
    Bytes answer;
    for (std::size_t i = 0; i < profile.cold_atr.bytes().size(); ++i) {
        Heard heard = hear(driver);
        if (!heard.right) {
            driver.card.signal_error(driver.now);
            const bool again = profile.cold_atr.offers(iso7816::Protocol::t0);
            heard = again ? hear(driver) : heard;
        }
        answer.push_back(static_cast<std::uint8_t>(heard.value));
    }
    RC_ASSERT(to_hex(answer) == to_hex(profile.cold_atr.bytes()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
