#include <boost/test/unit_test.hpp>

#include <rapidcheck/boost_test.h>

#include "emulator/iso7816/bytes.h"

namespace scardlab::iso7816 {
namespace {

BOOST_AUTO_TEST_SUITE(iso7816_bytes)

BOOST_AUTO_TEST_CASE(text_has_two_upper_case_digits_a_byte) {
    const Bytes bytes{0x00, 0xA4, 0x3f};
    BOOST_TEST(to_hex(bytes) == "00 A4 3F");
    BOOST_TEST(to_hex(bytes, '\0') == "00A43F");
    BOOST_TEST(to_hex(bytes, ':') == "00:A4:3F");
    BOOST_TEST(to_hex({}) == "");
}

BOOST_AUTO_TEST_CASE(blanks_and_colons_between_pairs_are_passed_over) {
    const Bytes expected{0x3B, 0x9f, 0x0A};
    for (const char* text : {"3B9F0A", "3b 9f 0a", "3B:9F:0A", "  3B\t9F  0A ", "3B 9F0a"}) {
        BOOST_TEST_CONTEXT(text) {
            const auto bytes = parse_hex(text);
            BOOST_REQUIRE(bytes);
            BOOST_TEST(*bytes == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(empty_text_is_no_bytes) {
    for (const char* text : {"", "  ", ":"}) {
        const auto bytes = parse_hex(text);
        BOOST_REQUIRE(bytes);
        BOOST_TEST(bytes->empty());
    }
}

BOOST_AUTO_TEST_CASE(an_error_says_where_and_what) {
    struct Row {
        const char* text;
        std::size_t offset;
        const char* message;
    };
    for (const Row& row : {Row{"3", 0, "found one digit, expected two digits for each byte"},
                           Row{"3B 9", 3, "found one digit, expected two digits for each byte"},
                           Row{"3B 9 F", 4, "found ' ', expected the second hexadecimal digit of a byte"},
                           Row{"3B xF", 3, "found 'x', expected a hexadecimal digit"},
                           Row{"3B\n", 2, "found byte 0A, expected a hexadecimal digit"},
                           Row{"0x3B", 1, "found 'x', expected the second hexadecimal digit of a byte"}}) {
        BOOST_TEST_CONTEXT(row.text) {
            const auto bytes = parse_hex(row.text);
            BOOST_REQUIRE(!bytes);
            BOOST_TEST(bytes.error().offset == row.offset);
            BOOST_TEST(bytes.error().message == row.message);
        }
    }
}

RC_BOOST_PROP(text_of_any_bytes_reads_back_as_them, (const Bytes& bytes)) {
    for (const char separator : {' ', ':', '\t', '\0'}) {
        RC_ASSERT(parse_hex(to_hex(bytes, separator)) == bytes);
    }
}

RC_BOOST_PROP(any_text_gives_bytes_or_an_error_inside_it, (const std::string& text)) {
    const auto bytes = parse_hex(text);
    RC_ASSERT((bytes ? bytes->size() * 2 <= text.size() : bytes.error().offset < text.size()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
