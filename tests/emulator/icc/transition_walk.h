#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "emulator/iso7816/transition.h"

namespace scardlab::tests {

template <class Enum>
constexpr unsigned number(Enum value) {
    return static_cast<unsigned>(value);
}

template <class State, class Event>
using Rows = std::span<const iso7816::Transition<State, Event>>;

/// The row for a pair, or null.
template <class State, class Event>
const iso7816::Transition<State, Event>* find_row(Rows<State, Event> rows, State from, Event on) {
    const auto found = std::ranges::find_if(rows, [&](const auto& row) { return row.from == from && row.on == on; });
    return found == rows.end() ? nullptr : &*found;
}

/// Walks every pair of state and event through `step`, the machine's transition function: a row leads where it says, a
/// missing row is refused. Every row has a source, and every state can be reached from `start`.
template <class State, class Event, class Step>
void check_table(Rows<State, Event> rows, std::size_t states, std::size_t events, std::size_t expected_rows,
                 State start, Step step) {
    BOOST_TEST(rows.size() == expected_rows);
    std::size_t allowed = 0;
    for (std::size_t s = 0; s < states; ++s) {
        for (std::size_t e = 0; e < events; ++e) {
            const auto* row = find_row(rows, static_cast<State>(s), static_cast<Event>(e));
            const std::optional<State> to = step(static_cast<State>(s), static_cast<Event>(e));
            BOOST_TEST_CONTEXT("state " << s << ", event " << e) {
                BOOST_TEST(to.has_value() == (row != nullptr));
                BOOST_TEST((!to || *to == row->to));
                allowed += to ? 1 : 0;
            }
        }
    }
    BOOST_TEST(allowed == expected_rows);  // no row is outside the enumerations, none stands twice

    std::set<State> reached{start};
    std::vector<State> open{start};
    while (!open.empty()) {
        const State from = open.back();
        open.pop_back();
        for (const auto& row : rows) {
            BOOST_TEST(!row.source.empty());
            if (row.from == from && reached.insert(row.to).second) {
                open.push_back(row.to);
            }
        }
    }
    BOOST_TEST(reached.size() == states);
}

/// Remembers which rows a test has shown on the real object, so that it can say that none is left out.
template <class State, class Event>
class RowsShown {
  public:
    void show(State from, Event on) { shown_.insert({number(from), number(on)}); }
    void check_complete(Rows<State, Event> rows) const {
        for (const auto& row : rows) {
            BOOST_TEST((shown_.count({number(row.from), number(row.on)}) == 1),
                       "no case for state " << number(row.from) << ", event " << number(row.on));
        }
        BOOST_TEST(shown_.size() == rows.size());
    }

  private:
    std::set<std::pair<unsigned, unsigned>> shown_;
};

}  // namespace scardlab::tests
