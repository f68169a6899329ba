#pragma once

#include <vector>

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

/// Removes a deviation's turn; whether it has none left.
inline bool use_up(Deviation& deviation) {
    return --deviation.times == 0;
}

/// Counts one procedure byte, SW1 or block for the planned deviations of kinds `first` to `last`. Those whose turn it
/// is go to `happens`, which says whether they can happen there; one that cannot waits for the next place where it can.
template <class Happens>
void pass(Deviations& deviations, Deviation::Kind first, Deviation::Kind last, Happens happens) {
    if (deviations.empty()) {
        return;
    }
    std::erase_if(deviations, [&](Deviation& deviation) {
        if (deviation.kind < first || deviation.kind > last) {
            return false;
        }
        if (deviation.at > 1) {
            --deviation.at;
            return false;
        }
        return happens(static_cast<const Deviation&>(deviation)) && use_up(deviation);
    });
}

}  // namespace scardlab::icc
