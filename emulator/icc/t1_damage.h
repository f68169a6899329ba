#pragma once

#include "emulator/icc/deviation.h"
#include "emulator/iso7816/block_t1.h"

namespace scardlab::icc {

/// What becomes of a T=1 block of the card's on its way to the line.
struct T1Damage {
    bool edc = false;
    bool sequence = false;
    bool pcb = false;
    bool len = false;
    bool nad = false;
    bool lost = false;

    /// Adds what the deviation does to a block with that PCB; false when it can do nothing to it: a wrong sequence
    /// number needs an I- or an R-block, and a request of the card's goes before a block.
    bool add(Deviation::Kind kind, iso7816::Pcb pcb);
    /// Writes the block to `out` with all that damage, save that it is lost: a right EDC (unless `edc`) over N(S) or
    /// N(R) changed, a PCB that clause 11.3.2.2 reserves, LEN = FF (the EDC is that of the true LEN), source and
    /// destination of NAD not exchanged (when they are the same, another destination).
    void encode(iso7816::BlockT1 block, iso7816::EdcKind kind, iso7816::BlockT1::Encoded& out) const;
};

}  // namespace scardlab::icc
