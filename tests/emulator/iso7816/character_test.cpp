#include "emulator/iso7816/character.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace scardlab::iso7816 {
namespace {

constexpr Convention conventions[] = {Convention::direct, Convention::inverse};

/// Moments 1 to 10 as the standard writes them.
std::string as_letters(Character character) {
    std::string letters = "L";
    for (unsigned moment = 0; moment < Character::moments; ++moment) {
        letters += (character.levels() >> moment & 1) != 0 ? 'H' : 'L';
    }
    return letters;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(iso7816_character)

// ISO/IEC 7816-3 clause 8.1
BOOST_AUTO_TEST_CASE(ts_on_the_line_is_what_the_standard_draws) {
    BOOST_TEST(as_letters(Character::encode(0x3B, Convention::direct)) == "LHHLHHHLLH");
    BOOST_TEST(as_letters(Character::encode(0x3F, Convention::inverse)) == "LHHLLLLLLH");
}

// ISO/IEC 7816-3 clause 7.2
BOOST_AUTO_TEST_CASE(every_value_has_its_own_pattern_and_comes_back) {
    for (const Convention convention : conventions) {
        std::array<bool, 512> used{};
        for (unsigned value = 0; value < 256; ++value) {
            const Character character = Character::encode(static_cast<std::uint8_t>(value), convention);
            BOOST_TEST(unsigned{character.value(convention)} == value);
            BOOST_TEST(character.parity_right(convention));
            BOOST_TEST(!std::exchange(used[character.levels()], true));
        }
    }
}

BOOST_AUTO_TEST_CASE(direct_convention_is_lowest_bit_first_with_h_as_one_and_inverse_the_opposite) {
    BOOST_TEST(as_letters(Character::encode(0x01, Convention::direct)) == "LHLLLLLLLH");
    BOOST_TEST(as_letters(Character::encode(0x03, Convention::direct)) == "LHHLLLLLLL");
    BOOST_TEST(as_letters(Character::encode(0x01, Convention::inverse)) == "LHHHHHHHLL");
    BOOST_TEST(as_letters(Character::encode(0xC0, Convention::inverse)) == "LLLHHHHHHH");
}

BOOST_AUTO_TEST_CASE(one_level_changed_anywhere_is_wrong_parity) {
    for (const Convention convention : conventions) {
        for (unsigned value = 0; value < 256; ++value) {
            const Character right = Character::encode(static_cast<std::uint8_t>(value), convention);
            for (unsigned moment = 0; moment < Character::moments; ++moment) {
                const Character wrong(static_cast<std::uint16_t>(right.levels() ^ 1U << moment));
                BOOST_TEST(!wrong.parity_right(convention));
            }
            BOOST_TEST(!right.with_wrong_parity().parity_right(convention));
            BOOST_TEST(unsigned{right.with_wrong_parity().value(convention)} == value);
            BOOST_TEST((right.with_wrong_parity().with_wrong_parity() == right));
        }
    }
}

BOOST_AUTO_TEST_CASE(only_two_patterns_announce_a_convention) {
    unsigned known = 0;
    for (unsigned levels = 0; levels < 512; ++levels) {
        known += convention_of(Character(static_cast<std::uint16_t>(levels))) ? 1 : 0;
    }
    BOOST_TEST(known == 2U);
    BOOST_TEST((convention_of(Character::encode(0x3B, Convention::direct)) == Convention::direct));
    BOOST_TEST((convention_of(Character::encode(0x3F, Convention::inverse)) == Convention::inverse));
    BOOST_TEST(!convention_of(Character::encode(0x3F, Convention::direct)));
    BOOST_TEST(!convention_of(Character::encode(0x3B, Convention::direct).with_wrong_parity()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::iso7816
