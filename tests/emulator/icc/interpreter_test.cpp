#include "emulator/icc/interpreter.h"

#include <set>

#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"

namespace scardlab::tests {

BOOST_AUTO_TEST_SUITE(icc_interpreter)

// ISO/IEC 7816-4 clause 5.4.1
BOOST_AUTO_TEST_CASE(unknown_classes_and_instructions_are_refused_by_their_own_status) {
    Commands commands;
    const std::pair<const char*, const char*> refused[] = {
        {"80 A4 00 0C", "6E 00"}, {"FF A4 00 0C", "6E 00"}, {"20 A4 00 0C", "6E 00"}, {"30 A4 00 0C", "6E 00"},
        {"04 A4 00 0C", "68 82"}, {"0C A4 00 0C", "68 82"}, {"60 A4 00 0C", "68 82"}, {"01 A4 00 0C", "68 81"},
        {"03 A4 00 0C", "68 81"}, {"40 A4 00 0C", "68 81"}, {"4F A4 00 0C", "68 81"}, {"00 C0 00 00", "6D 00"},
        {"00 00 00 00", "6D 00"}, {"80 00 00 00", "6E 00"}, {"00 B1 00 00", "6D 00"}, {"00 D7 00 00", "6D 00"},
        {"00 CB 00 00", "6D 00"}, {"00 2A 00 00", "6D 00"}, {"00 FF 00 00", "6D 00"},
    };
    for (const auto& [command, answer] : refused) {
        BOOST_TEST_CONTEXT(command) {
            BOOST_TEST(commands.run(command) == answer);
        }
    }
}

// ISO/IEC 7816-3 clause 10.3.2
BOOST_AUTO_TEST_CASE(direction_over_t0_is_known_from_the_instruction) {
    using iso7816::T0Direction;
    const std::set<unsigned> to_card{0x04, 0x0C, 0x0E, 0x20, 0x24, 0x26, 0x28, 0x2C, 0x44, 0x82, 0x88, 0xA2,
                                     0xA4, 0xD0, 0xD2, 0xD6, 0xDA, 0xDC, 0xE0, 0xE2, 0xE4, 0xE6, 0xE8, 0xFE};
    const std::set<unsigned> from_card{0x70, 0x84, 0xB0, 0xB2, 0xC0, 0xCA};
    for (unsigned ins = 0; ins <= 0xFF; ++ins) {
        const T0Direction expected = to_card.contains(ins)     ? T0Direction::to_card
                                     : from_card.contains(ins) ? T0Direction::from_card
                                                               : T0Direction::none;
        BOOST_TEST_CONTEXT(ins) {
            BOOST_TEST((icc::t0_direction(static_cast<std::uint8_t>(ins)) == expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(every_other_instruction_is_unknown) {
    for (unsigned ins = 0; ins <= 0xFF; ++ins) {
        const auto byte = static_cast<std::uint8_t>(ins);
        const bool known = ins != 0xC0 && icc::t0_direction(byte) != iso7816::T0Direction::none;
        const bool refused = Commands(fakes::command_card()).run(iso7816::Bytes{0, byte, 0, 0}) == "6D 00";
        BOOST_TEST(refused == !known);
    }
}

BOOST_AUTO_TEST_CASE(quirk_surplus_lengthens_response_data_whatever_le_says) {
    icc::Profile profile = fakes::command_card();
    profile.quirks.commands.surplus = 2;
    Commands(profile).play({{"00 A4 02 0C 02 2F 00", "90 00"},
                            {"00 B0 00 00 01", "30 00 00 90 00"},
                            {"00 A4 00 00 02 3F 00 01", "6F 00 00 90 00"},
                            {"00 B0 7F FF 01", "69 86"}});
}

BOOST_AUTO_TEST_CASE(quirk_no_extended_refuses_extended_length) {
    icc::Profile profile = fakes::command_card();
    profile.quirks.commands.no_extended = true;
    Commands(profile).play({{"00 A4 02 0C 02 2F 00", "90 00"},
                            {"00 B0 00 00 00 00 01", "67 00"},
                            {"00 A4 00 0C 00 00 02 3F 00", "67 00"},
                            {"00 B0 00 00 01", "30 90 00"}});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
