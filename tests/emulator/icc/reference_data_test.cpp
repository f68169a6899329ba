#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

constexpr Step chv_1_is_right{"00 20 00 01 04 31 32 33 34", "90 00"};
constexpr Step one_wrong_try{"00 20 00 01 04 30 30 30 30", "63 C2"};

const Dialogue verifying[] = {
    {"log-out undoes a verification and takes no try",
     {chv_1_is_right, {"00 20 00 01", "90 00"}, {"00 20 FF 01", "90 00"}, {"00 20 00 01", "63 C3"}}},
    {"log-out of what was not verified", {{"00 20 FF 01", "90 00"}, {"00 20 FF 03", "6A 88"}}},
    {"log-out has no data", {chv_1_is_right, {"00 20 FF 01 04 31 32 33 34", "6A 87"}, {"00 20 00 01", "90 00"}}},
    {"reserved P1 and reserved bits of P2",
     {{"00 20 01 01", "6A 86"}, {"00 20 00 21", "6A 86"}, {"00 20 00 41", "6A 86"}}},
    {"specific reference where no DF has it", {{"00 20 00 81", "6A 88"}, {"00 20 00 80", "6A 88"}}},
    {"verification that is not required",
     {{"00 26 00 01 04 31 32 33 34", "90 00"}, {"00 20 00 01", "90 00"}, {"00 20 00 01 04 31 32 33 34", "69 84"}}},
};

const Dialogue changing[] = {
    {"value and new value",
     {{"00 24 00 01 09 31 32 33 34 61 62 63 64 65", "90 00"},
      {"00 20 00 01 04 31 32 33 34", "63 C2"},
      {"00 20 00 01 05 61 62 63 64 65", "90 00"}}},
    {"a change gives the tries back and verifies nothing",
     {one_wrong_try, {"00 24 00 01 08 31 32 33 34 61 62 63 64", "90 00"}, {"00 20 00 01", "63 C3"}}},
    {"a wrong value takes a try, undoes the verification and changes nothing",
     {chv_1_is_right, {"00 24 00 01 08 31 32 33 30 61 62 63 64", "63 C2"}, {"00 20 00 01", "63 C2"}, chv_1_is_right}},
    {"wrong values block",
     {{"00 24 00 01 08 30 30 30 30 61 62 63 64", "63 C2"},
      {"00 24 00 01 08 30 30 30 30 61 62 63 64", "63 C1"},
      {"00 24 00 01 08 30 30 30 30 61 62 63 64", "63 C0"},
      {"00 24 00 01 08 31 32 33 34 61 62 63 64", "69 83"}}},
    {"that a new value is too short or too long is told to who knows the old one, and takes no try",
     {{"00 24 00 01 07 31 32 33 34 61 62 63", "67 00"},
      {"00 24 00 01 04 31 32 33 34", "67 00"},
      {"00 24 00 01 15 31 32 33 34 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10", "67 00"},
      {"00 24 00 01", "67 00"},
      {"00 20 00 01", "63 C3"},
      chv_1_is_right}},
    {"the length of the value is not told without a try",
     {{"00 24 00 01 03 31 32 33", "63 C2"}, {"00 24 00 01 07 31 32 33 30 61 62 63", "63 C1"}, chv_1_is_right}},
    {"the longest new value",
     {{"00 24 00 01 14 31 32 33 34 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", "90 00"},
      {"00 20 00 01 10 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", "90 00"}}},
    {"new value alone needs the CHV to be verified",
     {{"00 24 01 01 04 61 62 63 64", "69 82"},
      chv_1_is_right,
      {"00 24 01 01 03 61 62 63", "67 00"},
      {"00 24 01 01 04 61 62 63 64", "90 00"},
      {"00 20 00 01 04 61 62 63 64", "90 00"}}},
    {"reserved P1 and unknown reference",
     {{"00 24 02 01 04 61 62 63 64", "6A 86"}, {"00 24 00 03 04 61 62 63 64", "6A 88"}}},
    {"verification that is not required",
     {{"00 26 00 01 04 31 32 33 34", "90 00"}, {"00 24 00 01 08 31 32 33 34 61 62 63 64", "69 84"}}},
};

const Dialogue requiring[] = {
    {"disabled with the value, enabled with the value",
     {{"00 26 00 01 04 31 32 33 34", "90 00"},
      {"00 B0 82 00 01", "07 90 00"},
      {"00 28 00 01 04 31 32 33 34", "90 00"},
      {"00 B0 82 00 01", "69 82"},
      {"00 20 00 01", "63 C3"}}},
    {"disabled without the value once it is verified, enabled without",
     {{"00 26 01 01", "69 82"},
      chv_1_is_right,
      {"00 26 01 01", "90 00"},
      {"00 20 FF 01", "90 00"},
      {"00 B0 82 00 01", "07 90 00"},
      {"00 28 01 01", "90 00"},
      {"00 B0 82 00 01", "69 82"}}},
    {"a wrong value takes a try and changes nothing",
     {{"00 26 00 01 04 31 32 33 30", "63 C2"},
      {"00 20 00 01", "63 C2"},
      {"00 26 00 01 04 31 32 33 34", "90 00"},
      {"00 28 00 01 04 31 32 33 30", "63 C2"},
      {"00 20 00 01", "90 00"}}},
    {"wrong values block",
     {{"00 26 00 01 01 00", "63 C2"},
      {"00 26 00 01 01 00", "63 C1"},
      {"00 26 00 01 01 00", "63 C0"},
      {"00 26 00 01 04 31 32 33 34", "69 83"}}},
    {"what is so already", {{"00 28 00 01 04 31 32 33 34", "69 85"}, {"00 28 01 01", "69 85"}}},
    {"a CHV that may not be disabled", {{"00 26 00 02 08 38 37 36 35 34 33 32 31", "69 85"}, {"00 20 00 02", "63 C2"}}},
    {"data only with P1 = 00",
     {{"00 26 00 01", "67 00"},
      {"00 26 01 01 04 31 32 33 34", "67 00"},
      {"00 28 02 01", "6A 86"},
      {"00 26 00 03 01 00", "6A 88"}}},
};

const Step block_chv_1[] = {{"00 20 00 01 01 00", "63 C2"},
                            {"00 20 00 01 01 00", "63 C1"},
                            {"00 20 00 01 01 00", "63 C0"},
                            {"00 20 00 01", "69 83"}};

const Dialogue unblocking[] = {
    {"resetting code and new value",
     {{"00 2C 00 01 0C 39 39 39 39 39 39 39 39 61 62 63 64", "90 00"},
      {"00 20 00 01", "63 C3"},
      {"00 20 00 01 04 61 62 63 64", "90 00"}}},
    {"resetting code alone",
     {{"00 2C 01 01 08 39 39 39 39 39 39 39 39", "90 00"}, {"00 20 00 01", "63 C3"}, chv_1_is_right}},
    {"a wrong resetting code takes one of its own tries, a right one gives them back",
     {{"00 2C 01 01 08 39 39 39 39 39 39 39 30", "63 C2"},
      {"00 2C 00 01 0C 39 39 39 39 39 39 39 30 61 62 63 64", "63 C1"},
      {"00 2C 01 01 08 39 39 39 39 39 39 39 39", "90 00"},
      {"00 2C 01 01 01 39", "63 C2"},
      {"00 2C 01 01 01 39", "63 C1"},
      {"00 2C 01 01 01 39", "63 C0"},
      {"00 2C 01 01 08 39 39 39 39 39 39 39 39", "69 83"},
      chv_1_is_right}},
    {"that a new value is too short is told to who knows the resetting code, and takes no try",
     {{"00 2C 00 01 0B 39 39 39 39 39 39 39 39 61 62 63", "67 00"},
      {"00 2C 00 01 08 39 39 39 39 39 39 39 39", "67 00"},
      {"00 20 00 01", "69 83"},
      {"00 2C 01 01 01 39", "63 C2"}}},
    {"the length of the resetting code is not told without a try",
     {{"00 2C 00 01 07 39 39 39 39 39 39 39", "63 C2"}, {"00 2C 00 01 0B 39 39 39 39 39 39 39 30 61 62 63", "63 C1"}}},
    {"without data",
     {{"00 2C 00 01", "67 00"}, {"00 2C 01 01", "67 00"}, {"00 2C 02 01", "67 00"}, {"00 2C 03 01 01 00", "67 00"}}},
    {"without the resetting code a key must be authenticated",
     {{"00 2C 02 01 04 61 62 63 64", "69 82"}, {"00 2C 03 01", "69 82"}, {"00 2C 02 01 03 61 62 63", "69 82"}}},
    {"without a key that resets it", {{"00 2C 02 02 08 61 62 63 64 61 62 63 64", "69 84"}, {"00 2C 03 02", "69 84"}}},
    {"reserved P1, unknown reference, no resetting code",
     {{"00 2C 04 01", "6A 86"}, {"00 2C 00 03 08 39 39 39 39 39 39 39 39", "6A 88"}, {"00 2C 01 02 01 00", "69 84"}}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_reference_data)

// ISO/IEC 7816-4 clause 11.5.6
BOOST_DATA_TEST_CASE(verification_is_asked_for_and_undone, verifying, dialogue) {
    Commands(fakes::command_card()).play(dialogue.steps);
}

// ISO/IEC 7816-4 clause 11.5.7
BOOST_DATA_TEST_CASE(reference_data_are_changed, changing, dialogue) {
    Commands(fakes::command_card()).play(dialogue.steps);
}

// ISO/IEC 7816-4 clause 11.5.8, 11.5.9
BOOST_DATA_TEST_CASE(verification_is_required_or_not, requiring, dialogue) {
    Commands commands(fakes::command_card());
    commands.run("00 A4 04 0C 07 A0 00 00 00 63 50 15");
    commands.play(dialogue.steps);
}

// ISO/IEC 7816-4 clause 11.5.10
BOOST_DATA_TEST_CASE(retry_counter_is_reset, unblocking, dialogue) {
    Commands commands(fakes::command_card());
    commands.play({block_chv_1[0], block_chv_1[1], block_chv_1[2], block_chv_1[3]});
    commands.play(dialogue.steps);
}

BOOST_AUTO_TEST_CASE(another_key_than_the_reset_key_resets_nothing) {
    Commands commands(fakes::command_card());
    commands.session.authenticated = {1};
    commands.play({{"00 20 00 01 01 00", "63 C2"},
                   {"00 2C 03 01", "69 82"},
                   {"00 2C 02 01 04 61 62 63 64", "69 82"},
                   {"00 2C 03 02", "69 84"},
                   {"00 20 00 01", "63 C2"}});
}

BOOST_AUTO_TEST_CASE(authenticated_reset_key_resets_the_retry_counter_without_code) {
    Commands commands(fakes::command_card());
    commands.session.authenticated = {2};
    commands.play({{"00 2C 02 01 03 61 62 63", "67 00"}});
    commands.play({{"00 20 00 01 01 00", "63 C2"},
                   {"00 2C 03 01", "90 00"},
                   {"00 20 00 01", "63 C3"},
                   {"00 2C 02 01 04 61 62 63 64", "90 00"},
                   {"00 20 00 01 04 61 62 63 64", "90 00"}});
}

// ISO/IEC 7816-4 clause 11.5.1
BOOST_AUTO_TEST_CASE(specific_chv_is_that_of_the_nearest_df_above) {
    Commands(fakes::command_card())
        .play({{"00 A4 01 0C 02 60 00", "90 00"},
               {"00 20 00 81 04 35 36 37 38", "90 00"},
               {"00 A4 01 0C 02 62 00", "90 00"},  // has none of its own
               {"00 20 00 81", "90 00"},
               {"00 B0 81 00 01", "DD 90 00"},
               {"00 A4 03 0C", "90 00"},
               {"00 20 00 81", "90 00"},
               {"00 A4 01 0C 02 61 00", "90 00"},  // has another
               {"00 20 00 81", "63 C3"},
               {"00 B0 81 00 01", "69 82"},
               {"00 20 00 81 04 31 31 31 31", "90 00"},
               {"00 B0 81 00 01", "EE 90 00"},
               {"00 A4 03 0C", "90 00"},
               {"00 20 00 81", "63 C3"}});
}

BOOST_AUTO_TEST_CASE(specific_chv_stays_verified_until_a_df_outside_is_selected) {
    Commands(fakes::command_card())
        .play({{"00 A4 01 0C 02 60 00", "90 00"},
               {"00 20 00 81 04 35 36 37 38", "90 00"},
               {"00 20 00 01 04 31 32 33 34", "90 00"},
               {"00 A4 02 0C 02 60 04", "90 00"},
               {"00 A4 00 0C 02 60 00", "90 00"},
               {"00 B0 84 00 01", "00 90 00"},
               {"00 A4 00 0C", "90 00"},
               {"00 A4 01 0C 02 60 00", "90 00"},
               {"00 B0 84 00 01", "69 82"},
               {"00 20 00 01", "90 00"}});  // the global one stays
}

BOOST_AUTO_TEST_CASE(rule_of_a_file_in_another_df_means_the_chv_of_that_df) {
    icc::Profile profile = fakes::command_card();
    icc::FileProfile& application = profile.mf.children.back();
    for (std::size_t i : {4U, 5U}) {  // DF 6100 has a CHV 81 of its own, DF 6200 has not
        application.children[i].children[0].access[icc::Operation::delete_self] = fakes::chv(0x81);
    }
    Commands(profile).play({{"00 A4 01 0C 02 60 00", "90 00"},
                            {"00 E4 09 00 04 62 00 62 01", "69 82"},
                            {"00 20 00 81 04 35 36 37 38", "90 00"},
                            {"00 E4 09 00 04 61 00 61 01", "69 82"},
                            {"00 E4 09 00 04 62 00 62 01", "90 00"}});
}

BOOST_AUTO_TEST_CASE(verification_of_a_deleted_dfs_chv_is_not_one_of_its_parents) {
    Commands(fakes::command_card())
        .play({{"00 A4 08 0C 04 60 00 61 00", "90 00"},
               {"00 20 00 81 04 31 31 31 31", "90 00"},
               {"00 E4 00 00", "90 00"},
               {"00 20 00 81", "63 C3"},
               {"00 B0 84 00 01", "69 82"}});
}

BOOST_AUTO_TEST_CASE(wrong_value_of_a_specific_chv_undoes_its_verification_on_every_channel) {
    Commands(fakes::command_card())
        .play({{"00 70 00 01", "90 00"},
               {"00 A4 01 0C 02 60 00", "90 00"},
               {"01 A4 01 0C 02 60 00", "90 00"},
               {"00 20 00 81 04 35 36 37 38", "90 00"},
               {"01 20 00 81 04 30 30 30 30", "63 C2"},
               {"00 20 00 81", "63 C2"},
               {"00 B0 84 00 01", "69 82"}});
}

BOOST_AUTO_TEST_CASE(verification_outlives_the_deletion_of_a_df_below_that_sees_the_same_chv) {
    Commands(fakes::command_card())
        .play({{"00 A4 08 0C 04 60 00 62 00", "90 00"},
               {"00 20 00 81 04 35 36 37 38", "90 00"},
               {"00 E4 00 00", "90 00"},
               {"00 20 00 81", "90 00"},
               {"00 B0 84 00 01", "00 90 00"}});
}

BOOST_AUTO_TEST_CASE(wrong_value_or_log_out_leaves_another_dfs_chv_of_the_same_reference_on_another_channel) {
    Commands(fakes::command_card())
        .play({{"00 70 00 01", "90 00"},
               {"00 A4 01 0C 02 60 00", "90 00"},
               {"01 A4 08 0C 04 60 00 61 00", "90 00"},
               {"00 20 00 81 04 35 36 37 38", "90 00"},
               {"01 20 00 81 04 30 30 30 30", "63 C2"},
               {"00 20 00 81", "90 00"},
               {"01 20 00 81 04 31 31 31 31", "90 00"},
               {"01 20 FF 81", "90 00"},
               {"01 20 00 81", "63 C3"},
               {"00 B0 84 00 01", "00 90 00"}});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
