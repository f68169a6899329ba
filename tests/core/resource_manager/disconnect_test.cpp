#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {

using ifd::IfdCode;

BOOST_AUTO_TEST_SUITE(core_resource_manager_disconnect)

// D1, D6
BOOST_AUTO_TEST_CASE(disconnect_is_judged_in_pcsc_lites_order) {
    Lab lab;
    const auto bad = static_cast<Disposition>(4);
    const Handle handle = lab.open(lab.alice);
    BOOST_TEST(lab.manager.disconnect(Handle{99}, bad) == Code::invalid_handle);
    BOOST_TEST(lab.manager.disconnect(handle, bad) == Code::invalid_value);
    lab.ifd.remove();
    BOOST_TEST(lab.manager.disconnect(handle, leave) == Code::success);
    BOOST_TEST(lab.manager.disconnect(handle, leave) == Code::invalid_handle);
}

// D6
BOOST_AUTO_TEST_CASE(disconnect_succeeds_when_the_reader_has_vanished) {
    for (const Disposition disposition : {leave, reset, unpower, eject}) {
        Lab lab;
        const Handle handle = lab.open(lab.alice);
        lab.manager.remove_reader(lab.reader);
        BOOST_TEST(lab.manager.disconnect(handle, disposition) == Code::success);
        BOOST_TEST(lab.manager.disconnect(handle, disposition) == Code::invalid_handle);
    }
}

// D2
BOOST_AUTO_TEST_CASE(leave_does_not_wait_for_a_transaction_and_the_others_do) {
    Lab lab;
    const Handle owner = lab.open(lab.bob);
    lab.manager.begin_transaction(owner);
    lab.manager.end_transaction(owner, leave);
    const Handle first = lab.open(lab.alice);
    const Handle second = lab.open(lab.alice);
    lab.manager.begin_transaction(owner);
    BOOST_TEST(lab.manager.disconnect(first, leave) == Code::success);
    lab.ifd.take_all_calls();
    for (const Disposition disposition : {reset, unpower, eject}) {
        BOOST_TEST(lab.manager.disconnect(second, disposition) == Code::not_yet);
    }
    BOOST_TEST(lab.ifd.take_all_calls().empty());
    BOOST_TEST(lab.manager.end_transaction(owner, leave) == Code::success);
    BOOST_TEST(lab.manager.disconnect(second, reset) == Code::success);
    BOOST_TEST(lab.status_code(owner) == Code::reset_card);
}

// D3
BOOST_AUTO_TEST_CASE(the_owner_takes_every_level_with_it) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(alice);
    lab.manager.begin_transaction(alice);
    lab.manager.disconnect(alice, leave);
    BOOST_TEST(lab.manager.begin_transaction(bob) == Code::success);
}

// D4
BOOST_AUTO_TEST_CASE(reset_and_unpower_act_once_mark_the_others_and_unset_the_protocol) {
    struct Row {
        Disposition disposition;
        Calls calls;
        std::uint32_t state;
        Code notice;
    };
    const std::vector<Row> rows{
        {leave, {}, usable, Code::success},
        {reset, {"presence", "reset"}, usable, Code::reset_card},
        {unpower, {"presence", "down"}, unpowered, Code::reset_card},
        {eject, {}, usable, Code::success},
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT("disposition " << static_cast<int>(row.disposition)) {
            Lab lab;
            const Handle alice = lab.open(lab.alice);
            const Handle bob = lab.open(lab.bob);
            lab.ifd.take_all_calls();
            BOOST_TEST(lab.manager.disconnect(alice, row.disposition) == Code::success);
            BOOST_TEST(lab.ifd.take_all_calls() == row.calls, boost::test_tools::per_element());
            BOOST_TEST(lab.status_code(bob) == row.notice);
            const ReconnectResult seen = lab.manager.reconnect(bob, direct, 0, leave);
            BOOST_TEST(seen.active_protocol == (row.notice == Code::success ? t1 : undefined));
            BOOST_TEST(lab.state(bob) == row.state);
        }
    }
}

// D4
BOOST_AUTO_TEST_CASE(a_mute_card_is_no_error) {
    struct Row {
        Disposition disposition;
        IfdCode power;
        std::uint32_t state;
    };
    for (const Row& row :
         std::vector<Row>{{reset, IfdCode::error_power_action, mute}, {unpower, IfdCode::communication_error, mute}}) {
        Lab lab;
        const Handle alice = lab.open(lab.alice);
        lab.open(lab.bob);
        lab.ifd.power_answer = row.power;
        BOOST_TEST(lab.manager.disconnect(alice, row.disposition) == Code::success);
        BOOST_TEST(lab.state_now() == row.state);
    }
}

// D4
BOOST_AUTO_TEST_CASE(an_absent_card_is_no_error) {
    for (const Disposition disposition : {reset, unpower}) {
        Lab lab;
        const Handle alice = lab.open(lab.alice);
        lab.open(lab.bob);
        lab.ifd.remove();
        BOOST_TEST(lab.manager.disconnect(alice, disposition) == Code::success);
        BOOST_TEST(lab.state_now() == absent);
    }
}

// D5
BOOST_AUTO_TEST_CASE(unpower_beside_others_leaves_a_reader_that_takes_no_new_connection) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.disconnect(alice, unpower);
    BOOST_TEST(lab.status_code(bob) == Code::reset_card);
    BOOST_TEST(lab.reconnect(bob, leave) == Code::success);
    BOOST_TEST(lab.state(bob) == unpowered);
    lab.ifd.take_calls();
    BOOST_TEST(lab.connect(lab.alice).code == Code::unpowered_card);
    BOOST_TEST(lab.ifd.take_calls().empty());
    BOOST_TEST(lab.reconnect(bob, reset) == Code::success);
    BOOST_TEST(lab.connect(lab.alice).code == Code::success);
}

// X1
BOOST_AUTO_TEST_CASE(a_context_that_goes_resets_the_card_only_with_a_lock_of_its_own) {
    struct Row {
        const char* why;
        ShareMode share;
        bool begin;
        bool pending;  ///< the handle has a notice
        bool resets;
    };
    const std::vector<Row> rows{
        {"no lock", shared, false, false, false},
        {"in a transaction", shared, true, false, true},
        {"exclusive", exclusive, false, false, true},
        {"in a transaction, with a notice", shared, true, true, false},
    };
    for (const Row& row : rows) {
        for (const bool killed : {false, true}) {
            BOOST_TEST_CONTEXT(row.why << (killed ? ", killed" : ", released")) {
                Lab lab;
                const Handle alice = lab.open(lab.alice, row.share);
                const Handle bob = row.share == exclusive ? Handle{} : lab.open(lab.bob);
                if (row.begin) {
                    lab.manager.begin_transaction(alice);
                }
                if (row.pending) {
                    lab.ifd.next_power_answers = {IfdCode::error_power_action};
                    lab.reconnect(alice, reset);
                }
                lab.ifd.take_calls();
                if (killed) {
                    lab.manager.kill_context(lab.alice);
                } else {
                    BOOST_TEST(lab.manager.release_context(lab.alice) == Code::success);
                }
                BOOST_TEST(lab.ifd.take_calls() == (row.resets ? Calls{"reset"} : Calls{}),
                           boost::test_tools::per_element());
                if (bob.value != 0) {
                    const bool told = row.resets || row.pending;
                    BOOST_TEST(lab.status_code(bob) == (told ? Code::reset_card : Code::success));
                }
                BOOST_TEST(lab.manager.release_context(lab.alice) == Code::invalid_handle);
            }
        }
    }
}

// X1
BOOST_AUTO_TEST_CASE(a_context_that_goes_leaves_the_lock_of_another) {
    Lab lab;
    lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(bob);
    lab.ifd.take_calls();
    lab.manager.kill_context(lab.alice);
    BOOST_TEST(lab.ifd.take_calls().empty());
    BOOST_TEST(lab.connect(lab.bob).code == Code::not_yet);
    BOOST_TEST(lab.manager.end_transaction(bob, leave) == Code::success);
}

// X1: each handle on its own, in the order of opening
BOOST_AUTO_TEST_CASE(the_reset_of_a_dying_owner_marks_its_own_later_handles_too) {
    Lab lab;
    const Handle first = lab.open(lab.alice);
    const Handle second = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.manager.begin_transaction(second);
    lab.ifd.take_calls();
    lab.manager.kill_context(lab.alice);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"reset"}), boost::test_tools::per_element());
    BOOST_TEST(lab.status_code(first) == Code::invalid_handle);
    BOOST_TEST(lab.status_code(bob) == Code::reset_card);
}

// X1, X2
BOOST_AUTO_TEST_CASE(handles_of_a_released_context_are_invalid) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.manager.release_context(lab.alice);
    BOOST_TEST(lab.status_code(handle) == Code::invalid_handle);
    BOOST_TEST(lab.transmit(handle) == Code::invalid_handle);
    BOOST_TEST(lab.manager.disconnect(handle, leave) == Code::invalid_handle);
    BOOST_TEST(lab.connect(lab.alice).code == Code::invalid_handle);
}

// X1 with the reader gone
BOOST_AUTO_TEST_CASE(a_context_with_dead_handles_can_be_released) {
    Lab lab;
    lab.open(lab.alice);
    lab.manager.remove_reader(lab.reader);
    BOOST_TEST(lab.manager.release_context(lab.alice) == Code::success);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
