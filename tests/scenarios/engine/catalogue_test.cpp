#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/scenarios/engine/loader_support.h"
#include "tests/scenarios/engine/schema.h"

using namespace scardlab::engine;
using namespace scardlab::engine::testing;

namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The scenario files: every YAML file in a folder of the catalogue, cards excepted.
std::vector<std::filesystem::path> scenario_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(options().catalogue)) {
        const std::filesystem::path below = entry.path().lexically_relative(options().catalogue);
        const bool in_folder = below.has_parent_path() && *below.begin() != "cards";
        if (in_folder && below.extension() == ".yaml") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// The YAML example of the README that begins with `start`.
std::string example(const std::string& start) {
    const std::string fence = "```yaml\n", readme = text_of(options().catalogue / "README.md");
    const std::size_t at = readme.find(fence + start);
    BOOST_REQUIRE(at != std::string::npos);
    const std::size_t first = at + fence.size();
    return readme.substr(first, readme.find("```\n", first) - first);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_catalogue)

BOOST_AUTO_TEST_CASE(every_scenario_of_the_catalogue_loads_and_fits_the_schema) {
    std::set<std::string> ids;
    for (const std::filesystem::path& file : scenario_files()) {
        BOOST_TEST_CONTEXT(file.string()) {
            const auto scenarios = load_scenario(file, options());
            BOOST_REQUIRE_MESSAGE(scenarios.has_value(), (scenarios ? "" : scenarios.error().text()));
            for (const Scenario& scenario : *scenarios) {
                BOOST_TEST(ids.insert(scenario.id).second, scenario.id << " is there twice");
            }
            const auto refusal = scenario_schema().refusal(text_of(file));
            BOOST_TEST(!refusal.has_value(), "the schema refuses it: " << refusal.value_or(""));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_card_profile_loads_and_fits_the_schema) {
    for (const std::string& name : profile_names(options().cards)) {
        BOOST_TEST_CONTEXT(name) {
            const std::string text = text_of(options().cards / (name + ".yaml"));
            BOOST_TEST(text.starts_with("# "), "a comment says what it is for");
            const auto profile = load_profile(name, options(), Place{"catalogue_test", 1, 1});
            BOOST_REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text()));
            const auto refusal = card_schema().refusal(text);
            BOOST_TEST(!refusal.has_value(), "the schema refuses it: " << refusal.value_or(""));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_examples_in_the_readme_load_and_fit_the_schemas) {
    const std::string scenario = example("# scenarios/");
    const auto scenarios = parse_scenario(scenario, "README.md", options());
    BOOST_REQUIRE_MESSAGE(scenarios.has_value(), (scenarios ? "" : scenarios.error().text()));
    BOOST_TEST(!scenario_schema().refusal(scenario).has_value());
    const std::string card = example("profile: ");
    const auto profile = parse_profile(card, "README.md");
    BOOST_REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text()));
    BOOST_TEST(!card_schema().refusal(card).has_value());
}

BOOST_AUTO_TEST_CASE(damaged_files_load_or_give_one_placed_line) {
    const auto check = [](const auto& result) {
        if (!result) {
            const ScriptError& error = result.error();
            BOOST_TEST_REQUIRE(error.place.line >= 1, error.text());
            BOOST_TEST_REQUIRE(error.place.column >= 1, error.text());
            BOOST_TEST_REQUIRE(error.text().find('\n') == std::string::npos, error.text());
        }
    };
    const std::string scenario = example("# scenarios/"), card = example("profile: ");
    for (const std::string& text : {scenario, card}) {
        for (std::size_t at = 0; at < text.size(); at += 11) {
            std::vector<std::string> damaged{text.substr(0, at), text.substr(at),
                                             text.substr(0, at) + text.substr(at + 1)};
            for (const char c : {'\0', '\n', '\t', '{', '[', ':', '&', '*', '!', '"', '$', '-', '\xFF'}) {
                damaged.push_back(text);
                damaged.back()[at] = c;
            }
            for (const std::string& each : damaged) {
                check(parse_scenario(each, "README.md", options()));
                check(parse_profile(each, "README.md"));
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
