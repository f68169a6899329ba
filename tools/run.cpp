// The verb "run": scenarios on a target.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "scenarios/engine/catalogue.h"
#include "scenarios/engine/embedded_world.h"
#include "scenarios/engine/junit.h"
#include "scenarios/engine/pcscd/namespaces.h"
#include "scenarios/engine/pcscd/pcscd_world.h"
#include "scenarios/engine/worker.h"
#include "tools/commands.h"
#include "tools/locations.h"

namespace scardlab::tools {

namespace {

namespace fs = std::filesystem;
using engine::ScenarioResult;
using engine::TargetKind;
using engine::Verdict;

struct RunOptions {
    std::vector<std::string> paths;
    std::string target = "embedded";
    std::string filter;
    std::string catalogue;
    std::string junit;
    std::string shard = "1/1";
    unsigned jobs = 1;
    bool list = false;
    bool trace = false;
    bool keep_going = false;
};

int complain(const std::string& message, int status) {
    std::fflush(stdout);  // what was said before comes before
    std::fprintf(stderr, "scardlab run: %s\n", message.c_str());
    return status;
}

std::optional<engine::Shard> parse_shard(const std::string& text) {
    engine::Shard shard;
    char after = 0;
    const int read = std::sscanf(text.c_str(), "%u/%u%c", &shard.index, &shard.count, &after);
    const bool sensible = read == 2 && shard.index >= 1 && shard.index <= shard.count;
    return sensible ? std::optional(shard) : std::nullopt;
}

/// The private daemon's world, made in a worker process that enters its namespaces first.
engine::WorldMaker pcscd_maker(TargetKind kind, const std::string& program) {
    return [kind, program]() -> engine::WorldResult<std::unique_ptr<engine::World>> {
        const auto lacks = [](std::string message) {
            return tl::make_unexpected(engine::WorldError{std::move(message)});
        };
        engine::PcscdWorld::Options options;
        options.kind = kind;
        options.program = program;
        const auto pcscd = find_pcscd();
        const auto driver = find_vpcd_driver();
        const auto bridge = find_bridge();
        if (!pcscd) {
            return lacks("pcscd is not installed; install Debian's package pcscd");
        }
        if (!driver) {
            return lacks("vpcd's driver libifdvpcd.so is not installed; install Debian's package vsmartcard-vpcd");
        }
        if (kind == TargetKind::pcscd && !bridge) {
            return lacks("libscardlab_bridge.so is not beside this program; build the target scardlab_bridge");
        }
        options.pcscd = *pcscd;
        options.stock_driver = *driver;
        options.bridge_library = bridge.value_or("");
        if (!engine::in_private_namespaces()) {
            if (const auto entered = engine::enter_private_namespaces(); !entered) {
                return lacks(entered.error().message);
            }
        }
        auto world = engine::PcscdWorld::start(options);
        if (!world) {
            return tl::make_unexpected(world.error());
        }
        return std::unique_ptr<engine::World>(std::move(*world));
    };
}

void print(const ScenarioResult& result) {
    const char* mark = result.verdict == Verdict::passed           ? "ok  "
                       : result.verdict == Verdict::not_applicable ? "n/a "
                                                                   : "FAIL";
    std::string line = fmt::format("{}  {}", mark, result.id);
    if (result.verdict == Verdict::not_applicable) {
        line += " (" + result.message + ")";
    }
    std::printf("%s\n", line.c_str());
    if (!result.trace.empty()) {
        std::printf("%s\n", result.trace.c_str());
    }
    if (result.verdict == Verdict::failed || result.verdict == Verdict::error) {
        std::printf("%s\n", result.message.c_str());
    }
    std::fflush(stdout);
}

/// "24 scenarios passed, 1 failed, 2 not applicable, 3 not run (0.09 s)"
std::string summary(const std::vector<ScenarioResult>& results, std::size_t cases, std::chrono::nanoseconds took) {
    std::size_t passed = 0;
    std::size_t failed_cases = 0;
    std::size_t not_applicable = 0;
    for (const ScenarioResult& result : results) {
        passed += result.verdict == Verdict::passed ? 1U : 0U;
        not_applicable += result.verdict == Verdict::not_applicable ? 1U : 0U;
        failed_cases += result.verdict == Verdict::failed || result.verdict == Verdict::error ? 1U : 0U;
    }
    std::string text = fmt::format("{} scenario{} passed", passed, passed == 1 ? "" : "s");
    if (failed_cases > 0) {
        text += fmt::format(", {} failed", failed_cases);
    }
    if (not_applicable > 0) {
        text += fmt::format(", {} not applicable", not_applicable);
    }
    if (results.size() < cases) {
        text += fmt::format(", {} not run", cases - results.size());
    }
    return text + fmt::format(" ({:.2f} s)", std::chrono::duration<double>(took).count());
}

int run_cases(const std::vector<engine::Scenario>& cases, TargetKind target, const RunOptions& options) {
    engine::RunPlan plan;
    plan.runner.trace = options.trace;
    plan.jobs = options.jobs;
    plan.keep_going = options.keep_going;
    plan.processes = target != TargetKind::embedded;
    if (target == TargetKind::embedded) {
        plan.make_world = []() -> engine::WorldResult<std::unique_ptr<engine::World>> {
            return std::make_unique<engine::EmbeddedWorld>();
        };
    } else {
        plan.make_world = pcscd_maker(target, (program_folder() / "scardlab").native());
    }
    plan.target = target;
    const auto start = std::chrono::steady_clock::now();
    const auto outcome = engine::run_all(cases, plan, print);
    const std::vector<ScenarioResult>& results = outcome ? *outcome : outcome.error().finished;
    if (outcome || !results.empty()) {
        std::printf("%s\n", summary(results, cases.size(), std::chrono::steady_clock::now() - start).c_str());
    }
    if (!options.junit.empty()) {
        if (const auto written = engine::write_junit(options.junit, results); !written) {
            return complain("cannot write " + options.junit + ": " + written.error().message(), environment_lacks);
        }
    }
    if (!outcome) {
        return complain(outcome.error().message, environment_lacks);
    }
    for (const ScenarioResult& result : results) {
        if (result.verdict == Verdict::failed || result.verdict == Verdict::error) {
            return failed;
        }
    }
    return held;
}

/// Whether a file can be made there, before minutes are spent on what goes into it.
bool can_be_written(const std::string& file) {
    const fs::path folder = fs::path(file).parent_path();
    return ::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) == 0;
}

int run(const RunOptions& options) {
    const auto target = engine::target_named(options.target);
    if (!target) {
        return complain("--target: found '" + options.target + "'; expected embedded, pcscd or vpcd", wrong_usage);
    }
    const auto shard = parse_shard(options.shard);
    if (!shard) {
        return complain("--shard: found '" + options.shard + "'; expected I/N with 1 <= I <= N", wrong_usage);
    }
    if (!options.junit.empty() && !can_be_written(options.junit)) {
        return complain("--junit: cannot write to the folder of '" + options.junit + "': " + std::strerror(errno),
                        wrong_usage);
    }
    const auto catalogue = find_catalogue(options.catalogue);
    if (!catalogue) {
        return complain(catalogue.error(), environment_lacks);
    }
    const std::vector<fs::path> paths(options.paths.begin(), options.paths.end());
    const auto cases = engine::load_catalogue(paths, options.filter, *shard, {*catalogue, cards_folder(*catalogue)});
    if (!cases) {
        for (const engine::ScriptError& error : cases.error()) {
            std::fprintf(stderr, "%s\n", error.text().c_str());
        }
        return wrong_usage;
    }
    if (cases->empty() && shard->count == 1) {
        return complain(options.filter.empty() ? "no scenario there" : "no scenario fits --filter " + options.filter,
                        wrong_usage);
    }
    if (options.list) {
        for (const engine::Scenario& scenario : *cases) {
            const bool here = scenario.runs_on(*target);
            std::printf("%s  %s%s\n", scenario.id.c_str(), scenario.title.c_str(),
                        here ? "" : fmt::format(" (not applicable: {})", scenario.because).c_str());
        }
        return held;
    }
    return run_cases(*cases, *target, options);
}

}  // namespace

void add_run(CLI::App& app, int& status) {
    const auto options = std::make_shared<RunOptions>();
    CLI::App* verb = app.add_subcommand("run", "Run scenarios (the whole catalogue, unless paths are given)");
    verb->add_option("PATH", options->paths, "Scenario files or folders");
    verb->add_option("--target", options->target, "embedded, pcscd (with our bridge) or vpcd (the stock driver alone)")
        ->capture_default_str();
    verb->add_option("--filter", options->filter, "Only scenarios whose id fits this glob, or contains this text");
    verb->add_option("--catalogue", options->catalogue, "Folder of scenarios (default: the installed one)");
    verb->add_option("--jobs", options->jobs, "Cases at a time")->check(CLI::Range(1U, 64U))->capture_default_str();
    verb->add_option("--shard", options->shard, "Only part I of N of the cases: I/N")->capture_default_str();
    verb->add_option("--junit", options->junit, "Write the results to this JUnit file");
    verb->add_flag("--list", options->list, "Only list the scenarios");
    verb->add_flag("--trace", options->trace, "Print each scenario as a time line");
    verb->add_flag("--keep-going", options->keep_going, "Go on after a scenario that failed");
    verb->footer("Example:\n  scardlab run --target pcscd --filter 'reset/*' --trace");
    verb->callback([options, &status] { status = run(*options); });
}

}  // namespace scardlab::tools
