#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace scardlab::resource_manager {

/// powerState of a reader (pcsc-lite pcscd.h.in, POWER_STATE_*). It is the daemon's opinion, not the card's supply:
/// "unpowered" is also the state of a card that never answered.
enum class PowerState : std::uint8_t {
    unpowered,     ///< never powered, powered off unused, powered off by Disconnect, or mute at insertion
    powered,       ///< powered, and nobody uses it: the next end of the event thread's wait powers it off
    grace_period,  ///< the last handle has gone: one more wait before it counts as unused
    in_use,        ///< a Connect or Reconnect other than DIRECT succeeded
};

/// What can happen to the power state.
enum class PowerEvent : std::uint8_t {
    insertion_powered,   ///< the event thread powered an inserted card up
    insertion_mute,      ///< the event thread tried, and the card did not answer
    used,                ///< Connect or Reconnect, not DIRECT, has a card and (Reconnect) a protocol
    disconnect_unpower,  ///< Disconnect(UNPOWER)
    last_handle_gone,    ///< Disconnect left the reader without handles
    wait_over,           ///< the event thread's wait ended, by time-out, card movement or request
};

/// One row of the state machine.
struct PowerTransition {
    PowerState from;
    PowerEvent event;
    PowerState to;
    bool power_down;          ///< the event thread powers the card down and forgets the protocol
    std::string_view source;  ///< pcsc-lite 1.9.9 file:line
};

inline constexpr std::size_t power_state_count = 4, power_event_count = 6;

/// Every state and event pair has exactly one row, ordered by state, then event.
extern const std::array<PowerTransition, power_state_count * power_event_count> power_transitions;

/// The row of that pair.
const PowerTransition& power_transition(PowerState from, PowerEvent event);

}  // namespace scardlab::resource_manager
