#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

/// A SELECT from inside DF 5015 with EF 5031 current, its answer and what is current then.
struct Case {
    const char* outcome;
    const char* command;
    const char* answer;
    unsigned df;
    unsigned ef;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.outcome;
}

const Case cases[] = {
    {"no identifier selects the MF", "00 A4 00 0C", "90 00", 0x3F00, 0},
    {"MF by identifier", "00 A4 00 0C 02 3F 00", "90 00", 0x3F00, 0},
    {"current DF by its own identifier", "00 A4 00 0C 02 50 15", "90 00", 0x5015, 0},
    {"child EF by identifier", "00 A4 00 0C 02 50 32", "90 00", 0x5015, 0x5032},
    {"child DF by identifier", "00 A4 00 0C 02 51 00", "90 00", 0x5100, 0},
    {"sibling DF by identifier", "00 A4 00 0C 02 4F 00", "90 00", 0x4F00, 0},
    {"EF of the parent is out of reach", "00 A4 00 0C 02 2F 00", "6A 82", 0x5015, 0x5031},
    {"EF of a sibling is out of reach", "00 A4 00 0C 02 4F 01", "6A 82", 0x5015, 0x5031},
    {"unknown identifier", "00 A4 00 0C 02 12 34", "6A 82", 0x5015, 0x5031},
    {"identifier of one byte", "00 A4 00 0C 01 3F", "67 00", 0x5015, 0x5031},
    {"identifier of three bytes", "00 A4 00 0C 03 3F 00 00", "67 00", 0x5015, 0x5031},

    {"child DF", "00 A4 01 0C 02 51 00", "90 00", 0x5100, 0},
    {"child DF asked for, EF there", "00 A4 01 0C 02 50 31", "6A 82", 0x5015, 0x5031},
    {"child DF without identifier", "00 A4 01 0C", "67 00", 0x5015, 0x5031},
    {"EF under the current DF", "00 A4 02 0C 02 50 32", "90 00", 0x5015, 0x5032},
    {"EF asked for, DF there", "00 A4 02 0C 02 51 00", "6A 82", 0x5015, 0x5031},
    {"EF without identifier", "00 A4 02 0C", "67 00", 0x5015, 0x5031},

    {"parent DF", "00 A4 03 0C", "90 00", 0x3F00, 0},
    {"parent DF with data", "00 A4 03 0C 02 3F 00", "67 00", 0x5015, 0x5031},

    {"DF by whole name", "00 A4 04 0C 06 A0 00 00 00 63 51", "90 00", 0x5100, 0},
    {"DF by truncated name, the first of two", "00 A4 04 0C 05 A0 00 00 00 63", "90 00", 0x5015, 0},
    {"DF by a name that is too long", "00 A4 04 0C 07 A0 00 00 00 63 51 00", "6A 82", 0x5015, 0x5031},
    {"DF by a name of 16 bytes", "00 A4 04 0C 10 A0 00 00 00 63 51 00 00 00 00 00 00 00 00 00 00", "6A 82", 0x5015,
     0x5031},
    {"DF by a name of 17 bytes", "00 A4 04 0C 11 A0 00 00 00 63 51 00 00 00 00 00 00 00 00 00 00 00", "67 00", 0x5015,
     0x5031},
    {"DF without a name", "00 A4 04 0C", "67 00", 0x5015, 0x5031},

    {"path from the MF to an EF", "00 A4 08 0C 06 50 15 51 00 51 01", "90 00", 0x5100, 0x5101},
    {"path from the MF to a DF", "00 A4 08 0C 02 4F 00", "90 00", 0x4F00, 0},
    {"path with a wrong step", "00 A4 08 0C 04 51 00 51 01", "6A 82", 0x5015, 0x5031},
    {"path through an EF", "00 A4 08 0C 04 2F 00 2F 00", "6A 82", 0x5015, 0x5031},
    {"path with half a step", "00 A4 08 0C 03 50 15 50", "67 00", 0x5015, 0x5031},
    {"path without a step", "00 A4 08 0C", "67 00", 0x5015, 0x5031},
    {"path from the current DF with half a step", "00 A4 09 0C 03 51 00 51", "67 00", 0x5015, 0x5031},
    {"path from the current DF without a step", "00 A4 09 0C", "67 00", 0x5015, 0x5031},
    {"path from the current DF", "00 A4 09 0C 04 51 00 51 01", "90 00", 0x5100, 0x5101},
    {"path from the current DF to what the MF has", "00 A4 09 0C 02 4F 00", "6A 82", 0x5015, 0x5031},

    {"reserved P1", "00 A4 05 0C 02 3F 00", "6A 86", 0x5015, 0x5031},
    {"P1 of SELECT from the current DF's parent up", "00 A4 0A 0C 02 3F 00", "6A 86", 0x5015, 0x5031},
    {"next occurrence", "00 A4 00 0E 02 3F 00", "6A 86", 0x5015, 0x5031},
    {"FMD asked for", "00 A4 00 08 02 3F 00", "90 00", 0x3F00, 0},
    {"last occurrence of an identifier", "00 A4 00 0D 02 3F 00", "6A 86", 0x5015, 0x5031},
    {"previous occurrence of a path", "00 A4 08 0F 02 4F 00", "6A 86", 0x5015, 0x5031},
    {"last occurrence of a name", "00 A4 04 0D 05 A0 00 00 00 63", "90 00", 0x5100, 0},
    {"next occurrence of a name", "00 A4 04 0E 05 A0 00 00 00 63", "90 00", 0x5100, 0},
    {"previous occurrence of a name where there is none", "00 A4 04 0F 05 A0 00 00 00 63", "6A 82", 0x5015, 0x5031},
    {"reserved P2", "00 A4 00 1C 02 3F 00", "6A 86", 0x5015, 0x5031},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_select)

// ISO/IEC 7816-4 clause 11.1.1
BOOST_DATA_TEST_CASE(every_form_answers_as_written_and_failure_changes_nothing, cases, c) {
    Commands commands;
    BOOST_TEST(commands.run("00 A4 08 0C 04 50 15 50 31") == "90 00");
    BOOST_TEST(commands.run(c.command) == c.answer);
    BOOST_TEST(commands.current_df() == c.df);
    BOOST_TEST(commands.current_ef() == c.ef);
}

BOOST_AUTO_TEST_CASE(parent_of_the_mf_is_the_mf) {
    Commands commands;
    BOOST_TEST(commands.run("00 A4 03 0C") == "90 00");
    BOOST_TEST(commands.current_df() == 0x3F00U);
}

BOOST_AUTO_TEST_CASE(parent_by_identifier) {
    Commands commands;
    commands.run("00 A4 08 0C 04 50 15 51 00");
    BOOST_TEST(commands.run("00 A4 00 0C 02 50 15") == "90 00");
    BOOST_TEST(commands.current_df() == 0x5015U);
}

// ISO/IEC 7816-4 clause 7.4, 7.4.1, 7.4.3
BOOST_AUTO_TEST_CASE(file_control_information_describes_a_df) {
    Commands commands;
    BOOST_TEST(commands.run("00 A4 00 00 02 3F 00 00") == "6F 07 82 01 78 83 02 3F 00 90 00");
    BOOST_TEST(commands.run("00 A4 00 00 02 50 15 00") ==
               "6F 10 82 01 78 83 02 50 15 84 07 A0 00 00 00 63 50 15 90 00");
    BOOST_TEST(commands.run("00 A4 00 04 02 3F 00 00") == "62 07 82 01 78 83 02 3F 00 90 00");
}

BOOST_AUTO_TEST_CASE(file_control_information_describes_an_ef) {
    Commands commands;
    BOOST_TEST(commands.run("00 A4 00 00 02 2F 00 00") == "6F 0E 80 02 00 0A 82 01 41 83 02 2F 00 88 01 F0 90 00");
    BOOST_TEST(commands.run("00 A4 08 04 04 50 15 50 32 00") ==
               "62 0E 80 02 02 58 82 01 41 83 02 50 32 88 01 10 90 00");
    BOOST_TEST(commands.run("00 A4 08 04 06 50 15 51 00 51 01 00") ==
               "62 0D 80 02 00 04 82 01 41 83 02 51 01 88 00 90 00");
}

// ISO/IEC 7816-4 clause 7.4.3, 7.4.5, 7.4.7
BOOST_AUTO_TEST_CASE(file_control_parameters_of_records_tell_their_size_and_number) {
    Commands commands(fakes::command_card());
    commands.run("00 A4 01 0C 02 60 00");
    BOOST_TEST(commands.run("00 A4 02 04 02 60 01 00") ==
               "62 12 80 02 00 14 82 05 42 41 00 04 05 83 02 60 01 88 01 08 90 00");
    BOOST_TEST(commands.run("00 A4 02 04 02 60 02 00") ==
               "62 12 80 02 00 28 82 05 44 41 00 0A 04 83 02 60 02 88 01 10 90 00");
    BOOST_TEST(commands.run("00 A4 02 04 02 60 03 00") ==
               "62 12 80 02 00 09 82 05 46 41 00 03 03 83 02 60 03 88 01 18 90 00");
}

BOOST_AUTO_TEST_CASE(file_management_data_are_the_df_name) {
    Commands commands;
    BOOST_TEST(commands.run("00 A4 00 08 02 50 15 00") == "64 09 84 07 A0 00 00 00 63 50 15 90 00");
    BOOST_TEST(commands.run("00 A4 00 08 02 3F 00 00") == "64 00 90 00");
}

BOOST_AUTO_TEST_CASE(occurrences_of_a_name_are_walked_both_ways_from_the_current_df) {
    Commands commands(fakes::command_card());
    for (const unsigned df : {0x5015U, 0x5100U, 0x6000U}) {
        BOOST_TEST(commands.run("00 A4 04 0E 05 A0 00 00 00 63") == "90 00");
        BOOST_TEST(commands.current_df() == df);
    }
    BOOST_TEST(commands.run("00 A4 04 0E 05 A0 00 00 00 63") == "6A 82");
    BOOST_TEST(commands.current_df() == 0x6000U);
    for (const unsigned df : {0x5100U, 0x5015U}) {
        BOOST_TEST(commands.run("00 A4 04 0F 05 A0 00 00 00 63") == "90 00");
        BOOST_TEST(commands.current_df() == df);
    }
}

// ISO/IEC 7816-4 clause 7.4.10
BOOST_AUTO_TEST_CASE(life_cycle_of_the_selected_file_is_a_warning_and_part_of_its_control_parameters) {
    const std::pair<icc::LifeCycle, const char*> cases_of[] = {
        {icc::LifeCycle::creation, "62 11 80 02 00 0A 82 01 41 83 02 2F 00 88 01 F0 8A 01 01 90 00"},
        {icc::LifeCycle::initialisation, "62 11 80 02 00 0A 82 01 41 83 02 2F 00 88 01 F0 8A 01 03 90 00"},
        {icc::LifeCycle::deactivated, "62 11 80 02 00 0A 82 01 41 83 02 2F 00 88 01 F0 8A 01 04 62 83"},
        {icc::LifeCycle::activated, "62 0E 80 02 00 0A 82 01 41 83 02 2F 00 88 01 F0 90 00"},
        {icc::LifeCycle::terminated, "62 11 80 02 00 0A 82 01 41 83 02 2F 00 88 01 F0 8A 01 0C 62 85"},
    };
    for (const auto& [life_cycle, answer] : cases_of) {
        icc::Profile profile = fakes::dual_protocol();
        profile.mf.children[0].life_cycle = life_cycle;
        Commands commands(profile);
        BOOST_TEST(commands.run("00 A4 02 04 02 2F 00 00") == answer);
        BOOST_TEST(commands.current_ef() == 0x2F00U);
    }
}

BOOST_AUTO_TEST_CASE(data_are_never_longer_than_le) {
    Commands commands;
    BOOST_TEST(commands.run("00 A4 00 00 02 3F 00") == "90 00");
    BOOST_TEST(commands.run("00 A4 00 00 02 3F 00 01") == "6F 90 00");
    BOOST_TEST(commands.run("00 A4 00 00 02 3F 00 08") == "6F 07 82 01 78 83 02 3F 90 00");
    BOOST_TEST(commands.run("00 A4 00 00 00 00 02 3F 00 00 03") == "6F 07 82 90 00");
}

BOOST_AUTO_TEST_CASE(files_of_the_same_identifier_in_different_places_are_different) {
    icc::Profile profile = fakes::dual_protocol();
    profile.mf = fakes::df(0x3F00, {},
                           {fakes::df(0x5000, {}, {fakes::ef(0x0001, {}, fakes::hex("AA"), fakes::always, {})}),
                            fakes::df(0x6000, {}, {fakes::ef(0x0001, {}, fakes::hex("BB"), fakes::always, {})})});
    Commands commands(profile);
    commands.run("00 A4 08 0C 04 50 00 00 01");
    BOOST_TEST(commands.run("00 B0 00 00 01") == "AA 90 00");
    commands.run("00 A4 08 0C 04 60 00 00 01");
    BOOST_TEST(commands.run("00 B0 00 00 01") == "BB 90 00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
