#include "scenarios/engine/matcher.h"

#include <algorithm>
#include <set>

namespace scardlab::engine {

namespace {

using iso7816::ByteView;

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

/// Collects what differs, part by part.
class Comparison {
  public:
    void differ(const std::string& expected, const std::string& got) {
        expected_ += (expected_.empty() ? "" : ", ") + expected;
        got_ += (got_.empty() ? "" : ", ") + got;
    }
    std::optional<Mismatch> result() const {
        return expected_.empty() ? std::nullopt : std::optional(Mismatch{expected_, got_});
    }

  private:
    std::string expected_;
    std::string got_;
};

bool expects_success(const Expectation& expected) {
    return !expected.code || *expected.code == "S_OK" || *expected.code == "SCARD_S_SUCCESS";
}

bool same_code(const Expectation& expected, const Reply& got) {
    return expects_success(expected) ? is_success(got) : *expected.code == got.code;
}

/// The status word that a step expects, if any: an explicit one, or 90 00 for a successful APDU.
std::optional<StatusWordPattern> expected_sw(const Expectation& expected, bool has_apdu) {
    if (expected.sw || !has_apdu) {
        return expected.sw;
    }
    return StatusWordPattern{0x9000, 0xFFFF, "90 00"};
}

void compare_response(const Expectation& expected, const Reply& got, bool has_apdu, Comparison& comparison) {
    const auto sw = expected_sw(expected, has_apdu);
    if (!sw && !expected.data) {
        return;
    }
    const iso7816::Bytes response = got.response.value_or(iso7816::Bytes{});
    const bool apdu = has_apdu && response.size() >= 2;
    const ByteView data = apdu ? ByteView(response).first(response.size() - 2) : ByteView(response);
    if (sw) {
        const bool right = apdu && (((response[response.size() - 2] << 8 | response.back()) & sw->mask) == sw->value);
        if (!right) {
            comparison.differ("sw " + sw->text,
                              apdu ? "sw " + iso7816::to_hex(ByteView(response).last(2)) : "no status word");
        }
    }
    if (expected.data && !std::equal(data.begin(), data.end(), expected.data->begin(), expected.data->end())) {
        comparison.differ("data " + iso7816::to_hex(*expected.data), "data " + iso7816::to_hex(data));
    }
}

/// Parts that are the same or not, in words.
void compare_text(const char* what, const std::optional<std::string>& expected, const std::optional<std::string>& got,
                  Comparison& comparison) {
    if (expected && got != expected) {
        comparison.differ(what + (" " + *expected), got ? what + (" " + *got) : "no " + std::string(what));
    }
}

/// `first_event_count` is what reader events count from.
std::optional<std::int64_t> count_of(const Reply& got, std::uint16_t first_event_count) {
    if (got.count) {
        return *got.count;
    }
    return got.event_count
               ? std::optional<std::int64_t>(static_cast<std::uint16_t>(*got.event_count - first_event_count))
               : std::nullopt;
}

void compare_of_interfaces(const Expectation& expected, const Reply& got, Comparison& comparison) {
    compare_text("path", expected.path, got.path, comparison);
    compare_text("event", expected.event, got.event, comparison);
    if (expected.list) {
        std::vector<std::string> names = got.list.value_or(std::vector<std::string>{});
        if (!std::is_permutation(names.begin(), names.end(), expected.list->begin(), expected.list->end())) {
            comparison.differ("list " + join(*expected.list), "list " + join(names));
        }
    }
    if (expected.tries && got.tries != static_cast<int>(*expected.tries)) {
        comparison.differ("tries " + std::to_string(*expected.tries),
                          got.tries ? "tries " + std::to_string(*got.tries) : "no tries");
    }
}

void compare_state(const Expectation& expected, const Reply& got, Comparison& comparison) {
    if (!expected.state) {
        return;
    }
    const std::vector<std::string> words = got.state.value_or(std::vector<std::string>{});
    const std::set<std::string> wanted(expected.state->begin(), expected.state->end());
    if (wanted != std::set<std::string>(words.begin(), words.end())) {
        comparison.differ("state " + join(*expected.state), "state " + join(words));
    }
}

}  // namespace

std::string describe(const Expectation& expected, bool has_apdu) {
    if (expected.any) {
        return "any answer";
    }
    if (expected.blocks) {
        return "the call blocks";
    }
    std::string text = expected.code.value_or("success");
    if (expects_success(expected)) {
        if (const auto sw = expected_sw(expected, has_apdu)) {
            text += ", sw " + sw->text;
        }
    }
    if (expected.data) {
        text += ", data " + iso7816::to_hex(*expected.data);
    }
    if (expected.protocol) {
        text += ", protocol " + protocol_word(*expected.protocol);
    }
    if (expected.state) {
        text += ", state " + join(*expected.state);
    }
    if (expected.atr) {
        text += ", atr " + iso7816::to_hex(*expected.atr);
    }
    if (expected.count) {
        text += ", count " + std::to_string(*expected.count);
    }
    if (expected.path) {
        text += ", path " + *expected.path;
    }
    if (expected.list) {
        text += ", list " + join(*expected.list);
    }
    if (expected.event) {
        text += ", event " + *expected.event;
    }
    if (expected.tries) {
        text += ", tries " + std::to_string(*expected.tries);
    }
    return text;
}

std::optional<Mismatch> mismatch(const Expectation& expected, const Reply& got, bool has_apdu,
                                 std::uint16_t first_event_count) {
    if (expected.any) {
        return std::nullopt;
    }
    if (!same_code(expected, got)) {
        return Mismatch{describe(expected, has_apdu), describe(got)};
    }
    Comparison comparison;
    compare_response(expected, got, has_apdu && is_success(got), comparison);
    if (expected.protocol && got.protocol != expected.protocol) {
        comparison.differ("protocol " + protocol_word(*expected.protocol),
                          got.protocol ? "protocol " + protocol_word(*got.protocol) : "no protocol");
    }
    compare_state(expected, got, comparison);
    compare_of_interfaces(expected, got, comparison);
    if (expected.atr && got.atr != expected.atr) {
        comparison.differ("atr " + iso7816::to_hex(*expected.atr),
                          got.atr ? "atr " + iso7816::to_hex(*got.atr) : "no atr");
    }
    if (expected.count) {
        const auto counted = count_of(got, first_event_count);
        if (counted != expected.count) {
            comparison.differ("count " + std::to_string(*expected.count),
                              counted ? "count " + std::to_string(*counted) : "no count");
        }
    }
    return comparison.result();
}

namespace {

using Kind = SawElement::Kind;

std::optional<Kind> kind_of(icc::ContactEvent event) {
    switch (event) {
        case icc::ContactEvent::inserted:
            return Kind::inserted;
        case icc::ContactEvent::removed:
            return Kind::removed;
        case icc::ContactEvent::cold_reset:
            return Kind::cold_reset;
        case icc::ContactEvent::warm_reset:
            return Kind::warm_reset;
        case icc::ContactEvent::atr:
            return Kind::atr;
        case icc::ContactEvent::deactivation:
            return Kind::deactivation;
        case icc::ContactEvent::pps_request:
            return Kind::pps;
        case icc::ContactEvent::command:
            return Kind::command;
        case icc::ContactEvent::pps_response:
        case icc::ContactEvent::response:
        case icc::ContactEvent::s_block:
            break;
    }
    return std::nullopt;
}

constexpr std::uint8_t default_rate = 0x11;  // what a PPS request without PPS1 asks for, Fi = 372 and Di = 1

/// PPS1 of a PPS request, announced by bit 5 of PPS0.
std::optional<std::uint8_t> pps1_of(ByteView request) {
    constexpr std::uint8_t has_pps1 = 0x10;
    return request.size() >= 3 && (request[1] & has_pps1) != 0 ? std::optional(request[2]) : std::nullopt;
}

bool matches(const SawElement& element, const SeenEvent& event) {
    if (kind_of(event.event) != element.kind) {
        return false;
    }
    if (element.kind == Kind::pps) {
        return event.bytes.size() >= 2 && (event.bytes[1] & 0x0F) == element.t &&
               (!element.pps1 || pps1_of(event.bytes).value_or(default_rate) == *element.pps1);
    }
    if (element.open_end) {
        return event.bytes.size() >= element.bytes.size() &&
               std::equal(element.bytes.begin(), element.bytes.end(), event.bytes.begin());
    }
    return element.kind != Kind::command || event.bytes == element.bytes;
}

/// As a pattern with stars. Only the last star needs to be tried again, so the work is at most elements x events.
bool matches_all(const std::vector<SawElement>& elements, const std::vector<SeenEvent>& events) {
    std::size_t e = 0;
    std::size_t g = 0;
    std::optional<std::size_t> star;  // the last "..." met
    std::size_t star_ends = 0;        // what it stands for ends before this event
    while (g < events.size()) {
        if (e < elements.size() && elements[e].kind == Kind::anything) {
            star = e++;
            star_ends = g;
        } else if (e < elements.size() && matches(elements[e], events[g])) {
            ++e;
            ++g;
        } else if (star) {
            e = *star + 1;
            g = ++star_ends;
        } else {
            return false;
        }
    }
    while (e < elements.size() && elements[e].kind == Kind::anything) {
        ++e;
    }
    return e == elements.size();
}

std::string as_scripted(const SeenEvent& event) {
    if (event.event == icc::ContactEvent::pps_request && event.bytes.size() >= 2) {
        const auto pps1 = pps1_of(event.bytes);
        return "pps T" + std::to_string(event.bytes[1] & 0x0F) +
               (pps1 ? " " + iso7816::to_hex(ByteView(&*pps1, 1)) : "");
    }
    return event.event == icc::ContactEvent::command ? "\"" + iso7816::to_hex(event.bytes) + "\""
                                                     : std::string(icc::name(event.event));
}

}  // namespace

std::optional<Mismatch> mismatch(const std::vector<SawElement>& expected, const std::vector<SeenEvent>& got) {
    const auto names = [&](Kind kind) {
        return std::any_of(expected.begin(), expected.end(), [&](const SawElement& e) { return e.kind == kind; });
    };
    const bool inserted = names(Kind::inserted);
    const bool removed = names(Kind::removed);
    const bool deactivation = names(Kind::deactivation);
    std::vector<SeenEvent> counted;
    for (const SeenEvent& event : got) {
        const auto kind = kind_of(event.event);
        if (kind && (*kind != Kind::inserted || inserted) && (*kind != Kind::removed || removed) &&
            (*kind != Kind::deactivation || deactivation)) {
            counted.push_back(event);
        }
    }
    if (matches_all(expected, counted)) {
        return std::nullopt;
    }
    std::vector<std::string> wanted;
    for (const SawElement& element : expected) {
        wanted.push_back(element.text);
    }
    std::vector<std::string> seen;
    for (const SeenEvent& event : counted) {
        seen.push_back(as_scripted(event));
    }
    const auto listed = [](const std::vector<std::string>& words) {
        std::string text;
        for (const std::string& word : words) {
            text += (text.empty() ? "" : ", ") + word;
        }
        return "[" + text + "]";
    };
    return Mismatch{listed(wanted), listed(seen)};
}

}  // namespace scardlab::engine
