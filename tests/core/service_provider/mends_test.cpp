#include <boost/test/unit_test.hpp>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/resource_manager/lab.h"
#include "tests/core/service_provider/printing.h"

using namespace scardlab;
using namespace scardlab::tests;
using boost::test_tools::per_element;
using service_provider::from_code;
using service_provider::Hresult;
using service_provider::ISCardManage;

namespace {

/// Alice's object, and bob's raw handle beside it, on the embedded resource manager with a reader that does as it is
/// told.
struct Bench : Lab {
    Bench() { attach(); }

    void attach(service_provider::AttachOptions options = {}) {
        BOOST_REQUIRE(card->AttachByIFD(reader, options) == Hresult::S_OK_);
        ifd.take_calls();
    }
    Hresult transmit_select() { return card->Transmit(select, response); }
    /// A removal in an exchange that is none, or that the reader's polling has missed (rule T5).
    void lose_the_card() {
        ifd.transmit_answer = ifd::IfdCode::icc_not_present;
        BOOST_REQUIRE(transmit_select() == from_code(Code::no_smartcard));
        ifd.transmit_answer = ifd::IfdCode::success;
        ifd.take_calls();
    }
    /// SCardReconnect of a handle of bob's own.
    Code raw_reconnect(Handle handle) { return reconnect(handle); }

    std::unique_ptr<ISCardManage> card = service_provider::make_iscard_manage(manager);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_mends, Bench)

BOOST_AUTO_TEST_CASE(a_card_that_is_powered_and_has_a_protocol_is_left_alone) {
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls().empty());
}

BOOST_AUTO_TEST_CASE(a_card_that_came_back_and_was_powered_off_gets_its_power) {
    ifd.swap();
    advance(std::chrono::seconds(6));
    ifd.take_calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls() == (Calls{"up", "set T1"}), per_element());
    // Beside it: success, and a command to a card without power.
    const Handle bobs = open(bob);
    ifd.swap();
    advance(std::chrono::seconds(6));
    ifd.take_calls();
    BOOST_TEST(raw_reconnect(bobs) == Code::success);
    BOOST_TEST(ifd.take_calls() == Calls{"set T1"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_card_that_another_unpowered_gets_its_power_and_new_connections_succeed) {
    const Handle bobs = open(bob);
    BOOST_REQUIRE(manager.disconnect(bobs, unpower) == Code::success);
    ifd.take_calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls() == (Calls{"up", "set T1"}), per_element());
    BOOST_TEST(connect(bob).code == Code::success);
}

BOOST_AUTO_TEST_CASE(a_card_lost_in_an_exchange_that_is_still_there_is_found_again) {
    const Handle bobs = open(bob);
    lose_the_card();
    BOOST_TEST(raw_reconnect(bobs) == Code::no_smartcard);
    BOOST_TEST(connect(bob).code == Code::no_smartcard);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls() == (Calls{"reset", "set T1"}), per_element());
    BOOST_TEST(transmit_select() == Hresult::S_OK_);
    BOOST_TEST(connect(bob).code == Code::success);
}

BOOST_AUTO_TEST_CASE(a_new_attachment_finds_it_too) {
    lose_the_card();
    const auto other = service_provider::make_iscard_manage(manager);
    BOOST_TEST(other->AttachByIFD(reader) == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls() == (Calls{"reset", "set T1"}), per_element());
    BOOST_TEST(other->Transmit(select, response) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_card_that_is_really_gone_stays_gone_and_the_others_are_told_of_a_removal) {
    const Handle bobs = open(bob);
    lose_the_card();
    ifd.remove();
    BOOST_TEST(card->Reconnect() == from_code(Code::no_smartcard));
    BOOST_TEST(card->AttachByIFD(reader) == Hresult::E_FAIL_);
    const auto other = service_provider::make_iscard_manage(manager);
    BOOST_TEST(other->AttachByIFD(reader) == from_code(Code::no_smartcard));
    BOOST_TEST(status_code(bobs) == Code::removed_card);
    BOOST_TEST(ifd.take_calls().empty());
}

BOOST_AUTO_TEST_CASE(a_removal_that_only_a_reset_saw_leaves_no_empty_reader_behind) {
    const Handle bobs = open(bob);
    ifd.set_presence_quietly(ifd::IfdCode::icc_not_present);
    BOOST_TEST(card->Reconnect(shared, any, reset) == from_code(Code::no_smartcard));
    ifd.set_presence_quietly(ifd::IfdCode::success);
    BOOST_TEST(raw_reconnect(bobs) == Code::no_smartcard);
    BOOST_TEST(connect(bob).code == Code::no_smartcard);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(transmit_select() == Hresult::S_OK_);
    BOOST_TEST(raw_reconnect(bobs) == Code::success);
}

BOOST_AUTO_TEST_CASE(a_card_swapped_unnoticed_is_powered_up_before_reconnect_succeeds) {
    // The new card has never been powered: it answers after that.
    ifd.transmit_answer = ifd::IfdCode::communication_error;
    BOOST_TEST(transmit_select() == from_code(Code::not_transacted));
    const Handle bobs = open(bob);
    BOOST_TEST(raw_reconnect(bobs) == Code::success);
    ifd.take_calls();
    ifd.during_next("up", [this] { ifd.transmit_answer = ifd::IfdCode::success; });
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls() == (Calls{"transmit", "down", "up", "set T1"}), per_element());
    BOOST_TEST(transmit_select() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_success_without_a_status_word_is_looked_into) {
    ifd.response.clear();
    BOOST_TEST(transmit_select() == from_code(Code::removed_card));
    ifd.response = {0x6D, 0x00};
    ifd.take_calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls() == Calls{"transmit"}, per_element());
    ifd.response.clear();
    BOOST_TEST(transmit_select() == from_code(Code::removed_card));
    ifd.take_calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls() == (Calls{"transmit", "down", "up", "set T1"}), per_element());
}

BOOST_AUTO_TEST_CASE(the_harmless_command_is_not_sent_into_the_transaction_of_another) {
    ifd.transmit_answer = ifd::IfdCode::communication_error;
    BOOST_TEST(transmit_select() == from_code(Code::not_transacted));
    ifd.transmit_answer = ifd::IfdCode::success;
    const Handle bobs = open(bob);
    BOOST_REQUIRE(manager.begin_transaction(bobs) == Code::success);
    ifd.take_calls();
    BOOST_TEST(card->Reconnect() == Hresult::E_PENDING_);
    BOOST_TEST(ifd.take_calls().empty());
    BOOST_REQUIRE(manager.end_transaction(bobs, leave) == Code::success);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.begin_transaction(bobs) == Code::success);
}

BOOST_AUTO_TEST_CASE(to_exclusive_with_a_reset_the_card_is_reset_once_and_only_when_the_others_have_gone) {
    const Handle bobs = open(bob);
    ifd.take_calls();
    for (int tries = 0; tries < 10; ++tries) {
        BOOST_TEST(card->Reconnect(exclusive, any, reset) == Hresult::E_PENDING_);
        advance(std::chrono::milliseconds(100));
    }
    BOOST_TEST(ifd.take_calls().empty());
    BOOST_TEST(status_code(bobs) == Code::success);
    BOOST_REQUIRE(manager.disconnect(bobs, leave) == Code::success);
    BOOST_TEST(card->Reconnect(exclusive, any, reset) == Hresult::S_OK_);
    BOOST_TEST(ifd.take_calls() == (Calls{"reset", "set T1"}), per_element());
    BOOST_TEST(connect(bob).code == Code::sharing_violation);
    BOOST_TEST(card->Reconnect(shared, any, leave) == Hresult::S_OK_);
    BOOST_TEST(connect(bob).code == Code::success);
}

BOOST_AUTO_TEST_CASE(a_transaction_of_another_ends_reconnect_with_a_sharing_violation_at_its_bound) {
    const Handle bobs = open(bob);
    BOOST_REQUIRE(manager.begin_transaction(bobs) == Code::success);
    BOOST_REQUIRE(card->SetBounds({std::chrono::seconds(1), std::chrono::seconds(1)}) == Hresult::S_OK_);
    int tries = 0;
    while (card->Reconnect() == Hresult::E_PENDING_ && tries < 100) {
        advance(std::chrono::milliseconds(100));
        ++tries;
    }
    BOOST_TEST(tries == 10);
    BOOST_TEST(card->attached());
    BOOST_REQUIRE(manager.end_transaction(bobs, leave) == Code::success);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_restarted_resource_manager_is_found_with_the_next_reconnect) {
    manager.stop();
    BOOST_TEST(card->Reconnect() == from_code(Code::no_service));
    manager.start();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(transmit_select() == Hresult::S_OK_);
    BOOST_TEST(card->Detach() == Hresult::S_OK_);
    manager.stop();
    manager.start();
    BOOST_TEST(card->AttachByIFD("") == Hresult::S_OK_);
}

BOOST_AUTO_TEST_SUITE_END()
