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

    /// Whether it is that file or lies in that directory, or may: where the two are named in different ways.
    bool may_be_in(const FilePlace& other, const SelectedFile& file) const {
        if (place.name == other.name && place.short_identifier == 0) {
            return other.holds(place);
        }
        if (file.facts.is_directory()) {
            return place.name != other.name || other.holds(place);
        }
        return place.identifiers.empty() || place.short_identifier != 0 ||
               place.identifiers.back() == other.identifiers.back();
    }
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
