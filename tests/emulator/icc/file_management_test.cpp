#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "emulator/icc/commands/memory_use.h"
#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;

const Dialogue creating[] = {
    {"a transparent EF of zeros, which becomes current",
     {{"00 E0 00 00 0D 62 0B 80 02 00 03 82 01 01 83 02 70 01", "90 00"},
      {"00 B0 00 00 00", "00 00 00 90 00"},
      {"00 A4 02 04 02 70 01 00", "62 0E 80 02 00 03 82 01 41 83 02 70 01 88 01 08 90 00"}}},
    {"by an FCI template whose size counts structural information, as OpenSC sends it",
     {{"00 E0 00 00 0D 6F 0B 81 02 00 03 82 01 01 83 02 70 01", "90 00"},
      {"00 B0 00 00 00", "00 00 00 90 00"},
      {"00 E0 00 00 11 6F 0F 80 02 00 01 81 02 00 03 82 01 01 83 02 70 02", "90 00"},
      {"00 B0 00 00 00", "00 90 00"},
      {"00 E0 00 00 0D 64 0B 81 02 00 03 82 01 01 83 02 70 03", "6A 80"}}},
    {"with proprietary information, which is for other cards",
     {{"00 E0 00 00 13 6F 11 81 02 00 03 82 01 01 83 02 70 01 85 01 00 A5 01 00", "90 00"},
      {"00 B0 00 00 00", "00 00 00 90 00"}}},
    {"described as shareable, as it is told, or not",
     {{"00 E0 00 00 0C 62 0A 80 01 01 82 01 41 83 02 70 01", "90 00"},
      {"00 E0 00 00 0D 62 0B 82 05 42 41 00 02 03 83 02 70 02", "90 00"},
      {"00 E0 00 00 0D 62 0B 82 05 44 41 00 02 03 83 02 70 03", "90 00"},
      {"00 E0 00 00 0D 62 0B 82 05 46 41 00 02 03 83 02 70 04", "90 00"},
      {"00 E0 00 00 09 62 07 82 01 78 83 02 70 00", "90 00"},
      {"00 E0 00 00 09 62 07 82 01 B8 83 02 70 05", "6A 80"},
      {"00 E0 00 00 0C 62 0A 80 01 01 82 01 81 83 02 70 05", "6A 80"}}},
    {"short identifier from the identifier, coded, or none",
     {{"00 E0 00 00 0C 62 0A 80 01 01 82 01 01 83 02 70 03", "90 00"},
      {"00 B0 83 00 01", "00 90 00"},
      {"00 E0 00 00 0F 62 0D 80 01 01 82 01 01 83 02 70 04 88 01 38", "90 00"},
      {"00 B0 87 00 01", "00 90 00"},
      {"00 B0 84 00 01", "6A 82"},
      {"00 E0 00 00 0E 62 0C 80 01 01 82 01 01 83 02 70 05 88 00", "90 00"},
      {"00 B0 85 00 01", "6A 82"},
      {"00 E0 00 00 0C 62 0A 80 01 01 82 01 01 83 02 70 1F", "90 00"},
      {"00 B0 9F 00 01", "6A 82"}}},
    {"an identifier whose low bits are another EF's short identifier gives none",
     {{"00 E0 00 00 0C 62 0A 80 01 01 82 01 01 83 02 70 1E", "90 00"},
      {"00 A4 02 04 02 70 1E 00", "62 0D 80 02 00 01 82 01 41 83 02 70 1E 88 00 90 00"},
      {"00 B0 9E 00 01", "30 90 00"},
      {"00 A4 02 0C 02 70 1E", "90 00"},
      {"00 B0 00 00 01", "00 90 00"}}},
    {"EFs with records, which have none at first",
     {{"00 E0 00 00 0D 62 0B 82 05 02 41 00 02 03 83 02 70 01", "90 00"},
      {"00 B2 01 04 00", "6A 83"},
      {"00 E2 00 00 02 01 02", "90 00"},
      {"00 B2 01 04 00", "01 02 90 00"},
      {"00 E0 00 00 0E 62 0C 82 06 04 41 00 FE 00 FE 83 02 70 02", "90 00"},
      {"00 E2 00 00 01 07", "90 00"},
      {"00 E0 00 00 0D 62 0B 82 05 06 41 00 01 01 83 02 70 03", "90 00"},
      {"00 E2 00 00 01 07", "90 00"},
      {"00 E2 00 00 01 08", "90 00"},
      {"00 B2 01 05 00", "08 90 00"}}},
    {"a DF with a name, and a file in it",
     {{"00 E0 00 00 0E 62 0C 82 01 38 83 02 70 00 84 03 AA BB CC", "90 00"},
      {"00 CA 00 4F 00", "AA BB CC 90 00"},
      {"00 E0 00 00 0C 62 0A 80 01 01 82 01 01 83 02 70 01", "90 00"},
      {"00 A4 08 0C 04 70 00 70 01", "90 00"},
      {"00 A4 04 0C 02 AA BB", "90 00"}}},
    {"life cycle status of the new file",
     {{"00 E0 00 00 0F 62 0D 80 01 01 82 01 01 83 02 70 01 8A 01 01", "90 00"},
      {"00 A4 02 04 02 70 01 00", "62 11 80 02 00 01 82 01 41 83 02 70 01 88 01 08 8A 01 01 90 00"},
      {"00 E0 00 00 0F 62 0D 80 01 01 82 01 01 83 02 70 02 8A 01 06", "90 00"},
      {"00 A4 02 0C 02 70 02", "62 83"},
      {"00 E0 00 00 0F 62 0D 80 01 01 82 01 01 83 02 70 03 8A 01 07", "90 00"},
      {"00 A4 02 0C 02 70 03", "90 00"}}},
    {"access rules of an EF, from delete to read",
     {{"00 E0 00 00 13 62 11 80 01 01 82 01 01 83 02 70 01 8C 05 07 FF 21 11 00", "6A 80"},
      {"00 E0 00 00 12 62 10 80 01 01 82 01 01 83 02 70 01 8C 04 07 FF 00 11", "90 00"},
      {"00 B0 00 00 01", "69 82"},
      {"00 D6 00 00 01 AA", "90 00"},
      {"00 D0 00 00 01 AA", "69 82"},
      {"00 20 00 01 04 31 32 33 34", "90 00"},
      {"00 B0 00 00 01", "AA 90 00"},
      {"00 E4 00 00", "90 00"}}},
    {"identifier, short identifier and name are there already",
     {{"00 E0 00 00 0C 62 0A 80 01 01 82 01 01 83 02 2F 00", "6A 89"},
      {"00 E0 00 00 0F 62 0D 80 01 01 82 01 01 83 02 70 01 88 01 F0", "6A 89"},
      {"00 E0 00 00 11 62 0F 82 01 38 83 02 70 00 84 06 A0 00 00 00 63 60", "6A 8A"},
      {"00 A4 01 0C 02 60 00", "90 00"},
      {"00 E0 00 00 09 62 07 82 01 38 83 02 60 00", "6A 89"},
      {"00 A4 01 0C 02 61 00", "90 00"},
      {"00 E0 00 00 09 62 07 82 01 38 83 02 60 00", "6A 89"},
      {"00 E0 00 00 09 62 07 82 01 38 83 02 61 00", "6A 89"}}},
    {"reserved identifiers",
     {{"00 E0 00 00 09 62 07 82 01 38 83 02 3F 00", "6A 80"},
      {"00 E0 00 00 09 62 07 82 01 38 83 02 3F FF", "6A 80"},
      {"00 E0 00 00 09 62 07 82 01 38 83 02 FF FF", "6A 80"},
      {"00 E0 00 00 09 62 07 82 01 38 83 02 00 00", "6A 80"}}},
    {"largest file",
     {{"00 E0 00 00 0D 62 0B 80 02 80 00 82 01 01 83 02 70 01", "90 00"},
      {"00 E0 00 00 0D 62 0B 80 02 80 01 82 01 01 83 02 70 02", "6A 84"},
      {"00 E0 00 00 0F 62 0D 80 04 00 01 00 00 82 01 01 83 02 70 03", "6A 84"}}},
    {"P1-P2 and no data", {{"00 E0 01 00 09 62 07 82 01 38 83 02 70 00", "6A 86"}, {"00 E0 00 00", "67 00"}}},
};

/// What follows 00 E0 00 00 and is 6A80.
const char* const bad_templates[] = {
    "62",                                               // cut off
    "64 07 82 01 38 83 02 70 00",                       // FMD
    "62 07 82 01 38 83 02 70 00 00",                    // surplus
    "62 04 83 02 70 00",                                // no descriptor
    "62 03 82 01 38",                                   // no identifier
    "62 0A 82 01 38 82 01 38 83 02 70 00",              // twice
    "62 0A 82 01 38 83 02 70 00 86 01 00",              // proprietary security attributes: not to be left out
    "62 0B 82 01 38 83 02 70 00 87 02 70 01",           // an EF that says more
    "62 06 82 01 38 83 01 70",                          // short identifier field
    "62 07 82 01 09 83 02 70 00",                       // unknown kind
    "62 06 82 00 83 02 70 00",                          // empty descriptor
    "62 09 82 03 38 00 00 83 02 70 00",                 // surplus in the descriptor
    "62 07 82 01 01 83 02 70 01",                       // transparent, without size
    "62 09 80 00 82 01 01 83 02 70 01",                 // empty size
    "62 0E 80 05 00 00 00 00 01 82 01 01 83 02 70 01",  // size of five bytes
    "62 07 82 01 02 83 02 70 01",                       // records, without size
    "62 0B 82 05 02 41 00 00 01 83 02 70 01",           // record of no bytes
    "62 0B 82 05 02 41 00 FF 01 83 02 70 01",           // record of 255 bytes
    "62 0B 82 05 02 41 01 01 01 83 02 70 01",           // record of 257 bytes
    "62 0B 82 05 02 41 00 01 00 83 02 70 01",           // no records
    "62 0C 82 06 02 41 00 01 01 01 83 02 70 01",        // 257 records
    "62 09 82 01 38 83 02 70 00 84 00",                 // empty name
    "62 1A 82 01 38 83 02 70 00 84 11 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10",  // name of 17 bytes
    "62 0D 80 01 01 82 01 01 83 02 70 01 84 01 AA",                                         // EF with a name
    "62 0A 82 01 38 83 02 70 00 88 01 08",              // DF with a short identifier
    "62 0D 80 01 01 82 01 01 83 02 70 01 88 01 09",     // low bits of 88
    "62 0D 80 01 01 82 01 01 83 02 70 01 88 01 F8",     // short identifier 31
    "62 0E 80 01 01 82 01 01 83 02 70 01 88 02 08 08",  // two short identifiers
    "62 0A 82 01 38 83 02 70 00 8A 01 0C",              // terminated
    "62 0A 82 01 38 83 02 70 00 8A 01 02",              // no life cycle status
    "62 09 82 01 38 83 02 70 00 8A 00",                 // empty life cycle status
    "62 09 82 01 38 83 02 70 00 8C 00",                 // no access mode byte
    "62 0A 82 01 38 83 02 70 00 8C 01 80",              // access mode of another kind
    "62 0A 82 01 38 83 02 70 00 8C 01 01",              // condition is missing
    "62 0C 82 01 38 83 02 70 00 8C 03 01 00 00",        // condition too many
    "62 0B 82 01 38 83 02 70 00 8C 02 01 10",           // CHV 0
    "62 0B 82 01 38 83 02 70 00 8C 02 01 31",           // either of two
    "62 0B 82 01 38 83 02 70 00 8C 02 01 41",           // secure messaging
};

const Dialogue deleting[] = {
    {"deleted file answers to no identifier", {{"00 E4 02 00 02 2F 00", "90 00"}, {"00 A4 00 0C 02 00 00", "6A 82"}}},
    {"EF by identifier",
     {{"00 E4 02 00 02 2F 00", "90 00"}, {"00 A4 02 0C 02 2F 00", "6A 82"}, {"00 B0 9E 00 01", "6A 82"}}},
    {"current EF",
     {{"00 A4 02 0C 02 2F 00", "90 00"},
      {"00 E4 00 00", "90 00"},
      {"00 B0 00 00 01", "69 86"},
      {"00 A4 02 0C 02 2F 00", "6A 82"}}},
    {"current DF, whose parent is then current",
     {{"00 A4 08 0C 04 60 00 61 00", "90 00"},
      {"00 E4 00 00", "90 00"},
      {"00 CA 00 4F 00", "A0 00 00 00 63 60 90 00"},
      {"00 A4 01 0C 02 61 00", "6A 82"}}},
    {"DF with all that is in it, by name",
     {{"00 E4 04 00 06 A0 00 00 00 63 60", "90 00"},
      {"00 A4 08 0C 04 60 00 60 01", "6A 82"},
      {"00 A4 01 0C 02 60 00", "6A 82"}}},
    {"by path, while a file in it is current",
     {{"00 A4 08 0C 04 60 00 60 01", "90 00"},
      {"00 B2 00 00 00", "11 01 02 03 90 00"},
      {"00 E4 08 00 02 60 00", "90 00"},
      {"00 B2 00 04 00", "69 86"},
      {"00 A4 02 0C 02 2F 00", "90 00"}}},
    {"on another channel the current file is gone too",
     {{"00 70 00 01", "90 00"},
      {"01 A4 08 0C 04 60 00 60 01", "90 00"},
      {"01 20 00 81 04 35 36 37 38", "90 00"},
      {"00 E4 08 00 04 60 00 60 01", "90 00"},
      {"01 B2 01 04 00", "69 86"},
      {"01 20 00 81", "90 00"},
      {"00 E4 08 00 02 60 00", "90 00"},
      {"01 20 00 81", "6A 88"},
      {"01 A4 02 0C 02 2F 00", "90 00"}}},
    {"the MF is not deleted", {{"00 E4 00 00", "69 85"}, {"00 E4 00 00 02 3F 00", "69 85"}}},
    {"unknown file, wrong length and P1-P2",
     {{"00 E4 02 00 02 12 34", "6A 82"},
      {"00 E4 02 00 01 12", "67 00"},
      {"00 E4 02 04 02 2F 00", "6A 86"},
      {"00 E4 07 00", "6A 86"}}},
    {"a deleted file makes room for another of its identifier",
     {{"00 E4 02 00 02 2F 00", "90 00"},
      {"00 E0 00 00 0F 62 0D 80 01 01 82 01 01 83 02 2F 00 88 01 F0", "90 00"},
      {"00 B0 9E 00 00", "00 90 00"}}},
};

Bytes create(ByteView data) {
    return iso7816::CommandApdu{0, 0xE0, 0, 0, data, 0, false}.encode();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_file_management)

// ISO/IEC 7816-9 clause 6.1; ISO/IEC 7816-4 clause 7.3.1, 7.4.3, 7.4.4, 7.4.5, 9.3.3.1
BOOST_DATA_TEST_CASE(files_are_created, creating, dialogue) {
    Commands(fakes::command_card()).play(dialogue.steps);
}

BOOST_DATA_TEST_CASE(template_that_describes_no_file_creates_none, bad_templates, data) {
    Commands commands(fakes::command_card());
    const icc::IccState before = commands.state;
    BOOST_TEST(commands.run(create(fakes::hex(data))) == "6A 80");
    BOOST_TEST((commands.state == before));
}

// ISO/IEC 7816-9 clause 6.2
BOOST_DATA_TEST_CASE(files_are_deleted, deleting, dialogue) {
    Commands(fakes::command_card()).play(dialogue.steps);
}

BOOST_AUTO_TEST_CASE(conditions_of_a_template_are_rules) {
    using icc::Operation;
    using Kind = icc::AccessRule::Kind;
    Commands commands(fakes::command_card());
    BOOST_TEST(commands.run("00 E0 00 00 13 62 11 82 01 38 83 02 70 00 8C 08 7F FF 11 21 B1 00 1F 2F") == "90 00");
    const auto& access = commands.state.files.back().access;
    const std::pair<Operation, icc::AccessRule> expected[] = {{Operation::delete_self, {Kind::never, 0, 0}},
                                                              {Operation::terminate, {Kind::chv, 1, 0}},
                                                              {Operation::activate, {Kind::key, 0, 1}},
                                                              {Operation::deactivate, {Kind::chv_and_key, 1, 1}},
                                                              {Operation::create_df, {Kind::always, 0, 0}},
                                                              {Operation::create_ef, {Kind::chv, 15, 0}},
                                                              {Operation::delete_child, {Kind::key, 0, 15}},
                                                              {Operation::read, {}},
                                                              {Operation::update, {}},
                                                              {Operation::write, {}}};
    for (const auto& [operation, rule] : expected) {
        BOOST_TEST((access[operation] == rule));
    }
}

BOOST_AUTO_TEST_CASE(rules_of_the_df_and_of_the_file_decide) {
    using icc::Operation;
    const std::pair<Operation, const char*> of_mf[] = {
        {Operation::create_ef, "00 E0 00 00 0C 62 0A 80 01 01 82 01 01 83 02 70 01"},
        {Operation::create_df, "00 E0 00 00 09 62 07 82 01 38 83 02 70 00"},
        {Operation::delete_child, "00 E4 02 00 02 2F 00"}};
    for (const auto& [operation, command] : of_mf) {
        icc::Profile profile = fakes::command_card();
        profile.mf.access[operation] = fakes::chv(1);
        Commands(profile).play({{command, "69 82"}, {"00 20 00 01 04 31 32 33 34", "90 00"}, {command, "90 00"}});
    }
    icc::Profile profile = fakes::command_card();
    profile.mf.children[0].access[Operation::delete_self] = fakes::never;
    Commands(profile).play({{"00 E4 02 00 02 2F 00", "69 82"}, {"00 A4 02 0C 02 2F 00", "90 00"}});
}

BOOST_AUTO_TEST_CASE(deleted_df_takes_its_chvs_with_it_and_its_index_is_used_again) {
    Commands commands(fakes::command_card());
    const std::size_t files = commands.state.files.size();
    commands.play({{"00 E4 04 00 06 A0 00 00 00 63 60", "90 00"}});
    BOOST_TEST(commands.state.chvs.size() == 2U);
    for (int i = 0; i < 9; ++i) {
        Bytes data = fakes::hex("62 07 82 01 38 83 02 70 00");
        data.back() = static_cast<std::uint8_t>(i);
        BOOST_TEST(commands.run(create(data)) == "90 00");
        commands.run("00 A4 00 0C");
    }
    BOOST_TEST(commands.state.files.size() == files);
    BOOST_TEST(commands.run("00 E0 00 00 09 62 07 82 01 38 83 02 70 FF") == "90 00");
    BOOST_TEST(commands.state.files.size() == files + 1);
}

BOOST_AUTO_TEST_CASE(card_holds_1024_files_and_a_mebibyte) {
    Commands commands(fakes::command_card());
    unsigned identifier = 0x7000;
    const auto create_next = [&](const char* head) {
        Bytes data = fakes::hex(head);
        data[data.size() - 2] = static_cast<std::uint8_t>(identifier >> 8);
        data.back() = static_cast<std::uint8_t>(identifier & 0xFF);
        ++identifier;
        commands.run("00 A4 00 0C");
        return commands.run(create(data));
    };
    for (int i = 0; i < 31; ++i) {
        BOOST_TEST_REQUIRE(create_next("62 0D 88 00 80 02 80 00 82 01 01 83 02 00 00") == "90 00");
    }
    BOOST_TEST(create_next("62 0D 88 00 80 02 80 00 82 01 01 83 02 00 00") == "6A 84");
    while (commands.state.files.size() < 1'024) {
        BOOST_TEST_REQUIRE(create_next("62 07 82 01 38 83 02 00 00") == "90 00");
    }
    BOOST_TEST(create_next("62 07 82 01 38 83 02 00 00") == "6A 84");
}

BOOST_AUTO_TEST_CASE(record_ef_takes_the_room_of_all_its_records) {
    Commands commands(fakes::command_card());
    constexpr std::size_t largest = 254U * 254U;
    std::size_t used = icc::commands::memory_used(commands.state);
    for (std::uint8_t number = 0; used + largest <= icc::commands::memory_size; ++number, used += largest) {
        Bytes data = fakes::hex("62 0D 82 05 02 41 00 FE FE 83 02 70 00 88 00");
        data[12] = number;
        BOOST_TEST_REQUIRE(commands.run(create(data)) == "90 00");
        BOOST_TEST(icc::commands::memory_used(commands.state) == used + largest);
    }
    commands.play({{"00 E0 00 00 0F 62 0D 82 05 02 41 00 FE FE 83 02 71 00 88 00", "6A 84"},
                   {"00 E0 00 00 0F 62 0D 82 05 02 41 00 01 01 83 02 71 00 88 00", "90 00"}});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
