#include "emulator/iso7816/tlv.h"

#include <rapidcheck/boost_test.h>

#include <boost/test/unit_test.hpp>

#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

BOOST_AUTO_TEST_SUITE(iso7816_tlv)

// ISO/IEC 7816-4 clause 6.3
BOOST_AUTO_TEST_CASE(objects_are_read_one_after_another) {
    const Bytes bytes = hex("83 02 3F 00 5F 24 01 07 DF 81 01 00 80 81 01 AA 82 82 00 01 BB");
    TlvReader reader(bytes);
    const std::pair<std::uint32_t, const char*> expected[] = {
        {0x83, "3F 00"}, {0x5F24, "07"}, {0xDF8101, ""}, {0x80, "AA"}, {0x82, "BB"}};
    for (const auto& [tag, value] : expected) {
        const auto object = reader.next();
        BOOST_TEST_REQUIRE(object.has_value());
        BOOST_TEST(object->tag == tag);
        BOOST_TEST(to_hex(object->value) == value);
    }
    BOOST_TEST(reader.at_end());
}

BOOST_AUTO_TEST_CASE(malformed_objects_are_refused_at_their_offset) {
    const std::pair<const char*, std::size_t> refused[] = {
        {"", 0},
        {"5F", 0},
        {"5F 81 81 01 00", 0},
        {"80", 1},
        {"80 02 01", 1},
        {"80 80", 1},
        {"80 83 00 00 00", 1},
        {"80 81", 2},
        {"80 82 01", 3},
        {"80 82 00 02 01", 1},
    };
    for (const auto& [text, offset] : refused) {
        BOOST_TEST_CONTEXT(text) {
            const Bytes bytes = hex(text);
            TlvReader reader(bytes);
            for (int twice = 0; twice < 2; ++twice) {
                const auto object = reader.next();
                BOOST_TEST_REQUIRE(!object.has_value());
                BOOST_TEST(object.error().offset == offset);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(length_field_is_the_shortest) {
    const std::pair<std::size_t, const char*> fields[] = {{0, "53 00"},         {127, "53 7F"},
                                                          {128, "53 81 80"},    {255, "53 81 FF"},
                                                          {256, "53 82 01 00"}, {65'535, "53 82 FF FF"}};
    for (const auto& [size, header] : fields) {
        Bytes bytes;
        append_tlv(bytes, 0x53, Bytes(size, 1));
        const Bytes expected = hex(header);
        BOOST_TEST(bytes.size() == expected.size() + size);
        BOOST_TEST(std::equal(expected.begin(), expected.end(), bytes.begin()));
    }
}

RC_BOOST_PROP(what_is_written_is_read, ()) {
    Bytes bytes;
    std::vector<std::pair<std::uint32_t, Bytes>> objects;
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
        objects.emplace_back(*rc::gen::element(0x80U, 0x53U, 0x5F24U, 0x7F49U, 0xDF8101U),
                             *rc::gen::container<Bytes>(*rc::gen::element<std::size_t>(0, 1, 127, 128, 300),
                                                        rc::gen::arbitrary<std::uint8_t>()));
        append_tlv(bytes, objects.back().first, objects.back().second);
    }
    TlvReader reader(bytes);
    for (const auto& [tag, value] : objects) {
        const auto object = reader.next();
        RC_ASSERT(object.has_value());
        RC_ASSERT(object->tag == tag);
        RC_ASSERT(Bytes(object->value.begin(), object->value.end()) == value);
    }
    RC_ASSERT(reader.at_end());
}

RC_BOOST_PROP(any_bytes_are_read_or_refused_within_them, (const Bytes& bytes)) {
    TlvReader reader(bytes);
    std::size_t values = 0;
    while (!reader.at_end()) {
        const auto object = reader.next();
        if (!object) {
            RC_ASSERT(object.error().offset <= bytes.size());
            return;
        }
        values += object->value.size() + 2;
    }
    RC_ASSERT(values <= bytes.size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
