#include "emulator/icc/commands/life_cycle.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

using icc::LifeCycle;
using icc::commands::LifeCycleInput;

constexpr LifeCycle states[] = {LifeCycle::creation, LifeCycle::initialisation, LifeCycle::deactivated,
                                LifeCycle::activated, LifeCycle::terminated};

/// The command for an input to EF 2F00, from the MF.
const char* command_for(LifeCycleInput input) {
    switch (input) {
        case LifeCycleInput::deactivate:
            return "00 04 02 00 02 2F 00";
        case LifeCycleInput::activate:
            return "00 44 02 00 02 2F 00";
        case LifeCycleInput::terminate:
            return "00 E8 02 00 02 2F 00";
    }
    return "";
}

const Dialogue dialogues[] = {
    {"deactivated EF can be selected and activated, not used",
     {{"00 A4 02 0C 02 2F 00", "90 00"},
      {"00 04 00 00", "90 00"},
      {"00 B0 00 00 01", "69 85"},
      {"00 A4 02 0C 02 2F 00", "62 83"},
      {"00 B0 9E 00 01", "69 85"},
      {"00 44 00 00", "90 00"},
      {"00 B0 00 00 01", "30 90 00"}}},
    {"terminated EF can be selected and deleted, not used or activated",
     {{"00 A4 02 0C 02 2F 00", "90 00"},
      {"00 E8 00 00", "90 00"},
      {"00 B0 00 00 01", "69 85"},
      {"00 A4 02 0C 02 2F 00", "62 85"},
      {"00 44 00 00", "69 85"},
      {"00 04 00 00", "69 85"},
      {"00 E8 00 00", "69 85"},
      {"00 E4 00 00", "90 00"}}},
    {"what is in a deactivated DF cannot be used, activated or deleted",
     {{"00 04 01 00 02 60 00", "90 00"},
      {"00 A4 01 0C 02 60 00", "62 83"},
      {"00 B2 01 0C 04", "69 85"},
      {"00 CA 00 42 00", "69 85"},
      {"00 DA 00 42 01 00", "69 85"},
      {"00 E0 00 00 09 62 07 82 01 38 83 02 70 00", "69 85"},
      {"00 04 02 00 02 60 01", "69 85"},
      {"00 44 02 00 02 60 01", "69 85"},
      {"00 E8 02 00 02 60 01", "69 85"},
      {"00 E4 02 00 02 60 01", "69 85"},
      {"00 A4 02 0C 02 60 01", "90 00"},
      {"00 B2 01 04 04", "69 85"},
      {"00 44 01 00 02 60 00", "6A 82"},
      {"00 44 00 00 02 60 00", "90 00"},
      {"00 B2 01 04 04", "11 01 02 03 90 00"}}},
    {"terminated DF keeps its files from being used",
     {{"00 A4 08 0C 04 60 00 62 00", "90 00"},
      {"00 E6 08 00 02 60 00", "90 00"},
      {"00 B0 81 00 01", "69 85"},
      {"00 A4 04 0C 06 A0 00 00 00 63 60", "62 85"},
      {"00 E4 00 00", "90 00"},
      {"00 A4 01 0C 02 60 00", "6A 82"}}},
    {"deactivated MF can be activated",
     {{"00 04 00 00", "90 00"},
      {"00 A4 00 0C", "62 83"},
      {"00 B0 9E 00 01", "69 85"},
      {"00 44 00 00", "90 00"},
      {"00 B0 9E 00 01", "30 90 00"}}},
    {"terminating needs a file of its kind",
     {{"00 E8 00 00", "69 86"},
      {"00 E8 01 00 02 60 00", "69 81"},
      {"00 E6 02 00 02 2F 00", "69 81"},
      {"00 E6 02 00 02 12 34", "6A 82"},
      {"00 E8 05 00", "6A 86"},
      {"00 E6 00 01", "6A 86"},
      {"00 E8 02 00 01 2F", "67 00"}}},
    {"TERMINATE DF without data is the current DF even when an EF is current",
     {{"00 A4 08 0C 04 60 00 60 01", "90 00"}, {"00 E6 00 00", "90 00"}, {"00 A4 00 0C 02 60 00", "62 85"}}},
    {"terminated card answers GET DATA and nothing else",
     {{"00 FE 01 00", "6A 86"},
      {"00 FE 00 00 01 00", "67 00"},
      {"00 FE 00 00", "90 00"},
      {"00 A4 00 0C", "69 85"},
      {"00 20 00 01", "69 85"},
      {"00 FE 00 00", "69 85"},
      {"00 2A 00 00", "6D 00"},
      {"00 CA 5F 50 00", "BE EF 90 00"}}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_life_cycle)

// ISO/IEC 7816-9 clause 6.3, 6.4, 6.5, 6.6, 6.7; ISO/IEC 7816-4 clause 7.4.10
BOOST_DATA_TEST_CASE(status_decides_what_a_file_is_good_for, dialogues, dialogue) {
    Commands(fakes::command_card()).play(dialogue.steps);
}

// ISO/IEC 7816-9 clause 5
BOOST_AUTO_TEST_CASE(every_pair_of_status_and_command_does_what_its_row_says_or_is_refused) {
    std::size_t rows_met = 0;
    for (const LifeCycle from : states) {
        for (std::size_t i = 0; i < icc::commands::life_cycle_input_count; ++i) {
            const auto input = static_cast<LifeCycleInput>(i);
            icc::Profile profile = fakes::command_card();
            profile.mf.children[0].life_cycle = from;
            Commands commands(profile);
            const auto row = std::ranges::find_if(icc::commands::life_cycle_transitions(), [&](const auto& candidate) {
                return candidate.from == from && candidate.on == input;
            });
            const bool allowed = row != icc::commands::life_cycle_transitions().end();
            rows_met += allowed ? 1 : 0;
            BOOST_TEST((icc::commands::next(from, input) == (allowed ? std::optional(row->to) : std::nullopt)));
            BOOST_TEST(commands.run(command_for(input)) == (allowed ? "90 00" : "69 85"));
            BOOST_TEST((commands.state.files[1].life_cycle == (allowed ? row->to : from)));
        }
    }
    BOOST_TEST(rows_met == icc::commands::life_cycle_transitions().size());
}

BOOST_AUTO_TEST_CASE(each_command_has_its_rule) {
    using icc::Operation;
    const std::pair<Operation, const char*> guarded[] = {{Operation::deactivate, "00 04 02 00 02 2F 00"},
                                                         {Operation::activate, "00 44 02 00 02 2F 00"},
                                                         {Operation::terminate, "00 E8 02 00 02 2F 00"}};
    for (const auto& [operation, command] : guarded) {
        icc::Profile profile = fakes::command_card();
        profile.mf.children[0].access[operation] = fakes::chv(1);
        Commands(profile).play({{command, "69 82"}, {"00 20 00 01 04 31 32 33 34", "90 00"}, {command, "90 00"}});
    }
    icc::Profile profile = fakes::command_card();
    profile.mf.access[Operation::terminate] = fakes::chv(1);
    for (const char* const command : {"00 FE 00 00", "00 E6 00 00"}) {
        Commands(profile).play({{command, "69 82"}, {"00 20 00 01 04 31 32 33 34", "90 00"}, {command, "90 00"}});
    }
}

// ISO/IEC 7816-4 clause 9.3.3.1
BOOST_AUTO_TEST_CASE(rules_of_a_file_that_is_being_made_are_not_looked_at_until_it_is_activated) {
    for (const LifeCycle status : {LifeCycle::creation, LifeCycle::initialisation}) {
        icc::Profile profile = fakes::command_card();
        profile.mf.children[0].life_cycle = status;
        Commands(profile).play({{"00 A4 02 0C 02 2F 00", "90 00"},
                                {"00 D6 00 00 01 41", "90 00"},
                                {"00 44 00 00", "90 00"},
                                {"00 D6 00 00 01 42", "69 82"},
                                {"00 B0 00 00 01", "41 90 00"}});
    }
}

BOOST_AUTO_TEST_CASE(chv_of_a_df_that_cannot_be_used_is_verified_for_what_is_left_to_do_with_it) {
    icc::Profile profile = fakes::command_card();
    icc::FileProfile& application = profile.mf.children.back();
    application.access[icc::Operation::activate] = fakes::chv(0x81);
    application.access[icc::Operation::delete_self] = fakes::chv(0x81);
    Commands(profile).play({{"00 A4 01 0C 02 60 00", "90 00"},
                            {"00 04 00 00", "90 00"},
                            {"00 44 00 00", "69 82"},
                            {"00 20 00 81 04 35 36 37 38", "90 00"},
                            {"00 B0 84 00 01", "69 85"},
                            {"00 44 00 00", "90 00"},
                            {"00 B0 84 00 01", "00 90 00"},
                            {"00 E6 00 00", "90 00"},
                            {"00 20 FF 81", "90 00"},
                            {"00 E4 00 00 02 60 00", "69 82"},
                            {"00 20 00 81 04 35 36 37 38", "90 00"},
                            {"00 E4 00 00 02 60 00", "90 00"}});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
