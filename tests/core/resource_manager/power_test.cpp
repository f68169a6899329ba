#include <boost/test/unit_test.hpp>
#include <set>

#include "core/resource_manager/embedded/power_state.h"
#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {
namespace {

using ifd::IfdCode;
using namespace std::chrono_literals;
using resource_manager::power_event_count;
using resource_manager::power_state_count;
using resource_manager::power_transition;
using resource_manager::power_transitions;
using resource_manager::PowerEvent;
using resource_manager::PowerState;
using resource_manager::PowerTransition;

/// What becomes of each state, written down apart from the code: one column per state, in the order of the enumeration.
struct Column {
    PowerEvent event;
    PowerState to[power_state_count];
};

using enum PowerState;
const Column columns[] = {
    {PowerEvent::insertion_powered, {powered, powered, powered, powered}},
    {PowerEvent::insertion_mute,
     {PowerState::unpowered, PowerState::unpowered, PowerState::unpowered, PowerState::unpowered}},
    {PowerEvent::used, {in_use, in_use, in_use, in_use}},
    {PowerEvent::disconnect_unpower,
     {PowerState::unpowered, PowerState::unpowered, PowerState::unpowered, PowerState::unpowered}},
    {PowerEvent::last_handle_gone, {PowerState::unpowered, grace_period, grace_period, grace_period}},
    {PowerEvent::wait_over, {PowerState::unpowered, PowerState::unpowered, powered, in_use}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_resource_manager_power)

// P1, P3, P4: all pairs
BOOST_AUTO_TEST_CASE(every_state_and_event_has_one_row_that_leads_where_pcsc_lite_goes) {
    std::set<std::pair<PowerState, PowerEvent>> seen;
    for (const PowerTransition& row : power_transitions) {
        seen.emplace(row.from, row.event);
    }
    BOOST_TEST(seen.size() == power_state_count * power_event_count);
    for (const Column& column : columns) {
        for (std::size_t i = 0; i < power_state_count; ++i) {
            BOOST_TEST_CONTEXT("state " << i << ", event " << static_cast<int>(column.event)) {
                const auto from = static_cast<PowerState>(i);
                const PowerTransition& row = power_transition(from, column.event);
                BOOST_TEST((row.from == from && row.event == column.event));
                BOOST_TEST((row.to == column.to[i]));
                BOOST_TEST(row.power_down == (from == powered && column.event == PowerEvent::wait_over));
                BOOST_TEST(row.source.find(".c:") != std::string_view::npos);
            }
        }
    }
}

// P1, P2
BOOST_AUTO_TEST_CASE(an_inserted_card_that_nobody_uses_is_powered_off_after_5_seconds) {
    Lab lab(false);
    lab.ifd.insert();
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"up"}), boost::test_tools::per_element());
    lab.advance(5s - 1ns);
    BOOST_TEST(lab.ifd.take_calls().empty());
    lab.advance(1ns);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down"}), boost::test_tools::per_element());
    lab.advance(1h);
    BOOST_TEST(lab.ifd.take_calls().empty());
}

// P1
BOOST_AUTO_TEST_CASE(the_automatic_power_off_leaves_the_powered_bit_and_the_atr) {
    Lab lab;
    const Handle handle = lab.open(lab.alice, direct, undefined);
    lab.advance(5s);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down"}), boost::test_tools::per_element());
    BOOST_TEST(lab.state(handle) == usable);
    BOOST_TEST((lab.manager.status(handle).atr == lab.ifd.atr()));
    BOOST_TEST(lab.protocol(handle) == undefined);
}

// P3
BOOST_AUTO_TEST_CASE(a_card_in_use_is_never_powered_off) {
    Lab lab;
    lab.open(lab.alice);
    lab.ifd.take_calls();
    for (int i = 0; i < 100; ++i) {
        lab.advance(1min);
    }
    BOOST_TEST(lab.ifd.take_calls().empty());
}

// P2, P4
BOOST_AUTO_TEST_CASE(after_the_last_disconnect_the_card_stays_powered_for_5_seconds) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.advance(1min);
    lab.manager.disconnect(alice, leave);
    lab.advance(1min);
    lab.ifd.take_calls();
    lab.manager.disconnect(bob, leave);
    lab.advance(5s - 1ns);
    BOOST_TEST(lab.ifd.take_calls().empty());
    lab.advance(1ns);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down"}), boost::test_tools::per_element());
}

// P5
BOOST_AUTO_TEST_CASE(a_reinserted_card_is_powered_off_under_open_handles) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.swap();
    lab.ifd.take_calls();
    lab.advance(5s);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down"}), boost::test_tools::per_element());
    BOOST_TEST(lab.status_code(handle) == Code::removed_card);
}

// P5
BOOST_AUTO_TEST_CASE(a_direct_handle_does_not_keep_the_card_powered) {
    Lab lab;
    lab.open(lab.alice, direct, undefined);
    lab.advance(5s);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down"}), boost::test_tools::per_element());
}

// P6
BOOST_AUTO_TEST_CASE(a_connect_within_the_grace_period_costs_nothing) {
    Lab lab;
    lab.manager.disconnect(lab.open(lab.alice, shared, t0), leave);
    lab.advance(4s);
    lab.ifd.take_all_calls();
    BOOST_TEST(lab.connect(lab.bob).active_protocol == t0);
    BOOST_TEST(lab.ifd.take_all_calls().empty());
    lab.advance(1h);
    BOOST_TEST(lab.ifd.take_calls().empty());
}

// D4: nothing is left to power off
BOOST_AUTO_TEST_CASE(after_disconnect_unpower_there_is_no_second_power_off) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.take_calls();
    lab.manager.disconnect(handle, unpower);
    lab.advance(1min);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down"}), boost::test_tools::per_element());
    BOOST_TEST(lab.connect(lab.alice).code == Code::success);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"up", "set T1"}), boost::test_tools::per_element());
}

// P1: a card that fails to power down counts as unpowered all the same
BOOST_AUTO_TEST_CASE(the_result_of_the_automatic_power_off_is_ignored) {
    Lab lab;
    lab.ifd.power_answer = IfdCode::communication_error;
    lab.advance(5s);
    lab.ifd.power_answer = IfdCode::success;
    lab.ifd.take_calls();
    BOOST_TEST(lab.connect(lab.alice).code == Code::success);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"up", "set T1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_verb_does_what_has_become_due_without_being_asked_to) {
    Lab lab;
    lab.clock.advance(6s);
    BOOST_TEST(lab.connect(lab.alice).code == Code::success);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down", "up", "set T1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
