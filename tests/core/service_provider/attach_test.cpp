#include <boost/test/unit_test.hpp>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_resource_manager.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;

namespace {

struct Bench {
    ProgrammedResourceManager manager;
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager, own_context);
};

constexpr Handle borrowed{55};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_attach, Bench)

BOOST_AUTO_TEST_CASE(attach_by_name_connects_shared_with_t0_or_t1) {
    BOOST_TEST(card->AttachByIFD("Lab 01 00") == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"connect 7 Lab 01 00 2 3", "list_readers 7", "look 7 Lab 01 00"}),
               boost::test_tools::per_element());
    BOOST_TEST(card->attached());
    BOOST_TEST(card->handle().value == 100);
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t1);
}

BOOST_AUTO_TEST_CASE(attach_with_an_empty_name_takes_the_first_reader) {
    BOOST_TEST(card->AttachByIFD("") == Hresult::S_OK_);
    BOOST_TEST(
        manager.calls() == (Calls{"list_readers 7", "connect 7 Lab 00 00 2 3", "list_readers 7", "look 7 Lab 00 00"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(attach_with_an_empty_name_and_no_reader_says_so) {
    manager.lists = {Code::no_readers_available};
    BOOST_TEST(card->AttachByIFD("") == from_code(Code::no_readers_available));
    manager.readers.clear();
    BOOST_TEST(card->AttachByIFD("") == from_code(Code::no_readers_available));
    manager.lists = {Code::no_service};
    BOOST_TEST(card->AttachByIFD("") == from_code(Code::no_service));
    BOOST_TEST(!card->attached());
}

BOOST_AUTO_TEST_CASE(attach_by_name_passes_share_mode_and_protocols) {
    BOOST_TEST(card->AttachByIFD("Lab 00 00", {ShareMode::exclusive, resource_manager::protocol_t0}) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"connect 7 Lab 00 00 1 1", "list_readers 7", "look 7 Lab 00 00"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(attach_by_name_answers_the_code_of_connect) {
    const std::pair<Code, Hresult> table[] = {
        {Code::unknown_reader, Hresult::E_INVALIDARG_},
        {Code::no_memory, Hresult::E_OUTOFMEMORY_},
        {Code::not_yet, Hresult::E_PENDING_},
        {Code::invalid_handle, from_code(Code::invalid_handle)},
        {Code::invalid_value, from_code(Code::invalid_value)},
        {Code::sharing_violation, from_code(Code::sharing_violation)},
        {Code::no_smartcard, from_code(Code::no_smartcard)},
        {Code::proto_mismatch, from_code(Code::proto_mismatch)},
        {Code::unpowered_card, from_code(Code::unpowered_card)},
        {Code::unresponsive_card, from_code(Code::unresponsive_card)},
        {Code::reader_unavailable, from_code(Code::reader_unavailable)},
        {Code::no_service, from_code(Code::no_service)},
    };
    for (const auto& [code, expected] : table) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            manager.connects = {{code, Handle{9}, resource_manager::protocol_t1}};
            BOOST_TEST(card->AttachByIFD("Lab 00 00") == expected);
            BOOST_TEST(!card->attached());
            BOOST_TEST(card->active_protocol() == resource_manager::protocol_undefined);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_pending_attach_succeeds_when_it_is_made_again) {
    manager.connects = {{Code::not_yet, {}, 0}};
    BOOST_TEST(card->AttachByIFD("Lab 00 00") == Hresult::E_PENDING_);
    BOOST_TEST(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_second_attach_fails_and_changes_nothing) {
    BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    manager.calls();
    BOOST_TEST(card->AttachByIFD("Lab 01 00") == Hresult::E_FAIL_);
    BOOST_TEST(card->AttachByIFD("") == Hresult::E_FAIL_);
    BOOST_TEST(card->AttachByHandle(borrowed) == Hresult::E_FAIL_);
    BOOST_TEST(card->AttachByHandle(Handle{}) == Hresult::E_FAIL_);
    BOOST_TEST(manager.calls().empty());
    BOOST_TEST(card->handle().value == 100);
}

BOOST_AUTO_TEST_CASE(attach_by_handle_borrows_it_and_learns_its_protocol) {
    BOOST_TEST(card->AttachByHandle(borrowed) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == Calls{"status 55"}, boost::test_tools::per_element());
    BOOST_TEST(card->handle().value == 55);
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t1);
}

BOOST_AUTO_TEST_CASE(a_handle_with_something_to_mend_is_attached) {
    for (const Code code : {Code::reset_card, Code::removed_card, Code::no_smartcard, Code::unpowered_card,
                            Code::unresponsive_card, Code::reader_unavailable, Code::sharing_violation}) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            manager.statuses = {ProgrammedResourceManager::failing(code)};
            BOOST_TEST(card->AttachByHandle(borrowed) == Hresult::S_OK_);
            BOOST_TEST(card->attached());
            BOOST_TEST(card->active_protocol() == resource_manager::protocol_undefined);
            BOOST_TEST(card->Detach() == Hresult::S_OK_);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_handle_that_cannot_be_used_is_not_attached) {
    const std::pair<Code, Hresult> table[] = {
        {Code::invalid_handle, Hresult::E_INVALIDARG_},
        {Code::not_yet, Hresult::E_PENDING_},
        {Code::no_memory, Hresult::E_OUTOFMEMORY_},
        {Code::no_service, from_code(Code::no_service)},
        {Code::comm_error, from_code(Code::comm_error)},
        {Code::service_stopped, from_code(Code::service_stopped)},
        {Code::internal_error, from_code(Code::internal_error)},
    };
    for (const auto& [code, expected] : table) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            manager.statuses = {ProgrammedResourceManager::failing(code)};
            BOOST_TEST(card->AttachByHandle(borrowed) == expected);
            BOOST_TEST(!card->attached());
        }
    }
    manager.calls();
    BOOST_TEST(card->AttachByHandle(Handle{}) == Hresult::E_INVALIDARG_);
    BOOST_TEST(manager.calls().empty());
}

BOOST_AUTO_TEST_CASE(detach_disconnects_a_handle_of_its_own_with_the_disposition) {
    for (const Disposition disposition :
         {Disposition::leave, Disposition::reset, Disposition::unpower, Disposition::eject}) {
        BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
        const std::string handle = std::to_string(card->handle().value);
        manager.calls();
        BOOST_TEST(card->Detach(disposition) == Hresult::S_OK_);
        BOOST_TEST(
            manager.calls() == Calls{"disconnect " + handle + " " + std::to_string(static_cast<unsigned>(disposition))},
            boost::test_tools::per_element());
        BOOST_TEST(!card->attached());
        BOOST_TEST(card->active_protocol() == resource_manager::protocol_undefined);
    }
}

BOOST_AUTO_TEST_CASE(a_borrowed_handle_outlives_detach) {
    BOOST_REQUIRE(card->AttachByHandle(borrowed) == Hresult::S_OK_);
    manager.calls();
    BOOST_TEST(card->Detach(Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(manager.calls().empty());
    BOOST_TEST(!card->attached());
    card = make_iscard_manage(manager, own_context);
    BOOST_REQUIRE(card->AttachByHandle(borrowed) == Hresult::S_OK_);
    manager.calls();
    card.reset();
    BOOST_TEST(manager.calls().empty());
}

BOOST_AUTO_TEST_CASE(detach_refuses_an_unknown_disposition_and_keeps_the_attachment) {
    for (const bool by_handle : {false, true}) {
        BOOST_REQUIRE((by_handle ? card->AttachByHandle(borrowed) : card->AttachByIFD("Lab 00 00")) == Hresult::S_OK_);
        BOOST_TEST(card->Detach(Disposition{4}) == Hresult::E_INVALIDARG_);
        BOOST_TEST(card->attached());
        BOOST_TEST(card->Detach() == Hresult::S_OK_);
    }
}

BOOST_AUTO_TEST_CASE(detach_succeeds_when_card_or_resource_manager_is_gone) {
    for (const Code code : {Code::invalid_handle, Code::removed_card, Code::reset_card, Code::reader_unavailable,
                            Code::no_service, Code::comm_error, Code::invalid_value, Code::service_stopped}) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
            manager.disconnects = {code};
            BOOST_TEST(card->Detach() == Hresult::S_OK_);
            BOOST_TEST(!card->attached());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_pending_detach_keeps_the_attachment_until_it_is_made_again) {
    BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    manager.disconnects = {Code::not_yet};
    BOOST_TEST(card->Detach(Disposition::reset) == Hresult::E_PENDING_);
    BOOST_TEST(card->attached());
    BOOST_TEST(card->Detach(Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(!card->attached());
}

BOOST_AUTO_TEST_CASE(an_attached_object_that_is_destroyed_disconnects) {
    BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    manager.calls();
    card.reset();
    BOOST_TEST(manager.calls() == Calls{"disconnect 100 0"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(attach_that_runs_out_of_memory_changes_nothing) {
    manager.memory_runs_out_at = {{"connect", 0}};
    BOOST_TEST(card->AttachByIFD("Lab 00 00") == Hresult::E_OUTOFMEMORY_);
    manager.memory_runs_out_at = {{"list_readers", 0}};
    BOOST_TEST(card->AttachByIFD("") == Hresult::E_OUTOFMEMORY_);
    manager.memory_runs_out_at = {{"status", 0}};
    BOOST_TEST(card->AttachByHandle(borrowed) == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(!card->attached());
    manager.memory_runs_out_at.clear();
    BOOST_TEST(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    manager.memory_runs_out_at = {{"disconnect", 0}};
    BOOST_TEST(card->Detach() == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(card->handle().value == 100);
    manager.memory_runs_out_at.clear();
}

BOOST_AUTO_TEST_SUITE_END()
