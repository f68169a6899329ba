#include "tests/scenarios/engine/loader_support.h"

#include <boost/test/unit_test.hpp>

#include "tests/scenarios/engine/schema.h"

namespace scardlab::engine::testing {
namespace {

template <class Result>
void check_refused(const Result& result, const Marked& marked, const BadFile& bad) {
    BOOST_REQUIRE_MESSAGE(!result.has_value(), "it is accepted");
    const ScriptError& error = result.error();
    BOOST_TEST(error.place.file == "bad.yaml");
    BOOST_TEST(error.place.line == marked.line, error.text());
    BOOST_TEST(error.place.column == marked.column, error.text());
    BOOST_TEST(error.message.find(bad.fragment) != std::string::npos, error.text());
    BOOST_TEST(error.message.starts_with("found "), error.text());
    BOOST_TEST(error.message.find("; expected ") != std::string::npos, error.text());
    BOOST_TEST(error.text().find('\n') == std::string::npos, error.text());
}

void check_schema(const Schema& schema, const Marked& marked, const BadFile& bad) {
    if (bad.schema == BadFile::Schema::not_yaml) {
        return;
    }
    const auto refusal = schema.refusal(marked.text);
    if (bad.schema == BadFile::Schema::refuses) {
        BOOST_TEST(refusal.has_value(), "the schema accepts it");
    } else {
        BOOST_TEST(!refusal.has_value(), "the schema refuses it: " << refusal.value_or(""));
    }
}

}  // namespace

LoaderOptions options() {
    const std::filesystem::path scenarios = std::filesystem::path(SCARDLAB_SOURCE_DIR) / "scenarios";
    return {scenarios, scenarios / "cards"};
}

Marked marked(std::string_view text) {
    Marked result{std::string(text)};
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) {
        return result;
    }
    result.text.erase(at, 1);
    for (const char c : text.substr(0, at)) {
        result.line += c == '\n' ? 1 : 0;
        result.column = c == '\n' ? 1 : result.column + 1;
    }
    return result;
}

std::string with_steps(std::string_view steps) {
    return "scenario: A title\nproves: [E1]\ncard: dual_protocol\nsteps:\n" + std::string(steps);
}

std::vector<Step> steps_of(std::string_view steps) {
    const auto scenarios = parse_scenario(with_steps(steps), "good.yaml", options());
    BOOST_REQUIRE_MESSAGE(scenarios.has_value(), (scenarios ? "" : scenarios.error().text()));
    BOOST_REQUIRE(scenarios->size() == 1);
    const auto refusal = scenario_schema().refusal(with_steps(steps));
    BOOST_TEST(!refusal.has_value(), "the schema refuses it: " << refusal.value_or(""));
    return scenarios->front().steps;
}

void check_scenario(const BadFile& bad) {
    BOOST_TEST_CONTEXT(bad.text) {
        const Marked file = marked(bad.text);
        check_refused(parse_scenario(file.text, "bad.yaml", options()), file, bad);
        check_schema(scenario_schema(), file, bad);
    }
}

void check_profile(const BadFile& bad) {
    BOOST_TEST_CONTEXT(bad.text) {
        const Marked file = marked(bad.text);
        check_refused(parse_profile(file.text, "bad.yaml"), file, bad);
        check_schema(card_schema(), file, bad);
    }
}

}  // namespace scardlab::engine::testing
