#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

using namespace scardlab;
using namespace scardlab::tests;

BOOST_AUTO_TEST_SUITE(core_resource_manager_daemon)

BOOST_AUTO_TEST_CASE(every_verb_of_a_context_whose_daemon_has_ended_answers_no_service) {
    for (const bool restarted : {false, true}) {
        Lab lab;
        const Handle handle = lab.open(lab.alice);
        lab.manager.stop();
        if (restarted) {
            lab.manager.start();
        }
        iso7816::Bytes bytes;
        std::vector<std::string> readers;
        std::vector<resource_manager::ReaderState> states(1);
        states[0].reader = lab.reader;
        BOOST_TEST(lab.connect(lab.alice).code == Code::no_service);
        BOOST_TEST(lab.reconnect(handle) == Code::no_service);
        BOOST_TEST(lab.status_code(handle) == Code::no_service);
        BOOST_TEST(lab.transmit(handle) == Code::no_service);
        BOOST_TEST(lab.manager.begin_transaction(handle) == Code::no_service);
        BOOST_TEST(lab.manager.end_transaction(handle, leave) == Code::no_service);
        BOOST_TEST(lab.manager.control(handle, 0, {}, bytes) == Code::no_service);
        BOOST_TEST(lab.manager.get_attrib(handle, 0, bytes) == Code::no_service);
        BOOST_TEST(lab.manager.disconnect(handle, reset) == Code::no_service);
        BOOST_TEST(lab.manager.list_readers(lab.alice, readers) == Code::no_service);
        BOOST_TEST(lab.manager.get_status_change(lab.alice, std::nullopt, states) == Code::no_service);
        BOOST_TEST(lab.manager.cancel(lab.alice) == (restarted ? Code::invalid_handle : Code::no_service));
        BOOST_TEST(lab.manager.release_context(lab.alice) == Code::no_service);
        BOOST_TEST(lab.manager.release_context(lab.alice) == Code::invalid_handle);
        BOOST_TEST(lab.status_code(handle) == Code::invalid_handle);
        Context fresh;
        BOOST_TEST(lab.manager.establish_context(fresh) == (restarted ? Code::success : Code::no_service));
    }
}

BOOST_AUTO_TEST_CASE(who_waits_in_the_daemon_when_it_ends_is_told_comm_error_once) {
    Lab lab;
    const Handle owner = lab.open(lab.bob);
    BOOST_REQUIRE(lab.manager.begin_transaction(owner) == Code::success);
    BOOST_TEST(lab.connect(lab.alice).code == Code::not_yet);
    std::vector<resource_manager::ReaderState> states(1);
    states[0].reader = lab.reader;
    Context watcher;
    lab.manager.establish_context(watcher);
    states[0].current_state = resource_manager::watch_present | resource_manager::watch_inuse;
    BOOST_REQUIRE(lab.manager.get_status_change(watcher, std::nullopt, states) == Code::not_yet);
    lab.manager.stop();
    BOOST_TEST(lab.connect(lab.alice).code == Code::comm_error);
    BOOST_TEST(lab.connect(lab.alice).code == Code::no_service);
    BOOST_TEST(lab.manager.get_status_change(watcher, std::nullopt, states) == Code::comm_error);
    BOOST_TEST(lab.manager.get_status_change(watcher, std::nullopt, states) == Code::no_service);
}

BOOST_AUTO_TEST_CASE(a_new_daemon_finds_the_readers_in_their_order_counts_from_0_and_powers_the_cards_up) {
    fakes::FakeIfd second, third;  // outlive the manager
    Lab lab;
    BOOST_TEST(lab.manager.add_reader("Other", second) == "Other 01 00");
    lab.ifd.swap();
    BOOST_TEST(lab.manager.status(lab.open(lab.alice)).event_count == 2);
    lab.ifd.take_calls();
    lab.manager.stop();
    BOOST_TEST(lab.ifd.take_calls() == Calls{"down"}, boost::test_tools::per_element());
    BOOST_TEST(!lab.ifd.has_listener());
    BOOST_TEST(lab.manager.add_reader("Third", third) == "");
    BOOST_TEST(!lab.manager.running());
    lab.manager.start();
    BOOST_TEST(lab.manager.running());
    BOOST_TEST(lab.ifd.take_calls() == Calls{"up"}, boost::test_tools::per_element());
    Context fresh;
    std::vector<std::string> readers;
    BOOST_REQUIRE(lab.manager.establish_context(fresh) == Code::success);
    BOOST_REQUIRE(lab.manager.list_readers(fresh, readers) == Code::success);
    BOOST_TEST(readers == (std::vector<std::string>{"Lab 00 00", "Other 01 00"}), boost::test_tools::per_element());
    const StatusResult status = lab.manager.status(lab.open(fresh));
    BOOST_TEST(status.event_count == 0);
    BOOST_TEST(status.state == usable);
    lab.ifd.remove();
    BOOST_TEST(lab.state_now() == absent);
}

BOOST_AUTO_TEST_CASE(a_card_that_was_swapped_while_no_daemon_ran_is_the_card_of_the_new_one) {
    Lab lab;
    lab.manager.stop();
    lab.ifd.remove();
    lab.manager.start();
    BOOST_TEST(lab.state_now() == absent);
    lab.manager.stop();
    lab.ifd.insert();
    lab.manager.start();
    BOOST_TEST(lab.state_now() == usable);
    lab.manager.stop();
    lab.manager.remove_reader(lab.reader);
    lab.manager.start();
    Context fresh;
    std::vector<std::string> readers;
    BOOST_REQUIRE(lab.manager.establish_context(fresh) == Code::success);
    BOOST_TEST(lab.manager.list_readers(fresh, readers) == Code::no_readers_available);
}

BOOST_AUTO_TEST_CASE(a_reader_that_fails_is_left_out_by_the_daemon_that_begins_then) {
    Lab lab;
    lab.manager.stop();
    lab.ifd.fail(ifd::IfdCode::communication_error);
    lab.manager.start();
    Context fresh;
    BOOST_REQUIRE(lab.manager.establish_context(fresh) == Code::success);
    BOOST_TEST(lab.connect(fresh).code == Code::unknown_reader);
    lab.ifd.insert();
    BOOST_TEST(lab.connect(fresh).code == Code::unknown_reader);
    lab.manager.stop();
    lab.manager.start();
    BOOST_REQUIRE(lab.manager.establish_context(fresh) == Code::success);
    BOOST_TEST(lab.connect(fresh).code == Code::success);
}

BOOST_AUTO_TEST_CASE(dead_contexts_do_not_count_among_the_200_of_a_daemon) {
    Lab lab;
    Context context;
    while (lab.manager.establish_context(context) == Code::success) {
    }
    lab.manager.stop();
    lab.manager.start();
    BOOST_TEST(lab.manager.establish_context(context) == Code::success);
}

BOOST_AUTO_TEST_CASE(a_frozen_daemon_answers_nothing_and_sees_afterwards_what_has_happened) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    const Handle dying = lab.open(lab.bob);
    BOOST_REQUIRE(lab.manager.begin_transaction(dying) == Code::success);
    lab.manager.freeze();
    BOOST_TEST(lab.manager.frozen());
    Context context;
    iso7816::Bytes bytes;
    BOOST_TEST(lab.manager.establish_context(context) == Code::not_yet);
    BOOST_TEST(lab.connect(lab.alice).code == Code::not_yet);
    BOOST_TEST(lab.status_code(handle) == Code::not_yet);
    BOOST_TEST(lab.transmit(handle) == Code::not_yet);
    lab.manager.kill_context(lab.bob);
    lab.ifd.swap();
    lab.ifd.take_calls();
    lab.advance(std::chrono::hours(1));
    BOOST_TEST(lab.ifd.take_calls().empty());
    lab.manager.thaw();
    BOOST_TEST(!lab.manager.frozen());
    BOOST_TEST(lab.status_code(handle) == Code::removed_card);
    BOOST_TEST(lab.status_code(dying) == Code::invalid_handle);
    BOOST_TEST(lab.manager.establish_context(context) == Code::success);
}

BOOST_AUTO_TEST_SUITE_END()
