#pragma once

#include <cstddef>
#include <tl/expected.hpp>

#include "emulator/icc/image/image_error.h"
#include "emulator/icc/state.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::icc {

/// Limits of a stored state; one beyond them has no encoding that can be decoded.
inline constexpr std::size_t max_entries = 4'096;        ///< files, CHVs, keys
inline constexpr std::size_t max_data_objects = 65'535;  ///< of a DF
inline constexpr std::size_t max_content = 65'535;       ///< bytes of a transparent EF or a data object
inline constexpr std::size_t max_record = 254;           ///< bytes of a record, and records of a file
inline constexpr std::size_t max_df_name = 16;           ///< bytes
inline constexpr std::size_t max_reference_value = 255;  ///< bytes of a CHV or of its resetting code
inline constexpr std::uint8_t max_tries = 15;            ///< a counter is told in four bits (63Cx)
inline constexpr std::uint8_t largest_short_identifier = 30;

/// The payload of a card image: every field of `state` in the order of its declaration, numbers big endian, lists and
/// byte strings behind a count of four bytes, an optional number as a flag and one byte (00 when absent).
iso7816::Bytes encode_state(const IccState& state);

/// Reads a payload to its last byte. What it accepts is well formed: the MF is there, each file's parent is a DF that
/// exists and leads to the MF, each CHV belongs to such a DF, contents fit the kind of their file, keys their
/// algorithm, counters and sizes their limits. Errors: truncated, field, surplus; offsets count from `payload`'s begin.
/// Never allocates more than a small multiple of the payload.
tl::expected<IccState, ImageError> decode_state(iso7816::ByteView payload);

}  // namespace scardlab::icc
