#include "core/service_provider/file_path.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/core/service_provider/printing.h"
#include "tests/fakes/card_profiles.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using fakes::hex;

namespace {

using enum ReferenceType;

struct Row {
    ReferenceType type;
    const char* path;
    const char* place;  ///< or the code
};
std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << '"' << row.path << "\" of type " << static_cast<int>(row.type);
}

/// In 3F00/5015/5100.
const Row rows[] = {
    {SC_TYPE_BY_ID, "/", "3F00"},
    {SC_TYPE_BY_ID, "3F00", "3F00"},
    {SC_TYPE_BY_NAME, "3F00", "3F00"},
    {SC_TYPE_BY_ID, "/3F00/2F00", "3F00/2F00"},
    {SC_TYPE_BY_ID, "/2f0a", "3F00/2F0A"},
    {SC_TYPE_BY_ID, "3F00/5015/5031", "3F00/5015/5031"},
    {SC_TYPE_BY_ID, "5101", "3F00/5015/5100/5101"},
    {SC_TYPE_BY_ID, "..", "3F00/5015"},
    {SC_TYPE_BY_SHORT, "..", "3F00/5015"},
    {SC_TYPE_BY_ID, "../5031", "3F00/5015/5031"},
    {SC_TYPE_BY_ID, "../..", "3F00"},
    {SC_TYPE_BY_ID, "5200/../5101", "3F00/5015/5100/5101"},
    {SC_TYPE_BY_ID, "../../..", "SCARD_E_DIR_NOT_FOUND"},
    {SC_TYPE_BY_ID, "/..", "SCARD_E_DIR_NOT_FOUND"},
    {SC_TYPE_BY_SHORT, "7", "3F00/5015/5100/7"},
    {SC_TYPE_BY_SHORT, "/5015/30", "3F00/5015/30"},
    {SC_TYPE_BY_SHORT, "31", "E_INVALIDARG"},
    {SC_TYPE_BY_SHORT, "0", "E_INVALIDARG"},
    {SC_TYPE_BY_SHORT, "1A", "E_INVALIDARG"},
    {SC_TYPE_BY_SHORT, "-1", "E_INVALIDARG"},
    {SC_TYPE_BY_SHORT, "001", "E_INVALIDARG"},
    {SC_TYPE_BY_NAME, "A0", "3F00/A0"},
    {SC_TYPE_BY_NAME, "5015", "3F00/5015"},  // a name of two bytes
    {SC_TYPE_BY_NAME, "/A000000018434D00", "3F00/A000000018434D00"},
    {SC_TYPE_BY_NAME, "3F00/a0000018", "3F00/A0000018"},
    {SC_TYPE_BY_NAME, "000102030405060708090A0B0C0D0E0F", "3F00/000102030405060708090A0B0C0D0E0F"},
    {SC_TYPE_BY_NAME, "000102030405060708090A0B0C0D0E0F10", "E_INVALIDARG"},
    {SC_TYPE_BY_NAME, "A00", "E_INVALIDARG"},
    {SC_TYPE_BY_NAME, "A0 00", "E_INVALIDARG"},
    {SC_TYPE_BY_NAME, "5015/A000000018", "E_INVALIDARG"},  // only the MF stands before a name
    {SC_TYPE_BY_NAME, "../A000000018", "E_INVALIDARG"},
    {SC_TYPE_BY_ANY, "5101", "3F00/5015/5100/5101"},
    {SC_TYPE_BY_ANY, "12", "3F00/5015/5100/12"},
    {SC_TYPE_BY_ANY, "A000000018", "3F00/A000000018"},
    {SC_TYPE_BY_ANY, "A000000018/6F01", "3F00/A000000018/6F01"},
    {SC_TYPE_BY_SHORT, "A000000018/3", "3F00/A000000018/3"},
    {SC_TYPE_BY_ANY, "A000000018/6F01/..", "3F00/A000000018"},
    {SC_TYPE_BY_ANY, "A000000018/..", "E_NOTIMPL"},
    {SC_TYPE_BY_ANY, "123", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "A000000018/6F01", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "5015/", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "//5015", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "3F00/", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "5015/3F00", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "50G5", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "0x50", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, "501", "E_INVALIDARG"},
    {SC_TYPE_BY_ID, ".", "E_INVALIDARG"},
    {ReferenceType{4}, "5015", "E_INVALIDARG"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_file_path)

BOOST_DATA_TEST_CASE(a_path_leads_to_one_place, boost::unit_test::data::make(rows), row) {
    const FilePlace current{{}, {0x5015, 0x5100}, 0};
    const auto place = parse_path(row.type, row.path, current);
    BOOST_TEST((place ? to_path(*place) : name(place.error())) == row.place);
}

BOOST_AUTO_TEST_CASE(a_place_tells_its_last_element_and_its_parent) {
    const FilePlace mf, application{hex("A0000018"), {}, 0}, file{hex("A0000018"), {0x6F01}, 0},
        by_short{{}, {0x5015}, 3};
    BOOST_TEST(last_element(mf) == "3F00");
    BOOST_TEST(last_element(application) == "A0000018");
    BOOST_TEST(last_element(file) == "6F01");
    BOOST_TEST(last_element(by_short) == "3");
    BOOST_TEST(mf.is_mf());
    BOOST_TEST(!application.is_mf());
    BOOST_TEST((parent_of(file) == application));
    BOOST_TEST((parent_of(by_short) == FilePlace{{}, {0x5015}, 0}));
    BOOST_TEST(parent_of(mf).error() == hr::dir_not_found);
    BOOST_TEST(parent_of(application).error() == Hresult::E_NOTIMPL_);
}

BOOST_AUTO_TEST_CASE(a_directory_holds_itself_and_what_is_below_it) {
    const FilePlace outer{{}, {0x5015}, 0}, inner{{}, {0x5015, 0x5100}, 0}, other{{}, {0x6000}, 0},
        named{hex("A0000018"), {0x5015}, 0};
    BOOST_TEST(outer.holds(outer));
    BOOST_TEST(outer.holds(inner));
    BOOST_TEST(FilePlace{}.holds(inner));
    BOOST_TEST(!inner.holds(outer));
    BOOST_TEST(!outer.holds(other));
    BOOST_TEST(!outer.holds(named));
}

BOOST_AUTO_TEST_SUITE_END()
