#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/icc/link_layer.h"
#include "emulator/iso7816/transition.h"

namespace scardlab::icc {

/// Where the card stands in a T=0 exchange (ISO/IEC 7816-3:2006 clause 10.3).
enum class T0State : std::uint8_t { awaiting_header, awaiting_data };
inline constexpr std::size_t t0_state_count = 2;
/// What can happen to it.
enum class T0Input : std::uint8_t {
    header_wants_data,  ///< fifth header character, the command brings data
    header_complete,    ///< fifth header character, nothing more comes
    data_complete,      ///< last data character
};
inline constexpr std::size_t t0_input_count = 3;
/// A row of it.
using T0Transition = iso7816::Transition<T0State, T0Input>;
/// Every row, with its clause.
std::span<const T0Transition> t0_card_transitions();
/// The next state; nullopt: refused there.
std::optional<T0State> next(T0State state, T0Input input);

/// The card's side of T=0: collects header and data, sends procedure bytes, answers 61xx and 6Cxx, serves GET RESPONSE.
class T0Card {
  public:
    /// Forgets a half-received command.
    void clear();
    /// A character from the reader, its leading edge at `at`.
    void receive(std::uint8_t character, iso7816::ClockCycles at, CardParts parts);

    /// Where it stands.
    T0State state() const { return state_; }

  private:
    void header_received(iso7816::ClockCycles at, CardParts parts);
    void run(iso7816::ClockCycles at, CardParts parts);
    void run_outgoing(CardParts parts);
    void get_response(CardParts parts);
    void answer(CardParts parts, iso7816::ByteView data, iso7816::StatusWord status);

    T0State state_ = T0State::awaiting_header;
    std::array<std::uint8_t, 5 + 255> received_{};
    std::size_t count_ = 0;
    std::size_t wanted_ = 5;
};

}  // namespace scardlab::icc
