#include "core/resource_manager/embedded/power_state.h"

namespace scardlab::resource_manager {
namespace {

using enum PowerState;
using enum PowerEvent;

constexpr std::array<PowerTransition, power_state_count * power_event_count> rows{{
    {unpowered, insertion_powered, powered, false, "eventhandler.c:288,405"},
    {unpowered, insertion_mute, unpowered, false, "eventhandler.c:303,411"},
    {unpowered, used, in_use, false, "winscard.c:351,718"},
    {unpowered, disconnect_unpower, unpowered, false, "winscard.c:904"},
    {unpowered, last_handle_gone, unpowered, false, "winscard.c:1015"},
    {unpowered, wait_over, unpowered, false, "eventhandler.c:477,489"},

    {powered, insertion_powered, powered, false, "eventhandler.c:405"},
    {powered, insertion_mute, unpowered, false, "eventhandler.c:411"},
    {powered, used, in_use, false, "winscard.c:351,718"},
    {powered, disconnect_unpower, unpowered, false, "winscard.c:904"},
    {powered, last_handle_gone, grace_period, false, "winscard.c:1015"},
    {powered, wait_over, unpowered, true, "eventhandler.c:477"},

    {grace_period, insertion_powered, powered, false, "eventhandler.c:405"},
    {grace_period, insertion_mute, unpowered, false, "eventhandler.c:411"},
    {grace_period, used, in_use, false, "winscard.c:351,718"},
    {grace_period, disconnect_unpower, unpowered, false, "winscard.c:904"},
    {grace_period, last_handle_gone, grace_period, false, "winscard.c:1015"},
    {grace_period, wait_over, powered, false, "eventhandler.c:489"},

    {in_use, insertion_powered, powered, false, "eventhandler.c:405"},
    {in_use, insertion_mute, unpowered, false, "eventhandler.c:411"},
    {in_use, used, in_use, false, "winscard.c:351,718"},
    {in_use, disconnect_unpower, unpowered, false, "winscard.c:904"},
    {in_use, last_handle_gone, grace_period, false, "winscard.c:1015"},
    {in_use, wait_over, in_use, false, "eventhandler.c:477,489"},
}};

constexpr std::size_t index_of(PowerState from, PowerEvent event) {
    return static_cast<std::size_t>(from) * power_event_count + static_cast<std::size_t>(event);
}

constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (index_of(rows[i].from, rows[i].event) != i) {
            return false;
        }
    }
    return true;
}
static_assert(rows_are_in_order());

}  // namespace

constexpr std::array<PowerTransition, power_state_count* power_event_count> power_transitions = rows;

const PowerTransition& power_transition(PowerState from, PowerEvent event) {
    return rows[index_of(from, event)];
}

}  // namespace scardlab::resource_manager
