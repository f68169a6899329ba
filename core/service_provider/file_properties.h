#pragma once

#include <cstdint>
#include <tl/expected.hpp>
#include <vector>

#include "core/service_provider/file_commands.h"
#include "emulator/iso7816/tlv.h"

namespace scardlab::service_provider {

/// Reads data objects one after another. E_INVALIDARG: they cannot be read. The values refer to `bytes`.
tl::expected<std::vector<iso7816::Tlv>, Hresult> parse_objects(iso7816::ByteView bytes);

/// The objects of a selected file's control parameters that have one of the tags wanted (all when none is), as
/// BER-TLV; for a DF also data objects that GET DATA brings, by tags of one or two bytes. E_NOTIMPL: the card tells no
/// control parameters.
Hresult get_properties(FileCommands& commands, const SelectedFile& file, const std::vector<iso7816::Tlv>& wanted,
                       iso7816::Bytes& properties);

/// PUT DATA of each object to a selected DF. E_NOTIMPL: the file is an EF. E_INVALIDARG: a tag of three bytes (then
/// nothing is sent), or what the card answers to it.
Hresult set_properties(FileCommands& commands, const SelectedFile& file, const std::vector<iso7816::Tlv>& objects);

}  // namespace scardlab::service_provider
