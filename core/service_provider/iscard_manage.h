#pragma once

#include <any>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/resource_manager/resource_manager.h"
#include "core/service_provider/card_events.h"
#include "core/service_provider/card_state.h"
#include "core/service_provider/hresult.h"
#include "core/service_provider/interface_registry.h"
#include "core/service_provider/iscard_auth.h"
#include "core/service_provider/iscard_file_access.h"
#include "core/service_provider/iscard_verify.h"
#include "core/service_provider/random_source.h"

namespace scardlab::service_provider {

/// How an attachment is made, and made again by Reconnect().
struct AttachOptions {
    resource_manager::ShareMode share = resource_manager::ShareMode::shared;
    resource_manager::Protocols protocols = resource_manager::protocol_t0 | resource_manager::protocol_t1;
};

/// How long a method waits at most, all its steps together.
struct WaitBounds {
    /// For other applications (a transaction, exclusive use) and for the resource manager's answer.
    std::chrono::milliseconds sharing{10'000};
    /// For the card, in Transmit and in the methods that send commands: a card may generate a key for minutes.
    std::chrono::milliseconds card{300'000};
};

/// Attaches to one card or reader, locks it, tells its status, creates the other interfaces. The methods keep their
/// documented names; parameters are C++ types; the results are those of hresult.h.
///
/// Every method on an object that is not attached answers SCARD_E_INVALID_HANDLE, whatever its arguments; a second
/// attach without Detach answers E_FAIL and changes nothing. Every method answers E_OUTOFMEMORY when memory runs out,
/// and the object is as before. E_PENDING is answered only where the manager's callers do not wait (caller.h) and has
/// changed nothing that another application sees: the same call is made again later.
///
/// No method waits longer than bounds() says. When the bound passes, the result says what was waited for:
/// SCARD_E_SHARING_VIOLATION another application, SCARD_E_SERVER_TOO_BUSY the resource manager, which does not answer,
/// SCARD_E_TIMEOUT the card or its reader. The object is then as before the call, except that an attachment whose
/// command is still at the card has lost its handle: every method answers SCARD_E_INVALID_HANDLE until Reconnect.
///
/// Threads: any method from any thread, one carried out after the other, those of the interfaces that it creates
/// included. The time in the queue counts against the bound; when that passes there, the other thread counts as another
/// application: SCARD_E_SHARING_VIOLATION. Detach does not queue: it ends the method that runs and those that wait
/// (SCARD_E_CANCELLED) and comes next. When it has ended an attach it finds nothing attached and says so. The object is
/// destroyed by one thread after all others have returned. Where callers do not wait: one thread; a method that was
/// answered E_PENDING before Detach answers SCARD_E_CANCELLED once when it is called again.
///
/// Destroying an attached object detaches it, LEAVE.
class ISCardManage {
  public:
    virtual ~ISCardManage() = default;

    /// Uses a handle that the resource manager already gave. The object borrows it: Detach leaves the handle to its
    /// owner. S_OK (also when SCardStatus speaks of a reset, a removal or another state of the card or reader, for
    /// Reconnect to mend), E_INVALIDARG (0, or the resource manager does not know it), E_FAIL (attached already), or
    /// another code of SCardStatus, such as SCARD_E_NO_SERVICE: then nothing is attached.
    /// Reconnect() will ask for shared mode and T0 or T1 (RAW if that is in force), since nothing tells how the owner
    /// connected.
    virtual Hresult AttachByHandle(resource_manager::Handle hICC) = 0;
    /// The same; the caller says how the owner connected, for Reconnect().
    virtual Hresult AttachByHandle(resource_manager::Handle hICC, AttachOptions options) = 0;

    /// Connects to the reader with that name (the first reader when `reader` is empty), shared, T0 or T1.
    /// S_OK, E_INVALIDARG (no reader of that name), E_FAIL (attached already), a smart card code of SCardConnect, or of
    /// SCardListReaders for an empty name.
    virtual Hresult AttachByIFD(std::string_view reader) = 0;
    /// The same with share mode and protocols (ISCard::AttachByReader).
    virtual Hresult AttachByIFD(std::string_view reader, AttachOptions options) = 0;

    /// Releases the attachment: disconnects (LEAVE unless told otherwise) a handle that AttachByIFD made, forgets a
    /// borrowed one. S_OK whatever SCardDisconnect says, so even when the card or the resource manager is gone or does
    /// not answer (the handle is then released when it can be); E_INVALIDARG for an unknown disposition.
    virtual Hresult Detach(resource_manager::Disposition disposition = resource_manager::Disposition::leave) = 0;

    /// Reconnects to the card or reader without Detach followed by AttachByHandle or AttachByIFD.
    ///
    /// The contract: after Reconnect() returns S_OK, everything the application can observe is as after Detach followed
    /// by the same Attach, while no other application is disturbed by it. Share mode and protocols are those of the
    /// attachment, its reader the one that was found then (by an empty name too), the initialization is LEAVE (design
    /// decision 5). So transactions of the attachment end. Attached by handle, the owner's Disconnect(LEAVE) and
    /// Connect stand for Detach and Attach, and transactions are the owner's: they stay. Every other return leaves the
    /// object attached, with share mode, protocols and reader as they were, and Reconnect may always be called again; a
    /// transaction may have ended.
    ///
    /// "Not disturbed": no other handle is told of a reset or removal that it had not been told of already, no command
    /// of another application fails that would have succeeded, and the card keeps its session with them. What
    /// pcsc-lite's SCardReconnect(LEAVE) leaves undone is done here:
    /// - a card without power is powered up: it came back and was powered off again (R22), another application took its
    ///   power (D5), or the automatic power-off overtook SCardReconnect, which then succeeds with protocol 0 (R23);
    /// - a reader that is believed empty while a card is in it (R11, T5) is reset, so that it is seen (AttachByIFD does
    ///   that too): where the driver answers SCARD_ATTR_ICC_PRESENCE, or the reader has counted no removal;
    /// - a card that was swapped unnoticed (Q4), or that stopped answering (Q5): after an exchange that failed, the
    /// card
    ///   must answer a command before S_OK is returned, else it gets a power cycle;
    /// - a card that did not answer its last reset, or refused its PPS, gets a power cycle;
    /// - a dead handle or context (the resource manager was restarted, the reader was unplugged and is back, also under
    ///   another number) is made anew when the object was attached by name. A reader is taken for the one that is gone
    ///   when it is the only one of that name before " NN SS" and slot, and was not beside it when it was attached.
    ///   SCARD_E_READER_UNAVAILABLE while there is no such reader, SCARD_E_NO_SERVICE while there is no resource
    ///   manager.
    /// Attached by handle, a dead handle is its owner's matter: SCARD_E_INVALID_HANDLE (SCARD_E_READER_UNAVAILABLE: its
    /// reader is gone; SCARD_E_NO_SERVICE, SCARD_F_COMM_ERROR: its context is dead).
    ///
    /// Where it cannot be so: a power cycle or reset of a card that answers nobody, or that is believed absent, is told
    /// to every handle (W_RESET_CARD, also in the place of a W_REMOVED_CARD, R10), and so it is when a borrowed
    /// handle's card has lost its power; a handle that spoke to the card without a protocol (DIRECT) meets the one that
    /// is chosen, and RAW becomes the protocol of all (C9), as any attachment has it; the 5 s after which a card that
    /// only DIRECT handles are left to is powered off count from a Detach, not from Reconnect.
    ///
    /// S_OK, E_OUTOFMEMORY, or a smart card code: SCARD_E_NO_SMARTCARD, SCARD_W_UNRESPONSIVE_CARD (mute),
    /// SCARD_E_PROTO_MISMATCH, SCARD_E_SHARING_VIOLATION, SCARD_E_READER_UNAVAILABLE, and those named above.
    virtual Hresult Reconnect() = 0;
    /// The extended form (ISCard::ReAttach, SCardReconnect). Share mode and protocols become those of the attachment
    /// when it succeeds. EJECT and unknown values are SCARD_E_INVALID_VALUE, as the resource manager has it (rule R2).
    /// RESET and UNPOWER reset the card for everybody, but leave an empty reader and its pending removals alone (R10).
    /// SHARED to EXCLUSIVE waits for others with LEAVE and resets once it is granted (R16, R18); when the reset fails
    /// it is given back, at the latest by the next Reconnect or Detach (a mute card keeps SCardReconnect from it).
    /// EXCLUSIVE to SHARED gives back the lock (R19).
    virtual Hresult Reconnect(resource_manager::ShareMode share, resource_manager::Protocols protocols,
                              resource_manager::Disposition initialization) = 0;

    /// Exclusive use until SCardUnlock (a transaction). S_OK, or a smart card code of SCardBeginTransaction.
    virtual Hresult SCardLock() = 0;
    /// Ends it and leaves the card as said. S_OK, E_INVALIDARG (unknown disposition), a code of SCardEndTransaction.
    virtual Hresult SCardUnlock(resource_manager::Disposition disposition) = 0;

    /// State of the card, and the active protocol (bits, 0 when there is none). E_POINTER for a null output, else S_OK
    /// or a code of SCardStatus, and then the outputs are untouched.
    virtual Hresult Status(CardState* state, resource_manager::Protocols* protocols) = 0;

    /// Sends a command in the active protocol; `response` (cleared first, capacity kept) receives data and SW1SW2. A
    /// "success" without SW1SW2 is SCARD_W_REMOVED_CARD (rule Q5). Allocates nothing but what `response` lacks.
    virtual Hresult Transmit(iso7816::ByteView command, iso7816::Bytes& response) = 0;

    /// The answer to reset of the card now in the reader. S_OK or a code of SCardStatus.
    virtual Hresult Atr(iso7816::Bytes& atr) = 0;

    /// The other interfaces, on this attachment; they live on through Detach and attach, but what they hold of the card
    /// does not. S_OK, E_POINTER (null output), E_OUTOFMEMORY. They must not outlive this object.
    virtual Hresult CreateFileAccess(std::unique_ptr<ISCardFileAccess>* file_access) = 0;
    virtual Hresult CreateCardAuth(std::unique_ptr<ISCardAuth>* card_auth) = 0;
    virtual Hresult CreateCHVerification(std::unique_ptr<ISCardVerify>* verification) = 0;
    /// Any interface of interface_registry.h, by GUID, or by name when there is none. E_INVALIDARG: an unknown one.
    virtual Hresult CreateInterface(const std::optional<Guid>& guid, std::string_view name, const std::any& user_data,
                                    std::unique_ptr<CardInterface>* created) = 0;
    /// Events of this attachment and its reader (card_events.h), until Detach. SCARD_E_READER_UNAVAILABLE: the reader
    /// of a borrowed handle is not known.
    virtual Hresult CreateEvents(std::unique_ptr<CardEvents>* events) = 0;

    virtual WaitBounds bounds() const = 0;
    /// E_INVALIDARG: a bound that is not positive. Allowed when not attached.
    virtual Hresult SetBounds(WaitBounds bounds) = 0;

    virtual bool attached() const = 0;
    /// The resource manager's handle; 0 when not attached.
    virtual resource_manager::Handle handle() const = 0;
    /// The context that it works on; 0 when it has none yet.
    virtual resource_manager::Context context() const = 0;
    /// Protocol in force as the last attach or reconnect left it.
    virtual resource_manager::Protocols active_protocol() const = 0;
};

/// On a context of its own, which is made at the first attach and made again when it has died. `manager` outlives the
/// object. `random` makes the challenges of ISCardAuth.
std::unique_ptr<ISCardManage> make_iscard_manage(resource_manager::ResourceManager& manager,
                                                 RandomSource random = system_random);
/// On a context of the caller's, which only the caller can make again. `manager` and `context` outlive the object.
std::unique_ptr<ISCardManage> make_iscard_manage(resource_manager::ResourceManager& manager,
                                                 resource_manager::Context context);

}  // namespace scardlab::service_provider
