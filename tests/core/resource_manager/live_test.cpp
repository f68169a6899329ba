#include "core/resource_manager/live/live_resource_manager.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <ostream>

#include "tests/core/resource_manager/lab.h"
#include "tests/fakes/live_lab.h"

using namespace scardlab;
using namespace scardlab::tests;
using namespace std::chrono_literals;
using fakes::comes;
using fakes::in_thread;
using resource_manager::Caller;
using resource_manager::ReaderState;

namespace {

/// The application under test: its own caller, context and handle, beside the lab's other application.
struct Application : fakes::LiveLab {
    Application() : caller(manager.make_caller()) {
        caller->verbs().establish_context(context);
        handle = caller->verbs().connect(context, reader, shared, any).handle;
    }
    void within(std::chrono::milliseconds bound) { caller->set_deadline(caller->now() + bound); }

    std::unique_ptr<Caller> caller;
    Context context;
    Handle handle;
};

/// A verb that waits while the other application holds a transaction.
struct Waiting {
    const char* name;
    std::function<Code(Application&)> call;
};
std::ostream& operator<<(std::ostream& out, const Waiting& waiting) {
    return out << waiting.name;
}

const std::vector<Waiting> waiting{
    {"connect", [](Application& a) { return a.caller->verbs().connect(a.context, a.reader, shared, any).code; }},
    {"reconnect", [](Application& a) { return a.caller->verbs().reconnect(a.handle, shared, any, leave).code; }},
    {"disconnect with reset", [](Application& a) { return a.caller->verbs().disconnect(a.handle, reset); }},
    {"begin", [](Application& a) { return a.caller->verbs().begin_transaction(a.handle); }},
    {"status", [](Application& a) { return a.caller->verbs().status(a.handle).code; }},
    {"transmit",
     [](Application& a) {
         iso7816::Bytes response;
         return a.caller->verbs().transmit(a.handle, t1, iso7816::Bytes{0, 0xA4, 0, 0}, response);
     }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(resource_manager_live)

BOOST_DATA_TEST_CASE(a_verb_waits_until_another_thread_gives_the_lock_back, waiting, verb) {
    Application alice;
    alice.lock();
    auto answer = in_thread([&] { return verb.call(alice); });
    BOOST_TEST((answer.wait_for(20ms) == std::future_status::timeout));
    alice.unlock();
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Code::success);
}

BOOST_DATA_TEST_CASE(a_verb_that_waits_is_a_sharing_violation_at_its_deadline, waiting, verb) {
    Application alice;
    alice.lock();
    alice.within(20ms);
    const auto start = alice.caller->now();
    BOOST_TEST(verb.call(alice) == Code::sharing_violation);
    BOOST_TEST((alice.caller->now() - start >= 20ms));
}

BOOST_DATA_TEST_CASE(an_interrupt_ends_the_verb_that_waits_and_those_that_follow, waiting, verb) {
    Application alice;
    alice.lock();
    auto answer = in_thread([&] { return verb.call(alice); });
    alice.caller->interrupt();
    alice.unlock();  // a verb that has begun to wait and one that has not are both ended, unless it gives back
    BOOST_REQUIRE(comes(answer));
    const Code ended = answer.get();
    BOOST_TEST((ended == Code::cancelled || verb.name == std::string("disconnect with reset")));
    BOOST_TEST(alice.caller->verbs().status(alice.handle).code == Code::cancelled);
    alice.caller->clear_interrupt();
    const Code after = alice.caller->verbs().status(alice.handle).code;
    BOOST_TEST((after == Code::success || after == Code::invalid_handle));
}

BOOST_AUTO_TEST_CASE(what_gives_back_is_made_although_interrupted) {
    Application alice;
    BOOST_TEST(alice.caller->verbs().begin_transaction(alice.handle) == Code::success);
    alice.caller->interrupt();
    BOOST_TEST(alice.caller->verbs().end_transaction(alice.handle, leave) == Code::success);
    BOOST_TEST(alice.caller->verbs().disconnect(alice.handle, leave) == Code::success);
    BOOST_TEST(alice.caller->verbs().release_context(alice.context) == Code::success);
}

BOOST_AUTO_TEST_CASE(a_disconnect_that_may_not_reset_in_time_leaves_the_card_alone) {
    Application alice;
    alice.lock();
    alice.within(10ms);
    BOOST_TEST(alice.caller->verbs().disconnect(alice.handle, reset) == Code::sharing_violation);
    BOOST_TEST(alice.caller->verbs().disconnect(alice.handle, leave) == Code::invalid_handle);
    BOOST_TEST(alice.manager.status(alice.other_handle).code == Code::success);
}

BOOST_AUTO_TEST_CASE(a_removal_ends_the_wait_for_a_lock) {
    Application alice;
    alice.lock();
    auto answer = in_thread([&] { return alice.caller->verbs().begin_transaction(alice.handle); });
    alice.move([](fakes::FakeIfd& ifd) { ifd.remove(); });
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Code::removed_card);
}

BOOST_AUTO_TEST_CASE(a_connect_that_was_given_up_leaves_nothing_behind) {
    Application alice;
    alice.lock();
    alice.within(1ms);
    BOOST_TEST(alice.caller->verbs().connect(alice.context, alice.reader, shared, any).code == Code::sharing_violation);
    alice.unlock();
    alice.caller->verbs().disconnect(alice.handle, leave);
    BOOST_TEST(alice.manager.reconnect(alice.other_handle, exclusive, any, leave).code == Code::success);
    alice.caller->set_deadline(Caller::no_deadline);
    // One that was remembered as waiting would wait for the lock; a new one is refused at once (rule C3).
    BOOST_TEST(alice.caller->verbs().connect(alice.context, alice.reader, shared, any).code == Code::sharing_violation);
}

BOOST_AUTO_TEST_CASE(a_card_movement_wakes_get_status_change) {
    Application alice;
    std::vector<ReaderState> states{{alice.reader, resource_manager::watch_present, 0, {}}};
    auto answer = in_thread([&] { return alice.manager.get_status_change(alice.context, std::nullopt, states); });
    alice.move([](fakes::FakeIfd& ifd) { ifd.remove(); });
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Code::success);
    BOOST_TEST((states[0].event_state & resource_manager::watch_empty) != 0U);
}

BOOST_AUTO_TEST_CASE(a_time_out_takes_its_real_time) {
    Application alice;
    std::vector<ReaderState> states{{alice.reader, resource_manager::watch_present, 0, {}}};
    const auto start = alice.caller->now();
    BOOST_TEST(alice.manager.get_status_change(alice.context, 30ms, states) == Code::timeout);
    BOOST_TEST((alice.caller->now() - start >= 30ms));
}

BOOST_AUTO_TEST_CASE(get_status_change_is_ended_by_cancel_by_interrupt_and_by_the_deadline) {
    Application alice;
    std::vector<ReaderState> states{{alice.reader, resource_manager::watch_present, 0, {}}};
    const auto wait = [&] { return alice.caller->verbs().get_status_change(alice.context, std::nullopt, states); };
    auto answer = in_thread(wait);
    while (answer.wait_for(1ms) != std::future_status::ready) {
        alice.manager.cancel(alice.context);  // one that comes before the wait is forgotten, as pcsc-lite's is
    }
    BOOST_TEST(answer.get() == Code::cancelled);
    auto second = in_thread(wait);
    alice.caller->interrupt();
    BOOST_REQUIRE(comes(second));
    BOOST_TEST(second.get() == Code::cancelled);
    alice.caller->clear_interrupt();
    alice.within(10ms);
    BOOST_TEST(wait() == Code::timeout);
}

BOOST_AUTO_TEST_CASE(a_change_is_told_to_whoever_waits_for_one) {
    Application alice;
    const std::uint64_t seen = alice.caller->changes().value();
    auto answer = in_thread([&] { return alice.caller->await_change(seen); });
    alice.manager.reconnect(alice.other_handle, shared, any, reset);
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Code::success);
    alice.within(10ms);
    BOOST_TEST(alice.caller->await_change(alice.caller->changes().value()) == Code::timeout);
    alice.caller->interrupt();
    BOOST_TEST(alice.caller->await_change(seen) == Code::cancelled);
}

BOOST_AUTO_TEST_CASE(a_look_is_no_change) {
    Application alice;
    const auto before = alice.caller->changes();
    std::vector<std::string> readers;
    alice.caller->verbs().status(alice.handle);
    alice.caller->verbs().list_readers(alice.context, readers);
    BOOST_TEST((alice.caller->changes() == before));
}

BOOST_DATA_TEST_CASE(a_resource_manager_that_stands_still_is_too_busy_until_it_goes_on, waiting, verb) {
    Application alice;
    alice.manager.call([](EmbeddedResourceManager& manager) { manager.freeze(); });
    alice.within(10ms);
    BOOST_TEST(verb.call(alice) == Code::server_too_busy);
    alice.caller->set_deadline(Caller::no_deadline);
    auto answer = in_thread([&] { return verb.call(alice); });
    alice.manager.call([](EmbeddedResourceManager& manager) { manager.thaw(); });
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Code::success);
}

BOOST_DATA_TEST_CASE(a_resource_manager_that_ends_ends_the_waits, waiting, verb) {
    Application alice;
    alice.lock();
    auto answer = in_thread([&] { return verb.call(alice); });
    alice.manager.call([](EmbeddedResourceManager& manager) { manager.stop(); });
    BOOST_REQUIRE(comes(answer));
    const Code ended = answer.get();
    BOOST_TEST((ended == Code::no_service || ended == Code::comm_error));
    Context context;
    BOOST_TEST(alice.caller->verbs().establish_context(context) == Code::no_service);
    auto back = in_thread([&] {
        while (alice.caller->verbs().establish_context(context) == Code::no_service &&
               alice.caller->await_service() == Code::success) {
        }
        return alice.caller->verbs().connect(context, alice.reader, shared, any).code;
    });
    alice.manager.call([](EmbeddedResourceManager& manager) { manager.start(); });
    BOOST_REQUIRE(comes(back));
    BOOST_TEST(back.get() == Code::success);
}

BOOST_AUTO_TEST_CASE(many_threads_share_one_card_while_it_is_moved) {
    fakes::LiveLab lab;
    const auto work = [&lab] {
        const auto caller = lab.manager.make_caller();
        Context context;
        caller->verbs().establish_context(context);
        iso7816::Bytes response;
        int sent = 0;
        for (int i = 0; i < 200; ++i) {
            const ConnectResult connected = caller->verbs().connect(context, lab.reader, shared, any);
            if (connected.code != Code::success) {
                continue;  // the card is out
            }
            caller->verbs().begin_transaction(connected.handle);
            sent += caller->verbs().transmit(connected.handle, connected.active_protocol, iso7816::Bytes{0, 0xA4, 0, 0},
                                             response) == Code::success
                        ? 1
                        : 0;
            caller->verbs().disconnect(connected.handle, leave);
        }
        caller->verbs().release_context(context);
        return sent;
    };
    auto first = in_thread(work);
    auto second = in_thread(work);
    for (int i = 0; i < 100; ++i) {
        lab.move([](fakes::FakeIfd& ifd) { ifd.swap(); });
    }
    BOOST_REQUIRE(comes(first));
    BOOST_REQUIRE(comes(second));
    BOOST_TEST(first.get() + second.get() > 0);
}

BOOST_AUTO_TEST_SUITE_END()
