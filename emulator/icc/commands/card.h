#pragma once

#include <utility>

#include "emulator/icc/state.h"
#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/status_word.h"

namespace scardlab::icc::commands {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::CommandApdu;
using iso7816::StatusWord;
namespace sw = iso7816::sw;

/// What a command is carried out on. References into `state` do not outlive a commit() that failed.
struct Card {
    IccState& state;
    StateStore* store;
    const Profile& profile;
    ApplicationSession& session;
    std::uint8_t channel_number;  ///< of the logical channel that CLA names, which is open
    bool exact_le;                ///< T=0: a response shorter than Le is not sent, and the command not carried out
    bool secured;                 ///< by secure messaging

    Channel& channel() const { return session.channels[channel_number]; }
};

/// Carries out one command: response data are appended to `data`, which is empty.
using Handler = StatusWord (*)(const CommandApdu& command, const Card& card, Bytes& data);

/// The one place where stored state changes: carries out `change` and saves the result. When it cannot be saved, the
/// stored state is as before, and false: the command answers 6581 at once.
template <class Change>
[[nodiscard]] bool commit(const Card& card, Change change) {
    if (card.store == nullptr) {
        change();
        return true;
    }
    IccState before = card.state;
    change();
    if (card.store->save(card.state)) {
        return true;
    }
    card.state = std::move(before);
    return false;
}

/// What a command that only changes stored state answers.
template <class Change>
StatusWord committed(const Card& card, Change change) {
    return commit(card, std::move(change)) ? sw::success : sw::memory_failure;
}

/// Ne is the largest value that its field can code: all there is, whatever its length (ISO/IEC 7816-4 clause 5.2).
inline bool wants_all(const CommandApdu& command) {
    return command.ne == (command.extended ? 65'536U : 256U);
}

/// How a command that sends `count` bytes of a file or record ends (clause 11.2.3, 11.3.3).
inline StatusWord read_status(const CommandApdu& command, std::size_t count) {
    return count < command.ne && !wants_all(command) ? sw::end_of_file : sw::success;
}

}  // namespace scardlab::icc::commands
