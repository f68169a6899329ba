#pragma once

#include <optional>

#include "emulator/icc/state.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::icc {

/// Child of `df` with that identifier.
std::optional<FileIndex> find_child(const IccState& state, FileIndex df, std::uint16_t identifier);

/// EF of `df` with that short identifier.
std::optional<FileIndex> find_short(const IccState& state, FileIndex df, std::uint8_t short_identifier);

/// SELECT by identifier (ISO/IEC 7816-4 clause 11.1.1, P1 = 00): the MF, the current DF itself, its children, its
/// parent and its parent's DFs.
std::optional<FileIndex> find_by_identifier(const IccState& state, FileIndex current_df, std::uint16_t identifier);

/// Which of the files that fit (clause 11.1.1, P2 bits 2 and 1).
enum class Occurrence : std::uint8_t { first, last, next, previous };

/// SELECT by DF name, right-truncated names allowed (P1 = 04), in the order of IccState::files; `next` and `previous`
/// count from the current DF.
std::optional<FileIndex> find_by_name(const IccState& state, iso7816::ByteView name,
                                      Occurrence occurrence = Occurrence::first, FileIndex current_df = mf_index);

/// SELECT by path from `start`, two bytes a step, without the identifier of `start` (P1 = 08 and 09).
std::optional<FileIndex> find_by_path(const IccState& state, FileIndex start, iso7816::ByteView path);

/// What SELECT tells about a file (clause 7.4.1).
enum class FileControl : std::uint8_t {
    parameters = 0x62,   ///< FCP
    management = 0x64,   ///< FMD
    information = 0x6F,  ///< FCI
};

/// File control information as BER-TLV. FCP and FCI have file size 80, descriptor 82, identifier 83, DF name 84, short
/// identifier 88 and, unless the file is activated, life cycle status 8A (clause 7.4.3); FMD has the DF name. Appended
/// to `out`.
void append_file_control(const File& file, FileControl kind, iso7816::Bytes& out);

/// File descriptor byte (clause 7.4.5) of a kind of file, which is shareable: several channels can select it at once.
std::uint8_t file_descriptor_byte(FileKind kind);

}  // namespace scardlab::icc
