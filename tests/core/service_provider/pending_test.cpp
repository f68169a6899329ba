// Detach while a method was answered E_PENDING, where callers do not wait.
#include <boost/test/unit_test.hpp>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/fakes/fake_ifd.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace std::chrono_literals;
using resource_manager::Code;
using resource_manager::ShareMode;

namespace {

constexpr auto cancelled = static_cast<Hresult>(Code::cancelled);
constexpr auto sharing_violation = static_cast<Hresult>(Code::sharing_violation);

struct Desk {
    Desk() {
        ifd.insert();
        reader = manager.add_reader("Lab", ifd);
        manager.establish_context(other);
        other_handle = manager.connect(other, reader, ShareMode::shared, 3).handle;
    }
    Hresult transmit() { return card->Transmit(iso7816::Bytes{0x00, 0xA4, 0x00, 0x00}, response); }

    ifd::VirtualClock clock;
    fakes::FakeIfd ifd;
    resource_manager::EmbeddedResourceManager manager{clock};
    std::string reader;
    resource_manager::Context other;
    resource_manager::Handle other_handle;
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager);
    iso7816::Bytes response;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(service_provider_pending)

BOOST_AUTO_TEST_CASE(a_pending_method_that_detach_ends_is_cancelled_once) {
    Desk desk;
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    desk.manager.begin_transaction(desk.other_handle);
    BOOST_TEST(desk.transmit() == Hresult::E_PENDING_);
    BOOST_TEST(desk.card->Detach() == Hresult::S_OK_);
    BOOST_TEST(desk.transmit() == cancelled);
    BOOST_TEST(desk.transmit() == static_cast<Hresult>(Code::invalid_handle));
}

BOOST_AUTO_TEST_CASE(a_pending_attach_that_detach_ends_is_cancelled_once) {
    Desk desk;
    desk.manager.begin_transaction(desk.other_handle);
    BOOST_TEST(desk.card->AttachByIFD(desk.reader) == Hresult::E_PENDING_);
    BOOST_TEST(desk.card->Detach() == static_cast<Hresult>(Code::invalid_handle));
    BOOST_TEST(desk.card->AttachByIFD(desk.reader) == cancelled);
    BOOST_TEST(desk.card->AttachByIFD(desk.reader) == Hresult::E_PENDING_);
}

BOOST_AUTO_TEST_CASE(a_new_attachment_knows_nothing_of_a_method_that_was_ended_before) {
    Desk desk;
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    desk.manager.begin_transaction(desk.other_handle);
    BOOST_TEST(desk.transmit() == Hresult::E_PENDING_);
    BOOST_TEST(desk.card->Detach() == Hresult::S_OK_);
    desk.manager.end_transaction(desk.other_handle, resource_manager::Disposition::leave);
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    BOOST_TEST(desk.transmit() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_pending_method_is_a_sharing_violation_when_its_bound_has_passed) {
    Desk desk;
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    desk.manager.begin_transaction(desk.other_handle);
    BOOST_TEST(desk.card->SCardLock() == Hresult::E_PENDING_);
    desk.clock.advance(10s - 1ns);
    BOOST_TEST(desk.card->SCardLock() == Hresult::E_PENDING_);
    desk.clock.advance(1ns);
    BOOST_TEST(desk.card->SCardLock() == sharing_violation);
    BOOST_TEST(desk.card->SCardLock() == Hresult::E_PENDING_);  // a new call has a bound of its own
}

BOOST_AUTO_TEST_CASE(the_lock_of_a_pending_method_of_an_interface_has_the_bound_of_locks) {
    Desk desk;
    BOOST_REQUIRE(desk.card->AttachByIFD(desk.reader) == Hresult::S_OK_);
    std::unique_ptr<ISCardVerify> chv;
    BOOST_REQUIRE(desk.card->CreateCHVerification(&chv) == Hresult::S_OK_);
    const auto verify = [&] { return chv->Verify(iso7816::Bytes{0x31}, 0, 1); };
    desk.manager.begin_transaction(desk.other_handle);
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(verify() == Hresult::E_PENDING_);
        desk.clock.advance(10s - 1ns);
        BOOST_TEST(verify() == Hresult::E_PENDING_);
        desk.clock.advance(1ns);
        BOOST_TEST(verify() == sharing_violation);
    }
    BOOST_REQUIRE(desk.card->SetBounds({10s, 5s}) == Hresult::S_OK_);
    BOOST_TEST(verify() == Hresult::E_PENDING_);
    desk.clock.advance(5s);
    BOOST_TEST(verify() == sharing_violation);
}

BOOST_AUTO_TEST_SUITE_END()
