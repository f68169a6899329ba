#pragma once

#include <cstdint>
#include <optional>

#include "core/service_provider/iscard_file_access.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

/// What a card tells about a file when it is selected.
struct FileFacts {
    /// nullopt: not told. SC_TYPE_VARIABLE_EF also stands for records of which only that is known.
    std::optional<FileType> type;
    std::optional<std::uint32_t> size;  ///< of a transparent EF, bytes
    std::uint32_t record_size = 0;      ///< of each record, in an EF of variable ones of the longest; 0: not told
    std::uint32_t record_capacity = 0;  ///< most records; 0: not told
    std::optional<std::uint16_t> identifier;
    iso7816::Bytes name;     ///< of a DF
    iso7816::Bytes objects;  ///< the value of the template, data objects

    bool is_directory() const { return type == FileType::SC_TYPE_DIRECTORY_FILE; }
    bool has_records() const {
        return type == FileType::SC_TYPE_FIXED_EF || type == FileType::SC_TYPE_CYCLIC_EF ||
               type == FileType::SC_TYPE_VARIABLE_EF;
    }
};

/// The type that a file descriptor byte means (ISO/IEC 7816-4 clause 7.4.5). nullopt: none that is known here.
std::optional<FileType> type_of_descriptor(std::uint8_t descriptor);

/// Reads a file control parameter template, 62, or file control information, 6F, which may have 62 in it (clause
/// 7.4.3). nullopt: it is neither, or its objects cannot be read. What is not in it is not told.
std::optional<FileFacts> parse_file_control(iso7816::ByteView data);

/// Whether a file of that type belongs in a list of `wanted`.
bool is_of_type(FileType type, FileType wanted);

}  // namespace scardlab::service_provider
