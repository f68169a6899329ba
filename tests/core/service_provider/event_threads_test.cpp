// Events to threads, on the live manager.
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <vector>

#include "core/service_provider/card_events.h"
#include "core/service_provider/interface_registry.h"
#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/fakes/live_lab.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace std::chrono_literals;
using fakes::comes;
using fakes::in_thread;
using resource_manager::Code;
using resource_manager::Disposition;
using resource_manager::ShareMode;

namespace {

constexpr auto cancelled = static_cast<Hresult>(Code::cancelled);
constexpr auto timed_out = static_cast<Hresult>(Code::timeout);
constexpr auto not_attached = static_cast<Hresult>(Code::invalid_handle);

/// What a callback was told, to wait for.
class Told {
  public:
    void operator()(const CardEvent& event) {
        const std::lock_guard lock(mutex_);
        events_.push_back(event.event);
        more_.notify_all();
    }
    /// Waits until there are `count`; what there is.
    std::vector<EventMask> first(std::size_t count) {
        std::unique_lock lock(mutex_);
        more_.wait_for(lock, fakes::patience, [&] { return events_.size() >= count; });
        return events_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable more_;
    std::vector<EventMask> events_;
};

struct Desk : fakes::LiveLab {
    std::unique_ptr<CardEvents> events = make_card_events(manager, reader);
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager);
    CardEvent event;

    std::unique_ptr<CardEvents> attached_events() {
        std::unique_ptr<CardEvents> created;
        BOOST_REQUIRE(card->AttachByIFD(reader) == Hresult::S_OK_);
        BOOST_REQUIRE(card->CreateEvents(&created) == Hresult::S_OK_);
        return created;
    }
    void swap() {
        move([](fakes::FakeIfd& moved) { moved.swap(); });
    }
    void reset_by_another() { manager.reconnect(other_handle, ShareMode::shared, 3, Disposition::reset); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(service_provider_event_threads)

BOOST_AUTO_TEST_CASE(a_movement_ends_the_wait) {
    Desk desk;
    auto answer = in_thread([&] { return desk.events->Wait(event_insertion, std::nullopt, &desk.event); });
    desk.swap();
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Hresult::S_OK_);
    BOOST_TEST(desk.event.event == event_insertion);
    BOOST_TEST(desk.event.event_count == 2);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_with_its_time) {
    Desk desk;
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(desk.events->Wait(event_all, 20ms, &desk.event) == timed_out);
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 20ms));
}

BOOST_AUTO_TEST_CASE(cancel_ends_the_wait_that_runs_or_the_next_one) {
    Desk desk;
    for (int i = 0; i < 20; ++i) {
        auto answer = in_thread([&] { return desk.events->Wait(event_all, std::nullopt, &desk.event); });
        BOOST_TEST(desk.events->Cancel() == Hresult::S_OK_);
        BOOST_REQUIRE(comes(answer));
        BOOST_TEST(answer.get() == cancelled);
    }
    desk.swap();
    BOOST_TEST(desk.events->Wait(event_all, std::nullopt, &desk.event) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(only_one_thread_waits) {
    Desk desk;
    auto answer = in_thread([&] { return desk.events->Wait(event_all, std::nullopt, &desk.event); });
    CardEvent event;
    Hresult second = timed_out;
    while (second == timed_out) {
        second = desk.events->Wait(event_all, 1ms, &event);  // until the other one has begun
        if (second == timed_out && answer.wait_for(0ms) == std::future_status::ready) {
            answer = in_thread([&] { return desk.events->Wait(event_all, std::nullopt, &desk.event); });
        }
    }
    BOOST_TEST(second == Hresult::E_FAIL_);
    desk.events->Cancel();
    BOOST_REQUIRE(comes(answer));
}

BOOST_AUTO_TEST_CASE(a_reset_by_another_application_ends_the_wait_of_an_attachment) {
    Desk desk;
    const auto events = desk.attached_events();
    auto answer = in_thread([&] { return events->Wait(event_reset, std::nullopt, &desk.event); });
    desk.reset_by_another();
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Hresult::S_OK_);
    BOOST_TEST(desk.event.event == event_reset);
}

BOOST_AUTO_TEST_CASE(detach_ends_the_wait_of_an_attachment) {
    Desk desk;
    const auto events = desk.attached_events();
    auto answer = in_thread([&] { return events->Wait(event_all, std::nullopt, &desk.event); });
    BOOST_TEST(desk.card->Detach() == Hresult::S_OK_);
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == not_attached);
}

BOOST_AUTO_TEST_CASE(methods_go_on_while_an_attachment_waits_for_a_reset) {
    Desk desk;
    const auto events = desk.attached_events();
    auto answer = in_thread([&] { return events->Wait(event_reset, std::nullopt, &desk.event); });
    iso7816::Bytes response;
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(desk.card->Transmit(iso7816::Bytes{0, 0xA4, 0, 0}, response) == Hresult::S_OK_);
    }
    events->Cancel();
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == cancelled);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_reset_within_an_interface_method_leaves_the_attachment_to_other_threads) {
    Desk desk;
    const auto events = desk.attached_events();
    const Guid guid = *Guid::parse("{0b0e0c5e-6f5d-4f5f-9a43-0d8e5a1c7710}");
    const auto wait = [&](CardChannel& channel, const std::any&, std::unique_ptr<CardInterface>*) {
        channel.begin_method();
        const Hresult result = events->Wait(event_reset, 1ms, &desk.event);
        channel.end_method();
        return result;
    };
    BOOST_REQUIRE(interfaces().add(guid, "Waiting for a reset", wait) == Hresult::S_OK_);
    std::unique_ptr<CardInterface> created;
    BOOST_TEST(desk.card->CreateInterface(guid, {}, {}, &created) == timed_out);
    interfaces().remove(guid);
    desk.card->SetBounds({100ms, 100ms});
    iso7816::Bytes atr;
    auto answer = in_thread([&] { return desk.card->Atr(atr); });
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_callback_is_told_everything_in_order) {
    Desk desk;
    Told told;
    BOOST_TEST(desk.events->Subscribe(event_all, std::ref(told)) == Hresult::S_OK_);
    BOOST_TEST(desk.events->Wait(event_all, 1ms, &desk.event) == Hresult::E_FAIL_);
    for (int i = 0; i < 10; ++i) {
        desk.swap();
    }
    const auto events = told.first(20);
    BOOST_REQUIRE(events.size() == 20U);
    for (std::size_t i = 0; i < events.size(); ++i) {
        BOOST_TEST(events[i] == (i % 2 == 0 ? event_removal : event_insertion));
    }
    BOOST_TEST(desk.events->Unsubscribe() == Hresult::S_OK_);
    desk.swap();
    BOOST_TEST(told.first(20).size() == 20U);
    BOOST_TEST(desk.events->Wait(event_all, std::nullopt, &desk.event) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_callback_may_unsubscribe_and_subscribe_again) {
    Desk desk;
    Told told;
    desk.events->Subscribe(event_removal, [&](const CardEvent& event) {
        told(event);
        desk.events->Unsubscribe();
        desk.events->Subscribe(event_insertion, std::ref(told));
    });
    desk.swap();
    BOOST_TEST(told.first(2) == (std::vector<EventMask>{event_removal, event_insertion}),
               boost::test_tools::per_element());
    BOOST_TEST(desk.events->Unsubscribe() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(subscribing_while_unsubscribe_waits_for_the_callback_lets_both_end) {
    Desk desk;
    Told told;
    Told after;
    std::promise<void> go_on;
    desk.events->Subscribe(event_removal, [&, on = go_on.get_future().share()](const CardEvent& event) {
        told(event);
        on.wait_for(fakes::patience);
    });
    desk.swap();
    BOOST_REQUIRE(told.first(1).size() == 1U);
    auto first = in_thread([&] { return desk.events->Unsubscribe(); });
    auto second = in_thread([&] { return desk.events->Unsubscribe(); });
    BOOST_TEST((first.wait_for(50ms) == std::future_status::timeout));
    BOOST_TEST((second.wait_for(50ms) == std::future_status::timeout));
    auto again = in_thread([&] { return desk.events->Subscribe(event_insertion, std::ref(after)); });
    BOOST_TEST((again.wait_for(50ms) == std::future_status::timeout));
    go_on.set_value();
    BOOST_REQUIRE(comes(first));
    BOOST_REQUIRE(comes(second));
    BOOST_REQUIRE(comes(again));
    BOOST_TEST(after.first(1).size() == 1U);
    BOOST_TEST(desk.events->Unsubscribe() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_wait_begins_when_the_callback_that_unsubscribed_has_returned) {
    Desk desk;
    Told told;
    std::promise<void> go_on;
    desk.events->Subscribe(event_removal, [&, on = go_on.get_future().share()](const CardEvent& event) {
        desk.events->Unsubscribe();
        told(event);
        on.wait_for(fakes::patience);
    });
    desk.swap();
    BOOST_REQUIRE(told.first(1).size() == 1U);
    BOOST_TEST(desk.events->Wait(event_insertion, 20ms, &desk.event) == timed_out);
    go_on.set_value();
    BOOST_TEST(desk.events->Wait(event_insertion, fakes::patience, &desk.event) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_callback_may_detach_its_attachment) {
    Desk desk;
    const auto events = desk.attached_events();
    Told told;
    events->Subscribe(event_removal, [&](const CardEvent& event) {
        desk.card->Detach();
        told(event);
    });
    desk.swap();
    BOOST_TEST(told.first(1).size() == 1U);
    BOOST_TEST(!desk.card->attached());
    BOOST_TEST(events->Unsubscribe() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(the_resource_manager_that_goes_and_comes_is_told_to_a_thread) {
    Desk desk;
    Told told;
    desk.events->Subscribe(event_all, std::ref(told));
    desk.manager.call([](resource_manager::EmbeddedResourceManager& manager) { manager.stop(); });
    BOOST_REQUIRE(told.first(1).size() == 1U);
    desk.manager.call([](resource_manager::EmbeddedResourceManager& manager) { manager.start(); });
    BOOST_TEST(told.first(3) == (std::vector<EventMask>{event_reader_gone, event_reader_back, event_insertion}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(events_are_destroyed_while_they_call_back) {
    Desk desk;
    Told told;
    desk.events->Subscribe(event_all, std::ref(told));
    desk.swap();
    desk.events.reset();
    BOOST_TEST(told.first(0).size() <= 2U);
}

BOOST_AUTO_TEST_SUITE_END()
