#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "emulator/icc/image/image_error.h"
#include "emulator/icc/profile.h"
#include "emulator/icc/state.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::icc {

/// SHA-256.
using Digest = std::array<std::uint8_t, 32>;

/// Which profile a card was personalised from.
struct ImageOrigin {
    std::string profile_name;
    Digest fingerprint{};  ///< of all that the profile personalises; what it makes of ATR and quirks does not count
    friend bool operator==(const ImageOrigin&, const ImageOrigin&) = default;
};

ImageOrigin origin_of(const Profile& profile);

/// A card image, read.
struct Image {
    ImageOrigin origin;
    IccState state;
    friend bool operator==(const Image&, const Image&) = default;
};

/// The layout, numbers big endian:
///
///      0  magic 89 "SCLI" 0D 0A 1A
///      8  format version, 2 bytes
///     10  length of the profile's name, 2 bytes
///     12  length of the payload, 4 bytes
///     16  fingerprint of the profile, 32 bytes
///     48  the profile's name
///      .  payload: the stored state (encode_state)
///      .  SHA-256 of all before, 32 bytes
inline constexpr std::uint16_t image_version = 2;
inline constexpr std::size_t fingerprint_offset = 16;
inline constexpr std::size_t max_profile_name = 255;
/// No image is larger.
inline constexpr std::size_t max_image_size = 16 * 1024 * 1024;

iso7816::Bytes encode_image(const ImageOrigin& origin, const IccState& state);

/// Reads any bytes as an image. What it accepts is whole, undamaged and a well-formed state (see decode_state), and is
/// encoded to the same bytes again. Errors: ImageError, looked for in this order: magic, version, surplus of what
/// is larger than any image, truncated, surplus, checksum, field.
tl::expected<Image, ImageError> decode_image(iso7816::ByteView bytes);

}  // namespace scardlab::icc
