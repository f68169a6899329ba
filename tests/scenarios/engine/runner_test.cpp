#include "scenarios/engine/runner.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "scenarios/engine/catalogue.h"
#include "scenarios/engine/embedded_world.h"

using namespace scardlab;
using namespace scardlab::engine;

namespace {

const std::filesystem::path catalogue = std::filesystem::path(SCARDLAB_SOURCE_DIR) / "scenarios";

LoaderOptions options() {
    return {catalogue, catalogue / "cards"};
}

/// Runs a script of one case on the embedded target.
ScenarioResult run(const std::string& steps, const std::string& card = "t1_only", bool trace = false) {
    const std::string text = "scenario: A test\nproves: [E1]\ncard: " + card + "\nsteps:\n" + steps;
    const auto cases = parse_scenario(text, (catalogue / "test.yaml").native(), options());
    if (!cases) {
        return {"", TargetKind::embedded, Verdict::error, cases.error().text(), "", {}};
    }
    EmbeddedWorld world;
    return run_scenario(cases->front(), world, {trace});
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_runner)

BOOST_AUTO_TEST_CASE(a_wrong_code_fails_with_line_expected_got_holders_and_contacts) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - bob: AttachByIFD\n"
            "  - bob: Reconnect\n"
            "    with: {initialization: reset}\n"
            "  - alice: Status\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    BOOST_TEST_CONTEXT(result.message) {
        BOOST_TEST(has(result.message, "test.yaml:9:5: alice: Status"));
        BOOST_TEST(has(result.message, "expected  success"));
        BOOST_TEST(has(result.message, "got       SCARD_W_RESET_CARD"));
        BOOST_TEST(has(result.message, "alice holds an attachment in T1"));
        BOOST_TEST(has(result.message, "bob holds an attachment in T1"));
        BOOST_TEST(has(result.message, "warm_reset"));
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_contact_log_fails_with_both_lists) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - card_saw: [cold_reset, atr, warm_reset]\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    BOOST_TEST(has(result.message, "expected  [cold_reset, atr, warm_reset]"));
    BOOST_TEST(has(result.message, "got       [cold_reset, atr]"));
}

BOOST_AUTO_TEST_CASE(a_call_that_blocks_unexpectedly_fails_after_its_bound) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - bob: AttachByIFD\n"
            "  - alice: SCardLock\n"
            "  - bob: SCardLock\n"
            "    within: 300 ms\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    BOOST_TEST(has(result.message, "got       no answer within 300 ms"));
}

BOOST_AUTO_TEST_CASE(a_call_that_returns_although_it_must_block_fails) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - alice: SCardLock\n"
            "    expect: blocks\n"
            "  - alice: resumes\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    BOOST_TEST(has(result.message, "expected  the call blocks"));
}

BOOST_AUTO_TEST_CASE(a_call_left_blocked_at_the_end_fails) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - bob: AttachByIFD\n"
            "  - alice: SCardLock\n"
            "  - bob: SCardLock\n"
            "    expect: blocks\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    BOOST_TEST(has(result.message, "bob is still in SCardLock at the end"));
}

BOOST_AUTO_TEST_CASE(a_call_that_resumes_with_another_code_fails) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - bob: AttachByIFD\n"
            "  - alice: SCardLock\n"
            "  - bob: SCardLock\n"
            "    expect: blocks\n"
            "  - card: remove\n"
            "  - bob: resumes\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    BOOST_TEST(has(result.message, "got       SCARD_W_REMOVED_CARD"));
}

BOOST_AUTO_TEST_CASE(a_planned_fault_that_never_happens_fails) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - plan: {at: {command: 2}, do: remove}\n"
            "  - alice: Transmit\n"
            "    with: {apdu: 00 A4 00 0C 02 3F 00}\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    BOOST_TEST(result.message == (catalogue / "test.yaml").native() +
                                     ":6:5: plan: {at: {command: 2}, do: remove}: this planned fault has not happened "
                                     "by the end: its moment has not come");
}

BOOST_AUTO_TEST_CASE(a_planned_fault_at_a_character_that_never_comes_fails) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - plan: {at: {command: 1, answer_character: 99}, do: remove}\n"
            "  - alice: Transmit\n"
            "    with: {apdu: 00 A4 00 0C 02 3F 00}\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    BOOST_TEST(result.message == (catalogue / "test.yaml").native() +
                                     ":6:5: plan: {at: {command: 1, answer_character: 99}, do: remove}: this planned "
                                     "fault has not happened by the end: its moment came and ended first");
}

BOOST_AUTO_TEST_CASE(of_several_planned_faults_each_that_has_not_happened_is_named_in_the_order_of_the_steps) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - plan: {at: {command: 3}, do: stay_mute}\n"
            "  - plan: {at: {command: 1, command_character: 2}, do: parity_error}\n"
            "  - plan: {at: {command: 2, block: 1}, do: {bad_edc: 3}}\n"
            "  - alice: Transmit\n"
            "    with: {apdu: 00 A4 00 0C 02 3F 00}\n"
            "  - alice: Transmit\n"
            "    with: {apdu: 00 A4 00 0C 02 3F 00}\n"
            "    expect: any\n"
            "  - plan: {at: next_pps, do: refuse}\n");
    BOOST_TEST((result.verdict == Verdict::failed));
    std::string expected;
    const auto add = [&](const char* place, const char* text, const char* why) {
        expected += (expected.empty() ? "" : "\n") + (catalogue / "test.yaml").native() + place + " plan: " + text +
                    ": this planned fault has not happened by the end: " + why;
    };
    add(":6:5:", "{at: {command: 3}, do: stay_mute}", "its moment has not come");
    add(":14:5:", "{at: next_pps, do: refuse}", "its moment has not come");
    BOOST_TEST(result.message == expected);
}

BOOST_AUTO_TEST_CASE(a_scenario_for_other_targets_is_not_applicable_with_its_reason) {
    const auto cases = parse_scenario(
        "scenario: A test\nproves: [E1]\ncard: t1_only\ntargets: [pcscd]\nbecause: it needs the daemon\n"
        "steps:\n  - alice: AttachByIFD\n    expect: E_FAIL\n",
        (catalogue / "test.yaml").native(), options());
    BOOST_REQUIRE(cases.has_value());
    EmbeddedWorld world;
    const ScenarioResult result = run_scenario(cases->front(), world, {});
    BOOST_TEST((result.verdict == Verdict::not_applicable));
    BOOST_TEST(result.message == "it needs the daemon");
}

BOOST_AUTO_TEST_CASE(the_expectation_of_a_target_replaces_the_general_one_there) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "    expect: E_FAIL\n"
            "    on: {embedded: {expect: S_OK, because: E1}}\n");
    BOOST_TEST((result.verdict == Verdict::passed), result.message);
}

BOOST_AUTO_TEST_CASE(death_ends_an_application_and_its_name_begins_anew) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - alice: dies\n"
            "  - alice: Status\n"
            "    expect: SCARD_E_INVALID_HANDLE\n");
    BOOST_TEST((result.verdict == Verdict::passed), result.message);
}

BOOST_AUTO_TEST_CASE(putting_back_a_card_that_never_was_is_an_error_of_the_script) {
    const ScenarioResult result = run("  - card: insert\n", "none");
    BOOST_TEST((result.verdict == Verdict::error));
    BOOST_TEST(has(result.message, "there has been no card yet"));
}

BOOST_AUTO_TEST_CASE(the_same_script_gives_the_same_story_byte_for_byte) {
    const auto cases = load_catalogue({}, "", {}, options());
    BOOST_REQUIRE(cases.has_value());
    BOOST_TEST(cases->size() >= 24U);
    for (const Scenario& scenario : *cases) {
        BOOST_TEST_CONTEXT(scenario.id) {
            EmbeddedWorld first_world;
            EmbeddedWorld second_world;
            const ScenarioResult first = run_scenario(scenario, first_world, {true});
            const ScenarioResult second = run_scenario(scenario, second_world, {true});
            BOOST_TEST((first.verdict == Verdict::passed || first.verdict == Verdict::not_applicable), first.message);
            BOOST_TEST((first.trace == second.trace));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_trace_has_a_column_for_each_application_the_reader_and_the_card) {
    const ScenarioResult result =
        run("  - alice: AttachByIFD\n"
            "  - bob: AttachByIFD\n",
            "dual_protocol", true);
    BOOST_TEST(has(result.trace, "seconds  alice                   bob                     reader"));
    BOOST_TEST(has(result.trace, "pps T1 (FF 01 FE)"));
    BOOST_TEST(has(result.trace, "set protocol T1: success"));
    BOOST_TEST(result.trace.find("pps T1") < result.trace.find("set protocol T1"));
    BOOST_TEST(result.trace.find("set protocol T1") < result.trace.find("-> S_OK T1"));
}

BOOST_AUTO_TEST_SUITE_END()
