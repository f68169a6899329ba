#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "emulator/iso7816/transition.h"

namespace scardlab::icc {

/// Where a card stands at its contacts (ISO/IEC 7816-3:2006 clauses 6 and 9).
enum class ContactState : std::uint8_t {
    unpowered,          ///< no VCC, after an orderly deactivation or since ever
    reset_held,         ///< VCC and CLK on, RST low
    answering,          ///< sends its ATR
    negotiable,         ///< ATR sent; the first byte from the reader decides between PPS and the first offered protocol
    receiving_pps,      ///< a PPS request is on its way
    answering_pps,      ///< sends a PPS response that the reader can accept
    answering_refusal,  ///< sends a PPS response that the reader must not accept
    operating,          ///< a protocol is in force
    silent,             ///< says nothing until the next reset
    clock_stopped,      ///< being deactivated: RST is low, CLK stopped
    io_held_low,        ///< being deactivated: so is I/O
    power_lost,         ///< VCC went away out of order, as when the card is pulled out
};
inline constexpr std::size_t contact_state_count = 12;

/// What can happen to it there.
enum class ContactInput : std::uint8_t {
    power_on,    ///< VCC, CLK on with RST low
    clock_stop,  ///< CLK stopped, to deactivate
    io_low,      ///< I/O held low by the reader, to deactivate
    power_off,   ///< VCC off, in whatever order, the card pulled out included
    rst_low,
    rst_high,
    rst_high_mute,      ///< the same, for a card that will not answer
    atr_sent,           ///< the last character of an ATR without TA2
    atr_sent_specific,  ///< of an ATR with TA2
    pps_start,          ///< a character FF where a command could begin
    command_start,      ///< any other character there
    pps_accept,         ///< the PPS request is whole, and is accepted wholly or partly
    pps_refuse,         ///< it is answered with something else
    pps_ignore,         ///< it is not answered
    pps_response_sent,
    fall_silent,  ///< the card stops talking (made mute, or it was asked for a protocol that it has not)
};
inline constexpr std::size_t contact_input_count = 16;

/// A row of it.
using ContactTransition = iso7816::Transition<ContactState, ContactInput>;

/// Every row of the card's contact state machine, with its clause.
std::span<const ContactTransition> contact_transitions();

/// The next state; nullopt when the input is refused there (the card ignores it).
std::optional<ContactState> next(ContactState state, ContactInput input);

}  // namespace scardlab::icc
