#include "scenarios/engine/script/problems.h"

#include <utility>

namespace scardlab::engine::script {
namespace {

constexpr std::size_t longest_quote = 60;

std::string one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            c = ' ';
        }
    }
    return text;
}

}  // namespace

void Problems::found(const Place& place, std::string_view found, std::string_view expected,
                     std::string_view suggestion) {
    std::string message = "found " + std::string(found) + "; expected " + std::string(expected);
    if (!suggestion.empty()) {
        message += " (did you mean " + std::string(suggestion) + "?)";
    }
    report({place, std::move(message)});
}

void Problems::report(ScriptError error) {
    if (!first_) {
        error.message = one_line(std::move(error.message));
        first_ = std::move(error);
    }
}

std::string in_quotes(std::string_view text) {
    const bool cut = text.size() > longest_quote;
    std::size_t size = cut ? longest_quote : text.size();
    while (cut && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
        --size;  // not inside a UTF-8 character
    }
    return "'" + std::string(text.substr(0, size)) + (cut ? "...'" : "'");
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

}  // namespace scardlab::engine::script
