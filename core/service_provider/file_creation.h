#pragma once

#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

#include "core/service_provider/file_commands.h"
#include "core/service_provider/file_path.h"

namespace scardlab::service_provider {

/// A file that is to be made.
struct NewFile {
    FilePlace directory;     ///< that it will be in
    FileFacts facts;         ///< as the parameters say
    iso7816::Bytes control;  ///< template 62
};

/// What Create is asked for: `parameters` (the objects of template 62, or the template itself) with the name that the
/// path ends in (an identifier 83, a DF name 84 or a short identifier 88) and, for a transparent EF, a size 80 with
/// room for `data`. `current` is the current directory. E_INVALIDARG: the path or the parameters cannot be read, have
/// no descriptor 82 or no identifier, contradict each other, or do not fit the data (a DF has none, records have a
/// size); the codes of parse_path(); with `preallocated` SCARD_E_WRITE_TOO_MANY for data that exceed the size given.
tl::expected<NewFile, Hresult> plan_file(ReferenceType type, std::string_view path, const FilePlace& current,
                                         iso7816::ByteView parameters, bool preallocated, iso7816::ByteView data);

/// CREATE FILE (7816-9 clause 6.1), then writes the data; when they cannot be written the file is deleted again.
Hresult create_file(FileCommands& commands, const NewFile& file, iso7816::ByteView data);

}  // namespace scardlab::service_provider
