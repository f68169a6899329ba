#include <array>

#include "emulator/ifd/reader.h"
#include "tests/fakes/card_profiles.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using ifd::Fault;
using ifd::IfdCode;

/// What the first byte of an input chooses from.
icc::Profile profile_number(std::uint8_t number) {
    constexpr std::array profiles{fakes::dual_protocol, fakes::dual_protocol_fast, fakes::t0_only, fakes::t1_only,
                                  fakes::t1_crc,        fakes::specific_t1};
    return profiles[number % profiles.size()]();
}

Fault fault_of(Input& input) {
    constexpr auto last = static_cast<std::uint8_t>(Fault::Do::abort);
    Fault fault;
    fault.at = static_cast<Fault::At>(input.byte() % 3);
    fault.what = static_cast<Fault::Do>(input.byte() % (last + 1));
    fault.number = 1U + input.byte() % 4;
    fault.character = 1U + input.byte() % 64;
    const std::uint8_t options = input.byte();
    fault.of_reader = (options & 1) != 0;
    fault.block = 1U + (options >> 1) % 4;
    fault.times = 1U + (options >> 3) % 8;
    fault.value = input.byte();
    return fault;
}

/// What a byte of an input makes happen; arguments follow it.
enum class Action : std::uint8_t { transmit, plan, power_up, reset, power_down, use_t0, use_t1, remove, insert };
constexpr std::uint8_t action_count = 9;

void transmit(Input& input, ifd::Reader& reader) {
    const ByteView command = input.bytes(input.byte());
    Bytes response;
    const IfdCode code = reader.transmit(command, response);
    must(code != IfdCode::success || response.size() >= 2, "an exchange that succeeds has a response");
    must(response.size() <= 65536 + 2, "a response is no longer than the longest");
}

void take(Action action, Input& input, ifd::Reader& reader, icc::Icc& card) {
    iso7816::Atr atr;
    switch (action) {
        case Action::transmit:
            transmit(input, reader);
            break;
        case Action::plan:
            reader.plan(fault_of(input));
            break;
        case Action::power_up:
        case Action::reset: {
            const auto what = action == Action::reset ? ifd::PowerAction::reset : ifd::PowerAction::up;
            must(reader.power_icc(what, atr) != IfdCode::success || !atr.empty(), "a card that is up has an ATR");
            break;
        }
        case Action::power_down:
            reader.power_icc(ifd::PowerAction::down, atr);
            must(card.session() == icc::IccSession{}, "nothing of a session is left without power");
            break;
        case Action::use_t0:
            reader.set_protocol(iso7816::Protocol::t0);
            break;
        case Action::use_t1:
            reader.set_protocol(iso7816::Protocol::t1);
            break;
        case Action::remove:
            reader.remove();
            must(reader.presence() == IfdCode::icc_not_present, "a card that was pulled is not there");
            break;
        case Action::insert:
            reader.insert(card);
            must(reader.presence() == IfdCode::success, "a card that was put in is there");
            break;
    }
}

void run(ByteView bytes) {
    Input input(bytes);
    ifd::VirtualClock clock;
    ifd::Reader reader(clock);
    icc::Icc card(profile_number(input.byte()));
    reader.insert(card);
    iso7816::Atr atr;
    reader.power_icc(ifd::PowerAction::up, atr);
    while (!input.empty()) {
        const iso7816::ClockCycles before = reader.now();
        take(static_cast<Action>(input.byte() % action_count), input, reader, card);
        must(reader.now() >= before, "time does not go back");
    }
    reader.clear_plans();
    reader.remove();
    card.clear_deviations();
    reader.insert(card);
    must(reader.power_icc(ifd::PowerAction::up, atr) == IfdCode::success,
         "pulling the card and putting it in mends all");
    must(atr == card.profile().cold_atr, "the ATR is the card's");
}

std::vector<Bytes> seeds() {
    return from_hex({
        "00 06 00 05 00 B0 9E 00 0A 05 00 05 00 84 00 00 08",
        "00 05 01 02 0D 00 00 00 03 00 07 00 A4 00 00 02 3F 00 00 05 00 B0 9E 00 00",
        "03 06 01 02 10 00 00 00 00 00 07 00 A4 00 00 02 3F 00",
        "04 06 01 02 16 00 00 00 05 00 07 00 A4 00 00 02 3F 00",
        "01 01 01 09 00 00 00 00 06 03 06 00 05 00 B0 9E 00 0A",
        "02 01 00 06 00 00 00 00 03 02 05 00 05 00 B0 9E 00 0A",
        "05 01 02 00 00 04 01 00 06 00 0A 00 D6 9E 00 05 01 02 03 04 05 08 02 06 00 05 00 B0 9E 00 0A",
        "00 06 01 02 02 00 03 11 00 00 05 00 B0 9E 00 0A 04 02",
    });
}

}  // namespace

const Target reader_session{"reader_session", run, seeds};

}  // namespace scardlab::fuzz
