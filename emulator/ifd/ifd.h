#pragma once

#include <cstdint>
#include <functional>

#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/protocol.h"

namespace scardlab::ifd {

/// What an IFD handler answers, with the numbers of PCSC/ifdhandler.h (RESPONSECODE).
enum class IfdCode : std::uint16_t {
    success = 0,
    error_tag = 600,
    error_power_action = 608,
    pts_failure = 605,  ///< PPS refused, silent or garbled
    error_not_supported = 606,
    protocol_not_supported = 607,  ///< the ATR does not offer that protocol
    communication_error = 612,
    response_timeout = 613,  ///< the card was silent longer than it may be
    not_supported = 614,
    icc_present = 615,
    icc_not_present = 616,
    no_such_device = 617,
    insufficient_buffer = 618,
};

/// IFDHPowerICC actions.
enum class PowerAction : std::uint16_t { up = 500, down = 501, reset = 502 };

/// The interface device as a resource manager sees it: the calls of an IFD handler (PC/SC part 3; ifdhandler.h).
/// All calls of one Ifd are made from one thread.
class Ifd {
  public:
    virtual ~Ifd() = default;

    /// up: cold reset unless already powered, in which case the ATR is read anew by a warm reset; reset: warm reset, or
    /// cold reset of an unpowered card; a warm reset that fails is followed by a cold one; down: deactivation. `atr`
    /// holds the new ATR after success of up and reset and is emptied otherwise. Codes: success, icc_not_present (no
    /// card), error_power_action (silent or bad ATR), no_such_device.
    virtual IfdCode power_icc(PowerAction action, iso7816::Atr& atr) = 0;

    /// Puts that protocol into force, with a PPS exchange where the card offers a choice (ISO/IEC 7816-3 clause 9).
    /// Codes: success, pts_failure, protocol_not_supported, icc_not_present, communication_error (not powered).
    virtual IfdCode set_protocol(iso7816::Protocol protocol) = 0;

    /// One exchange with the card in the protocol in force; `response` (cleared first, capacity kept) receives what the
    /// card answered, SW1SW2 included. In T=0 a case 4 command is answered 61xx (TPDU level).
    /// Codes: success, response_timeout, icc_not_present (removed before or during it), communication_error (also for
    /// whatever follows a failed command of T=0, until a reset).
    virtual IfdCode transmit(iso7816::ByteView command, iso7816::Bytes& response) = 0;

    /// success (a card is there), icc_not_present, no_such_device, communication_error.
    virtual IfdCode presence() = 0;

    /// Called after each change of what presence() answers, from the thread that made the change, possibly in the
    /// middle of a power_icc, set_protocol or transmit. One listener; an empty function removes it.
    virtual void set_presence_listener(std::function<void()> listener) = 0;
};

}  // namespace scardlab::ifd
