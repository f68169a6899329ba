#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {

using ifd::IfdCode;

BOOST_AUTO_TEST_SUITE(core_resource_manager_reconnect)

// R1, R2: each row breaks its own rule and every later one
BOOST_AUTO_TEST_CASE(arguments_are_judged_in_pcsc_lites_order) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    const Handle holder = lab.open(lab.bob);
    const auto bad_share = static_cast<ShareMode>(9);
    const auto bad_disposition = static_cast<Disposition>(7);
    lab.manager.begin_transaction(holder);
    lab.ifd.take_calls();
    BOOST_TEST(lab.reconnect(Handle{99}, bad_disposition, bad_share, 0) == Code::invalid_handle);
    BOOST_TEST(lab.reconnect(Handle{0}, bad_disposition, bad_share, 0) == Code::invalid_handle);
    BOOST_TEST(lab.reconnect(handle, bad_disposition, bad_share, 0) == Code::invalid_value);
    BOOST_TEST(lab.reconnect(handle, eject, shared, any) == Code::invalid_value);
    BOOST_TEST(lab.reconnect(handle, reset, bad_share, 0) == Code::invalid_value);
    BOOST_TEST(lab.reconnect(handle, reset, shared, 0) == Code::proto_mismatch);
    BOOST_TEST(lab.reconnect(handle, reset, shared, t15) == Code::proto_mismatch);
    BOOST_TEST(lab.reconnect(handle, reset) == Code::not_yet);
    lab.ifd.fail(IfdCode::communication_error);
    BOOST_TEST(lab.reconnect(handle, reset) == Code::reader_unavailable);
    lab.manager.remove_reader(lab.reader);
    BOOST_TEST(lab.reconnect(handle, reset, shared, 0) == Code::proto_mismatch);
    BOOST_TEST(lab.reconnect(handle, reset) == Code::invalid_value);
    BOOST_TEST(lab.ifd.take_calls().empty());
}

// R3
BOOST_AUTO_TEST_CASE(an_error_answers_no_protocol) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    BOOST_TEST(lab.manager.reconnect(handle, shared, t0, leave).active_protocol == undefined);
    lab.ifd.power_answer = IfdCode::error_power_action;
    BOOST_TEST(lab.manager.reconnect(handle, shared, any, reset).active_protocol == undefined);
}

// R5
BOOST_AUTO_TEST_CASE(leave_with_a_protocol_in_force_calls_nothing) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.take_all_calls();
    const ReconnectResult result = lab.manager.reconnect(handle, shared, any, leave);
    BOOST_TEST(result.code == Code::success);
    BOOST_TEST(result.active_protocol == t1);
    BOOST_TEST(lab.ifd.take_all_calls().empty());
}

// R5
BOOST_AUTO_TEST_CASE(leave_without_a_protocol_negotiates_once_and_powers_nothing) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    BOOST_TEST(lab.manager.disconnect(bob, reset) == Code::success);
    lab.ifd.take_all_calls();
    BOOST_TEST(lab.manager.reconnect(alice, shared, t0, leave).active_protocol == t0);
    BOOST_TEST(lab.ifd.take_all_calls() == (Calls{"set T0"}), boost::test_tools::per_element());
}

// R6
BOOST_AUTO_TEST_CASE(reset_is_presence_warm_reset_and_negotiation) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.take_all_calls();
    BOOST_TEST(lab.reconnect(handle, reset) == Code::success);
    BOOST_TEST(lab.ifd.take_all_calls() == (Calls{"presence", "reset", "set T1"}), boost::test_tools::per_element());
    BOOST_TEST(lab.state(handle) == usable);
}

// R7: the result of the power-down does not matter
BOOST_AUTO_TEST_CASE(unpower_is_down_and_up_with_presence_before_each) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.take_all_calls();
    lab.ifd.next_power_answers = {IfdCode::communication_error};
    BOOST_TEST(lab.reconnect(handle, unpower) == Code::success);
    BOOST_TEST(lab.ifd.take_all_calls() == (Calls{"presence", "down", "presence", "up", "set T1"}),
               boost::test_tools::per_element());
}

// R8
BOOST_AUTO_TEST_CASE(a_card_that_does_not_answer_the_reset_is_unresponsive) {
    for (const IfdCode answer : {IfdCode::error_power_action, IfdCode::communication_error, IfdCode::no_such_device}) {
        for (const Disposition initialization : {reset, unpower}) {
            Lab lab;
            const Handle handle = lab.open(lab.alice);
            lab.ifd.power_answer = answer;
            BOOST_TEST(lab.reconnect(handle, initialization) == Code::unresponsive_card);
            BOOST_TEST(lab.state_now() == mute);
            BOOST_TEST(lab.status_code(handle) == Code::reset_card);
            BOOST_TEST(lab.reconnect(handle, leave) == Code::unresponsive_card);
            lab.ifd.power_answer = IfdCode::success;
            BOOST_TEST(lab.reconnect(handle, initialization) == Code::success);
        }
    }
}

// R8
BOOST_AUTO_TEST_CASE(the_new_atr_is_kept_and_the_event_counter_stays) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    const StatusResult before = lab.manager.status(handle);
    lab.ifd.set_atr({0x3B, 0x80, 0x01, 0x81});
    BOOST_TEST(lab.reconnect(handle, reset) == Code::success);
    const StatusResult after = lab.manager.status(handle);
    BOOST_TEST((after.atr == lab.ifd.atr()));
    BOOST_TEST(!(after.atr == before.atr));
    BOOST_TEST(after.event_count == before.event_count);
    BOOST_TEST(after.reader == lab.reader);
}

// R9
BOOST_AUTO_TEST_CASE(a_reset_with_an_impossible_protocol_has_reset_the_card) {
    Lab lab(false);
    lab.ifd.set_atr({0x3B, 0x80, 0x01, 0x81});
    lab.ifd.insert();
    const Handle handle = lab.open(lab.alice);
    lab.ifd.take_calls();
    BOOST_TEST(lab.reconnect(handle, reset, shared, t0) == Code::proto_mismatch);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"reset"}), boost::test_tools::per_element());
    BOOST_TEST(lab.status_code(handle) == Code::reset_card);
    BOOST_TEST(lab.manager.reconnect(handle, shared, any, leave).active_protocol == t1);
    BOOST_TEST(lab.status_code(handle) == Code::success);
}

// R10 (after the event thread has seen the removal)
BOOST_AUTO_TEST_CASE(a_failed_reset_of_a_removed_card_turns_removed_into_reset_on_every_handle) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.ifd.remove();
    BOOST_TEST(lab.status_code(alice) == Code::removed_card);
    BOOST_TEST(lab.reconnect(alice, reset) == Code::no_smartcard);
    BOOST_TEST(lab.status_code(alice) == Code::reset_card);
    BOOST_TEST(lab.status_code(bob) == Code::reset_card);
}

// R10: the event thread comes after the verb
BOOST_AUTO_TEST_CASE(a_removal_in_the_middle_of_a_reset_is_a_removal) {
    for (const Disposition initialization : {reset, unpower}) {
        Lab lab;
        const Handle handle = lab.open(lab.alice);
        lab.ifd.during_next("presence", [&lab] { lab.ifd.remove(); });
        BOOST_TEST(lab.reconnect(handle, initialization) == Code::no_smartcard);
        BOOST_TEST(lab.status_code(handle) == Code::removed_card);
    }
}

// R12
BOOST_AUTO_TEST_CASE(the_protocol_is_only_switched_by_a_reset) {
    Lab lab;
    const Handle handle = lab.open(lab.alice, shared, t1);
    lab.ifd.take_calls();
    BOOST_TEST(lab.reconnect(handle, leave, shared, t1) == Code::success);
    BOOST_TEST(lab.reconnect(handle, leave, shared, any) == Code::success);
    BOOST_TEST(lab.reconnect(handle, leave, shared, t0) == Code::proto_mismatch);
    BOOST_TEST(lab.reconnect(handle, leave, shared, any_old) == Code::proto_mismatch);
    BOOST_TEST(lab.ifd.take_calls().empty());
    BOOST_TEST(lab.manager.reconnect(handle, shared, t0, reset).active_protocol == t0);
    BOOST_TEST(lab.manager.reconnect(handle, shared, t1, unpower).active_protocol == t1);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"reset", "set T0", "down", "up", "set T1"}),
               boost::test_tools::per_element());
}

// R13
BOOST_AUTO_TEST_CASE(raw_is_set_without_a_call) {
    for (const ShareMode share : {shared, direct, exclusive}) {
        Lab lab;
        const Handle handle = lab.open(lab.alice);
        lab.ifd.take_calls();
        BOOST_TEST(lab.manager.reconnect(handle, share, any | raw, leave).active_protocol == raw);
        BOOST_TEST(lab.manager.reconnect(handle, share, raw, reset).active_protocol == raw);
        BOOST_TEST(lab.ifd.take_calls() == (Calls{"reset"}), boost::test_tools::per_element());
    }
}

// R14
BOOST_AUTO_TEST_CASE(direct_negotiates_nothing) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    BOOST_TEST(lab.manager.reconnect(handle, direct, 0, leave).active_protocol == t1);
    lab.ifd.take_calls();
    BOOST_TEST(lab.manager.reconnect(handle, direct, 0, reset).active_protocol == undefined);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"reset"}), boost::test_tools::per_element());
    BOOST_TEST(lab.status_code(handle) == Code::success);
}

// R4, R15
BOOST_AUTO_TEST_CASE(the_other_handle_adopts_the_protocol_with_leave) {
    Lab lab;
    const Handle alice = lab.open(lab.alice, shared, t1);
    const Handle bob = lab.open(lab.bob, shared, t1);
    BOOST_TEST(lab.reconnect(bob, reset, shared, t0) == Code::success);
    BOOST_TEST(lab.status_code(alice) == Code::reset_card);
    BOOST_TEST(lab.manager.reconnect(alice, shared, any, leave).active_protocol == t0);
    BOOST_TEST(lab.transmit(alice, t0) == Code::success);
}

// R16, R17
BOOST_AUTO_TEST_CASE(a_transaction_of_another_handle_blocks_before_any_call) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(bob);
    lab.ifd.take_all_calls();
    BOOST_TEST(lab.reconnect(alice, reset) == Code::not_yet);
    BOOST_TEST(lab.status_code(alice) == Code::not_yet);
    BOOST_TEST(lab.transmit(alice) == Code::not_yet);
    BOOST_TEST(lab.ifd.take_all_calls().empty());
    BOOST_TEST(lab.status_code(bob) == Code::success);
    lab.manager.end_transaction(bob, leave);
    BOOST_TEST(lab.reconnect(alice, reset) == Code::success);
    BOOST_TEST(lab.transmit(alice) == Code::success);
}

// section 2.6
BOOST_AUTO_TEST_CASE(after_removal_every_initialization_finds_no_card) {
    for (const Disposition initialization : {leave, reset, unpower}) {
        Lab lab;
        const Handle handle = lab.open(lab.alice);
        lab.ifd.remove();
        BOOST_TEST(lab.reconnect(handle, initialization) == Code::no_smartcard);
        BOOST_TEST(lab.status_code(handle) == (initialization == leave ? Code::removed_card : Code::reset_card));
    }
}

// section 2.6
BOOST_AUTO_TEST_CASE(after_reinsertion_every_initialization_revives_the_handle_on_the_new_card) {
    for (const Disposition initialization : {leave, reset, unpower}) {
        Lab lab;
        const Handle handle = lab.open(lab.alice);
        lab.ifd.remove();
        lab.ifd.set_atr({0x3B, 0x00});
        lab.ifd.insert();
        BOOST_TEST(lab.status_code(handle) == Code::removed_card);
        BOOST_TEST(lab.reconnect(handle, initialization) == Code::success);
        BOOST_TEST(lab.protocol(handle) == t0);
        BOOST_TEST((lab.manager.status(handle).atr == lab.ifd.atr()));
    }
}

// R22
BOOST_AUTO_TEST_CASE(leave_after_the_power_off_talks_to_an_unpowered_card) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.swap();
    lab.advance(std::chrono::seconds(5));
    BOOST_TEST(lab.ifd.take_calls().back() == "down");
    BOOST_TEST(lab.reconnect(handle, leave) == Code::success);
    BOOST_TEST(lab.transmit(handle) == Code::success);
    lab.manager.disconnect(handle, leave);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"set T1", "transmit"}), boost::test_tools::per_element());
}

// R24
BOOST_AUTO_TEST_CASE(a_card_gone_mute_in_use_takes_no_new_connection_until_a_reset) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.power_answer = IfdCode::error_power_action;
    BOOST_TEST(lab.reconnect(handle, reset) == Code::unresponsive_card);
    lab.ifd.power_answer = IfdCode::success;
    lab.ifd.take_calls();
    BOOST_TEST(lab.connect(lab.bob).code == Code::unpowered_card);
    BOOST_TEST(lab.ifd.take_calls().empty());
    BOOST_TEST(lab.reconnect(handle, unpower) == Code::success);
    BOOST_TEST(lab.connect(lab.bob).code == Code::success);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
