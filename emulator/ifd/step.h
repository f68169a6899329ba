#pragma once

#include "emulator/ifd/ifd.h"
#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/timing.h"

namespace scardlab::ifd {

/// What a state machine of the reader wants next: send some characters, then wait for one; or it has ended (and what it
/// wants to send is its last word).
struct Step {
    enum class Kind : std::uint8_t { wait, done, failed };
    Kind kind = Kind::wait;
    iso7816::ByteView send;       ///< characters to send before waiting; valid until the machine's next step
    iso7816::ClockCycles wait{};  ///< longest time to the leading edge of the next character, from that of the last one
    IfdCode code = IfdCode::success;  ///< why it failed

    static Step receive(iso7816::ClockCycles wait, iso7816::ByteView send = {}) {
        return {Kind::wait, send, wait, IfdCode::success};
    }
    static Step done() { return {Kind::done, {}, {}, IfdCode::success}; }
    static Step failed(IfdCode code, iso7816::ByteView send = {}) { return {Kind::failed, send, {}, code}; }
};

}  // namespace scardlab::ifd
