// Methods whose resource manager does not come back: bounds, Detach from another thread, destruction.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <ostream>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/fakes/live_lab.h"
#include "tests/fakes/stuck_service.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace std::chrono_literals;
using fakes::Code;
using fakes::comes;
using fakes::Disposition;
using fakes::in_thread;

namespace {

constexpr auto cancelled = static_cast<Hresult>(Code::cancelled);
constexpr auto timed_out = static_cast<Hresult>(Code::timeout);
constexpr auto sharing_violation = static_cast<Hresult>(Code::sharing_violation);
constexpr const char* reader = "Lab 00 00";

struct Desk {
    fakes::StuckService service;
    fakes::StuckManager manager{service};
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager);
};

struct Method {
    const char* name;
    const char* verb;  ///< that does not come back
    bool attached;
    Hresult at_the_bound;
    std::function<Hresult(ISCardManage&)> call;
};
std::ostream& operator<<(std::ostream& out, const Method& method) {
    return out << method.name;
}

const std::vector<Method> methods{
    {"AttachByIFD", "connect", false, sharing_violation, [](ISCardManage& m) { return m.AttachByIFD(reader); }},
    {"Reconnect", "reconnect", true, timed_out,
     [](ISCardManage& m) { return m.Reconnect(resource_manager::ShareMode::shared, 3, Disposition::reset); }},
    {"SCardLock", "begin", true, sharing_violation, [](ISCardManage& m) { return m.SCardLock(); }},
    {"SCardUnlock", "end", true, timed_out, [](ISCardManage& m) { return m.SCardUnlock(Disposition::leave); }},
    {"Status", "status", true, sharing_violation,
     [](ISCardManage& m) {
         CardState state{};
         resource_manager::Protocols protocols = 0;
         return m.Status(&state, &protocols);
     }},
    {"Transmit", "transmit", true, timed_out,
     [](ISCardManage& m) {
         iso7816::Bytes response;
         return m.Transmit(iso7816::Bytes{0, 0xA4, 0, 0}, response);
     }},
    {"ISCardVerify::Verify", "transmit", true, timed_out,
     [](ISCardManage& m) {
         std::unique_ptr<ISCardVerify> verify;
         m.CreateCHVerification(&verify);
         return verify->Verify(iso7816::Bytes{0x31, 0x32, 0x33, 0x34}, SC_FL_IHV_GLOBAL, 1);
     }},
    {"ISCardFileAccess::ChangeDir", "begin", true, sharing_violation,
     [](ISCardManage& m) {
         std::unique_ptr<ISCardFileAccess> files;
         m.CreateFileAccess(&files);
         return files->ChangeDir(ReferenceType::SC_TYPE_BY_ID, "3F00");
     }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(service_provider_stuck)

BOOST_DATA_TEST_CASE(a_method_ends_at_its_bound, methods, method) {
    Desk desk;
    if (method.attached) {
        BOOST_REQUIRE(desk.card->AttachByIFD(reader) == Hresult::S_OK_);
    }
    BOOST_REQUIRE(desk.card->SetBounds({60ms, 60ms}) == Hresult::S_OK_);
    desk.service.stick(method.verb);
    BOOST_TEST(method.call(*desk.card) == method.at_the_bound);
    BOOST_TEST(desk.card->attached() == method.attached);
}

BOOST_DATA_TEST_CASE(detach_from_another_thread_ends_a_method, methods, method) {
    Desk desk;
    if (method.attached) {
        BOOST_REQUIRE(desk.card->AttachByIFD(reader) == Hresult::S_OK_);
    }
    const auto before = desk.service.count(method.verb);
    desk.service.stick(method.verb);
    auto answer = in_thread([&] { return method.call(*desk.card); });
    desk.service.await(method.verb, before + 1);
    auto detached = in_thread([&] { return desk.card->Detach(); });
    BOOST_REQUIRE(comes(detached));
    BOOST_TEST(detached.get() == (method.attached ? Hresult::S_OK_ : static_cast<Hresult>(Code::invalid_handle)));
    BOOST_REQUIRE(comes(answer));
    BOOST_TEST(answer.get() == cancelled);
    BOOST_TEST(!desk.card->attached());
    // The handle is given back when the resource manager comes back.
    desk.service.release();
    desk.service.await("disconnect");
}

BOOST_DATA_TEST_CASE(an_object_is_destroyed_while_its_resource_manager_does_not_come_back, methods, method) {
    Desk desk;
    if (method.attached) {
        BOOST_REQUIRE(desk.card->AttachByIFD(reader) == Hresult::S_OK_);
    }
    BOOST_REQUIRE(desk.card->SetBounds({60ms, 60ms}) == Hresult::S_OK_);
    desk.service.stick(method.verb);
    method.call(*desk.card);
    desk.service.stick("disconnect");
    auto destroyed = in_thread([&] {
        desk.card.reset();
        return true;
    });
    BOOST_REQUIRE(comes(destroyed));
    desk.service.release();
    desk.service.await("disconnect");
}

BOOST_AUTO_TEST_SUITE_END()
