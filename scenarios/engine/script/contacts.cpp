#include <algorithm>
#include <array>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/steps.h"

namespace scardlab::engine::script {
namespace {

constexpr std::uint32_t longest_command = 65'544;  // header, extended Lc and Le, 65,535 bytes of data

constexpr std::array saw_words{
    Word{"...", static_cast<std::uint32_t>(SawElement::Kind::anything)},
    Word{"inserted", static_cast<std::uint32_t>(SawElement::Kind::inserted)},
    Word{"removed", static_cast<std::uint32_t>(SawElement::Kind::removed)},
    Word{"cold_reset", static_cast<std::uint32_t>(SawElement::Kind::cold_reset)},
    Word{"warm_reset", static_cast<std::uint32_t>(SawElement::Kind::warm_reset)},
    Word{"atr", static_cast<std::uint32_t>(SawElement::Kind::atr)},
    Word{"deactivation", static_cast<std::uint32_t>(SawElement::Kind::deactivation)},
};

/// "pps T1", or "pps T1 95" with PPS1; false when it is neither.
bool read_pps(const Node& node, SawElement& element, Problems& problems) {
    constexpr std::size_t word = 6;
    const std::string_view text = node.text;
    const std::string_view start = text.substr(0, word);
    if ((start != "pps T0" && start != "pps T1") || (text.size() > word && text[word] != ' ')) {
        return false;
    }
    element.kind = SawElement::Kind::pps;
    element.t = start.back() == '1' ? 1 : 0;
    if (text.size() > word) {
        const auto rate = iso7816::parse_hex(text.substr(word));
        if (!rate || rate->size() != 1) {
            problems.found(node.place, node.described(), std::string(start) + ", or " + std::string(start) + " 95");
            return true;
        }
        element.pps1 = rate->front();
    }
    return true;
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
    if (node.is_scalar() && read_pps(node, element, problems)) {
        return element;
    }
    element.kind = SawElement::Kind::command;
    Node start = node;
    element.open_end = node.is_scalar() && node.text.ends_with("...");
    if (element.open_end) {
        start.text.resize(start.text.size() - 3);
        start.text.resize(start.text.find_last_not_of(' ') + 1);
    }
    const bool like_hex =
        !start.text.empty() && start.text.find_first_not_of("0123456789abcdefABCDEF ") == std::string::npos;
    if (like_hex) {
        element.bytes = read_hex(start, 1, longest_command, problems);
        return element;
    }
    if (!node.is_scalar() && !node.items.empty()) {
        element.text = node.inline_text();
        element.bytes = read_content(node, 1, longest_command, problems);
        return element;
    }
    std::vector<std::string> known = texts(saw_words);
    known.insert(known.end(), {"pps T0", "pps T1"});
    problems.found(node.place, node.described(), one_of(known) + ", or a command in hexadecimal",
                   nearest(node.text, known));
    return element;
}

}  // namespace

std::vector<SawElement> read_saw(const Node& node, Problems& problems) {
    std::vector<SawElement> elements;
    for (const Node& item : read_list(node, "a list of what the card saw", problems)) {
        elements.push_back(read_saw_element(item, problems));
    }
    return elements;
}

}  // namespace scardlab::engine::script
