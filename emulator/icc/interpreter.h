#pragma once

#include "emulator/icc/state.h"
#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/tpdu.h"

namespace scardlab::icc {

/// What a card has besides its session: what it stores, where that is saved (nullptr: nowhere), and what it was made
/// from.
struct CardMemory {
    IccState& state;
    StateStore* store;
    const Profile& profile;
};

/// Carries out one command after ISO/IEC 7816-4 on the stored state and the session: SELECT, READ BINARY, UPDATE
/// BINARY, VERIFY, GET CHALLENGE. `data` (cleared first) receives the response data, at most command.ne bytes. Answers
/// SW1SW2; every command that the card does not know is 6D00, every class 6E00 or 688x.
iso7816::StatusWord execute(const iso7816::CommandApdu& command, CardMemory memory, ApplicationSession& session,
                            iso7816::Bytes& data);

/// Which way the data of a T=0 command with this header go, for a card that has P3 > 0 to explain: the card knows it
/// from INS (ISO/IEC 7816-3 clause 10.3.2).
iso7816::T0Direction t0_direction(std::uint8_t ins);

}  // namespace scardlab::icc
