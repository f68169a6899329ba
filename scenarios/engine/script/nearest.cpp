#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/engine/loader.h"

namespace scardlab::engine {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other, case ignored.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    constexpr std::size_t furthest = 3;
    constexpr std::size_t longest_word = 64;
    if (word.size() > longest_word) {
        return {};
    }
    std::string best;
    std::size_t best_distance = furthest + 1;
    for (const std::string& candidate : known) {
        const std::size_t between = distance(word, candidate);
        if (between < best_distance && 2 * between < word.size()) {
            best = candidate;
            best_distance = between;
        }
    }
    return best;
}

}  // namespace scardlab::engine
