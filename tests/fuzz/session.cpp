#include <array>

#include "emulator/iso7816/pps.h"
#include "tests/emulator/icc/card_driver.h"
#include "tests/emulator/icc/well_formed.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

/// What the first byte of an input chooses from.
icc::Profile profile_number(std::uint8_t number) {
    constexpr std::array profiles{
        fakes::dual_protocol, fakes::dual_protocol_t1_first, fakes::dual_protocol_fast, fakes::t0_only, fakes::t1_crc,
        fakes::specific_t1,   fakes::warm_atr_differs};
    return profiles[number % profiles.size()]();
}

/// What a byte of an input makes the reader do; arguments follow it.
enum class Action : std::uint8_t {
    characters,  ///< a count and characters
    block,       ///< NAD, PCB, a length and INF of a block, the LRC is added
    pps,         ///< PPS0 and PPS1, PCK is added
    cold_reset,
    warm_reset,
    power_on,
    power_off,
    rst_low,
    rst_high,
    pull_and_insert,
    fall_silent,
    mute,
    unmute,
};
constexpr std::uint8_t action_count = 13;

void take(Action action, Input& input, tests::CardDriver& driver) {
    switch (action) {
        case Action::characters:
            driver.send(input.bytes(input.byte()));
            break;
        case Action::block: {
            const std::uint8_t nad = input.byte();
            const std::uint8_t pcb = input.byte();
            iso7816::BlockT1::Encoded encoded;
            iso7816::BlockT1{nad, {pcb}, input.bytes(input.byte() % 255)}.encode(iso7816::EdcKind::lrc, encoded);
            driver.send(encoded.view());
            break;
        }
        case Action::pps: {
            iso7816::Pps pps;
            pps.t = input.byte() & 0x0F;
            pps.pps1 = input.byte();
            driver.send(pps.encode().view());
            break;
        }
        case Action::cold_reset:
            driver.cold_reset();
            break;
        case Action::warm_reset:
            driver.warm_reset();
            break;
        case Action::power_on:
            driver.power_on();
            break;
        case Action::power_off:
            driver.power_off();
            break;
        case Action::rst_low:
            driver.rst_low();
            break;
        case Action::rst_high:
            driver.rst_high();
            break;
        case Action::pull_and_insert:
            driver.card.removed(driver.now);
            driver.card.inserted(driver.now);
            break;
        case Action::fall_silent:
            driver.card.fall_silent();
            break;
        case Action::mute:
            driver.card.set_mute(true);
            break;
        case Action::unmute:
            driver.card.set_mute(false);
            break;
    }
}

void run(ByteView bytes) {
    Input input(bytes);
    tests::CardDriver driver(profile_number(input.byte()));
    driver.cold_reset();
    while (!input.empty()) {
        take(static_cast<Action>(input.byte() % action_count), input, driver);
        const iso7816::ClockCycles before = driver.now;
        driver.read();
        must(driver.now >= before, "time does not go back");
        must(tests::is_well_formed(driver.card.state(), driver.card.session().application),
             "files, CHVs and channels belong to what exists");
    }
    driver.card.set_mute(false);
    driver.power_off();
    must(driver.card.session() == icc::IccSession{}, "nothing of a session is left without power");
    const Bytes answer = driver.cold_reset();
    const ByteView cold = driver.card.profile().cold_atr.bytes();
    must(answer == Bytes(cold.begin(), cold.end()), "a cold reset mends everything");
}

std::vector<Bytes> seeds() {
    return from_hex({
        "00 00 07 00 A4 00 00 02 3F 00 00 05 00 C0 00 00 00",
        "00 02 01 11 01 00 00 05 00 B0 9E 00 0A",
        "02 02 00 95 00 05 00 84 00 00 08",
        "01 01 00 00 05 00 B0 9E 00 0A 04 01 00 C1 01 FE",
        "03 00 05 00 20 00 01 04 00 04 31 32 33 34 08 07 06 05 03 09 03",
        "06 04 0B 03 0C 03 0A 00 05 00 B0 00 00 00 03",
        "05 01 00 C0 00 01 00 20 04 00 A4 00 00 01 00 40 03 02 3F 00",
    });
}

}  // namespace

const Target session{"session", run, seeds};

}  // namespace scardlab::fuzz
