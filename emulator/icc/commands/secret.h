#pragma once

#include <algorithm>

#include "emulator/icc/commands/card.h"

namespace scardlab::icc::commands {

/// One try at a secret that the card keeps.
struct Attempt {
    std::uint8_t& tries_left;
    std::uint8_t tries_after_success;
};

/// Takes the try and saves that, so that pulling the card out cannot give it back; then asks `matches`. After a success
/// carries out `change` and gives the tries back, in one save. Errors: 6983, 63Cx, 6581.
template <class Matches, class Change>
StatusWord attempt(const Card& card, Attempt attempt, Matches matches, Change change) {
    if (attempt.tries_left == 0) {
        return sw::method_blocked;
    }
    if (!commit(card, [&] { --attempt.tries_left; })) {
        return sw::memory_failure;
    }
    if (!matches()) {
        return sw::tries_left(attempt.tries_left);
    }
    return committed(card, [&] {
        attempt.tries_left = attempt.tries_after_success;
        change();
    });
}

inline bool is_wrong_secret(StatusWord status) {
    return (status.value & 0xFFF0) == 0x63C0;
}

}  // namespace scardlab::icc::commands
