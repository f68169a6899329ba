#include "scenarios/engine/script/read.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "scenarios/engine/loader.h"

namespace scardlab::engine::script {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void unknown_word(const Place& place, std::string_view word, const std::vector<std::string>& known,
                  std::string_view or_else, Problems& problems) {
    problems.found(place, in_quotes(word), one_of(known) + std::string(or_else), nearest(word, known));
}

std::optional<std::uint32_t> value_of(std::string_view text, Words words) {
    const auto word = std::find_if(words.begin(), words.end(), [&](const Word& each) { return each.text == text; });
    return word == words.end() ? std::nullopt : std::optional(word->value);
}

/// {text: "..."}
iso7816::Bytes read_characters(const Node& node, std::size_t least, std::size_t most, Problems& problems) {
    const Fields fields(node, "a content", {"text"}, problems);
    const Node& text = *fields.find("text");
    if (!text.is_scalar() || text.text.size() < least || text.text.size() > most) {
        problems.found(text.place, text.described(),
                       "text of " + std::to_string(least) + " to " + std::to_string(most) + " bytes");
    }
    return {text.text.begin(), text.text.end()};
}

/// {repeat: A5, times: 255}
iso7816::Bytes read_repeated(const Node& node, std::size_t most, Problems& problems) {
    const Fields fields(node, "a content", {"text", "repeat", "times"}, problems);
    const Node* const piece = fields.require("repeat", "hexadecimal, and times: how often; or text: the characters");
    const Node* const times = fields.require("times", "how often");
    iso7816::Bytes bytes;
    if (piece == nullptr || times == nullptr || problems.any()) {
        return bytes;
    }
    const iso7816::Bytes once = read_hex(*piece, 1, most, problems);
    const std::uint32_t count = read_number(*times, 1, static_cast<std::uint32_t>(most), problems);
    for (std::uint32_t i = 0; i < count && bytes.size() <= most; ++i) {
        bytes.insert(bytes.end(), once.begin(), once.end());
    }
    return bytes;
}

}  // namespace

Fields::Fields(const Node& node, std::string_view what, const std::vector<std::string>& known, Problems& problems)
    : node_(node), problems_(problems) {
    if (!node.is_map() || node.items.empty()) {
        problems.found(node.place, node.described(), std::string(what) + ": a map with " + one_of(known));
        return;
    }
    for (const Node& key : node.keys) {
        if (std::find(known.begin(), known.end(), key.text) == known.end()) {
            problems.found(key.place, "key " + in_quotes(key.text) + " in " + std::string(what), one_of(known),
                           nearest(key.text, known));
            return;
        }
    }
}

const Node* Fields::find(std::string_view key) const {
    return node_.find(key);
}

const Node* Fields::require(std::string_view key, std::string_view expected) const {
    const Node* value = find(key);
    if (value == nullptr) {
        problems_.found(node_.place, "no " + std::string(key), std::string(key) + ": " + std::string(expected));
    }
    return value;
}

std::string read_text(const Node& node, std::string_view what, Problems& problems) {
    if (!node.is_scalar() || trimmed(node.text).empty()) {
        problems.found(node.place, node.described(), what);
        return {};
    }
    return node.text;
}

bool read_bool(const Node& node, Problems& problems) {
    if (!node.is_scalar() || (node.text != "true" && node.text != "false")) {
        problems.found(node.place, node.described(), "true or false");
    }
    return node.text == "true";
}

std::optional<std::uint32_t> number_in(std::string_view text) {
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    const std::string_view digits = hexadecimal ? text.substr(2) : text;
    if (!hexadecimal && digits.size() > 1 && digits.front() == '0') {
        return std::nullopt;  // octal to YAML 1.1, decimal to most readers
    }
    std::uint32_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, value, hexadecimal ? 16 : 10);
    if (error != std::errc{} || stopped != end || digits.empty()) {
        return std::nullopt;
    }
    return value;
}

std::uint32_t read_number(const Node& node, std::uint32_t least, std::uint32_t most, Problems& problems) {
    const auto number = node.is_scalar() ? number_in(node.text) : std::nullopt;
    if (!number || *number < least || *number > most) {
        problems.found(node.place, node.described(),
                       "a number from " + std::to_string(least) + " to " + std::to_string(most) +
                           ", decimal without leading zeros or 0x and hexadecimal digits");
        return least;
    }
    return *number;
}

std::chrono::milliseconds read_duration(const Node& node, Problems& problems) {
    constexpr std::uint32_t longest_s = 86'400;
    const std::string_view text = trimmed(node.text);
    const auto digits = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), [](char c) { return is_digit(c); }) - text.begin());
    const std::string_view unit = trimmed(text.substr(digits));
    const auto number = number_in(text.substr(0, digits));
    const bool in_ms = unit == "ms";
    if (!node.is_scalar() || !number || (!in_ms && unit != "s") || *number / (in_ms ? 1000 : 1) > longest_s) {
        problems.found(node.place, node.described(), "a duration such as 500 ms or 6 s, at most a day");
        return {};
    }
    return in_ms ? std::chrono::milliseconds(*number) : std::chrono::seconds(*number);
}

iso7816::Bytes read_hex(const Node& node, std::size_t least, std::size_t most, Problems& problems) {
    if (!node.is_scalar()) {
        problems.found(node.place, node.described(), "hexadecimal text such as 00 A4 00 0C");
        return {};
    }
    auto bytes = iso7816::parse_hex(node.text);
    if (!bytes) {
        problems.found(node.place_of(bytes.error().offset), in_quotes(node.text) + " (" + bytes.error().message + ")",
                       "hexadecimal text such as 00 A4 00 0C");
        return {};
    }
    if (bytes->size() < least || bytes->size() > most) {
        const std::string range =
            least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
        problems.found(node.place, std::to_string(bytes->size()) + " bytes", range + " bytes in hexadecimal");
    }
    return *std::move(bytes);
}

iso7816::Bytes read_content(const Node& node, std::size_t least, std::size_t most, Problems& problems) {
    if (node.is_scalar()) {
        return read_hex(node, least, most, problems);
    }
    if (node.find("text") != nullptr) {
        return read_characters(node, least, most, problems);
    }
    iso7816::Bytes bytes;
    if (node.is_sequence()) {
        for (const Node& piece : read_list(node, "a list of pieces", problems)) {
            const iso7816::Bytes read = read_content(piece, 0, most, problems);
            bytes.insert(bytes.end(), read.begin(), read.end());
        }
    } else {
        bytes = read_repeated(node, most, problems);
    }
    if (bytes.size() < least || bytes.size() > most) {
        problems.found(node.place, std::to_string(bytes.size()) + " bytes",
                       std::to_string(least) + " to " + std::to_string(most) + " bytes");
    }
    return bytes;
}

std::uint32_t read_word(const Node& node, Words words, Problems& problems) {
    const auto value = node.is_scalar() ? value_of(node.text, words) : std::nullopt;
    if (!value) {
        if (node.is_scalar()) {
            unknown_word(node.place, node.text, texts(words), "", problems);
        } else {
            problems.found(node.place, node.described(), one_of(texts(words)));
        }
    }
    return value.value_or(0);
}

std::uint32_t read_word_or_number(const Node& node, Words words, Problems& problems) {
    if (const auto number = node.is_scalar() ? number_in(node.text) : std::nullopt) {
        return *number;
    }
    if (const auto value = node.is_scalar() ? value_of(node.text, words) : std::nullopt) {
        return *value;
    }
    const std::string suggestion = node.is_scalar() ? nearest(node.text, texts(words)) : "";
    problems.found(node.place, node.described(), one_of(texts(words)) + ", or a number", suggestion);
    return 0;
}

std::uint32_t read_bits(const Node& node, Words words, Problems& problems) {
    if (!node.is_sequence()) {
        return read_word_or_number(node, words, problems);
    }
    std::uint32_t bits = 0;
    for (const Node& item : read_list(node, "a list of words", problems)) {
        bits |= read_word(item, words, problems);
    }
    return bits;
}

resource_manager::Protocols read_protocols(const Node& node, Problems& problems) {
    if (node.is_sequence() || node.text.find('|') == std::string::npos) {
        return read_bits(node, protocol_words(), problems);
    }
    resource_manager::Protocols protocols = 0;
    for (std::size_t start = 0; start <= node.text.size();) {
        const std::size_t end = std::min(node.text.find('|', start), node.text.size());
        const std::string_view word = trimmed(std::string_view(node.text).substr(start, end - start));
        const auto value = value_of(word, protocol_words());
        if (!value) {
            unknown_word(node.place_of(start), word, texts(protocol_words()), ", joined with |", problems);
        }
        protocols |= value.value_or(0);
        start = end + 1;
    }
    return protocols;
}

const std::vector<Node>& read_list(const Node& node, std::string_view what, Problems& problems) {
    static const std::vector<Node> nothing;
    if (!node.is_sequence() || node.items.empty()) {
        problems.found(node.place, node.described(), what);
        return nothing;
    }
    return node.items;
}

std::string one_of(const std::vector<std::string>& words) {
    return words.size() == 1 ? words.front() : "one of " + joined(words);
}

}  // namespace scardlab::engine::script
