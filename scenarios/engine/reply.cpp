#include "scenarios/engine/reply.h"

#include <nlohmann/json.hpp>

namespace scardlab::engine {

namespace {

namespace rm = resource_manager;
using nlohmann::json;

template <class T>
void put(json& object, const char* key, const std::optional<T>& value) {
    if (value) {
        object[key] = *value;
    }
}

template <class T>
void take(const json& object, const char* key, std::optional<T>& value) {
    if (const auto found = object.find(key); found != object.end()) {
        value = found->get<T>();
    }
}

}  // namespace

bool is_success(const Reply& reply) {
    return reply.code == "S_OK" || reply.code == "SCARD_S_SUCCESS";
}

std::string protocol_word(rm::Protocols protocol) {
    switch (protocol) {
        case rm::protocol_undefined:
            return "none";
        case rm::protocol_t0:
            return "T0";
        case rm::protocol_t1:
            return "T1";
        case rm::protocol_t0 | rm::protocol_t1:
            return "T0|T1";
        case rm::protocol_raw:
            return "RAW";
        default:
            return std::to_string(protocol);
    }
}

std::string describe(const Reply& reply) {
    std::string text = reply.code;
    if (reply.protocol) {
        text += " " + protocol_word(*reply.protocol);
    }
    if (reply.state) {
        for (const std::string& word : *reply.state) {
            text += " " + word;
        }
    }
    if (reply.response) {
        text += " " + iso7816::to_hex(*reply.response);
    }
    if (reply.readers) {
        for (const std::string& reader : *reply.readers) {
            text += " \"" + reader + "\"";
        }
    }
    if (reply.path) {
        text += " " + *reply.path;
    }
    for (const std::string& name : reply.list.value_or(std::vector<std::string>{})) {
        text += " " + name;
    }
    if (reply.event) {
        text += " " + *reply.event;
    }
    if (reply.count) {
        text += ", count " + std::to_string(*reply.count);
    }
    if (reply.tries) {
        text += ", tries " + std::to_string(*reply.tries);
    }
    return text;
}

std::string to_json(const Reply& reply) {
    json object{{"code", reply.code}, {"handles", reply.handles}, {"holds", reply.holds}};
    put(object, "handle", reply.handle);
    put(object, "response", reply.response);
    put(object, "protocol", reply.protocol);
    put(object, "state", reply.state);
    put(object, "atr", reply.atr);
    put(object, "event_count", reply.event_count);
    put(object, "readers", reply.readers);
    put(object, "count", reply.count);
    put(object, "path", reply.path);
    put(object, "list", reply.list);
    put(object, "event", reply.event);
    put(object, "tries", reply.tries);
    return object.dump();
}

std::optional<Reply> reply_from_json(const std::string& text) {
    try {
        const json object = json::parse(text);
        Reply reply;
        reply.code = object.at("code").get<std::string>();
        reply.handles = object.at("handles").get<unsigned>();
        reply.holds = object.at("holds").get<std::string>();
        take(object, "handle", reply.handle);
        take(object, "response", reply.response);
        take(object, "protocol", reply.protocol);
        take(object, "state", reply.state);
        take(object, "atr", reply.atr);
        take(object, "event_count", reply.event_count);
        take(object, "readers", reply.readers);
        take(object, "count", reply.count);
        take(object, "path", reply.path);
        take(object, "list", reply.list);
        take(object, "event", reply.event);
        take(object, "tries", reply.tries);
        return reply;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace scardlab::engine
