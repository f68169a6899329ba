// Every wait has an end on the real pcscd, whatever is waited for: another application, the daemon, the card, the link.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <future>
#include <ostream>
#include <vector>

#include "core/resource_manager/pcsclite/pcsclite_resource_manager.h"
#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/pcscd/bench.h"

namespace scardlab::engine {

namespace {

using namespace std::chrono_literals;
using ifd::IfdCode;
using resource_manager::Disposition;
using resource_manager::ShareMode;
using service_provider::CardEvent;
using service_provider::Hresult;
using service_provider::ISCardManage;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds bound{300}, tolerance{700};
constexpr auto cancelled = Hresult{0x80100002}, lost = Hresult{0x80100003}, timed_out = Hresult{0x8010000A},
               sharing_violation = Hresult{0x8010000B}, too_busy = Hresult{0x80100031}, removed = Hresult{0x80100069};
const iso7816::Bytes command{0x00, 0xB0, 0x00, 0x00};

/// The application under test, and another one.
struct Desk {
    /// `blocking`: libpcsclite repeats for ever, as it does unless it is told otherwise.
    Desk(Bench& chosen, bool blocking) : bench(chosen) {
        if (blocking) {
            ::unsetenv("PCSCLITE_NO_BLOCKING");
        }
        manager = resource_manager::make_pcsclite_resource_manager();
        Client watcher;
        MUST(watcher.await_presence(bench.reader, true));
        card = service_provider::make_iscard_manage(*manager);
        MUST_EQUAL(card->AttachByIFD(bench.reader), Hresult::S_OK_);
        manager->establish_context(other);
        other_handle = manager->connect(other, bench.reader, ShareMode::shared, 3).handle;
    }

    Hresult transmit() { return card->Transmit(command, response); }
    Hresult status() {
        service_provider::CardState state{};
        resource_manager::Protocols protocols = 0;
        return card->Status(&state, &protocols);
    }
    void lock() { MUST(manager->begin_transaction(other_handle) == resource_manager::Code::success); }
    void unlock() { manager->end_transaction(other_handle, Disposition::leave); }

    /// A call within `bound` and not much longer.
    template <typename Call>
    Hresult bounded(Call call) {
        MUST_EQUAL(card->SetBounds({bound, bound}), Hresult::S_OK_);
        const auto start = Clock::now();
        const Hresult result = call();
        MUST(Clock::now() - start < bound + tolerance);
        card->SetBounds({});
        return result;
    }

    Bench& bench;
    std::unique_ptr<resource_manager::ResourceManager> manager;
    std::unique_ptr<ISCardManage> card;
    resource_manager::Context other;
    resource_manager::Handle other_handle;
    iso7816::Bytes response;
};

void lock_is_a_sharing_violation(Bench& bench, bool blocking) {
    Desk desk(bench, blocking);
    desk.lock();
    const auto second = service_provider::make_iscard_manage(*desk.manager);
    second->SetBounds({bound, bound});
    MUST_EQUAL(desk.bounded([&] { return second->AttachByIFD(bench.reader); }), sharing_violation);
    MUST_EQUAL(desk.bounded([&] { return desk.transmit(); }), sharing_violation);
    MUST_EQUAL(desk.bounded([&] { return desk.card->Reconnect(ShareMode::shared, 3, Disposition::reset); }),
               sharing_violation);
    MUST_EQUAL(desk.bounded([&] { return desk.status(); }), sharing_violation);
    MUST_EQUAL(desk.bounded([&] { return desk.card->SCardLock(); }), sharing_violation);
    MUST_EQUAL(desk.bounded([&] { return desk.transmit(); }), sharing_violation);
    MUST_EQUAL(bench.take_calls().find("reset"), std::string::npos);
    desk.unlock();
    MUST_EQUAL(desk.status(), Hresult::S_OK_);
    MUST_EQUAL(desk.transmit(), Hresult::S_OK_);
    MUST_EQUAL(desk.card->SCardLock(), Hresult::S_OK_);
    MUST_EQUAL(desk.card->SCardUnlock(Disposition::leave), Hresult::S_OK_);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pcscd_bounds, *boost::unit_test::precondition(pcscd_available))

BOOST_AUTO_TEST_CASE(another_applications_lock_is_a_sharing_violation_at_the_bound) {
    on_pcscd([](Bench& bench) { lock_is_a_sharing_violation(bench, true); });
}

BOOST_AUTO_TEST_CASE(so_it_is_where_libpcsclite_does_not_repeat) {
    on_pcscd([](Bench& bench) { lock_is_a_sharing_violation(bench, false); });
}

BOOST_AUTO_TEST_CASE(exclusive_use_while_others_are_connected_is_a_sharing_violation_and_resets_nothing) {
    on_pcscd([](Bench& bench) {
        Desk desk(bench, true);
        bench.take_calls();
        MUST_EQUAL(desk.bounded([&] { return desk.card->Reconnect(ShareMode::exclusive, 3, Disposition::reset); }),
                   sharing_violation);
        MUST_EQUAL(bench.take_calls(), "");
        MUST_EQUAL(desk.transmit(), Hresult::S_OK_);
        desk.manager->disconnect(desk.other_handle, Disposition::leave);
        MUST_EQUAL(desk.card->Reconnect(ShareMode::exclusive, 3, Disposition::reset), Hresult::S_OK_);
    });
}

BOOST_AUTO_TEST_CASE(a_daemon_that_stands_still_is_too_busy_until_it_goes_on) {
    on_pcscd([](Bench& bench) {
        Desk desk(bench, true);
        const auto second = service_provider::make_iscard_manage(*desk.manager);
        second->SetBounds({bound, bound});
        MUST(bench.pcscd->freeze());
        MUST_EQUAL(desk.bounded([&] { return desk.status(); }), too_busy);
        MUST_EQUAL(desk.bounded([&] { return desk.transmit(); }), too_busy);
        MUST_EQUAL(desk.bounded([&] { return second->AttachByIFD(bench.reader); }), too_busy);
        MUST_EQUAL(desk.bounded([&] { return desk.card->SCardLock(); }), too_busy);
        bench.pcscd->thaw();
        MUST_EQUAL(desk.status(), Hresult::S_OK_);
        MUST_EQUAL(desk.transmit(), Hresult::S_OK_);
        MUST(desk.manager->begin_transaction(desk.other_handle) == resource_manager::Code::success);
    });
}

BOOST_AUTO_TEST_CASE(a_daemon_that_is_killed_ends_the_waits) {
    on_pcscd([](Bench& bench) {
        Desk desk(bench, true);
        desk.lock();
        auto locked = std::async(std::launch::async, [&] { return desk.card->SCardLock(); });
        bench.pcscd->kill();
        MUST(locked.wait_for(10s) == std::future_status::ready);
        MUST(locked.get() != Hresult::S_OK_);
        MUST(desk.bounded([&] { return desk.transmit(); }) != Hresult::S_OK_);
        MUST_EQUAL(desk.card->Detach(), Hresult::S_OK_);
    });
}

BOOST_AUTO_TEST_CASE(a_card_that_does_not_answer_is_a_timeout_and_its_handle_is_lost) {
    on_pcscd([](Bench& bench) {
        Desk desk(bench, true);
        bench.card.on_link([&] {
            bench.card.reader.transmit_code = IfdCode::response_timeout;
            bench.card.reader.failure_time = 2s;
        });
        MUST_EQUAL(desk.bounded([&] { return desk.transmit(); }), timed_out);
        MUST_EQUAL(desk.bounded([&] { return desk.transmit(); }), lost);
        MUST_EQUAL(desk.bounded([&] { return desk.status(); }), lost);
        bench.card.on_link([&] { bench.card.reader.transmit_code = IfdCode::success; });
        MUST_EQUAL(desk.card->Reconnect(), Hresult::S_OK_);
        MUST_EQUAL(desk.transmit(), Hresult::S_OK_);
    });
}

BOOST_AUTO_TEST_CASE(a_removal_ends_the_wait_for_a_lock) {
    on_pcscd([](Bench& bench) {
        Desk desk(bench, true);
        desk.lock();
        auto locked = std::async(std::launch::async, [&] { return desk.card->SCardLock(); });
        bench.card.remove();
        MUST(locked.wait_for(10s) == std::future_status::ready);
        MUST_EQUAL(locked.get(), removed);
    });
}

BOOST_AUTO_TEST_CASE(detach_ends_what_another_thread_waits_for) {
    on_pcscd([](Bench& bench) {
        Desk desk(bench, true);
        const auto ends = [&](const std::function<Hresult()>& call) {
            auto answer = std::async(std::launch::async, call);
            MUST(answer.wait_for(200ms) == std::future_status::timeout);  // it waits
            const auto start = Clock::now();
            MUST_EQUAL(desk.card->Detach(), Hresult::S_OK_);
            MUST(Clock::now() - start < 2s);
            MUST(answer.wait_for(10s) == std::future_status::ready);
            MUST_EQUAL(answer.get(), cancelled);
        };
        desk.lock();
        ends([&] { return desk.card->SCardLock(); });
        desk.unlock();
        MUST_EQUAL(desk.card->AttachByIFD(bench.reader), Hresult::S_OK_);
        desk.lock();
        ends([&] { return desk.status(); });
        desk.unlock();
        MUST_EQUAL(desk.card->AttachByIFD(bench.reader), Hresult::S_OK_);
        bench.card.on_link([&] {
            bench.card.reader.transmit_code = IfdCode::response_timeout;
            bench.card.reader.failure_time = 3s;
        });
        ends([&] { return desk.transmit(); });
        // All handles of the application are gone: the other one gets the reader for itself.
        MUST(desk.manager->reconnect(desk.other_handle, ShareMode::exclusive, 3, Disposition::leave).code ==
             resource_manager::Code::success);
    });
}

BOOST_AUTO_TEST_CASE(events_are_told_in_order_across_the_death_of_the_daemon) {
    on_pcscd([](Bench& bench) {
        Desk desk(bench, true);
        const auto events = service_provider::make_card_events(*desk.manager, bench.reader);
        CardEvent event;
        const auto next = [&] {
            MUST_EQUAL(events->Wait(service_provider::event_all, 10s, &event), Hresult::S_OK_);
            return event.event;
        };
        bench.card.swap();
        MUST_EQUAL(next(), service_provider::event_removal);
        MUST_EQUAL(next(), service_provider::event_insertion);
        bench.pcscd->kill();
        MUST_EQUAL(next(), service_provider::event_reader_gone);
        auto back = std::async(std::launch::async, next);
        bench.start_pcscd();
        MUST(back.wait_for(20s) == std::future_status::ready);
        MUST_EQUAL(back.get(), service_provider::event_reader_back);
        MUST_EQUAL(next(), service_provider::event_insertion);
        auto cancelling = std::async(std::launch::async,
                                     [&] { return events->Wait(service_provider::event_all, std::nullopt, &event); });
        events->Cancel();
        MUST(cancelling.wait_for(10s) == std::future_status::ready);
        MUST_EQUAL(cancelling.get(), cancelled);
    });
}

BOOST_AUTO_TEST_CASE(a_reset_by_another_application_is_told_to_an_attachment) {
    on_pcscd([](Bench& bench) {
        Desk desk(bench, true);
        std::unique_ptr<service_provider::CardEvents> events;
        MUST_EQUAL(desk.card->CreateEvents(&events), Hresult::S_OK_);
        CardEvent event;
        auto answer =
            std::async(std::launch::async, [&] { return events->Wait(service_provider::event_reset, 10s, &event); });
        desk.manager->reconnect(desk.other_handle, ShareMode::shared, 3, Disposition::reset);
        MUST(answer.wait_for(15s) == std::future_status::ready);
        MUST_EQUAL(answer.get(), Hresult::S_OK_);
        MUST_EQUAL(event.event, service_provider::event_reset);
        MUST_EQUAL(desk.transmit(), Hresult{0x80100068});
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::engine
