#include "emulator/icc/file_selection.h"

#include <algorithm>

namespace scardlab::icc {

namespace {

template <class Predicate>
std::optional<FileIndex> find_file(const IccState& state, Predicate matches) {
    for (FileIndex i = 0; i < state.files.size(); ++i) {
        if (matches(i, state.files[i])) {
            return i;
        }
    }
    return std::nullopt;
}

bool is_child(FileIndex index, const File& file, FileIndex df) {
    return index != mf_index && file.parent == df;
}

}  // namespace

std::optional<FileIndex> find_child(const IccState& state, FileIndex df, std::uint16_t identifier) {
    return find_file(state, [&](FileIndex index, const File& file) {
        return is_child(index, file, df) && file.identifier == identifier;
    });
}

std::optional<FileIndex> find_short(const IccState& state, FileIndex df, std::uint8_t short_identifier) {
    return find_file(state, [&](FileIndex index, const File& file) {
        return is_child(index, file, df) && file.kind != FileKind::df && file.short_identifier == short_identifier;
    });
}

std::optional<FileIndex> find_by_identifier(const IccState& state, FileIndex current_df, std::uint16_t identifier) {
    const File& current = state.files[current_df];
    if (identifier == state.files[mf_index].identifier) {
        return mf_index;
    }
    if (identifier == current.identifier) {
        return current_df;
    }
    if (const auto child = find_child(state, current_df, identifier)) {
        return child;
    }
    const FileIndex parent = current.parent;
    if (identifier == state.files[parent].identifier) {
        return parent;
    }
    const auto sibling = find_child(state, parent, identifier);
    return sibling && state.files[*sibling].kind == FileKind::df ? sibling : std::nullopt;
}

std::optional<FileIndex> find_by_name(const IccState& state, iso7816::ByteView name) {
    return find_file(state, [&](FileIndex, const File& file) {
        return file.kind == FileKind::df && file.aid.size() >= name.size() && !name.empty() &&
               std::equal(name.begin(), name.end(), file.aid.begin());
    });
}

std::optional<FileIndex> find_by_path(const IccState& state, FileIndex start, iso7816::ByteView path) {
    if (path.empty() || path.size() % 2 != 0) {
        return std::nullopt;
    }
    FileIndex at = start;
    for (std::size_t i = 0; i < path.size(); i += 2) {
        const auto identifier = static_cast<std::uint16_t>(path[i] << 8 | path[i + 1]);
        const auto next = find_child(state, at, identifier);
        if (!next) {
            return std::nullopt;
        }
        at = *next;
    }
    return at;
}

void append_file_control(const File& file, std::uint8_t tag, iso7816::Bytes& out) {
    const bool is_df = file.kind == FileKind::df;
    const std::size_t start = out.size();
    const auto high = [](std::size_t value) { return static_cast<std::uint8_t>(value >> 8); };
    const auto low = [](std::size_t value) { return static_cast<std::uint8_t>(value & 0xFF); };
    out.insert(out.end(), {tag, 0});
    if (!is_df) {
        out.insert(out.end(), {0x80, 2, high(file.content.size()), low(file.content.size())});
    }
    out.insert(out.end(), {0x82, 1, static_cast<std::uint8_t>(is_df ? 0x38 : 0x01)});
    out.insert(out.end(), {0x83, 2, high(file.identifier), low(file.identifier)});
    if (!file.aid.empty()) {
        out.insert(out.end(), {0x84, static_cast<std::uint8_t>(file.aid.size())});
        out.insert(out.end(), file.aid.begin(), file.aid.end());
    }
    if (file.short_identifier) {
        out.insert(out.end(), {0x88, 1, static_cast<std::uint8_t>(*file.short_identifier << 3)});
    }
    out[start + 1] = static_cast<std::uint8_t>(out.size() - start - 2);
}

}  // namespace scardlab::icc
