#include <algorithm>
#include <string_view>

#include "core/service_provider/interface_registry.h"
#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/call.h"

namespace scardlab::engine::script {
namespace {

constexpr std::uint32_t any_number = 0xFFFF'FFFF;
constexpr std::size_t longest_data = 65'536;
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

/// A name that the script gives: as of Open.
std::string read_name(const Node& node, Problems& problems) {
    if (!node.is_scalar() || !is_script_name(node.text)) {
        problems.found(node.place, node.described(), "a name of the script: a-z, then a-z, 0-9 and _");
    }
    return node.text;
}

std::string read_guid(const Node& node, Problems& problems) {
    if (!node.is_scalar() || !service_provider::Guid::parse(node.text)) {
        problems.found(node.place, node.described(), "a GUID such as 12345678-1234-1234-1234-123456789ABC");
    }
    return node.text;
}

/// A word or a number of an enumeration of one byte.
template <class Enum>
Enum read_enumerator(const Node& node, Words words, Problems& problems) {
    const std::uint32_t value = read_word_or_number(node, words, problems);
    if (value > 0xFF) {
        problems.found(node.place, node.described(), "a number up to 255");
    }
    return static_cast<Enum>(value);
}

std::int32_t read_offset(const Node& node, Problems& problems) {
    constexpr std::uint32_t most = 0x7FFF'FFFF;
    const bool backward = node.is_scalar() && node.text.starts_with('-');
    const auto number =
        node.is_scalar() ? number_in(std::string_view(node.text).substr(backward ? 1 : 0)) : std::nullopt;
    if (!number || *number > most) {
        problems.found(node.place, node.described(), "a number from -2147483647 to 2147483647");
        return 0;
    }
    const auto offset = static_cast<std::int32_t>(*number);
    return backward ? -offset : offset;
}

/// An argument of ISCardFileAccess. False: it is none.
bool read_file_argument(const std::string& name, const Node& value, Arguments& arguments, Problems& problems) {
    if (name == "path") {
        arguments.path = read_text(value, "a path of a file", problems);
    } else if (name == "type") {
        arguments.type = read_enumerator<service_provider::ReferenceType>(value, reference_types(), problems);
    } else if (name == "file_type") {
        arguments.file_type = read_enumerator<service_provider::FileType>(value, file_types(), problems);
    } else if (name == "as") {
        arguments.as = read_name(value, problems);
    } else if (name == "file") {
        arguments.file = read_name(value, problems);
    } else if (name == "from") {
        arguments.from = read_enumerator<service_provider::SeekFrom>(value, seek_origins(), problems);
    } else if (name == "offset") {
        arguments.offset = read_offset(value, problems);
    } else if (name == "count") {
        arguments.count = read_number(value, 0, any_number, problems);
    } else if (name == "data") {
        arguments.data = read_content(value, 0, longest_data, problems);
    } else if (name == "tlvs") {
        arguments.tlvs = read_content(value, 0, longest_data, problems);
    } else {
        return false;
    }
    return true;
}

/// Of ISCardVerify, ISCardAuth, events, CreateInterface, and of several interfaces. False: it is none.
bool read_interface_argument(const std::string& name, const Node& value, Method method, Arguments& arguments,
                             Problems& problems) {
    if (name == "code") {
        arguments.code = read_content(value, 0, longest_data, problems);
    } else if (name == "old_code") {
        arguments.old_code = read_content(value, 0, longest_data, problems);
    } else if (name == "new_code") {
        arguments.new_code = read_content(value, 0, longest_data, problems);
    } else if (name == "reference") {
        arguments.reference = static_cast<std::uint8_t>(read_number(value, 0, 0xFF, problems));
    } else if (name == "algorithm") {
        arguments.algorithm = read_enumerator<service_provider::AuthAlgorithm>(value, algorithms(), problems);
    } else if (name == "key") {
        arguments.key = read_content(value, 0, longest_data, problems);
    } else if (name == "length") {
        arguments.length = read_number(value, 0, any_number, problems);
    } else if (name == "flags") {
        arguments.flags = read_bits(value, flag_words(method), problems);
    } else if (name == "events") {
        arguments.events = read_bits(value, event_words(), problems);
    } else if (name == "name") {
        arguments.name = read_text(value, "the name of an interface", problems);
    } else if (name == "guid") {
        arguments.guid = read_guid(value, problems);
    } else if (name == "bound") {
        arguments.bound = read_duration(value, problems);
        if (arguments.bound->count() == 0) {
            problems.found(value.place, value.described(), "a duration that is not zero");
        }
    } else {
        return false;
    }
    return true;
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

bool is_script_name(std::string_view text) {
    return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && text != own_handle &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

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
            const std::string& name = with->keys[i].text;
            const Node& value = with->items[i];
            if (!read_file_argument(name, value, arguments, problems) &&
                !read_interface_argument(name, value, method.method, arguments, problems)) {
                read_argument(name, value, arguments, problems);
            }
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
