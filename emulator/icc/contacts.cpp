#include "emulator/icc/contacts.h"

#include <array>

namespace scardlab::icc {

namespace {

using S = ContactState;
using I = ContactInput;

constexpr auto rows = std::to_array<ContactTransition>({
    {S::unpowered, I::power_on, S::reset_held, "ISO/IEC 7816-3:2006 6.2.1"},
    {S::unpowered, I::power_off, S::unpowered, "6.4"},

    {S::reset_held, I::rst_high, S::answering, "6.2.2"},
    {S::reset_held, I::rst_high_mute, S::silent, "6.2.2"},
    {S::reset_held, I::clock_stop, S::clock_stopped, "6.4"},
    {S::reset_held, I::power_off, S::power_lost, "6.4"},

    {S::clock_stopped, I::io_low, S::io_held_low, "6.4"},
    {S::clock_stopped, I::power_off, S::power_lost, "6.4"},

    {S::io_held_low, I::power_off, S::unpowered, "6.4"},

    {S::power_lost, I::power_on, S::reset_held, "6.2.1"},
    {S::power_lost, I::power_off, S::power_lost, "6.4"},

    {S::answering, I::atr_sent, S::negotiable, "6.3.1"},
    {S::answering, I::atr_sent_specific, S::operating, "6.3.1"},
    {S::answering, I::rst_low, S::reset_held, "6.2.3"},
    {S::answering, I::power_off, S::power_lost, "6.4"},
    {S::answering, I::fall_silent, S::silent, "8.1"},

    {S::negotiable, I::pps_start, S::receiving_pps, "9.1"},
    {S::negotiable, I::command_start, S::operating, "6.3.1"},
    {S::negotiable, I::rst_low, S::reset_held, "6.2.3"},
    {S::negotiable, I::power_off, S::power_lost, "6.4"},
    {S::negotiable, I::fall_silent, S::silent, "8.1"},

    {S::receiving_pps, I::pps_accept, S::answering_pps, "9.3"},
    {S::receiving_pps, I::pps_refuse, S::answering_refusal, "9.3"},
    {S::receiving_pps, I::pps_ignore, S::silent, "9.3"},
    {S::receiving_pps, I::rst_low, S::reset_held, "6.2.3"},
    {S::receiving_pps, I::power_off, S::power_lost, "6.4"},
    {S::receiving_pps, I::fall_silent, S::silent, "8.1"},

    {S::answering_pps, I::pps_response_sent, S::operating, "9.3"},
    {S::answering_pps, I::rst_low, S::reset_held, "6.2.3"},
    {S::answering_pps, I::power_off, S::power_lost, "6.4"},
    {S::answering_pps, I::fall_silent, S::silent, "8.1"},

    {S::answering_refusal, I::pps_response_sent, S::silent, "9.3"},
    {S::answering_refusal, I::rst_low, S::reset_held, "6.2.3"},
    {S::answering_refusal, I::power_off, S::power_lost, "6.4"},
    {S::answering_refusal, I::fall_silent, S::silent, "8.1"},

    {S::operating, I::rst_low, S::reset_held, "6.2.3"},
    {S::operating, I::power_off, S::power_lost, "6.4"},
    {S::operating, I::fall_silent, S::silent, "8.1"},

    {S::silent, I::rst_low, S::reset_held, "6.2.3"},
    {S::silent, I::power_off, S::power_lost, "6.4"},
    {S::silent, I::fall_silent, S::silent, "8.1"},
});

constexpr iso7816::TransitionTable<S, I, contact_state_count, contact_input_count> table(rows);

}  // namespace

std::span<const ContactTransition> contact_transitions() {
    return rows;
}

std::optional<ContactState> next(ContactState state, ContactInput input) {
    return table.next(state, input);
}

}  // namespace scardlab::icc
