// Threads: several applications, and several threads of one, prove something to one emulated card behind the live
// resource manager. Every wait is for an event and has a bound (fakes::patience).
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "core/service_provider/iscard_manage.h"
#include "emulator/icc/icc.h"
#include "emulator/ifd/reader.h"
#include "tests/core/service_provider/printing.h"
#include "tests/fakes/command_card.h"
#include "tests/fakes/live_lab.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using fakes::comes;
using fakes::in_thread;

namespace {

constexpr unsigned rounds = 50;

/// An application with the two interfaces that prove something.
struct Application {
    Application(resource_manager::ResourceManager& manager, const std::string& reader)
        : card(make_iscard_manage(manager)) {
        BOOST_REQUIRE_EQUAL(card->AttachByIFD(reader), Hresult::S_OK_);
        BOOST_REQUIRE_EQUAL(card->CreateCardAuth(&auth), Hresult::S_OK_);
        BOOST_REQUIRE_EQUAL(card->CreateCHVerification(&chv), Hresult::S_OK_);
        key.key = fakes::counting(16);
    }
    /// How many of the rounds succeeded.
    unsigned authenticate() {
        unsigned succeeded = 0;
        for (unsigned i = 0; i < rounds; ++i) {
            succeeded += auth->APP_Auth(AuthAlgorithm::aes, key, {}) == Hresult::S_OK_ ? 1U : 0U;
        }
        return succeeded;
    }
    unsigned verify() {
        const iso7816::Bytes code = fakes::text("1234");
        unsigned succeeded = 0;
        for (unsigned i = 0; i < rounds; ++i) {
            const bool both = chv->Verify(code, 0, 1) == Hresult::S_OK_ && chv->tries_left() == -1;
            succeeded += both ? 1U : 0U;
        }
        return succeeded;
    }

    std::unique_ptr<ISCardManage> card;
    std::unique_ptr<ISCardAuth> auth;
    std::unique_ptr<ISCardVerify> chv;
    AuthParameters key;
};

struct Desk {
    Desk() {
        ifd.insert(card);
        reader = manager.add_reader("Lab", ifd);
    }

    ifd::VirtualClock clock;
    icc::Icc card{fakes::command_card()};
    ifd::Reader ifd{clock};
    resource_manager::LiveResourceManager manager{clock};
    std::string reader;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_security_threads, Desk)

BOOST_AUTO_TEST_CASE(applications_do_not_take_each_others_challenges) {
    Application alice(manager, reader);
    Application bob(manager, reader);
    auto first = in_thread([&] { return alice.authenticate(); });
    auto second = in_thread([&] { return bob.authenticate(); });
    BOOST_REQUIRE(comes(first));
    BOOST_REQUIRE(comes(second));
    BOOST_TEST(first.get() == rounds);
    BOOST_TEST(second.get() == rounds);
}

BOOST_AUTO_TEST_CASE(methods_of_threads_that_share_an_attachment_are_units) {
    Application alice(manager, reader);
    auto first = in_thread([&] { return alice.authenticate(); });
    auto second = in_thread([&] { return alice.authenticate(); });
    auto third = in_thread([&] { return alice.verify(); });
    BOOST_REQUIRE(comes(first));
    BOOST_REQUIRE(comes(second));
    BOOST_REQUIRE(comes(third));
    BOOST_TEST(first.get() == rounds);
    BOOST_TEST(second.get() == rounds);
    BOOST_TEST(third.get() == rounds);
}

BOOST_AUTO_TEST_CASE(a_method_waits_for_another_application_no_longer_than_the_lock_does) {
    Application alice(manager, reader);
    Application bob(manager, reader);
    BOOST_REQUIRE(bob.card->SCardLock() == Hresult::S_OK_);
    BOOST_REQUIRE(alice.card->SetBounds({std::chrono::milliseconds(20), std::chrono::hours(1)}) == Hresult::S_OK_);
    auto waiting = in_thread([&] { return alice.chv->Verify(fakes::text("1234"), 0, 1); });
    BOOST_REQUIRE(comes(waiting));
    BOOST_TEST(waiting.get() == Hresult{0x8010000B});
    BOOST_REQUIRE(bob.card->SCardUnlock(resource_manager::Disposition::leave) == Hresult::S_OK_);
    BOOST_TEST(alice.chv->Verify(fakes::text("1234"), 0, 1) == Hresult::S_OK_);
    // Nor longer than the method may last.
    BOOST_REQUIRE(alice.card->SetBounds({std::chrono::hours(1), std::chrono::milliseconds(20)}) == Hresult::S_OK_);
    BOOST_REQUIRE(bob.card->SCardLock() == Hresult::S_OK_);
    BOOST_TEST(alice.chv->Verify(fakes::text("1234"), 0, 1) == Hresult{0x8010000B});
}

BOOST_AUTO_TEST_CASE(a_method_that_waits_for_another_application_ends_at_its_bound_and_by_detach) {
    Application alice(manager, reader);
    Application bob(manager, reader);
    BOOST_REQUIRE(bob.card->SCardLock() == Hresult::S_OK_);
    const WaitBounds bounds = alice.card->bounds();
    BOOST_REQUIRE(alice.card->SetBounds({std::chrono::milliseconds(20), std::chrono::milliseconds(20)}) ==
                  Hresult::S_OK_);
    const Hresult busy{0x8010000B};
    BOOST_TEST(alice.auth->APP_Auth(AuthAlgorithm::aes, alice.key, {}) == busy);
    BOOST_TEST(alice.chv->Verify(fakes::text("1234"), 0, 1) == busy);
    BOOST_TEST(alice.chv->ResetSecurityState() == busy);
    BOOST_REQUIRE(alice.card->SetBounds(bounds) == Hresult::S_OK_);
    auto waiting = in_thread([&] { return alice.chv->Verify(fakes::text("0000"), 0, 1); });
    BOOST_TEST(alice.card->Detach() == Hresult::S_OK_);
    BOOST_REQUIRE(comes(waiting));
    const Hresult result = waiting.get();  // the thread may have come after Detach
    const bool ended = result == Hresult{0x80100002} || result == hr::invalid_handle;
    BOOST_TEST(ended, result);
    iso7816::Bytes response;
    BOOST_TEST(bob.card->Transmit(fakes::hex("00 20 00 01"), response) == Hresult::S_OK_);
    BOOST_TEST(iso7816::to_hex(response) == "63 C3");  // the code did not go out
}

BOOST_AUTO_TEST_SUITE_END()
