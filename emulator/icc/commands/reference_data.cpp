#include "emulator/icc/commands/access.h"
#include "emulator/icc/commands/handlers.h"
#include "emulator/icc/commands/secret.h"

namespace scardlab::icc::commands {

namespace {

bool equal(ByteView left, ByteView right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

/// The CHV of P2. Errors: 6A86, 6A88.
tl::expected<Chv*, StatusWord> referenced_chv(const CommandApdu& command, const Card& card) {
    constexpr std::uint8_t reserved = 0x60;
    if ((command.p2 & reserved) != 0) {
        return tl::make_unexpected(sw::incorrect_p1_p2);
    }
    Chv* const chv = find_chv(card.state, card.channel().current_df, command.p2);
    return chv != nullptr ? tl::expected<Chv*, StatusWord>(chv) : tl::make_unexpected(sw::reference_not_found);
}

/// A try at the value of a CHV; a wrong value undoes a verification.
template <class Change>
StatusWord present(const Card& card, Chv& chv, ByteView value, Change change) {
    const StatusWord status = attempt(
        card, {chv.tries_left, chv.tries}, [&] { return equal(value, chv.value); }, change);
    if (is_wrong_secret(status)) {
        set_not_verified(card, chv);
    }
    return status;
}

bool is_valid_length(const Chv& chv, std::size_t length) {
    return length >= chv.minimum_length && length <= chv.maximum_length;
}

void set_value(Chv& chv, ByteView value) {
    chv.value.assign(value.begin(), value.end());
}

/// A secret and what follows it.
struct Parts {
    ByteView first;
    ByteView second;
};

Parts split(ByteView data, std::size_t length) {
    const std::size_t at = std::min(length, data.size());
    return {data.first(at), data.subspan(at)};
}

/// VERIFY without data: is verification required, and how many tries are left.
StatusWord query(const Card& card, const Chv& chv) {
    if (!chv.enabled || is_verified(card, chv.reference)) {
        return sw::success;
    }
    return chv.tries_left == 0 ? sw::method_blocked : sw::tries_left(chv.tries_left);
}

/// CHANGE REFERENCE DATA with the old value. Its length, and what length the new one may have, is not told to those who
/// do not know it: the old value is compared first.
StatusWord replace(const Card& card, Chv& chv, Parts values) {
    const bool fits = is_valid_length(chv, values.second.size());
    const StatusWord status = present(card, chv, values.first, [&] {
        if (fits) {
            set_value(chv, values.second);
        }
    });
    return status == sw::success && !fits ? sw::wrong_length : status;
}

StatusWord set_requirement(const CommandApdu& command, const Card& card, bool required) {
    if (command.p1 > 1) {
        return sw::incorrect_p1_p2;
    }
    const auto found = referenced_chv(command, card);
    if (!found) {
        return found.error();
    }
    const bool with_value = command.p1 == 0;
    if (command.data.empty() == with_value) {
        return sw::wrong_length;
    }
    Chv& chv = **found;
    if (chv.enabled == required || (!required && !chv.can_be_disabled)) {
        return sw::conditions_not_satisfied;
    }
    if (with_value) {
        return present(card, chv, command.data, [&] { chv.enabled = required; });
    }
    if (!required && !is_verified(card, chv.reference)) {
        return sw::security_not_satisfied;
    }
    return committed(card, [&] { chv.enabled = required; });
}

/// RESET RETRY COUNTER with the resetting code, followed by a new value when P1 = 00.
StatusWord unblock(const CommandApdu& command, const Card& card, Chv& chv) {
    const std::size_t code_length = chv.unblock_value.size();
    if (code_length == 0) {
        return sw::reference_not_usable;
    }
    const bool with_value = command.p1 == 0;
    const Parts parts = with_value ? split(command.data, code_length) : Parts{command.data, {}};
    const bool fits = !with_value || is_valid_length(chv, parts.second.size());
    const StatusWord status = attempt(
        card, {chv.unblock_tries_left, chv.unblock_tries}, [&] { return equal(parts.first, chv.unblock_value); },
        [&] {
            if (!fits) {
                return;
            }
            chv.tries_left = chv.tries;
            if (with_value) {
                set_value(chv, parts.second);
            }
        });
    return status == sw::success && !fits ? sw::wrong_length : status;
}

}  // namespace

StatusWord verify(const CommandApdu& command, const Card& card, Bytes&) {
    constexpr std::uint8_t log_out = 0xFF;
    if (command.p1 != 0 && command.p1 != log_out) {
        return sw::incorrect_p1_p2;
    }
    const auto found = referenced_chv(command, card);
    if (!found) {
        return found.error();
    }
    Chv& chv = **found;
    if (command.p1 == log_out) {
        if (!command.data.empty()) {
            return sw::nc_inconsistent_with_p1_p2;
        }
        set_not_verified(card, chv);
        return sw::success;
    }
    if (command.data.empty()) {
        return query(card, chv);
    }
    if (!chv.enabled) {
        return sw::reference_not_usable;
    }
    const StatusWord status = present(card, chv, command.data, [] {});
    if (status == sw::success) {
        set_verified(card, command.p2);
    }
    return status;
}

StatusWord change_reference_data(const CommandApdu& command, const Card& card, Bytes&) {
    if (command.p1 > 1) {
        return sw::incorrect_p1_p2;
    }
    const auto found = referenced_chv(command, card);
    if (!found) {
        return found.error();
    }
    Chv& chv = **found;
    const ByteView data = command.data;
    if (data.empty()) {
        return sw::wrong_length;
    }
    if (!chv.enabled) {
        return sw::reference_not_usable;
    }
    if (command.p1 == 0) {
        return replace(card, chv, split(data, chv.value.size()));
    }
    if (!is_valid_length(chv, data.size())) {
        return sw::wrong_length;
    }
    if (!is_verified(card, chv.reference)) {
        return sw::security_not_satisfied;
    }
    return committed(card, [&] { set_value(chv, data); });
}

StatusWord enable_verification(const CommandApdu& command, const Card& card, Bytes&) {
    return set_requirement(command, card, true);
}

StatusWord disable_verification(const CommandApdu& command, const Card& card, Bytes&) {
    return set_requirement(command, card, false);
}

StatusWord reset_retry_counter(const CommandApdu& command, const Card& card, Bytes&) {
    constexpr std::uint8_t new_value_alone = 2;
    constexpr std::uint8_t nothing = 3;
    if (command.p1 > nothing) {
        return sw::incorrect_p1_p2;
    }
    const auto found = referenced_chv(command, card);
    if (!found) {
        return found.error();
    }
    Chv& chv = **found;
    const ByteView data = command.data;
    if (data.empty() != (command.p1 == nothing)) {
        return sw::wrong_length;
    }
    if (command.p1 < new_value_alone) {
        return unblock(command, card, chv);
    }
    if (chv.reset_key == 0) {
        return sw::reference_not_usable;
    }
    if (!is_authenticated(card, chv.reset_key)) {
        return sw::security_not_satisfied;
    }
    if (command.p1 == new_value_alone && !is_valid_length(chv, data.size())) {
        return sw::wrong_length;
    }
    return committed(card, [&] {
        chv.tries_left = chv.tries;
        if (!data.empty()) {
            set_value(chv, data);
        }
    });
}

}  // namespace scardlab::icc::commands
