#include "scenarios/engine/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "scenarios/engine/matcher.h"

namespace scardlab::engine {

namespace {

/// Why a scenario stops.
struct Stop {
    Verdict verdict;
    std::string message;
};
using StepResult = std::optional<Stop>;

Stop target_failed(const WorldError& error) {
    return {Verdict::error, error.message};
}

/// The run of one case: remembers who took part, what the cards saw, and which call each application is in.
class Run {
  public:
    Run(const Scenario& scenario, World& world, const RunnerOptions& options)
        : scenario_(scenario), world_(world), options_(options) {}

    ScenarioResult operator()();

  private:
    StepResult run_steps();
    StepResult run_step(const Step& step);
    StepResult run(const CallStep& call, const Step& step);
    StepResult run(const ResumesStep& resumes, const Step& step);
    StepResult run(const DiesStep& dies, const Step& step);
    StepResult run(const CardStep& card, const Step& step);
    StepResult run(const ReaderStep& reader, const Step& step);
    StepResult run(const ServiceStep& service, const Step& step);
    StepResult run(const PlanStep& plan, const Step& step);
    StepResult run(const ClockStep& clock, const Step& step);
    StepResult run(const CardSawStep& saw, const Step& step);

    StepResult all_plans_happened();
    StepResult judge(const Expectation& expected, const std::optional<Reply>& reply, const CallStep& call,
                     const Step& step);
    StepResult from(const WorldResult<void>& done) const;
    const Expectation& expectation(const Step& step) const;
    Stop fail(const Step& step, const std::string& expected, const std::string& got);
    void note(const std::string& column, std::string text);
    void collect_contacts();

    const Scenario& scenario_;
    World& world_;
    RunnerOptions options_;
    Trace trace_;
    std::vector<std::string> applications_;    ///< in the order in which they appeared
    std::map<std::string, CallStep> blocked_;  ///< the call that an application is in
    std::vector<SeenEvent> since_card_saw_;
    std::vector<std::string> last_contacts_;  ///< the last few, for messages
};

/// "Reconnect T0 reset": a call with what it says, in one line.
std::string describe(const CallStep& call) {
    constexpr std::array<const char*, 4> dispositions{"leave", "reset", "unpower", "eject"};
    constexpr std::array<const char*, 4> shares{"0", "exclusive", "shared", "direct"};
    const auto word = [](const auto& words, auto value) {
        const auto number = static_cast<std::uint32_t>(value);
        return number < words.size() ? std::string(words[number]) : std::to_string(number);
    };
    const Arguments& with = call.arguments;
    std::string text(name(call.method));
    const auto add = [&text](const std::string& part) { text += " " + part; };
    if (with.share) {
        add(word(shares, *with.share));
    }
    if (with.protocols) {
        add(protocol_word(*with.protocols));
    }
    if (with.initialization) {
        add(word(dispositions, *with.initialization));
    }
    if (with.disposition) {
        add(word(dispositions, *with.disposition));
    }
    for (const auto& bytes : {with.apdu, with.tlvs, with.data}) {
        if (bytes) {
            add(iso7816::to_hex(*bytes));
        }
    }
    for (const auto& named : {with.name, with.path, with.as, with.file}) {
        if (named) {
            add(*named);
        }
    }
    for (const auto& number : {with.count, with.length}) {
        if (number) {
            add(std::to_string(*number));
        }
    }
    return text;
}

bool has_apdu(Method method) {
    return method == Method::Transmit || method == Method::SCardTransmit;
}

ScenarioResult Run::operator()() {
    ScenarioResult result;
    result.id = scenario_.id;
    result.target = world_.kind();
    if (!scenario_.runs_on(world_.kind())) {
        result.verdict = Verdict::not_applicable;
        result.message = scenario_.because;
        return result;
    }
    const auto start = std::chrono::steady_clock::now();
    StepResult stop = from(world_.begin(scenario_.reader, scenario_.card, options_.trace ? &trace_ : nullptr));
    if (!stop) {
        collect_contacts();
        stop = run_steps();
    }
    const auto ended = world_.end();
    if (!ended) {  // whatever an application was told, the target is why
        stop = Stop{Verdict::error, ended.error().message + (stop ? "\n" + stop->message : "")};
    }
    if (stop) {
        result.verdict = stop->verdict;
        result.message = std::move(stop->message);
    }
    result.trace = options_.trace ? trace_.text() : "";
    result.duration = std::chrono::steady_clock::now() - start;
    return result;
}

StepResult Run::run_steps() {
    for (const Step& step : scenario_.steps) {
        StepResult stop = run_step(step);
        if (!stop) {
            stop = from(world_.settle());
        }
        if (stop) {
            if (stop->verdict == Verdict::error) {
                stop->message = fmt::format("{}: {}: {}", step.place.text(), step.text, stop->message);
            }
            return stop;
        }
        collect_contacts();
    }
    if (StepResult stop = all_plans_happened()) {
        return stop;
    }
    if (!blocked_.empty()) {
        const auto& [application, call] = *blocked_.begin();
        return Stop{Verdict::failed, fmt::format("{}: {} is still in {} at the end; expected a step \"{}: resumes\"",
                                                 scenario_.file, application, name(call.method), application)};
    }
    return std::nullopt;
}

/// Names the step of each plan that did not.
StepResult Run::all_plans_happened() {
    std::map<std::size_t, std::string> told;  // in the order of the steps
    const auto tell = [&](const std::vector<ifd::Fault>& faults, std::string_view why) {
        for (const ifd::Fault& fault : faults) {
            const Step& step = scenario_.steps.at(fault.label);
            told.insert_or_assign(fault.label, fmt::format("{}: {}: this planned fault has not happened by the end: {}",
                                                           step.place.text(), step.text, why));
        }
    };
    const PlansLeft left = world_.plans_left();
    tell(left.waiting, "its moment has not come");
    tell(left.missed, "its moment came and ended first");
    std::string message;
    for (const auto& [step, text] : told) {
        message += (message.empty() ? "" : "\n") + text;
    }
    return told.empty() ? std::nullopt : StepResult(Stop{Verdict::failed, message});
}

StepResult Run::run_step(const Step& step) {
    return std::visit([&](const auto& what) { return run(what, step); }, step.what);
}

const Expectation& Run::expectation(const Step& step) const {
    const auto own = step.on.find(world_.kind());
    return own == step.on.end() ? step.expect : own->second;
}

StepResult Run::from(const WorldResult<void>& done) const {
    return done ? std::nullopt : StepResult(target_failed(done.error()));
}

void Run::note(const std::string& column, std::string text) {
    if (options_.trace) {
        trace_.next_phase();
        trace_.add(world_.elapsed(), column, std::move(text));
        trace_.next_phase();
    }
}

void Run::collect_contacts() {
    for (SeenEvent& event : world_.take_contacts()) {
        if (options_.trace) {
            trace_.add(event.at, "card", event.text);
        }
        last_contacts_.push_back(event.text);
        since_card_saw_.push_back(std::move(event));
    }
    constexpr std::size_t kept = 12;
    if (last_contacts_.size() > kept) {
        last_contacts_.erase(last_contacts_.begin(), last_contacts_.end() - kept);
    }
}

Stop Run::fail(const Step& step, const std::string& expected, const std::string& got) {
    collect_contacts();
    std::string message =
        fmt::format("{}: {}\n  expected  {}\n  got       {}\n", step.place.text(), step.text, expected, got);
    for (const std::string& application : applications_) {
        message += fmt::format("  {} holds {}\n", application, world_.holds(application));
    }
    message += "  last at the contacts:";
    for (const std::string& contact : last_contacts_) {
        message += "\n    " + contact;
    }
    return {Verdict::failed, message};
}

StepResult Run::judge(const Expectation& expected, const std::optional<Reply>& reply, const CallStep& call,
                      const Step& step) {
    const bool apdu = has_apdu(call.method);
    collect_contacts();
    if (!reply) {
        if (expected.blocks) {
            note(call.application, "... blocks");
            blocked_.insert_or_assign(call.application, call);
            return std::nullopt;
        }
        return fail(step, describe(expected, apdu), fmt::format("no answer within {} ms", step.within.count()));
    }
    note(call.application, "-> " + describe(*reply));
    if (expected.blocks) {
        return fail(step, "the call blocks", describe(*reply));
    }
    if (const auto wrong = mismatch(expected, *reply, apdu, world_.first_event_count())) {
        return fail(step, wrong->expected, wrong->got);
    }
    return std::nullopt;
}

StepResult Run::run(const CallStep& call, const Step& step) {
    if (std::find(applications_.begin(), applications_.end(), call.application) == applications_.end()) {
        applications_.push_back(call.application);
    }
    const Expectation& expected = expectation(step);
    note(call.application, describe(call));
    const auto reply = world_.call(call.application, call.method, call.arguments,
                                   expected.blocks ? world_.blocked_after() : step.within);
    return reply ? judge(expected, *reply, call, step) : StepResult(target_failed(reply.error()));
}

StepResult Run::run(const ResumesStep& resumes, const Step& step) {
    const auto blocked = blocked_.find(resumes.application);
    if (blocked == blocked_.end()) {
        return fail(step, resumes.application + " is in a call", "it is in none");
    }
    const CallStep call = blocked->second;
    blocked_.erase(blocked);
    const auto reply = world_.await_reply(resumes.application, step.within);
    return reply ? judge(expectation(step), *reply, call, step) : StepResult(target_failed(reply.error()));
}

StepResult Run::run(const DiesStep& dies, const Step&) {
    note(dies.application, "dies");
    blocked_.erase(dies.application);
    std::erase(applications_, dies.application);
    return from(world_.kill(dies.application));
}

StepResult Run::run(const CardStep& card, const Step&) {
    switch (card.action) {
        case CardStep::Action::insert:
            return from(world_.insert(card.profile));
        case CardStep::Action::remove:
            return from(world_.remove());
        case CardStep::Action::swap:
            return from(world_.swap(*card.profile));
        case CardStep::Action::mute:
        case CardStep::Action::unmute:
            break;
    }
    const bool mute = card.action == CardStep::Action::mute;
    note("card", mute ? "falls silent" : "can talk again");
    return from(world_.set_mute(mute));
}

StepResult Run::run(const ReaderStep& reader, const Step&) {
    return from(world_.move_reader(reader));
}

StepResult Run::run(const ServiceStep& service, const Step& step) {
    note("service", step.text);
    return from(world_.move_service(service.action));
}

StepResult Run::run(const PlanStep& plan, const Step& step) {
    ifd::Fault fault = plan.fault;
    fault.label = static_cast<std::size_t>(&step - scenario_.steps.data());
    return from(world_.plan(fault));
}

StepResult Run::run(const ClockStep& clock, const Step&) {
    return from(world_.advance(clock.advance));
}

StepResult Run::run(const CardSawStep& saw, const Step& step) {
    const std::vector<SeenEvent> seen = std::exchange(since_card_saw_, {});
    if (const auto wrong = mismatch(saw.elements, seen)) {
        return fail(step, wrong->expected, wrong->got);
    }
    return std::nullopt;
}

}  // namespace

std::string_view name(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return "passed";
        case Verdict::failed:
            return "failed";
        case Verdict::error:
            return "error";
        case Verdict::not_applicable:
            return "not applicable";
    }
    return "";
}

ScenarioResult run_scenario(const Scenario& scenario, World& world, const RunnerOptions& options) {
    return Run(scenario, world, options)();
}

}  // namespace scardlab::engine
