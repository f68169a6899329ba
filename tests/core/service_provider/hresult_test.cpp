#include <boost/test/unit_test.hpp>

#include "core/service_provider/hresult.h"
#include "tests/core/service_provider/printing.h"

using namespace scardlab;
using resource_manager::Code;
using service_provider::Hresult;
using service_provider::hresult_named;

namespace {

constexpr Code all_codes[] = {
    Code::success,
    Code::internal_error,
    Code::cancelled,
    Code::invalid_handle,
    Code::invalid_parameter,
    Code::no_memory,
    Code::insufficient_buffer,
    Code::unknown_reader,
    Code::timeout,
    Code::sharing_violation,
    Code::no_smartcard,
    Code::proto_mismatch,
    Code::not_ready,
    Code::invalid_value,
    Code::comm_error,
    Code::not_transacted,
    Code::reader_unavailable,
    Code::no_service,
    Code::service_stopped,
    Code::unsupported_feature,
    Code::no_readers_available,
    Code::unsupported_card,
    Code::unresponsive_card,
    Code::unpowered_card,
    Code::reset_card,
    Code::removed_card,
    Code::not_yet,
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_hresult)

BOOST_AUTO_TEST_CASE(a_smart_card_code_is_its_own_hresult_but_for_three) {
    for (const Code code : all_codes) {
        const auto number = static_cast<std::uint32_t>(code);
        BOOST_TEST_CONTEXT("code " << number) {
            Hresult expected{number};
            if (code == Code::not_yet) {
                expected = Hresult::E_PENDING_;
            } else if (code == Code::no_memory) {
                expected = Hresult::E_OUTOFMEMORY_;
            } else if (code == Code::unsupported_feature) {
                expected = Hresult{0x80100022};
            }
            BOOST_TEST(service_provider::from_code(code) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_result_is_found_again_by_its_name) {
    for (const Code code : all_codes) {
        const Hresult result = service_provider::from_code(code);
        const std::string name = service_provider::name(result);
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(!name.starts_with("0x"));
            BOOST_TEST((hresult_named(name) == result));
        }
    }
    for (const char* name : {"S_OK", "E_NOTIMPL", "E_POINTER", "E_FAIL", "E_PENDING", "E_OUTOFMEMORY", "E_INVALIDARG",
                             "SCARD_W_WRONG_CHV", "SCARD_W_CHV_BLOCKED", "SCARD_E_FILE_NOT_FOUND", "SCARD_W_EOF"}) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_REQUIRE(hresult_named(name));
            BOOST_TEST(service_provider::name(*hresult_named(name)) == name);
        }
    }
}

BOOST_AUTO_TEST_CASE(names_are_those_of_the_standard) {
    BOOST_TEST(service_provider::name(Hresult{0x80100068}) == "SCARD_W_RESET_CARD");
    BOOST_TEST(service_provider::name(Hresult{0x80100069}) == "SCARD_W_REMOVED_CARD");
    BOOST_TEST(service_provider::name(Hresult{0x80100003}) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST((hresult_named("SCARD_S_SUCCESS") == Hresult::S_OK_));
    BOOST_TEST((hresult_named("SCARD_E_NO_MEMORY") == Hresult::E_OUTOFMEMORY_));
}

BOOST_AUTO_TEST_CASE(unsupported_feature_has_the_windows_number) {
    BOOST_TEST((hresult_named("SCARD_E_UNSUPPORTED_FEATURE") == Hresult{0x80100022}));
    BOOST_TEST(service_provider::name(Hresult{0x80100022}) == "SCARD_E_UNSUPPORTED_FEATURE");
    BOOST_TEST(service_provider::name(Hresult{0x8010001F}) == "SCARD_E_UNEXPECTED");
}

BOOST_AUTO_TEST_CASE(a_number_without_a_name_is_hexadecimal) {
    BOOST_TEST(service_provider::name(Hresult{0x80101234}) == "0x80101234");
    BOOST_TEST(service_provider::name(Hresult{0xFFFFFFFF}) == "0xFFFFFFFF");
}

BOOST_AUTO_TEST_CASE(a_name_that_nobody_has_is_not_found) {
    for (const char* name : {"", "s_ok", "E_FAILURE", "SCARD_E_NONSENSE", "W_RESET_CARD", "SCARD_"}) {
        BOOST_TEST_CONTEXT('"' << name << '"') {
            BOOST_TEST(!hresult_named(name));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
