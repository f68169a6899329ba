#pragma once

#include <chrono>
#include <string>

#include "scenarios/engine/scenario.h"
#include "scenarios/engine/trace.h"
#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// What became of a case.
enum class Verdict : std::uint8_t {
    passed,
    failed,          ///< an expectation was not met
    error,           ///< the target failed
    not_applicable,  ///< the scenario does not run on this target, and says why
};
/// "passed", "failed", "error", "not applicable".
std::string_view name(Verdict verdict);

/// What became of one case on one target.
struct ScenarioResult {
    std::string id;
    TargetKind target = TargetKind::embedded;
    Verdict verdict = Verdict::passed;
    std::string message;                   ///< why it failed, several lines, or why it is not applicable
    std::string trace;                     ///< the time line, if it was asked for
    std::chrono::nanoseconds duration{0};  ///< real time
};

/// What a run is to keep.
struct RunnerOptions {
    bool trace = false;  ///< the time line of each case
};

/// Runs one case on a world, step by step, until the first step that fails.
ScenarioResult run_scenario(const Scenario& scenario, World& world, const RunnerOptions& options);

}  // namespace scardlab::engine
