#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

// Every dialogue begins in DF 6000. P2: 04 record number P1 of the current EF, 0C of the one with SFI 1, ...
const Dialogue reading[] = {
    {"by number", {{"00 B2 02 0C 04", "22 04 05 06 90 00"}, {"00 B2 03 04 04", "11 07 08 09 90 00"}}},
    {"by number past the last", {{"00 B2 04 0C 04", "6A 83"}}},
    {"number zero without a current record", {{"00 B2 00 0C 04", "6A 83"}}},
    {"number zero is the current record",
     {{"00 B2 00 08 04", "11 01 02 03 90 00"},
      {"00 B2 00 02 04", "22 04 05 06 90 00"},
      {"00 B2 00 04 04", "22 04 05 06 90 00"}}},
    {"a number does not move the record pointer",
     {{"00 B2 00 08 04", "11 01 02 03 90 00"},
      {"00 B2 03 04 04", "11 07 08 09 90 00"},
      {"00 B2 00 04 04", "11 01 02 03 90 00"}}},
    {"first and last", {{"00 B2 00 08 04", "11 01 02 03 90 00"}, {"00 B2 00 01 04", "11 07 08 09 90 00"}}},
    {"next from the first to the last, and no further",
     {{"00 B2 00 0A 04", "11 01 02 03 90 00"},
      {"00 B2 00 02 04", "22 04 05 06 90 00"},
      {"00 B2 00 02 04", "11 07 08 09 90 00"},
      {"00 B2 00 02 04", "6A 83"},
      {"00 B2 00 04 04", "11 07 08 09 90 00"}}},
    {"previous from the last to the first, and no further",
     {{"00 B2 00 0B 04", "11 07 08 09 90 00"},
      {"00 B2 00 03 04", "22 04 05 06 90 00"},
      {"00 B2 00 03 04", "11 01 02 03 90 00"},
      {"00 B2 00 03 04", "6A 83"}}},
    {"by identifier",
     {{"00 B2 11 08 04", "11 01 02 03 90 00"},
      {"00 B2 11 02 04", "11 07 08 09 90 00"},
      {"00 B2 22 03 04", "22 04 05 06 90 00"},
      {"00 B2 11 01 04", "11 07 08 09 90 00"},
      {"00 B2 33 00 04", "6A 83"}}},
    {"all from a number to the last",
     {{"00 B2 02 15 06", "32 33 34 35 36 62 82"}, {"00 B2 01 05 06", "31 32 33 34 35 36 90 00"}}},
    {"all from the last to a number",
     {{"00 B2 02 16 05", "35 36 32 33 34 90 00"}, {"00 B2 01 06 00", "35 36 32 33 34 31 90 00"}}},
    {"all from a number past the last", {{"00 B2 04 15 06", "6A 83"}}},
    {"longer than the record warns, unless all was asked for",
     {{"00 B2 02 14 04", "32 33 34 62 82"}, {"00 B2 02 14 00", "32 33 34 90 00"}, {"00 B2 02 14 02", "32 33 90 00"}}},
    {"newest record of a cyclic EF is the first",
     {{"00 B2 01 1C 03", "02 02 02 90 00"}, {"00 B2 02 1C 03", "01 01 01 90 00"}}},
    {"reserved mode", {{"00 B2 01 0F 04", "6A 86"}}},
    {"short identifier of no EF", {{"00 B2 01 FC 04", "6A 82"}}},
    {"no current EF", {{"00 B2 01 04 04", "69 86"}}},
    {"transparent EF", {{"00 B2 01 24 04", "69 81"}}},
    {"without Le, or with data", {{"00 B2 01 0C", "67 00"}, {"00 B2 01 0C 01 00 04", "67 00"}}},
    {"binary commands on records",
     {{"00 B0 81 00 01", "69 81"},
      {"00 D6 82 00 01 00", "69 81"},
      {"00 0E 83 00", "69 81"},
      {"00 D0 81 00 01 00", "69 81"}}},
};

const Dialogue writing[] = {
    {"update by number replaces the record and does not move the pointer",
     {{"00 DC 02 0C 04 AA BB CC DD", "90 00"}, {"00 B2 02 04 04", "AA BB CC DD 90 00"}, {"00 B2 00 04 04", "6A 83"}}},
    {"update first, last, next, previous make the record current",
     {{"00 DC 00 08 04 A0 A0 A0 A0", "90 00"},
      {"00 DC 00 02 04 A1 A1 A1 A1", "90 00"},
      {"00 B2 00 04 04", "A1 A1 A1 A1 90 00"},
      {"00 DC 00 01 04 A2 A2 A2 A2", "90 00"},
      {"00 DC 00 03 04 A3 A3 A3 A3", "90 00"},
      {"00 B2 01 05 00", "A0 A0 A0 A0 A3 A3 A3 A3 A2 A2 A2 A2 90 00"},
      {"00 DC 00 02 04 A4 A4 A4 A4", "90 00"},
      {"00 DC 00 02 04 A5 A5 A5 A5", "6A 83"}}},
    {"update needs the fixed size",
     {{"00 DC 01 0C 03 00 00 00", "67 00"}, {"00 DC 01 0C 05 00 00 00 00 00", "67 00"}, {"00 DC 01 0C", "67 00"}}},
    {"update of a variable record changes its length within the limit",
     {{"00 DC 01 14 0A 00 01 02 03 04 05 06 07 08 09", "90 00"},
      {"00 DC 01 04 0B 00 01 02 03 04 05 06 07 08 09 0A", "67 00"},
      {"00 DC 02 04 01 EE", "90 00"},
      {"00 B2 01 05 00", "00 01 02 03 04 05 06 07 08 09 EE 35 36 90 00"}}},
    {"update refuses an identifier, all records and an absent record",
     {{"00 DC 11 08 04 00 00 00 00", "6A 86"},
      {"00 DC 01 0D 04 00 00 00 00", "6A 86"},
      {"00 DC 04 0C 04 00 00 00 00", "6A 83"}}},
    {"write sets bits",
     {{"00 D2 02 0C 04 80 80 80 80", "90 00"},
      {"00 B2 02 04 04", "A2 84 85 86 90 00"},
      {"00 D2 02 0C 03 80 80 80", "67 00"},
      {"00 D2 01 14 02 00 00", "67 00"}}},
    {"append to a linear EF until it is full",
     {{"00 E2 00 08 04 44 44 44 44", "90 00"},
      {"00 B2 00 04 04", "44 44 44 44 90 00"},
      {"00 E2 00 00 04 55 55 55 55", "90 00"},
      {"00 B2 05 04 04", "55 55 55 55 90 00"},
      {"00 E2 00 00 04 66 66 66 66", "6A 84"}}},
    {"append needs a fit size",
     {{"00 E2 00 08 03 44 44 44", "67 00"},
      {"00 E2 00 10 0B 00 01 02 03 04 05 06 07 08 09 0A", "67 00"},
      {"00 E2 00 08", "67 00"}}},
    {"append has neither a number nor a mode",
     {{"00 E2 01 08 04 00 00 00 00", "6A 86"}, {"00 E2 00 0C 04 00 00 00 00", "6A 86"}}},
    {"appended record of a cyclic EF is record 1, and the oldest goes when it is full",
     {{"00 E2 00 18 03 03 03 03", "90 00"},
      {"00 B2 00 04 03", "03 03 03 90 00"},
      {"00 B2 01 05 00", "03 03 03 02 02 02 01 01 01 90 00"},
      {"00 E2 00 00 03 04 04 04", "90 00"},
      {"00 B2 01 05 00", "04 04 04 03 03 03 02 02 02 90 00"}}},
    {"update and write previous of a cyclic EF write the oldest, which becomes record 1",
     {{"00 DC 00 1B 03 03 03 03", "90 00"},
      {"00 DC 00 03 03 04 04 04", "90 00"},
      {"00 D2 00 03 03 05 05 05", "90 00"},
      {"00 B2 01 05 00", "05 05 05 04 04 04 03 03 03 90 00"},
      {"00 B2 00 04 03", "05 05 05 90 00"}}},
    {"erase makes one record 00, or all from it on",
     {{"00 0C 01 14", "90 00"},
      {"00 B2 01 05 00", "00 32 33 34 35 36 90 00"},
      {"00 0C 02 05", "90 00"},
      {"00 B2 01 05 00", "00 00 00 00 00 00 90 00"},
      {"00 0C 04 04", "6A 83"},
      {"00 0C 01 00", "6A 86"},
      {"00 0C 01 06", "6A 86"},
      {"00 0C 01 04 01 00", "67 00"}}},
    {"commands on records need an EF with records",
     {{"00 DC 01 24 01 00", "69 81"},
      {"00 D2 01 24 01 00", "69 81"},
      {"00 E2 00 20 01 00", "69 81"},
      {"00 0C 01 24", "69 81"},
      {"00 A2 01 24 01 00", "69 81"},
      {"00 DC 01 04 01 00", "69 86"},
      {"00 E2 00 00 01 00", "69 86"},
      {"00 E2 00 F8 01 00", "6A 82"}}},
};

const Dialogue searching[] = {
    {"forward", {{"00 A2 01 0C 01 11 00", "01 03 90 00"}, {"00 A2 02 04 01 11 00", "03 90 00"}}},
    {"backward", {{"00 A2 03 0D 01 11 00", "03 01 90 00"}, {"00 A2 02 05 01 11 00", "01 90 00"}}},
    {"the first that is found becomes current",
     {{"00 A2 02 0C 01 11 00", "03 90 00"},
      {"00 B2 00 04 04", "11 07 08 09 90 00"},
      {"00 A2 00 05 01 04 00", "02 90 00"}}},
    {"anywhere in the record, as a whole",
     {{"00 A2 01 0C 02 04 05 00", "02 90 00"}, {"00 A2 01 0C 02 05 04 00", "62 82"}}},
    {"nothing found leaves the pointer",
     {{"00 B2 00 08 04", "11 01 02 03 90 00"},
      {"00 A2 01 04 01 99 00", "62 82"},
      {"00 B2 00 04 04", "11 01 02 03 90 00"}}},
    {"longer than any record", {{"00 A2 01 14 04 32 33 34 35 00", "62 82"}}},
    {"from a record that is not there", {{"00 A2 04 0C 01 11 00", "6A 83"}, {"00 A2 00 0C 01 11 00", "6A 83"}}},
    {"without Le tells only whether", {{"00 A2 01 0C 01 11", "90 00"}}},
    {"without data", {{"00 A2 01 0C 00", "67 00"}}},
    {"other kinds of search", {{"00 A2 01 0E 01 11 00", "6A 81"}, {"00 A2 01 0F 01 11 00", "6A 81"}}},
    {"from the first and the last record of an identifier",
     {{"00 A2 11 08 01 06 00", "02 90 00"},  // 11 07 08 09 comes later, 22 04 05 06 holds it
      {"00 A2 22 08 01 11 00", "03 90 00"},  // not the record before
      {"00 A2 22 09 01 11 00", "01 90 00"},  // backward: not the record after
      {"00 A2 11 09 01 11 00", "03 01 90 00"},
      {"00 A2 00 08 01 11 00", "01 03 90 00"}}},
    {"from the next and the previous record of an identifier, which the pointer moves with",
     {{"00 A2 00 08 01 04 00", "02 90 00"},
      {"00 A2 11 02 01 11 00", "03 90 00"},
      {"00 A2 11 02 01 11 00", "6A 83"},
      {"00 A2 22 03 01 03 00", "01 90 00"},
      {"00 A2 11 03 01 11 00", "6A 83"},
      {"00 B2 00 04 04", "11 01 02 03 90 00"}}},
    {"from an identifier that no record has", {{"00 A2 99 08 01 11 00", "6A 83"}, {"00 A2 99 09 01 11 00", "6A 83"}}},
};

Commands in_application() {
    Commands commands(fakes::command_card());
    commands.run("00 A4 01 0C 02 60 00");
    return commands;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_record)

// ISO/IEC 7816-4 clause 11.3.2, 11.3.3
BOOST_DATA_TEST_CASE(records_are_read, reading, dialogue) {
    in_application().play(dialogue.steps);
}

// ISO/IEC 7816-4 clause 11.3.4, 11.3.5, 11.3.6, 11.3.8
BOOST_DATA_TEST_CASE(records_are_written, writing, dialogue) {
    in_application().play(dialogue.steps);
}

// ISO/IEC 7816-4 clause 11.3.7
BOOST_DATA_TEST_CASE(records_are_found, searching, dialogue) {
    in_application().play(dialogue.steps);
}

BOOST_AUTO_TEST_CASE(short_identifier_makes_its_ef_current_only_after_success) {
    Commands commands = in_application();
    commands.play({{"00 B2 09 0C 04", "6A 83"}});
    BOOST_TEST(commands.current_ef() == 0U);
    commands.play({{"00 B2 01 0C 04", "11 01 02 03 90 00"}});
    BOOST_TEST(commands.current_ef() == 0x6001U);
    commands.play({{"00 DC 01 14 01 00", "90 00"}});
    BOOST_TEST(commands.current_ef() == 0x6002U);
}

BOOST_AUTO_TEST_CASE(short_identifier_of_the_current_ef_begins_without_a_current_record) {
    in_application().play({{"00 B2 00 09 04", "11 07 08 09 90 00"},
                           {"00 B2 00 0A 04", "11 01 02 03 90 00"},
                           {"00 A4 02 0C 02 60 01", "90 00"},
                           {"00 B2 00 04 04", "6A 83"}});
}

BOOST_AUTO_TEST_CASE(each_operation_on_records_has_its_rule) {
    using icc::Operation;
    const std::tuple<Operation, const char*> refused[] = {
        {Operation::read, "00 B2 01 0C 04"},
        {Operation::read, "00 A2 01 0C 01 11"},
        {Operation::update, "00 DC 01 0C 04 00 00 00 00"},
        {Operation::update, "00 0C 01 0C"},
        {Operation::write, "00 D2 01 0C 04 00 00 00 00"},
        {Operation::write, "00 E2 00 08 04 00 00 00 00"},
    };
    for (const auto& [operation, command] : refused) {
        icc::Profile profile = fakes::command_card();
        profile.mf.children.back().children[0].access[operation] = fakes::never;
        Commands commands(profile);
        commands.run("00 A4 01 0C 02 60 00");
        const icc::IccState before = commands.state;
        commands.play({{command, "69 82"}});
        BOOST_TEST((commands.state == before));
    }
}

BOOST_AUTO_TEST_CASE(record_that_is_not_as_long_as_le_is_not_read_over_t0) {
    Commands commands = in_application();
    commands.le = icc::LeMeaning::exact;
    commands.play({{"00 B2 00 12 0A", "6C 01"},
                   {"00 B2 00 12 01", "31 90 00"},
                   {"00 B2 00 02 0A", "6C 03"},
                   {"00 B2 00 02 03", "32 33 34 90 00"}});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
