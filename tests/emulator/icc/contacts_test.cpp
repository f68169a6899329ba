#include "emulator/icc/contacts.h"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/icc/transition_walk.h"

namespace scardlab::tests {

namespace {

using icc::ContactInput;
using icc::ContactState;
using Kind = icc::Deviation::Kind;

icc::Profile profile_for(ContactInput input) {
    if (input == ContactInput::rst_high_mute) {
        icc::Profile mute = fakes::dual_protocol();
        mute.quirks.activation.mute_when_cold = true;
        return mute;
    }
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
    switch (state) {
        case ContactState::reset_held:
            return;
        case ContactState::power_lost:
            return driver.card.vcc_off(driver.now);
        case ContactState::clock_stopped:
            return driver.card.stop_clock(driver.now);
        case ContactState::io_held_low:
            driver.card.stop_clock(driver.now);
            return driver.card.io_low(driver.now);
        default:
            break;
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
            driver.card.plan({Kind::pps_refuse});
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

void end_pps(CardDriver& driver, std::optional<icc::Deviation::Kind> deviation) {
    if (deviation) {
        driver.card.plan({*deviation});
    }
    driver.send(fakes::hex("00 FF"));
}

/// Makes an input happen at the contacts.
void act(ContactInput input, CardDriver& driver) {
    switch (input) {
        case ContactInput::power_on:
            return driver.power_on();
        case ContactInput::clock_stop:
            return driver.card.stop_clock(driver.now);
        case ContactInput::io_low:
            return driver.card.io_low(driver.now);
        case ContactInput::power_off:
            return driver.card.vcc_off(driver.now);
        case ContactInput::rst_low:
            return driver.rst_low();
        case ContactInput::rst_high:
        case ContactInput::rst_high_mute:
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
            return end_pps(driver, {});
        case ContactInput::pps_refuse:
            return end_pps(driver, Kind::pps_refuse);
        case ContactInput::pps_ignore:
            return driver.send(fakes::hex("00 00"));  // PCK is wrong
        case ContactInput::fall_silent:
            return driver.card.fall_silent();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_contacts)

BOOST_AUTO_TEST_CASE(table_walked_over_every_state_and_input) {
    check_table(icc::contact_transitions(), icc::contact_state_count, icc::contact_input_count, 41,
                ContactState::unpowered, [](ContactState s, ContactInput i) { return icc::next(s, i); });
}

// ISO/IEC 7816-3 clauses 6, 6.2.1, 6.2.2, 6.2.3, 6.3.1, 6.4, 8.1, 9, 9.1 and 9.3
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
            const bool had_power = s != number(ContactState::unpowered) && s != number(ContactState::io_held_low);
            BOOST_TEST(
                (driver.card.contact_state() == (had_power ? ContactState::power_lost : ContactState::unpowered)));
            BOOST_TEST(!driver.card.powered());
            BOOST_TEST((driver.card.session() == icc::IccSession{}));
            BOOST_TEST(driver.card.log().entries().size() >= 2U);
            BOOST_TEST((driver.card.log().entries().back().event == icc::ContactEvent::removed));
        }
    }
}

// ISO/IEC 7816-3 clause 6.4
BOOST_AUTO_TEST_CASE(deactivation_in_order_is_logged_and_any_other_loss_of_power_is_not) {
    CardDriver driver(fakes::dual_protocol());
    driver.cold_reset();
    driver.story();
    driver.card.rst_low(driver.now);
    driver.card.stop_clock(driver.now);
    BOOST_TEST((driver.card.contact_state() == ContactState::clock_stopped));
    driver.card.io_low(driver.now);
    BOOST_TEST((driver.card.contact_state() == ContactState::io_held_low));
    driver.card.vcc_off(driver.now);
    BOOST_TEST((driver.card.contact_state() == ContactState::unpowered));
    BOOST_TEST(driver.story() == std::vector<std::string>{"deactivation"}, boost::test_tools::per_element());

    driver.cold_reset();
    driver.story();
    driver.card.stop_clock(driver.now);  // RST is high: not a deactivation
    driver.card.vcc_off(driver.now);
    BOOST_TEST((driver.card.contact_state() == ContactState::power_lost));
    BOOST_TEST((driver.card.session() == icc::IccSession{}));
    BOOST_TEST(driver.story().empty());
    BOOST_TEST(!driver.cold_reset().empty());
}

BOOST_AUTO_TEST_CASE(a_change_at_a_contact_without_a_row_changes_nothing) {
    for (const ContactInput input : {ContactInput::power_on, ContactInput::rst_low, ContactInput::rst_high,
                                     ContactInput::fall_silent, ContactInput::clock_stop, ContactInput::io_low}) {
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
    for (const ContactState state : {ContactState::unpowered, ContactState::power_lost, ContactState::reset_held,
                                     ContactState::clock_stopped, ContactState::io_held_low, ContactState::silent}) {
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
