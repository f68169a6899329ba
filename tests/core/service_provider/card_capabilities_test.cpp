#include "core/service_provider/card_capabilities.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/fakes/card_profiles.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using fakes::hex;

namespace {

struct Historical {
    const char* bytes;
    const char* capabilities;
    bool extended;
};
std::ostream& operator<<(std::ostream& out, const Historical& row) {
    return out << row.bytes;
}

const Historical historical[] = {
    {"", "", false},
    {"80", "", false},
    {"80 73 F7 41 FB", "F7 41 FB", true},
    {"80 73 F7 41 BB", "F7 41 BB", false},
    {"80 31 C0 73 F7 41 40", "F7 41 40", true},
    {"80 71 F7", "F7", false},
    {"80 72 F7 41", "F7 41", false},
    {"80 73 F7 41", "", false},  // cut off
    {"00 73 F7 41 C0 05 90 00", "F7 41 C0", true},
    {"00 05 90 00", "", false},
    {"00 05", "", false},
    {"10 73 F7 41 FB", "", false},  // another category
};

struct Limits {
    const char* objects;
    const char* historical;
    std::size_t command, response;
};
std::ostream& operator<<(std::ostream& out, const Limits& row) {
    return out << row.objects << " and " << row.historical;
}

const Limits limits[] = {
    {"", "", 255, 256},
    {"", "80 73 F7 41 FB", 1024, 1024},
    {"47 03 F7 41 FB", "", 1024, 1024},
    {"47 03 F7 41 3B", "80 73 F7 41 3B", 255, 256},
    {"7F66 08 02 02 0800 02 02 0400", "80 73 F7 41 FB", 2048 - 9, 1024 - 2},
    {"7F66 08 02 02 0800 02 02 0400", "", 255, 256},  // a figure, but not announced
    {"47 03 F7 41 FB 7F66 0A 02 03 010000 02 03 010000", "", 65'536 - 9, 65'536 - 2},
    {"47 03 F7 41 FB 7F66 0A 02 03 FFFFFF 02 03 FFFFFF", "", 65'535, 65'536},
    {"47 03 F7 41 FB 7F66 06 02 01 10 02 01 00", "", 255, 256},  // less than short length is not believed
    {"47 03 F7 41 FB 7F66 04 02 02 0800", "", 2048 - 9, 1024},
    {"47 03 F7 41 FB 7F66 01 02", "", 1024, 1024},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_card_capabilities)

// ISO/IEC 7816-4 clause 12.1.1
BOOST_DATA_TEST_CASE(capabilities_are_found_among_historical_bytes, boost::unit_test::data::make(historical), row) {
    const iso7816::Bytes bytes = hex(row.bytes);
    const iso7816::ByteView found = card_capabilities(bytes);
    BOOST_TEST(iso7816::to_hex(found) == row.capabilities);
    BOOST_TEST(says_extended_length(found) == row.extended);
}

// ISO/IEC 7816-4 clause 12.2.2
BOOST_AUTO_TEST_CASE(of_ef_atr_come_the_objects_that_say_what_the_card_can_do) {
    const auto objects = [](const char* content) { return iso7816::to_hex(capability_objects(hex(content))); };
    BOOST_TEST(objects("43 01 85 47 03 F7 41 FB 7F66 08 02 02 0800 02 02 0400 FF FF") ==
               "47 03 F7 41 FB 7F 66 08 02 02 08 00 02 02 04 00");
    BOOST_TEST(objects("43 01 85") == "");
    BOOST_TEST(objects("") == "");
    BOOST_TEST(objects("47 03 F7") == "");
}

BOOST_DATA_TEST_CASE(lengths_are_those_announced, boost::unit_test::data::make(limits), row) {
    const LengthLimits found = length_limits(hex(row.objects), hex(row.historical));
    BOOST_TEST(found.command == row.command);
    BOOST_TEST(found.response == row.response);
    BOOST_TEST(found.extended() == (row.command > 255));
}

BOOST_AUTO_TEST_SUITE_END()
