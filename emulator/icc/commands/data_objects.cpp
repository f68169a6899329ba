#include <algorithm>

#include "emulator/icc/commands/access.h"
#include "emulator/icc/commands/handlers.h"
#include "emulator/icc/commands/memory_use.h"
#include "emulator/icc/file_selection.h"

namespace scardlab::icc::commands {

namespace {

constexpr std::uint16_t control_parameters_tag = 0x0062;
constexpr std::uint16_t df_name_tag = 0x004F;

/// GET DATA of these is the list of the current DF's children, page by page.
constexpr std::uint16_t first_list_tag = 0x01E0, last_list_tag = 0x01FF;
constexpr std::size_t children_on_page = 62;
constexpr std::uint8_t list_mark[] = {'F', 'I', 'L', 'S'};

std::uint16_t tag_of(const CommandApdu& command) {
    return static_cast<std::uint16_t>(command.p1 << 8 | command.p2);
}

/// P1-P2 that name a data object to keep: a BER-TLV tag of one or two bytes or a SIMPLE-TLV one, or a proprietary
/// number.
bool can_be_stored(std::uint16_t tag) {
    return tag >= 0x0040 && tag < 0xFF00 && tag != 0x00FF && tag != 0x02FF;
}

DataObject* find_object(File& df, std::uint16_t tag) {
    const auto found = std::find_if(df.data_objects.begin(), df.data_objects.end(),
                                    [&](const DataObject& object) { return object.tag == tag; });
    return found == df.data_objects.end() ? nullptr : &*found;
}

/// The DF that has the data object for a command on this channel: the current DF or the MF.
std::optional<FileIndex> owner_of(const Card& card, std::uint16_t tag) {
    for (const FileIndex df : {card.channel().current_df, mf_index}) {
        if (find_object(card.state.files[df], tag) != nullptr) {
            return df;
        }
    }
    return std::nullopt;
}

/// A page of the list of the current DF's children. False: there are not so many pages.
bool append_children(const Card& card, std::size_t page, Bytes& data) {
    const FileIndex df = card.channel().current_df;
    const std::size_t first = page * children_on_page;
    std::size_t number = 0;
    data.assign(std::begin(list_mark), std::end(list_mark));
    for (FileIndex i = 0; i < card.state.files.size(); ++i) {
        const File& file = card.state.files[i];
        if (!file.exists || i == mf_index || file.parent != df) {
            continue;
        }
        if (number >= first && number < first + children_on_page) {
            data.insert(data.end(), {static_cast<std::uint8_t>(file.identifier >> 8),
                                     static_cast<std::uint8_t>(file.identifier & 0xFF), file_descriptor_byte(file.kind),
                                     static_cast<std::uint8_t>(file.short_identifier.value_or(0) << 3)});
        }
        ++number;
    }
    if (page != 0 && number <= first) {
        data.clear();
        return false;
    }
    return true;
}

}  // namespace

std::size_t memory_used(const IccState& state) {
    std::size_t used = 0;
    for (const File& file : state.files) {
        if (!file.exists) {
            continue;
        }
        used += file.content.size() + std::size_t{file.record_size} * file.record_capacity;
        for (const DataObject& object : file.data_objects) {
            used += object.value.size() + data_object_overhead;
        }
    }
    return used;
}

StatusWord get_data(const CommandApdu& command, const Card& card, Bytes& data) {
    if (!command.data.empty() || command.ne == 0) {
        return sw::wrong_length;
    }
    const std::uint16_t tag = tag_of(command);
    const FileIndex current = card.channel().current_df;
    const auto owner = owner_of(card, tag);
    const File& df = card.state.files[owner.value_or(current)];
    if (!owner && tag == control_parameters_tag) {
        append_file_control(df, FileControl::parameters, data);
        return sw::success;
    }
    if (!owner && tag == df_name_tag && !df.aid.empty()) {
        data.insert(data.end(), df.aid.begin(), df.aid.end());
        return sw::success;
    }
    if (!owner && tag >= first_list_tag && tag <= last_list_tag) {
        return append_children(card, tag - first_list_tag, data) ? sw::success : sw::reference_not_found;
    }
    if (!owner) {
        return sw::reference_not_found;
    }
    if (const auto refused = refusal(card, *owner, Operation::read)) {
        return *refused;
    }
    const Bytes& value = find_object(card.state.files[*owner], tag)->value;
    data.insert(data.end(), value.begin(), value.end());
    return sw::success;
}

StatusWord put_data(const CommandApdu& command, const Card& card, Bytes&) {
    const std::uint16_t tag = tag_of(command);
    if (!can_be_stored(tag)) {
        return sw::incorrect_p1_p2;
    }
    if (command.data.empty()) {
        return sw::wrong_length;
    }
    const FileIndex index = owner_of(card, tag).value_or(card.channel().current_df);
    if (const auto refused = refusal(card, index, Operation::update)) {
        return *refused;
    }
    File& df = card.state.files[index];
    DataObject* const object = find_object(df, tag);
    const std::size_t replaced = object == nullptr ? 0 : object->value.size() + data_object_overhead;
    const std::size_t size = command.data.size() + data_object_overhead;
    if (command.data.size() > largest_content || memory_used(card.state) - replaced + size > memory_size) {
        return sw::not_enough_memory;
    }
    return committed(card, [&] {
        if (object == nullptr) {
            df.data_objects.push_back({tag, Bytes(command.data.begin(), command.data.end())});
        } else {
            object->value.assign(command.data.begin(), command.data.end());
        }
    });
}

}  // namespace scardlab::icc::commands
