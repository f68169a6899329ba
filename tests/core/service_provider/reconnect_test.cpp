#include <boost/test/unit_test.hpp>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_resource_manager.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using boost::test_tools::per_element;

namespace {

constexpr Handle borrowed{55};

struct Bench {
    ProgrammedResourceManager manager;
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager, own_context);

    void by_name(AttachOptions options = {}) {
        BOOST_REQUIRE(card->AttachByIFD("Lab 00 00", options) == Hresult::S_OK_);
        manager.calls();
    }
    void by_handle() {
        BOOST_REQUIRE(card->AttachByHandle(borrowed) == Hresult::S_OK_);
        manager.calls();
    }
    void pending(Code code) { manager.statuses = {ProgrammedResourceManager::failing(code)}; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_reconnect, Bench)

BOOST_AUTO_TEST_CASE(reconnect_asks_for_the_share_mode_and_protocols_of_the_attachment_and_leave) {
    by_name({ShareMode::exclusive, resource_manager::protocol_t1});
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 1 2 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(reconnect_of_a_borrowed_handle_asks_for_shared_and_t0_or_t1) {
    by_handle();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 55", "reconnect 55 2 3 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(reconnect_of_a_borrowed_handle_keeps_raw_and_what_its_owner_tells) {
    StatusResult raw = ProgrammedResourceManager::usable();
    raw.protocol = resource_manager::protocol_raw;
    manager.statuses = {raw};
    by_handle();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 55", "reconnect 55 2 4 0"}), per_element());
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    BOOST_REQUIRE(card->AttachByHandle(borrowed, {ShareMode::exclusive, resource_manager::protocol_t0}) ==
                  Hresult::S_OK_);
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 55", "reconnect 55 1 1 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(the_extended_form_becomes_the_attachment_when_it_succeeds) {
    by_name();
    manager.reconnects = {{Code::success, resource_manager::protocol_t0}};
    BOOST_TEST(card->Reconnect(ShareMode::shared, resource_manager::protocol_t0, Disposition::unpower) ==
               Hresult::S_OK_);
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t0);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 1 2", "status 100", "reconnect 100 2 1 0"}),
               per_element());
}

BOOST_AUTO_TEST_CASE(a_failed_extended_form_leaves_the_attachment_as_it_was) {
    by_name();
    manager.reconnects = {{Code::sharing_violation, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, resource_manager::protocol_t0, Disposition::leave) ==
               from_code(Code::sharing_violation));
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_code_that_nothing_mends_is_answered_and_the_object_stays_attached) {
    by_name();
    for (const Code code : {Code::proto_mismatch, Code::sharing_violation, Code::internal_error,
                            Code::invalid_parameter, Code::timeout, Code::server_too_busy, Code::cancelled}) {
        for (const Disposition initialization : {Disposition::leave, Disposition::reset, Disposition::unpower}) {
            BOOST_TEST_CONTEXT(resource_manager::name(code)) {
                manager.reconnects = {{code, 0}};
                BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, initialization) == from_code(code));
                BOOST_TEST(card->handle().value == 100);
                BOOST_TEST(card->active_protocol() == resource_manager::protocol_t1);
            }
        }
    }
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_pending_reconnect_has_changed_nothing_and_succeeds_when_made_again) {
    by_name();
    manager.reconnects = {{Code::not_yet, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, t0_or_t1, Disposition::reset) == Hresult::E_PENDING_);
    pending(Code::not_yet);
    BOOST_TEST(card->Reconnect() == Hresult::E_PENDING_);
    manager.reconnects = {{Code::not_yet, 0}};
    BOOST_TEST(card->Reconnect() == Hresult::E_PENDING_);
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(refused_arguments_never_reach_the_resource_manager) {
    by_name();
    const std::pair<ShareMode, Disposition> table[] = {
        {ShareMode::shared, Disposition::eject},
        {ShareMode::shared, Disposition{7}},
        {ShareMode{0}, Disposition::reset},
        {ShareMode{4}, Disposition::leave},
    };
    for (const auto& [share, initialization] : table) {
        BOOST_TEST(card->Reconnect(share, t0_or_t1, initialization) == from_code(Code::invalid_value));
        BOOST_TEST(manager.calls().empty());
        BOOST_TEST(card->handle().value == 100);
    }
}

BOOST_AUTO_TEST_CASE(a_card_whose_power_is_in_doubt_is_visited_by_a_passing_connection) {
    StatusResult without = ProgrammedResourceManager::usable();
    without.protocol = resource_manager::protocol_undefined;
    StatusResult unpowered = ProgrammedResourceManager::usable();
    unpowered.state = resource_manager::state_present;
    for (const StatusResult& before : {ProgrammedResourceManager::failing(Code::removed_card),
                                       ProgrammedResourceManager::failing(Code::reset_card), without, unpowered}) {
        by_name();
        const std::string own = std::to_string(card->handle().value);
        manager.connects = {{Code::success, Handle{300}, resource_manager::protocol_t1}};
        manager.statuses = {before};
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        BOOST_TEST(manager.calls() == (Calls{"status " + own, "connect 7 Lab 00 00 2 3", "disconnect 300 0",
                                             "reconnect " + own + " 2 3 0"}),
                   per_element());
        BOOST_TEST(std::to_string(card->handle().value) == own);
        BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    }
}

BOOST_AUTO_TEST_CASE(a_passing_connection_that_would_block_makes_reconnect_pending) {
    by_name();
    pending(Code::removed_card);
    manager.connects = {{Code::not_yet, {}, 0}};
    BOOST_TEST(card->Reconnect() == Hresult::E_PENDING_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3"}), per_element());
}

BOOST_AUTO_TEST_CASE(no_passing_connection_waits_for_a_lock_of_its_own) {
    // Begun by this object, or perhaps by the owner of a borrowed handle: the card is asked whether it has power.
    const auto reconnects_without = [&](const Calls& rest) {
        const std::string handle = std::to_string(card->handle().value);
        pending(Code::reset_card);
        manager.calls();
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        Calls expected{"status " + handle, "reconnect " + handle + " 2 3 0", "begin " + handle,
                       "transmit " + handle + " 2 5", "end " + handle + " 0"};
        expected.insert(expected.end(), rest.begin(), rest.end());
        BOOST_TEST(manager.calls() == expected, per_element());
        BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    };
    by_name();
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    reconnects_without({"end 100 0"});
    by_handle();
    reconnects_without({});
}

BOOST_AUTO_TEST_CASE(its_own_transactions_end_before_the_passing_connection_where_they_can) {
    by_name();
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    StatusResult without = ProgrammedResourceManager::usable();
    without.protocol = resource_manager::protocol_undefined;
    manager.statuses = {without};
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "end 100 0", "connect 7 Lab 00 00 2 3", "disconnect 101 0",
                                         "reconnect 100 2 3 0"}),
               per_element());
}

BOOST_AUTO_TEST_CASE(a_removal_has_taken_the_lock_away_so_the_passing_connection_can_be_made) {
    by_name();
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    pending(Code::removed_card);
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls().at(1) == "connect 7 Lab 00 00 2 3");
}

BOOST_AUTO_TEST_CASE(without_a_passing_connection_a_card_that_does_not_answer_gets_a_power_cycle) {
    by_handle();
    pending(Code::reset_card);
    manager.transmits = {Code::not_transacted};
    manager.reconnects = {{Code::success, resource_manager::protocol_t1},
                          {Code::success, resource_manager::protocol_t0}};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 55", "reconnect 55 2 3 0", "begin 55", "transmit 55 2 5", "end 55 0",
                                         "reconnect 55 2 3 2"}),
               per_element());
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t0);
}

BOOST_AUTO_TEST_CASE(in_exclusive_use_the_card_is_asked_and_its_lock_is_taken_again_after_a_removal) {
    by_name({ShareMode::exclusive, t0_or_t1});
    pending(Code::removed_card);
    manager.ends = {Code::success, Code::not_transacted};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 1 3 0", "begin 100", "transmit 100 2 5",
                                         "end 100 0", "begin 100", "end 100 0"}),
               per_element());
}

BOOST_AUTO_TEST_CASE(in_direct_mode_the_card_is_left_as_it_is_and_an_empty_reader_is_connected_to_anew) {
    by_name({ShareMode::direct, 0});
    pending(Code::removed_card);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 3 0 0"}), per_element());
    manager.reconnects = {{Code::no_smartcard, 0}};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 3 0 0", "connect 7 Lab 00 00 3 0",
                                         "list_readers 7", "look 7 Lab 00 00", "disconnect 100 0"}),
               per_element());
}

BOOST_AUTO_TEST_CASE(its_own_transactions_end_with_success) {
    by_name();
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0", "end 100 0", "end 100 0"}),
               per_element());
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(the_transactions_of_a_borrowed_handle_are_left_to_its_owner) {
    by_handle();
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 55", "reconnect 55 2 3 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(from_exclusive_to_shared_the_lock_is_given_back_once) {
    by_name({ShareMode::exclusive, t0_or_t1});
    BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::leave) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0", "end 100 0"}), per_element());
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(exclusive_use_is_taken_before_the_card_is_reset) {
    by_name();
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, resource_manager::protocol_t0, Disposition::reset) ==
               Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 1 3 0", "reconnect 100 1 1 1"}), per_element());
}

BOOST_AUTO_TEST_CASE(exclusive_use_is_given_back_when_the_reset_fails) {
    by_name();
    manager.reconnects = {{Code::success, resource_manager::protocol_t1}, {Code::proto_mismatch, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, resource_manager::protocol_t0, Disposition::reset) ==
               from_code(Code::proto_mismatch));
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 1 3 0", "reconnect 100 1 1 1",
                                         "reconnect 100 2 3 0", "end 100 0"}),
               per_element());
    // Where a mute card keeps it from that, the next Reconnect does it.
    manager.reconnects = {
        {Code::success, resource_manager::protocol_t1}, {Code::unresponsive_card, 0}, {Code::unresponsive_card, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, t0_or_t1, Disposition::reset) ==
               from_code(Code::unresponsive_card));
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0", "end 100 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_card_that_leave_cannot_do_with_is_reset_in_shared_mode_before_exclusive_use) {
    for (const Code code : {Code::no_smartcard, Code::unresponsive_card, Code::proto_mismatch}) {
        by_name();
        const std::string own = std::to_string(card->handle().value);
        manager.reconnects = {{code, 0}};
        BOOST_TEST(card->Reconnect(ShareMode::exclusive, t0_or_t1, Disposition::unpower) == Hresult::S_OK_);
        BOOST_TEST(manager.calls() == (Calls{"status " + own, "reconnect " + own + " 1 3 0",
                                             "reconnect " + own + " 2 3 2", "reconnect " + own + " 1 3 0"}),
                   per_element());
        BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    }
}

BOOST_AUTO_TEST_CASE(a_success_without_a_protocol_is_followed_by_a_power_cycle_until_there_is_one) {
    by_name();
    manager.reconnects = {{Code::success, 0}, {Code::success, 0}, {Code::success, resource_manager::protocol_t1}};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t1);
    BOOST_TEST(
        manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0", "reconnect 100 2 3 2", "reconnect 100 2 3 2"}),
        per_element());
    manager.reconnects = {{Code::success, 0}, {Code::success, 0}, {Code::success, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::reset) == from_code(Code::unresponsive_card));
    BOOST_TEST(
        manager.calls() == (Calls{"status 100", "reconnect 100 2 3 1", "reconnect 100 2 3 1", "reconnect 100 2 3 1"}),
        per_element());
    manager.reconnects = {{Code::success, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::direct, t0_or_t1, Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 3 3 1"}), per_element());
}

BOOST_AUTO_TEST_CASE(after_an_exchange_that_failed_the_card_must_answer_a_harmless_command) {
    const auto exchange_fails = [&](Code code) {
        manager.transmits = {code};
        iso7816::Bytes response;
        card->Transmit(iso7816::Bytes(5), response);
        manager.calls();
    };
    for (const Code code : {Code::not_transacted, Code::comm_error, Code::timeout, Code::unresponsive_card}) {
        by_name();
        const std::string own = std::to_string(card->handle().value);
        exchange_fails(code);
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        BOOST_TEST(manager.calls() == (Calls{"status " + own, "reconnect " + own + " 2 3 0", "begin " + own,
                                             "transmit " + own + " 2 5", "end " + own + " 0"}),
                   per_element());
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        BOOST_TEST(manager.calls() == (Calls{"status " + own, "reconnect " + own + " 2 3 0"}), per_element());
        BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    }
    by_name();
    const std::string own = std::to_string(card->handle().value);
    exchange_fails(Code::not_transacted);
    manager.transmits = {Code::not_transacted};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls().back() == "reconnect " + own + " 2 3 2");
}

BOOST_AUTO_TEST_CASE(a_response_without_a_status_word_is_no_answer) {
    by_name();
    manager.response.clear();
    iso7816::Bytes response;
    BOOST_TEST(card->Transmit(iso7816::Bytes(5), response) == from_code(Code::removed_card));
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls().back() == "reconnect 100 2 3 2");
}

BOOST_AUTO_TEST_CASE(after_a_reset_by_another_nothing_is_left_of_the_doubt) {
    by_name();
    manager.transmits = {Code::not_transacted};
    iso7816::Bytes response;
    card->Transmit(iso7816::Bytes(5), response);
    manager.calls();
    pending(Code::reset_card);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    for (const std::string& call : manager.calls()) {
        BOOST_TEST(!call.starts_with("transmit"));
    }
}

BOOST_AUTO_TEST_CASE(a_card_that_answers_nobody_gets_a_power_cycle) {
    for (const Code code : {Code::unresponsive_card, Code::unpowered_card}) {
        by_name();
        const std::string own = std::to_string(card->handle().value);
        manager.reconnects = {{code, 0}};
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        BOOST_TEST(
            manager.calls() == (Calls{"status " + own, "reconnect " + own + " 2 3 0", "reconnect " + own + " 2 3 2"}),
            per_element());
        BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    }
    by_name();
    manager.reconnects = {{Code::unresponsive_card, 0}, {Code::unresponsive_card, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::unresponsive_card));
    manager.reconnects = {{Code::proto_mismatch, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::proto_mismatch));
    manager.look.atr.clear();  // the ATR of a card that has none
    manager.reconnects = {{Code::proto_mismatch, 0}};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_believed_empty_is_reset_where_the_driver_sees_a_card) {
    by_name();
    for (const std::uint8_t presence : {std::uint8_t{1}, std::uint8_t{2}}) {
        manager.icc_presence = presence;
        manager.reconnects = {{Code::no_smartcard, 0}};
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        BOOST_TEST(manager.calls() ==
                       (Calls{"status 100", "reconnect 100 2 3 0", "get_attrib 100 590592", "reconnect 100 2 3 1"}),
                   per_element());
    }
    manager.icc_presence = 0;
    manager.reconnects = {{Code::no_smartcard, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::no_smartcard));
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0", "get_attrib 100 590592"}), per_element());
}

BOOST_AUTO_TEST_CASE(with_a_reset_pending_the_driver_is_asked_through_another_handle) {
    by_name();
    pending(Code::reset_card);
    manager.connects = {{Code::no_smartcard, {}, 0}, {Code::success, Handle{300}, 0}};
    manager.icc_presence = 2;
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3", "connect 7 Lab 00 00 3 0",
                                         "get_attrib 300 590592", "disconnect 300 0", "reconnect 100 2 3 1"}),
               per_element());
}

BOOST_AUTO_TEST_CASE(where_the_driver_does_not_tell_no_removal_may_have_been_counted) {
    manager.look.event_state = 0x50000U | resource_manager::watch_present;
    by_name();
    const auto reconnects = [&] {
        manager.reconnects = {{Code::no_smartcard, 0}};
        return card->Reconnect();
    };
    manager.look.event_state = 0x60000U | resource_manager::watch_empty;
    StatusResult empty = ProgrammedResourceManager::usable();
    empty.state = resource_manager::state_absent;
    empty.protocol = resource_manager::protocol_undefined;
    empty.event_count = 6;
    manager.statuses = {empty};
    manager.connects = {{Code::no_smartcard, {}, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::no_smartcard));
    manager.look.event_state = 0x50000U | resource_manager::watch_empty;
    empty.event_count = 5;
    manager.statuses = {empty};
    manager.connects = {{Code::no_smartcard, {}, 0}};
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls().back() == "reconnect 100 2 3 1");
    BOOST_TEST(reconnects() == from_code(Code::no_smartcard));  // counted by the SCardStatus of that moment: 0
}

BOOST_AUTO_TEST_CASE(a_reset_of_an_empty_reader_does_not_cover_the_removal_that_others_are_to_be_told_of) {
    by_name();
    manager.look.event_state = resource_manager::watch_empty;
    manager.icc_presence = 0;
    for (const Disposition how : {Disposition::reset, Disposition::unpower}) {
        pending(Code::removed_card);
        BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, how) == from_code(Code::no_smartcard));
        for (const std::string& call : manager.calls()) {
            BOOST_TEST(!call.starts_with("reconnect"));
        }
    }
    manager.icc_presence = 2;
    pending(Code::removed_card);
    BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::reset) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_SUITE_END()
