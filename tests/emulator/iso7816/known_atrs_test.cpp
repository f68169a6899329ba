// ATRs of cards that exist, with what their makers and others say about them.
#include <boost/test/unit_test.hpp>

#include <array>

#include "emulator/iso7816/atr.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

struct KnownAtr {
    const char* name;
    const char* bytes;
    const char* historical_bytes;
    int ta1;
    const char* offered;
    Atr::Tck tck;
    int tc1 = 0;
    int ifsc = 32;
    int bwi = 4;
    int cwi = 13;
    EdcKind edc = EdcKind::lrc;
    int classes = 1;
};

constexpr auto no_tck = Atr::Tck::absent_as_expected;
constexpr auto good_tck = Atr::Tck::correct;

constexpr auto known_atrs = std::to_array<KnownAtr>({
    {.name = "YubiKey NEO",
     .bytes = "3B FC 13 00 00 81 31 FE 15 59 75 62 69 6B 65 79 4E 45 4F 72 33 E1",
     .historical_bytes = "59 75 62 69 6B 65 79 4E 45 4F 72 33",  // "YubikeyNEOr3"
     .ta1 = 0x13,
     .offered = "01",
     .tck = good_tck,
     .ifsc = 254,
     .bwi = 1,
     .cwi = 5},
    {.name = "JCOP 2.4.1",
     .bytes = "3B F8 13 00 00 81 31 FE 45 4A 43 4F 50 76 32 34 31 B7",
     .historical_bytes = "4A 43 4F 50 76 32 34 31",  // "JCOPv241"
     .ta1 = 0x13,
     .offered = "01",
     .tck = good_tck,
     .ifsc = 254,
     .cwi = 5},
    {.name = "OpenPGP card 2",
     .bytes = "3B DA 18 FF 81 B1 FE 75 1F 03 00 31 C5 73 C0 01 40 00 90 00 0C",
     .historical_bytes = "00 31 C5 73 C0 01 40 00 90 00",
     .ta1 = 0x18,
     .offered = "01",
     .tck = good_tck,
     .tc1 = 255,
     .ifsc = 254,
     .bwi = 7,
     .cwi = 5,
     .classes = 3},
    {.name = "OsEID, T=1 with CRC",
     .bytes = "3B D5 96 02 80 71 FE 65 01 4F 73 45 49 44 5E",
     .historical_bytes = "4F 73 45 49 44",  // "OsEID"
     .ta1 = 0x96,
     .offered = "00 01",
     .tck = good_tck,
     .tc1 = 2,
     .ifsc = 254,
     .bwi = 6,
     .cwi = 5,
     .edc = EdcKind::crc},
    {.name = "USIM, T=15 and clock stop",
     .bytes = "3B 9F 96 80 1F C7 80 31 A0 73 BE 21 13 67 43 20 07 18 00 00 01 A5",
     .historical_bytes = "80 31 A0 73 BE 21 13 67 43 20 07 18 00 00 01",
     .ta1 = 0x96,
     .offered = "00",
     .tck = good_tck,
     .classes = 7},
    {.name = "DNIe",
     .bytes = "3B 7F 38 00 00 00 6A 44 4E 49 65 20 02 4C 34 01 13 03 90 00",
     .historical_bytes = "00 6A 44 4E 49 65 20 02 4C 34 01 13 03 90 00",  // ".jDNIe ..."
     .ta1 = 0x38,
     .offered = "00",
     .tck = no_tck},
    {.name = "Belgian eID",
     .bytes = "3B 98 13 40 0A A5 03 01 01 01 AD 13 11",
     .historical_bytes = "A5 03 01 01 01 AD 13 11",
     .ta1 = 0x13,
     .offered = "00",
     .tck = no_tck},
    {.name = "MIFARE Classic through a PC/SC reader",
     .bytes = "3B 8F 80 01 80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00 6A",
     .historical_bytes = "80 4F 0C A0 00 00 03 06 03 00 01 00 00 00 00",
     .ta1 = 0x11,
     .offered = "00 01",
     .tck = good_tck},
    {.name = "SIM of inverse convention",
     .bytes = "3F 65 25 00 2C 09 69 90 00",
     .historical_bytes = "2C 09 69 90 00",
     .ta1 = 0x11,
     .offered = "00",
     .tck = no_tck},
    {.name = "SLE 4442 memory card",
     .bytes = "3B 04 A2 13 10 91",
     .historical_bytes = "A2 13 10 91",
     .ta1 = 0x11,
     .offered = "00",
     .tck = no_tck},
    {.name = "German health card, T=15 after T=1 and no historical bytes",
     .bytes = "3B D0 97 FF 81 B1 FE 45 1F C7 EB",
     .historical_bytes = "",
     .ta1 = 0x97,
     .offered = "01",
     .tck = good_tck,
     .tc1 = 255,
     .ifsc = 254,
     .cwi = 5,
     .classes = 7},
    {.name = "a worked example with specific mode and CRC",
     .bytes = "3B FD 11 18 00 B1 81 00 F1 20 4D 01 1F 01 88 99 99 99 99 99 99 99 99 99 99 99 99 CF",
     .historical_bytes = "88 99 99 99 99 99 99 99 99 99 99 99 99",
     .ta1 = 0x11,
     .offered = "01",
     .tck = good_tck,
     .edc = EdcKind::crc},
});

BOOST_AUTO_TEST_SUITE(iso7816_known_atrs)

BOOST_AUTO_TEST_CASE(their_fields_are_what_is_known_of_them) {
    for (const KnownAtr& known : known_atrs) {
        BOOST_TEST_CONTEXT(known.name) {
            const Atr atr = atr_of(known.bytes);
            const auto offered = atr.offered_protocols();
            BOOST_TEST(to_hex(atr.bytes()) == known.bytes);
            BOOST_TEST(to_hex(atr.historical_bytes()) == known.historical_bytes);
            BOOST_TEST(int{atr.ta1()} == known.ta1);
            BOOST_TEST(to_hex({offered.t.data(), offered.count}) == known.offered);
            BOOST_CHECK(atr.tck() == known.tck);
            BOOST_TEST(int{atr.extra_guard_time()} == known.tc1);
            BOOST_TEST(int{atr.ifsc()} == known.ifsc);
            BOOST_TEST(int{atr.bwi()} == known.bwi);
            BOOST_TEST(int{atr.cwi()} == known.cwi);
            BOOST_CHECK(atr.edc_kind() == known.edc);
            BOOST_TEST(int{atr.operating_classes()} == known.classes);
        }
    }
}

BOOST_AUTO_TEST_CASE(building_them_from_their_fields_gives_the_same_bytes) {
    for (const KnownAtr& known : known_atrs) {
        BOOST_TEST_CONTEXT(known.name) {
            const Atr atr = atr_of(known.bytes);
            AtrFields fields;
            fields.convention = atr.convention();
            for (std::size_t i = 0; i < atr.group_count(); ++i) {
                fields.groups.push_back(atr.group(i));
            }
            fields.historical_bytes.assign(atr.historical_bytes().begin(), atr.historical_bytes().end());
            const auto built = build_atr(fields);
            BOOST_REQUIRE(built);
            BOOST_TEST(to_hex(built->bytes()) == known.bytes);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_changed_bit_after_ts_makes_their_tck_wrong_or_the_structure) {
    for (const KnownAtr& known : known_atrs) {
        if (known.tck != good_tck) {
            continue;
        }
        Bytes bytes = hex(known.bytes);
        for (std::size_t bit = 8; bit < bytes.size() * 8; ++bit) {
            const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
            bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ mask);
            const auto atr = Atr::parse(bytes);
            BOOST_TEST_CONTEXT(known.name << ", bit " << bit) {
                BOOST_TEST((!atr || atr->tck() != Atr::Tck::correct));
            }
            bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ mask);
        }
    }
}

BOOST_AUTO_TEST_CASE(conventions_clock_stop_and_modes_are_theirs) {
    BOOST_CHECK(atr_of("3F 65 25 00 2C 09 69 90 00").convention() == Convention::inverse);
    const Atr usim = atr_of("3B 9F 96 80 1F C7 80 31 A0 73 BE 21 13 67 43 20 07 18 00 00 01 A5");
    BOOST_CHECK(usim.convention() == Convention::direct);
    BOOST_CHECK(usim.clock_stop() == ClockStop::no_preference);
    BOOST_TEST(!usim.specific_mode().has_value());
    const auto mode =
        atr_of("3B FD 11 18 00 B1 81 00 F1 20 4D 01 1F 01 88 99 99 99 99 99 99 99 99 99 99 99 99 CF").specific_mode();
    BOOST_REQUIRE(mode.has_value());
    BOOST_TEST(int{mode->t} == 1);
    BOOST_TEST(!mode->can_change);
    BOOST_TEST(!mode->implicit_rate);
    BOOST_TEST(int{atr_of("3B 95 15 40 FF 68 01 02 01 01").waiting_integer()} == 255);  // Cryptoflex
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
