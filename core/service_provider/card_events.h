#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/resource_manager/resource_manager.h"
#include "core/service_provider/hresult.h"

namespace scardlab::service_provider {

/// Bits: what can be waited for.
using EventMask = std::uint32_t;
inline constexpr EventMask event_insertion = 1,  ///< a card came into the reader
    event_removal = 2,                           ///< the card left it
    event_reset = 4,         ///< another application reset the card, or took its power (only of an attachment)
    event_reader_gone = 8,   ///< the reader vanished, or the resource manager with it
    event_reader_back = 16,  ///< it came back
    event_all = 31;

/// What happened. A removal and an insertion that came faster than they could be told are told one after the other (the
/// reader's event counter shows them).
struct CardEvent {
    EventMask event = 0;  ///< one bit
    std::string reader;
    std::uint16_t event_count = 0;  ///< the reader's event counter
    friend bool operator==(const CardEvent&, const CardEvent&) = default;
};

/// Events of one reader, or of one attachment, since the object was made: each is told once, in order.
///
/// A reader that vanishes takes its card along: no removal is told. One that is back is told before its card.
///
/// Insertion, removal and readers that come and go are told by the resource manager (SCardGetStatusChange), without
/// polling; but pcsc-lite does not see everything (a card that went and came back while the event counter was 0, rule
/// G2; a reader that comes between two waits), so in these two states it is looked again each second. pcscd tells
/// nobody of a reset (rules R8, G3), so on `pcscd` an attachment that waits for event_reset asks SCardStatus each 100
/// ms, pcsc-lite's own period; on the embedded manager a reset wakes the waiter.
///
/// Threads: any thread; one Wait at a time (another is E_FAIL). Callbacks run on a thread of this object (where the
/// manager's callers do not wait, in pump()), one after the other, and may call any method but the destructor.
class CardEvents {
  public:
    virtual ~CardEvents() = default;

    /// Waits for the next event of the mask (those before it that are not are passed over), at most `timeout` (nullopt:
    /// without a limit; ended by Cancel). S_OK, E_POINTER, E_INVALIDARG (an empty or unknown mask), SCARD_E_TIMEOUT,
    /// SCARD_E_CANCELLED, SCARD_E_INVALID_HANDLE (the attachment was detached), E_PENDING where callers do not wait.
    /// The resource manager that goes away is event_reader_gone, not an error, and is looked for until it is back.
    /// After an Unsubscribe made in the callback it begins when that has returned, within `timeout`.
    virtual Hresult Wait(EventMask mask, std::optional<std::chrono::milliseconds> timeout, CardEvent* event) = 0;
    /// Ends the Wait that runs, else the next one that would wait. Any thread. S_OK.
    virtual Hresult Cancel() = 0;

    /// Calls `callback` for each event of the mask from now on, in place of any earlier callback; events are then not
    /// told to Wait (E_FAIL). E_INVALIDARG: as Wait, or an empty callback.
    /// While an Unsubscribe waits for a callback it waits as well; called from that callback it has no effect (S_OK).
    virtual Hresult Subscribe(EventMask mask, std::function<void(const CardEvent&)> callback) = 0;
    /// When it returns no callback runs or will run (called from the callback: after that one). S_OK.
    virtual Hresult Unsubscribe() = 0;
    /// Where callers do not wait: tells the callback what has happened so far.
    virtual void pump() = 0;
};

/// Events of a reader ("" for the first one). `manager` outlives the object.
std::unique_ptr<CardEvents> make_card_events(resource_manager::ResourceManager& manager, std::string_view reader);

}  // namespace scardlab::service_provider
