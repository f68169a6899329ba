#include <algorithm>
#include <array>
#include <utility>

#include "scenarios/engine/script/card.h"

namespace scardlab::engine::script {
namespace {

using iso7816::InterfaceGroup;

constexpr std::array t_words{Word{"T0", 0}, Word{"T1", 1}};
constexpr std::array convention_words{Word{"direct", static_cast<std::uint32_t>(iso7816::Convention::direct)},
                                      Word{"inverse", static_cast<std::uint32_t>(iso7816::Convention::inverse)}};
constexpr std::array edc_words{Word{"lrc", static_cast<std::uint32_t>(iso7816::EdcKind::lrc)},
                               Word{"crc", static_cast<std::uint32_t>(iso7816::EdcKind::crc)}};
constexpr std::array class_words{Word{"A", 1}, Word{"B", 2}, Word{"C", 4}};
constexpr std::array clock_stop_words{
    Word{"not_supported", static_cast<std::uint32_t>(iso7816::ClockStop::not_supported)},
    Word{"state_l", static_cast<std::uint32_t>(iso7816::ClockStop::state_l)},
    Word{"state_h", static_cast<std::uint32_t>(iso7816::ClockStop::state_h)},
    Word{"no_preference", static_cast<std::uint32_t>(iso7816::ClockStop::no_preference)}};
constexpr std::uint8_t class_a = 1, classes_a_and_c = 5;
constexpr std::uint8_t global_parameters = 15;     // T=15, clause 8.2.3
constexpr std::uint8_t cannot_change_mode = 0x80;  // TA2 bit 8, ISO/IEC 7816-3:2006 clause 8.3
constexpr std::uint8_t default_bwi = 4, default_cwi = 13;
constexpr std::size_t most_historical_bytes = 15;

/// Values of the fields; groups are made of them once all are known.
struct AtrValues {
    std::vector<std::uint8_t> offered;
    std::optional<std::uint8_t> ta1, tc1, ta2, tc2, ta_t1, tb_t1, tc_t1, ta_t15;
    bool of_t1() const { return ta_t1 || tb_t1 || tc_t1; }
};

std::uint8_t byte_of(std::uint32_t value) {
    return static_cast<std::uint8_t>(value);
}

std::optional<std::uint8_t> read_byte(const Fields& fields, std::string_view key, std::uint32_t least,
                                      std::uint32_t most, Problems& problems) {
    const Node* const node = fields.find(key);
    return node == nullptr ? std::nullopt : std::optional(byte_of(read_number(*node, least, most, problems)));
}

std::vector<std::uint8_t> read_offered(const Node& node, Problems& problems) {
    std::vector<std::uint8_t> offered;
    for (const Node& item : read_list(node, "a list of T0 and T1 in the order offered", problems)) {
        const std::uint8_t t = byte_of(read_word(item, t_words, problems));
        if (std::find(offered.begin(), offered.end(), t) != offered.end()) {
            problems.found(item.place, "protocol " + in_quotes(item.text) + " twice", "each protocol once");
        }
        offered.push_back(t);
    }
    return offered;
}

/// First TA for T=15: clock stop indicator and class indicator (clause 8.3).
std::optional<std::uint8_t> read_global(const Fields& fields, Problems& problems) {
    const Node* const classes = fields.find("classes");
    const Node* const clock_stop = fields.find("clock_stop");
    if (classes == nullptr && clock_stop == nullptr) {
        return std::nullopt;
    }
    const std::uint8_t y = classes == nullptr ? class_a : read_classes(*classes, problems);
    if (y == classes_a_and_c) {
        problems.found(classes->place, "classes A and C without B", "classes that follow each other");
    }
    const std::uint32_t x = clock_stop == nullptr ? 0 : read_word(*clock_stop, clock_stop_words, problems);
    return byte_of(x << 6 | y);
}

AtrValues read_values(const Fields& fields, Problems& problems) {
    AtrValues values;
    if (const Node* const protocols = fields.require("protocols", "the protocols in the order offered")) {
        values.offered = read_offered(*protocols, problems);
    }
    if (const Node* const ta1 = fields.find("ta1")) {
        const iso7816::Bytes bytes = read_hex(*ta1, 1, 1, problems);
        values.ta1 = bytes.empty() ? std::uint8_t{0} : bytes.front();
    }
    values.tc1 = read_byte(fields, "extra_guard_time", 0, 255, problems);
    if (const Node* const mode = fields.find("specific_mode")) {
        values.ta2 = byte_of(read_word(*mode, t_words, problems) | cannot_change_mode);
    }
    values.tc2 = read_byte(fields, "waiting_integer", 1, 255, problems);
    values.ta_t1 = read_byte(fields, "ifsc", 1, 254, problems);
    const auto bwi = read_byte(fields, "bwi", 0, 9, problems);
    const auto cwi = read_byte(fields, "cwi", 0, 15, problems);
    if (bwi || cwi) {
        values.tb_t1 = static_cast<std::uint8_t>(bwi.value_or(default_bwi) << 4 | cwi.value_or(default_cwi));
    }
    if (const Node* const edc = fields.find("edc")) {
        values.tc_t1 = byte_of(read_word(*edc, edc_words, problems));
    }
    values.ta_t15 = read_global(fields, problems);
    return values;
}

/// Groups after ISO/IEC 7816-3:2006 clause 8.2.3: TA1 to TC1 are global, TA2 is the mode, TC2 belongs to T=0, and the
/// parameters of T=1 stand in the first group after the second that T=1 announces; T=15 comes last.
std::vector<InterfaceGroup> groups_of(const AtrValues& values) {
    InterfaceGroup global;
    global.ta = values.ta1;
    global.tc = values.tc1;
    const bool only_default =
        values.offered == std::vector<std::uint8_t>{0} && !values.ta2 && !values.tc2 && !values.ta_t15;
    if (only_default) {
        return global == InterfaceGroup{} ? std::vector<InterfaceGroup>{} : std::vector{global};
    }
    std::vector<std::uint8_t> announced = values.offered;
    if (values.of_t1() && announced.front() == 1) {
        announced.insert(announced.begin(), 1);  // TD1 and TD2 both say T=1: the third group is the first of its own
    }
    if (values.ta_t15) {
        announced.push_back(global_parameters);
    }
    std::vector<InterfaceGroup> groups{global};
    for (const std::uint8_t t : announced) {
        groups.back().td = t;
        groups.emplace_back();
    }
    groups[1].ta = values.ta2;
    groups[1].tc = values.tc2;
    for (std::size_t i = 2; values.of_t1() && i < groups.size(); ++i) {
        if (announced[i - 1] == 1) {
            groups[i].ta = values.ta_t1;
            groups[i].tb = values.tb_t1;
            groups[i].tc = values.tc_t1;
            break;
        }
    }
    if (values.ta_t15) {
        groups.back().ta = values.ta_t15;
    }
    return groups;
}

/// A field that belongs to a protocol which the card does not offer.
void check_offered(const Fields& fields, const AtrValues& values, Problems& problems) {
    const auto offers = [&](std::uint8_t t) {
        return std::find(values.offered.begin(), values.offered.end(), t) != values.offered.end();
    };
    for (const std::string_view key : {"ifsc", "bwi", "cwi", "edc"}) {
        if (const Node* const node = fields.find(key); node != nullptr && !offers(1)) {
            problems.found(node->place, std::string(key) + " without T=1", "T1 in protocols");
        }
    }
    const Node* const waiting = fields.find("waiting_integer");
    if (waiting != nullptr && !offers(0)) {
        problems.found(waiting->place, "waiting_integer without T=0", "T0 in protocols");
    }
    const Node* const mode = fields.find("specific_mode");
    if (mode != nullptr && !problems.any() && !offers(mode->text == "T1" ? 1 : 0)) {
        problems.found(mode->place, "specific mode " + in_quotes(mode->text), "a protocol of protocols");
    }
}

iso7816::Atr build(const Node& node, Problems& problems) {
    const Fields fields(node, "an ATR",
                        {"convention", "protocols", "ta1", "extra_guard_time", "specific_mode", "waiting_integer",
                         "ifsc", "bwi", "cwi", "edc", "classes", "clock_stop", "historical"},
                        problems);
    const AtrValues values = read_values(fields, problems);
    check_offered(fields, values, problems);
    iso7816::AtrFields parts;
    if (const Node* const convention = fields.find("convention")) {
        parts.convention = static_cast<iso7816::Convention>(read_word(*convention, convention_words, problems));
    }
    if (const Node* const historical = fields.find("historical")) {
        parts.historical_bytes = read_content(*historical, 0, most_historical_bytes, problems);
    }
    if (problems.any()) {
        return {};
    }
    parts.groups = groups_of(values);
    const auto atr = iso7816::build_atr(parts);
    if (!atr) {
        problems.found(node.place, "fields that make no ATR (" + atr.error().message + ")", "an ATR of 2 to 33 bytes");
        return {};
    }
    return *atr;
}

/// The place of byte `index` of hexadecimal text.
Place place_of_byte(const Node& node, std::size_t index) {
    std::size_t digits = 0;
    for (std::size_t i = 0; i < node.text.size(); ++i) {
        const bool digit = node.text[i] != ' ' && node.text[i] != ':';
        if (digit && digits++ == 2 * index) {
            return node.place_of(i);
        }
    }
    return node.place;
}

}  // namespace

std::uint8_t read_classes(const Node& node, Problems& problems) {
    std::uint32_t classes = 0;
    for (const Node& item : read_list(node, "a list of A, B and C", problems)) {
        const std::uint32_t bit = read_word(item, class_words, problems);
        if ((classes & bit) != 0) {
            problems.found(item.place, "class " + in_quotes(item.text) + " twice", "each class once");
        }
        classes |= bit;
    }
    return byte_of(classes);
}

iso7816::Atr read_atr(const Node& node, Problems& problems) {
    if (node.is_map()) {
        return build(node, problems);
    }
    const iso7816::Bytes bytes = read_hex(node, 2, iso7816::Atr::max_size, problems);
    if (problems.any()) {
        return {};
    }
    const auto atr = iso7816::Atr::parse(bytes);
    if (!atr) {
        problems.found(place_of_byte(node, atr.error().offset), in_quotes(node.text) + " (" + atr.error().message + ")",
                       "an answer to reset");
        return {};
    }
    return *atr;
}

}  // namespace scardlab::engine::script
