#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {
namespace {

using ifd::IfdCode;

/// What makes a notice for `victim`, and which.
struct Cause {
    const char* name;
    Code notice;
    void (*act)(Lab& lab, Handle other);
};

const std::vector<Cause> causes{
    {"Reconnect(RESET)", Code::reset_card, [](Lab& lab, Handle other) { lab.reconnect(other, reset); }},
    {"Reconnect(UNPOWER)", Code::reset_card, [](Lab& lab, Handle other) { lab.reconnect(other, unpower); }},
    {"Disconnect(RESET)", Code::reset_card, [](Lab& lab, Handle other) { lab.manager.disconnect(other, reset); }},
    {"Disconnect(UNPOWER)", Code::reset_card, [](Lab& lab, Handle other) { lab.manager.disconnect(other, unpower); }},
    {"EndTransaction(RESET)", Code::reset_card,
     [](Lab& lab, Handle other) {
         lab.manager.begin_transaction(other);
         lab.manager.end_transaction(other, reset);
     }},
    {"EndTransaction(UNPOWER)", Code::reset_card,
     [](Lab& lab, Handle other) {
         lab.manager.begin_transaction(other);
         lab.manager.end_transaction(other, unpower);
     }},
    {"death with the lock", Code::reset_card,
     [](Lab& lab, Handle other) {
         lab.manager.begin_transaction(other);
         lab.manager.kill_context(lab.bob);
     }},
    {"removal", Code::removed_card, [](Lab& lab, Handle) { lab.ifd.remove(); }},
    {"removal and reinsertion", Code::removed_card, [](Lab& lab, Handle) { lab.ifd.swap(); }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_resource_manager_notices)

// E1, E2, E3
BOOST_AUTO_TEST_CASE(every_cause_is_reported_by_every_reporting_verb_again_and_again) {
    for (const Cause& cause : causes) {
        BOOST_TEST_CONTEXT(cause.name) {
            Lab lab;
            const Handle victim = lab.open(lab.alice);
            cause.act(lab, lab.open(lab.bob));
            iso7816::Bytes value;
            for (int twice = 0; twice < 2; ++twice) {
                BOOST_TEST(lab.transmit(victim) == cause.notice);
                BOOST_TEST(lab.status_code(victim) == cause.notice);
                BOOST_TEST(lab.manager.get_attrib(victim, 0x90303, value) == cause.notice);
                BOOST_TEST(lab.manager.begin_transaction(victim) == cause.notice);
                BOOST_TEST(lab.manager.end_transaction(victim, leave) == cause.notice);
            }
            const StatusResult status = lab.manager.status(victim);
            BOOST_TEST(status.state == 0U);
            BOOST_TEST(status.protocol == undefined);
        }
    }
}

// E3
BOOST_AUTO_TEST_CASE(control_disconnect_and_connect_do_not_report_a_notice) {
    for (const Cause& cause : causes) {
        BOOST_TEST_CONTEXT(cause.name) {
            Lab lab;
            const Handle victim = lab.open(lab.alice);
            cause.act(lab, lab.open(lab.bob));
            iso7816::Bytes output;
            BOOST_TEST(lab.manager.control(victim, 1, {}, output) == Code::unsupported_feature);
            BOOST_TEST(lab.manager.connect(lab.alice, lab.reader, direct, 0).code == Code::success);
            BOOST_TEST(lab.manager.disconnect(victim, leave) == Code::success);
        }
    }
}

// E2
BOOST_AUTO_TEST_CASE(reconnect_clears_its_own_notice_and_nobody_elses) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    const Handle third = lab.open(lab.bob);
    lab.reconnect(third, reset);
    BOOST_TEST(lab.reconnect(alice, leave) == Code::success);
    BOOST_TEST(lab.status_code(alice) == Code::success);
    BOOST_TEST(lab.status_code(bob) == Code::reset_card);
}

// E1
BOOST_AUTO_TEST_CASE(the_last_notice_wins) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.reconnect(bob, reset);
    BOOST_TEST(lab.status_code(alice) == Code::reset_card);
    lab.ifd.swap();
    BOOST_TEST(lab.status_code(alice) == Code::removed_card);
    lab.reconnect(bob, reset);
    BOOST_TEST(lab.status_code(alice) == Code::reset_card);
}

// E4
BOOST_AUTO_TEST_CASE(the_lock_is_tested_before_the_notice_except_by_begin_transaction) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(bob);
    lab.reconnect(bob, reset);
    iso7816::Bytes value;
    BOOST_TEST(lab.status_code(alice) == Code::not_yet);
    BOOST_TEST(lab.transmit(alice) == Code::not_yet);
    BOOST_TEST(lab.manager.control(alice, 1, {}, value) == Code::sharing_violation);
    BOOST_TEST(lab.manager.get_attrib(alice, 0x90303, value) == Code::sharing_violation);
    BOOST_TEST(lab.manager.begin_transaction(alice) == Code::reset_card);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::reset_card);
}

// E5
BOOST_AUTO_TEST_CASE(a_removal_drops_the_lock_and_wakes_those_who_wait) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(alice);
    BOOST_TEST(lab.manager.begin_transaction(bob) == Code::not_yet);
    lab.ifd.remove();
    BOOST_TEST(lab.manager.begin_transaction(bob) == Code::removed_card);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::removed_card);
    lab.ifd.insert();
    BOOST_TEST(lab.reconnect(alice) == Code::success);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::not_transacted);
}

// E5: the exclusive share mode outlives its lock
BOOST_AUTO_TEST_CASE(a_removal_takes_an_exclusive_handles_lock_but_not_its_exclusivity) {
    Lab lab;
    const Handle alice = lab.open(lab.alice, exclusive);
    lab.ifd.swap();
    BOOST_TEST(lab.connect(lab.bob).code == Code::sharing_violation);
    BOOST_TEST(lab.reconnect(alice, leave, exclusive) == Code::success);
    lab.ifd.take_calls();
    lab.manager.kill_context(lab.alice);
    BOOST_TEST(lab.ifd.take_calls().empty());
    BOOST_TEST(lab.connect(lab.bob).code == Code::success);
}

// E6, R9
BOOST_AUTO_TEST_CASE(an_owner_marked_by_its_own_failed_reset_must_reconnect_before_it_can_end) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(alice);
    lab.ifd.next_power_answers = {IfdCode::error_power_action};
    BOOST_TEST(lab.reconnect(alice, reset) == Code::unresponsive_card);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::reset_card);
    BOOST_TEST(lab.status_code(bob) == Code::not_yet);
    BOOST_TEST(lab.reconnect(alice, reset) == Code::success);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::success);
    BOOST_TEST(lab.status_code(bob) == Code::reset_card);
}

// E7
BOOST_AUTO_TEST_CASE(a_reader_error_that_ends_with_the_card_leaves_no_notice) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    const std::uint16_t before = lab.manager.status(handle).event_count;
    lab.ifd.fail(IfdCode::communication_error);
    BOOST_TEST(lab.status_code(handle) == Code::reader_unavailable);
    lab.ifd.insert();
    const StatusResult after = lab.manager.status(handle);
    BOOST_TEST(after.code == Code::success);
    BOOST_TEST(after.event_count == before + 1);
    BOOST_TEST(after.protocol == undefined);
    BOOST_TEST(lab.transmit(handle, t1) == Code::proto_mismatch);
}

// E8
BOOST_AUTO_TEST_CASE(a_handle_opened_after_the_reset_has_no_notice) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    lab.reconnect(lab.open(lab.bob), reset);
    BOOST_TEST(lab.status_code(lab.open(lab.bob)) == Code::success);
    BOOST_TEST(lab.status_code(alice) == Code::reset_card);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
