#include "core/service_provider/reader_search.h"

#include <algorithm>

namespace scardlab::service_provider {

namespace {

/// " NN SS": number and slot, as pcsc-lite appends them (readerfactory.c).
constexpr std::size_t tail_size = 6, slot_size = 3;

bool has_tail(std::string_view name) {
    constexpr std::string_view hexadecimal = "0123456789ABCDEFabcdef";
    if (name.size() <= tail_size) {
        return false;
    }
    const std::string_view tail = name.substr(name.size() - tail_size);
    return tail[0] == ' ' && tail[3] == ' ' && tail.substr(1, 2).find_first_not_of(hexadecimal) == tail.npos &&
           tail.substr(4).find_first_not_of(hexadecimal) == tail.npos;
}

bool same_model_and_slot(std::string_view a, std::string_view b) {
    return has_tail(a) && has_tail(b) && a.substr(0, a.size() - tail_size) == b.substr(0, b.size() - tail_size) &&
           a.substr(a.size() - slot_size) == b.substr(b.size() - slot_size);
}

}  // namespace

std::vector<std::string> neighbours_of(std::string_view reader, const std::vector<std::string>& readers) {
    std::vector<std::string> neighbours;
    std::ranges::copy_if(readers, std::back_inserter(neighbours), [reader](const std::string& other) {
        return other != reader && same_model_and_slot(reader, other);
    });
    return neighbours;
}

std::optional<std::string> returned_as(std::string_view reader, const std::vector<std::string>& readers,
                                       const std::vector<std::string>& neighbours_before) {
    std::vector<std::string> candidates = neighbours_of(reader, readers);
    std::erase_if(candidates, [&](const std::string& candidate) {
        return std::ranges::find(neighbours_before, candidate) != neighbours_before.end();
    });
    return candidates.size() == 1 ? std::optional(std::move(candidates.front())) : std::nullopt;
}

}  // namespace scardlab::service_provider
