#include "emulator/iso7816/block_t1.h"

#include <algorithm>

#include "tests/fuzz/target.h"

namespace scardlab::fuzz {

namespace {

using iso7816::BlockT1;
using iso7816::EdcKind;

void as_it_is(ByteView input, EdcKind edc) {
    const auto block = BlockT1::parse(input, edc);
    if (!block) {
        must(block.error().offset <= input.size() && !block.error().message.empty(), "the error lies in the bytes");
        return;
    }
    BlockT1::Encoded encoded;
    block->encode(edc, encoded);
    must(std::ranges::equal(encoded.view(), input), "a block that is read is written as it was");
}

/// The input as NAD, PCB and INF, with the right length and EDC.
void with_right_edc(ByteView input, EdcKind edc) {
    if (input.size() < 2) {
        return;
    }
    const BlockT1 block{input[0], {input[1]}, input.subspan(2, std::min(input.size() - 2, BlockT1::max_inf))};
    BlockT1::Encoded encoded;
    block.encode(edc, encoded);
    const auto read = BlockT1::parse(encoded.view(), edc);
    must(read.has_value() == (block.pcb.kind() != iso7816::Pcb::Kind::invalid), "only a reserved PCB is refused");
    if (read) {
        must(read->nad == block.nad && read->pcb == block.pcb && std::ranges::equal(read->inf, block.inf),
             "a block comes back as it was");
    }
    for (std::size_t bit = 0; bit < 8; ++bit) {
        BlockT1::Encoded damaged = encoded;
        damaged.bytes[(input[0] + bit * 31) % damaged.size] ^= static_cast<std::uint8_t>(1U << bit);
        must(!BlockT1::parse(damaged.view(), edc).has_value(), "a block with one wrong bit is refused");
    }
}

void run(ByteView input) {
    for (const EdcKind edc : {EdcKind::lrc, EdcKind::crc}) {
        as_it_is(input, edc);
        with_right_edc(input, edc);
    }
}

std::vector<Bytes> seeds() {
    return from_hex(
        {"00 00 05 00 A4 00 00 00 A1", "00 C1 01 FE 3E", "00 80 00 80", "00 40 00 B0 00 00", "00 E3 01 02 E0"});
}

}  // namespace

const Target block_t1{"block_t1", run, seeds};

}  // namespace scardlab::fuzz
