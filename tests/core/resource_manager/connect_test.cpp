#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {

using ifd::IfdCode;

BOOST_AUTO_TEST_SUITE(core_resource_manager_connect)

// C1, C2: each row breaks its own rule and every later one
BOOST_AUTO_TEST_CASE(arguments_are_judged_in_pcsc_lites_order) {
    Lab lab;
    const Context nobody{99};
    const auto bad_share = static_cast<ShareMode>(9);
    const std::string long_name(129, 'x');
    const auto code = [&lab](Context who, std::string_view reader, ShareMode share, Protocols preferred) {
        return lab.manager.connect(who, reader, share, preferred).code;
    };
    BOOST_TEST(code(nobody, long_name, bad_share, 0) == Code::invalid_value);
    BOOST_TEST(code(nobody, "nowhere", bad_share, 0) == Code::invalid_handle);
    BOOST_TEST(code(lab.alice, "nowhere", bad_share, 0) == Code::proto_mismatch);
    BOOST_TEST(code(lab.alice, "nowhere", bad_share, t15) == Code::proto_mismatch);
    BOOST_TEST(code(lab.alice, "nowhere", bad_share, any) == Code::invalid_value);
    lab.ifd.fail(IfdCode::communication_error);
    BOOST_TEST(code(lab.alice, "nowhere", shared, any) == Code::unknown_reader);
    BOOST_TEST(code(lab.alice, "nowhere", direct, 0) == Code::unknown_reader);
    BOOST_TEST(code(lab.alice, lab.reader, shared, any) == Code::reader_unavailable);
    BOOST_TEST(code(lab.alice, lab.reader, direct, 0) == Code::reader_unavailable);
    lab.ifd.insert();
    lab.open(lab.bob, exclusive);
    BOOST_TEST(code(lab.alice, lab.reader, shared, t0) == Code::sharing_violation);
}

// C3
BOOST_AUTO_TEST_CASE(an_exclusive_holder_keeps_every_share_mode_out_at_once) {
    Lab lab;
    lab.open(lab.alice, exclusive);
    for (const Context who : {lab.alice, lab.bob}) {
        for (const ShareMode share : {shared, exclusive, direct}) {
            BOOST_TEST(lab.connect(who, share).code == Code::sharing_violation);
        }
    }
}

// C4
BOOST_AUTO_TEST_CASE(connect_waits_for_a_transaction_whoever_holds_it) {
    for (const bool own : {false, true}) {
        BOOST_TEST_CONTEXT((own ? "the same context" : "another context")) {
            Lab lab;
            const Handle holder = lab.open(lab.alice);
            BOOST_TEST(lab.manager.begin_transaction(holder) == Code::success);
            const Context who = own ? lab.alice : lab.bob;
            BOOST_TEST(lab.connect(who).code == Code::not_yet);
            lab.advance(std::chrono::hours(2));
            BOOST_TEST(lab.connect(who).code == Code::not_yet);
            BOOST_TEST(lab.connect(who, direct, 0).code == Code::not_yet);
            BOOST_TEST(lab.manager.end_transaction(holder, leave) == Code::success);
            BOOST_TEST(lab.connect(who).code == Code::success);
        }
    }
}

// C4: the checks before the wait are not made again
BOOST_AUTO_TEST_CASE(a_waiting_connect_does_not_notice_that_the_reader_became_exclusive) {
    Lab lab;
    const Handle holder = lab.open(lab.alice);
    lab.manager.begin_transaction(holder);
    BOOST_TEST(lab.connect(lab.bob).code == Code::not_yet);
    BOOST_TEST(lab.reconnect(holder, leave, exclusive) == Code::success);
    BOOST_TEST(lab.connect(lab.bob).code == Code::not_yet);
    Context carol;
    lab.manager.establish_context(carol);
    BOOST_TEST(lab.connect(carol).code == Code::sharing_violation);
    BOOST_TEST(lab.manager.disconnect(holder, leave) == Code::success);
    BOOST_TEST(lab.connect(lab.bob).code == Code::success);
}

// C4, E5
BOOST_AUTO_TEST_CASE(a_removal_ends_the_wait_of_a_connect) {
    Lab lab;
    lab.manager.begin_transaction(lab.open(lab.alice));
    BOOST_TEST(lab.connect(lab.bob).code == Code::not_yet);
    lab.ifd.remove();
    BOOST_TEST(lab.connect(lab.bob).code == Code::no_smartcard);
}

// C5
BOOST_AUTO_TEST_CASE(an_empty_reader_can_only_be_opened_directly) {
    Lab lab(false);
    BOOST_TEST(lab.connect(lab.alice, shared).code == Code::no_smartcard);
    BOOST_TEST(lab.connect(lab.alice, exclusive).code == Code::no_smartcard);
    const ConnectResult connected = lab.connect(lab.alice, direct, undefined);
    BOOST_TEST(connected.code == Code::success);
    BOOST_TEST(connected.active_protocol == undefined);
    BOOST_TEST(lab.ifd.take_all_calls().empty());
}

// C6, N5
BOOST_AUTO_TEST_CASE(a_card_that_was_powered_off_unused_is_powered_up_and_negotiated) {
    Lab lab;
    lab.advance(std::chrono::seconds(5));
    lab.ifd.take_all_calls();
    const ConnectResult connected = lab.connect(lab.alice);
    BOOST_TEST(connected.code == Code::success);
    BOOST_TEST(connected.active_protocol == t1);
    BOOST_TEST(lab.ifd.take_all_calls() == (Calls{"presence", "up", "set T1"}), boost::test_tools::per_element());
    BOOST_TEST(lab.state(connected.handle) == usable);
}

// C6
BOOST_AUTO_TEST_CASE(a_card_mute_since_insertion_is_unpowered_until_one_attempt_succeeds) {
    Lab lab(false);
    lab.ifd.power_answer = IfdCode::error_power_action;
    lab.ifd.insert();
    lab.ifd.take_all_calls();
    BOOST_TEST(lab.connect(lab.alice).code == Code::unpowered_card);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"up"}), boost::test_tools::per_element());
    BOOST_TEST(lab.state_now() == mute);
    lab.ifd.power_answer = IfdCode::success;
    BOOST_TEST(lab.connect(lab.alice).code == Code::success);
}

// C7
BOOST_AUTO_TEST_CASE(a_card_gone_mute_after_power_off_is_a_mismatch_and_stays_so) {
    Lab lab;
    lab.advance(std::chrono::seconds(5));
    lab.ifd.power_answer = IfdCode::error_power_action;
    BOOST_TEST(lab.connect(lab.alice).code == Code::proto_mismatch);
    lab.ifd.power_answer = IfdCode::success;
    lab.ifd.take_calls();
    BOOST_TEST(lab.connect(lab.alice).code == Code::proto_mismatch);
    BOOST_TEST(lab.ifd.take_calls().empty());
    lab.ifd.swap();
    BOOST_TEST(lab.connect(lab.alice).code == Code::success);
}

// C7b
BOOST_AUTO_TEST_CASE(connect_succeeds_on_a_card_that_went_before_the_power_up) {
    Lab lab;
    lab.advance(std::chrono::seconds(5));
    lab.ifd.take_calls();
    lab.ifd.during_next("presence", [&lab] { lab.ifd.remove(); });
    const ConnectResult connected = lab.connect(lab.alice);
    BOOST_TEST(connected.code == Code::success);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"set T1"}), boost::test_tools::per_element());
    BOOST_TEST(lab.status_code(connected.handle) == Code::removed_card);
}

// C8
BOOST_AUTO_TEST_CASE(a_settled_protocol_is_not_negotiated_again) {
    Lab lab;
    lab.open(lab.alice, shared, t1);
    lab.ifd.take_calls();
    BOOST_TEST(lab.connect(lab.bob, shared, t0).code == Code::proto_mismatch);
    BOOST_TEST(lab.connect(lab.bob, shared, any_old).code == Code::proto_mismatch);
    BOOST_TEST(lab.connect(lab.bob, shared, any).active_protocol == t1);
    BOOST_TEST(lab.ifd.take_calls().empty());
}

// C8
BOOST_AUTO_TEST_CASE(the_legacy_any_mask_stands_for_both_in_a_negotiation) {
    Lab lab;
    BOOST_TEST(lab.connect(lab.alice, shared, any_old).active_protocol == t1);
}

// C9
BOOST_AUTO_TEST_CASE(raw_spoils_the_reader_for_everybody_until_a_reset) {
    Lab lab;
    const Handle alice = lab.open(lab.alice, shared, t1);
    const ConnectResult bob = lab.connect(lab.bob, direct, t0 | t1 | raw);
    BOOST_TEST(bob.active_protocol == raw);
    BOOST_TEST(lab.transmit(alice, t1) == Code::proto_mismatch);
    BOOST_TEST(lab.connect(lab.bob, shared, any).code == Code::proto_mismatch);
    BOOST_TEST(lab.reconnect(alice, reset) == Code::success);
    BOOST_TEST(lab.transmit(alice, t1) == Code::success);
}

// C9: nothing powers the card off, since nothing powered it on
BOOST_AUTO_TEST_CASE(direct_and_raw_on_an_unpowered_card_stay_until_removal) {
    Lab lab;
    lab.advance(std::chrono::seconds(5));
    lab.manager.disconnect(lab.open(lab.alice, direct, raw), leave);
    lab.advance(std::chrono::minutes(30));
    BOOST_TEST(lab.connect(lab.alice).code == Code::proto_mismatch);
    lab.ifd.swap();
    BOOST_TEST(lab.connect(lab.alice).code == Code::success);
}

// C10
BOOST_AUTO_TEST_CASE(exclusive_beside_another_handle_fails_after_the_card_was_touched) {
    Lab lab;
    lab.open(lab.alice, direct, undefined);
    lab.advance(std::chrono::seconds(5));
    lab.ifd.take_calls();
    const ConnectResult bob = lab.connect(lab.bob, exclusive);
    BOOST_TEST(bob.code == Code::sharing_violation);
    BOOST_TEST(bob.handle.value == 0);
    BOOST_TEST(bob.active_protocol == t1);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"up", "set T1"}), boost::test_tools::per_element());
}

// C11
BOOST_AUTO_TEST_CASE(direct_is_one_more_sharer_and_sees_the_protocol_in_force) {
    Lab lab;
    lab.open(lab.alice, shared, t0);
    BOOST_TEST(lab.connect(lab.bob, direct, undefined).active_protocol == t0);
    Context carol;
    lab.manager.establish_context(carol);
    BOOST_TEST(lab.connect(carol, shared).code == Code::success);
}

// C12
BOOST_AUTO_TEST_CASE(handles_are_limited_by_context_and_by_reader) {
    fakes::FakeIfd other;
    Lab lab;
    for (int i = 0; i < 199; ++i) {
        lab.open(lab.alice);
    }
    const Handle last = lab.open(lab.alice);
    BOOST_TEST(last.value == 200);
    BOOST_TEST(lab.connect(lab.alice).code == Code::internal_error);
    other.insert();
    const std::string second = lab.manager.add_reader("Lab", other);
    BOOST_TEST(lab.manager.connect(lab.alice, second, shared, any).code == Code::no_memory);
    lab.manager.disconnect(last, leave);
    BOOST_TEST(lab.connect(lab.bob).code == Code::success);
}

// C12
BOOST_AUTO_TEST_CASE(the_two_hundred_and_first_context_is_refused) {
    Lab lab;
    Context context;
    for (int i = 2; i < 200; ++i) {
        BOOST_TEST(lab.manager.establish_context(context) == Code::success);
    }
    Context more;
    BOOST_TEST(lab.manager.establish_context(more) == Code::comm_error);
    BOOST_TEST(more.value == 0);
    lab.manager.release_context(context);
    BOOST_TEST(lab.manager.establish_context(more) == Code::success);
}

BOOST_AUTO_TEST_CASE(handle_numbers_begin_at_1_and_are_not_used_twice) {
    Lab lab;
    std::int64_t expected = 1;
    for (int i = 0; i < 5; ++i) {
        const Handle handle = lab.open(i % 2 == 0 ? lab.alice : lab.bob);
        BOOST_TEST(handle.value == expected++);
        lab.manager.disconnect(handle, leave);
    }
    BOOST_TEST(lab.alice.value != lab.bob.value);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
