#include "core/resource_manager/pcsclite/blocking_caller.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <ostream>

#include "tests/core/resource_manager/lab.h"
#include "tests/fakes/live_lab.h"
#include "tests/fakes/stuck_service.h"

using namespace scardlab;
using namespace scardlab::tests;
using namespace std::chrono_literals;
using fakes::comes;
using fakes::in_thread;
using fakes::StuckService;
using resource_manager::BlockingCaller;
using resource_manager::Caller;
using resource_manager::ReaderState;

namespace {

struct Application {
    explicit Application(bool repeats = true)
        : caller(std::make_unique<BlockingCaller>(service.blocking_service(repeats))) {
        verbs().establish_context(context);
        handle = verbs().connect(context, "Lab 00 00", shared, any).handle;
    }
    resource_manager::ResourceManager& verbs() { return caller->verbs(); }
    void within(std::chrono::milliseconds bound) { caller->set_deadline(caller->now() + bound); }
    Code transmit() { return verbs().transmit(handle, t1, iso7816::Bytes{0, 0xA4, 0, 0}, response); }

    StuckService service;
    std::unique_ptr<Caller> caller;
    Context context;
    Handle handle;
    iso7816::Bytes response;
};

struct Verb {
    const char* name;
    Code waited_for;  ///< when it is alone with the reader
    bool lost;        ///< whether the handle is lost with it
    std::function<Code(Application&)> call;
};
std::ostream& operator<<(std::ostream& out, const Verb& verb) {
    return out << verb.name;
}

const std::vector<Verb> verbs{
    {"establish", Code::server_too_busy, false,
     [](Application& a) {
         Context context;
         return a.verbs().establish_context(context);
     }},
    {"list", Code::server_too_busy, false,
     [](Application& a) {
         std::vector<std::string> readers;
         return a.verbs().list_readers(a.context, readers);
     }},
    {"connect", Code::sharing_violation, false,
     [](Application& a) { return a.verbs().connect(a.context, "Lab 00 00", shared, any).code; }},
    {"reconnect", Code::timeout, true,
     [](Application& a) { return a.verbs().reconnect(a.handle, shared, any, leave).code; }},
    {"begin", Code::sharing_violation, false, [](Application& a) { return a.verbs().begin_transaction(a.handle); }},
    {"status", Code::sharing_violation, false, [](Application& a) { return a.verbs().status(a.handle).code; }},
    {"transmit", Code::timeout, true, [](Application& a) { return a.transmit(); }},
    {"control", Code::timeout, true, [](Application& a) { return a.verbs().control(a.handle, 1, {}, a.response); }},
    {"attrib", Code::timeout, false, [](Application& a) { return a.verbs().get_attrib(a.handle, 1, a.response); }},
};
const std::vector<Verb> giving_back{
    {"disconnect", Code::timeout, true, [](Application& a) { return a.verbs().disconnect(a.handle, leave); }},
    {"end", Code::timeout, true, [](Application& a) { return a.verbs().end_transaction(a.handle, leave); }},
    {"release", Code::server_too_busy, false, [](Application& a) { return a.verbs().release_context(a.context); }},
};

void must_end_at_the_bound(const Verb& verb, bool answering, Code expected) {
    Application alice;
    alice.service.answering = answering;
    alice.service.stick(verb.name);
    alice.within(30ms);
    const auto start = alice.caller->now();
    BOOST_TEST(verb.call(alice) == expected);
    BOOST_TEST((alice.caller->now() - start >= 30ms));
    alice.service.release();
    alice.within(10s);
    const Code after = alice.verbs().status(alice.handle).code;
    BOOST_TEST(after == (verb.lost && verb.name != std::string("disconnect") ? Code::invalid_handle : Code::success));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resource_manager_blocking_caller)

BOOST_DATA_TEST_CASE(a_verb_that_does_not_come_back_ends_at_its_bound, verbs + giving_back, verb) {
    must_end_at_the_bound(verb, true, verb.waited_for);
}

BOOST_DATA_TEST_CASE(a_daemon_that_does_not_answer_is_too_busy, verbs + giving_back, verb) {
    must_end_at_the_bound(verb, false, Code::server_too_busy);
}

BOOST_AUTO_TEST_CASE(a_connect_that_waits_alone_waits_for_the_card) {
    Application alice;
    alice.service.sharing = 0;
    alice.service.stick("connect");
    alice.within(20ms);
    BOOST_TEST(alice.verbs().connect(alice.context, "Lab 00 00", shared, any).code == Code::timeout);
}

BOOST_DATA_TEST_CASE(an_interrupt_from_another_thread_ends_a_verb_that_does_not_come_back, verbs, verb) {
    Application alice;
    const auto before = alice.service.count(verb.name);
    alice.service.stick(verb.name);
    auto answer = in_thread([&] { return verb.call(alice); });
    alice.service.await(verb.name, before + 1);
    alice.caller->interrupt();
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Code::cancelled);
    // And what follows, until it is taken back, without a call.
    const auto calls = alice.service.calls().size();
    const Code next = verb.call(alice);
    BOOST_TEST((next == Code::cancelled || (verb.lost && next == Code::invalid_handle)));
    BOOST_TEST(alice.service.calls().size() == calls);
}

BOOST_DATA_TEST_CASE(what_gives_back_is_made_although_interrupted, giving_back, verb) {
    Application alice;
    alice.caller->interrupt();
    BOOST_TEST(verb.call(alice) == Code::success);
    BOOST_TEST(alice.service.count(verb.name) >= 1);
}

BOOST_AUTO_TEST_CASE(what_comes_late_is_undone) {
    const auto late = [](const char* verb, const char* undone_by, const std::function<void(Application&)>& call) {
        Application alice;
        const auto before = alice.service.count(undone_by);
        alice.service.stick(verb);
        alice.within(10ms);
        call(alice);
        alice.service.release();
        alice.service.await(undone_by, before + 1);
    };
    for (const Verb& verb : verbs) {
        if (verb.name == std::string("connect") || verb.lost) {
            late(verb.name, "disconnect", verb.call);
        }
    }
    late("begin", "end", verbs[4].call);
    late("establish", "release", verbs[0].call);
}

BOOST_AUTO_TEST_CASE(a_caller_is_destroyed_while_its_verbs_do_not_come_back) {
    StuckService service;
    {
        BlockingCaller caller(service.blocking_service());
        Context context;
        caller.verbs().establish_context(context);
        const Handle first = caller.verbs().connect(context, "Lab 00 00", shared, any).handle;
        const Handle second = caller.verbs().connect(context, "Lab 00 00", shared, any).handle;
        caller.set_deadline(caller.now() + 10ms);
        service.stick("transmit");
        service.stick("disconnect");
        iso7816::Bytes response;
        BOOST_TEST(caller.verbs().transmit(first, t1, iso7816::Bytes{0, 0xA4, 0, 0}, response) == Code::timeout);
        caller.set_deadline(caller.now() + 10s);
        BOOST_TEST(caller.verbs().status(second).code == Code::success);
    }
    service.release();
    service.await("release", 2);  // both contexts, by the threads that were left behind
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_while_another_application_holds_the_lock) {
    Application alice;
    alice.service.locked = true;
    alice.within(150ms);
    BOOST_TEST(alice.transmit() == Code::sharing_violation);
    alice.within(150ms);
    BOOST_TEST(alice.verbs().reconnect(alice.handle, shared, any, reset).code == Code::sharing_violation);
    BOOST_TEST(alice.service.count("transmit") == 0);
    BOOST_TEST(alice.service.count("reconnect") == 0);
    alice.within(10s);
    auto answer = in_thread([&] { return alice.transmit(); });
    alice.service.await("attrib", alice.service.count("attrib") + 1);
    alice.service.locked = false;
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Code::success);
}

BOOST_AUTO_TEST_CASE(who_holds_the_lock_does_not_ask) {
    Application alice;
    BOOST_TEST(alice.verbs().begin_transaction(alice.handle) == Code::success);
    BOOST_TEST(alice.transmit() == Code::success);
    BOOST_TEST(alice.service.count("attrib") == 0);
    BOOST_TEST(alice.verbs().end_transaction(alice.handle, leave) == Code::success);
    BOOST_TEST(alice.transmit() == Code::success);
    BOOST_TEST(alice.service.count("attrib") == 1);
    Application quick(false);
    BOOST_TEST(quick.transmit() == Code::success);
    BOOST_TEST(quick.service.count("attrib") == 0);
}

BOOST_AUTO_TEST_CASE(exclusive_use_is_not_asked_for_while_others_are_connected) {
    Application alice;
    alice.service.sharing = 2;
    alice.within(20ms);
    BOOST_TEST(alice.verbs().reconnect(alice.handle, exclusive, any, reset).code == Code::sharing_violation);
    BOOST_TEST(alice.service.count("reconnect") == 0);
    alice.service.sharing = 1;
    alice.within(10s);
    BOOST_TEST(alice.verbs().reconnect(alice.handle, exclusive, any, reset).code == Code::success);
}

BOOST_AUTO_TEST_CASE(a_disconnect_that_may_not_reset_in_time_leaves_the_card_alone) {
    Application alice;
    alice.service.locked = true;
    alice.within(20ms);
    BOOST_TEST(alice.verbs().disconnect(alice.handle, reset) == Code::sharing_violation);
    BOOST_TEST(alice.service.count("disconnect with reset") == 0);
    BOOST_TEST(alice.service.count("disconnect") == 1);
}

BOOST_AUTO_TEST_CASE(a_handle_whose_begin_is_still_waiting_is_released_when_that_ends) {
    Application alice;
    alice.service.stick("begin");
    alice.within(10ms);
    BOOST_TEST(alice.verbs().begin_transaction(alice.handle) == Code::sharing_violation);
    alice.within(10s);
    BOOST_TEST(alice.verbs().disconnect(alice.handle, leave) == Code::success);
    BOOST_TEST(alice.service.count("disconnect") == 0);
    alice.service.release();
    alice.service.await("disconnect");
    const auto calls = alice.service.calls();
    BOOST_TEST((std::ranges::find(calls, "end") < std::ranges::find(calls, "disconnect")));
}

BOOST_AUTO_TEST_CASE(no_more_than_two_threads_are_left_behind) {
    Application alice;
    alice.service.stick("connect");
    const auto connect = [&] { return alice.verbs().connect(alice.context, "Lab 00 00", shared, any).code; };
    for (int i = 0; i < 4; ++i) {
        alice.within(10ms);
        BOOST_TEST(connect() != Code::success);
    }
    BOOST_TEST(alice.service.count("connect") == 3);  // the first one made the handle
    alice.service.release();
    alice.within(10s);
    BOOST_TEST(connect() == Code::success);
}

BOOST_AUTO_TEST_CASE(a_connect_that_waits_for_a_thread_left_behind_says_what_that_waits_for) {
    Application alice;
    alice.service.stick("connect");
    for (int i = 0; i < 4; ++i) {
        alice.within(20ms);
        BOOST_TEST(alice.verbs().connect(alice.context, "Lab 00 00", shared, any).code == Code::sharing_violation);
    }
}

BOOST_AUTO_TEST_CASE(a_wait_for_changes_is_cancelled_until_the_cancel_is_seen) {
    Application alice;
    std::vector<ReaderState> states(1);
    const auto watch = [&] { return alice.verbs().get_status_change(alice.context, std::nullopt, states); };
    alice.service.stick("watch");
    alice.within(10ms);
    BOOST_TEST(watch() == Code::timeout);
    BOOST_TEST(alice.service.count("cancel") == 2);  // the first one is lost
    alice.service.stick("watch");
    alice.caller->set_deadline(Caller::no_deadline);
    auto answer = in_thread(watch);
    alice.service.await("watch", 2);
    alice.caller->interrupt();
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Code::cancelled);
}

BOOST_AUTO_TEST_SUITE_END()
