// The ATRs that people all over the world have sent to pcsc-tools: what cards really answer.
#include <boost/test/unit_test.hpp>

#include <map>

#include "emulator/iso7816/atr.h"
#include "tests/emulator/iso7816/atr_list.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

BOOST_AUTO_TEST_SUITE(iso7816_atr_list)

BOOST_AUTO_TEST_CASE(nearly_all_atrs_of_the_list_are_read_and_the_others_have_an_error_inside_them,
                     *boost::unit_test::precondition(atr_list_is_installed)) {
    const auto lines = atr_lines();
    BOOST_REQUIRE_GT(lines.size(), 3000U);
    std::size_t read = 0;
    std::map<AtrError::Kind, std::size_t> errors;
    for (const std::string& line : lines) {
        const Bytes bytes = hex(without_wildcards(line));
        const auto atr = Atr::parse(bytes);
        if (atr) {
            ++read;
            continue;
        }
        ++errors[atr.error().kind];
        BOOST_TEST_CONTEXT(line) {
            BOOST_TEST(atr.error().offset <= bytes.size());
            BOOST_TEST(!atr.error().message.empty());
        }
    }
    // Those that are not read fall in two classes. Bytes after the end: entries where T0 itself is a wildcard, two
    // answers in one line, or SW1SW2 of a later command behind the ATR. Historical bytes missing: entries that were cut
    // off or typed with bytes left out. Neither is a structure that a card could mean by its T0 and TDs.
    const std::size_t surplus = errors[AtrError::Kind::surplus_bytes];
    const std::size_t cut_off = errors[AtrError::Kind::historical_bytes_missing];
    BOOST_TEST_MESSAGE(lines.size() << " ATRs: " << read << " read, " << surplus << " with bytes after the end, "
                                    << cut_off << " with historical bytes missing");
    BOOST_TEST(read + surplus + cut_off == lines.size());
    BOOST_TEST(read * 100 >= lines.size() * 98);
}

BOOST_AUTO_TEST_CASE(nearly_all_atrs_without_wildcards_have_a_good_tck_or_need_none,
                     *boost::unit_test::precondition(atr_list_is_installed)) {
    std::map<Atr::Tck, std::size_t> verdicts;
    std::size_t read = 0;
    for (const std::string& line : atr_lines()) {
        if (line.find_first_of(".[") != std::string::npos) {
            continue;
        }
        if (const auto atr = Atr::parse(hex(line))) {
            ++read;
            ++verdicts[atr->tck()];
        }
    }
    BOOST_REQUIRE_GT(read, 2000U);
    const std::size_t good = verdicts[Atr::Tck::correct] + verdicts[Atr::Tck::absent_as_expected];
    BOOST_TEST_MESSAGE(read << " ATRs: TCK correct " << verdicts[Atr::Tck::correct] << ", absent as expected "
                            << verdicts[Atr::Tck::absent_as_expected] << ", wrong " << verdicts[Atr::Tck::wrong]
                            << ", missing " << verdicts[Atr::Tck::missing]);
    BOOST_TEST(good * 100 >= read * 95);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
