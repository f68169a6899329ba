#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "emulator/icc/image/image.h"
#include "emulator/icc/image/state_codec.h"
#include "tests/emulator/icc/image/state_generator.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

namespace {

using icc::ImageError;
using iso7816::Bytes;
using iso7816::ByteView;

const icc::ImageOrigin origin = icc::origin_of(fakes::dual_protocol());

Bytes small_image() {
    return icc::encode_image(origin, small_state());
}

ImageError error_of(ByteView bytes) {
    auto decoded = icc::decode_image(bytes);
    BOOST_REQUIRE(!decoded.has_value());
    BOOST_TEST(decoded.error().offset <= bytes.size());
    return decoded.error();
}

/// The image with its checksum computed anew.
Bytes with_checksum(Bytes image, std::size_t changed_byte, std::uint8_t value) {
    image[changed_byte] = value;
    const std::size_t name = image[11];
    icc::ImageOrigin changed;
    changed.profile_name.assign(image.begin() + 48, image.begin() + static_cast<std::ptrdiff_t>(48 + name));
    std::copy_n(image.begin() + icc::fingerprint_offset, changed.fingerprint.size(), changed.fingerprint.begin());
    return icc::encode_image(changed, small_state());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_image_image)

RC_BOOST_PROP(every_image_is_read_as_it_was_written, ()) {
    const icc::Image image{origin, *stored_states()};
    const Bytes bytes = icc::encode_image(image.origin, image.state);
    const auto decoded = icc::decode_image(bytes);
    if (!decoded) {
        RC_FAIL(decoded.error().message);
    }
    RC_ASSERT(*decoded == image);
    RC_ASSERT(icc::encode_image(decoded->origin, decoded->state) == bytes);
}

BOOST_AUTO_TEST_CASE(the_header_of_version_2_is_this) {
    const icc::IccState state = small_state();
    const Bytes image = icc::encode_image({"card", {0xF1, 0xF2}}, state);
    const std::size_t payload = icc::encode_state(state).size();
    BOOST_TEST(iso7816::to_hex(ByteView(image).first(18)) ==
               "89 53 43 4C 49 0D 0A 1A 00 02 00 04 00 00 " +
                   iso7816::to_hex(Bytes{static_cast<std::uint8_t>(payload >> 8), static_cast<std::uint8_t>(payload)}) +
                   " F1 F2");
    BOOST_TEST(iso7816::to_hex(ByteView(image).subspan(48, 4)) == "63 61 72 64");
    BOOST_TEST(image.size() == 48 + 4 + payload + 32);
}

BOOST_AUTO_TEST_CASE(a_change_of_any_bit_is_refused) {
    const Bytes image = small_image();
    for (std::size_t byte = 0; byte < image.size(); ++byte) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            Bytes changed = image;
            changed[byte] ^= static_cast<std::uint8_t>(1U << bit);
            const auto decoded = icc::decode_image(changed);
            BOOST_TEST(!decoded.has_value(), "byte " << byte << " bit " << bit);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused_and_says_how_much_was_expected) {
    const Bytes image = small_image();
    for (std::size_t size = 0; size < image.size(); ++size) {
        const ImageError error = error_of(ByteView(image).first(size));
        BOOST_TEST((error.kind == ImageError::Kind::truncated));
        BOOST_TEST(error.offset == size);
    }
    BOOST_TEST(error_of(ByteView(image).first(100)).message ==
               "the image ends after 100 bytes, expected " + std::to_string(image.size()));
    BOOST_TEST(error_of({}).message == "the image ends after 0 bytes, expected 48");
}

BOOST_AUTO_TEST_CASE(surplus_bytes_are_refused) {
    Bytes image = small_image();
    const std::size_t size = image.size();
    image.insert(image.end(), {1, 2, 3});
    const ImageError error = error_of(image);
    BOOST_TEST((error.kind == ImageError::Kind::surplus));
    BOOST_TEST(error.offset == size);
    BOOST_TEST(error.message == "3 bytes follow the image, expected none");
}

BOOST_AUTO_TEST_CASE(another_file_is_told_from_an_image) {
    const ImageError error = error_of(fakes::text("name: dual_protocol"));
    BOOST_TEST((error.kind == ImageError::Kind::magic));
    BOOST_TEST(error.offset == 0U);
    BOOST_TEST(error.message == "6E, expected 89 of a card image's magic number");
    Bytes image = small_image();
    image.erase(image.begin() + 5);  // CR LF became LF
    BOOST_TEST((error_of(image).kind == ImageError::Kind::magic));
    BOOST_TEST(error_of(image).offset == 5U);
}

BOOST_AUTO_TEST_CASE(an_unknown_version_is_named_with_the_one_that_is_read) {
    Bytes image = small_image();
    image[9] = 3;
    const ImageError error = error_of(image);
    BOOST_TEST((error.kind == ImageError::Kind::version));
    BOOST_TEST(error.offset == 8U);
    BOOST_TEST(error.message == "format version 3, expected 2, the one that this program reads");
}

BOOST_AUTO_TEST_CASE(damage_is_told_at_the_checksum) {
    Bytes image = small_image();
    image[200] ^= 1;
    const ImageError error = error_of(image);
    BOOST_TEST((error.kind == ImageError::Kind::checksum));
    BOOST_TEST(error.offset == image.size() - 32);
    BOOST_TEST(error.message.starts_with("checksum "));
}

BOOST_AUTO_TEST_CASE(a_wrong_checksum_is_shown_from_where_it_is_wrong) {
    const Bytes right = small_image();
    const auto end_of = [&](std::size_t from) { return iso7816::to_hex(ByteView(right).subspan(from)); };
    const std::size_t at = right.size() - 32;
    const std::pair<std::size_t, std::string> damaged[] = {
        {0, end_of(at).substr(0, 11)}, {4, end_of(at + 4).substr(0, 11)}, {30, end_of(at + 30)}, {31, end_of(at + 31)}};
    for (const auto& [byte, expected] : damaged) {
        Bytes image = right;
        image[at + byte] ^= 0xFF;
        const std::string found = iso7816::to_hex(ByteView(image).subspan(at + byte)).substr(0, expected.size());
        BOOST_TEST(error_of(image).message == "checksum " + found + ", expected " + expected + " from its byte " +
                                                  std::to_string(byte + 1) + " on: the image is damaged");
    }
}

BOOST_AUTO_TEST_CASE(what_is_larger_than_any_image_is_refused_before_its_length_is_looked_at) {
    Bytes image = small_image();
    image.resize(icc::max_image_size + 1);
    image[12] = 0xFF;  // it announces still more
    const ImageError error = error_of(image);
    BOOST_TEST((error.kind == ImageError::Kind::surplus));
    BOOST_TEST(error.offset == icc::max_image_size);
    BOOST_TEST(error.message == "the image goes on, expected at most 16777216 bytes");
    image.resize(icc::max_image_size);
    BOOST_TEST((error_of(image).kind == ImageError::Kind::truncated));
}

BOOST_AUTO_TEST_CASE(a_name_with_control_characters_is_refused) {
    const ImageError error = error_of(with_checksum(small_image(), 49, '\n'));
    BOOST_TEST((error.kind == ImageError::Kind::field));
    BOOST_TEST(error.offset == 48U);
    const ImageError too_long = error_of(icc::encode_image({std::string(256, 'x'), {}}, small_state()));
    BOOST_TEST((too_long.kind == ImageError::Kind::field));
    BOOST_TEST(too_long.offset == 10U);
}

BOOST_AUTO_TEST_CASE(a_field_that_no_card_has_is_told_at_its_byte_of_the_image) {
    icc::IccState state = small_state();
    state.files[0].kind = icc::FileKind{7};
    const ImageError error = error_of(icc::encode_image({"card", {}}, state));
    BOOST_TEST((error.kind == ImageError::Kind::field));
    BOOST_TEST(error.offset == 48U + 4 + 4);
}

RC_BOOST_PROP(any_bytes_are_refused, (const Bytes& bytes)) {
    Bytes image = *rc::gen::arbitrary<bool>() ? Bytes{} : Bytes{0x89, 'S', 'C', 'L', 'I', 0x0D, 0x0A, 0x1A, 0, 1};
    image.insert(image.end(), bytes.begin(), bytes.end());
    const auto decoded = icc::decode_image(image);
    RC_ASSERT(!decoded);
    RC_ASSERT(decoded.error().offset <= image.size());
}

BOOST_AUTO_TEST_CASE(the_fingerprint_tells_profiles_by_what_they_personalise) {
    icc::Profile changed = fakes::dual_protocol();
    changed.chvs[0].value = fakes::text("1235");
    BOOST_TEST((icc::origin_of(changed).fingerprint != origin.fingerprint));
    icc::Profile quirky = fakes::dual_protocol();
    quirky.quirks.t1.wtx = 3;
    quirky.cold_atr = fakes::atr("3B 80 01 81");
    BOOST_TEST((icc::origin_of(quirky) == origin));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
