#include "core/service_provider/iscard_verify.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/core/service_provider/card_bench.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using fakes::text;

namespace {

constexpr VerifyFlags global = SC_FL_IHV_GLOBAL, local = SC_FL_IHV_LOCAL, enable = SC_FL_IHV_ENABLE,
                      disable = SC_FL_IHV_DISABLE;

struct Bench : CardBench {
    explicit Bench(resource_manager::Protocols preferred = resource_manager::protocol_t1)
        : CardBench(fakes::command_card(), preferred) {
        BOOST_REQUIRE_EQUAL(alice->CreateCHVerification(&chv), Hresult::S_OK_);
    }
    /// READ BINARY of EF 5032, which needs CHV 1.
    std::string guarded() {
        run("00 A4 08 00 02 50 15");
        return run("00 B0 82 00 01");
    }
    void in_directory_6000() { BOOST_REQUIRE_EQUAL(run("00 A4 00 0C 02 60 00"), "90 00"); }

    std::unique_ptr<ISCardVerify> chv;
};

const char* const opened = "07 90 00";
const char* const closed = "69 82";

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_iscard_verify)

// ISO/IEC 7816-4 clause 11.5.6
BOOST_DATA_TEST_CASE(a_right_code_opens_what_it_guards_until_a_reset, data::make(each_protocol), protocol) {
    Bench bench(protocol);
    BOOST_TEST(bench.guarded() == closed);
    BOOST_TEST(bench.chv->Verify(text("1234"), global, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded() == opened);
    BOOST_TEST(bench.alice->Reconnect(resource_manager::ShareMode::shared, protocol,
                                      resource_manager::Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded() == closed);
}

BOOST_DATA_TEST_CASE(wrong_codes_cost_tries_until_the_chv_is_blocked, data::make(each_protocol), protocol) {
    Bench bench(protocol);
    BOOST_TEST(bench.chv->tries_left() == -1);
    BOOST_TEST(bench.chv->Verify(text("0000"), 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->tries_left() == 2);
    BOOST_TEST(bench.chv->Verify(text("12345"), 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->tries_left() == 1);
    BOOST_TEST(bench.chv->Verify(text("0000"), 0, 1) == hr::chv_blocked);
    BOOST_TEST(bench.chv->tries_left() == 0);
    BOOST_TEST(bench.chv->Verify(text("1234"), 0, 1) == hr::chv_blocked);
    BOOST_TEST(bench.chv->tries_left() == 0);
    BOOST_TEST(bench.guarded() == closed);
    BOOST_TEST(bench.chv->Verify(text("87654321"), 0, 2) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->tries_left() == -1);
}

// ISO/IEC 7816-4 clause 11.5.10
BOOST_DATA_TEST_CASE(the_unblocking_code_gives_the_tries_back, data::make(each_protocol), protocol) {
    Bench bench(protocol);
    for (int i = 0; i < 3; ++i) {
        bench.chv->Verify(text("0000"), 0, 1);
    }
    BOOST_TEST(bench.chv->Unblock(text("00000000"), {}, 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->tries_left() == 2);
    BOOST_TEST(bench.chv->Unblock(text("99999999"), {}, 0, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), 0, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Unblock(text("99999999"), text("abcdef"), global, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->Verify(text("abcdef"), 0, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Unblock(text("99999999"), text("abc"), 0, 1) == hr::invalid_chv);   // shorter than allowed
    BOOST_TEST(bench.chv->Unblock(text("99999999"), text("abcd"), 0, 2) == hr::invalid_chv);  // has no unblocking code
    BOOST_TEST(bench.chv->Unblock(text("00000000"), {}, 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->Unblock(text("00000000"), {}, 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->Unblock(text("00000000"), {}, 0, 1) == hr::chv_blocked);
    BOOST_TEST(bench.chv->Unblock(text("99999999"), {}, 0, 1) == hr::chv_blocked);
}

// ISO/IEC 7816-4 clause 11.5.7
BOOST_DATA_TEST_CASE(a_code_is_changed_by_who_knows_it, data::make(each_protocol), protocol) {
    Bench bench(protocol);
    BOOST_TEST(bench.chv->ChangeCode(text("0000"), text("5555"), 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->tries_left() == 2);
    BOOST_TEST(bench.chv->ChangeCode(text("1234"), text("123"), 0, 1) == hr::invalid_chv);
    BOOST_TEST(bench.chv->ChangeCode(text("1234"), text("55555"), 0, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->Verify(text("55555"), 0, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded() == opened);
}

// ISO/IEC 7816-4 clause 11.5.8, 11.5.9
BOOST_DATA_TEST_CASE(the_requirement_to_verify_is_switched_by_the_code, data::make(each_protocol), protocol) {
    Bench bench(protocol);
    BOOST_TEST(bench.chv->ChangeCode(text("0000"), {}, disable, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->tries_left() == 2);
    BOOST_TEST(bench.chv->ChangeCode(text("1234"), {}, disable | global, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded() == opened);
    BOOST_TEST(bench.chv->ChangeCode(text("1234"), {}, disable, 1) == hr::security_violation);  // it is so already
    BOOST_TEST(bench.chv->Verify(text("1234"), 0, 1) == hr::invalid_chv);                       // nothing to verify
    BOOST_TEST(bench.chv->ChangeCode(text("1234"), text("4321"), 0, 1) == hr::invalid_chv);
    BOOST_TEST(bench.chv->ChangeCode(text("1234"), {}, enable, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded() == closed);
    BOOST_TEST(bench.chv->ChangeCode(text("87654321"), {}, disable, 2) == hr::security_violation);  // may not be
}

BOOST_DATA_TEST_CASE(a_local_chv_is_that_of_the_current_directory, data::make(each_protocol), protocol) {
    Bench bench(protocol);
    BOOST_TEST(bench.chv->Verify(text("5678"), local, 1) == hr::invalid_chv);  // the MF has none
    bench.in_directory_6000();
    BOOST_TEST(bench.chv->Verify(text("1234"), local, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->tries_left() == 2);
    BOOST_TEST(bench.chv->Verify(text("5678"), local, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.run("00 B0 84 00 01") == "00 90 00");
    BOOST_TEST(bench.chv->Verify(text("5678"), global, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->ChangeCode(text("5678"), text("8765"), local, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("8765"), local, 1) == Hresult::S_OK_);
}

BOOST_DATA_TEST_CASE(the_security_state_is_reset_without_a_reset_of_the_card, data::make(each_protocol), protocol) {
    Bench bench(protocol);
    BOOST_TEST(bench.chv->ResetSecurityState() == Hresult::S_OK_);  // also when nothing was verified
    bench.in_directory_6000();
    for (int round = 0; round < 2; ++round) {
        // CHV 1 is verified by another application: the card's session is everybody's.
        const auto bob = bench.application();
        BOOST_TEST(bench.run(*bob, "00 20 00 01 04 31 32 33 34") == "90 00");
        BOOST_TEST(bench.chv->Verify(text("87654321"), 0, 2) == Hresult::S_OK_);
        BOOST_TEST(bench.chv->Verify(text("5678"), local, 1) == Hresult::S_OK_);
        BOOST_TEST(bench.run("00 20 00 01") == "90 00");
        BOOST_TEST(bench.chv->ResetSecurityState() == Hresult::S_OK_);
        BOOST_TEST(bench.run("00 20 00 01") == "63 C3");
        BOOST_TEST(bench.run("00 20 00 02") == "63 C2");
        BOOST_TEST(bench.run("00 20 00 81") == "63 C3");
    }
    BOOST_TEST(bench.run("00 B0 84 00 01") == closed);  // still in that directory
}

BOOST_AUTO_TEST_CASE(a_card_that_was_swapped_is_asked_anew_for_what_it_knows) {
    Bench bench;
    icc::Profile profile = fakes::command_card();
    profile.chvs[0].reference = 9;
    icc::Icc other(profile);
    BOOST_TEST(bench.chv->ResetSecurityState() == Hresult::S_OK_);
    bench.reader.insert(other);
    bench.manager.run_due();
    BOOST_TEST(bench.chv->ResetSecurityState() == hr::removed_card);
    BOOST_TEST(bench.alice->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(bench.run("00 20 00 09 04 31 32 33 34") == "90 00");
    BOOST_TEST(bench.chv->ResetSecurityState() == Hresult::S_OK_);
    BOOST_TEST(bench.run("00 20 00 09") == "63 C3");
    bench.reader.remove();
}

BOOST_AUTO_TEST_CASE(a_reset_by_another_application_is_told_first_and_the_code_does_not_go_out) {
    Bench bench;
    const auto bob = bench.application();
    BOOST_TEST(bob->Reconnect(resource_manager::ShareMode::shared, bench.protocols,
                              resource_manager::Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("0000"), 0, 1) == hr::reset_card);
    BOOST_TEST(bench.chv->tries_left() == -1);
    BOOST_TEST(bench.alice->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(bench.run("00 20 00 01") == "63 C3");
}

BOOST_AUTO_TEST_CASE(while_another_application_has_the_card_nothing_is_done) {
    Bench bench;
    const auto bob = bench.application();
    BOOST_REQUIRE(bob->SCardLock() == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("0000"), 0, 1) == Hresult::E_PENDING_);
    BOOST_TEST(bench.run(*bob, "00 20 00 01") == "63 C3");
    BOOST_REQUIRE(bob->SCardUnlock(resource_manager::Disposition::leave) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("0000"), 0, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->tries_left() == 2);
    BOOST_TEST(bench.run(*bob, "00 20 00 01") == "63 C2");  // and the card is free again
}

BOOST_AUTO_TEST_CASE(verification_under_a_lock_of_ones_own_keeps_the_lock) {
    Bench bench;
    const auto bob = bench.application();
    BOOST_REQUIRE(bench.alice->SCardLock() == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), 0, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->ResetSecurityState() == Hresult::S_OK_);
    BOOST_TEST(bench.run(*bob, "00 20 00 01") == "E_PENDING");
    BOOST_TEST(bench.alice->SCardUnlock(resource_manager::Disposition::leave) == Hresult::S_OK_);
    BOOST_TEST(bench.run(*bob, "00 20 00 01") == "63 C3");
}

BOOST_AUTO_TEST_CASE(a_detached_object_has_no_card) {
    Bench bench;
    BOOST_REQUIRE(bench.alice->Detach() == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), 0, 1) == hr::invalid_handle);
    BOOST_TEST(bench.chv->ChangeCode(text("1234"), text("4321"), 0, 1) == hr::invalid_handle);
    BOOST_TEST(bench.chv->Unblock(text("1234"), {}, 0, 1) == hr::invalid_handle);
    BOOST_TEST(bench.chv->ResetSecurityState() == hr::invalid_handle);
    BOOST_REQUIRE(bench.alice->AttachByIFD(bench.name) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), 0, 1) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_SUITE_END()
