#include "emulator/icc/contacts.h"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/icc/transition_walk.h"

namespace scardlab::tests {

namespace {

using icc::ContactInput;
using icc::ContactState;
using Answer = icc::IccQuirks::PpsExchange::Answer;

icc::Profile profile_for(ContactInput input) {
    return input == ContactInput::atr_sent_specific ? fakes::specific_t1() : fakes::dual_protocol();
}

void pps_t0(CardDriver& driver) {
    driver.send(fakes::hex("FF 00 FF"));
}

/// Brings a card from the box to a state.
void reach(ContactState state, CardDriver& driver) {
    if (state == ContactState::unpowered) {
        return;
    }
    driver.power_on();
    if (state == ContactState::reset_held) {
        return;
    }
    driver.rst_high();
    if (state == ContactState::answering) {
        return;
    }
    driver.read();
    switch (state) {
        case ContactState::receiving_pps:
            driver.send(fakes::hex("FF"));
            break;
        case ContactState::answering_pps:
            pps_t0(driver);
            break;
        case ContactState::answering_refusal:
            driver.card.answer_next_pps(Answer::refuse);
            pps_t0(driver);
            break;
        case ContactState::operating:
            driver.send(fakes::hex("00"));
            break;
        case ContactState::silent:
            driver.card.fall_silent();
            break;
        default:
            break;
    }
}

void end_pps(CardDriver& driver, Answer answer) {
    driver.card.answer_next_pps(answer);
    driver.send(fakes::hex("00 FF"));
}

/// Makes an input happen at the contacts.
void act(ContactInput input, CardDriver& driver) {
    switch (input) {
        case ContactInput::power_on:
            return driver.power_on();
        case ContactInput::power_off:
            return driver.power_off();
        case ContactInput::rst_low:
            return driver.rst_low();
        case ContactInput::rst_high:
            return driver.rst_high();
        case ContactInput::rst_high_mute:
            driver.card.stay_mute_at_next_reset();
            return driver.rst_high();
        case ContactInput::atr_sent:
        case ContactInput::atr_sent_specific:
        case ContactInput::pps_response_sent:
            driver.read();
            return;
        case ContactInput::pps_start:
            return driver.send(fakes::hex("FF"));
        case ContactInput::command_start:
            return driver.send(fakes::hex("00"));
        case ContactInput::pps_accept:
            return end_pps(driver, Answer::accept);
        case ContactInput::pps_refuse:
            return end_pps(driver, Answer::refuse);
        case ContactInput::pps_ignore:
            return end_pps(driver, Answer::silent);
        case ContactInput::fall_silent:
            return driver.card.fall_silent();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_contacts)

BOOST_AUTO_TEST_CASE(table_walked_over_every_state_and_input) {
    check_table(icc::contact_transitions(), icc::contact_state_count, icc::contact_input_count, 35,
                ContactState::unpowered, [](ContactState s, ContactInput i) { return icc::next(s, i); });
}

BOOST_AUTO_TEST_CASE(every_row_is_what_a_card_does) {
    for (const auto& row : icc::contact_transitions()) {
        BOOST_TEST_CONTEXT("state " << number(row.from) << ", input " << number(row.on)) {
            CardDriver driver(profile_for(row.on));
            reach(row.from, driver);
            BOOST_TEST((driver.card.contact_state() == row.from));
            act(row.on, driver);
            BOOST_TEST((driver.card.contact_state() == row.to));
        }
    }
}

BOOST_AUTO_TEST_CASE(pulling_the_card_out_takes_its_power_in_every_state) {
    for (unsigned s = 0; s < icc::contact_state_count; ++s) {
        BOOST_TEST_CONTEXT("state " << s) {
            CardDriver driver(fakes::dual_protocol());
            reach(static_cast<ContactState>(s), driver);
            driver.card.removed(driver.now);
            BOOST_TEST((driver.card.contact_state() == ContactState::unpowered));
            BOOST_TEST((driver.card.session() == icc::IccSession{}));
            BOOST_TEST(driver.card.log().entries().size() >= 2U);
            BOOST_TEST((driver.card.log().entries().back().event == icc::ContactEvent::removed));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_change_at_a_contact_without_a_row_changes_nothing) {
    for (const ContactInput input : {ContactInput::power_on, ContactInput::rst_low, ContactInput::rst_high,
                                     ContactInput::rst_high_mute, ContactInput::fall_silent}) {
        for (unsigned s = 0; s < icc::contact_state_count; ++s) {
            const auto state = static_cast<ContactState>(s);
            if (icc::next(state, input)) {
                continue;
            }
            BOOST_TEST_CONTEXT("state " << s << ", input " << number(input)) {
                CardDriver driver(fakes::dual_protocol());
                reach(state, driver);
                driver.story();
                act(input, driver);
                BOOST_TEST((driver.card.contact_state() == state));
                BOOST_TEST(driver.story().empty());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(characters_to_a_card_that_does_not_listen_are_ignored) {
    for (const ContactState state : {ContactState::unpowered, ContactState::reset_held, ContactState::silent}) {
        CardDriver driver(fakes::dual_protocol());
        reach(state, driver);
        driver.send(fakes::hex("FF 00 FF 00 A4 00 00 00"));
        BOOST_TEST((driver.card.contact_state() == state));
        BOOST_TEST(driver.read().empty());
    }
}

BOOST_AUTO_TEST_CASE(protocol_is_known_only_where_one_is_in_force_or_would_be_selected) {
    for (unsigned s = 0; s < icc::contact_state_count; ++s) {
        const auto state = static_cast<ContactState>(s);
        CardDriver driver(fakes::dual_protocol_t1_first());
        reach(state, driver);
        const auto t = driver.card.protocol();
        if (state == ContactState::negotiable || state == ContactState::operating) {
            BOOST_TEST((t == std::uint8_t{1}));
        } else {
            BOOST_TEST(!t.has_value());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
