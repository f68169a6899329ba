#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace scardlab::iso7816 {

/// One row of a state machine: in state `from`, event `on` leads to state `to`. A pair without a row is refused.
template <class State, class Event>
struct Transition {
    State from;
    Event on;
    State to;
    std::string_view source;  ///< the clause that says so
};

/// A state machine's rows as a lookup table, built at compile time. State and Event are scoped enumerations that count
/// from zero; `States` and `Events` are their sizes. Two rows for one pair do not compile.
template <class State, class Event, std::size_t States, std::size_t Events>
class TransitionTable {
  public:
    template <std::size_t Rows>
    constexpr explicit TransitionTable(const std::array<Transition<State, Event>, Rows>& rows) {
        for (const auto& row : rows) {
            auto& cell = cells_[index(row.from, row.on)];
            if (cell.has_value()) {
                throw "two rows for one state and event";  // not a constant expression, so it does not compile
            }
            cell = row.to;
        }
    }

    /// The next state, or nullopt when the event is refused in that state.
    constexpr std::optional<State> next(State from, Event on) const { return cells_[index(from, on)]; }

  private:
    static constexpr std::size_t index(State state, Event event) {
        return static_cast<std::size_t>(state) * Events + static_cast<std::size_t>(event);
    }

    std::array<std::optional<State>, States * Events> cells_{};
};

}  // namespace scardlab::iso7816
