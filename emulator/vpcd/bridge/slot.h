#pragma once

#include <pthread.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "emulator/vpcd/bridge/client_threads.h"
#include "emulator/vpcd/bridge/device_name.h"
#include "emulator/vpcd/bridge/ifdhandler.h"
#include "emulator/vpcd/bridge/sockets.h"
#include "emulator/vpcd/bridge/stock_driver.h"

namespace scardlab::vpcd {

/// What the resource manager may know of a slot's card.
enum class SlotState : std::uint8_t {
    absent,        ///< no card; the driver may take one
    present,       ///< the driver has a connection
    removal_held,  ///< the connection is gone, and the resource manager's event thread has not seen that yet
};
enum class SlotEvent : std::uint8_t {
    accepted,       ///< the driver took a connection that answers
    gone,           ///< the end of the connection was noticed, by anybody
    seen_by_events  ///< the event thread has made a whole turn that found no card
};
/// The next state; an event that means nothing in a state leaves it.
SlotState next_state(SlotState state, SlotEvent event);

/// One slot of the stock driver, with what the bridge adds.
///
/// A removal is held: from the moment at which anybody notices that the connection is gone, every call answers "no
/// card" without asking the driver, which would otherwise take the next card silently (traps Q3, Q4, R11), until the
/// resource manager's event thread has seen the empty slot. That thread is the one that calls wait(); each of its
/// turns is wait(), perhaps an automatic power-off, then the poll that counts (pcsc-lite 1.9.9, eventhandler.c:
/// EHStatusHandlerThread). The power-off asks for the presence too, so that one answer "no card" proves nothing; a
/// removal that was already held when wait() returned, and still is when wait() is called again, has been seen for
/// certain. A resource manager that did not ask for the event function is taken to have seen what it is told.
///
/// Likewise only the event thread takes a new card, so that nobody hears of a card before it; and it is told of a
/// movement only when the client threads have done with what was before (see ClientThreads).
///
/// Where vpcd connects to a host name, the slot serves the one connection that the driver makes at its start, because
/// vpcd 3.3 survives no second try.
///
/// Threads: pcscd serialises all calls of one slot with a mutex, except wait() and stop(), which it calls without.
/// `mutex_` guards the members; it is never held during a call of the driver.
class Slot {
  public:
    Slot() = default;
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    /// The driver has made its channel: looks for its listening socket. False when a descriptor is missing.
    bool opened(const StockDriver& driver, DWORD lun, Device device);
    void closed();

    /// IFDHICCPresence: IFD_SUCCESS, IFD_ICC_NOT_PRESENT.
    RESPONSECODE presence();
    /// SCARD_ATTR_ICC_PRESENCE, which the stock driver does not know: 2 for a card, 0 for none (PC/SC part 3).
    RESPONSECODE presence_capability(DWORD* length, UCHAR* value);
    /// IFDHPowerICC: a card that stays mute (rule Q7) or leaves is IFD_ERROR_POWER_ACTION.
    RESPONSECODE power(DWORD action, UCHAR* atr, DWORD* atr_length);
    /// IFDHSetProtocolParameters: sends a PPS request in band. A peer that answers it as an APDU does not know this
    /// convention; then the driver is asked, as without the bridge.
    RESPONSECODE set_protocol(DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2, UCHAR pts3);
    /// IFDHTransmitToICC. Refuses what the driver would take for a control code or wait on for ever (rule Q8), and
    /// what is too long for a frame. RecvPci gets the protocol in force with the application's numbers
    /// (SCARD_PROTOCOL_T0 1, SCARD_PROTOCOL_T1 2), because pcscd hands it on as it is (winscard.c: SCardTransmit);
    /// when none is set it stays as it came.
    RESPONSECODE transmit(SCARD_IO_HEADER send_pci, UCHAR* command, DWORD command_length, UCHAR* response,
                          DWORD* response_length, SCARD_IO_HEADER* recv_pci);
    /// IFDHGetCapabilities of a tag that makes the driver talk to the card.
    RESPONSECODE card_capability(DWORD tag, DWORD* length, UCHAR* value);

    /// The event function will be used.
    void event_function_taken();
    /// TAG_IFD_POLLING_THREAD_WITH_TIMEOUT: returns when the presence is worth asking for, when stop() was called since
    /// the last return, or after `timeout_ms`.
    RESPONSECODE wait(int timeout_ms);
    /// TAG_IFD_STOP_POLLING_THREAD.
    RESPONSECODE stop();

  private:
    /// Why wait() has to return.
    enum class Reason : std::uint8_t { none, stop, removal };

    bool enter();
    void note_caller();
    bool on_event_thread() const;
    bool may_take_card();
    void await_clients();
    void apply(SlotEvent event);
    void note_removal();
    bool connection_gone(RESPONSECODE code);
    void take_card();
    void finish_removal();
    void ring() const;
    RESPONSECODE exchange(UCHAR* command, DWORD command_length, UCHAR* response, DWORD* response_length,
                          SCARD_IO_HEADER send_pci, SCARD_IO_HEADER* recv_pci);
    Reason reason_to_return();
    SocketRef watched_socket(short& events);

    /// Bounds the wait for client threads that do not come back, whatever they do.
    static constexpr std::chrono::seconds longest_put_off{1};

    const StockDriver* driver_ = nullptr;
    DWORD lun_ = 0;
    Device device_;
    std::uint16_t port_ = 0;
    int doorbell_ = -1;  ///< eventfd: makes wait() look at the members again

    std::mutex mutex_;
    SlotState state_ = SlotState::absent;
    SocketRef listener_, connection_;
    DWORD protocol_ = 0;  ///< in force, SCARD_PROTOCOL_T0 or T1; 0 after a power action
    bool events_taken_ = false;
    std::optional<pthread_t> event_thread_;
    bool held_through_a_turn_ = false;  ///< the removal was held when wait() returned
    bool stop_asked_ = false;
    ClientThreads clients_;
    std::optional<std::chrono::steady_clock::time_point> put_off_since_;  ///< a card waits for client threads
};

}  // namespace scardlab::vpcd
