#include <algorithm>
#include <utility>

#include "emulator/icc/commands/access.h"
#include "emulator/icc/commands/file_template.h"
#include "emulator/icc/commands/handlers.h"
#include "emulator/icc/commands/memory_use.h"
#include "emulator/icc/commands/named_file.h"
#include "emulator/icc/file_selection.h"

namespace scardlab::icc::commands {

namespace {

/// Identifiers that ISO/IEC 7816-4 clause 7.3.1 keeps for itself.
bool is_reserved(std::uint16_t identifier) {
    return identifier == 0x0000 || identifier == 0x3F00 || identifier == 0x3FFF || identifier == 0xFFFF;
}

/// Why `file` may not be in `df`, nullopt when it may.
std::optional<StatusWord> conflict(const IccState& state, FileIndex df, const File& file) {
    if (is_reserved(file.identifier)) {
        return sw::wrong_data;
    }
    const File& parent = state.files[df];
    if (find_child(state, df, file.identifier) || parent.identifier == file.identifier ||
        state.files[parent.parent].identifier == file.identifier) {
        return sw::file_exists;
    }
    const bool same_name = !file.aid.empty() && std::ranges::any_of(state.files, [&](const File& other) {
        return other.exists && other.aid == file.aid;
    });
    return same_name ? std::optional(sw::df_name_exists) : std::nullopt;
}

bool has_room_for(const IccState& state, const File& file) {
    const auto count = std::ranges::count_if(state.files, [](const File& other) { return other.exists; });
    const std::size_t size = file.content.size() + std::size_t{file.record_size} * file.record_capacity;
    return static_cast<std::size_t>(count) < largest_file_count && memory_used(state) + size <= memory_size;
}

bool is_in(const IccState& state, FileIndex file, FileIndex df) {
    for (FileIndex at = file; at != df; at = state.files[at].parent) {
        if (at == mf_index) {
            return false;
        }
    }
    return true;
}

/// Marks the file, and all in it, as deleted; drops the CHVs of deleted DFs.
void erase_tree(IccState& state, FileIndex root) {
    std::vector<FileIndex> doomed;
    for (FileIndex i = 0; i < state.files.size(); ++i) {
        if (state.files[i].exists && is_in(state, i, root)) {
            doomed.push_back(i);
        }
    }
    for (const FileIndex i : doomed) {
        std::erase_if(state.chvs, [&](const Chv& chv) { return chv.df == i; });
        state.files[i] = File{};
        state.files[i].exists = false;
    }
}

/// Takes every channel out of `root`, which is about to go.
void leave(ApplicationSession& session, IccState& state, FileIndex root, FileIndex parent) {
    for (Channel& channel : session.channels) {
        if (is_in(state, channel.current_df, root)) {
            enter_df(state, channel, parent);
        } else if (channel.current_ef == root) {
            channel.current_ef.reset();
            channel.current_record = 0;
        }
    }
}

}  // namespace

StatusWord create_file(const CommandApdu& command, const Card& card, Bytes&) {
    if (command.p1 != 0 || command.p2 != 0) {
        return sw::incorrect_p1_p2;
    }
    if (command.data.empty()) {
        return sw::wrong_length;
    }
    auto described = parse_file_template(command.data);
    if (!described) {
        return described.error();
    }
    IccState& state = card.state;
    const FileIndex df = card.channel().current_df;
    File& file = described->file;
    const bool is_df = file.kind == FileKind::df;
    if (const auto refused = refusal(card, df, is_df ? Operation::create_df : Operation::create_ef)) {
        return *refused;
    }
    if (const auto refused = conflict(state, df, file)) {
        return *refused;
    }
    if (file.short_identifier && find_short(state, df, *file.short_identifier)) {
        if (!described->short_identifier_derived) {
            return sw::file_exists;
        }
        file.short_identifier.reset();
    }
    if (!has_room_for(state, file)) {
        return sw::not_enough_memory;
    }
    file.parent = df;
    const auto free = std::ranges::find_if(state.files, [](const File& other) { return !other.exists; });
    const auto index = static_cast<FileIndex>(free - state.files.begin());
    const bool saved = commit(card, [&] {
        if (index == state.files.size()) {
            state.files.emplace_back();
        }
        state.files[index] = std::move(file);
    });
    if (!saved) {
        return sw::memory_failure;
    }
    make_current(card, index);
    return sw::success;
}

StatusWord delete_file(const CommandApdu& command, const Card& card, Bytes&) {
    const auto found = named_or_current_file(command, card);
    if (!found) {
        return found.error();
    }
    if (*found == mf_index) {
        return sw::conditions_not_satisfied;
    }
    const FileIndex parent = card.state.files[*found].parent;
    if (const auto refused = refusal(card, *found, Operation::delete_self)) {
        return *refused;
    }
    if (const auto refused = refusal(card, parent, Operation::delete_child)) {
        return *refused;
    }
    ApplicationSession& session = card.session;
    const auto before = session.channels;
    leave(session, card.state, *found, parent);
    if (!commit(card, [&] { erase_tree(card.state, *found); })) {
        session.channels = before;
        return sw::memory_failure;
    }
    return sw::success;
}

}  // namespace scardlab::icc::commands
