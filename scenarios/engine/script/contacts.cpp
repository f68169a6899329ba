#include <algorithm>
#include <array>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/steps.h"

namespace scardlab::engine::script {
namespace {

using Do = FaultPlan::Do;
using At = FaultPlan::At;

constexpr std::array do_words{Word{"remove", static_cast<std::uint32_t>(Do::remove)},
                              Word{"stay_mute", static_cast<std::uint32_t>(Do::stay_mute)},
                              Word{"refuse", static_cast<std::uint32_t>(Do::refuse)}};
constexpr std::array at_words{Word{"next_reset", static_cast<std::uint32_t>(At::next_reset)},
                              Word{"next_pps", static_cast<std::uint32_t>(At::next_pps)}};
constexpr std::uint32_t longest_atr = 33;
constexpr std::uint32_t most_commands = 65'535;
constexpr std::uint32_t longest_answer = 65'538;

constexpr std::array saw_words{
    Word{"...", static_cast<std::uint32_t>(SawElement::Kind::anything)},
    Word{"inserted", static_cast<std::uint32_t>(SawElement::Kind::inserted)},
    Word{"removed", static_cast<std::uint32_t>(SawElement::Kind::removed)},
    Word{"cold_reset", static_cast<std::uint32_t>(SawElement::Kind::cold_reset)},
    Word{"warm_reset", static_cast<std::uint32_t>(SawElement::Kind::warm_reset)},
    Word{"atr", static_cast<std::uint32_t>(SawElement::Kind::atr)},
    Word{"deactivation", static_cast<std::uint32_t>(SawElement::Kind::deactivation)},
};

/// at: {command: N, answer_character: N} or {atr_character: N}
void read_at(const Node& node, FaultPlan& plan, Problems& problems) {
    const Fields fields(node, "at", {"command", "answer_character", "atr_character"}, problems);
    const Node* const command = fields.find("command");
    const Node* const answer = fields.find("answer_character");
    const Node* const atr = fields.find("atr_character");
    if (atr != nullptr) {
        plan.at = At::next_atr;
        plan.character = read_number(*atr, 1, longest_atr, problems);
        if (command != nullptr || answer != nullptr) {
            problems.found(node.place, "atr_character with another moment", "one moment");
        }
        return;
    }
    plan.at = At::command;
    if (fields.require("command", "which command from now on, 1 is the next") != nullptr) {
        plan.number = read_number(*command, 1, most_commands, problems);
    }
    if (answer != nullptr) {
        plan.character = read_number(*answer, 1, longest_answer, problems);
    }
}

SawElement read_saw_element(const Node& node, Problems& problems) {
    SawElement element;
    element.text = node.text;
    const auto word = std::find_if(saw_words.begin(), saw_words.end(),
                                   [&](const Word& each) { return node.is_scalar() && each.text == node.text; });
    if (word != saw_words.end()) {
        element.kind = static_cast<SawElement::Kind>(word->value);
        return element;
    }
    if (node.text == "pps T0" || node.text == "pps T1") {
        element.kind = SawElement::Kind::pps;
        element.t = node.text.back() == '1' ? 1 : 0;
        return element;
    }
    element.kind = SawElement::Kind::command;
    const bool like_hex =
        !node.text.empty() && node.text.find_first_not_of("0123456789abcdefABCDEF ") == std::string::npos;
    if (like_hex) {
        element.bytes = read_hex(node, 1, longest_answer, problems);
        return element;
    }
    std::vector<std::string> known = texts(saw_words);
    known.insert(known.end(), {"pps T0", "pps T1"});
    problems.found(node.place, node.described(), one_of(known) + ", or a command in hexadecimal",
                   nearest(node.text, known));
    return element;
}

}  // namespace

FaultPlan read_plan(const Node& node, Problems& problems) {
    FaultPlan plan;
    const Fields fields(node, "a plan", {"at", "do"}, problems);
    const Node* const at = fields.require("at", "next_reset, next_pps or {command: N}");
    const Node* const what = fields.require("do", one_of(texts(do_words)));
    if (at == nullptr || what == nullptr) {
        return plan;
    }
    if (at->is_map()) {
        read_at(*at, plan, problems);
    } else if (at->is_scalar()) {
        plan.at = static_cast<At>(read_word(*at, at_words, problems));
    } else {
        problems.found(at->place, at->described(), "next_reset, next_pps, {command: N} or {atr_character: N}");
    }
    plan.what = static_cast<Do>(read_word(*what, do_words, problems));
    if (plan.what == Do::refuse && plan.at != At::next_pps) {
        problems.found(what->place, "refuse at a moment without PPS", "at: next_pps, or remove or stay_mute");
    }
    if (plan.what == Do::stay_mute && plan.at == At::next_pps) {
        problems.found(what->place, "stay_mute at next_pps", "refuse or remove there");
    }
    return plan;
}

std::vector<SawElement> read_saw(const Node& node, Problems& problems) {
    std::vector<SawElement> elements;
    for (const Node& item : read_list(node, "a list of what the card saw", problems)) {
        elements.push_back(read_saw_element(item, problems));
    }
    return elements;
}

}  // namespace scardlab::engine::script
