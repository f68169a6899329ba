#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/engine/line_channel.h"
#include "scenarios/engine/runner.h"
#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// Makes the target that a worker runs its cases on; called in the worker's process, again after the target has failed.
using WorldMaker = std::function<WorldResult<std::unique_ptr<World>>()>;

/// How a run is carried out.
struct RunPlan {
    WorldMaker make_world;
    TargetKind target = TargetKind::embedded;
    RunnerOptions runner;
    unsigned jobs = 1;
    bool processes = false;   ///< cases run in worker processes even when jobs is 1 (targets that need namespaces)
    bool keep_going = false;  ///< go on after a case that failed
};

/// The machine cannot run this target: one line that says why.
struct EnvironmentFailure {
    std::string message;
    std::vector<ScenarioResult> finished;  ///< what was run before that
};

/// Runs the cases; `report` is told each result in the order of `cases`. Answers all results, or why the target cannot
/// be had here. Must be called while the process has one thread. Worker processes end with this process, whatever
/// happens to it, and everything that they started with them.
tl::expected<std::vector<ScenarioResult>, EnvironmentFailure> run_all(
    const std::vector<Scenario>& cases, const RunPlan& plan, const std::function<void(const ScenarioResult&)>& report);

}  // namespace scardlab::engine
