#include <algorithm>

#include "emulator/icc/commands/handlers.h"

namespace scardlab::icc::commands {

namespace {

constexpr std::uint8_t open_channel = 0x00;
constexpr std::uint8_t close_channel = 0x80;
constexpr std::uint8_t largest_coded = 19;

StatusWord open(const CommandApdu& command, const Card& card, Bytes& data) {
    auto& channels = card.session.channels;
    const std::size_t count = std::min<std::size_t>(card.profile.channels, channels.size());
    std::size_t number = command.p2;
    if (number == 0) {
        if (command.ne == 0) {
            return sw::wrong_length;
        }
        number = 1;
        while (number < count && channels[number].open) {
            ++number;
        }
        if (number >= count) {
            return sw::channel_opening_denied;
        }
        data.push_back(static_cast<std::uint8_t>(number));
    }
    if (number >= count) {
        return sw::channel_not_supported;
    }
    if (channels[number].open) {
        return sw::channel_opening_denied;
    }
    Channel opened;
    opened.open = true;
    opened.current_df = card.channel_number == 0 ? mf_index : card.channel().current_df;
    channels[number] = opened;
    return sw::success;
}

StatusWord close(const CommandApdu& command, const Card& card) {
    const std::uint8_t number = command.p2 == 0 ? card.channel_number : command.p2;
    if (number == 0 || (card.channel_number != 0 && card.channel_number != number)) {
        return sw::incorrect_p1_p2;
    }
    auto& channels = card.session.channels;
    if (number >= channels.size() || !channels[number].open) {
        return sw::channel_not_supported;
    }
    channels[number] = Channel{};
    auto& secure_messaging = card.session.secure_messaging;
    if (secure_messaging && secure_messaging->channel == number) {
        secure_messaging.reset();
    }
    return sw::success;
}

}  // namespace

StatusWord manage_channel(const CommandApdu& command, const Card& card, Bytes& data) {
    if (!command.data.empty()) {
        return sw::wrong_length;
    }
    if (command.p2 > largest_coded || (command.p1 != open_channel && command.p1 != close_channel)) {
        return sw::incorrect_p1_p2;
    }
    return command.p1 == open_channel ? open(command, card, data) : close(command, card);
}

}  // namespace scardlab::icc::commands
