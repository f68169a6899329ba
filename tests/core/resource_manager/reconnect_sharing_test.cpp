#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {
namespace {

/// One line of section 2.5.
struct ShareTransition {
    ShareMode from;
    bool others;  ///< another handle is open (which an exclusive one excludes)
    ShareMode to;
    Code code;
    Code second_connect;  ///< what a SHARED connect gets afterwards
};

const std::vector<ShareTransition> transitions{
    {shared, false, exclusive, Code::success, Code::sharing_violation},
    {direct, false, exclusive, Code::success, Code::sharing_violation},
    {shared, true, exclusive, Code::not_yet, Code::success},
    {direct, true, exclusive, Code::not_yet, Code::success},
    {exclusive, false, exclusive, Code::success, Code::sharing_violation},
    {exclusive, false, shared, Code::success, Code::not_yet},
    {exclusive, false, direct, Code::success, Code::not_yet},
    {shared, false, direct, Code::success, Code::success},
    {shared, true, direct, Code::success, Code::success},
    {direct, false, shared, Code::success, Code::success},
    {direct, true, shared, Code::success, Code::success},
    {shared, false, shared, Code::success, Code::success},
    {direct, false, direct, Code::success, Code::success},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_resource_manager_reconnect_sharing)

// R18, R19, R21 and the table of section 2.5
BOOST_AUTO_TEST_CASE(share_modes_change_as_the_table_says) {
    for (const ShareTransition& row : transitions) {
        BOOST_TEST_CONTEXT("from " << static_cast<int>(row.from) << " to " << static_cast<int>(row.to)
                                   << (row.others ? " beside another" : " alone")) {
            Lab lab;
            const Handle handle = lab.open(lab.alice, row.from);
            if (row.others) {
                lab.open(lab.bob);
            }
            BOOST_TEST(lab.reconnect(handle, leave, row.to) == row.code);
            Context carol;
            lab.manager.establish_context(carol);
            BOOST_TEST(lab.connect(carol).code == row.second_connect);
        }
    }
}

// R18
BOOST_AUTO_TEST_CASE(exclusive_beside_others_resets_the_card_at_every_try) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.ifd.take_calls();
    for (int tries = 0; tries < 3; ++tries) {
        BOOST_TEST(lab.reconnect(alice, reset, exclusive) == Code::not_yet);
        BOOST_TEST(lab.ifd.take_calls() == (Calls{"reset", "set T1"}), boost::test_tools::per_element());
        BOOST_TEST(lab.status_code(bob) == Code::reset_card);
        BOOST_TEST(lab.reconnect(bob, leave) == Code::success);
    }
    BOOST_TEST(lab.status_code(alice) == Code::reset_card);
    lab.manager.disconnect(bob, leave);
    BOOST_TEST(lab.reconnect(alice, reset, exclusive) == Code::success);
    BOOST_TEST(lab.status_code(alice) == Code::success);
}

// R18
BOOST_AUTO_TEST_CASE(exclusive_beside_others_with_leave_only_waits) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob);
    lab.ifd.take_all_calls();
    BOOST_TEST(lab.reconnect(alice, leave, exclusive) == Code::not_yet);
    BOOST_TEST(lab.ifd.take_all_calls().empty());
    BOOST_TEST(lab.status_code(bob) == Code::success);
}

// R19
BOOST_AUTO_TEST_CASE(from_exclusive_to_shared_the_lock_stays_until_it_is_ended) {
    Lab lab;
    const Handle alice = lab.open(lab.alice, exclusive);
    BOOST_TEST(lab.reconnect(alice, leave, shared) == Code::success);
    BOOST_TEST(lab.connect(lab.bob).code == Code::not_yet);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::success);
    BOOST_TEST(lab.connect(lab.bob).code == Code::success);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::not_transacted);
}

// R19
BOOST_AUTO_TEST_CASE(from_exclusive_to_shared_a_transaction_loses_one_level) {
    Lab lab;
    const Handle alice = lab.open(lab.alice, exclusive);
    lab.manager.begin_transaction(alice);
    BOOST_TEST(lab.reconnect(alice, leave, shared) == Code::success);
    BOOST_TEST(lab.connect(lab.bob).code == Code::not_yet);
    BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::success);
    BOOST_TEST(lab.connect(lab.bob).code == Code::success);
}

// R19
BOOST_AUTO_TEST_CASE(from_exclusive_to_shared_and_gone_the_lock_goes_too) {
    Lab lab;
    const Handle alice = lab.open(lab.alice, exclusive);
    lab.reconnect(alice, leave, shared);
    BOOST_TEST(lab.connect(lab.bob).code == Code::not_yet);
    lab.manager.disconnect(alice, leave);
    BOOST_TEST(lab.connect(lab.bob).code == Code::success);
}

// R20
BOOST_AUTO_TEST_CASE(a_transaction_survives_reconnect_with_any_initialization) {
    for (const Disposition initialization : {leave, reset, unpower}) {
        Lab lab;
        const Handle alice = lab.open(lab.alice);
        const Handle bob = lab.open(lab.bob);
        lab.manager.begin_transaction(alice);
        BOOST_TEST(lab.reconnect(alice, initialization) == Code::success);
        BOOST_TEST(lab.status_code(bob) == Code::not_yet);
        BOOST_TEST(lab.manager.end_transaction(alice, leave) == Code::success);
        BOOST_TEST(lab.status_code(bob) == (initialization == leave ? Code::success : Code::reset_card));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
