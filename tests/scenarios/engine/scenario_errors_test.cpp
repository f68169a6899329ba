#include <boost/test/unit_test.hpp>

#include "tests/scenarios/engine/loader_support.h"

using namespace scardlab::engine;
using namespace scardlab::engine::testing;

namespace {

constexpr auto refuses = BadFile::Schema::refuses;
constexpr auto accepts = BadFile::Schema::accepts;
constexpr auto not_yaml = BadFile::Schema::not_yaml;

const BadFile yaml_errors[]{
    {"", "an empty file", not_yaml},
    {"# nothing but a comment\n", "an empty file", not_yaml},
    {"scenario: A title\n@proves: [E1: 2", "not YAML", not_yaml},
    {"scenario: \"A title@", "not YAML", not_yaml},
    {"scenario: A title\n@scenario: Another\n", "key 'scenario' twice", not_yaml},
    {"scenario: A title\nproves: [E1]\ncard: dual_protocol\nsteps:\n"
     "  - alice: Transmit\n    with: {apdu: 00, @apdu: 01}\n",
     "key 'apdu' twice", not_yaml},
    {"scenario: @&title A title\nproves: [*title]\n", "an anchor", not_yaml},
    {"scenario: A title\nproves: @&ids [E1]\n", "an anchor", not_yaml},
    {"scenario: @!!str A title\n", "a tag", not_yaml},
    {"scenario: @! A title\n", "a tag", not_yaml},
    {"scenario: A title\nproves: @!ids [E1]\n", "a tag", not_yaml},
    {"scenario: A title\n? @[a, b]\n: c\n", "a list as a key", not_yaml},
    {"scenario: A title\n@---\nscenario: Another\n", "a second YAML document", not_yaml},
    {"@- scenario\n", "a list; expected a scenario: a map with one of scenario, proves", refuses},
};

const BadFile top_level_errors[]{
    {"@scenaro: A title\nproves: [E1]\ncard: none\nsteps: []\n", "(did you mean scenario?)", refuses},
    {"scenario: A title\nproves: [E1]\ncard: none\n@for_eech: {x: [1]}\nsteps: []\n", "(did you mean for_each?)",
     refuses},
    {"@proves: [E1]\ncard: none\nsteps:\n  - alice: Status\n", "no scenario", refuses},
    {"@scenario: A title\ncard: none\nsteps:\n  - alice: Status\n", "no proves", refuses},
    {"@scenario: A title\nproves: [E1]\nsteps:\n  - alice: Status\n", "no card", refuses},
    {"@scenario: A title\nproves: [E1]\ncard: dual_protocol\n", "no steps", refuses},
    {"@scenario:\nproves: [E1]\ncard: none\nsteps:\n  - alice: Status\n", "nothing; expected one sentence", refuses},
    {"scenario: @[a]\nproves: [E1]\ncard: none\nsteps:\n  - alice: Status\n", "a list; expected one sentence", refuses},
    {"scenario: A title\nproves: @[]\ncard: none\nsteps:\n  - alice: Status\n", "an empty list", refuses},
    {"scenario: A title\nproves: @E1\ncard: none\nsteps:\n  - alice: Status\n", "'E1'; expected a list of rule ids",
     refuses},
    {"scenario: A title\nproves: [E1, @E-2]\ncard: none\nsteps:\n  - alice: Status\n", "a rule id such as E1", refuses},
    {"scenario: A title\nproves: [E1, @E1]\ncard: none\nsteps:\n  - alice: Status\n", "rule 'E1' twice", refuses},
    {"scenario: A title\nproves: [E1]\ncard: @dual_protcol\nsteps:\n  - alice: Status\n",
     "(did you mean dual_protocol?)", accepts},
    {"scenario: A title\nproves: [E1]\ncard: @./nowhere.yaml\nsteps:\n  - alice: Status\n",
     "card profile './nowhere.yaml' (No such file or directory)", accepts},
    {"scenario: A title\nproves: [E1]\ncard: @[a]\nsteps:\n  - alice: Status\n", "the name of a card profile", refuses},
    {"scenario: A title\nproves: [E1]\ncard: dual_protocol\nsteps: @[]\n", "an empty list; expected a list of steps",
     refuses},
    {"scenario: A title\nproves: [E1]\ncard: dual_protocol\nsteps: @{alice: Status}\n", "expected a list of steps",
     refuses},
    {"scenario: A title\nproves: [E1]\ntargets: @[embedded]\ncard: none\nsteps:\n  - alice: Status\n",
     "targets without because", refuses},
    {"scenario: A title\nproves: [E1]\nbecause: @Q5\ncard: none\nsteps:\n  - alice: Status\n",
     "because without targets", refuses},
    {"scenario: A title\nproves: [E1]\ntargets: [@embeded]\nbecause: Q5\ncard: none\nsteps:\n  - alice: Status\n",
     "(did you mean embedded?)", refuses},
    {"scenario: A title\nproves: [E1]\ntargets: [pcscd, @pcscd]\nbecause: Q5\ncard: none\nsteps:\n"
     "  - alice: Status\n",
     "target 'pcscd' twice", refuses},
    {"scenario: A title\nproves: [E1]\ntargets: @[]\nbecause: Q5\ncard: none\nsteps:\n  - alice: Status\n",
     "an empty list", refuses},
};

const BadFile reader_errors[]{
    {"@fast", "'fast'; expected a reader: a map with one of clock, classes, check_tck", refuses},
    {"@{}", "an empty map", refuses},
    {"{@clok: 4 MHz}", "(did you mean clock?)", refuses},
    {"{clock: @4}", "a frequency such as 3580 kHz or 4 MHz", refuses},
    {"{clock: @4 GHz}", "a frequency", refuses},
    {"{clock: @999 kHz}", "from 1 MHz to 5 MHz", accepts},
    {"{clock: @5001 kHz}", "from 1 MHz to 5 MHz", accepts},
    {"{clock: @6 MHz}", "from 1 MHz to 5 MHz", accepts},
    {"{clock: @4294967295 MHz}", "from 1 MHz to 5 MHz", accepts},
    {"{clock: @04 MHz}", "a frequency", refuses},
    {"{classes: @[]}", "an empty list", refuses},
    {"{classes: @A}", "a list of A, B and C", refuses},
    {"{classes: [A, @a]}", "'a'", refuses},
    {"{classes: [A, B, @A]}", "class 'A' twice", refuses},
    {"{check_tck: @1}", "true or false", refuses},
};

const BadFile for_each_errors[]{
    {"scenario: A title\nproves: [E1]\ncard: none\nsteps:\n  - alice: @${method}\n",
     "'${method}'; expected no ${...}, or a for_each", accepts},
    {"scenario: A title @${x}\nproves: [E1]\ncard: none\nsteps:\n  - alice: Status\n", "'${x}'", accepts},
    {"scenario: \"A title @${x}\"\nproves: [E1]\ncard: none\nsteps:\n  - alice: Status\n", "'${x}'", accepts},
    {"scenario: A title of ${init}, @${int}\nproves: [E1]\nfor_each: {init: [reset]}\ncard: none\nsteps:\n"
     "  - alice: Status\n",
     "(did you mean init?)", accepts},
    {"scenario: A title @${x\nproves: [E1]\nfor_each: {x: [a]}\ncard: none\nsteps:\n  - alice: Status\n", "'${x'",
     accepts},
    {"scenario: A title\nproves: [E1]\nfor_each: @{}\ncard: none\nsteps:\n  - alice: Status\n", "an empty map",
     refuses},
    {"scenario: A title\nproves: [E1]\nfor_each: @[a]\ncard: none\nsteps:\n  - alice: Status\n", "a list", refuses},
    {"scenario: A ${x}\nproves: [E1]\nfor_each: {x: @[]}\ncard: none\nsteps:\n  - alice: Status\n", "an empty list",
     refuses},
    {"scenario: A ${x}\nproves: [E1]\nfor_each: {x: @a}\ncard: none\nsteps:\n  - alice: Status\n", "'a'", refuses},
    {"scenario: A ${x}\nproves: [E1]\nfor_each: {x: [a, @[b]]}\ncard: none\nsteps:\n  - alice: Status\n", "a list",
     refuses},
    {"scenario: A ${x}\nproves: [E1]\nfor_each: {x: [a, @a]}\ncard: none\nsteps:\n  - alice: Status\n",
     "value 'a' twice", refuses},
    {"scenario: A title\nproves: [E1]\nfor_each: {@x: [a]}\ncard: none\nsteps:\n  - alice: Status\n",
     "name 'x' that is used nowhere", accepts},
    {"scenario: A ${X}\nproves: [E1]\nfor_each: {@X: [a]}\ncard: none\nsteps:\n  - alice: Status\n",
     "a name of a-z, 0-9 and _", refuses},
    {"scenario: A title\nproves: [E1]\nfor_each: {who: [alice]}\ncard: none\nsteps:\n"
     "  - {alice: Status, @\"${who}\": Status}\n",
     "key 'alice' twice once ${...} is filled in", refuses},
    // only the second case is wrong: the place is still that of the step
    {"scenario: A title\nproves: [E1]\nfor_each: {method: [Status, Stats]}\ncard: none\nsteps:\n"
     "  - alice: @${method}\n",
     "'Stats'", accepts},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_scenario_errors)

BOOST_AUTO_TEST_CASE(yaml_that_hides_something_is_refused_at_its_place) {
    for (const BadFile& bad : yaml_errors) {
        check_scenario(bad);
    }
}

BOOST_AUTO_TEST_CASE(mistakes_at_the_top_of_a_scenario_are_refused_at_their_place) {
    for (const BadFile& bad : top_level_errors) {
        check_scenario(bad);
    }
}

BOOST_AUTO_TEST_CASE(mistakes_in_the_reader_are_refused_at_their_place) {
    for (const BadFile& bad : reader_errors) {
        const std::string text = "scenario: A title\nproves: [E1]\ncard: none\nreader: " + std::string(bad.text) +
                                 "\nsteps:\n  - alice: Status\n";
        check_scenario({text, bad.fragment, bad.schema});
    }
}

BOOST_AUTO_TEST_CASE(mistakes_in_for_each_are_refused_at_their_place) {
    for (const BadFile& bad : for_each_errors) {
        check_scenario(bad);
    }
}

BOOST_AUTO_TEST_CASE(an_error_is_one_line_of_file_line_column_found_expected_and_suggestion) {
    const auto result = parse_scenario(
        "scenario: A title\nproves: [E1]\ncard: dual_protocol\nsteps:\n  - alice: Recconect\n", "a/b.yaml", options());
    BOOST_REQUIRE(!result);
    const std::string text = result.error().text();
    BOOST_TEST(text.starts_with("a/b.yaml:5:12: found 'Recconect'; expected one of resumes, dies, AttachByIFD, "),
               text);
    BOOST_TEST(text.ends_with("SCardListReaders (did you mean Reconnect?)"), text);
}

BOOST_AUTO_TEST_CASE(columns_count_characters_not_bytes) {
    const auto result = parse_scenario("{scenario: \"\xC3\xA4\xC3\xB6\xC3\xBC\", prooves: [E1]}", "a.yaml", options());
    BOOST_REQUIRE(!result);
    BOOST_TEST(result.error().place.column == 19);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_named_with_the_reason) {
    const auto result = load_scenario("nowhere/nothing.yaml", options());
    BOOST_REQUIRE(!result);
    BOOST_TEST(result.error().text() ==
               "nowhere/nothing.yaml:1:1: found no readable file (No such file or directory); expected a scenario");
}

BOOST_AUTO_TEST_CASE(a_folder_is_not_a_scenario) {
    const auto result = load_scenario(options().cards, options());
    BOOST_REQUIRE(!result);
    BOOST_TEST(result.error().message.find("Is a directory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(more_than_ten_thousand_combinations_are_refused) {
    std::string for_each = "for_each:\n";
    for (const char name : {'a', 'b', 'c', 'd', 'e'}) {
        for_each += std::string("  ") + name + ": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n";
    }
    const auto result = parse_scenario(
        "scenario: ${a}${b}${c}${d}${e}\nproves: [E1]\ncard: none\nsteps: []\n" + for_each, "a.yaml", options());
    BOOST_REQUIRE(!result);
    BOOST_TEST(result.error().message.find("more than 10000 combinations") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
