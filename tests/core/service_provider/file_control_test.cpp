#include "core/service_provider/file_control.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/fakes/card_profiles.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using fakes::hex;

namespace {

using enum FileType;

struct Descriptor {
    std::uint8_t byte;
    std::optional<FileType> type;
};
std::ostream& operator<<(std::ostream& out, const Descriptor& row) {
    return out << std::hex << int{row.byte} << std::dec;
}

const Descriptor descriptors[] = {
    {0x01, SC_TYPE_TRANSPARENT_EF}, {0x41, SC_TYPE_TRANSPARENT_EF}, {0x09, SC_TYPE_TRANSPARENT_EF},
    {0x02, SC_TYPE_FIXED_EF},       {0x43, SC_TYPE_FIXED_EF},       {0x04, SC_TYPE_VARIABLE_EF},
    {0x45, SC_TYPE_VARIABLE_EF},    {0x46, SC_TYPE_CYCLIC_EF},      {0x07, SC_TYPE_CYCLIC_EF},
    {0x38, SC_TYPE_DIRECTORY_FILE}, {0x78, SC_TYPE_DIRECTORY_FILE}, {0x00, std::nullopt},
    {0x39, std::nullopt},           {0x7A, std::nullopt},           {0x81, std::nullopt},
};

std::string told(const char* control) {
    const auto facts = parse_file_control(hex(control));
    if (!facts) {
        return "nothing";
    }
    std::string text = facts->type ? "type " + std::to_string(static_cast<int>(*facts->type)) : "no type";
    text += facts->size ? ", size " + std::to_string(*facts->size) : "";
    text += facts->identifier ? ", identifier " + std::to_string(*facts->identifier) : "";
    text += facts->name.empty() ? "" : ", name " + iso7816::to_hex(facts->name, '\0');
    return text + ", records " + std::to_string(facts->record_capacity) + " of " + std::to_string(facts->record_size);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_file_control)

// ISO/IEC 7816-4 clause 7.4.5
BOOST_DATA_TEST_CASE(a_descriptor_byte_is_one_type_of_file, boost::unit_test::data::make(descriptors), row) {
    BOOST_TEST((type_of_descriptor(row.byte) == row.type));
}

// ISO/IEC 7816-4 clause 7.4.3
BOOST_AUTO_TEST_CASE(file_control_tells_what_it_has_and_no_more) {
    BOOST_TEST(told("62 0B 80 02 0100 82 01 01 83 02 6F01") == "type 4, size 256, identifier 28417, records 0 of 0");
    BOOST_TEST(told("6F 0B 80 02 0100 82 01 01 83 02 6F01") == "type 4, size 256, identifier 28417, records 0 of 0");
    BOOST_TEST(told("6F 05 62 03 82 01 38") == "type 3, records 0 of 0");
    BOOST_TEST(told("62 07 82 05 42 41 0010 0A") == "type 5, records 10 of 16");
    BOOST_TEST(told("62 08 82 06 44 41 0120 0100") == "type 7, records 256 of 288");
    BOOST_TEST(told("62 06 82 04 46 41 0008") == "type 6, records 0 of 8");
    BOOST_TEST(told("62 05 82 03 46 41 08") == "type 6, records 0 of 8");
    BOOST_TEST(told("6F 05 84 03 A00018") == "type 3, name A00018, records 0 of 0");
    BOOST_TEST(told("62 03 88 01 08") == "no type, records 0 of 0");
    BOOST_TEST(told("62 00") == "no type, records 0 of 0");
    BOOST_TEST(told("62 07 80 05 0102030405") == "no type, records 0 of 0");
}

BOOST_AUTO_TEST_CASE(what_is_no_file_control_tells_nothing) {
    for (const char* control : {"", "62", "62 03 82 01", "64 03 82 01 01", "62 03 82 05 01", "85 01 00"}) {
        BOOST_TEST_CONTEXT(control) {
            BOOST_TEST(told(control) == "nothing");
        }
    }
}

BOOST_AUTO_TEST_CASE(every_type_belongs_in_the_lists_that_mean_it) {
    for (const FileType type : {SC_TYPE_TRANSPARENT_EF, SC_TYPE_FIXED_EF, SC_TYPE_CYCLIC_EF, SC_TYPE_VARIABLE_EF}) {
        BOOST_TEST(is_of_type(type, SC_TYPE_FILES));
        BOOST_TEST(is_of_type(type, SC_TYPE_ALL_FILES));
        BOOST_TEST(is_of_type(type, type));
        BOOST_TEST(!is_of_type(type, SC_TYPE_DIRECTORIES));
        BOOST_TEST(!is_of_type(type, SC_TYPE_DIRECTORY_FILE));
    }
    BOOST_TEST(is_of_type(SC_TYPE_DIRECTORY_FILE, SC_TYPE_DIRECTORIES));
    BOOST_TEST(is_of_type(SC_TYPE_DIRECTORY_FILE, SC_TYPE_DIRECTORY_FILE));
    BOOST_TEST(is_of_type(SC_TYPE_DIRECTORY_FILE, SC_TYPE_ALL_FILES));
    BOOST_TEST(!is_of_type(SC_TYPE_DIRECTORY_FILE, SC_TYPE_FILES));
    BOOST_TEST(!is_of_type(SC_TYPE_FIXED_EF, SC_TYPE_CYCLIC_EF));
}

BOOST_AUTO_TEST_SUITE_END()
