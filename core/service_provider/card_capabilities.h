#pragma once

#include <cstddef>
#include <optional>

#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

/// How long commands may be.
struct LengthLimits {
    std::size_t command = 255;   ///< data bytes of a command
    std::size_t response = 256;  ///< data bytes of a response
    bool extended() const { return command > 255 || response > 256; }
    friend bool operator==(const LengthLimits&, const LengthLimits&) = default;
};

/// The card capabilities among historical bytes (ISO/IEC 7816-4 clause 12.1.1): the value of the compact object 7x of
/// category 80 or 00; empty when there is none.
iso7816::ByteView card_capabilities(iso7816::ByteView historical_bytes);

/// Whether they say that the card takes extended length (third software function table, bit 7).
bool says_extended_length(iso7816::ByteView capabilities);

/// The objects of EF.ATR that say what the card can do (clause 12.2.2): card capabilities 47 and extended length
/// information 7F66, as BER-TLV. Other objects, and padding with 00 or FF at the end, are passed over.
iso7816::Bytes capability_objects(iso7816::ByteView ef_atr);

/// How long commands may be after such objects: what 7F66 says, the greatest command and response APDU, where they or
/// the historical bytes announce extended length. Announced without a figure: 1,024 bytes each way. Not announced:
/// short length.
LengthLimits length_limits(iso7816::ByteView objects, iso7816::ByteView historical_bytes);

}  // namespace scardlab::service_provider
