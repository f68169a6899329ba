#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace scardlab::icc {

/// Why bytes are no card image.
struct ImageError {
    enum class Kind : std::uint8_t {
        truncated,  ///< the bytes end before what they announce
        magic,      ///< not a card image at all
        version,    ///< a format that this program does not read
        checksum,   ///< damaged
        field,      ///< a value that no card can have
        surplus,    ///< bytes after the end
    };
    Kind kind;
    std::size_t offset;   ///< byte offset, at most the number of bytes
    std::string message;  ///< one line: what was found and what was expected there
};

}  // namespace scardlab::icc
