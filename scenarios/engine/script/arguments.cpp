#include <algorithm>
#include <utility>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/call.h"

namespace scardlab::engine::script {
namespace {

constexpr std::uint32_t any_number = 0xFFFF'FFFF;
constexpr std::size_t longest_apdu = 65'544;  // extended header, Lc, 65,535 bytes, Le, and one more to be wrong with

/// handle: of bob | own
std::string read_handle(const Node& node, Problems& problems) {
    if (node.is_scalar() && node.text == own_handle) {
        return node.text;
    }
    constexpr std::string_view of = "of ";
    if (!node.is_scalar() || !node.text.starts_with(of) || node.text.size() == of.size()) {
        problems.found(node.place, node.described(), "own, or of and the name of an application");
        return {};
    }
    return node.text.substr(of.size());
}

std::uint32_t read_current_state(const Node& node, Problems& problems) {
    return read_bits(node, watch_words(), problems);
}

void read_argument(const std::string& name, const Node& value, Arguments& arguments, Problems& problems) {
    using resource_manager::Disposition;
    if (name == "reader") {
        arguments.reader = read_text(value, "the name of a reader", problems);
    } else if (name == "handle") {
        arguments.handle_of = read_handle(value, problems);
    } else if (name == "share") {
        arguments.share = static_cast<resource_manager::ShareMode>(read_word_or_number(value, share_modes(), problems));
    } else if (name == "protocols") {
        arguments.protocols = read_protocols(value, problems);
    } else if (name == "initialization") {
        arguments.initialization = static_cast<Disposition>(read_word_or_number(value, dispositions(), problems));
    } else if (name == "disposition") {
        arguments.disposition = static_cast<Disposition>(read_word_or_number(value, dispositions(), problems));
    } else if (name == "pci") {
        arguments.pci = read_word_or_number(value, protocol_words(), problems);
    } else if (name == "apdu") {
        arguments.apdu = read_content(value, 1, longest_apdu, problems);
    } else if (name == "input") {
        arguments.input = read_content(value, 0, longest_apdu, problems);
    } else if (name == "control_code") {
        arguments.control_code = read_number(value, 0, any_number, problems);
    } else if (name == "attribute") {
        arguments.attribute = read_number(value, 0, any_number, problems);
    } else if (name == "receive_limit") {
        arguments.receive_limit = read_number(value, 0, any_number, problems);
    } else if (name == "current_state") {
        arguments.current_state = read_current_state(value, problems);
    } else if (name == "remembered") {
        arguments.remembered = read_bool(value, problems);
    } else if (name == "timeout") {
        arguments.timeout = read_duration(value, problems);
    }
}

}  // namespace

Arguments read_arguments(const Node* with, const MethodFacts& method, const Place& step, Problems& problems) {
    Arguments arguments;
    const std::string method_name(method.name);
    if (with != nullptr && method.takes.empty()) {
        problems.found(with->place, "arguments for " + method_name, "no with: it takes none");
        return arguments;
    }
    if (with != nullptr) {
        const std::vector<std::string> known(method.takes.begin(), method.takes.end());
        const Fields fields(*with, "the arguments of " + method_name, known, problems);
        for (std::size_t i = 0; i < with->keys.size() && !problems.any(); ++i) {
            read_argument(with->keys[i].text, with->items[i], arguments, problems);
        }
    }
    for (unsigned i = 0; i < method.needed; ++i) {
        const std::string name(method.takes[i]);
        if (with == nullptr || with->find(name) == nullptr) {
            problems.found(step, method_name + " without " + name, "with: {" + name + ": ...}");
        }
    }
    if (arguments.current_state && arguments.remembered.value_or(false)) {
        problems.found(with->place, "current_state and remembered: true", "one of them");
    }
    return arguments;
}

}  // namespace scardlab::engine::script
