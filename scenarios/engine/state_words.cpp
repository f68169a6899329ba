#include "scenarios/engine/state_words.h"

#include <array>
#include <string_view>
#include <utility>

namespace scardlab::engine {

namespace {

namespace rm = resource_manager;

template <std::size_t Count>
std::vector<std::string> words_of(std::uint32_t bits,
                                  const std::array<std::pair<std::uint32_t, std::string_view>, Count>& table) {
    std::vector<std::string> found;
    for (const auto& [bit, text] : table) {
        if ((bits & bit) != 0) {
            found.emplace_back(text);
        }
    }
    return found;
}

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 7> state_table{{
    {rm::state_unknown, "unknown"},
    {rm::state_absent, "absent"},
    {rm::state_present, "present"},
    {rm::state_swallowed, "swallowed"},
    {rm::state_powered, "powered"},
    {rm::state_negotiable, "negotiable"},
    {rm::state_specific, "specific"},
}};

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 11> watch_table{{
    {rm::watch_ignore, "ignore"},
    {rm::watch_changed, "changed"},
    {rm::watch_unknown, "unknown"},
    {rm::watch_unavailable, "unavailable"},
    {rm::watch_empty, "empty"},
    {rm::watch_present, "present"},
    {rm::watch_atrmatch, "atrmatch"},
    {rm::watch_exclusive, "exclusive"},
    {rm::watch_inuse, "inuse"},
    {rm::watch_mute, "mute"},
    {rm::watch_unpowered, "unpowered"},
}};

}  // namespace

std::vector<std::string> words(rm::StateBits state) {
    return words_of(state, state_table);
}

std::vector<std::string> watch_words(rm::WatchBits state) {
    return words_of(state, watch_table);
}

std::string word(service_provider::CardState state) {
    using service_provider::CardState;
    switch (state) {
        case CardState::UNKNOWN:
            return "unknown";
        case CardState::ABSENT:
            return "absent";
        case CardState::PRESENT:
            return "present";
        case CardState::SWALLOWED:
            return "swallowed";
        case CardState::POWERED:
            return "powered";
        case CardState::NEGOTIABLEMODE:
            return "negotiable";
        case CardState::SPECIFICMODE:
            return "specific";
    }
    return "unknown";
}

}  // namespace scardlab::engine
