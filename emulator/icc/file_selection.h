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

/// SELECT by DF name, right-truncated names allowed, the first match in the order of creation (P1 = 04).
std::optional<FileIndex> find_by_name(const IccState& state, iso7816::ByteView name);

/// SELECT by path from `start`, two bytes a step, without the identifier of `start` (P1 = 08 and 09).
std::optional<FileIndex> find_by_path(const IccState& state, FileIndex start, iso7816::ByteView path);

/// File control information as BER-TLV: template `tag` (6F FCI, 62 FCP) with file size 80, descriptor 82, identifier
/// 83, DF name 84 and short identifier 88 (clause 7.4). Appended to `out`.
void append_file_control(const File& file, std::uint8_t tag, iso7816::Bytes& out);

}  // namespace scardlab::icc
