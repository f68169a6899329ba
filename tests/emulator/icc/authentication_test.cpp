#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "emulator/icc/crypto.h"
#include "tests/emulator/icc/commands.h"
#include "tests/fakes/command_card.h"
#include "tests/fakes/no_ciphers.h"

namespace scardlab::tests {

namespace {

using icc::KeyProfile;
using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::to_hex;

/// Published vectors for one block: FIPS 197 appendix C, and DES with equal keys (triple DES is then single DES).
struct Vector {
    KeyProfile::Algorithm algorithm;
    const char* key;
    const char* plain;
    const char* cipher;
};

const Vector vectors[] = {
    {KeyProfile::Algorithm::aes128, "000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF",
     "69C4E0D86A7B0430D8CDB78070B4C55A"},
    {KeyProfile::Algorithm::aes192, "000102030405060708090A0B0C0D0E0F1011121314151617",
     "00112233445566778899AABBCCDDEEFF", "DDA97CA4864CDFE06EAF70A0EC0D7191"},
    {KeyProfile::Algorithm::aes256, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
     "00112233445566778899AABBCCDDEEFF", "8EA2B7CA516745BFEAFC49904B496089"},
    {KeyProfile::Algorithm::tdes, "133457799BBCDFF1133457799BBCDFF1", "0123456789ABCDEF", "85E813540F0AB405"},
    {KeyProfile::Algorithm::tdes, "133457799BBCDFF1133457799BBCDFF1133457799BBCDFF1", "0123456789ABCDEF",
     "85E813540F0AB405"},
};

std::ostream& operator<<(std::ostream& out, const Vector& vector) {
    return out << vector.key;
}

Bytes command(std::uint8_t ins, std::uint8_t key, ByteView data, std::uint32_t ne = 0) {
    return iso7816::CommandApdu{0, ins, 0, key, data, ne, false}.encode();
}

Bytes joined(Bytes left, ByteView right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// The other side, which has the card's keys.
struct Terminal {
    Terminal() : Terminal(fakes::command_card()) {}
    explicit Terminal(icc::Profile profile) : commands(std::move(profile)) {}

    const icc::Key& key(std::uint8_t reference) const { return commands.state.keys[reference - 1U]; }
    Bytes challenge(std::uint8_t length) {
        commands.run(iso7816::CommandApdu{0, 0x84, 0, 0, {}, length, false}.encode());
        return commands.data;
    }
    std::string external(std::uint8_t reference, ByteView cryptogram) {
        return commands.run(command(0x82, reference, cryptogram));
    }

    Commands commands;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_authentication)

BOOST_DATA_TEST_CASE(published_vectors_hold_both_ways, vectors, vector) {
    const icc::Key key{1, vector.algorithm, fakes::hex(vector.key), 1, 1};
    BOOST_TEST(to_hex(icc::encrypt(key, fakes::hex(vector.plain)).value(), '\0') == vector.cipher);
    BOOST_TEST(to_hex(icc::decrypt(key, fakes::hex(vector.cipher)).value(), '\0') == vector.plain);
}

BOOST_AUTO_TEST_CASE(blocks_are_chained_with_an_initial_value_of_zeros) {
    const icc::Key key{1, KeyProfile::Algorithm::aes128, fakes::counting(16), 1, 1};
    const Bytes first = icc::encrypt(key, Bytes(16)).value();
    const Bytes both = icc::encrypt(key, Bytes(32)).value();
    BOOST_TEST(both == joined(first, icc::encrypt(key, first).value()));
    BOOST_TEST(icc::decrypt(key, both).value() == Bytes(32));
}

BOOST_AUTO_TEST_CASE(key_or_data_of_a_wrong_length_give_nothing) {
    BOOST_TEST(!icc::encrypt({1, KeyProfile::Algorithm::aes128, Bytes(15), 1, 1}, Bytes(16)).has_value());
    BOOST_TEST(!icc::encrypt({1, KeyProfile::Algorithm::tdes, Bytes(8), 1, 1}, Bytes(8)).has_value());
    BOOST_TEST(!icc::decrypt({1, KeyProfile::Algorithm::aes128, Bytes(16), 1, 1}, Bytes(15)).has_value());
}

// ISO/IEC 7816-4 clause 11.5.2, 11.5.4
BOOST_AUTO_TEST_CASE(without_ciphers_no_key_is_usable_and_no_try_is_taken) {
    Terminal terminal;
    const Bytes challenge = terminal.challenge(16);
    const std::uint8_t tries = terminal.key(1).tries_left;
    {
        const fakes::NoCiphers none;
        BOOST_TEST(terminal.commands.run(command(0x88, 2, Bytes(8), 256)) == "69 84");
        BOOST_TEST(terminal.external(1, Bytes(16)) == "69 84");
    }
    BOOST_TEST(terminal.key(1).tries_left == tries);
    BOOST_TEST(terminal.external(1, icc::encrypt(terminal.key(1), challenge).value()) == "69 85");  // it is gone
}

// ISO/IEC 7816-4 clause 11.5.2
BOOST_AUTO_TEST_CASE(internal_authenticate_enciphers_the_challenge) {
    Terminal terminal;
    BOOST_TEST(terminal.commands.run("00 88 00 01 10 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF 00") ==
               "69 C4 E0 D8 6A 7B 04 30 D8 CD B7 80 70 B4 C5 5A 90 00");
    const Bytes given = fakes::counting(8);
    BOOST_TEST(terminal.commands.run(command(0x88, 2, given, 256)) ==
               to_hex(icc::encrypt(terminal.key(2), given).value()) + " 90 00");
    terminal.commands.play({{"00 88 00 02 08 00 01 02 03 04 05 06 07", "90 00"},  // no Le: no data
                            {"00 88 00 01 08 00 01 02 03 04 05 06 07 00", "67 00"},
                            {"00 88 00 01", "67 00"},
                            {"00 88 00 03 08 00 01 02 03 04 05 06 07 00", "6A 88"},
                            {"00 88 00 81 08 00 01 02 03 04 05 06 07 00", "6A 88"},
                            {"00 88 01 01 00", "6A 86"},
                            {"00 88 00 41 00", "6A 86"}});
}

// ISO/IEC 7816-4 clause 11.5.2
BOOST_AUTO_TEST_CASE(challenge_that_waits_for_an_answer_is_not_enciphered) {
    Terminal terminal;
    const Bytes challenge = terminal.challenge(16);
    BOOST_TEST(terminal.commands.run(command(0x88, 1, challenge, 256)) == "69 85");
    BOOST_TEST(terminal.external(1, icc::encrypt(terminal.key(1), challenge).value()) == "90 00");
    BOOST_TEST(terminal.commands.run(command(0x88, 1, challenge, 256)) ==
               to_hex(icc::encrypt(terminal.key(1), challenge).value()) + " 90 00");  // now it opens nothing any more
}

BOOST_AUTO_TEST_CASE(key_serves_only_the_side_that_its_usage_names) {
    using Usage = KeyProfile::Usage;
    icc::Profile profile = fakes::command_card();
    profile.keys[0].usage = Usage::external;
    profile.keys[1].usage = Usage::internal;
    Terminal terminal(profile);
    BOOST_TEST(terminal.commands.run(command(0x88, 1, Bytes(16), 256)) == "69 84");
    BOOST_TEST(terminal.external(1, icc::encrypt(terminal.key(1), terminal.challenge(16)).value()) == "90 00");
    BOOST_TEST(terminal.commands.run(command(0x88, 2, Bytes(8), 256)) ==
               to_hex(icc::encrypt(terminal.key(2), Bytes(8)).value()) + " 90 00");
    BOOST_TEST(terminal.external(2, icc::encrypt(terminal.key(2), terminal.challenge(8)).value()) == "69 84");
    const Bytes told = icc::encrypt(terminal.key(2), joined(Bytes(8), terminal.challenge(8))).value();
    BOOST_TEST(terminal.commands.run(command(0x82, 2, told, 256)) == "69 84");
    BOOST_TEST(terminal.commands.run(command(0x82, 2, {})) == "69 84");
    BOOST_TEST(static_cast<int>(terminal.key(2).tries_left) == 15);
}

// ISO/IEC 7816-4 clause 11.5.3, 11.5.4
BOOST_AUTO_TEST_CASE(external_authenticate_opens_what_the_key_guards) {
    Terminal terminal;
    terminal.commands.play({{"00 A4 01 0C 02 60 00", "90 00"}, {"00 D6 84 00 01 05", "69 82"}});
    BOOST_TEST(terminal.external(1, icc::encrypt(terminal.key(1), terminal.challenge(16)).value()) == "90 00");
    terminal.commands.play({{"00 82 00 01", "90 00"},
                            {"00 82 00 02", "63 CF"},
                            {"00 D6 84 00 01 05", "90 00"},
                            {"00 D0 84 00 01 05", "69 82"},
                            {"00 20 00 01 04 31 32 33 34", "90 00"},
                            {"00 D0 84 00 01 05", "90 00"}});
    BOOST_TEST(terminal.external(2, icc::encrypt(terminal.key(2), terminal.challenge(8)).value()) == "90 00");
}

BOOST_AUTO_TEST_CASE(challenge_serves_once_and_only_the_last_one) {
    Terminal terminal;
    const Bytes none(16);
    BOOST_TEST(terminal.external(1, none) == "69 85");
    const Bytes answer = icc::encrypt(terminal.key(1), terminal.challenge(16)).value();
    BOOST_TEST(terminal.external(1, answer) == "90 00");
    BOOST_TEST(terminal.external(1, answer) == "69 85");
    const Bytes stale = icc::encrypt(terminal.key(1), terminal.challenge(16)).value();
    terminal.challenge(16);
    BOOST_TEST(terminal.external(1, stale) == "63 C1");
    BOOST_TEST(terminal.external(1, stale) == "69 85");
}

BOOST_AUTO_TEST_CASE(challenge_must_have_the_length_of_a_block) {
    Terminal terminal;
    terminal.challenge(8);
    BOOST_TEST(terminal.external(1, Bytes(16)) == "69 85");
    terminal.commands.play({{"00 82 00 01", "63 C2"}, {"00 82 00 01 08 00 00 00 00 00 00 00 00", "67 00"}});
}

BOOST_AUTO_TEST_CASE(each_failure_takes_a_try_until_the_key_is_blocked) {
    Terminal terminal;
    for (const char* const answer : {"63 C1", "63 C0"}) {
        terminal.challenge(16);
        BOOST_TEST(terminal.external(1, Bytes(16)) == answer);
    }
    const Bytes right = icc::encrypt(terminal.key(1), terminal.challenge(16)).value();
    BOOST_TEST(terminal.external(1, right) == "69 83");
    terminal.commands.play({{"00 82 00 01", "69 83"}, {"00 82 00 02", "63 CF"}});
}

BOOST_AUTO_TEST_CASE(failure_undoes_an_authentication_and_success_gives_the_tries_back) {
    Terminal terminal;
    BOOST_TEST(terminal.external(1, icc::encrypt(terminal.key(1), terminal.challenge(16)).value()) == "90 00");
    terminal.challenge(16);
    BOOST_TEST(terminal.external(1, Bytes(16)) == "63 C1");
    terminal.commands.play({{"00 82 00 01", "63 C1"}});
    BOOST_TEST(terminal.external(1, icc::encrypt(terminal.key(1), terminal.challenge(16)).value()) == "90 00");
    BOOST_TEST(static_cast<int>(terminal.key(1).tries_left) == 2);
}

BOOST_AUTO_TEST_CASE(mutual_authenticate_proves_both_sides) {
    Terminal terminal;
    for (const auto& [reference, length] : {std::pair<std::uint8_t, std::uint8_t>{1, 16}, {2, 8}}) {
        const Bytes rnd_ifd = fakes::counting(length, 0x30);
        const Bytes rnd_icc = terminal.challenge(length);
        const Bytes told = icc::encrypt(terminal.key(reference), joined(rnd_ifd, rnd_icc)).value();
        BOOST_TEST(terminal.commands.run(command(0x82, reference, told, 256)) ==
                   to_hex(icc::encrypt(terminal.key(reference), joined(rnd_icc, rnd_ifd)).value()) + " 90 00");
        BOOST_TEST(terminal.commands.run(command(0x82, reference, {})) == "90 00");
    }
}

BOOST_AUTO_TEST_CASE(mutual_authenticate_that_cannot_be_answered_in_full_takes_no_try_and_proves_nothing) {
    Terminal terminal;
    for (const auto& [reference, length] : {std::pair<std::uint8_t, std::uint8_t>{1, 16}, {2, 8}}) {
        const Bytes told =
            icc::encrypt(terminal.key(reference), joined(fakes::counting(length), terminal.challenge(length))).value();
        const std::uint8_t tries = terminal.key(reference).tries_left;
        for (const std::uint32_t ne : {0U, 1U, 2U * length - 1U}) {
            BOOST_TEST(terminal.commands.run(command(0x82, reference, told, ne)) == "67 00");
        }
        BOOST_TEST(terminal.key(reference).tries_left == tries);
        BOOST_TEST(terminal.commands.run(command(0x82, reference, {})) != "90 00");
        terminal.commands.run(command(0x82, reference, told, 2U * length));
        BOOST_TEST(terminal.commands.data.size() == 2U * length);
        BOOST_TEST(terminal.commands.run(command(0x82, reference, {})) == "90 00");
    }
}

BOOST_AUTO_TEST_CASE(mutual_authenticate_with_another_challenge_takes_a_try_and_tells_nothing) {
    Terminal terminal;
    terminal.challenge(16);
    const Bytes told = icc::encrypt(terminal.key(1), Bytes(32)).value();
    BOOST_TEST(terminal.commands.run(command(0x82, 1, told, 256)) == "63 C1");
    BOOST_TEST(terminal.commands.run(command(0x82, 1, told, 256)) == "69 85");
}

BOOST_AUTO_TEST_CASE(key_that_does_not_fit_its_algorithm_is_not_usable) {
    icc::Profile profile = fakes::command_card();
    profile.keys[0].value.pop_back();
    Terminal terminal(profile);
    BOOST_TEST(terminal.commands.run(command(0x88, 1, Bytes(16), 256)) == "69 84");
    terminal.challenge(16);
    BOOST_TEST(terminal.external(1, Bytes(16)) == "69 84");
    terminal.commands.play({{"00 82 00 01", "63 C2"}, {"00 82 00 04", "6A 88"}, {"00 82 01 01", "6A 86"}});
}

BOOST_AUTO_TEST_CASE(challenge_whose_length_alone_is_told_over_t0_is_not_given_out) {
    Commands commands(fakes::command_card());
    const icc::IccState before = commands.state;
    commands.le = icc::LeMeaning::exact;
    commands.play({{"00 84 00 00 00", "6C 08"}});
    BOOST_TEST((commands.state == before));
    BOOST_TEST(commands.session.challenge.empty());
    commands.run("00 84 00 00 08");
    BOOST_TEST(commands.session.challenge == commands.data);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
