#include "scenarios/engine/call_json.h"

#include <nlohmann/json.hpp>

namespace scardlab::engine {

namespace {

namespace rm = resource_manager;
using nlohmann::json;

/// Visits every argument with its key: once to write it, once to read it.
template <class ArgumentsType, class Visitor>
void visit_arguments(ArgumentsType& arguments, Visitor visit) {
    visit("reader", arguments.reader);
    visit("handle", arguments.handle_of);
    visit("foreign_handle", arguments.foreign_handle);
    visit("share", arguments.share);
    visit("protocols", arguments.protocols);
    visit("initialization", arguments.initialization);
    visit("disposition", arguments.disposition);
    visit("pci", arguments.pci);
    visit("apdu", arguments.apdu);
    visit("input", arguments.input);
    visit("control_code", arguments.control_code);
    visit("attribute", arguments.attribute);
    visit("receive_limit", arguments.receive_limit);
    visit("current_state", arguments.current_state);
    visit("remembered", arguments.remembered);
    visit("timeout", arguments.timeout);
    visit("bound", arguments.bound);
    visit("name", arguments.name);
    visit("guid", arguments.guid);
    visit("path", arguments.path);
    visit("type", arguments.type);
    visit("file_type", arguments.file_type);
    visit("as", arguments.as);
    visit("file", arguments.file);
    visit("from", arguments.from);
    visit("offset", arguments.offset);
    visit("count", arguments.count);
    visit("flags", arguments.flags);
    visit("data", arguments.data);
    visit("tlvs", arguments.tlvs);
    visit("code", arguments.code);
    visit("old_code", arguments.old_code);
    visit("new_code", arguments.new_code);
    visit("reference", arguments.reference);
    visit("algorithm", arguments.algorithm);
    visit("key", arguments.key);
    visit("length", arguments.length);
    visit("events", arguments.events);
}

template <class T>
json plain(const T& value) {
    if constexpr (std::is_enum_v<T>) {
        return static_cast<std::uint32_t>(value);
    } else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
        return value.count();
    } else {
        return value;
    }
}

template <class T>
T from_plain(const json& value) {
    if constexpr (std::is_enum_v<T>) {
        return static_cast<T>(value.get<std::uint32_t>());
    } else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
        return std::chrono::milliseconds(value.get<std::int64_t>());
    } else {
        return value.get<T>();
    }
}

}  // namespace

std::string to_json(const CallMessage& message) {
    json object{{"sequence", message.sequence}, {"method", name(message.method)}};
    visit_arguments(message.arguments, [&](const char* key, const auto& value) {
        if (value) {
            object[key] = plain(*value);
        }
    });
    return object.dump();
}

std::optional<CallMessage> call_from_json(const std::string& text) {
    try {
        const json object = json::parse(text);
        CallMessage message;
        message.sequence = object.at("sequence").get<std::uint64_t>();
        const auto method = method_named(object.at("method").get<std::string>());
        if (!method) {
            return std::nullopt;
        }
        message.method = *method;
        visit_arguments(message.arguments, [&](const char* key, auto& value) {
            if (const auto found = object.find(key); found != object.end()) {
                value = from_plain<typename std::decay_t<decltype(value)>::value_type>(*found);
            }
        });
        return message;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace scardlab::engine
