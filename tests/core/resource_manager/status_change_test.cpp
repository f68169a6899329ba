#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {
namespace {

using ifd::IfdCode;
using resource_manager::ReaderState;
using namespace std::chrono_literals;

constexpr std::uint32_t changed = 0x02, empty = 0x12, present = 0x20, in_use = 0x100, exclusive_use = 0x80;
constexpr std::uint32_t counter(std::uint32_t n) {
    return n << 16;
}

/// One watching application, alice.
struct WatchLab : Lab {
    using Lab::Lab;

    Code watch(std::uint32_t current, std::optional<std::chrono::milliseconds> timeout = std::nullopt) {
        states = {{reader, current, 0, {}}};
        return again(timeout);
    }
    Code again(std::optional<std::chrono::milliseconds> timeout = std::nullopt) {
        return manager.get_status_change(alice, timeout, states);
    }
    std::uint32_t event() const { return states.front().event_state; }

    std::vector<ReaderState> states;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_resource_manager_status_change)

// G5
BOOST_AUTO_TEST_CASE(arguments_are_judged_in_pcsc_lites_order) {
    Lab lab;
    const auto change = [&lab](Context who, std::vector<ReaderState> states) {
        return lab.manager.get_status_change(who, 0ms, states);
    };
    const Context nobody{99};
    const ReaderState unknown{"nowhere", 0, 0, {}};
    const ReaderState ignored{"nowhere", resource_manager::watch_ignore, 0, {}};
    BOOST_TEST(change(nobody, std::vector(17, unknown)) == Code::invalid_parameter);
    BOOST_TEST(change(nobody, {}) == Code::success);
    BOOST_TEST(change(nobody, {ignored, ignored}) == Code::success);
    BOOST_TEST(change(nobody, {unknown}) == Code::invalid_handle);
    BOOST_TEST(change(lab.alice, {unknown}) == Code::unknown_reader);
    BOOST_TEST(change(lab.alice, {{lab.reader, 0, 0, {}}, ignored}) == Code::unknown_reader);
}

// G4, G5: what an unaware caller is told
BOOST_AUTO_TEST_CASE(an_unaware_caller_is_told_what_is) {
    WatchLab lab(false);
    BOOST_TEST(lab.watch(0) == Code::success);
    BOOST_TEST(lab.event() == empty);
    BOOST_TEST(lab.states[0].atr.empty());
    lab.ifd.insert();
    BOOST_TEST(lab.watch(0) == Code::success);
    BOOST_TEST(lab.event() == (counter(1) | present | changed));
    BOOST_TEST((lab.states[0].atr == iso7816::Bytes(lab.ifd.atr().bytes().begin(), lab.ifd.atr().bytes().end())));
    const Handle bob = lab.open(lab.bob);
    BOOST_TEST(lab.watch(0) == Code::success);
    BOOST_TEST(lab.event() == (counter(1) | present | in_use | changed));
    lab.reconnect(bob, leave, exclusive);
    BOOST_TEST(lab.watch(0) == Code::success);
    BOOST_TEST(lab.event() == (counter(1) | present | exclusive_use | changed));
    lab.ifd.fail(IfdCode::communication_error);
    BOOST_TEST(lab.watch(0) == Code::success);
    BOOST_TEST((lab.event() & 0xFFFF007F) == 0x0AU);
}

// G4
BOOST_AUTO_TEST_CASE(a_mute_card_is_present_and_mute) {
    WatchLab lab(false);
    lab.ifd.power_answer = IfdCode::error_power_action;
    lab.ifd.insert();
    BOOST_TEST(lab.watch(empty) == Code::success);
    BOOST_TEST(lab.event() == (counter(1) | 0x220U | changed));
    BOOST_TEST(lab.watch(counter(1) | 0x220U, 0ms) == Code::timeout);
    BOOST_TEST(lab.watch(present, 0ms) == Code::success);
}

// G4: nobody uses an empty reader
BOOST_AUTO_TEST_CASE(in_use_needs_a_card) {
    WatchLab lab(false);
    lab.open(lab.bob, direct, undefined);
    BOOST_TEST(lab.watch(0) == Code::success);
    BOOST_TEST(lab.event() == empty);
}

// G5
BOOST_AUTO_TEST_CASE(nothing_new_is_a_timeout_when_the_time_has_passed) {
    WatchLab lab;
    BOOST_TEST(lab.watch(present, 0ms) == Code::timeout);
    BOOST_TEST(lab.event() == present);
    BOOST_TEST(lab.watch(present, 250ms) == Code::not_yet);
    BOOST_TEST(lab.event() == 0U);
    lab.advance(249ms);
    BOOST_TEST(lab.again(250ms) == Code::not_yet);
    lab.advance(1ms);
    BOOST_TEST(lab.again(250ms) == Code::timeout);
    BOOST_TEST(lab.event() == present);
    BOOST_TEST(lab.again(250ms) == Code::not_yet);
}

// G1, H2
BOOST_AUTO_TEST_CASE(a_removal_and_an_insertion_end_the_wait) {
    WatchLab lab;
    BOOST_TEST(lab.watch(present) == Code::not_yet);
    lab.ifd.remove();
    BOOST_TEST(lab.again() == Code::success);
    BOOST_TEST(lab.event() == (counter(1) | empty));
    BOOST_TEST(lab.watch(counter(1) | empty) == Code::not_yet);
    lab.ifd.insert();
    BOOST_TEST(lab.again() == Code::success);
    BOOST_TEST(lab.event() == (counter(2) | present | changed));
}

// H4: the waiter is woken by the removal
BOOST_AUTO_TEST_CASE(a_quick_swap_ends_the_wait_with_its_first_event) {
    WatchLab lab;
    BOOST_TEST(lab.watch(present) == Code::not_yet);
    lab.ifd.swap();
    BOOST_TEST(lab.again() == Code::success);
    BOOST_TEST(lab.event() == (counter(1) | empty));
    BOOST_TEST(lab.watch(counter(1) | 0x10) == Code::success);
    BOOST_TEST(lab.event() == (counter(2) | present | changed));
}

// G2
BOOST_AUTO_TEST_CASE(a_counter_is_only_compared_when_the_caller_has_one) {
    WatchLab lab;
    lab.ifd.swap();
    BOOST_TEST(lab.watch(present, 0ms) == Code::timeout);
    BOOST_TEST(lab.watch(counter(1) | present, 0ms) == Code::success);
    BOOST_TEST(lab.event() == (counter(2) | present | changed));
    BOOST_TEST(lab.watch(counter(2) | present, 0ms) == Code::timeout);
}

// G3
BOOST_AUTO_TEST_CASE(resets_wake_nobody) {
    WatchLab lab;
    const Handle bob = lab.open(lab.bob);
    BOOST_TEST(lab.watch(present | in_use) == Code::not_yet);
    lab.reconnect(bob, reset);
    lab.reconnect(bob, unpower);
    BOOST_TEST(lab.again() == Code::not_yet);
}

// G3
BOOST_AUTO_TEST_CASE(the_last_disconnect_wakes_the_caller_that_knew_of_a_user) {
    for (const bool knew : {true, false}) {
        WatchLab lab;
        const Handle bob = lab.open(lab.bob);
        lab.advance(5s);
        BOOST_TEST(lab.watch(knew ? present | in_use : present) == Code::not_yet);
        lab.manager.disconnect(bob, leave);
        BOOST_TEST(lab.again() == (knew ? Code::success : Code::not_yet));
        if (knew) {
            BOOST_TEST(lab.event() == (present | changed));
        }
    }
}

// G3, H4: the event thread compares with what it saw at its last turn
BOOST_AUTO_TEST_CASE(a_user_who_comes_and_goes_within_one_wait_of_the_event_thread_wakes_nobody) {
    WatchLab lab;
    const Handle bob = lab.open(lab.bob);
    BOOST_TEST(lab.watch(present | in_use) == Code::not_yet);
    lab.manager.disconnect(bob, leave);
    BOOST_TEST(lab.again() == Code::not_yet);
    lab.advance(60s);
    BOOST_TEST(lab.again() == Code::success);
}

// G3, H4: with a driver event function the event thread sleeps through it; the client looks once a minute
BOOST_AUTO_TEST_CASE(a_change_of_sharing_is_seen_when_the_event_thread_or_the_client_wakes) {
    WatchLab lab;
    const Handle bob = lab.open(lab.bob, exclusive);
    lab.advance(5s);
    BOOST_TEST(lab.watch(present | exclusive_use) == Code::not_yet);
    lab.reconnect(bob, leave, shared);
    BOOST_TEST(lab.again() == Code::not_yet);
    lab.advance(59s);
    BOOST_TEST(lab.again() == Code::not_yet);
    lab.advance(1s);
    BOOST_TEST(lab.again() == Code::success);
    BOOST_TEST(lab.event() == (present | in_use | changed));
}

// G5
BOOST_AUTO_TEST_CASE(cancel_ends_a_wait_and_nothing_else) {
    WatchLab lab;
    BOOST_TEST(lab.manager.cancel(Context{99}) == Code::invalid_handle);
    BOOST_TEST(lab.manager.cancel(lab.alice) == Code::success);
    BOOST_TEST(lab.watch(present) == Code::not_yet);
    BOOST_TEST(lab.manager.cancel(lab.bob) == Code::success);
    BOOST_TEST(lab.again() == Code::not_yet);
    BOOST_TEST(lab.manager.cancel(lab.alice) == Code::success);
    BOOST_TEST(lab.again() == Code::cancelled);
    BOOST_TEST(lab.again() == Code::not_yet);
}

// G5
BOOST_AUTO_TEST_CASE(cancel_comes_too_late_for_a_wait_that_an_event_has_ended) {
    WatchLab lab;
    BOOST_TEST(lab.watch(present) == Code::not_yet);
    lab.ifd.remove();
    BOOST_TEST(lab.manager.cancel(lab.alice) == Code::success);
    BOOST_TEST(lab.again() == Code::success);
}

// G5
BOOST_AUTO_TEST_CASE(other_arguments_begin_another_wait) {
    WatchLab lab;
    BOOST_TEST(lab.watch(present, 100ms) == Code::not_yet);
    lab.advance(90ms);
    BOOST_TEST(lab.watch(present, 200ms) == Code::not_yet);
    lab.advance(110ms);
    BOOST_TEST(lab.again(200ms) == Code::not_yet);
    lab.advance(90ms);
    BOOST_TEST(lab.again(200ms) == Code::timeout);
}

// G5
BOOST_AUTO_TEST_CASE(the_pnp_reader_tells_of_readers_that_come_and_go) {
    fakes::FakeIfd second;
    WatchLab lab;
    std::vector<ReaderState> states{{"\\\\?pnp?\\NOTIFICATION", 0, 0, {}}};
    const auto watch = [&] { return lab.manager.get_status_change(lab.alice, std::nullopt, states); };
    BOOST_TEST(watch() == Code::not_yet);
    lab.manager.add_reader("Lab", second);
    BOOST_TEST(watch() == Code::success);
    BOOST_TEST(states[0].event_state == changed);
    BOOST_TEST(watch() == Code::not_yet);
    lab.manager.remove_reader("Lab 01 00");
    BOOST_TEST(watch() == Code::success);
}

// G5
BOOST_AUTO_TEST_CASE(a_watched_reader_that_goes_is_unknown) {
    WatchLab lab;
    BOOST_TEST(lab.watch(present) == Code::not_yet);
    lab.manager.remove_reader(lab.reader);
    BOOST_TEST(lab.again() == Code::success);
    BOOST_TEST(lab.event() == 0x0EU);
}

BOOST_AUTO_TEST_CASE(every_watched_reader_is_told_when_one_has_changed) {
    fakes::FakeIfd second;
    WatchLab lab;
    const std::string other = lab.manager.add_reader("Lab", second);
    lab.states = {{lab.reader, present, 0, {}}, {other, 0x10, 0, {}}, {lab.reader, 1, 7, {}}};
    BOOST_TEST(lab.again() == Code::not_yet);
    second.insert();
    BOOST_TEST(lab.again() == Code::success);
    BOOST_TEST(lab.states[0].event_state == present);
    BOOST_TEST(lab.states[1].event_state == (counter(1) | present | changed));
    BOOST_TEST(lab.states[2].event_state == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
