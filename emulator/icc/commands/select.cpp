#include "emulator/icc/commands/access.h"
#include "emulator/icc/commands/handlers.h"
#include "emulator/icc/commands/named_file.h"
#include "emulator/icc/file_selection.h"

namespace scardlab::icc::commands {

namespace {

constexpr std::uint8_t occurrence_bits = 0x03;
constexpr std::uint8_t control_bits = 0x0C;
constexpr std::uint8_t no_control = 0x0C;
constexpr std::uint8_t by_name = 0x04;
constexpr std::size_t largest_name = 16;

FileControl control_of(std::uint8_t p2) {
    switch (p2 & control_bits) {
        case 0x04:
            return FileControl::parameters;
        case 0x08:
            return FileControl::management;
        default:
            return FileControl::information;
    }
}

tl::expected<FileIndex, StatusWord> required(std::optional<FileIndex> found) {
    return found ? tl::expected<FileIndex, StatusWord>(*found) : tl::make_unexpected(sw::file_not_found);
}

Occurrence occurrence_of(std::uint8_t p2) {
    constexpr Occurrence coded[] = {Occurrence::first, Occurrence::last, Occurrence::next, Occurrence::previous};
    return coded[p2 & occurrence_bits];
}

StatusWord status_of_selected(LifeCycle life_cycle) {
    switch (life_cycle) {
        case LifeCycle::deactivated:
            return sw::selected_file_deactivated;
        case LifeCycle::terminated:
            return sw::selected_file_terminated;
        case LifeCycle::creation:
        case LifeCycle::initialisation:
        case LifeCycle::activated:
            return sw::success;
    }
    return sw::success;
}

}  // namespace

tl::expected<FileIndex, StatusWord> named_file(const CommandApdu& command, const Card& card) {
    if (command.p1 != by_name && (command.p2 & occurrence_bits) != 0) {
        return tl::make_unexpected(sw::incorrect_p1_p2);
    }
    const FileIndex current = card.channel().current_df;
    const auto of_kind = [&](std::optional<FileIndex> found, bool df) {
        return found && (card.state.files[*found].kind == FileKind::df) == df ? found : std::nullopt;
    };
    const ByteView data = command.data;
    const auto identifier = [&] { return static_cast<std::uint16_t>(data[0] << 8 | data[1]); };
    switch (command.p1) {
        case 0x00:
            if (data.empty()) {
                return mf_index;
            }
            if (data.size() != 2) {
                return tl::make_unexpected(sw::wrong_length);
            }
            return required(find_by_identifier(card.state, current, identifier()));
        case 0x01:
        case 0x02:
            if (data.size() != 2) {
                return tl::make_unexpected(sw::wrong_length);
            }
            return required(of_kind(find_child(card.state, current, identifier()), command.p1 == 0x01));
        case 0x03:
            if (!data.empty()) {
                return tl::make_unexpected(sw::wrong_length);
            }
            return card.state.files[current].parent;
        case by_name:
            if (data.empty() || data.size() > largest_name) {
                return tl::make_unexpected(sw::wrong_length);
            }
            return required(find_by_name(card.state, data, occurrence_of(command.p2), current));
        case 0x08:
        case 0x09:
            if (data.empty() || data.size() % 2 != 0) {
                return tl::make_unexpected(sw::wrong_length);
            }
            return required(find_by_path(card.state, command.p1 == 0x08 ? mf_index : current, data));
        default:
            return tl::make_unexpected(sw::incorrect_p1_p2);
    }
}

tl::expected<FileIndex, StatusWord> named_or_current_file(const CommandApdu& command, const Card& card) {
    if (command.p2 != 0) {
        return tl::make_unexpected(sw::incorrect_p1_p2);
    }
    if (command.p1 == 0 && command.data.empty()) {
        const Channel& channel = card.channel();
        return channel.current_ef.value_or(channel.current_df);
    }
    return named_file(command, card);
}

StatusWord select(const CommandApdu& command, const Card& card, Bytes& data) {
    if ((command.p2 & ~(occurrence_bits | control_bits)) != 0) {
        return sw::incorrect_p1_p2;
    }
    const auto found = named_file(command, card);
    if (!found) {
        return found.error();
    }
    make_current(card, *found);
    const File& file = card.state.files[*found];
    if ((command.p2 & control_bits) != no_control) {
        append_file_control(file, control_of(command.p2), data);
    }
    return status_of_selected(file.life_cycle);
}

}  // namespace scardlab::icc::commands
