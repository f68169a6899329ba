#include "emulator/icc/commands/life_cycle.h"

#include <algorithm>
#include <array>

#include "emulator/icc/commands/access.h"
#include "emulator/icc/commands/handlers.h"
#include "emulator/icc/commands/named_file.h"

namespace scardlab::icc::commands {

namespace {

using S = LifeCycle;
using I = LifeCycleInput;
constexpr auto rows = std::to_array<LifeCycleTransition>({
    {S::creation, I::activate, S::activated, "ISO/IEC 7816-9 clause 6.4"},
    {S::creation, I::terminate, S::terminated, "6.5, 6.6"},
    {S::initialisation, I::activate, S::activated, "6.4"},
    {S::initialisation, I::terminate, S::terminated, "6.5, 6.6"},
    {S::activated, I::activate, S::activated, "6.4"},
    {S::activated, I::deactivate, S::deactivated, "6.3"},
    {S::activated, I::terminate, S::terminated, "6.5, 6.6"},
    {S::deactivated, I::activate, S::activated, "6.4"},
    {S::deactivated, I::deactivate, S::deactivated, "6.3"},
    {S::deactivated, I::terminate, S::terminated, "6.5, 6.6"},
});

Operation operation_of(LifeCycleInput input) {
    switch (input) {
        case I::deactivate:
            return Operation::deactivate;
        case I::activate:
            return Operation::activate;
        case I::terminate:
            return Operation::terminate;
    }
    return Operation::terminate;
}

StatusWord change(const Card& card, FileIndex index, LifeCycleInput input) {
    if (const auto refused = refusal(card, index, operation_of(input))) {
        return *refused;
    }
    File& file = card.state.files[index];
    const auto status = next(file.life_cycle, input);
    if (!status) {
        return sw::conditions_not_satisfied;
    }
    return committed(card, [&] { file.life_cycle = *status; });
}

StatusWord change_named(const CommandApdu& command, const Card& card, LifeCycleInput input) {
    const auto file = named_or_current_file(command, card);
    return file ? change(card, *file, input) : file.error();
}

/// TERMINATE DF or EF: without data the current file of that kind.
StatusWord terminate_kind(const CommandApdu& command, const Card& card, bool df) {
    if (df && command.p1 == 0 && command.p2 == 0 && command.data.empty()) {
        return change(card, card.channel().current_df, LifeCycleInput::terminate);
    }
    const auto file = named_or_current_file(command, card);
    if (!file) {
        return file.error();
    }
    if ((card.state.files[*file].kind == FileKind::df) != df) {
        return command.p1 == 0 && command.data.empty() ? sw::no_current_ef : sw::incompatible_file;
    }
    return change(card, *file, LifeCycleInput::terminate);
}

}  // namespace

std::span<const LifeCycleTransition> life_cycle_transitions() {
    return rows;
}

std::optional<LifeCycle> next(LifeCycle status, LifeCycleInput input) {
    const auto row = std::ranges::find_if(
        rows, [&](const auto& candidate) { return candidate.from == status && candidate.on == input; });
    return row == rows.end() ? std::nullopt : std::optional(row->to);
}

StatusWord deactivate_file(const CommandApdu& command, const Card& card, Bytes&) {
    return change_named(command, card, LifeCycleInput::deactivate);
}

StatusWord activate_file(const CommandApdu& command, const Card& card, Bytes&) {
    return change_named(command, card, LifeCycleInput::activate);
}

StatusWord terminate_df(const CommandApdu& command, const Card& card, Bytes&) {
    return terminate_kind(command, card, true);
}

StatusWord terminate_ef(const CommandApdu& command, const Card& card, Bytes&) {
    return terminate_kind(command, card, false);
}

StatusWord terminate_card_usage(const CommandApdu& command, const Card& card, Bytes&) {
    if (command.p1 != 0 || command.p2 != 0) {
        return sw::incorrect_p1_p2;
    }
    if (!command.data.empty()) {
        return sw::wrong_length;
    }
    if (const auto refused = refusal(card, mf_index, Operation::terminate)) {
        return *refused;
    }
    return committed(card, [&] { card.state.terminated = true; });
}

}  // namespace scardlab::icc::commands
