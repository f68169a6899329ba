#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

namespace {

const Dialogue channels[] = {
    {"the card assigns the lowest free number",
     {{"00 70 00 00 01", "01 90 00"},
      {"00 70 00 00 01", "02 90 00"},
      {"00 70 80 01", "90 00"},
      {"00 70 00 00 01", "01 90 00"}}},
    {"four channels and no more",
     {{"00 70 00 00 01", "01 90 00"},
      {"00 70 00 00 01", "02 90 00"},
      {"00 70 00 00 01", "03 90 00"},
      {"00 70 00 00 01", "64 82"}}},
    {"opened by number",
     {{"00 70 00 03", "90 00"}, {"03 A4 00 0C", "90 00"}, {"00 70 00 03", "64 82"}, {"00 70 00 00 01", "01 90 00"}}},
    {"numbers that the card does not have",
     {{"00 70 00 04", "68 81"}, {"00 70 00 13", "68 81"}, {"00 70 00 14", "6A 86"}}},
    {"closed channel answers no more", {{"00 70 00 01", "90 00"}, {"00 70 80 01", "90 00"}, {"01 A4 00 0C", "68 81"}}},
    {"a channel closes itself",
     {{"00 70 00 02", "90 00"},
      {"02 70 80 00", "90 00"},
      {"02 A4 00 0C", "68 81"},
      {"00 70 00 02", "90 00"},
      {"02 70 80 02", "90 00"},
      {"02 A4 00 0C", "68 81"}}},
    {"a channel does not close another",
     {{"00 70 00 01", "90 00"}, {"00 70 00 02", "90 00"}, {"01 70 80 02", "6A 86"}, {"02 A4 00 0C", "90 00"}}},
    {"basic channel stays open", {{"00 70 80 00", "6A 86"}, {"00 A4 00 0C", "90 00"}}},
    {"closing what is not open", {{"00 70 80 03", "68 81"}, {"00 70 80 05", "68 81"}}},
    {"assignment needs Le, and nothing takes data",
     {{"00 70 00 00", "67 00"}, {"00 70 00 01 01 00", "67 00"}, {"00 70 40 01", "6A 86"}}},
    {"each channel has its own current files",
     {{"00 70 00 01", "90 00"},
      {"00 A4 02 0C 02 2F 00", "90 00"},
      {"01 A4 08 0C 04 50 15 50 33", "90 00"},
      {"00 B0 00 00 01", "30 90 00"},
      {"01 B0 00 00 01", "03 90 00"},
      {"00 B0 00 01 01", "31 90 00"}}},
    {"each channel has its own current record",
     {{"00 70 00 01", "90 00"},
      {"00 A4 08 0C 04 60 00 60 01", "90 00"},
      {"01 A4 08 0C 04 60 00 60 01", "90 00"},
      {"00 B2 00 02 04", "11 01 02 03 90 00"},
      {"00 B2 00 02 04", "22 04 05 06 90 00"},
      {"01 B2 00 02 04", "11 01 02 03 90 00"}}},
    {"opened from the basic channel it begins in the MF",
     {{"00 A4 01 0C 02 60 00", "90 00"}, {"00 70 00 01", "90 00"}, {"01 CA 00 4F 00", "6A 88"}}},
    {"opened from another channel it begins in that one's DF",
     {{"00 70 00 01", "90 00"},
      {"01 A4 01 0C 02 60 00", "90 00"},
      {"01 70 00 02", "90 00"},
      {"02 CA 00 4F 00", "A0 00 00 00 63 60 90 00"}}},
    {"a global CHV is verified for all channels, a specific one for its own",
     {{"00 70 00 01", "90 00"},
      {"01 20 00 01 04 31 32 33 34", "90 00"},
      {"00 20 00 01", "90 00"},
      {"00 A4 01 0C 02 60 00", "90 00"},
      {"01 A4 01 0C 02 60 00", "90 00"},
      {"01 20 00 81 04 35 36 37 38", "90 00"},
      {"01 20 00 81", "90 00"},
      {"00 20 00 81", "63 C3"},
      {"00 B0 84 00 01", "69 82"},
      {"01 B0 84 00 01", "00 90 00"}}},
};

const Dialogue chains[] = {
    {"parts are put together",
     {{"10 A4 08 0C 02 50 15", "90 00"}, {"00 A4 08 0C 02 50 33", "90 00"}, {"00 B0 00 00 01", "03 90 00"}}},
    {"Le of the last part counts",
     {{"10 A4 00 04 01 3F 05", "90 00"}, {"00 A4 00 04 01 00 05", "62 07 82 01 78 90 00"}}},
    {"parts may be empty",
     {{"10 A4 00 0C", "90 00"},
      {"10 A4 00 0C 02 50 15", "90 00"},
      {"00 A4 00 0C", "90 00"},
      {"00 CA 00 4F 00", "A0 00 00 00 63 50 15 90 00"}}},
    {"another command ends the chain and is not carried out",
     {{"10 A4 00 0C 01 50", "90 00"},
      {"00 20 00 01 04 31 32 33 34", "68 83"},
      {"00 20 00 01", "63 C3"},
      {"00 A4 00 0C 01 15", "67 00"}}},
    {"other P1, P2 or channel are another command",
     {{"10 A4 00 0C 01 50", "90 00"},
      {"00 A4 01 0C 01 15", "68 83"},
      {"10 A4 00 0C 01 50", "90 00"},
      {"10 A4 00 04 01 15", "68 83"},
      {"00 70 00 01", "90 00"},
      {"10 A4 00 0C 01 50", "90 00"},
      {"01 A4 00 0C 01 15", "68 83"},
      {"00 A4 00 0C 02 50 15", "90 00"}}},
    {"a refused command ends the chain too",
     {{"10 A4 00 0C 01 50", "90 00"},
      {"80 A4 00 0C", "6E 00"},
      {"00 A4 00 0C 01 15", "67 00"},
      {"10 A4 00 0C 01 50", "90 00"},
      {"00 2A 00 00", "6D 00"},
      {"00 A4 00 0C 01 15", "67 00"}}},
    {"commands that only answer have no chains",
     {{"10 B0 00 00 01", "68 84"}, {"10 84 00 00 08", "68 84"}, {"10 2A 00 00", "6D 00"}}},
    {"the next chain begins empty",
     {{"10 A4 00 0C 02 50 15", "90 00"},
      {"00 A4 00 0C 01 50", "67 00"},
      {"10 A4 00 0C 01 50", "90 00"},
      {"00 A4 00 0C 01 15", "90 00"}}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_channel)

// ISO/IEC 7816-4 clause 5.4.2, 11.1.2
BOOST_DATA_TEST_CASE(channels_open_and_close, channels, dialogue) {
    Commands(fakes::command_card()).play(dialogue.steps);
}

BOOST_AUTO_TEST_CASE(profile_says_how_many_channels_there_are) {
    icc::Profile profile = fakes::command_card();
    profile.channels = 2;
    Commands(profile).play({{"00 70 00 02", "68 81"}, {"00 70 00 00 01", "01 90 00"}, {"00 70 00 00 01", "64 82"}});
    profile.channels = 1;
    Commands(profile).play({{"00 70 00 00 01", "64 82"}, {"00 70 00 01", "68 81"}});
}

BOOST_AUTO_TEST_CASE(channel_is_not_opened_when_only_its_length_is_told_over_t0) {
    Commands commands(fakes::command_card());
    commands.le = icc::LeMeaning::exact;
    commands.play({{"00 70 00 00 00", "6C 01"}, {"00 70 00 00 01", "01 90 00"}});
}

// ISO/IEC 7816-4 clause 5.3.3
BOOST_DATA_TEST_CASE(chained_commands, chains, dialogue) {
    Commands commands(fakes::command_card());
    commands.play(dialogue.steps);
    BOOST_TEST((commands.session.chain == icc::ApplicationSession::Chain{}));
}

BOOST_AUTO_TEST_CASE(chain_carries_65535_bytes_and_no_more) {
    Commands commands(fakes::command_card());
    const iso7816::Bytes part = fakes::counting(32'767);
    const auto put = [&](std::uint8_t cla, iso7816::ByteView data) {
        return commands.run(iso7816::CommandApdu{cla, 0xDA, 1, 0, data, 0, true}.encode());
    };
    BOOST_TEST(put(0x10, part) == "90 00");
    BOOST_TEST(put(0x00, fakes::hex("FF")) == "90 00");
    BOOST_TEST(commands.state.files[0].data_objects.back().value.size() == 32'768U);
    BOOST_TEST(put(0x10, part) == "90 00");
    BOOST_TEST(put(0x10, part) == "90 00");
    BOOST_TEST(put(0x10, fakes::hex("FF")) == "90 00");
    BOOST_TEST(put(0x00, fakes::hex("FF")) == "67 00");
    BOOST_TEST((commands.session.chain == icc::ApplicationSession::Chain{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
