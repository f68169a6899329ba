#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

const Dialogue dialogues[] = {
    {"data object of the MF", {{"00 CA 5F 50 02", "BE EF 90 00"}, {"00 CA 00 42 00", "00 90 00"}}},
    {"data object of the current DF comes before the MF's",
     {{"00 A4 01 0C 02 60 00", "90 00"}, {"00 CA 00 42 00", "CA FE 90 00"}, {"00 CA 5F 50 00", "BE EF 90 00"}}},
    {"unknown data object", {{"00 CA 00 43 00", "6A 88"}, {"00 CA 00 00 00", "6A 88"}}},
    {"file control parameters and DF name of the current DF",
     {{"00 CA 00 62 00", "62 07 82 01 78 83 02 3F 00 90 00"},
      {"00 CA 00 4F 00", "6A 88"},
      {"00 A4 01 0C 02 60 00", "90 00"},
      {"00 CA 00 4F 00", "A0 00 00 00 63 60 90 00"}}},
    {"list of the children of the current DF",
     {{"00 A4 00 0C 02 5015", "90 00"},
      {"00 CA 01 E0 00", "46 49 4C 53 50 31 41 08 50 32 41 10 50 33 41 18 51 00 78 00 90 00"},
      {"00 CA 01 E1 00", "6A 88"},
      {"00 A4 00 0C 02 51 00", "90 00"},
      {"00 CA 01 E0 00", "46 49 4C 53 51 01 41 00 90 00"},
      {"00 DA 01 E0 01 07", "90 00"},
      {"00 CA 01 E0 00", "07 90 00"}}},
    {"reading needs Le and no data", {{"00 CA 5F 50", "67 00"}, {"00 CA 5F 50 01 00 02", "67 00"}}},
    {"value longer than Le is cut", {{"00 CA 5F 50 01", "BE 90 00"}}},
    {"replaced in the MF", {{"00 DA 5F 50 03 01 02 03", "90 00"}, {"00 CA 5F 50 00", "01 02 03 90 00"}}},
    {"replaced where it is found, from another DF",
     {{"00 A4 01 0C 02 60 00", "90 00"},
      {"00 DA 5F 50 01 07", "90 00"},
      {"00 DA 00 42 01 08", "90 00"},
      {"00 A4 00 0C 02 3F 00", "90 00"},
      {"00 CA 5F 50 00", "07 90 00"},
      {"00 CA 00 42 00", "00 90 00"}}},
    {"added to the current DF",
     {{"00 A4 01 0C 02 60 00", "90 00"},
      {"00 DA 01 00 02 0A 0B", "90 00"},
      {"00 CA 01 00 00", "0A 0B 90 00"},
      {"00 A4 00 0C 02 3F 00", "90 00"},
      {"00 CA 01 00 00", "6A 88"}}},
    {"put without data", {{"00 DA 5F 50", "67 00"}}},
    {"tags that cannot be kept",
     {{"00 DA 00 3F 01 00", "6A 86"},
      {"00 DA 00 FF 01 00", "6A 86"},
      {"00 DA 02 FF 01 00", "6A 86"},
      {"00 DA FF 00 01 00", "6A 86"},
      {"00 DA 00 40 01 00", "90 00"},
      {"00 DA FE FF 01 00", "90 00"}}},
};

iso7816::Bytes put(std::uint8_t p2, std::size_t size) {
    return iso7816::CommandApdu{0, 0xDA, 1, p2, fakes::counting(size), 0, true}.encode();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_data_object)

// ISO/IEC 7816-4 clause 11.4, 11.4.3
BOOST_DATA_TEST_CASE(get_and_put, dialogues, dialogue) {
    Commands(fakes::command_card()).play(dialogue.steps);
}

// ISO/IEC 7816-4 clause 7.4.5
BOOST_AUTO_TEST_CASE(a_long_list_of_children_comes_page_by_page) {
    icc::Profile profile = fakes::command_card();
    auto crowded = fakes::df(0x7000, {}, {});
    for (std::uint16_t i = 0; i < 124; ++i) {
        crowded.children.push_back(
            fakes::ef(static_cast<std::uint16_t>(0x7001 + i), {}, {}, fakes::always, fakes::never));
    }
    crowded.children.push_back(fakes::df(0x7100, {}, {}));
    profile.mf.children = {crowded};
    Commands card(profile);
    card.play({{"00 A4 00 0C 02 70 00", "90 00"}});
    const auto size_of = [&](std::uint8_t page) {
        const std::string answer = card.run(iso7816::CommandApdu{0, 0xCA, 1, page, {}, 256, false}.encode());
        return fakes::hex(answer).size() - 2;
    };
    BOOST_TEST(size_of(0xE0) == 4 + 62 * 4U);
    BOOST_TEST(size_of(0xE1) == 4 + 62 * 4U);
    card.play({{"00 CA 01 E2 00", "46 49 4C 53 71 00 78 00 90 00"}, {"00 CA 01 E3 00", "6A 88"}});
}

BOOST_AUTO_TEST_CASE(rules_of_the_df_that_has_it_decide) {
    icc::Profile profile = fakes::command_card();
    profile.mf.access[icc::Operation::read] = fakes::chv(1);
    profile.mf.access[icc::Operation::update] = fakes::never;
    Commands(profile).play({{"00 CA 5F 50 00", "69 82"},
                            {"00 DA 5F 50 01 00", "69 82"},
                            {"00 DA 01 01 01 00", "69 82"},
                            {"00 A4 01 0C 02 60 00", "90 00"},
                            {"00 CA 00 42 00", "CA FE 90 00"},
                            {"00 DA 00 42 01 01", "90 00"},
                            {"00 CA 5F 50 00", "69 82"},
                            {"00 20 00 01 04 31 32 33 34", "90 00"},
                            {"00 CA 5F 50 00", "BE EF 90 00"}});
}

BOOST_AUTO_TEST_CASE(value_of_32768_bytes_fits_and_one_more_does_not) {
    Commands commands(fakes::command_card());
    BOOST_TEST(commands.run(put(1, 32'768)) == "90 00");
    BOOST_TEST(commands.run(put(2, 32'769)) == "6A 84");
    commands.run("00 CA 01 01 00 00 00");
    BOOST_TEST((commands.data == fakes::counting(32'768)));
}

BOOST_AUTO_TEST_CASE(card_fills_up_and_a_replaced_value_makes_room) {
    Commands commands(fakes::command_card());
    std::uint8_t stored = 0;
    while (commands.run(put(stored, 32'768)) == "90 00") {
        BOOST_TEST_REQUIRE(++stored < 40);
    }
    BOOST_TEST(stored == 31);
    BOOST_TEST(commands.run(put(stored, 32'768)) == "6A 84");
    BOOST_TEST(commands.run(put(0, 32'768)) == "90 00");
    BOOST_TEST(commands.run(put(0, 1)) == "90 00");
    BOOST_TEST(commands.run(put(stored, 32'768)) == "90 00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
