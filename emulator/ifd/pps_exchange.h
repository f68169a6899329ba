#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/ifd/step.h"
#include "emulator/iso7816/pps.h"
#include "emulator/iso7816/transition.h"

namespace scardlab::ifd {

/// The reader's side of a PPS exchange (ISO/IEC 7816-3:2006 clause 9).
enum class PpsState : std::uint8_t { idle, awaiting_ppss, awaiting_pps0, awaiting_rest, accepted, failed };
inline constexpr std::size_t pps_state_count = 6;
/// What can happen to it.
enum class PpsInput : std::uint8_t {
    start,
    ppss,
    pps0,
    character,
    last_accepted,
    last_rejected,
    wrong,
    damaged,
    timeout
};
inline constexpr std::size_t pps_input_count = 9;
/// A row of it.
using PpsTransition = iso7816::Transition<PpsState, PpsInput>;
/// Every row, with its clause.
std::span<const PpsTransition> pps_transitions();
/// The next state; nullopt: refused there.
std::optional<PpsState> next(PpsState state, PpsInput input);

/// The exchange, character by character.
class PpsExchange {
  public:
    /// Begins; what the machine wants first.
    Step start(const iso7816::Pps& request);
    /// The card's next character came.
    Step on_character(std::uint8_t character);
    /// It came, but could not be read: wrong parity after its last repetition, or it came before its time; or the card
    /// could not read the request.
    Step on_damaged();
    /// It did not come in time.
    Step on_timeout();

    /// Where it stands.
    PpsState state() const { return state_; }
    /// What the card answered, after a step that is done.
    const iso7816::Pps& response() const { return response_; }

  private:
    Step enter(PpsInput input);

    PpsState state_ = PpsState::idle;
    iso7816::Pps request_;
    iso7816::Pps response_;
    iso7816::Pps::Encoded encoded_;
    std::array<std::uint8_t, iso7816::Pps::max_size> bytes_{};
    std::size_t count_ = 0;
};

}  // namespace scardlab::ifd
