#include <boost/test/unit_test.hpp>

#include "core/service_provider/iscard_manage.h"
#include "core/service_provider/reader_search.h"
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

    void attach(std::string_view reader = "Lab 00 00", AttachOptions options = {}) {
        BOOST_REQUIRE(card->AttachByIFD(reader, options) == Hresult::S_OK_);
        manager.calls();
    }
    /// On a context of its own: 7, then 8, ...
    void on_own_context() {
        card = make_iscard_manage(manager);
        attach();
    }
    void dead(Code code = Code::invalid_handle) { manager.statuses = {ProgrammedResourceManager::failing(code)}; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_attach_again, Bench)

BOOST_AUTO_TEST_CASE(a_dead_handle_is_attached_again_by_name) {
    for (const Code code : {Code::invalid_handle, Code::invalid_value, Code::reader_unavailable}) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            attach("Lab 00 00", {ShareMode::exclusive, resource_manager::protocol_t1});
            const std::string old = std::to_string(card->handle().value);
            const std::string made = std::to_string(card->handle().value + 1);
            manager.reconnects = {{code, 0}};
            BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
            BOOST_TEST(
                manager.calls() == (Calls{"status " + old, "reconnect " + old + " 1 2 0", "connect 7 Lab 00 00 1 2",
                                          "list_readers 7", "look 7 Lab 00 00", "disconnect " + old + " 0"}),
                per_element());
            BOOST_TEST(std::to_string(card->handle().value) == made);
            BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
            BOOST_TEST(manager.calls() == Calls{"disconnect " + made + " 0"}, per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(the_first_reader_is_attached_again_by_the_name_it_had) {
    attach("");
    manager.readers = {"Other 00 00"};
    dead();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3", "list_readers 7", "look 7 Lab 00 00",
                                         "disconnect 100 0"}),
               per_element());
}

BOOST_AUTO_TEST_CASE(attached_again_with_reset_the_card_is_reset) {
    attach();
    dead();
    manager.reconnects = {{Code::success, resource_manager::protocol_t0}};
    BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3", "reconnect 101 2 3 1",
                                         "list_readers 7", "look 7 Lab 00 00", "disconnect 100 0"}),
               per_element());
    BOOST_TEST(card->active_protocol() == resource_manager::protocol_t0);
}

BOOST_AUTO_TEST_CASE(the_old_handle_stays_until_the_reset_has_succeeded_too) {
    attach();
    dead();
    manager.reconnects = {{Code::unresponsive_card, 0}};
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, resource_manager::protocol_t0, Disposition::reset) ==
               from_code(Code::unresponsive_card));
    BOOST_TEST(
        manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 1 1", "reconnect 101 1 1 1", "disconnect 101 0"}),
        per_element());
    BOOST_TEST(card->handle().value == 100);
    dead();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls().at(1) == "connect 7 Lab 00 00 2 3");
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_not_back_is_unavailable_and_the_object_stays_attached) {
    attach();
    dead();
    manager.connects = {{Code::unknown_reader, {}, 0}};
    manager.readers = {"Other 00 00"};
    BOOST_TEST(card->Reconnect() == from_code(Code::reader_unavailable));
    BOOST_TEST(card->handle().value == 100);
    dead();
    manager.connects = {{Code::unknown_reader, {}, 0}};
    manager.lists = {Code::no_readers_available};
    BOOST_TEST(card->Reconnect() == from_code(Code::reader_unavailable));
    dead();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(card->handle().value == 101);
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_back_under_another_number_is_found) {
    manager.readers = {"Lab 00 00", "Twin 00 01"};
    attach();
    manager.readers = {"Lab 03 00", "Lab 03 01", "Twin 00 01"};
    dead();
    manager.connects = {{Code::unknown_reader, {}, 0}};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(
        manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3", "list_readers 7", "connect 7 Lab 03 00 2 3",
                                  "list_readers 7", "look 7 Lab 03 00", "disconnect 100 0"}),
        per_element());
    dead();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls().at(1) == "connect 7 Lab 03 00 2 3");
}

BOOST_AUTO_TEST_CASE(a_reader_beside_which_it_was_is_not_taken_for_it) {
    manager.readers = {"Lab 00 00", "Lab 01 00"};
    attach();
    manager.readers = {"Lab 01 00"};
    dead();
    manager.connects = {{Code::unknown_reader, {}, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::reader_unavailable));
    manager.readers = {"Lab 01 00", "Lab 02 00", "Lab 03 00"};
    dead();
    manager.connects = {{Code::unknown_reader, {}, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::reader_unavailable));
}

BOOST_AUTO_TEST_CASE(a_name_without_number_and_slot_comes_back_under_no_other) {
    BOOST_TEST(!returned_as("Lab", {"Lab 00 00"}, {}));
    BOOST_TEST(!returned_as("Lab 00 00", {"Lab"}, {}));
    BOOST_TEST(!returned_as("Lab 0G 00", {"Lab 01 00"}, {}));
    BOOST_TEST(!returned_as("Lab 00 00", {"Lab 01 01", "Lab B 01 00"}, {}));
    BOOST_TEST(!returned_as(" 00 00", {" 01 00"}, {}));
    BOOST_TEST(returned_as("Lab 00 00", {"X", "Lab 0A 00"}, {}).value() == "Lab 0A 00");
}

BOOST_AUTO_TEST_CASE(the_code_of_the_new_attachment_is_answered_when_it_fails) {
    attach();
    for (const auto& [code, expected] :
         {std::pair{Code::no_smartcard, from_code(Code::no_smartcard)}, std::pair{Code::not_yet, Hresult::E_PENDING_},
          std::pair{Code::invalid_handle, from_code(Code::invalid_handle)},
          std::pair{Code::no_service, from_code(Code::no_service)},
          std::pair{Code::sharing_violation, from_code(Code::sharing_violation)}}) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            dead();
            manager.connects = {{code, {}, 0}};
            BOOST_TEST(card->Reconnect() == expected);
            BOOST_TEST(card->handle().value == 100);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_dead_borrowed_handle_is_reported) {
    BOOST_REQUIRE(card->AttachByHandle(borrowed) == Hresult::S_OK_);
    for (const Code code : {Code::invalid_handle, Code::no_service, Code::comm_error}) {
        dead(code);
        BOOST_TEST(card->Reconnect() == from_code(code));
    }
    for (const Code code : {Code::invalid_value, Code::reader_unavailable}) {
        manager.reconnects = {{code, 0}};
        BOOST_TEST(card->Reconnect() == from_code(Code::reader_unavailable));
    }
    BOOST_TEST(card->handle().value == 55);
    for (const std::string& call : manager.calls()) {
        BOOST_TEST(!call.starts_with("connect"));
    }
}

BOOST_AUTO_TEST_CASE(a_context_of_its_own_that_has_died_is_made_again) {
    for (const Code code : {Code::no_service, Code::comm_error, Code::service_stopped}) {
        on_own_context();
        const std::string context = std::to_string(card->context().value);
        const std::string next = std::to_string(card->context().value + 1);
        const std::string old = std::to_string(card->handle().value);
        dead(code);
        manager.connects = {{code, {}, 0}};
        BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
        BOOST_TEST(manager.calls() ==
                       (Calls{"status " + old, "connect " + context + " Lab 00 00 2 3", "establish_context",
                              "connect " + next + " Lab 00 00 2 3", "release_context " + context,
                              "list_readers " + next, "look " + next + " Lab 00 00", "disconnect " + old + " 0"}),
                   per_element());
        BOOST_TEST(std::to_string(card->context().value) == next);
    }
}

BOOST_AUTO_TEST_CASE(while_there_is_no_resource_manager_reconnect_says_so) {
    on_own_context();
    for (int tries = 0; tries < 3; ++tries) {
        dead(Code::no_service);
        manager.connects = {{Code::no_service, {}, 0}};
        manager.establishes = {Code::no_service};
        BOOST_TEST(card->Reconnect() == from_code(Code::no_service));
        BOOST_TEST(card->handle().value == 100);
        BOOST_TEST(card->context().value == 7);
    }
    dead(Code::no_service);
    manager.connects = {{Code::no_service, {}, 0}};
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_context_of_the_callers_that_has_died_is_reported) {
    attach();
    dead(Code::no_service);
    manager.connects = {{Code::no_service, {}, 0}};
    BOOST_TEST(card->Reconnect() == from_code(Code::no_service));
    BOOST_TEST(manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3"}), per_element());
}

BOOST_AUTO_TEST_CASE(an_attachment_after_the_end_of_the_resource_manager_makes_a_new_context_too) {
    on_own_context();
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    manager.calls();
    manager.connects = {{Code::no_service, {}, 0}};
    BOOST_TEST(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    BOOST_TEST(manager.calls().at(2) == "connect 8 Lab 00 00 2 3");
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    manager.calls();
    manager.lists = {Code::no_service};
    BOOST_TEST(card->AttachByIFD("") == Hresult::S_OK_);
    BOOST_TEST(manager.calls().at(2) == "list_readers 9");
}

BOOST_AUTO_TEST_CASE(after_an_exchange_that_failed_a_new_attachment_is_to_a_card_that_answers) {
    attach();
    manager.transmits = {Code::timeout, Code::not_transacted};
    iso7816::Bytes response;
    BOOST_TEST(card->Transmit(iso7816::Bytes(5), response) == from_code(Code::timeout));
    manager.calls();
    dead();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(
        manager.calls() == (Calls{"status 100", "connect 7 Lab 00 00 2 3", "begin 101", "transmit 101 2 5", "end 101 0",
                                  "reconnect 101 2 3 2", "list_readers 7", "look 7 Lab 00 00", "disconnect 100 0"}),
        per_element());
}

BOOST_AUTO_TEST_CASE(attach_finds_the_card_of_a_reader_that_is_believed_empty_where_the_driver_sees_it) {
    manager.connects = {{Code::no_smartcard, {}, 0}, {Code::success, Handle{300}, 0}};
    manager.icc_presence = 2;
    BOOST_TEST(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"connect 7 Lab 00 00 2 3", "connect 7 Lab 00 00 3 0", "get_attrib 300 590592",
                                         "reconnect 300 3 0 1", "disconnect 300 0", "connect 7 Lab 00 00 2 3",
                                         "list_readers 7", "look 7 Lab 00 00"}),
               per_element());
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    for (const std::optional<std::uint8_t> presence : {std::optional<std::uint8_t>(0), std::optional<std::uint8_t>()}) {
        manager.icc_presence = presence;
        manager.connects = {{Code::no_smartcard, {}, 0}};
        BOOST_TEST(card->AttachByIFD("Lab 00 00") == from_code(Code::no_smartcard));
    }
}

BOOST_AUTO_TEST_SUITE_END()
