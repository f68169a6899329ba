#include "emulator/icc/image/image.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "emulator/icc/image/state_codec.h"

namespace scardlab::icc {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;

constexpr std::array<std::uint8_t, 8> magic{0x89, 'S', 'C', 'L', 'I', 0x0D, 0x0A, 0x1A};
constexpr std::size_t version_offset = magic.size();
constexpr std::size_t name_length_offset = 10;
constexpr std::size_t payload_length_offset = 12;
constexpr std::size_t header_size = fingerprint_offset + sizeof(Digest);

using Error = ImageError::Kind;

tl::unexpected<ImageError> image_error(Error kind, std::size_t offset, std::string message) {
    return tl::make_unexpected(ImageError{kind, offset, std::move(message)});
}

Digest digest(ByteView bytes) {
    Digest result;
    SHA256(bytes.data(), bytes.size(), result.data());
    return result;
}

void append_number(Bytes& out, std::size_t size, std::size_t value) {
    for (; size > 0; --size) {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * (size - 1)) & 0xFF));
    }
}

std::size_t number_at(ByteView bytes, std::size_t offset, std::size_t size) {
    std::size_t value = 0;
    for (const std::uint8_t byte : bytes.subspan(offset, size)) {
        value = value << 8 | byte;
    }
    return value;
}

tl::unexpected<ImageError> truncated(ByteView bytes, std::size_t expected) {
    return image_error(Error::truncated, bytes.size(),
                       fmt::format("the image ends after {} bytes, expected {}", bytes.size(), expected));
}

/// Shows the first bytes that differ.
tl::unexpected<ImageError> wrong_checksum(ByteView found, ByteView expected, std::size_t offset) {
    const auto same =
        static_cast<std::size_t>(std::mismatch(found.begin(), found.end(), expected.begin()).first - found.begin());
    const std::size_t shown = std::min<std::size_t>(4, found.size() - same);
    return image_error(Error::checksum, offset,
                       fmt::format("checksum {}, expected {} from its byte {} on: the image is damaged",
                                   iso7816::to_hex(found.subspan(same, shown)),
                                   iso7816::to_hex(expected.subspan(same, shown)), same + 1));
}

/// Lengths that the header tells, of an image that has them.
struct Sizes {
    std::size_t name = 0;
    std::size_t payload = 0;
    std::size_t checksum_offset() const { return header_size + name + payload; }
};

tl::expected<Sizes, ImageError> check_envelope(ByteView bytes) {
    const std::size_t compared = std::min(bytes.size(), magic.size());
    const auto differs = std::mismatch(magic.begin(), magic.begin() + compared, bytes.begin()).first;
    if (differs != magic.begin() + compared) {
        const auto offset = static_cast<std::size_t>(differs - magic.begin());
        return image_error(
            Error::magic, offset,
            fmt::format("{:02X}, expected {:02X} of a card image's magic number", bytes[offset], *differs));
    }
    if (bytes.size() < version_offset + 2) {
        return truncated(bytes, header_size);
    }
    const std::size_t version = number_at(bytes, version_offset, 2);
    if (version != image_version) {
        return image_error(
            Error::version, version_offset,
            fmt::format("format version {}, expected {}, the one that this program reads", version, image_version));
    }
    if (bytes.size() < header_size) {
        return truncated(bytes, header_size);
    }
    if (bytes.size() > max_image_size) {
        return image_error(Error::surplus, max_image_size,
                           fmt::format("the image goes on, expected at most {} bytes", max_image_size));
    }
    const Sizes sizes{number_at(bytes, name_length_offset, 2), number_at(bytes, payload_length_offset, 4)};
    const std::size_t expected = sizes.checksum_offset() + sizeof(Digest);
    if (bytes.size() < expected) {
        return truncated(bytes, expected);
    }
    if (bytes.size() > expected) {
        return image_error(Error::surplus, expected,
                           fmt::format("{} bytes follow the image, expected none", bytes.size() - expected));
    }
    const Digest computed = digest(bytes.first(sizes.checksum_offset()));
    if (!std::equal(computed.begin(), computed.end(), bytes.end() - sizeof(Digest))) {
        return wrong_checksum(bytes.last(sizeof(Digest)), computed, sizes.checksum_offset());
    }
    return sizes;
}

bool printable(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
}

}  // namespace

ImageOrigin origin_of(const Profile& profile) {
    return {profile.name, digest(encode_state(personalise(profile)))};
}

Bytes encode_image(const ImageOrigin& origin, const IccState& state) {
    const Bytes payload = encode_state(state);
    Bytes out(magic.begin(), magic.end());
    append_number(out, 2, image_version);
    append_number(out, 2, origin.profile_name.size());
    append_number(out, 4, payload.size());
    out.insert(out.end(), origin.fingerprint.begin(), origin.fingerprint.end());
    out.insert(out.end(), origin.profile_name.begin(), origin.profile_name.end());
    out.insert(out.end(), payload.begin(), payload.end());
    const Digest checksum = digest(out);
    out.insert(out.end(), checksum.begin(), checksum.end());
    return out;
}

tl::expected<Image, ImageError> decode_image(ByteView bytes) {
    const auto sizes = check_envelope(bytes);
    if (!sizes) {
        return tl::make_unexpected(sizes.error());
    }
    if (sizes->name > max_profile_name) {
        return image_error(
            Error::field, name_length_offset,
            fmt::format("length of the profile's name is {}, expected 0 to {}", sizes->name, max_profile_name));
    }
    Image image;
    const ByteView name = bytes.subspan(header_size, sizes->name);
    image.origin.profile_name.assign(name.begin(), name.end());
    if (!std::all_of(image.origin.profile_name.begin(), image.origin.profile_name.end(), printable)) {
        return image_error(Error::field, header_size, "a control character in the profile's name");
    }
    const ByteView fingerprint = bytes.subspan(fingerprint_offset, sizeof(Digest));
    std::copy(fingerprint.begin(), fingerprint.end(), image.origin.fingerprint.begin());
    const std::size_t payload_offset = header_size + sizes->name;
    auto state = decode_state(bytes.subspan(payload_offset, sizes->payload));
    if (!state) {
        state.error().offset += payload_offset;
        return tl::make_unexpected(std::move(state.error()));
    }
    image.state = *std::move(state);
    return image;
}

}  // namespace scardlab::icc
