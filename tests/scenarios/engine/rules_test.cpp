#include <yaml-cpp/yaml.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "scenarios/engine/catalogue.h"

using namespace scardlab::engine;

namespace {

const std::filesystem::path catalogue = std::filesystem::path(SCARDLAB_SOURCE_DIR) / "scenarios";

std::vector<Scenario> all_cases() {
    auto loaded = load_catalogue({}, "", {}, {catalogue, catalogue / "cards"});
    BOOST_REQUIRE(loaded.has_value());
    return *loaded;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_rules)

BOOST_AUTO_TEST_CASE(every_rule_has_one_entry_with_a_sentence_and_a_source) {
    std::set<std::string> seen;
    for (const YAML::Node& rule : YAML::LoadFile((catalogue / "rules.yaml").native())["rules"]) {
        const auto id = rule["id"].as<std::string>();
        BOOST_TEST(seen.insert(id).second, id << " stands twice");
        BOOST_TEST(rule["rule"].as<std::string>().ends_with('.'), id);
        BOOST_TEST(!rule["source"].as<std::string>().empty(), id);
    }
    BOOST_TEST(seen.size() > 40U);
}

BOOST_AUTO_TEST_CASE(scenarios_prove_rules_that_exist_and_every_rule_is_proved) {
    std::set<std::string> rules;
    for (const YAML::Node& rule : YAML::LoadFile((catalogue / "rules.yaml").native())["rules"]) {
        rules.insert(rule["id"].as<std::string>());
    }
    std::set<std::string> proved;
    for (const Scenario& scenario : all_cases()) {
        for (const std::string& id : scenario.proves) {
            BOOST_TEST(rules.contains(id), scenario.id << " proves " << id << ", which is in no line of rules.yaml");
            proved.insert(id);
        }
    }
    for (const std::string& id : rules) {
        BOOST_TEST(proved.contains(id), id << " has no scenario");
    }
}

BOOST_AUTO_TEST_SUITE_END()
