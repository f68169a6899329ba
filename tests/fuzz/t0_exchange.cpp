#include "emulator/icc/t0_card.h"
#include "emulator/ifd/t0_ifd.h"
#include "tests/emulator/icc/card_driver.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using ifd::Step;
using iso7816::T0Direction;

/// The byte that announces an event other than a character: 00 a damaged one, 01 silence, another: itself.
constexpr std::uint8_t escape = 0xF7;

Step next_step(ifd::T0Ifd& machine, Input& input) {
    const std::uint8_t byte = input.byte();
    if (byte != escape) {
        return machine.on_character(byte);
    }
    switch (input.byte()) {
        case 0:
            return machine.on_damaged();
        case 1:
            return machine.on_timeout();
        default:
            return machine.on_character(escape);
    }
}

/// The input is a command, after its length, and what the card sends.
void reader(Input input) {
    const ByteView apdu_bytes = input.bytes(input.byte());
    const auto command = iso7816::map_to_t0(apdu_bytes);
    if (!command) {
        return;
    }
    ifd::T0Ifd machine;
    Bytes response;
    Step step = machine.start(*command, {10'000}, response);
    while (step.kind == Step::Kind::wait) {
        must(step.wait.count > 0, "the reader waits for a time");
        step = input.empty() ? machine.on_timeout() : next_step(machine, input);
    }
    must((step.kind == Step::Kind::done) == (machine.state() == ifd::T0State::complete), "it ends where it says");
    if (step.kind == Step::Kind::failed) {
        must(step.code != ifd::IfdCode::success, "a failure has a code");
        return;
    }
    must(response.size() >= 2, "a response has SW1SW2");
    const std::size_t most = command->direction == T0Direction::from_card ? command->expected : 0;
    must(response.size() - 2 <= most, "a response has no more than the command asked for");
    const std::uint8_t sw1 = response[response.size() - 2];
    must((sw1 & 0xF0) == 0x60 || (sw1 & 0xF0) == 0x90, "SW1 is 6x or 9x");
}

/// The input is what the reader sends.
void card(Input input) {
    tests::CardBench bench(fakes::dual_protocol());
    icc::T0Card link;
    while (!input.empty()) {
        const Bytes sent = bench.exchange(link, input.bytes(1));
        must(sent.size() <= 1 + 256 + 2, "a character is answered by a procedure byte, data and SW1SW2 at most");
    }
    link.clear();
    bench.session.clear();
    must(bench.exchange(link, iso7816::parse_hex("00 B0 9E 00 00").value()).size() >= 2,
         "the card answers a command after a reset");
}

void run(ByteView bytes) {
    Input input(bytes);
    input.byte() % 2 == 0 ? reader(input) : card(input);
}

std::vector<Bytes> seeds() {
    return from_hex({
        "00 04 00 A4 00 00 90 00",
        "00 07 00 A4 00 00 02 3F 00 A4 90 00",
        "00 07 00 A4 00 00 02 3F 00 60 5B 60 A4 61 10",
        "00 05 00 B0 00 00 04 B0 01 02 03 04 90 00",
        "00 05 00 B0 00 00 02 4F 01 60 4F 02 6C 05",
        "00 05 00 B0 00 00 04 B0 01 F7 00 F7 01",
        "01 00 A4 00 00 02 3F 00 00 C0 00 00 00",
        "01 00 B0 9E 00 00 00 B0 9E 00 0A 00 84 00 00 08",
        "01 00 20 00 01 04 31 32 33 34 00 D6 81 00 01 55",
        "01 00 C2 00 00 07 00 A4 00 00 02 50 15",
    });
}

}  // namespace

const Target t0_exchange{"t0_exchange", run, seeds};

}  // namespace scardlab::fuzz
