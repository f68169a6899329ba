#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {

using ifd::IfdCode;

BOOST_AUTO_TEST_SUITE(core_resource_manager_transactions)

// B1, B6
BOOST_AUTO_TEST_CASE(begin_waits_without_limit_for_the_other_handle) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    BOOST_TEST(lab.manager.begin_transaction(alice) == Code::success);
    BOOST_TEST(lab.manager.begin_transaction(bob) == Code::not_yet);
    lab.advance(std::chrono::hours(24));
    BOOST_TEST(lab.manager.begin_transaction(bob) == Code::not_yet);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::success);
    BOOST_TEST(lab.manager.begin_transaction(bob) == Code::success);
    BOOST_TEST(lab.manager.begin_transaction(alice) == Code::not_yet);
}

// B1
BOOST_AUTO_TEST_CASE(nested_begins_each_need_an_end) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    for (int level = 0; level < 3; ++level) {
        BOOST_TEST(lab.manager.begin_transaction(alice) == Code::success);
    }
    for (int level = 0; level < 3; ++level) {
        BOOST_TEST(lab.manager.begin_transaction(bob) == Code::not_yet);
        BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::success);
    }
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::not_transacted);
    BOOST_TEST(lab.manager.begin_transaction(bob) == Code::success);
}

// B2
BOOST_AUTO_TEST_CASE(end_is_judged_in_pcsc_lites_order) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    const auto bad = static_cast<Disposition>(4);
    BOOST_TEST(lab.manager.end_transaction(Handle{99}, bad) == Code::invalid_handle);
    BOOST_TEST(lab.manager.end_transaction(alice, bad) == Code::invalid_value);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::not_transacted);
    lab.manager.begin_transaction(bob);
    lab.ifd.take_all_calls();
    for (const Disposition disposition : {leave, reset, unpower, eject}) {
        BOOST_TEST(lab.manager.end_transaction(alice, disposition) == Code::sharing_violation);
    }
    BOOST_TEST(lab.ifd.take_all_calls().empty());
    lab.manager.remove_reader(lab.reader);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::invalid_value);
    BOOST_TEST(lab.manager.begin_transaction(alice) == Code::invalid_value);
}

// B1: the state of the reader comes before the notice
BOOST_AUTO_TEST_CASE(begin_on_a_failing_reader_is_reader_unavailable) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    lab.reconnect(lab.open(lab.bob), reset);
    lab.ifd.fail(IfdCode::communication_error);
    BOOST_TEST(lab.manager.begin_transaction(Handle{99}) == Code::invalid_handle);
    BOOST_TEST(lab.manager.begin_transaction(alice) == Code::reader_unavailable);
}

// B3
BOOST_AUTO_TEST_CASE(end_with_reset_without_a_transaction_resets_the_card_and_is_not_transacted) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.ifd.take_calls();
    BOOST_TEST(lab.manager.end_transaction(alice, reset) == Code::not_transacted);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"reset"}), boost::test_tools::per_element());
    BOOST_TEST(lab.status_code(alice) == Code::reset_card);
    BOOST_TEST(lab.status_code(bob) == Code::reset_card);
}

// B4
BOOST_AUTO_TEST_CASE(end_with_a_card_action_marks_the_caller_too_and_negotiates_nothing) {
    for (const Disposition disposition : {reset, unpower}) {
        Lab lab;
        const Handle alice = lab.open(lab.alice);
        const Handle bob = lab.open(lab.bob, direct, undefined);
        lab.manager.begin_transaction(alice);
        lab.ifd.take_all_calls();
        BOOST_TEST(lab.manager.end_transaction(alice, disposition) == Code::success);
        const Calls expected =
            disposition == reset ? Calls{"presence", "reset"} : Calls{"presence", "down", "presence", "up"};
        BOOST_TEST(lab.ifd.take_all_calls() == expected, boost::test_tools::per_element());
        BOOST_TEST(lab.status_code(alice) == Code::reset_card);
        BOOST_TEST(lab.manager.reconnect(bob, direct, 0, leave).active_protocol == undefined);
        BOOST_TEST(lab.manager.reconnect(bob, shared, any, leave).active_protocol == t1);
    }
}

// B4
BOOST_AUTO_TEST_CASE(a_failed_card_action_answers_the_inner_code_and_releases_the_lock) {
    struct Row {
        IfdCode presence, power;
        Code code;
        std::uint32_t state;
    };
    const std::vector<Row> rows{
        {IfdCode::success, IfdCode::error_power_action, Code::not_transacted, mute},
        {IfdCode::success, IfdCode::no_such_device, Code::reader_unavailable, mute},
        {IfdCode::icc_not_present, IfdCode::success, Code::removed_card, absent},
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT("presence " << static_cast<int>(row.presence) << ", power " << static_cast<int>(row.power)) {
            Lab lab;
            const Handle alice = lab.open(lab.alice);
            const Handle bob = lab.open(lab.bob);
            lab.manager.begin_transaction(alice);
            lab.ifd.power_answer = row.power;
            lab.ifd.during_next("presence", [&] {
                if (row.presence != IfdCode::success) {
                    lab.ifd.set_presence(row.presence);
                }
            });
            BOOST_TEST(lab.manager.end_transaction(alice, reset) == row.code);
            BOOST_TEST(lab.state_now() == row.state);
            BOOST_TEST(lab.status_code(bob) != Code::not_yet);
        }
    }
}

// B4
BOOST_AUTO_TEST_CASE(end_with_eject_is_unsupported_and_releases_the_lock) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(alice);
    lab.ifd.take_all_calls();
    BOOST_TEST(lab.manager.end_transaction(alice, eject) == Code::unsupported_feature);
    BOOST_TEST(lab.ifd.take_all_calls().empty());
    BOOST_TEST(lab.manager.begin_transaction(bob) == Code::success);
}

// B5
BOOST_AUTO_TEST_CASE(the_implicit_level_of_an_exclusive_handle_cannot_be_ended) {
    Lab lab;
    const Handle alice = lab.open(lab.alice, exclusive);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::not_transacted);
    BOOST_TEST(lab.manager.begin_transaction(alice) == Code::success);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::success);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::not_transacted);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
