#include "emulator/iso7816/secure_messaging.h"

#include <rapidcheck/boost_test.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <vector>

#include "emulator/iso7816/block_cipher.h"
#include "emulator/iso7816/tlv.h"
#include "tests/emulator/iso7816/support.h"
#include "tests/fakes/no_ciphers.h"
#include "tests/fakes/secure_objects.h"

namespace scardlab::iso7816 {
namespace {

/// A plain command and its answer, and what is sent of both.
struct Exchange {
    const char* command;
    const char* protected_command;
    const char* response;
    const char* protected_response;
};

struct KnownSession {
    unsigned key_length;
    const char* encryption_key;
    const char* mac_key;
    std::vector<Exchange> exchanges;
};

std::ostream& operator<<(std::ostream& out, const KnownSession& session) {
    return out << "AES-" << 8 * session.key_length;
}

// Computed with Python's `cryptography` 48, from its AES in ECB and CBC, CMAC and KBKDFCMAC (CounterMode, rlen 4, llen
// 4, BeforeFixed), the keys by `openssl kdf -kdfopt mac:CMAC KBKDF` as well: the static key counts from 00, RND.ICC
// from 40, RND.IFD from 80.
const KnownSession known_sessions[] = {
    {16,
     "0C 78 7E 25 7E 5C 08 EE 91 48 DB 4C 0E 22 75 35",
     "C5 58 EC 04 67 01 2F 64 45 8F 5C 48 6F 41 7B 2E",
     {
         {"00 44 00 00", "0C 44 00 00 0A 8E 08 84 97 AD 2A 75 46 45 AB 00", "90 00",
          "99 02 90 00 8E 08 48 45 34 E3 D3 06 DC C4 90 00"},
         {"00 B0 81 00 00", "0C B0 81 00 00 00 0D 97 01 00 8E 08 14 5D C7 72 A3 13 DF E7 00 00", "6A 82",
          "99 02 6A 82 8E 08 F3 C1 96 50 77 51 5A 0F 6A 82"},
         {"00 B0 81 00 10", "0C B0 81 00 0D 97 01 10 8E 08 D6 9F 1E 7E 0A 01 27 1B 00", "68 65 6C 6C 6F 90 00",
          "87 11 01 0C 8D 6B 0D 05 22 CC B5 6C 29 D0 01 32 72 02 77 99 02 90 00 8E 08 5A EB F1 "
          "50 BC 36 D8 C3 90 00"},
         {"00 D6 00 00 05 01 02 03 04 05",
          "0C D6 00 00 1D 87 11 01 84 C1 C3 E8 F6 4C 17 EF 41 6A D6 1D 9D FA BF E9 8E 08 8E EB "
          "C9 57 FA AD B2 26 00",
          "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B "
          "1C 1D 1E 1F 62 82",
          "87 31 01 7E 95 37 93 19 CE 33 9E 93 FA D6 9D 13 E6 48 5F D6 D2 05 C0 BA A5 C5 41 23 "
          "28 8B B3 54 E3 81 09 20 71 5F 94 E1 E1 EF CE 51 63 04 CE 43 CE F5 79 99 02 62 82 8E "
          "08 B7 64 7C AC 91 3C 87 A5 62 82"},
         {"01 A4 04 00 10 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 00",
          "0D A4 04 00 00 00 30 87 21 01 5F ED 53 33 0D 6A 33 6B C6 E4 6C EE 5A 70 B2 63 E9 49 "
          "7C 55 DE 36 E7 F6 E8 26 98 23 91 2F F3 DA 97 01 00 8E 08 D2 60 21 EA 87 DC 84 9B 00 "
          "00",
          "90 00", "99 02 90 00 8E 08 36 CC D4 22 39 3E B4 0C 90 00"},
         {"00 B0 00 00 00 00 00", "0C B0 00 00 00 00 0E 97 02 00 00 8E 08 74 AB D6 B6 D2 0A 7C E9 00 00", "6A 82",
          "99 02 6A 82 8E 08 31 0F E6 15 A4 05 6F 0E 6A 82"},
         {"03 88 00 01 00 00 02 AA BB 00 10",
          "0F 88 00 01 00 00 21 87 11 01 B5 D7 A5 99 FD D8 57 F6 90 F1 11 EC 20 A9 04 63 97 02 "
          "00 10 8E 08 A9 66 1B 63 14 A2 99 3B 00 00",
          "68 65 6C 6C 6F 90 00",
          "87 11 01 70 41 2A 60 1C 0B 3D 76 0B 69 44 C5 68 CF 20 8A 99 02 90 00 8E 08 C2 74 85 "
          "E3 DB A4 05 84 90 00"},
         {"10 DB 3F FF 03 53 01 07",
          "1C DB 3F FF 1C 85 10 05 93 9A A8 0F 3E 68 4C FD FF AD EA 93 C2 D4 47 8E 08 54 B8 91 "
          "91 6F 85 F6 EC 00",
          "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B "
          "1C 1D 1E 1F 62 82",
          "87 31 01 3E 87 C2 99 35 64 97 99 5C DD 99 BB 7A 57 F3 0A 2C A6 30 C4 C6 76 26 49 A8 "
          "CA 4B C9 FC 14 D9 D4 4F AC AB F2 9D EC C7 ED 0A CF B7 3A 63 17 8B 13 99 02 62 82 8E "
          "08 38 5A C3 E2 47 41 35 08 62 82"},
         {"45 20 00 01 04 31 32 33 34",
          "65 20 00 01 1D 87 11 01 03 8C A7 8D 68 95 AF 87 E2 EF 1D 0A A9 78 FD 24 8E 08 60 30 "
          "4A 80 2C 5A 6E E1 00",
          "90 00", "99 02 90 00 8E 08 76 A7 C2 F0 F3 E0 E5 1B 90 00"},
         {"5F CA 00 62 20", "7F CA 00 62 0D 97 01 20 8E 08 E9 19 BC 56 36 0A 28 55 00", "6A 82",
          "99 02 6A 82 8E 08 B6 DC 09 73 C7 5D 59 ED 6A 82"},
     }},
    {24,
     "CD E3 B6 F3 9B 38 E6 EA C0 72 DC 48 4B 01 01 7F 00 3D DB AE FB F7 53 BD",
     "03 2A BB 8A 33 0A 77 4C 8B E2 0D 77 9D DC 76 5A 27 3A DA C3 46 3F EC 99",
     {
         {"00 44 00 00", "0C 44 00 00 0A 8E 08 AF 35 DB 12 BB 3B 58 B5 00", "90 00",
          "99 02 90 00 8E 08 21 08 BB 2D ED 33 B6 E3 90 00"},
         {"00 B0 81 00 00", "0C B0 81 00 00 00 0D 97 01 00 8E 08 44 E1 FE E3 31 B2 9E 47 00 00", "6A 82",
          "99 02 6A 82 8E 08 5C D7 C0 75 71 74 6C 5D 6A 82"},
         {"00 B0 81 00 10", "0C B0 81 00 0D 97 01 10 8E 08 20 07 1F 00 1E EE FE E7 00", "68 65 6C 6C 6F 90 00",
          "87 11 01 E4 CB 92 39 41 5B 8B 57 31 32 CE CB C2 14 5F 11 99 02 90 00 8E 08 55 0D 0B "
          "70 05 40 B8 14 90 00"},
         {"00 D6 00 00 05 01 02 03 04 05",
          "0C D6 00 00 1D 87 11 01 0B 2C 75 83 AD 5F C0 98 B9 CF C0 32 B4 F6 57 60 8E 08 E0 3F "
          "50 41 92 9F 8B CC 00",
          "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B "
          "1C 1D 1E 1F 62 82",
          "87 31 01 DE 43 82 F2 C1 05 60 9A BB 85 48 80 ED 4B 73 2B C6 DA 66 DB 6F 83 C6 34 BE "
          "B1 53 4F 69 C4 47 35 02 DC E2 F0 CE 24 86 98 C0 1F 50 77 ED 69 5E 90 99 02 62 82 8E "
          "08 1D B6 8E E4 5F 3E DC 60 62 82"},
         {"01 A4 04 00 10 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 00",
          "0D A4 04 00 00 00 30 87 21 01 C0 53 1B D8 05 27 EB 31 A6 52 27 B2 CF F9 99 8D FF 6B "
          "B5 1D 7D B4 0B 70 FE C0 47 42 60 11 04 84 97 01 00 8E 08 B9 AB 40 44 B8 E8 0F E4 00 "
          "00",
          "90 00", "99 02 90 00 8E 08 EB E2 A5 BE 57 12 DE 0C 90 00"},
         {"00 B0 00 00 00 00 00", "0C B0 00 00 00 00 0E 97 02 00 00 8E 08 66 45 C3 45 B8 B2 6A FC 00 00", "6A 82",
          "99 02 6A 82 8E 08 3E 8D 8E 37 B4 93 07 BC 6A 82"},
         {"03 88 00 01 00 00 02 AA BB 00 10",
          "0F 88 00 01 00 00 21 87 11 01 87 6C 2F 76 1D 69 34 A1 0F 44 E6 2E E3 86 9B 29 97 02 "
          "00 10 8E 08 1C 8B B4 57 CE C8 F2 D1 00 00",
          "68 65 6C 6C 6F 90 00",
          "87 11 01 EF A9 94 0A BE 8B 3C 5F 74 06 7F 25 CA E1 39 8D 99 02 90 00 8E 08 DB 86 AC "
          "8F 03 4E E3 82 90 00"},
         {"10 DB 3F FF 03 53 01 07",
          "1C DB 3F FF 1C 85 10 64 DC 60 FB FA 58 FC 22 26 1B BB F0 A4 1F AB 64 8E 08 C3 8A 29 "
          "05 E4 CC 46 45 00",
          "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B "
          "1C 1D 1E 1F 62 82",
          "87 31 01 73 8C A1 F6 B2 90 96 D2 62 47 D0 E9 13 E0 FE 64 85 87 98 91 57 07 E3 4A 06 "
          "29 49 4D 96 C3 59 99 40 5C F2 C1 76 F8 F8 66 94 68 D5 67 DA 5E 2D 3A 99 02 62 82 8E "
          "08 A6 EE 53 04 57 C1 A9 4F 62 82"},
         {"45 20 00 01 04 31 32 33 34",
          "65 20 00 01 1D 87 11 01 4B 24 4F 60 FB F6 A1 80 B1 38 2F 8E 96 EC 70 2B 8E 08 8C D3 "
          "45 8E 13 16 87 1E 00",
          "90 00", "99 02 90 00 8E 08 14 B9 41 5B 78 04 24 97 90 00"},
         {"5F CA 00 62 20", "7F CA 00 62 0D 97 01 20 8E 08 B4 89 F9 A9 FB 21 3F 0C 00", "6A 82",
          "99 02 6A 82 8E 08 88 3F 8B 32 24 12 FA AE 6A 82"},
     }},
    {32,
     "89 66 AF 59 E0 91 98 DA C8 6C 35 71 A0 12 DE DA DA 8F AC F9 2F 05 36 AB 12 89 AC A0 "
     "83 F0 61 25",
     "3E F2 E6 0D BA 16 C4 F6 F1 FC 3B 0A 8A 89 37 01 0E A4 A3 62 65 6A D6 5B 9E 2F 39 31 "
     "77 DD 45 C2",
     {
         {"00 44 00 00", "0C 44 00 00 0A 8E 08 2D 74 4C C9 D2 55 07 32 00", "90 00",
          "99 02 90 00 8E 08 2E 3F CA A7 58 51 55 E0 90 00"},
         {"00 B0 81 00 00", "0C B0 81 00 00 00 0D 97 01 00 8E 08 81 F9 89 5C D2 F5 22 56 00 00", "6A 82",
          "99 02 6A 82 8E 08 7C 3F C6 F5 E6 83 2F 9C 6A 82"},
         {"00 B0 81 00 10", "0C B0 81 00 0D 97 01 10 8E 08 C0 47 31 44 FB 21 59 FF 00", "68 65 6C 6C 6F 90 00",
          "87 11 01 02 11 F0 45 65 0B 3F FA DE 54 32 44 1A 88 E2 25 99 02 90 00 8E 08 C7 0D BA "
          "36 76 0B DB 30 90 00"},
         {"00 D6 00 00 05 01 02 03 04 05",
          "0C D6 00 00 1D 87 11 01 05 0B 0B 8A AA A5 FD C0 EF CF 1B EF 60 A9 57 FB 8E 08 3A 09 "
          "5D D7 21 3E 2E 60 00",
          "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B "
          "1C 1D 1E 1F 62 82",
          "87 31 01 2D 18 6C 54 3E F3 F7 3D 06 70 02 7B BE 81 22 C3 48 58 A8 22 F5 00 43 10 F3 "
          "7A D1 AE 9D E0 5B CE 44 FA 27 A4 E2 C5 1C 75 43 14 E4 02 30 52 28 E3 99 02 62 82 8E "
          "08 E7 49 1B 98 57 63 83 F0 62 82"},
         {"01 A4 04 00 10 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 00",
          "0D A4 04 00 00 00 30 87 21 01 9C 68 62 A7 EC 55 3A E6 9B BA 0D 49 69 27 D2 CE BC 0C "
          "3F A0 B4 0B BF 05 AE FE 47 4C F7 24 1F 02 97 01 00 8E 08 46 D9 88 70 13 4D 8B CA 00 "
          "00",
          "90 00", "99 02 90 00 8E 08 FB 54 09 D7 DF 29 2A 3D 90 00"},
         {"00 B0 00 00 00 00 00", "0C B0 00 00 00 00 0E 97 02 00 00 8E 08 BD 49 FF 5D 3A 39 0C 1B 00 00", "6A 82",
          "99 02 6A 82 8E 08 C7 5F CF 48 6D 32 98 A5 6A 82"},
         {"03 88 00 01 00 00 02 AA BB 00 10",
          "0F 88 00 01 00 00 21 87 11 01 24 3D DC 0C 5E 87 2F 02 8E EF DF CB 3C 26 A1 3A 97 02 "
          "00 10 8E 08 A4 B0 AB 89 03 2E 2A FE 00 00",
          "68 65 6C 6C 6F 90 00",
          "87 11 01 05 B7 D7 D7 BC EA B6 B4 E3 69 5D 15 52 36 B3 C1 99 02 90 00 8E 08 92 73 93 "
          "49 D0 EE DD 9B 90 00"},
         {"10 DB 3F FF 03 53 01 07",
          "1C DB 3F FF 1C 85 10 0F 6C 7D E6 65 00 6D 59 7B 8F 1E 27 60 69 E7 6F 8E 08 55 9F EE "
          "E5 A6 39 79 B1 00",
          "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B "
          "1C 1D 1E 1F 62 82",
          "87 31 01 DC DA F7 42 B9 13 3A 7F 0C CD AB 72 41 92 54 09 DA CF C1 AC 45 C2 09 56 E4 "
          "63 AC B7 CB 28 5E 1F CA D0 FC 44 17 3D 12 F6 FF E9 98 0A B7 FF F5 DB 99 02 62 82 8E "
          "08 77 48 D5 8B 65 FB 1A F1 62 82"},
         {"45 20 00 01 04 31 32 33 34",
          "65 20 00 01 1D 87 11 01 D1 EB BD 35 73 CC E0 CF 6F 2B 10 9A DD 54 0A 2D 8E 08 52 C8 "
          "75 D8 16 B3 86 C6 00",
          "90 00", "99 02 90 00 8E 08 00 23 F4 CC 23 1C 8C F6 90 00"},
         {"5F CA 00 62 20", "7F CA 00 62 0D 97 01 20 8E 08 15 6A D2 0D C7 A5 88 41 00", "6A 82",
          "99 02 6A 82 8E 08 C2 D3 F1 E0 70 54 64 58 6A 82"},
     }},
};

Bytes counting(std::size_t count, unsigned first = 0) {
    Bytes bytes(count);
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<std::uint8_t>((first + i) & 0xFF);
    }
    return bytes;
}

SecureSession session_of(std::size_t key_length = 16) {
    return derive_session(counting(key_length), counting(16, 0x40), counting(16, 0x80)).value();
}

CommandApdu command_in(ByteView bytes) {
    return CommandApdu::parse(bytes).value();
}

/// Both ends of one session.
struct Ends {
    SecureSession ifd = session_of();
    SecureSession icc = session_of();

    Bytes send(ByteView command) { return protect_command(ifd, command_in(command)); }
    /// What the card makes of it: the plain command as text, or what it refuses it with.
    std::string receive(ByteView command) {
        const auto plain = unprotect_command(icc, command_in(command));
        return plain ? to_hex(*plain) : "refused " + to_hex(Bytes{high(plain.error()), low(plain.error())});
    }
    std::string take(ByteView response) {
        const auto plain = unprotect_response(ifd, response);
        return plain ? to_hex(*plain) : "refused " + to_hex(Bytes{high(plain.error()), low(plain.error())});
    }
    static std::uint8_t high(const SecureMessagingError& error) { return static_cast<std::uint8_t>(error.status >> 8); }
    static std::uint8_t low(const SecureMessagingError& error) {
        return static_cast<std::uint8_t>(error.status & 0xFF);
    }
};

/// A command with these data objects.
Bytes command_of(std::string_view objects) {
    return CommandApdu{0x0C, 0xB0, 0, 0, hex(objects), 256, false}.encode();
}

/// Enciphered as in the first command, or response, of the session; a whole number of blocks.
Bytes enciphered(ByteView blocks, Bytes before = {}) {
    const SecureSession session = session_of();
    Bytes counter(16);
    counter.back() = 1;
    const Bytes cryptogram = encrypt_cbc(BlockCipher::aes, session.encryption_key, blocks,
                                         encrypt_cbc(BlockCipher::aes, session.encryption_key, counter).value())
                                 .value();
    before.insert(before.end(), cryptogram.begin(), cryptogram.end());
    return before;
}

Bytes any_bytes(std::size_t most) {
    const auto count = *rc::gen::inRange<std::size_t>(0, most + 1);
    return *rc::gen::container<Bytes>(count, rc::gen::arbitrary<std::uint8_t>());
}

/// A plain command, coded as short or extended as it must be, or as extended where that can be told.
Bytes any_command() {
    CommandApdu command;
    const std::uint8_t chaining = *rc::gen::element<std::uint8_t>(0x00, 0x10);
    const bool further = *rc::gen::arbitrary<bool>();
    const auto number = *rc::gen::inRange<std::uint8_t>(0, further ? 16 : 4);
    command.cla = static_cast<std::uint8_t>((further ? 0x40 : 0x00) | chaining | number);
    command.ins = *rc::gen::arbitrary<std::uint8_t>();
    command.p1 = *rc::gen::arbitrary<std::uint8_t>();
    command.p2 = *rc::gen::arbitrary<std::uint8_t>();
    const Bytes data = any_bytes(*rc::gen::element<std::size_t>(0, 20, 300, 2'000));
    command.data = data;
    command.ne = *rc::gen::oneOf(rc::gen::element(0U, 1U, 223U, 224U, 256U, 65'536U), rc::gen::inRange(0U, 65'537U));
    command.extended = command.ne != 0 && *rc::gen::arbitrary<bool>();
    return command.encode();
}

Bytes any_response() {
    Bytes response = any_bytes(*rc::gen::element<std::size_t>(0, 20, 300, 2'000));
    response.push_back(0x60 | *rc::gen::inRange<std::uint8_t>(0, 16));
    response.push_back(*rc::gen::arbitrary<std::uint8_t>());
    return response;
}

BOOST_AUTO_TEST_SUITE(iso7816_secure_messaging)

// ISO/IEC 7816-4 clause 10
BOOST_DATA_TEST_CASE(known_sessions_protect_to_what_another_implementation_computes, known_sessions, known) {
    SecureSession ifd = session_of(known.key_length);
    SecureSession icc = ifd;
    BOOST_TEST(to_hex(ifd.encryption_key) == known.encryption_key);
    BOOST_TEST(to_hex(ifd.mac_key) == known.mac_key);
    for (const Exchange& exchange : known.exchanges) {
        BOOST_TEST_CONTEXT(exchange.command) {
            const Bytes command = hex(exchange.command);
            const Bytes secured = protect_command(ifd, command_in(command));
            BOOST_TEST(to_hex(secured) == exchange.protected_command);
            BOOST_TEST(to_hex(unprotect_command(icc, command_in(secured)).value()) == exchange.command);
            const Bytes response = hex(exchange.response);
            const Bytes answer = protect_response(icc, ResponseApdu::parse(response).value());
            BOOST_TEST(to_hex(answer) == exchange.protected_response);
            BOOST_TEST(to_hex(unprotect_response(ifd, answer).value()) == exchange.response);
        }
    }
    BOOST_TEST((ifd == icc));
}

BOOST_AUTO_TEST_CASE(data_that_need_extended_length_have_length_fields_of_three_bytes) {
    // From the same program: UPDATE BINARY of 300 counting bytes, and a response of the same.
    SecureSession ifd = session_of();
    SecureSession icc = ifd;
    const Bytes data = counting(300);
    const Bytes secured = protect_command(ifd, {0x00, 0xD6, 0x00, 0x00, data, 0, false});
    BOOST_TEST(secured.size() == 328U);
    BOOST_TEST(to_hex(ByteView(secured).first(16)) == "0C D6 00 00 00 01 3F 87 82 01 31 01 3A FE A7 DD");
    BOOST_TEST(to_hex(ByteView(secured).last(12)) == "8E 08 84 CC 1D BD F7 D8 20 A4 00 00");
    BOOST_TEST(unprotect_command(icc, command_in(secured)).value().size() == 307U);
    const Bytes answer = protect_response(icc, {data, sw::success});
    BOOST_TEST(answer.size() == 325U);
    BOOST_TEST(to_hex(ByteView(answer).first(12)) == "87 82 01 31 01 9F 7E 1E 69 DA 21 16");
    BOOST_TEST(to_hex(ByteView(answer).last(16)) == "99 02 90 00 8E 08 91 7B B8 27 CB C3 4D 7E 90 00");
    BOOST_TEST(protected_response_size(300) == answer.size() - 2);
}

BOOST_AUTO_TEST_CASE(a_command_is_short_as_long_as_it_and_any_response_fit) {
    SecureSession session = session_of();
    const Bytes most = counting(most_protected_short_nc);
    const auto is_short = [&](ByteView data, std::uint32_t ne) {
        const Bytes secured = protect_command(session, {0x00, 0xCB, 0x00, 0x00, data, ne, false});
        const CommandApdu command = command_in(secured);
        BOOST_TEST(command.ne == (command.extended ? 65'536U : 256U));
        return !command.extended;
    };
    BOOST_TEST(is_short(most, most_protected_short_ne));
    BOOST_TEST(!is_short(counting(most_protected_short_nc + 1), most_protected_short_ne));
    BOOST_TEST(!is_short(most, most_protected_short_ne + 1));
    BOOST_TEST(protected_response_size(most_protected_short_ne) <= 256U);
    BOOST_TEST(protected_response_size(most_protected_short_ne + 1) > 256U);
}

BOOST_AUTO_TEST_CASE(more_data_than_a_protected_command_can_have_are_not_protected) {
    Ends ends;
    const Bytes most = counting(most_protected_nc);
    const Bytes longest = protect_command(ends.ifd, {0x00, 0xD6, 0x00, 0x00, most, 65'536, true});
    BOOST_TEST(command_in(longest).data.size() <= 65'535U);
    BOOST_TEST(unprotect_command(ends.icc, command_in(longest)).value().size() == 4U + 3 + most.size() + 2);
    const SecureSession before = ends.ifd;
    BOOST_TEST(protect_command(ends.ifd, {0x00, 0xD6, 0x00, 0x00, counting(most_protected_nc + 1), 0, true}).empty());
    BOOST_TEST((ends.ifd == before));
}

// ISO/IEC 7816-4 clause 5.4.1
BOOST_AUTO_TEST_CASE(the_class_byte_tells_whether_a_command_is_secured) {
    for (unsigned value = 0; value < 256; ++value) {
        const auto cla = static_cast<std::uint8_t>(value);
        const bool first = cla < 0x20, further = cla >= 0x40 && cla < 0x80;
        BOOST_TEST(is_secured(cla) == ((first && (cla & 0x0C) != 0) || (further && (cla & 0x20) != 0)));
        BOOST_TEST(is_secured_with_header(cla) == ((first && (cla & 0x0C) == 0x0C) || (further && (cla & 0x20) != 0)));
    }
    SecureSession session = session_of();
    BOOST_TEST(protect_command(session, {0x80, 0x10, 0, 0, {}, 0, false})[0] == 0x8C);
}

// ISO/IEC 7816-4 clause 5.6
BOOST_AUTO_TEST_CASE(data_objects_that_are_not_in_order_are_refused) {
    const std::pair<const char*, const char*> commands[] = {
        {"", "69 87"},                                                 // nothing at all
        {"97 01 00", "69 87"},                                         // no DO 8E
        {"97 01 00 8E 08 00 00 00 00 00 00 00 00", "69 88"},           // another MAC
        {"8E 00", "69 88"},                                            // a MAC of another length
        {"8E 07 00 00 00 00 00 00 00", "69 88"},                       //
        {"8E 08 00 00 00 00 00 00 00 00 97 01 00", "69 88"},           // an object after the MAC
        {"8E 08 00 00 00 00 00 00 00 00 00", "69 88"},                 // a byte after the MAC
        {"97 01 00 97 01 00 8E 08 00 00 00 00 00 00 00 00", "69 88"},  // DO 97 twice
        {"97 01 00 87 01 01 8E 08 00 00 00 00 00 00 00 00", "69 88"},  // the wrong way round
        {"87 01 01 85 01 01 8E 08 00 00 00 00 00 00 00 00", "69 88"},  // two cryptograms
        {"99 02 90 00 8E 08 00 00 00 00 00 00 00 00", "69 88"},        // an object of responses
        {"81 01 00 8E 08 00 00 00 00 00 00 00 00", "69 88"},           // plain data
        {"87 7F 01", "69 88"},                                         // cut off
        {"87 83 00 00 01 01", "69 88"},                                // a length field of four bytes
        {"87 80", "69 88"},                                            // of the indefinite form
        {"1F 81 81 81 00", "69 88"},                                   // a tag of four bytes
    };
    for (const auto& [objects, answer] : commands) {
        BOOST_TEST_CONTEXT(objects) {
            BOOST_TEST(Ends{}.receive(command_of(objects)) == std::string("refused ") + answer);
        }
    }
}

struct Authentic {
    std::uint8_t ins;
    std::uint32_t tag;
    Bytes value;
    const char* outcome;
};

const Bytes one_block = hex("01 02 03 80 00 00 00 00 00 00 00 00 00 00 00 00");

BOOST_AUTO_TEST_CASE(objects_with_a_right_mac_and_wrong_contents_are_refused) {
    const Authentic commands[] = {
        {0xB0, 0x87, enciphered(one_block, {0x01}), "00 B0 00 00 03 01 02 03"},
        {0xB1, 0x85, enciphered(one_block), "00 B1 00 00 03 01 02 03"},
        {0xB0, 0x85, enciphered(one_block), "refused 69 88"},
        {0xB1, 0x87, enciphered(one_block, {0x01}), "refused 69 88"},
        {0xB0, 0x87, enciphered(one_block, {0x02}), "refused 69 88"},  // another padding indicator
        {0xB0, 0x87, enciphered(one_block, {0x01, 0x00}), "refused 69 88"},
        {0xB0, 0x87, {}, "refused 69 88"},
        {0xB0, 0x87, {0x01}, "refused 69 88"},
        {0xB1, 0x85, {}, "refused 69 88"},
        {0xB0, 0x87, enciphered(Bytes(16), {0x01}), "refused 69 88"},  // no padding
        {0xB0, 0x87, enciphered(counting(16, 0x10), {0x01}), "refused 69 88"},
        {0xB0, 0x87, Bytes{0x01}, "refused 69 88"},
        {0xB0, 0x97, {0x05}, "00 B0 00 00 05"},
        {0xB0, 0x97, {0x00, 0x05}, "00 B0 00 00 00 00 05"},
        {0xB0, 0x97, {}, "refused 69 88"},
        {0xB0, 0x97, {0x00, 0x00, 0x05}, "refused 69 88"},
    };
    for (const Authentic& row : commands) {
        Bytes objects;
        append_tlv(objects, row.tag, row.value);
        const Bytes header{0x0C, row.ins, 0x00, 0x00};
        const Bytes data = fakes::with_mac(session_of(), header, objects);
        BOOST_TEST_CONTEXT(to_hex(data)) {
            BOOST_TEST(Ends{}.receive(CommandApdu{0x0C, row.ins, 0, 0, data, 256, false}.encode()) == row.outcome);
        }
    }
    Bytes nothing = hex("80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    Bytes two_blocks = one_block;
    two_blocks.resize(32);
    for (const Bytes& blocks : {nothing, two_blocks}) {  // empty data; more padding than there has to be
        Bytes objects;
        append_tlv(objects, 0x87, enciphered(blocks, {0x01}));
        const Bytes data = fakes::with_mac(session_of(), hex("0C B0 00 00"), objects);
        BOOST_TEST(Ends{}.receive(CommandApdu{0x0C, 0xB0, 0, 0, data, 256, false}.encode()) == "refused 69 88");
    }
}

BOOST_AUTO_TEST_CASE(responses_without_protection_or_with_a_wrong_one_are_refused) {
    const auto response = [](ByteView objects, std::string_view status) {
        Bytes bytes(objects.begin(), objects.end());
        const Bytes sw = hex(status);
        bytes.insert(bytes.end(), sw.begin(), sw.end());
        return bytes;
    };
    BOOST_TEST(Ends{}.take(hex("69 88")) == "refused 69 88");
    BOOST_TEST(Ends{}.take(hex("68 82")) == "refused 68 82");
    BOOST_TEST(Ends{}.take(hex("90 00")) == "refused 69 88");
    BOOST_TEST(Ends{}.take(hex("")) == "refused 69 88");
    BOOST_TEST(Ends{}.take(hex("90")) == "refused 69 88");
    BOOST_TEST(Ends{}.take(hex("99 02 90 00 90 00")) == "refused 69 87");
    BOOST_TEST(Ends{}.take(hex("99 02 90 00 8E 08 00 00 00 00 00 00 00 00 90 00")) == "refused 69 88");
    BOOST_TEST(Ends{}.take(response(fakes::with_mac(session_of(), {}, hex("99 02 90 00")), "90 00")) == "90 00");
    BOOST_TEST(Ends{}.take(response(fakes::with_mac(session_of(), {}, hex("99 02 90 00")), "62 82")) ==
               "refused 69 88");
    BOOST_TEST(Ends{}.take(response(fakes::with_mac(session_of(), {}, hex("99 03 90 00 00")), "90 00")) ==
               "refused 69 88");
    Bytes objects;
    append_tlv(objects, 0x85, enciphered(one_block));
    BOOST_TEST(Ends{}.take(response(fakes::with_mac(session_of(), {}, objects), "90 00")) ==
               "refused 69 87");  // no DO 99
    append_tlv(objects, 0x99, hex("90 00"));
    BOOST_TEST(Ends{}.take(response(fakes::with_mac(session_of(), {}, objects), "90 00")) == "01 02 03 90 00");
    Bytes wrong_padding;
    append_tlv(wrong_padding, 0x87, enciphered(Bytes(16), {0x01}));
    append_tlv(wrong_padding, 0x99, hex("90 00"));
    BOOST_TEST(Ends{}.take(response(fakes::with_mac(session_of(), {}, wrong_padding), "90 00")) == "refused 69 88");
}

BOOST_AUTO_TEST_CASE(a_session_without_keys_protects_and_believes_nothing) {
    for (const std::size_t length : {8U, 15U, 17U, 64U}) {
        const auto derived = derive_session(counting(length), counting(16), counting(16));
        BOOST_REQUIRE(!derived.has_value());
        BOOST_TEST((derived.error() == CipherError::wrong_length));
    }
    SecureSession none;
    BOOST_TEST(protect_command(none, command_in(hex("00 44 00 00"))).empty());
    BOOST_TEST(protect_response(none, {{}, sw::success}).empty());
    BOOST_TEST(!unprotect_command(none, command_in(command_of("8E 00"))).has_value());
    BOOST_TEST(!unprotect_command(none, command_in(command_of("8E 08 00 00 00 00 00 00 00 00"))).has_value());
    BOOST_TEST(!unprotect_response(none, hex("99 02 90 00 8E 00 90 00")).has_value());
}

BOOST_AUTO_TEST_CASE(without_ciphers_nothing_is_derived_protected_or_believed) {
    Ends ends;
    const Bytes answer = protect_response(ends.icc, {counting(3), sw::success});
    const fakes::NoCiphers none;
    BOOST_TEST((derive_session(counting(16), counting(16), counting(16)).error() == CipherError::failed));
    BOOST_TEST(protect_command(ends.ifd, command_in(hex("00 D6 00 00 01 07"))).empty());
    BOOST_TEST(protect_command(ends.ifd, command_in(hex("00 44 00 00"))).empty());
    BOOST_TEST(protect_response(ends.icc, {counting(3), sw::success}).empty());
    BOOST_TEST(protect_response(ends.icc, {{}, sw::success}).empty());
    BOOST_TEST(unprotect_response(ends.ifd, answer).error().status == 0x6988);
}

BOOST_AUTO_TEST_CASE(the_counter_carries_into_every_byte) {
    SecureSession session = session_of();
    session.counter.fill(0xFF);
    session.counter[0] = 0x00;
    const Bytes command = protect_command(session, {0x00, 0x44, 0x00, 0x00, {}, 0, false});
    SecureSession next = session_of();
    next.counter[0] = 0x01;
    BOOST_TEST((session == next));
}

RC_BOOST_PROP(any_dialogue_comes_through_and_keeps_the_counters_in_step, ()) {
    Ends ends;
    const auto count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
        const Bytes command = any_command();
        RC_ASSERT(ends.receive(ends.send(command)) == to_hex(command));
        RC_ASSERT(ends.ifd == ends.icc);
        const Bytes response = any_response();
        const Bytes secured = protect_response(ends.icc, ResponseApdu::parse(response).value());
        RC_ASSERT(secured.size() == protected_response_size(response.size() - 2) + 2);
        RC_ASSERT(ends.take(secured) == to_hex(response));
        RC_ASSERT(ends.ifd == ends.icc);
    }
}

/// One changed byte that is neither of the link (Lc, Le) nor leaves no command.
RC_BOOST_PROP(any_changed_byte_of_a_command_is_refused, ()) {
    Ends ends;
    const Bytes secured = ends.send(any_command());
    const CommandApdu command = command_in(secured);
    const std::size_t data_at = command.extended ? 7 : 5;
    auto at = *rc::gen::inRange<std::size_t>(0, 4 + command.data.size());
    at += at < 4 ? 0 : data_at - 4;
    Bytes changed = secured;
    changed[at] = static_cast<std::uint8_t>(changed[at] ^ *rc::gen::inRange<std::uint8_t>(1, 255));
    RC_ASSERT(ends.receive(changed).starts_with("refused "));
}

RC_BOOST_PROP(any_changed_byte_of_a_response_is_refused, ()) {
    Ends ends;
    ends.receive(ends.send(any_command()));
    Bytes secured = protect_response(ends.icc, ResponseApdu::parse(any_response()).value());
    const auto at = *rc::gen::inRange<std::size_t>(0, secured.size());
    secured[at] = static_cast<std::uint8_t>(secured[at] ^ *rc::gen::inRange<std::uint8_t>(1, 255));
    RC_ASSERT(ends.take(secured).starts_with("refused "));
}

RC_BOOST_PROP(what_was_sent_before_is_refused_when_it_comes_again, ()) {
    Ends ends;
    const Bytes secured = ends.send(any_command());
    ends.receive(secured);
    const Bytes response = protect_response(ends.icc, ResponseApdu::parse(any_response()).value());
    ends.take(response);
    RC_ASSERT(ends.receive(secured).starts_with("refused "));
    RC_ASSERT(ends.take(response).starts_with("refused "));
}

RC_BOOST_PROP(any_bytes_are_taken_or_refused, ()) {
    Ends ends;
    const Bytes data = any_bytes(60);
    RC_ASSERT(ends.receive(CommandApdu{0x0C, 0xB0, 0, 0, data, 0, false}.encode()).starts_with("refused 69 8"));
    RC_ASSERT(ends.take(data).starts_with("refused "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
