#pragma once

#include <string>
#include <vector>

#include "core/service_provider/file_commands.h"

namespace scardlab::service_provider {

/// All of an EF: its bytes, or its records one after the other. Nothing of an empty one.
Hresult read_whole(FileCommands& commands, const SelectedFile& file, iso7816::Bytes& content);

/// Names of the files of that type in `directory`, which is current on the card: the card's own list, else, for the
/// directories in the MF, the applications of EF.DIR (ISO/IEC 7816-4 clause 12.2.1), each by its identifier when its
/// path is told to be right below the MF, else by its name. E_NOTIMPL: the card has neither.
Hresult list_files(FileCommands& commands, const FilePlace& directory, FileType type, std::vector<std::string>& list);

/// What the card says it can do.
struct Capabilities {
    iso7816::Bytes objects;  ///< card capabilities 47 and extended length information 7F66, as many as were asked for
    std::uint32_t size = 0;  ///< bytes that all of them take
    LengthLimits limits;
};

/// Reads historical bytes and EF.ATR (ISO/IEC 7816-4 clause 12.1.1, 12.2.2). Of the objects, those come that fit `most`
/// bytes whole. E_NOTIMPL: the card says nothing.
Hresult read_capabilities(FileCommands& commands, CardChannel& channel, std::uint32_t most, Capabilities& found);

}  // namespace scardlab::service_provider
