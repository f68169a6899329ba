#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "core/service_provider/hresult.h"
#include "core/service_provider/iscard_file_access.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

inline constexpr std::uint16_t mf_identifier = 0x3F00;

/// Where a file is: the way from the MF, or from the DF that has a name, by identifiers. Without any it is the MF or
/// that DF itself.
struct FilePlace {
    iso7816::Bytes name;                     ///< empty: the MF
    std::vector<std::uint16_t> identifiers;  ///< without that of the MF
    std::uint8_t short_identifier = 0;       ///< of an EF in that DF; 0: none

    bool is_mf() const { return name.empty() && identifiers.empty() && short_identifier == 0; }
    /// `other` is this directory, or lies in it.
    bool holds(const FilePlace& other) const;
    friend bool operator==(const FilePlace&, const FilePlace&) = default;
};

/// What a path means in `current`; the syntax is that of ISCardFileAccess. Errors: E_INVALIDARG it cannot be read,
/// SCARD_E_DIR_NOT_FOUND the parent of the MF, E_NOTIMPL the parent of a DF of which only the name is known.
tl::expected<FilePlace, Hresult> parse_path(ReferenceType type, std::string_view path, const FilePlace& current);

/// The directory that a file or directory is in: by the same errors.
tl::expected<FilePlace, Hresult> parent_of(FilePlace place);

/// "3F00/DF01", "3F00/A000000018/EF01".
std::string to_path(const FilePlace& place);
/// The last element of it; a short identifier in decimal.
std::string last_element(const FilePlace& place);
/// Four hexadecimal digits.
std::string to_element(std::uint16_t identifier);

}  // namespace scardlab::service_provider
