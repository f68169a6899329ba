#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "emulator/iso7816/bytes.h"

namespace scardlab::tools {

/// One row of what historical bytes say.
struct HistoricalField {
    std::size_t offset;  ///< of the first byte, among the historical bytes
    std::size_t size;    ///< number of bytes
    std::string name;    ///< short name of the field
    std::string meaning;
};

/// Something in the historical bytes that the standard does not allow.
struct HistoricalFault {
    std::size_t offset;  ///< among the historical bytes, at most their number
    std::string message;
};

struct HistoricalBytes {
    std::vector<HistoricalField> fields;
    std::vector<HistoricalFault> faults;
};

/// Reads historical bytes after ISO/IEC 7816-4:2013 clause 12.1.1 (8.1.1 in the edition of 2005): category indicator,
/// COMPACT-TLV data objects, status indicator. Of a proprietary category only the category is told.
HistoricalBytes decode_historical_bytes(iso7816::ByteView bytes);

}  // namespace scardlab::tools
