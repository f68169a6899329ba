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
    manager.reconnects = {{Code::proto_mismatch, 0}, {Code::success, resource_manager::protocol_t0}};
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, resource_manager::protocol_t0, Disposition::reset) ==
               from_code(Code::proto_mismatch));
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t1);
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, resource_manager::protocol_t0, Disposition::unpower) ==
               Hresult::S_OK_);
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t0);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(
        manager.calls() == (Calls{"reconnect 100 1 1 1", "reconnect 100 1 1 2", "status 100", "reconnect 100 1 1 0"}),
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

BOOST_AUTO_TEST_CASE(every_other_code_is_answered_and_the_object_stays_attached) {
    by_name();
    for (const Code code : {Code::no_smartcard, Code::unresponsive_card, Code::unpowered_card, Code::proto_mismatch,
                            Code::sharing_violation, Code::no_service, Code::comm_error, Code::service_stopped,
                            Code::internal_error, Code::invalid_parameter}) {
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

BOOST_AUTO_TEST_CASE(a_dead_handle_is_attached_again_by_name) {
    for (const Code code : {Code::invalid_handle, Code::invalid_value, Code::reader_unavailable}) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            by_name({ShareMode::exclusive, resource_manager::protocol_t1});
            const std::string old = std::to_string(card->handle().value);
            const std::string made = std::to_string(card->handle().value + 1);
            manager.reconnects = {{code, 0}};
            BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
            BOOST_TEST(manager.calls() == (Calls{"status " + old, "reconnect " + old + " 1 2 0",
                                                 "connect 7 Lab 00 00 1 2", "disconnect " + old + " 0"}),
                       per_element());
            BOOST_TEST(std::to_string(card->handle().value) == made);
            BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
            BOOST_TEST(manager.calls() == Calls{"disconnect " + made + " 0"}, per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(the_first_reader_is_attached_again_by_the_name_it_had) {
    BOOST_REQUIRE(card->AttachByIFD("") == Hresult::S_OK_);
    manager.calls();
    manager.readers = {"Other 00 00"};
    manager.reconnects = {{Code::invalid_handle, 0}};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(
        manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0", "connect 7 Lab 00 00 2 3", "disconnect 100 0"}),
        per_element());
}

BOOST_AUTO_TEST_CASE(attached_again_with_reset_the_card_is_reset) {
    by_name();
    manager.reconnects = {{Code::invalid_handle, 0}, {Code::success, resource_manager::protocol_t0}};
    BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() ==
                   (Calls{"reconnect 100 2 3 1", "connect 7 Lab 00 00 2 3", "reconnect 101 2 3 1", "disconnect 100 0"}),
               per_element());
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t0);
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_not_back_is_unavailable_and_the_object_stays_attached) {
    by_name();
    manager.reconnects = {{Code::invalid_value, 0}, {Code::invalid_value, 0}};
    manager.connects = {{Code::unknown_reader, {}, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::reader_unavailable));
    BOOST_TEST(card->handle().value == 100);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(card->handle().value == 101);
}

BOOST_AUTO_TEST_CASE(the_code_of_the_new_attachment_is_answered_when_it_fails) {
    by_name();
    for (const auto& [code, expected] :
         {std::pair{Code::no_smartcard, from_code(Code::no_smartcard)}, std::pair{Code::not_yet, Hresult::E_PENDING_},
          std::pair{Code::invalid_handle, from_code(Code::invalid_handle)},
          std::pair{Code::no_service, from_code(Code::no_service)},
          std::pair{Code::sharing_violation, from_code(Code::sharing_violation)}}) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            manager.reconnects = {{Code::invalid_handle, 0}};
            manager.connects = {{code, {}, 0}};
            BOOST_TEST(card->Reconnect() == expected);
            BOOST_TEST(card->handle().value == 100);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_dead_borrowed_handle_is_reported) {
    by_handle();
    for (const Code code : {Code::invalid_handle, Code::invalid_value, Code::reader_unavailable}) {
        manager.reconnects = {{code, 0}};
        BOOST_TEST(card->Reconnect() == from_code(code));
        BOOST_TEST(manager.calls() == (Calls{"status 55", "reconnect 55 2 3 0"}), per_element());
        BOOST_TEST(card->handle().value == 55);
    }
}

BOOST_AUTO_TEST_CASE(refused_arguments_are_not_taken_for_a_dead_handle) {
    by_name();
    const std::pair<ShareMode, Disposition> table[] = {
        {ShareMode::shared, Disposition::eject},
        {ShareMode::shared, Disposition{7}},
        {ShareMode{0}, Disposition::reset},
        {ShareMode{4}, Disposition::leave},
    };
    for (const auto& [share, initialization] : table) {
        manager.calls();
        manager.reconnects = {{Code::invalid_value, 0}};
        BOOST_TEST(card->Reconnect(share, t0_or_t1, initialization) == from_code(Code::invalid_value));
        for (const std::string& call : manager.calls()) {
            BOOST_TEST(!call.starts_with("connect"));
        }
        BOOST_TEST(card->handle().value == 100);
    }
}

BOOST_AUTO_TEST_CASE(after_a_removal_a_passing_connection_powers_the_card_up) {
    for (const bool by_handle_of_another : {false, true}) {
        BOOST_TEST_CONTEXT((by_handle_of_another ? "by handle" : "by name")) {
            by_handle_of_another ? by_handle() : by_name();
            const std::string own = std::to_string(card->handle().value);
            manager.connects = {{Code::success, Handle{300}, resource_manager::protocol_t1}};
            pending(Code::removed_card);
            BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
            BOOST_TEST(manager.calls() == (Calls{"status " + own, "connect 7 Lab 00 00 2 3",
                                                 "reconnect " + own + " 2 3 0", "disconnect 300 0"}),
                       per_element());
            BOOST_TEST(std::to_string(card->handle().value) == own);
            BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
            manager.calls();
        }
    }
}

BOOST_AUTO_TEST_CASE(when_the_reader_is_still_empty_reconnect_tells_it) {
    by_name();
    pending(Code::removed_card);
    manager.connects = {{Code::no_smartcard, {}, 0}};
    manager.reconnects = {{Code::no_smartcard, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::no_smartcard));
    BOOST_TEST(manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3", "reconnect 100 2 3 0"}),
               per_element());
}

BOOST_AUTO_TEST_CASE(a_passing_connection_that_would_block_makes_reconnect_pending) {
    by_name();
    pending(Code::removed_card);
    manager.connects = {{Code::not_yet, {}, 0}};
    BOOST_TEST(card->Reconnect() == Hresult::E_PENDING_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3"}), per_element());
}

BOOST_AUTO_TEST_CASE(the_passing_connection_is_closed_when_memory_runs_out) {
    by_name();
    pending(Code::removed_card);
    manager.memory_runs_out_at = {{"reconnect", 0}};
    BOOST_TEST(card->Reconnect() == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(
        manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3", "reconnect 100 2 3 0", "disconnect 101 0"}),
        per_element());
    BOOST_TEST(card->handle().value == 100);
}

BOOST_AUTO_TEST_CASE(after_a_removal_in_exclusive_mode_the_card_gets_a_power_cycle) {
    by_name({ShareMode::exclusive, t0_or_t1});
    pending(Code::removed_card);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 1 3 0", "reconnect 100 1 3 2"}), per_element());
}

BOOST_AUTO_TEST_CASE(from_exclusive_to_shared_after_a_removal_the_card_gets_a_power_cycle) {
    by_name({ShareMode::exclusive, t0_or_t1});
    pending(Code::removed_card);
    manager.connects = {{Code::sharing_violation, {}, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::leave) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() ==
                   (Calls{"status 100", "connect 7 Lab 00 00 2 3", "reconnect 100 2 3 0", "reconnect 100 2 3 2"}),
               per_element());
}

BOOST_AUTO_TEST_CASE(in_direct_mode_the_card_is_left_as_it_is) {
    by_name({ShareMode::direct, 0});
    pending(Code::removed_card);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 3 0 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(after_a_reset_a_passing_connection_powers_the_card_up_too) {
    by_name();
    pending(Code::reset_card);
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(
        manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3", "reconnect 100 2 3 0", "disconnect 101 0"}),
        per_element());
}

BOOST_AUTO_TEST_CASE(with_a_lock_of_its_own_or_a_borrowed_handle_there_is_no_passing_connection_after_a_reset) {
    const auto reconnects_without = [&](const char* share) {
        const std::string handle = std::to_string(card->handle().value);
        pending(Code::reset_card);
        manager.calls();
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        BOOST_TEST(manager.calls() ==
                       (Calls{"status " + handle, "reconnect " + handle + " " + share + " 3 0", "status " + handle}),
                   per_element());
    };
    by_name();
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    BOOST_REQUIRE(card->SCardUnlock(Disposition::leave) == Hresult::S_OK_);
    reconnects_without("2");
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    by_handle();
    reconnects_without("2");
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    by_name({ShareMode::exclusive, t0_or_t1});
    reconnects_without("1");
    // Exclusive mode's own lock outlives it (rule R19).
    BOOST_REQUIRE(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::leave) == Hresult::S_OK_);
    reconnects_without("2");
}

BOOST_AUTO_TEST_CASE(when_the_lock_has_ended_the_passing_connection_is_made_again) {
    const auto connects = [&] {
        pending(Code::reset_card);
        manager.calls();
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        return manager.calls().at(1).starts_with("connect");
    };
    by_name();
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    BOOST_REQUIRE(card->SCardUnlock(Disposition::leave) == Hresult::S_OK_);
    BOOST_TEST(connects());
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    BOOST_TEST(!connects());
    pending(Code::removed_card);  // takes the lock away (rule E5)
    BOOST_REQUIRE(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(connects());
}

BOOST_AUTO_TEST_CASE(without_a_passing_connection_a_card_without_power_gets_a_power_cycle) {
    by_handle();
    StatusResult unpowered = ProgrammedResourceManager::usable();
    unpowered.state = resource_manager::state_present;
    manager.statuses = {ProgrammedResourceManager::failing(Code::reset_card), unpowered};
    manager.reconnects = {{Code::success, resource_manager::protocol_t1},
                          {Code::success, resource_manager::protocol_t0}};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 55", "reconnect 55 2 3 0", "status 55", "reconnect 55 2 3 2"}),
               per_element());
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t0);
}

BOOST_AUTO_TEST_CASE(a_reset_that_the_automatic_power_off_overtook_is_made_again_once) {
    by_name();
    manager.reconnects = {{Code::success, 0}, {Code::success, resource_manager::protocol_t1}};
    BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t1);
    BOOST_TEST(manager.calls() == (Calls{"reconnect 100 2 3 1", "reconnect 100 2 3 1"}), per_element());
    manager.reconnects = {{Code::success, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::direct, t0_or_t1, Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == Calls{"reconnect 100 3 3 1"}, per_element());
}

BOOST_AUTO_TEST_SUITE_END()
