#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {

BOOST_AUTO_TEST_SUITE(core_resource_manager_names)

BOOST_AUTO_TEST_CASE(every_name_leads_back_to_its_code_with_and_without_the_prefix) {
    for (std::uint32_t number = 0x80100000; number < 0x80100100; ++number) {
        const auto code = static_cast<Code>(number);
        const std::string_view named = name(code);
        if (named.empty()) {
            continue;
        }
        BOOST_TEST_CONTEXT(named) {
            BOOST_TEST(named.starts_with("SCARD_"));
            BOOST_TEST((resource_manager::code_named(named) == code));
            BOOST_TEST((resource_manager::code_named(named.substr(6)) == code));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_codes_that_scenarios_name_have_pcsc_lites_numbers) {
    using resource_manager::code_named;
    BOOST_TEST((code_named("SCARD_S_SUCCESS") == static_cast<Code>(0)));
    BOOST_TEST((code_named("E_PROTO_MISMATCH") == static_cast<Code>(0x8010000F)));
    BOOST_TEST((code_named("SCARD_E_UNSUPPORTED_FEATURE") == static_cast<Code>(0x8010001F)));
    BOOST_TEST((code_named("SCARD_W_RESET_CARD") == static_cast<Code>(0x80100068)));
    BOOST_TEST((code_named("W_REMOVED_CARD") == static_cast<Code>(0x80100069)));
}

BOOST_AUTO_TEST_CASE(what_has_no_name_has_none) {
    using resource_manager::code_named;
    BOOST_TEST(name(static_cast<Code>(0x12345678)).empty());
    BOOST_TEST(name(Code::not_yet).empty());
    for (const char* wrong : {"", "SCARD_", "SCARD_W_RESET", "scard_s_success", "SCARD_SCARD_S_SUCCESS"}) {
        BOOST_TEST(!code_named(wrong).has_value(), wrong);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
