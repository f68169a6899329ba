#include "emulator/icc/interpreter.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "emulator/icc/commands/handlers.h"

namespace scardlab::icc {

namespace {

using commands::Card;
using iso7816::Bytes;
using iso7816::CommandApdu;
using iso7816::StatusWord;
using iso7816::T0Direction;
namespace sw = iso7816::sw;

constexpr std::uint8_t chaining_bit = 0x10;

struct Instruction {
    std::uint8_t ins;
    T0Direction direction;
    bool on_terminated_card;
    commands::Handler handler;
};

constexpr auto to_card = T0Direction::to_card;
constexpr auto from_card = T0Direction::from_card;
constexpr auto instructions = std::to_array<Instruction>({
    {0x04, to_card, false, commands::deactivate_file},
    {0x0C, to_card, false, commands::erase_record},
    {0x0E, to_card, false, commands::erase_binary},
    {0x20, to_card, false, commands::verify},
    {0x24, to_card, false, commands::change_reference_data},
    {0x26, to_card, false, commands::disable_verification},
    {0x28, to_card, false, commands::enable_verification},
    {0x2C, to_card, false, commands::reset_retry_counter},
    {0x44, to_card, false, commands::activate_file},
    {0x70, from_card, false, commands::manage_channel},
    {0x82, to_card, false, commands::external_authenticate},
    {0x84, from_card, false, commands::get_challenge},
    {0x88, to_card, false, commands::internal_authenticate},
    {0xA2, to_card, false, commands::search_record},
    {0xA4, to_card, false, commands::select},
    {0xB0, from_card, false, commands::read_binary},
    {0xB2, from_card, false, commands::read_record},
    {0xCA, from_card, true, commands::get_data},
    {0xD0, to_card, false, commands::write_binary},
    {0xD2, to_card, false, commands::write_record},
    {0xD6, to_card, false, commands::update_binary},
    {0xDA, to_card, false, commands::put_data},
    {0xDC, to_card, false, commands::update_record},
    {0xE0, to_card, false, commands::create_file},
    {0xE2, to_card, false, commands::append_record},
    {0xE4, to_card, false, commands::delete_file},
    {0xE6, to_card, false, commands::terminate_df},
    {0xE8, to_card, false, commands::terminate_ef},
    {0xFE, to_card, false, commands::terminate_card_usage},
});

/// Rows by INS; 0 is none, n the row n - 1.
constexpr auto rows_by_ins = [] {
    std::array<std::uint8_t, 256> rows{};
    for (std::size_t i = 0; i < instructions.size(); ++i) {
        rows[instructions[i].ins] = static_cast<std::uint8_t>(i + 1);
    }
    return rows;
}();

const Instruction* find_instruction(std::uint8_t ins) {
    const std::uint8_t row = rows_by_ins[ins];
    return row == 0 ? nullptr : &instructions[row - 1U];
}

/// The channel that a class byte without secure messaging names. Errors: 6E00, 6881.
tl::expected<std::uint8_t, StatusWord> channel_of(std::uint8_t cla, const ApplicationSession& session) {
    const bool first_interindustry = (cla & 0xE0) == 0x00;
    const bool further_interindustry = (cla & 0xC0) == 0x40;
    if (!first_interindustry && !further_interindustry) {
        return tl::make_unexpected(sw::class_not_supported);
    }
    const auto number = static_cast<std::uint8_t>(first_interindustry ? cla & 0x03 : (cla & 0x0F) + 4);
    if (number >= session.channels.size() || !session.channels[number].open) {
        return tl::make_unexpected(sw::channel_not_supported);
    }
    return number;
}

void end_chain(ApplicationSession::Chain& chain) {
    chain.active = false;
    chain.secured = false;
    chain.header = {};
    chain.data.clear();
}

/// Takes a part of a chain, or lets a command pass that has to do with none; the last part passes with all data. What
/// is answered at once is returned: 9000 for a part that is not the last, 6883, 6884, 6700.
std::optional<StatusWord> collect_chain(CommandApdu& command, const Instruction& instruction, bool secured,
                                        ApplicationSession::Chain& chain) {
    const bool more = (command.cla & chaining_bit) != 0;
    if (!chain.active && !more) {
        return std::nullopt;
    }
    const auto cla = static_cast<std::uint8_t>(command.cla & ~chaining_bit);
    const std::array<std::uint8_t, 4> header{cla, command.ins, command.p1, command.p2};
    if (chain.active && (header != chain.header || secured != chain.secured)) {
        return sw::last_of_chain_expected;
    }
    if (instruction.direction == T0Direction::from_card) {
        return sw::chaining_not_supported;
    }
    constexpr std::size_t largest_nc = 65'535;
    if (chain.data.size() + command.data.size() > largest_nc) {
        return sw::wrong_length;
    }
    chain.active = true;
    chain.secured = secured;
    chain.header = header;
    chain.data.insert(chain.data.end(), command.data.begin(), command.data.end());
    if (more) {
        return sw::success;
    }
    command.data = chain.data;
    return std::nullopt;
}

/// Carries out a command that is whole.
StatusWord carry_out(const CommandApdu& command, const Instruction& instruction, const Card& card, Bytes& data) {
    const auto channels = card.session.channels;
    const StatusWord status = instruction.handler(command, card, data);
    if (data.empty()) {
        return status;
    }
    if (card.exact_le && data.size() < command.ne) {
        card.session.channels = channels;
        const StatusWord right_length = sw::exact_le(static_cast<unsigned>(data.size()));
        data.clear();
        return right_length;
    }
    data.resize(std::min<std::size_t>(data.size(), command.ne));
    data.resize(data.size() + card.profile.quirks.commands.surplus);
    return status;
}

/// Why a command is refused whatever it says, or its row and channel.
struct Dispatch {
    const Instruction& instruction;
    std::uint8_t channel;
};

tl::expected<Dispatch, StatusWord> dispatch(const CommandApdu& command, const CardMemory& memory,
                                            const ApplicationSession& session) {
    const auto channel = channel_of(command.cla, session);
    if (!channel) {
        return tl::make_unexpected(channel.error());
    }
    if (command.extended && memory.profile.quirks.commands.no_extended) {
        return tl::make_unexpected(sw::wrong_length);
    }
    const Instruction* const instruction = find_instruction(command.ins);
    if (instruction == nullptr) {
        return tl::make_unexpected(sw::instruction_not_supported);
    }
    if (memory.state.terminated && !instruction->on_terminated_card) {
        return tl::make_unexpected(sw::conditions_not_satisfied);
    }
    return Dispatch{*instruction, *channel};
}

/// Carries out a command that is plain, or was, when `secured`, before it was protected.
StatusWord execute_plain(const CommandApdu& given, bool secured, CardMemory memory, ApplicationSession& session,
                         Bytes& data, LeMeaning le) {
    const auto row = dispatch(given, memory, session);
    if (!row) {
        end_chain(session.chain);
        return row.error();
    }
    CommandApdu command = given;
    if (const auto answer = collect_chain(command, row->instruction, secured, session.chain)) {
        if (*answer != sw::success) {
            end_chain(session.chain);
        }
        return *answer;
    }
    const Card card{memory.state, memory.store, memory.profile, session, row->channel, le == LeMeaning::exact, secured};
    const StatusWord status = carry_out(command, row->instruction, card, data);
    end_chain(session.chain);
    return status;
}

/// The plain command inside a protected one. What is refused before the protection is looked at leaves the keys as they
/// are, a wrong protection ends them.
tl::expected<Bytes, StatusWord> unprotected(const CommandApdu& given, const CardMemory& memory,
                                            ApplicationSession& session) {
    if (!iso7816::is_secured_with_header(given.cla) ||
        (!session.secure_messaging && !makes_secure_messaging_keys(memory.state))) {
        return tl::make_unexpected(sw::secure_messaging_not_supported);
    }
    if (!session.secure_messaging) {
        return tl::make_unexpected(sw::conditions_not_satisfied);
    }
    const bool refused_length = given.extended && memory.profile.quirks.commands.no_extended;
    if (refused_length || given.ne < iso7816::protected_response_size(0)) {
        return tl::make_unexpected(sw::wrong_length);
    }
    auto plain = iso7816::unprotect_command(session.secure_messaging->keys, given);
    if (!plain) {
        session.secure_messaging.reset();
        return tl::make_unexpected(StatusWord{plain.error().status});
    }
    return *std::move(plain);
}

StatusWord execute_secured(const CommandApdu& given, CardMemory memory, ApplicationSession& session, Bytes& data) {
    const auto plain = unprotected(given, memory, session);
    if (!plain) {
        end_chain(session.chain);
        return plain.error();
    }
    const auto in_force = *session.secure_messaging;
    const CommandApdu command = CommandApdu::parse(*plain).value();
    StatusWord status = execute_plain(command, true, memory, session, data, LeMeaning::maximum);
    if (iso7816::protected_response_size(data.size()) > given.ne) {
        data.clear();
        status = sw::wrong_length;
    }
    iso7816::SecureSession keys = in_force.keys;
    const Bytes answer = iso7816::protect_response(keys, {data, status});
    if (answer.empty()) {
        data.clear();
        session.secure_messaging.reset();
        return sw::memory_failure;
    }
    if (session.secure_messaging == in_force) {  // else the command made others, or closed their channel
        session.secure_messaging->keys = std::move(keys);
    }
    data.assign(answer.begin(), answer.end() - 2);
    return status;
}

}  // namespace

StatusWord execute(const CommandApdu& command, CardMemory memory, ApplicationSession& session, Bytes& data,
                   LeMeaning le) {
    data.clear();
    return iso7816::is_secured(command.cla) ? execute_secured(command, memory, session, data)
                                            : execute_plain(command, false, memory, session, data, le);
}

bool makes_secure_messaging_keys(const IccState& state) {
    return std::ranges::any_of(state.keys, [](const Key& key) { return key.secure_messaging; });
}

T0Direction t0_direction(std::uint8_t ins) {
    constexpr std::uint8_t get_response = 0xC0;  // the link's own
    const Instruction* const instruction = find_instruction(ins);
    if (instruction != nullptr) {
        return instruction->direction;
    }
    return ins == get_response ? T0Direction::from_card : T0Direction::none;
}

}  // namespace scardlab::icc
