#pragma once

#include <cstdint>

#include "emulator/ifd/ifd.h"
#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::vpcd {

/// A frame's meaning (facts: vpcd 3.3 wire protocol). Both ways: length, 2 bytes big endian, then the body.
enum class Control : std::uint8_t { power_off = 0, power_on = 1, reset = 2, get_atr = 4 };

/// First byte of a one-byte answer body, which no response APDU can be (it has at least SW1SW2): the exchange failed
/// with that IFD code minus 600 (1 to 99). The bridge turns it back into the code. A code that has no such number
/// becomes communication_error.
std::uint8_t failure_body(ifd::IfdCode code);

/// What the card side answers to one body: a pure function of the reader's state, without sockets.
/// power_on -> power_icc(up), reset -> power_icc(reset), power_off -> power_icc(down): no answer.
/// get_atr -> the ATR of the last power action; after a failed one 34 bytes of 00, which vpcd refuses (rule Q7); before
/// any, or unpowered, the card's last ATR, or one byte 00 if there is none, so that presence stays true.
/// A body that is a whole, valid PPS request (3 to 6 bytes, PCK right) -> set_protocol, answered by the PPS itself or
/// failure_body(). Anything else -> transmit, answered by the response or failure_body(). An answer is never empty
/// (Q6).
class FrameHandler {
  public:
    explicit FrameHandler(ifd::Ifd& ifd) : ifd_(ifd) {}

    struct Answer {
        bool send = false;
        bool removed = false;    ///< the card left during the exchange: close the connection without an answer
        iso7816::ByteView body;  ///< valid until the next call
        /// What the reader answered: anything but success has cost the time that it took on the virtual clock.
        ifd::IfdCode code = ifd::IfdCode::success;
    };
    Answer handle(iso7816::ByteView body);
    /// Forgets what a new connection must not know.
    void connection_opened();
    /// The peer is gone and the card is not: a reader without a host deactivates its contacts.
    void connection_lost();

  private:
    Answer power(ifd::PowerAction action);
    Answer atr() const;
    Answer set_protocol(iso7816::ByteView request, std::uint8_t t);
    Answer transmit(iso7816::ByteView command);
    Answer failure(ifd::IfdCode code);
    bool removed(ifd::IfdCode code) const;

    ifd::Ifd& ifd_;
    iso7816::Atr atr_;  ///< of the last power action that succeeded
    bool power_failed_ = false;
    iso7816::Bytes answer_;
};

}  // namespace scardlab::vpcd
