#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {
namespace {

using ifd::IfdCode;

/// Verbs in whose middle a card can move: the driver call and the verb that makes it.
struct Moment {
    const char* call;
    Code (*verb)(Lab& lab, Handle handle);
};

const std::vector<Moment> moments{
    {"transmit", [](Lab& lab, Handle handle) { return lab.transmit(handle); }},
    {"reset", [](Lab& lab, Handle handle) { return lab.reconnect(handle, reset); }},
    {"down", [](Lab& lab, Handle handle) { return lab.reconnect(handle, unpower); }},
    {"up", [](Lab& lab, Handle handle) { return lab.reconnect(handle, unpower); }},
    {"set T1", [](Lab& lab, Handle handle) { return lab.reconnect(handle, reset); }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_resource_manager_event_thread)

// H1
BOOST_AUTO_TEST_CASE(a_card_that_is_there_at_the_start_is_powered_up_and_not_counted) {
    ifd::VirtualClock clock;
    fakes::FakeIfd ifd;
    ifd.insert();
    EmbeddedResourceManager manager(clock);
    const std::string reader = manager.add_reader("Lab", ifd);
    BOOST_TEST(ifd.take_all_calls() == (Calls{"presence", "presence", "presence", "up", "presence"}),
               boost::test_tools::per_element());
    Context context;
    manager.establish_context(context);
    const Handle handle = manager.connect(context, reader, shared, any).handle;
    BOOST_TEST(manager.status(handle).state == usable);
    BOOST_TEST(manager.status(handle).event_count == 0);
}

BOOST_AUTO_TEST_CASE(reader_names_carry_the_first_free_number) {
    ifd::VirtualClock clock;
    fakes::FakeIfd ifd[4];
    EmbeddedResourceManager manager(clock);
    BOOST_TEST(manager.add_reader("Lab", ifd[0]) == "Lab 00 00");
    BOOST_TEST(manager.add_reader("Other", ifd[1]) == "Other 01 00");
    BOOST_TEST(manager.add_reader("Lab", ifd[2]) == "Lab 02 00");
    manager.remove_reader("Other 01 00");
    BOOST_TEST(!ifd[1].has_listener());
    BOOST_TEST(manager.add_reader("Lab", ifd[3]) == "Lab 01 00");
    Context context;
    std::vector<std::string> readers;
    BOOST_TEST(manager.list_readers(context, readers) == Code::invalid_handle);
    manager.establish_context(context);
    BOOST_TEST(manager.list_readers(context, readers) == Code::success);
    BOOST_TEST(readers == (std::vector<std::string>{"Lab 00 00", "Lab 01 00", "Lab 02 00"}),
               boost::test_tools::per_element());
}

// C12
BOOST_AUTO_TEST_CASE(there_are_sixteen_readers_at_most) {
    ifd::VirtualClock clock;
    fakes::FakeIfd ifd[17];
    EmbeddedResourceManager manager(clock);
    for (int i = 0; i < 16; ++i) {
        BOOST_TEST(!manager.add_reader("Lab", ifd[i]).empty());
    }
    BOOST_TEST(manager.add_reader("Lab", ifd[16]).empty());
    manager.remove_reader("Lab 0F 00");
    BOOST_TEST(manager.add_reader("Lab", ifd[16]) == "Lab 0F 00");
}

BOOST_AUTO_TEST_CASE(a_reader_whose_presence_fails_at_the_start_is_not_taken) {
    ifd::VirtualClock clock;
    fakes::FakeIfd ifd;
    ifd.fail(IfdCode::no_such_device);
    EmbeddedResourceManager manager(clock);
    BOOST_TEST(manager.add_reader("Lab", ifd).empty());
    BOOST_TEST(!ifd.has_listener());
    Context context;
    manager.establish_context(context);
    std::vector<std::string> readers;
    BOOST_TEST(manager.list_readers(context, readers) == Code::no_readers_available);
}

// H2
BOOST_AUTO_TEST_CASE(a_removal_is_told_to_every_handle_without_a_power_down) {
    Lab lab;
    const Handle alice = lab.open(lab.alice);
    const Handle bob = lab.open(lab.bob, direct, undefined);
    lab.ifd.take_calls();
    lab.ifd.remove();
    BOOST_TEST(lab.ifd.take_calls().empty());
    BOOST_TEST(lab.status_code(alice) == Code::removed_card);
    BOOST_TEST(lab.status_code(bob) == Code::removed_card);
    BOOST_TEST(lab.state_now() == absent);
}

// H2
BOOST_AUTO_TEST_CASE(an_insertion_is_powered_up_and_counted) {
    Lab lab(false);
    const Handle handle = lab.open(lab.alice, direct, undefined);
    lab.ifd.insert();
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"up"}), boost::test_tools::per_element());
    const StatusResult status = lab.manager.status(handle);
    BOOST_TEST(status.state == usable);
    BOOST_TEST(status.event_count == 1);
}

// H2
BOOST_AUTO_TEST_CASE(a_mute_card_is_shown_as_swallowed_without_atr) {
    Lab lab(false);
    const Handle handle = lab.open(lab.alice, direct, undefined);
    lab.ifd.power_answer = IfdCode::error_power_action;
    lab.ifd.insert();
    const StatusResult status = lab.manager.status(handle);
    BOOST_TEST(status.state == mute);
    BOOST_TEST(status.atr.empty());
    BOOST_TEST(status.event_count == 1);
}

// H2, G1
BOOST_AUTO_TEST_CASE(an_error_is_not_counted_and_its_end_is) {
    for (const bool with_card : {true, false}) {
        Lab lab;
        const Handle handle = lab.open(lab.alice, direct, undefined);
        lab.ifd.fail(IfdCode::no_such_device);
        BOOST_TEST(lab.status_code(handle) == Code::reader_unavailable);
        lab.ifd.set_presence(with_card ? IfdCode::icc_present : IfdCode::icc_not_present);
        BOOST_TEST(lab.status_code(handle) == (with_card ? Code::success : Code::removed_card));
        const Handle fresh = lab.open(lab.alice, direct, undefined);
        BOOST_TEST(lab.manager.status(fresh).event_count == 1);
    }
}

// T4, H4: the result of the verb first, then both events
BOOST_AUTO_TEST_CASE(a_quick_swap_in_the_middle_of_a_verb_is_seen_as_two_events) {
    for (const Moment& moment : moments) {
        BOOST_TEST_CONTEXT(moment.call) {
            Lab lab;
            const Handle handle = lab.open(lab.alice);
            lab.ifd.during_next(moment.call, [&lab] { lab.ifd.swap(); });
            moment.verb(lab, handle);
            BOOST_TEST(lab.status_code(handle) == Code::removed_card);
            BOOST_TEST(lab.reconnect(handle, leave) == Code::success);
            BOOST_TEST(lab.manager.status(handle).event_count == 2);
        }
    }
}

// T4
BOOST_AUTO_TEST_CASE(a_removal_in_the_middle_of_a_verb_is_told_by_the_next_one) {
    for (const Moment& moment : moments) {
        BOOST_TEST_CONTEXT(moment.call) {
            Lab lab;
            const Handle handle = lab.open(lab.alice);
            lab.ifd.during_next(moment.call, [&lab] { lab.ifd.remove(); });
            const Code code = moment.verb(lab, handle);
            BOOST_TEST((code == Code::success || code == Code::no_smartcard));
            BOOST_TEST(lab.status_code(handle) == Code::removed_card);
            BOOST_TEST(lab.state_now() == absent);
        }
    }
}

// T4
BOOST_AUTO_TEST_CASE(a_transmit_that_succeeded_before_the_removal_keeps_its_response) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.during_next("transmit", [&lab] { lab.ifd.remove(); });
    BOOST_TEST(lab.transmit(handle) == Code::success);
    BOOST_TEST(lab.response.size() == 2U);
    BOOST_TEST(lab.transmit(handle) == Code::removed_card);
}

// H4: a removal is held before the power-up that follows in the same verb
BOOST_AUTO_TEST_CASE(a_swap_between_power_down_and_up_is_no_card_for_the_reconnect) {
    Lab lab;
    const Handle handle = lab.open(lab.alice);
    lab.ifd.take_calls();
    lab.ifd.during_next("down", [&lab] { lab.ifd.swap(); });
    BOOST_TEST(lab.reconnect(handle, unpower) == Code::no_smartcard);
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down", "up"}), boost::test_tools::per_element());
}

// H2, P1: the power step comes before the poll, and the held removal keeps it off the new card
BOOST_AUTO_TEST_CASE(a_swap_of_an_unused_card_powers_the_new_one_up_once) {
    Lab lab;
    lab.ifd.swap();
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"up"}), boost::test_tools::per_element());
    lab.advance(std::chrono::seconds(5));
    BOOST_TEST(lab.ifd.take_calls() == (Calls{"down"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_card_that_goes_during_its_power_up_is_seen_going) {
    Lab lab(false);
    const Handle handle = lab.open(lab.alice, direct, undefined);
    lab.ifd.during_next("up", [&lab] { lab.ifd.remove(); });
    lab.ifd.insert();
    BOOST_TEST(lab.status_code(handle) == Code::removed_card);
    BOOST_TEST(lab.manager.status(lab.open(lab.bob, direct, undefined)).event_count == 2);
}

// G1
BOOST_AUTO_TEST_CASE(the_event_counter_wraps_to_0) {
    Lab lab;
    lab.ifd.stop_recording();
    const Handle handle = lab.open(lab.alice, direct, undefined);
    for (int i = 0; i < 0x8000 - 1; ++i) {
        lab.ifd.swap();
    }
    lab.reconnect(handle, leave);
    BOOST_TEST(lab.manager.status(handle).event_count == 0xFFFE);
    lab.ifd.swap();
    lab.reconnect(handle, leave);
    BOOST_TEST(lab.manager.status(handle).event_count == 0);
}

// G1
BOOST_AUTO_TEST_CASE(the_event_counter_goes_on_when_another_reader_takes_the_slot) {
    Lab lab;
    lab.ifd.swap();
    lab.manager.remove_reader(lab.reader);
    BOOST_TEST(lab.manager.add_reader("Lab", lab.ifd) == lab.reader);
    BOOST_TEST(lab.manager.status(lab.open(lab.alice)).event_count == 2);
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_powers_an_unused_card_down_and_one_in_use_not) {
    Lab unused;
    unused.manager.remove_reader(unused.reader);
    BOOST_TEST(unused.ifd.take_calls() == (Calls{"down"}), boost::test_tools::per_element());
    Lab used;
    used.open(used.alice);
    used.ifd.take_calls();
    used.manager.remove_reader(used.reader);
    BOOST_TEST(used.ifd.take_calls().empty());
    used.ifd.remove();
    BOOST_TEST(used.ifd.take_all_calls().empty());
}

BOOST_AUTO_TEST_CASE(a_manager_that_ends_listens_no_longer) {
    ifd::VirtualClock clock;
    fakes::FakeIfd ifd;
    {
        EmbeddedResourceManager manager(clock);
        manager.add_reader("Lab", ifd);
        BOOST_TEST(ifd.has_listener());
    }
    BOOST_TEST(!ifd.has_listener());
    ifd.insert();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
