#pragma once

#include <cstdint>

#include "core/service_provider/file_commands.h"

namespace scardlab::service_provider {

/// Where a selected EF ends, in data objects: its size, or the number of its records. `or_capacity`: when its records
/// may not be read, the most that there can be.
Hresult end_of(FileCommands& commands, const SelectedFile& file, bool or_capacity, std::uint32_t& end);

/// Reads up to `count` records from a position on, one after the other. SCARD_W_EOF: there is none.
Hresult read_records(FileCommands& commands, const SelectedFile& file, std::uint32_t position, std::uint32_t count,
                     iso7816::Bytes& content, std::uint32_t& number);

/// Writes at a position and moves it on; `written` counts data objects as it goes. What exceeds the file or the record
/// is SCARD_E_WRITE_TOO_MANY before anything is sent, as far as the card tells its size; a record that is too short for
/// records of one size, or empty, is E_INVALIDARG.
Hresult write_objects(FileCommands& commands, const SelectedFile& file, iso7816::ByteView data, std::uint32_t& position,
                      std::uint32_t& written);

}  // namespace scardlab::service_provider
