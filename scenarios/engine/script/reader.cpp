#include <algorithm>
#include <array>

#include "scenarios/engine/script/steps.h"

namespace scardlab::engine::script {
namespace {

using iso7816::OperatingClass;

constexpr std::array class_words{Word{"A", static_cast<std::uint32_t>(OperatingClass::a)},
                                 Word{"B", static_cast<std::uint32_t>(OperatingClass::b)},
                                 Word{"C", static_cast<std::uint32_t>(OperatingClass::c)}};
constexpr std::uint32_t slowest_khz = 1'000, fastest_khz = 5'000;  // ISO/IEC 7816-3:2006 clause 5.2.3

/// "3580 kHz" or "4 MHz", as the duration of a cycle to the nearest nanosecond.
ifd::Duration read_clock(const Node& node, Problems& problems) {
    const std::string_view text = node.text;
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view unit = text.substr(std::min(blank + 1, text.size()));
    const auto number = number_in(text.substr(0, blank));
    const std::uint32_t scale = unit == "MHz" ? 1'000 : unit == "kHz" ? 1 : 0;
    if (!node.is_scalar() || !number || *number > fastest_khz || *number * scale < slowest_khz ||
        *number * scale > fastest_khz) {
        problems.found(node.place, node.described(), "a frequency such as 3580 kHz or 4 MHz, from 1 MHz to 5 MHz");
        return ifd::Reader::default_clock_period;
    }
    const std::uint32_t khz = *number * scale;
    return ifd::Duration{(1'000'000 + khz / 2) / khz};
}

}  // namespace

ifd::ReaderOptions read_reader(const Node& node, Problems& problems) {
    ifd::ReaderOptions options;
    const Fields fields(node, "a reader", {"clock", "classes", "check_tck"}, problems);
    if (const Node* const clock = fields.find("clock")) {
        options.clock_period = read_clock(*clock, problems);
    }
    if (const Node* const classes = fields.find("classes")) {
        options.classes.clear();
        for (const Node& item : read_list(*classes, "a list of A, B and C in the order tried", problems)) {
            const auto tried = static_cast<OperatingClass>(read_word(item, class_words, problems));
            if (std::find(options.classes.begin(), options.classes.end(), tried) != options.classes.end()) {
                problems.found(item.place, "class " + in_quotes(item.text) + " twice", "each class once");
            }
            options.classes.push_back(tried);
        }
    }
    if (const Node* const check_tck = fields.find("check_tck")) {
        options.check_tck = read_bool(*check_tck, problems);
    }
    return options;
}

}  // namespace scardlab::engine::script
