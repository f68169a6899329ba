#include "emulator/icc/t1_damage.h"

namespace scardlab::icc {

using iso7816::BlockT1;
using iso7816::Pcb;

bool T1Damage::add(Deviation::Kind kind, Pcb with) {
    using Kind = Deviation::Kind;
    const bool numbered = with.kind() == Pcb::Kind::i_block || with.kind() == Pcb::Kind::r_block;
    switch (kind) {
        case Kind::bad_edc:
            return edc = true;
        case Kind::wrong_sequence:
            sequence = sequence || numbered;
            return numbered;
        case Kind::bad_pcb:
            return pcb = true;
        case Kind::bad_len:
            return len = true;
        case Kind::bad_nad:
            return nad = true;
        case Kind::lost_block:
            return lost = true;
        default:
            return false;
    }
}

void T1Damage::encode(BlockT1 block, iso7816::EdcKind kind, BlockT1::Encoded& out) const {
    constexpr std::uint8_t i_sequence = 0x40;
    constexpr std::uint8_t r_sequence = 0x10;
    constexpr Pcb reserved{0xA0};  // an R-block with bit 6
    if (sequence) {
        block.pcb.value ^= block.pcb.kind() == Pcb::Kind::i_block ? i_sequence : r_sequence;
    }
    if (pcb) {
        block.pcb = reserved;
    }
    if (nad) {
        const auto as_received = static_cast<std::uint8_t>(block.nad << 4 | block.nad >> 4);
        block.nad = as_received == block.nad ? block.nad ^ 0x10 : as_received;
    }
    block.encode(kind, out);
    out.bytes[2] = len ? 0xFF : out.bytes[2];
    out.bytes[out.size - 1] ^= edc ? 0x01 : 0x00;
}

}  // namespace scardlab::icc
