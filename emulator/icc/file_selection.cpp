#include "emulator/icc/file_selection.h"

#include <algorithm>

namespace scardlab::icc {

namespace {

template <class Predicate>
std::optional<FileIndex> find_file(const IccState& state, Predicate matches) {
    for (FileIndex i = 0; i < state.files.size(); ++i) {
        if (state.files[i].exists && matches(i, state.files[i])) {
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

std::optional<FileIndex> find_by_name(const IccState& state, iso7816::ByteView name, Occurrence occurrence,
                                      FileIndex current_df) {
    const auto fits = [&](const File& file) {
        return file.exists && file.kind == FileKind::df && file.aid.size() >= name.size() && !name.empty() &&
               std::equal(name.begin(), name.end(), file.aid.begin());
    };
    std::optional<FileIndex> found;
    for (FileIndex i = 0; i < state.files.size(); ++i) {
        const bool eligible = occurrence == Occurrence::next       ? i > current_df
                              : occurrence == Occurrence::previous ? i < current_df
                                                                   : true;
        if (eligible && fits(state.files[i])) {
            found = i;
            if (occurrence == Occurrence::first || occurrence == Occurrence::next) {
                break;
            }
        }
    }
    return found;
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

std::uint8_t file_descriptor_byte(FileKind kind) {
    switch (kind) {
        case FileKind::df:
            return 0x78;
        case FileKind::transparent_ef:
            return 0x41;
        case FileKind::linear_fixed_ef:
            return 0x42;
        case FileKind::linear_variable_ef:
            return 0x44;
        case FileKind::cyclic_ef:
            return 0x46;
    }
    return 0;
}

void append_file_control(const File& file, FileControl kind, iso7816::Bytes& out) {
    const std::size_t start = out.size();
    const auto high = [](std::size_t value) { return static_cast<std::uint8_t>(value >> 8); };
    const auto low = [](std::size_t value) { return static_cast<std::uint8_t>(value & 0xFF); };
    out.insert(out.end(), {static_cast<std::uint8_t>(kind), 0});
    const bool with_parameters = kind != FileControl::management;
    if (with_parameters) {
        constexpr std::uint8_t write_sets_bits_of_bytes = 0x41;  // data coding byte (clause 7.4.7)
        const std::uint8_t descriptor = file_descriptor_byte(file.kind);
        if (has_records(file.kind)) {
            const std::size_t size = std::size_t{file.record_size} * file.record_capacity;
            out.insert(out.end(), {0x80, 2, high(size), low(size), 0x82, 5, descriptor, write_sets_bits_of_bytes, 0,
                                   file.record_size, file.record_capacity});
        } else {
            if (file.kind == FileKind::transparent_ef) {
                out.insert(out.end(), {0x80, 2, high(file.content.size()), low(file.content.size())});
            }
            out.insert(out.end(), {0x82, 1, descriptor});
        }
        out.insert(out.end(), {0x83, 2, high(file.identifier), low(file.identifier)});
    }
    if (!file.aid.empty()) {
        out.insert(out.end(), {0x84, static_cast<std::uint8_t>(file.aid.size())});
        out.insert(out.end(), file.aid.begin(), file.aid.end());
    }
    if (with_parameters && file.short_identifier) {
        out.insert(out.end(), {0x88, 1, static_cast<std::uint8_t>(*file.short_identifier << 3)});
    } else if (with_parameters && file.kind != FileKind::df) {
        out.insert(out.end(), {0x88, 0});  // without 88 the identifier would tell a short one (clause 7.4.4)
    }
    if (with_parameters && file.life_cycle != LifeCycle::activated) {
        out.insert(out.end(), {0x8A, 1, static_cast<std::uint8_t>(file.life_cycle)});
    }
    out[start + 1] = static_cast<std::uint8_t>(out.size() - start - 2);
}

}  // namespace scardlab::icc
