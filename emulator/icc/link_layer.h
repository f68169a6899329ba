#pragma once

#include "emulator/icc/contact_log.h"
#include "emulator/icc/deviation.h"
#include "emulator/icc/interpreter.h"
#include "emulator/icc/output.h"
#include "emulator/icc/state.h"
#include "emulator/iso7816/timing.h"

namespace scardlab::icc {

/// What the transmission protocols of a card work on: all of it belongs to the Icc.
struct CardParts {
    CardMemory memory;
    IccSession& session;
    ContactLog& log;
    Output& output;
    const iso7816::Timing& timing;
    iso7816::Bytes& scratch;  ///< response data of the command being carried out
    Deviations& deviations;   ///< planned; an entry goes when it has happened as often as it was to
};

}  // namespace scardlab::icc
