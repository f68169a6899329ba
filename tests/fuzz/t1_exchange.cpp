#include <algorithm>

#include "emulator/icc/t1_card.h"
#include "emulator/ifd/t1_ifd.h"
#include "tests/emulator/icc/card_driver.h"
#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using ifd::Step;
using iso7816::BlockT1;
using iso7816::EdcKind;

/// NAD, PCB, a length and INF from the input, with the right EDC.
BlockT1::Encoded block_of(Input& input, EdcKind edc) {
    const std::uint8_t nad = input.byte();
    const std::uint8_t pcb = input.byte();
    BlockT1::Encoded encoded;
    BlockT1{nad, {pcb}, input.bytes(std::min<std::size_t>(input.byte(), BlockT1::max_inf))}.encode(edc, encoded);
    return encoded;
}

/// What the other side does next.
enum class Event : std::uint8_t { block, characters, damaged, silence };

Step next_step(ifd::T1Ifd& machine, Input& input, EdcKind edc) {
    const auto event = static_cast<Event>(input.byte() % 4);
    if (event == Event::damaged) {
        return machine.on_damaged();
    }
    if (event == Event::silence) {
        return machine.on_timeout();
    }
    BlockT1::Encoded encoded;
    ByteView characters;
    if (event == Event::block) {
        encoded = block_of(input, edc);
        characters = encoded.view();
    } else {
        characters = input.bytes(1U + input.byte());
    }
    Step step = Step::receive({1});
    for (const std::uint8_t character : characters) {
        step = machine.on_character(character);
        if (step.kind != Step::Kind::wait || !step.send.empty()) {
            break;
        }
    }
    return step;
}

/// The input is a start, a command, after its length, and what the card does.
void reader(Input input, EdcKind edc) {
    const auto atr = iso7816::Atr::parse(iso7816::parse_hex("3B 80 01 81").value()).value();
    const auto timing = iso7816::timing_for(atr, {}, iso7816::Protocol::t1);
    ifd::T1Link link;
    link.edc = edc;
    ifd::T1Ifd machine(link, timing);
    const std::uint8_t start = input.byte();
    const ByteView command = input.bytes(input.byte());
    Bytes response;
    Step step = start % 3 == 0   ? machine.start_command(command, response)
                : start % 3 == 1 ? machine.start_ifs(254)
                                 : machine.start_resynch();
    unsigned timeouts = 0;
    while (step.kind == Step::Kind::wait) {
        must(step.wait.count > 0, "the reader waits for a time");
        must(step.send.empty() || BlockT1::parse(step.send, edc).has_value(), "the reader sends whole blocks");
        must(link.ifsc >= 1 && link.ifsc <= BlockT1::max_inf, "IFSC is one that a block can have");
        must(timeouts <= 8, "a silent card ends the exchange");
        if (input.empty()) {
            ++timeouts;
            step = machine.on_timeout();
        } else {
            step = next_step(machine, input, edc);
        }
    }
    must((step.kind == Step::Kind::failed) == (step.code != ifd::IfdCode::success),
         "a failure, and only it, has a code");
    must(step.kind != Step::Kind::done || machine.state() == ifd::T1State::complete, "it ends where it says");
}

/// The input is what the reader sends.
void card(Input input, EdcKind edc) {
    tests::CardBench bench(edc == EdcKind::crc ? fakes::t1_crc() : fakes::t1_only());
    icc::T1Card link(edc);
    while (!input.empty()) {
        if (input.byte() % 4 == 0) {
            const auto characters = input.bytes(1U + input.byte());
            bench.exchange(link, characters);
            bench.now += bench.timing.block_waiting;
            continue;
        }
        const auto encoded = block_of(input, edc);
        const Bytes sent = bench.exchange(link, encoded.view());
        must(sent.empty() || BlockT1::parse(sent, edc).has_value(), "the card answers a block by a whole block");
    }
    link.clear(edc);
    bench.session.clear();
    bench.now += bench.timing.block_waiting;
    const Bytes resynch = tests::block(iso7816::Pcb::s_request(iso7816::SBlock::resynch), {}, edc);
    must(bench.exchange(link, resynch) == tests::block(iso7816::Pcb::s_response(iso7816::SBlock::resynch), {}, edc),
         "the card can be resynchronised after a reset");
}

void run(ByteView bytes) {
    Input input(bytes);
    const std::uint8_t mode = input.byte();
    const EdcKind edc = (mode & 2) != 0 ? EdcKind::crc : EdcKind::lrc;
    (mode & 1) == 0 ? reader(input, edc) : card(input, edc);
}

std::vector<Bytes> seeds() {
    return from_hex({
        "00 00 05 00 B0 9E 00 0A 00 00 00 02 90 00",
        "02 00 05 00 B0 9E 00 0A 00 00 20 02 41 42 00 00 40 02 90 00",
        "00 00 07 00 A4 00 00 02 3F 00 02 03 00 00 81 00 00 00 00 02 90 00",
        "00 00 04 00 A4 00 00 00 00 C3 01 05 00 00 C1 01 40 00 00 00 02 90 00",
        "00 01 00 00 00 E1 01 FE",
        "00 02 00 00 00 E0 00",
        "00 00 04 00 A4 00 00 00 00 C2 00 00 00 E2 00",
        "01 01 00 00 05 00 B0 9E 00 0A 01 00 40 02 00 84",
        "03 01 00 C1 01 20 01 00 20 04 00 A4 00 00 01 00 40 03 02 3F 00",
        "01 01 00 80 00 01 00 C0 00 00 03 01 02 03",
    });
}

}  // namespace

const Target t1_exchange{"t1_exchange", run, seeds};

}  // namespace scardlab::fuzz
