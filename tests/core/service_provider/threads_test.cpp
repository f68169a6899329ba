// Methods of one ISCardManage from several threads, on the live manager.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <ostream>

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
using resource_manager::Protocols;
using resource_manager::ShareMode;

namespace {

constexpr auto cancelled = static_cast<Hresult>(Code::cancelled);
constexpr auto not_attached = static_cast<Hresult>(Code::invalid_handle);
constexpr auto sharing_violation = static_cast<Hresult>(Code::sharing_violation);
const iso7816::Bytes select{0x00, 0xA4, 0x00, 0x00};

struct Desk : fakes::LiveLab {
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager);

    /// Detaches until the method that runs in `answer` has ended, and answers what it answered.
    Hresult detached(std::future<Hresult>& answer) {
        const auto give_up = std::chrono::steady_clock::now() + fakes::patience;
        while (answer.wait_for(1ms) != std::future_status::ready && std::chrono::steady_clock::now() < give_up) {
            card->Detach();
        }
        return answer.get();
    }
};

/// A method that waits while another application holds a transaction.
struct Method {
    const char* name;
    bool attached;
    std::function<Hresult(Desk&)> call;
};
std::ostream& operator<<(std::ostream& out, const Method& method) {
    return out << method.name;
}

Hresult status(Desk& desk) {
    CardState state{};
    Protocols protocols = 0;
    return desk.card->Status(&state, &protocols);
}
Hresult transmit(Desk& desk) {
    iso7816::Bytes response;
    return desk.card->Transmit(select, response);
}

const std::vector<Method> methods{
    {"AttachByIFD", false, [](Desk& d) { return d.card->AttachByIFD(d.reader); }},
    {"Reconnect", true, [](Desk& d) { return d.card->Reconnect(); }},
    {"Reconnect RESET", true, [](Desk& d) { return d.card->Reconnect(ShareMode::shared, 3, Disposition::reset); }},
    {"SCardLock", true, [](Desk& d) { return d.card->SCardLock(); }},
    {"Status", true, status},
    {"Transmit", true, transmit},
    {"Atr", true,
     [](Desk& d) {
         iso7816::Bytes atr;
         return d.card->Atr(atr);
     }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(service_provider_threads)

BOOST_DATA_TEST_CASE(a_method_that_waits_for_another_application_ends_at_its_bound, methods, method) {
    Desk desk;
    if (method.attached) {
        BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    }
    BOOST_REQUIRE(desk.card->SetBounds({20ms, 20ms}) == Hresult::S_OK_);
    desk.lock();
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(method.call(desk) == sharing_violation);
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 20ms));
    BOOST_TEST(desk.card->attached() == method.attached);
    desk.unlock();
    BOOST_TEST(method.call(desk) == Hresult::S_OK_);
}

BOOST_DATA_TEST_CASE(detach_ends_the_method_that_waits_in_another_thread, methods, method) {
    Desk desk;
    if (method.attached) {
        BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    }
    desk.lock();
    auto answer = in_thread([&] { return method.call(desk); });
    const Hresult ended = desk.detached(answer);
    // The one that had not begun when Detach came found nothing attached.
    BOOST_TEST((ended == cancelled || (method.attached && ended == not_attached)), name(ended));
    BOOST_TEST(!desk.card->attached());
    desk.unlock();
    BOOST_TEST(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    BOOST_TEST(status(desk) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(detach_ends_those_that_queue_behind_the_one_that_waits) {
    Desk desk;
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    desk.lock();
    auto first = in_thread([&] { return transmit(desk); });
    auto second = in_thread([&] { return status(desk); });
    for (auto* answer : {&first, &second}) {
        const Hresult ended = desk.detached(*answer);
        BOOST_TEST((ended == cancelled || ended == not_attached), name(ended));
    }
}

BOOST_AUTO_TEST_CASE(methods_of_two_threads_come_one_after_the_other) {
    Desk desk;
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    const auto work = [&desk] {
        int good = 0;
        for (int i = 0; i < 200; ++i) {
            good += transmit(desk) == Hresult::S_OK_ && status(desk) == Hresult::S_OK_ &&
                            desk.card->active_protocol() == resource_manager::protocol_t1 && desk.card->attached()
                        ? 1
                        : 0;
        }
        return good;
    };
    auto first = in_thread(work);
    auto second = in_thread(work);
    BOOST_REQUIRE(comes(first));
    BOOST_REQUIRE(comes(second));
    BOOST_TEST(first.get() == 200);
    BOOST_TEST(second.get() == 200);
}

BOOST_AUTO_TEST_CASE(the_time_in_the_queue_counts_against_the_bound) {
    Desk desk;
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    BOOST_REQUIRE(desk.card->SetBounds({20ms, 60s}) == Hresult::S_OK_);
    desk.lock();
    auto first = in_thread([&] { return transmit(desk); });
    BOOST_TEST(status(desk) == sharing_violation);
    desk.unlock();
    BOOST_REQUIRE(comes(first));
    BOOST_TEST(first.get() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(an_attached_object_is_destroyed_while_another_application_holds_the_lock) {
    Desk desk;
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    desk.lock();
    desk.card.reset();
    desk.unlock();
    // Nobody else is there any more.
    BOOST_TEST(
        (desk.manager.reconnect(desk.other_handle, ShareMode::exclusive, 3, Disposition::leave).code == Code::success));
}

BOOST_AUTO_TEST_SUITE_END()
