// Events where callers do not wait: E_PENDING and pump().
#include "core/service_provider/card_events.h"

#include <boost/test/unit_test.hpp>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/fakes/fake_ifd.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace std::chrono_literals;
using resource_manager::Code;
using resource_manager::Disposition;
using resource_manager::ShareMode;

namespace {

struct Desk {
    Desk() {
        ifd.insert();
        reader = manager.add_reader("Lab", ifd);
        manager.establish_context(other);
        other_handle = manager.connect(other, reader, ShareMode::shared, 3).handle;
        events = make_card_events(manager, reader);
    }
    /// The next event's number, or why there is none.
    std::string next(CardEvents& from, EventMask mask = event_all) {
        CardEvent event;
        const Hresult result = from.Wait(mask, std::nullopt, &event);
        return result == Hresult::S_OK_ ? std::to_string(event.event) : name(result);
    }
    std::string next(EventMask mask = event_all) { return next(*events, mask); }
    void reset_by_another() { manager.reconnect(other_handle, ShareMode::shared, 3, Disposition::reset); }

    ifd::VirtualClock clock;
    fakes::FakeIfd ifd;
    resource_manager::EmbeddedResourceManager manager{clock};
    std::string reader;
    resource_manager::Context other;
    resource_manager::Handle other_handle;
    std::unique_ptr<CardEvents> events;
};

constexpr auto cancelled = static_cast<Hresult>(Code::cancelled);
constexpr auto timed_out = static_cast<Hresult>(Code::timeout);
constexpr auto not_attached = static_cast<Hresult>(Code::invalid_handle);

}  // namespace

BOOST_AUTO_TEST_SUITE(service_provider_card_events)

BOOST_AUTO_TEST_CASE(movements_are_told_once_and_in_order) {
    Desk desk;
    BOOST_TEST(desk.next() == "E_PENDING");
    desk.ifd.swap();
    desk.ifd.remove();
    BOOST_TEST(desk.next() == std::to_string(event_removal));
    BOOST_TEST(desk.next() == std::to_string(event_insertion));
    BOOST_TEST(desk.next() == std::to_string(event_removal));
    BOOST_TEST(desk.next() == "E_PENDING");
}

BOOST_AUTO_TEST_CASE(an_event_names_the_reader_and_its_counter) {
    Desk desk;
    desk.ifd.remove();
    CardEvent event;
    BOOST_REQUIRE(desk.events->Wait(event_all, std::nullopt, &event) == Hresult::S_OK_);
    BOOST_TEST((event == CardEvent{event_removal, desk.reader, 1}));
}

BOOST_AUTO_TEST_CASE(events_outside_the_mask_are_passed_over) {
    Desk desk;
    desk.ifd.swap();
    BOOST_TEST(desk.next(event_insertion) == std::to_string(event_insertion));
    BOOST_TEST(desk.next() == "E_PENDING");
}

BOOST_AUTO_TEST_CASE(readers_that_go_and_come_are_told) {
    Desk desk;
    desk.manager.remove_reader(desk.reader);
    BOOST_TEST(desk.next() == std::to_string(event_reader_gone));
    BOOST_TEST(desk.next() == "E_PENDING");
    desk.manager.add_reader("Lab", desk.ifd);
    BOOST_TEST(desk.next() == std::to_string(event_reader_back));
    BOOST_TEST(desk.next() == std::to_string(event_insertion));
    BOOST_TEST(desk.next() == "E_PENDING");
}

BOOST_AUTO_TEST_CASE(a_resource_manager_that_goes_and_comes_is_a_reader_that_does) {
    Desk desk;
    desk.manager.stop();
    BOOST_TEST(desk.next() == std::to_string(event_reader_gone));
    BOOST_TEST(desk.next() == "E_PENDING");
    desk.manager.start();
    BOOST_TEST(desk.next() == std::to_string(event_reader_back));
    BOOST_TEST(desk.next() == std::to_string(event_insertion));
}

BOOST_AUTO_TEST_CASE(the_first_reader_is_the_one_that_comes_first) {
    Desk desk;
    desk.manager.remove_reader(desk.reader);
    const auto events = make_card_events(desk.manager, "");
    BOOST_TEST(desk.next(*events) == "E_PENDING");
    desk.manager.add_reader("Lab", desk.ifd);
    BOOST_TEST(desk.next(*events) == std::to_string(event_reader_back));
}

BOOST_AUTO_TEST_CASE(a_pending_wait_ends_with_its_time_and_with_cancel) {
    Desk desk;
    CardEvent event{7, "untouched", 3};
    BOOST_TEST(desk.events->Wait(event_all, 2s, &event) == Hresult::E_PENDING_);
    desk.clock.advance(2s - 1ns);
    BOOST_TEST(desk.events->Wait(event_all, 2s, &event) == Hresult::E_PENDING_);
    desk.clock.advance(1ns);
    BOOST_TEST(desk.events->Wait(event_all, 2s, &event) == timed_out);
    BOOST_TEST(desk.events->Wait(event_all, 2s, &event) == Hresult::E_PENDING_);
    BOOST_TEST(desk.events->Cancel() == Hresult::S_OK_);
    BOOST_TEST(desk.events->Wait(event_all, 2s, &event) == cancelled);
    BOOST_TEST(desk.events->Wait(event_all, 2s, &event) == Hresult::E_PENDING_);
    BOOST_TEST((event == CardEvent{7, "untouched", 3}));
}

BOOST_AUTO_TEST_CASE(what_has_happened_comes_before_a_cancel) {
    Desk desk;
    desk.ifd.remove();
    desk.events->Cancel();
    BOOST_TEST(desk.next() == std::to_string(event_removal));
    BOOST_TEST(desk.next() == "SCARD_E_CANCELLED");
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_refused) {
    Desk desk;
    CardEvent event;
    BOOST_TEST(desk.events->Wait(event_all, 1s, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(desk.events->Wait(0, 1s, &event) == Hresult::E_INVALIDARG_);
    BOOST_TEST(desk.events->Wait(32, 1s, &event) == Hresult::E_INVALIDARG_);
    BOOST_TEST(desk.events->Subscribe(0, [](const CardEvent&) {}) == Hresult::E_INVALIDARG_);
    BOOST_TEST(desk.events->Subscribe(event_all, {}) == Hresult::E_INVALIDARG_);
}

BOOST_AUTO_TEST_CASE(pump_calls_back_for_what_has_happened) {
    Desk desk;
    std::vector<EventMask> told;
    BOOST_TEST(desk.events->Subscribe(event_all, [&](const CardEvent& e) { told.push_back(e.event); }) ==
               Hresult::S_OK_);
    BOOST_TEST(desk.next() == "E_FAIL");
    desk.ifd.swap();
    desk.events->pump();
    BOOST_TEST(told == (std::vector<EventMask>{event_removal, event_insertion}), boost::test_tools::per_element());
    BOOST_TEST(desk.events->Unsubscribe() == Hresult::S_OK_);
    desk.ifd.remove();
    desk.events->pump();
    BOOST_TEST(told.size() == 2U);
    BOOST_TEST(desk.next() == std::to_string(event_removal));
}

BOOST_AUTO_TEST_CASE(a_callback_may_unsubscribe) {
    Desk desk;
    int told = 0;
    desk.events->Subscribe(event_all, [&](const CardEvent&) {
        ++told;
        desk.events->Unsubscribe();
    });
    desk.ifd.swap();
    desk.events->pump();
    BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(a_reset_by_another_application_is_told_once_to_an_attachment) {
    Desk desk;
    const auto card = make_iscard_manage(desk.manager);
    BOOST_REQUIRE(card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    std::unique_ptr<CardEvents> events;
    BOOST_REQUIRE(card->CreateEvents(&events) == Hresult::S_OK_);
    BOOST_TEST(desk.next(*events) == "E_PENDING");
    desk.reset_by_another();
    BOOST_TEST(desk.next(*events) == std::to_string(event_reset));
    BOOST_TEST(desk.next(*events) == "E_PENDING");
    BOOST_REQUIRE(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(desk.next(*events) == "E_PENDING");
    desk.reset_by_another();
    BOOST_TEST(desk.next(*events) == std::to_string(event_reset));
}

BOOST_AUTO_TEST_CASE(a_reset_of_ones_own_is_no_event) {
    Desk desk;
    const auto card = make_iscard_manage(desk.manager);
    BOOST_REQUIRE(card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    std::unique_ptr<CardEvents> events;
    BOOST_REQUIRE(card->CreateEvents(&events) == Hresult::S_OK_);
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    BOOST_REQUIRE(card->SCardUnlock(Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(desk.next(*events) == "E_PENDING");
    BOOST_REQUIRE(card->Reconnect() == Hresult::S_OK_);
    desk.reset_by_another();
    BOOST_TEST(desk.next(*events) == std::to_string(event_reset));
}

BOOST_AUTO_TEST_CASE(events_end_with_their_attachment) {
    Desk desk;
    const auto card = make_iscard_manage(desk.manager);
    std::unique_ptr<CardEvents> events;
    BOOST_TEST(card->CreateEvents(&events) == not_attached);
    BOOST_REQUIRE(card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    BOOST_TEST(card->CreateEvents(nullptr) == Hresult::E_POINTER_);
    BOOST_REQUIRE(card->CreateEvents(&events) == Hresult::S_OK_);
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    BOOST_TEST(desk.next(*events) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(events->Subscribe(event_all, [](const CardEvent&) {}) == not_attached);
    BOOST_REQUIRE(card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    BOOST_TEST(desk.next(*events) == "SCARD_E_INVALID_HANDLE");
}

BOOST_AUTO_TEST_SUITE_END()
