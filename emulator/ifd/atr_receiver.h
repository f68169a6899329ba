#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/ifd/step.h"
#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/transition.h"

namespace scardlab::ifd {

/// Reception of an answer to reset, character by character (ISO/IEC 7816-3:2006 clause 8).
enum class AtrState : std::uint8_t { ts, t0, interface, historical, tck, complete, failed };
inline constexpr std::size_t atr_state_count = 7;
/// What can happen to it.
enum class AtrInput : std::uint8_t {
    bad_ts,
    to_t0,          ///< TS is right
    to_interface,   ///< interface bytes follow
    to_historical,  ///< historical bytes follow
    to_tck,         ///< TCK follows
    to_end,         ///< nothing follows
    damaged,        ///< a character that cannot be read
    surplus,        ///< one more character
    timeout,
};
inline constexpr std::size_t atr_input_count = 9;
/// A row of it.
using AtrTransition = iso7816::Transition<AtrState, AtrInput>;
/// Every row, with its clause.
std::span<const AtrTransition> atr_transitions();
/// The next state; nullopt: refused there.
std::optional<AtrState> next(AtrState state, AtrInput input);

/// Knows from each character how many more come. A wrong TCK does not fail here: pcsc-lite does not check it (rule N2).
class AtrReceiver {
  public:
    /// Begins; what the machine wants first.
    Step start();
    /// The card's next character came.
    Step on_character(std::uint8_t character);
    /// It came, but could not be read: wrong parity after its last repetition, or it came before its time. A TS that
    /// cannot be read has neither convention's pattern.
    Step on_damaged();
    /// The card goes on after the end of its ATR.
    Step on_surplus();
    /// It did not come in time.
    Step on_timeout();

    /// Where it stands.
    AtrState state() const { return state_; }
    /// The whole ATR, after a step that is done.
    const iso7816::Atr& atr() const { return atr_; }

  private:
    AtrInput what_follows() const;
    void take_presence_bits(std::uint8_t td);
    Step enter(AtrInput input);

    AtrState state_ = AtrState::ts;
    std::array<std::uint8_t, iso7816::Atr::max_size> bytes_{};
    std::size_t count_ = 0;
    unsigned interface_left_ = 0;  ///< TAi..TDi still to come in this group
    bool td_comes_ = false;        ///< the last of them is TDi
    unsigned historical_left_ = 0;
    bool tck_comes_ = false;
    iso7816::Atr atr_;
};

}  // namespace scardlab::ifd
