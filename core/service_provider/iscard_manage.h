#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/resource_manager/resource_manager.h"
#include "core/service_provider/card_state.h"
#include "core/service_provider/hresult.h"

namespace scardlab::service_provider {

/// How an attachment is made, and made again by Reconnect().
struct AttachOptions {
    resource_manager::ShareMode share = resource_manager::ShareMode::shared;
    resource_manager::Protocols protocols = resource_manager::protocol_t0 | resource_manager::protocol_t1;
};

/// Attaches to one card or reader, locks it, tells its status. The methods keep their documented names; parameters are
/// C++ types; the results are those of hresult.h.
///
/// Every method on an object that is not attached answers SCARD_E_INVALID_HANDLE, whatever its arguments; a second
/// attach without Detach answers E_FAIL and changes nothing. E_PENDING is answered only on the embedded resource
/// manager and has changed nothing: the same call is made again later. Every method answers E_OUTOFMEMORY when memory
/// runs out, and the object is as before. One thread at a time.
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
    /// borrowed one. S_OK whatever SCardDisconnect says, so even when the card or the resource manager is gone;
    /// E_INVALIDARG for an unknown disposition.
    virtual Hresult Detach(resource_manager::Disposition disposition = resource_manager::Disposition::leave) = 0;

    /// Reconnects to the card or reader without Detach followed by AttachByHandle or AttachByIFD: same share mode and
    /// protocols as the attachment, initialization LEAVE (design decision 5).
    ///
    /// After S_OK, what an application can observe equals Detach followed by the same attach, and nobody else is
    /// disturbed. That is more than SCardReconnect(LEAVE), which never powers a card up (rules R5, R22, D5). So after a
    /// removal or a reset a second, passing connection powers the card up if it is without power; where that cannot be
    /// (exclusive mode, a lock held by this handle, a borrowed handle after a reset), a card without power gets a power
    /// cycle.
    ///
    /// S_OK, E_OUTOFMEMORY, or a smart card code of SCardReconnect. A dead handle (the resource manager does not know
    /// it, or its reader has vanished: INVALID_HANDLE, INVALID_VALUE, READER_UNAVAILABLE, rules R1, R2 and 2.6) is
    /// attached again by name when it was attached by name; SCARD_E_READER_UNAVAILABLE while there is no such reader.
    /// Attached by handle, the code is answered as it is: SCARD_E_INVALID_HANDLE for an unknown handle.
    /// SCARD_E_NO_SERVICE and SCARD_F_COMM_ERROR mean that the context is dead; only its owner can make another.
    /// Whatever it returns, the object stays attached and Reconnect may be called again.
    virtual Hresult Reconnect() = 0;
    /// The extended form (ISCard::ReAttach, SCardReconnect). Share mode and protocols become those of the attachment
    /// when it succeeds. EJECT and unknown values are SCARD_E_INVALID_VALUE, as the resource manager has it (rule R2).
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

    virtual bool attached() const = 0;
    /// The resource manager's handle; 0 when not attached.
    virtual resource_manager::Handle handle() const = 0;
    /// Protocol in force as the last attach or reconnect left it.
    virtual resource_manager::Protocols active_protocol() const = 0;
};

/// `manager` and `context` outlive the object.
std::unique_ptr<ISCardManage> make_iscard_manage(resource_manager::ResourceManager& manager,
                                                 resource_manager::Context context);

}  // namespace scardlab::service_provider
