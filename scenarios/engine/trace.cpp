#include "scenarios/engine/trace.h"

#include <fmt/format.h>
#include <algorithm>
#include <tuple>
#include <utility>

namespace scardlab::engine {

namespace {

constexpr std::size_t column_width = 24;

std::vector<std::string> columns_of(const std::vector<TraceEntry>& entries) {
    std::vector<std::string> columns;
    for (const TraceEntry& entry : entries) {
        const bool known = std::find(columns.begin(), columns.end(), entry.column) != columns.end();
        if (!known && entry.column != "reader" && entry.column != "card") {
            columns.push_back(entry.column);
        }
    }
    columns.emplace_back("reader");
    columns.emplace_back("card");
    return columns;
}

int rank(const std::string& column) {
    return column == "card" ? 0 : column == "reader" ? 1 : 2;
}

std::vector<TraceEntry> in_order(std::vector<TraceEntry> entries) {
    std::stable_sort(entries.begin(), entries.end(), [](const TraceEntry& a, const TraceEntry& b) {
        return std::tuple(a.phase, a.at, rank(a.column)) < std::tuple(b.phase, b.at, rank(b.column));
    });
    return entries;
}

}  // namespace

void Trace::add(std::chrono::nanoseconds at, std::string column, std::string text) {
    entries_.push_back({at, std::move(column), std::move(text), phase_});
}

std::string Trace::text() const {
    const std::vector<std::string> columns = columns_of(entries_);
    std::string out = fmt::format("{:>12}  ", "seconds");
    for (const std::string& column : columns) {
        out += fmt::format("{:<{}}", column, column_width);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
    for (const TraceEntry& entry : in_order(entries_)) {
        const auto column = std::find(columns.begin(), columns.end(), entry.column) - columns.begin();
        const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(entry.at).count();
        out += fmt::format("{:>5}.{:06}  {:{}}{}\n", microseconds / 1'000'000, microseconds % 1'000'000, "",
                           static_cast<std::size_t>(column) * column_width, entry.text);
    }
    return out;
}

}  // namespace scardlab::engine
