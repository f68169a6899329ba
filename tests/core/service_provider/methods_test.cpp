#include <boost/test/unit_test.hpp>
#include <functional>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_resource_manager.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;

namespace {

struct Attached {
    ProgrammedResourceManager manager;
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager, own_context);
    Attached() {
        BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
        manager.calls();
    }
};

/// Codes that every verb can answer, with what the methods make of them.
const std::pair<Code, Hresult> common_codes[] = {
    {Code::success, Hresult::S_OK_},
    {Code::not_yet, Hresult::E_PENDING_},
    {Code::no_memory, Hresult::E_OUTOFMEMORY_},
    {Code::internal_error, Hresult{0x80100001}},
    {Code::invalid_handle, Hresult{0x80100003}},
    {Code::sharing_violation, Hresult{0x8010000B}},
    {Code::no_smartcard, Hresult{0x8010000C}},
    {Code::proto_mismatch, Hresult{0x8010000F}},
    {Code::invalid_value, Hresult{0x80100011}},
    {Code::comm_error, Hresult{0x80100013}},
    {Code::not_transacted, Hresult{0x80100016}},
    {Code::reader_unavailable, Hresult{0x80100017}},
    {Code::no_service, Hresult{0x8010001D}},
    {Code::unsupported_feature, Hresult{0x80100022}},
    {Code::unresponsive_card, Hresult{0x80100066}},
    {Code::unpowered_card, Hresult{0x80100067}},
    {Code::reset_card, Hresult{0x80100068}},
    {Code::removed_card, Hresult{0x80100069}},
};

StatusResult with_code(Code code) {
    StatusResult result = ProgrammedResourceManager::usable();
    result.code = code;
    return result;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_methods, Attached)

BOOST_AUTO_TEST_CASE(every_method_answers_the_code_of_its_verb) {
    CardState state{};
    Protocols protocols{};
    iso7816::Bytes bytes;
    for (const auto& [code, expected] : common_codes) {
        BOOST_TEST_CONTEXT(resource_manager::name(code)) {
            manager.begins = {code};
            BOOST_TEST(card->SCardLock() == expected);
            manager.ends = {code};
            BOOST_TEST(card->SCardUnlock(Disposition::leave) == expected);
            manager.statuses = {with_code(code), with_code(code)};
            BOOST_TEST(card->Status(&state, &protocols) == expected);
            BOOST_TEST(card->Atr(bytes) == expected);
            manager.transmits = {code};
            BOOST_TEST(card->Transmit(iso7816::Bytes{0, 0xA4, 0, 0}, bytes) == expected);
            BOOST_TEST(card->attached());
            BOOST_TEST(card->handle().value == 100);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_method_of_an_object_that_is_not_attached_answers_invalid_handle) {
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);
    manager.calls();
    const Hresult expected{0x80100003};
    CardState state{};
    Protocols protocols{};
    iso7816::Bytes bytes{1, 2, 3};
    BOOST_TEST(card->Detach() == expected);
    BOOST_TEST(card->Detach(Disposition{9}) == expected);
    BOOST_TEST(card->Reconnect() == expected);
    BOOST_TEST(card->Reconnect(ShareMode::shared, t0_or_t1, Disposition::reset) == expected);
    BOOST_TEST(card->SCardLock() == expected);
    BOOST_TEST(card->SCardUnlock(Disposition::leave) == expected);
    BOOST_TEST(card->Status(&state, &protocols) == expected);
    BOOST_TEST(card->Status(nullptr, nullptr) == expected);
    BOOST_TEST(card->Atr(bytes) == expected);
    BOOST_TEST(card->Transmit({}, bytes) == expected);
    BOOST_TEST(bytes.empty());
    BOOST_TEST(card->handle().value == 0);
    BOOST_TEST(manager.calls().empty());
}

BOOST_AUTO_TEST_CASE(unlock_passes_each_disposition_and_refuses_others_unasked) {
    for (const unsigned disposition : {0U, 1U, 2U, 3U}) {
        BOOST_TEST(card->SCardUnlock(Disposition{disposition}) == Hresult::S_OK_);
        BOOST_TEST(manager.calls() == Calls{"end 100 " + std::to_string(disposition)},
                   boost::test_tools::per_element());
    }
    for (const unsigned disposition : {4U, 0x80000000U}) {
        BOOST_TEST(card->SCardUnlock(Disposition{disposition}) == Hresult::E_INVALIDARG_);
    }
    BOOST_TEST(manager.calls().empty());
}

BOOST_AUTO_TEST_CASE(a_null_output_of_status_is_e_pointer_and_the_manager_is_not_asked) {
    CardState state{};
    Protocols protocols{};
    BOOST_TEST(card->Status(nullptr, &protocols) == Hresult::E_POINTER_);
    BOOST_TEST(card->Status(&state, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(card->Status(nullptr, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(manager.calls().empty());
}

BOOST_AUTO_TEST_CASE(status_maps_the_bit_field_to_the_most_advanced_state) {
    using namespace resource_manager;
    struct Row {
        StateBits bits;
        Protocols protocol;
        CardState expected;
    };
    const Row table[] = {
        {0x00, 0, CardState::UNKNOWN},
        {0x01, 0, CardState::UNKNOWN},  // the reader fails
        {0x02, 0, CardState::ABSENT},
        {0x04, 0, CardState::PRESENT},    // after Disconnect(UNPOWER)
        {0x0C, 0, CardState::SWALLOWED},  // mute
        {0x14, 0, CardState::POWERED},
        {0x14, protocol_t1, CardState::POWERED},
        {0x34, 0, CardState::NEGOTIABLEMODE},
        {0x34, protocol_raw, CardState::NEGOTIABLEMODE},
        {0x34, protocol_t0, CardState::SPECIFICMODE},
        {0x34, protocol_t1, CardState::SPECIFICMODE},
        {0x34, protocol_t15, CardState::SPECIFICMODE},
        {0x54, 0, CardState::SPECIFICMODE},
    };
    for (const Row& row : table) {
        BOOST_TEST_CONTEXT("bits " << row.bits << " protocol " << row.protocol) {
            StatusResult result = ProgrammedResourceManager::usable();
            result.state = row.bits;
            result.protocol = row.protocol;
            manager.statuses = {result};
            CardState state{};
            Protocols protocols = 99;
            BOOST_TEST(card->Status(&state, &protocols) == Hresult::S_OK_);
            BOOST_TEST(state == row.expected);
            BOOST_TEST(protocols == row.protocol);
        }
    }
}

BOOST_AUTO_TEST_CASE(outputs_of_a_failed_status_are_untouched) {
    manager.statuses = {with_code(Code::reset_card), with_code(Code::reset_card)};
    CardState state = CardState::SWALLOWED;
    Protocols protocols = 99;
    BOOST_TEST(card->Status(&state, &protocols) == from_code(Code::reset_card));
    BOOST_TEST(state == CardState::SWALLOWED);
    BOOST_TEST(protocols == 99);
    iso7816::Bytes atr{1, 2};
    BOOST_TEST(card->Atr(atr) == from_code(Code::reset_card));
    BOOST_TEST(atr == (iso7816::Bytes{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_card_state_has_its_documented_name) {
    BOOST_TEST(name(CardState::UNKNOWN) == "UNKNOWN");
    BOOST_TEST(name(CardState::ABSENT) == "ABSENT");
    BOOST_TEST(name(CardState::PRESENT) == "PRESENT");
    BOOST_TEST(name(CardState::SWALLOWED) == "SWALLOWED");
    BOOST_TEST(name(CardState::POWERED) == "POWERED");
    BOOST_TEST(name(CardState::NEGOTIABLEMODE) == "NEGOTIABLEMODE");
    BOOST_TEST(name(CardState::SPECIFICMODE) == "SPECIFICMODE");
}

BOOST_AUTO_TEST_CASE(atr_is_the_one_of_status) {
    iso7816::Bytes atr;
    BOOST_TEST(card->Atr(atr) == Hresult::S_OK_);
    BOOST_TEST(atr == (iso7816::Bytes{0x3B, 0x80, 0x01, 0x81}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(transmit_uses_the_protocol_in_force) {
    manager.reconnects = {{Code::success, resource_manager::protocol_t0}};
    iso7816::Bytes response;
    BOOST_TEST(card->Transmit(iso7816::Bytes(7), response) == Hresult::S_OK_);
    BOOST_TEST(response == (iso7816::Bytes{0x90, 0x00}), boost::test_tools::per_element());
    BOOST_TEST(card->Reconnect(ShareMode::shared, resource_manager::protocol_t0, Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(card->Transmit(iso7816::Bytes(7), response) == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"transmit 100 2 7", "status 100", "reconnect 100 2 1 1", "transmit 100 1 7"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_success_without_sw1sw2_is_a_removed_card) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}}) {
        manager.response.assign(size, 0x90);
        iso7816::Bytes response{9, 9, 9};
        BOOST_TEST(card->Transmit(iso7816::Bytes(5), response) == from_code(Code::removed_card));
        BOOST_TEST(response.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_pending_method_succeeds_when_it_is_called_again) {
    CardState state{};
    Protocols protocols{};
    iso7816::Bytes response;
    manager.begins = manager.ends = manager.transmits = {Code::not_yet};
    manager.statuses = {with_code(Code::not_yet)};
    const std::pair<const char*, std::function<Hresult()>> methods[] = {
        {"SCardLock", [&] { return card->SCardLock(); }},
        {"SCardUnlock", [&] { return card->SCardUnlock(Disposition::reset); }},
        {"Status", [&] { return card->Status(&state, &protocols); }},
        {"Transmit", [&] { return card->Transmit(iso7816::Bytes(5), response); }},
    };
    for (const auto& [name, method] : methods) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(method() == Hresult::E_PENDING_);
            BOOST_TEST(method() == Hresult::S_OK_);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_method_that_runs_out_of_memory_says_so_and_stays_attached) {
    CardState state{};
    Protocols protocols{};
    iso7816::Bytes bytes;
    manager.memory_runs_out_at = {{"begin", 0}, {"end", 0}, {"status", 0}, {"transmit", 0}, {"reconnect", 0}};
    BOOST_TEST(card->SCardLock() == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(card->SCardUnlock(Disposition::leave) == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(card->Status(&state, &protocols) == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(card->Atr(bytes) == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(card->Transmit({}, bytes) == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(card->Reconnect() == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(card->Reconnect(ShareMode::exclusive, 1, Disposition::reset) == Hresult::E_OUTOFMEMORY_);
    manager.memory_runs_out_at.clear();
    manager.calls();
    BOOST_TEST(card->Reconnect() == Hresult::S_OK_);
    BOOST_TEST(manager.calls() == (Calls{"status 100", "reconnect 100 2 3 0"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
