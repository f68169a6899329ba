#pragma once

#include <cstdint>
#include <memory>

#include "core/service_provider/hresult.h"
#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

class SecureChannel;

/// What an attachment gives to the interfaces that are created on it (ISCardFileAccess, ISCardAuth, ISCardVerify, and
/// those that others register): the way of commands to the card, and what must not outlive the card's session.
///
/// Valid as long as the ISCardManage that it belongs to. Every method answers SCARD_E_INVALID_HANDLE when that is not
/// attached, E_PENDING as ISCardManage does, and the smart card codes of SCardTransmit and SCardBeginTransaction.
class CardChannel {
  public:
    virtual ~CardChannel() = default;

    /// Sends one command and brings its whole response: over T=0 and T=1, with GET RESPONSE for 61xx and the command
    /// anew for 6Cxx (ISO/IEC 7816-3 clause 12.2), extended length where the command needs it.
    /// `response` is data and SW1SW2. S_OK whatever SW1SW2 says.
    /// `secured`: by secure messaging (secure_messaging.h) with the keys of secure_channel(), in a hold of its own when
    /// there is none. SCARD_W_CARD_NOT_AUTHENTICATED: there is no such channel. E_INVALIDARG: more data than
    /// iso7816::most_protected_nc. In both cases nothing was sent. SCARD_W_SECURITY_VIOLATION: the protection of the
    /// response does not hold, or the card refused the command's. Whatever fails once the command was on its way closes
    /// the channel, since the card may have counted it; E_PENDING leaves it, and what begin_hold() answers.
    virtual Hresult exchange(const iso7816::CommandApdu& command, bool secured, iso7816::Bytes& response) = 0;

    /// Begins a method of an interface: until end_method() no other thread's method runs on the attachment, and all
    /// that the method does is within one bound (WaitBounds::card). One may run within another. S_OK, after which
    /// end_method() must follow; SCARD_E_CANCELLED (Detach), SCARD_E_SHARING_VIOLATION (other threads took all the
    /// time). The interfaces that ISCardManage creates itself are in turn already (in_turn.h).
    virtual Hresult begin_method() { return Hresult::S_OK_; }
    virtual void end_method() {}

    /// Keeps other applications out from construction to destruction of a Hold, unless the attachment does already.
    virtual Hresult begin_hold() = 0;
    /// Ends it, leaves the card as it is. When that fails, the end of the next hold tries it again.
    virtual Hresult end_hold() = 0;
    /// Number of the card's session as this attachment knows it: another after each successful attach and Reconnect. A
    /// file handle, a current directory, an authentication of another session is dead.
    virtual std::uint64_t session() const = 0;

    /// The answer to reset of the card, by which it says what it can do. E_NOTIMPL: a channel that does not know it.
    virtual Hresult atr(iso7816::Bytes& /*atr*/) { return Hresult::E_NOTIMPL_; }

    /// The secure messaging channel of this session; nullptr when there is none.
    virtual SecureChannel* secure_channel() = 0;
    /// Puts a channel into the session in place of the present one (nullptr: closes it).
    virtual void set_secure_channel(std::unique_ptr<SecureChannel> channel) = 0;
};

}  // namespace scardlab::service_provider
