#include <algorithm>
#include <map>
#include <utility>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/file.h"
#include "scenarios/engine/script/for_each.h"
#include "scenarios/engine/script/read.h"
#include "scenarios/engine/script/steps.h"

namespace scardlab::engine {
namespace {

using script::Fields;
using script::Node;
using script::Problems;

constexpr std::string_view empty_reader = "none";

/// The map of a whole scenario.
Fields fields_of(const Node& root, Problems& problems) {
    return {root,
            "a scenario",
            {"scenario", "proves", "card", "reader", "steps", "for_each", "targets", "because"},
            problems};
}

/// The path below the catalogue without extension; the path as given for a file elsewhere.
std::string id_of(const std::string& file, const LoaderOptions& options) {
    std::filesystem::path path = std::filesystem::path(file).lexically_normal();
    const std::filesystem::path below = path.lexically_relative(options.catalogue.lexically_normal());
    if (!options.catalogue.empty() && !below.empty() && *below.begin() != "..") {
        path = below;
    }
    return path.replace_extension().generic_string();
}

/// Card profiles that this file has named so far.
class Profiles {
  public:
    Profiles(const LoaderOptions& options, Problems& problems) : options_(options), problems_(problems) {}

    std::optional<icc::Profile> get(const Node& name) {
        const std::string text = script::read_text(name, "the name of a card profile", problems_);
        if (problems_.any()) {
            return std::nullopt;
        }
        if (const auto known = profiles_.find(text); known != profiles_.end()) {
            return known->second;
        }
        auto profile = load_profile(text, options_, name.place);
        if (!profile) {
            problems_.report(profile.error());
            return std::nullopt;
        }
        return profiles_.emplace(text, *std::move(profile)).first->second;
    }

  private:
    const LoaderOptions& options_;
    Problems& problems_;
    std::map<std::string, icc::Profile> profiles_;
};

bool is_rule(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

std::vector<std::string> read_proves(const Node& node, Problems& problems) {
    std::vector<std::string> rules;
    for (const Node& rule : script::read_list(node, "a list of rule ids", problems)) {
        if (!rule.is_scalar() || !is_rule(rule.text)) {
            problems.found(rule.place, rule.described(), "a rule id such as E1");
        }
        if (std::find(rules.begin(), rules.end(), rule.text) != rules.end()) {
            problems.found(rule.place, "rule " + script::in_quotes(rule.text) + " twice", "each rule once");
        }
        rules.push_back(rule.text);
    }
    return rules;
}

void read_targets(const Fields& fields, Scenario& scenario, Problems& problems) {
    const Node* const targets = fields.find("targets");
    const Node* const because = fields.find("because");
    if (targets == nullptr) {
        if (because != nullptr) {
            problems.found(because->place, "because without targets", "targets: [...], or no because");
        }
        return;
    }
    std::vector<std::string> known;
    for (const TargetKind target : scenario.targets) {
        known.emplace_back(name(target));
    }
    scenario.targets.clear();
    for (const Node& item : script::read_list(*targets, "a list of targets", problems)) {
        const auto target = item.is_scalar() ? target_named(item.text) : std::nullopt;
        if (!target) {
            problems.found(item.place, item.described(), script::one_of(known), nearest(item.text, known));
            return;
        }
        if (scenario.runs_on(*target)) {
            problems.found(item.place, "target " + script::in_quotes(item.text) + " twice", "each target once");
        }
        scenario.targets.push_back(*target);
    }
    if (because == nullptr) {
        problems.found(targets->place, "targets without because", "because: why the other targets are left out");
        return;
    }
    scenario.because = script::read_text(*because, "why the other targets are left out", problems);
}

Scenario read_scenario(const Node& root, Profiles& profiles, Problems& problems) {
    Scenario scenario;
    scenario.file = root.place.file;
    const Fields fields = fields_of(root, problems);
    if (const Node* const title = fields.require("scenario", "one sentence that says what is shown")) {
        scenario.title = script::read_text(*title, "one sentence that says what is shown", problems);
    }
    if (const Node* const proves = fields.require("proves", "a list of rule ids")) {
        scenario.proves = read_proves(*proves, problems);
    }
    read_targets(fields, scenario, problems);
    if (const Node* const card = fields.require("card", "a card profile, or none for an empty reader")) {
        if (!card->is_scalar() || card->text != empty_reader) {
            scenario.card_name = card->text;
            scenario.card = profiles.get(*card);
        }
    }
    if (const Node* const reader = fields.find("reader")) {
        scenario.reader = script::read_reader(*reader, problems);
    }
    const Node* const steps = fields.require("steps", "a list of steps");
    if (steps != nullptr && !problems.any()) {
        scenario.steps = script::read_steps(
            *steps, scenario.targets, scenario.card.has_value(), [&](const Node& name) { return profiles.get(name); },
            problems);
    }
    return scenario;
}

}  // namespace

tl::expected<std::vector<Scenario>, ScriptError> parse_scenario(std::string_view text, const std::string& file,
                                                                const LoaderOptions& options) {
    Problems problems;
    Profiles profiles(options, problems);
    std::vector<Scenario> scenarios;
    if (const auto root = script::read_yaml(text, file, problems)) {
        fields_of(*root, problems);
        for (const script::Case& each : script::read_cases(*root, problems)) {
            scenarios.push_back(read_scenario(each.root, profiles, problems));
            scenarios.back().id = id_of(file, options) + each.id_suffix;
            if (problems.any()) {
                break;
            }
        }
    }
    if (problems.first()) {
        return tl::unexpected(*problems.first());
    }
    return scenarios;
}

tl::expected<std::vector<Scenario>, ScriptError> load_scenario(const std::filesystem::path& file,
                                                               const LoaderOptions& options) {
    const auto text = script::read_file(file);
    if (!text) {
        return tl::unexpected(ScriptError{
            {file.string(), 1, 1}, "found no readable file (" + text.error().message() + "); expected a scenario"});
    }
    return parse_scenario(*text, file.string(), options);
}

}  // namespace scardlab::engine
