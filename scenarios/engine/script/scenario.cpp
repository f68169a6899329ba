#include "scenarios/engine/scenario.h"

#include <algorithm>
#include <array>
#include <utility>

#include "scenarios/engine/script/words.h"

namespace scardlab::engine {
namespace {

constexpr std::array<std::pair<TargetKind, std::string_view>, 3> target_names{{
    {TargetKind::embedded, "embedded"},
    {TargetKind::pcscd, "pcscd"},
    {TargetKind::vpcd, "vpcd"},
}};

}  // namespace

std::string Place::text() const {
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string_view name(TargetKind target) {
    for (const auto& [kind, text] : target_names) {
        if (kind == target) {
            return text;
        }
    }
    return {};
}

std::optional<TargetKind> target_named(std::string_view name) {
    for (const auto& [kind, text] : target_names) {
        if (text == name) {
            return kind;
        }
    }
    return std::nullopt;
}

std::string_view name(Method method) {
    return script::facts(method).name;
}

std::optional<Method> method_named(std::string_view name) {
    for (const script::MethodFacts& facts : script::all_methods()) {
        if (facts.name == name) {
            return facts.method;
        }
    }
    return std::nullopt;
}

bool ends_a_wait(Method method) {
    return method == Method::SCardCancel || method == Method::CancelWait;
}

bool Scenario::runs_on(TargetKind target) const {
    return std::find(targets.begin(), targets.end(), target) != targets.end();
}

}  // namespace scardlab::engine
