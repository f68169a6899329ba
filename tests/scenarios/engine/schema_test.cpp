#include <boost/test/unit_test.hpp>
#include <map>

#include "scenarios/engine/script/words.h"
#include "tests/scenarios/engine/loader_support.h"
#include "tests/scenarios/engine/schema.h"

using namespace scardlab::engine;
using namespace scardlab::engine::testing;

namespace {

/// A good value for every argument and every part of an expectation.
const std::map<std::string_view, std::string> arguments{{"reader", "Reader 0"},
                                                        {"handle", "of bob"},
                                                        {"share", "shared"},
                                                        {"protocols", "T0|T1"},
                                                        {"initialization", "2"},
                                                        {"disposition", "unpower"},
                                                        {"pci", "T1"},
                                                        {"apdu", "00 A4"},
                                                        {"input", "00"},
                                                        {"control_code", "1"},
                                                        {"attribute", "0x10"},
                                                        {"receive_limit", "258"},
                                                        {"current_state", "1"},
                                                        {"remembered", "false"},
                                                        {"timeout", "500 ms"},
                                                        {"bound", "2 s"},
                                                        {"name", "Clock"},
                                                        {"guid", "12345678-1234-1234-1234-123456789ABC"},
                                                        {"path", "3F00/6F01"},
                                                        {"type", "by_id"},
                                                        {"file_type", "files"},
                                                        {"as", "ef"},
                                                        {"file", "opened"},
                                                        {"from", "end"},
                                                        {"offset", "-5"},
                                                        {"count", "20"},
                                                        {"flags", "[secure_messaging]"},
                                                        {"data", "{text: a}"},
                                                        {"tlvs", "84 00"},
                                                        {"code", "31 32"},
                                                        {"old_code", "31 32"},
                                                        {"new_code", "31 33"},
                                                        {"reference", "1"},
                                                        {"algorithm", "tdes"},
                                                        {"key", "{repeat: 00, times: 16}"},
                                                        {"length", "8"},
                                                        {"events", "[removal, reset]"}};
const std::map<std::string_view, std::string> parts{
    {"code", ""},   {"sw", "9000"},   {"data", "01"},     {"protocol", "T0"}, {"state", "present"}, {"atr", "3B 00"},
    {"count", "1"}, {"path", "3F00"}, {"list", "[6F01]"}, {"tlvs", "84 00"},  {"event", "reset"},   {"tries", "2"}};

bool loads(const std::string& text) {
    return parse_scenario(text, "a.yaml", options()).has_value();
}
bool fits(const std::string& text) {
    return !scenario_schema().refusal(text).has_value();
}

std::string needed(const script::MethodFacts& method, std::string_view except = {}) {
    std::string text;
    for (unsigned i = 0; i < method.needed; ++i) {
        if (method.takes[i] != except) {
            text += std::string(method.takes[i]) + ": " + arguments.at(method.takes[i]) + ", ";
        }
    }
    return text;
}

constexpr const char* opens_a_file = "  - alice: FileAccess.Open\n    with: {path: 6F01, as: opened}\n";

std::string call(const script::MethodFacts& method, const std::string& with, const std::string& expect) {
    return with_steps(std::string(with.find("of bob") == std::string::npos ? "" : "  - bob: SCardConnect\n") +
                      (with.find("file: opened") == std::string::npos ? "" : opens_a_file) + "  - alice: " +
                      std::string(method.name) + "\n" + (with.empty() ? "" : "    with: {" + with + "}\n") +
                      (expect.empty() ? "" : "    expect: " + expect + "\n"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_schema)

BOOST_AUTO_TEST_CASE(loader_and_schema_agree_on_the_arguments_of_every_method) {
    for (const script::MethodFacts& method : script::all_methods()) {
        for (const auto& [name, value] : arguments) {
            BOOST_TEST_CONTEXT(method.name << " " << name) {
                const std::string text = call(method, needed(method, name) + std::string(name) + ": " + value, "");
                const bool taken = std::find(method.takes.begin(), method.takes.end(), name) != method.takes.end();
                BOOST_TEST(loads(text) == taken);
                BOOST_TEST(fits(text) == taken);
            }
        }
        BOOST_TEST_CONTEXT(method.name << " without arguments") {
            BOOST_TEST(loads(call(method, "", "")) == (method.needed == 0));
            BOOST_TEST(fits(call(method, "", "")) == (method.needed == 0));
        }
    }
}

BOOST_AUTO_TEST_CASE(loader_and_schema_agree_on_the_expectations_of_every_method) {
    for (const script::MethodFacts& method : script::all_methods()) {
        for (const auto& [name, value] : parts) {
            BOOST_TEST_CONTEXT(method.name << " " << name) {
                const std::string success = method.of_interface ? "S_OK" : "SCARD_S_SUCCESS";
                const std::string expect = "{" + std::string(name) + ": " + (name == "code" ? success : value) + "}";
                const bool told =
                    name == "code" || std::find(method.tells.begin(), method.tells.end(), name) != method.tells.end();
                BOOST_TEST(loads(call(method, needed(method), expect)) == told);
                BOOST_TEST(fits(call(method, needed(method), expect)) == told);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(loader_and_schema_know_the_same_codes) {
    const std::pair<std::string, bool> kinds[]{{"hresult", true}, {"code", false}};
    for (const auto& [definition, of_interface] : kinds) {
        std::vector<std::string> in_schema = scenario_schema().words(definition);
        std::vector<std::string> in_loader = script::code_names(of_interface);
        std::sort(in_schema.begin(), in_schema.end());
        std::sort(in_loader.begin(), in_loader.end());
        BOOST_TEST(in_schema == in_loader, boost::test_tools::per_element());
        for (const std::string& code : in_schema) {
            BOOST_TEST_CONTEXT(code) {
                BOOST_TEST(loads(with_steps("  - alice: " + std::string(of_interface ? "Status" : "SCardStatus") +
                                            "\n    expect: " + code + "\n")));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_schema_lets_for_each_fill_in_any_value) {
    const std::string text =
        "scenario: A ${title}\nproves: [\"${rule}\"]\ncard: ${card}\nfor_each: {title: [1], rule: [E1], card: "
        "[dual_protocol], who: [bob], what: [Transmit], apdu: [00 A4], sw: [9000, 61xx], moment: [next_pps], time: [6 "
        "s], saw: [...]}\nsteps:\n  - \"${who}\": \"${what}\"\n    with: {apdu: \"${apdu}\"}\n    expect: {sw: "
        "\"${sw}\"}\n  - plan: {at: \"${moment}\", do: remove}\n  - clock: {advance: \"${time}\"}\n  - card_saw: "
        "[\"${saw}\"]\n";
    BOOST_TEST(loads(text));
    const auto refusal = scenario_schema().refusal(text);
    BOOST_TEST(!refusal.has_value(), refusal.value_or(""));
}

BOOST_AUTO_TEST_SUITE_END()
