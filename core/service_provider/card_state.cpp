#include "core/service_provider/card_state.h"

namespace scardlab::service_provider {

CardState card_state(resource_manager::StateBits state, resource_manager::Protocols active_protocol) {
    using namespace resource_manager;
    const bool in_force = (active_protocol & (protocol_t0 | protocol_t1 | protocol_t15)) != 0;
    if ((state & state_specific) != 0 || ((state & state_negotiable) != 0 && in_force)) {
        return CardState::SPECIFICMODE;
    }
    if ((state & state_negotiable) != 0) {
        return CardState::NEGOTIABLEMODE;
    }
    if ((state & state_powered) != 0) {
        return CardState::POWERED;
    }
    if ((state & state_swallowed) != 0) {
        return CardState::SWALLOWED;
    }
    if ((state & state_present) != 0) {
        return CardState::PRESENT;
    }
    return (state & state_absent) != 0 ? CardState::ABSENT : CardState::UNKNOWN;
}

std::string_view name(CardState state) {
    switch (state) {
        case CardState::UNKNOWN:
            return "UNKNOWN";
        case CardState::ABSENT:
            return "ABSENT";
        case CardState::PRESENT:
            return "PRESENT";
        case CardState::SWALLOWED:
            return "SWALLOWED";
        case CardState::POWERED:
            return "POWERED";
        case CardState::NEGOTIABLEMODE:
            return "NEGOTIABLEMODE";
        case CardState::SPECIFICMODE:
            return "SPECIFICMODE";
    }
    return "";
}

}  // namespace scardlab::service_provider
