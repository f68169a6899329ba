#pragma once

#include <cstdint>
#include <map>

#include "core/service_provider/file_commands.h"
#include "core/service_provider/iscard_file_access.h"

namespace scardlab::service_provider {

/// A file that an application has opened.
struct OpenFile {
    FilePlace place;
    FileType type = FileType::SC_TYPE_TRANSPARENT_EF;
    std::uint32_t record_size = 0;
    std::uint32_t position = 0;  ///< in data objects

    /// Whether the file that is at its place now can be the one that was opened.
    bool is(const FileFacts& facts) const { return facts.type == type && facts.record_size == record_size; }
};

/// What ISCardFileAccess keeps of one session of the card.
struct FileSession {
    std::uint64_t number = 0;
    FilePlace directory;  ///< the current one
    std::map<std::uint32_t, OpenFile> files;
    LengthLimits limits;
    bool limits_known = false;
};

}  // namespace scardlab::service_provider
