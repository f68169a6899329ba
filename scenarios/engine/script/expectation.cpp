#include <algorithm>
#include <cctype>
#include <utility>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/call.h"

namespace scardlab::engine::script {
namespace {

constexpr std::size_t longest_atr = 33;
constexpr std::size_t longest_data = 65'536;

std::string success_of(bool of_interface) {
    return of_interface ? "S_OK" : "SCARD_S_SUCCESS";
}

std::string nearest_code(const std::string& text, bool of_interface, bool or_word) {
    if (text == success_of(!of_interface)) {
        return success_of(of_interface);
    }
    for (const std::string& full : {"SCARD_" + text, "SCARD_E_" + text, "SCARD_W_" + text}) {
        if (is_code_name(full, of_interface)) {
            return full;
        }
    }
    std::vector<std::string> known = code_names(of_interface);
    if (or_word) {
        known.insert(known.end(), {"any", "blocks"});
    }
    return nearest(text, known);
}

std::string read_code(const Node& node, const MethodFacts& method, bool or_word, Problems& problems) {
    if (!node.is_scalar() || !is_code_name(node.text, method.of_interface)) {
        const std::string kind = method.of_interface ? "an HRESULT by name (S_OK, E_FAIL, SCARD_W_RESET_CARD, ...)"
                                                     : "a code by name (SCARD_S_SUCCESS, SCARD_W_RESET_CARD, ...)";
        problems.found(node.place, node.described(), kind + (or_word ? ", any, blocks or a map" : ""),
                       nearest_code(node.text, method.of_interface, or_word));
    }
    return node.text;
}

StatusWordPattern read_status_word(const Node& node, Problems& problems) {
    StatusWordPattern pattern{0, 0, {}};
    std::size_t digits = 0;
    bool wrong = !node.is_scalar();
    for (const char c : node.text) {
        if (c == ' ') {
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        const bool any_digit = c == 'x' || c == 'X';
        wrong = wrong || digits == 4 || (std::isxdigit(byte) == 0 && !any_digit);
        if (wrong) {
            break;
        }
        const int value = any_digit ? 0 : std::isdigit(byte) != 0 ? c - '0' : std::toupper(byte) - 'A' + 10;
        pattern.value = static_cast<std::uint16_t>(pattern.value << 4 | value);
        pattern.mask = static_cast<std::uint16_t>(pattern.mask << 4 | (any_digit ? 0 : 0xF));
        pattern.text += digits == 2 ? " " : "";
        pattern.text += any_digit ? 'x' : static_cast<char>(std::toupper(byte));
        ++digits;
    }
    if (wrong || digits != 4) {
        problems.found(node.place, node.described(), "four hexadecimal digits such as 90 00, x for any digit (63 Cx)");
    }
    return pattern;
}

/// Words of the bits that SCardStatus and SCardGetStatusChange tell; Status tells exactly one state.
std::vector<std::string> read_state(const Node& node, const MethodFacts& method, Problems& problems) {
    const Words words = method.method == Method::SCardGetStatusChange
                            ? watch_words().subspan(1)  // without unaware, no bit
                            : status_words();
    std::vector<std::string> state;
    if (!node.is_sequence()) {
        read_word(node, words, problems);
        return {node.text};
    }
    for (const Node& item : read_list(node, one_of(texts(words)) + ", or a list of them", problems)) {
        read_word(item, words, problems);
        state.push_back(item.text);
    }
    if (method.method == Method::Status && state.size() > 1) {
        problems.found(node.place, "several states of Status", "the one that it tells");
    }
    return state;
}

/// Names of files; there may be none.
std::vector<std::string> read_names(const Node& node, Problems& problems) {
    if (!node.is_sequence()) {
        problems.found(node.place, node.described(), "a list of names of files");
    }
    std::vector<std::string> names;
    for (const Node& item : node.items) {
        names.push_back(read_text(item, "the name of a file", problems));
    }
    return names;
}

void read_part(const std::string& name, const Node& value, const MethodFacts& method, Expectation& expectation,
               Problems& problems) {
    if (name == "code") {
        expectation.code = read_code(value, method, false, problems);
    } else if (name == "sw") {
        expectation.sw = read_status_word(value, problems);
    } else if (name == "data") {
        expectation.data = read_content(value, 0, longest_data, problems);
    } else if (name == "protocol") {
        expectation.protocol = read_protocols(value, problems);
    } else if (name == "state") {
        expectation.state = read_state(value, method, problems);
    } else if (name == "atr") {
        expectation.atr = read_hex(value, 0, longest_atr, problems);
    } else if (name == "count") {
        expectation.count = read_number(value, 0, 0xFFFF'FFFF, problems);
    } else if (name == "tlvs") {
        expectation.data = read_content(value, 0, longest_data, problems);
    } else if (name == "path") {
        expectation.path = read_text(value, "a path of identifiers such as 3F00/7F10", problems);
    } else if (name == "list") {
        expectation.list = read_names(value, problems);
    } else if (name == "event") {
        read_word(value, event_words(), problems);
        expectation.event = value.text;
    } else if (name == "tries") {
        expectation.tries = static_cast<std::uint8_t>(read_number(value, 0, 15, problems));
    }
}

/// All keys of the map are parts of an expectation, and the method tells them.
bool parts_fit(const Node& node, const MethodFacts& method, Problems& problems) {
    const std::vector<std::string> parts{"code",  "sw",   "data", "protocol", "state", "atr",
                                         "count", "path", "list", "tlvs",     "event", "tries"};
    const Fields known(node, "an expectation", parts, problems);
    std::vector<std::string> told{"code"};
    told.insert(told.end(), method.tells.begin(), method.tells.end());
    for (const Node& key : node.keys) {
        if (std::find(told.begin(), told.end(), key.text) == told.end()) {
            problems.found(key.place, key.text + " of " + std::string(method.name), one_of(told) + ": what it tells");
        }
    }
    return !problems.any();
}

/// A call that fails tells its code, and of the rest only what is left to be told.
void check_failing(const Node& node, const MethodFacts& method, Problems& problems) {
    const auto told = [&](const std::string& part) {
        return part == "code" ||
               std::find(method.tells_failing.begin(), method.tells_failing.end(), part) != method.tells_failing.end();
    };
    for (const Node& key : node.keys) {
        if (!told(key.text)) {
            problems.found(key.place, key.text + " with " + node.find("code")->text,
                           "one or the other: a call that fails tells nothing else");
        }
    }
}

}  // namespace

Expectation read_expectation(const Node& node, const MethodFacts& method, bool may_block, Problems& problems) {
    Expectation expectation;
    if (node.is_scalar() && node.text == "any") {
        expectation.any = true;
        return expectation;
    }
    if (node.is_scalar() && node.text == "blocks") {
        if (!may_block) {
            problems.found(node.place, "blocks for a call that comes back", "what it comes back with");
        }
        expectation.blocks = true;
        return expectation;
    }
    if (!node.is_map()) {
        expectation.code = read_code(node, method, true, problems);
        return expectation;
    }
    if (!parts_fit(node, method, problems)) {
        return expectation;
    }
    for (std::size_t i = 0; i < node.keys.size() && !problems.any(); ++i) {
        read_part(node.keys[i].text, node.items[i], method, expectation, problems);
    }
    if (expectation.code && *expectation.code != success_of(method.of_interface)) {
        check_failing(node, method, problems);
    }
    return expectation;
}

}  // namespace scardlab::engine::script
