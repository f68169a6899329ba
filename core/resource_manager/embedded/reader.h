#pragma once

#include <string>
#include <vector>

#include "core/resource_manager/embedded/power_state.h"
#include "core/resource_manager/embedded/reader_status.h"
#include "core/resource_manager/embedded/transaction_lock.h"
#include "core/resource_manager/resource_manager.h"
#include "emulator/ifd/ifd.h"

namespace scardlab::resource_manager {

/// One reader in the daemon: READER_CONTEXT with its READER_STATE, and the driver calls that pcsc-lite makes
/// (ifdwrapper.c). All handles share it; there is no state of a handle here.
///
/// Presence goes the way of an IFD handler that reports movements by event (rule H4): each state that the Ifd announces
/// is held, and every question answered with it, until the event thread has polled it. So a quick swap is never unseen.
class Reader {
  public:
    /// `event_counter` is what an earlier reader left in the slot (rule G1).
    Reader(ifd::Ifd& ifd, std::string name, std::uint16_t event_counter);

    const ReaderStatus& status() const { return status_; }
    TransactionLock& lock() { return lock_; }
    const TransactionLock& lock() const { return lock_; }
    PowerState power_state() const { return power_state_; }

    // -- Presence ------------------------------------------------------------------------------------------------
    /// The Ifd has announced a change. True when the event thread must wake up for it.
    bool note_presence_change();
    /// IFDHICCPresence as a verb calls it.
    ifd::IfdCode presence();
    /// IFDHICCPresence as the event thread's loop calls it: lets go of the state that it answers.
    ifd::IfdCode poll_presence();
    bool has_unseen_presence() const { return !unseen_.empty(); }

    // -- Sharing -------------------------------------------------------------------------------------------------
    Sharing sharing() const { return sharing_; }
    bool exclusive() const { return sharing_ == sharing_exclusive; }
    void set_sharing(Sharing sharing) { sharing_ = sharing; }
    /// Shows the sharing to the clients (readerState->readerSharing = contexts).
    void publish_sharing() { status_.sharing = sharing_; }

    // -- What the verbs do to the card ------------------------------------------------------------------------------
    /// RFCheckReaderStatus: reader_unavailable while the Ifd fails.
    Code check_status() const;
    /// winscard.c:310-353: the card is there and powered, if need be anew, and in use from now on. no_smartcard,
    /// unpowered_card (rules C5, C6, C7).
    Code use_card();
    /// winscard.c:362-417 and 657-720: settles the reader's protocol. proto_mismatch, unresponsive_card (rules C8, C9,
    /// R12 to R14).
    Code settle_protocol(ShareMode share, Protocols preferred);
    /// Power action of Reconnect, EndTransaction and Disconnect(RESET): RESET, or power down and up for UNPOWER. The
    /// protocol is unset whatever comes of it. Answers what IFDPowerICC does: success, removed_card,
    /// reader_unavailable, not_transacted (rules R6 to R8).
    Code reset_card(Disposition how);
    /// Power action of Disconnect(UNPOWER) (rule D4).
    void unpower_card();
    /// The Ifd said "no card" to a transmit (winscard.c:1610, rule T2).
    void lose_card();
    ifd::IfdCode transmit(iso7816::ByteView command, iso7816::Bytes& response) {
        return ifd_.transmit(command, response);
    }

    // -- What the event thread does ---------------------------------------------------------------------------------
    /// Powers an inserted card up; the mute branch of start-up keeps the ATR length that the loop's clears.
    void power_inserted_card(bool at_start);
    void show_absent();
    void show_failing();
    void count_event() { ++status_.event_counter; }
    /// eventhandler.c:474-496, and winscard.c:1012 for last_handle_gone.
    void power_event(PowerEvent event);

    ifd::Ifd& ifd() { return ifd_; }

  private:
    /// IFDPowerICC with the reader's own ATR buffer.
    Code power_icc(ifd::PowerAction action);
    /// IFDPowerICC(IFD_POWER_DOWN, NULL, NULL).
    Code power_down();
    Code check_present();
    /// Reader state after a power action that ended with `code`.
    void show_powered_or(Code code);

    ifd::Ifd& ifd_;
    ReaderStatus status_;
    TransactionLock lock_;
    PowerState power_state_ = PowerState::unpowered;
    Sharing sharing_ = sharing_none;
    ifd::IfdCode last_polled_ = ifd::IfdCode::icc_not_present;
    std::vector<ifd::IfdCode> unseen_;  ///< announced and not yet polled, oldest first
    iso7816::Atr scratch_;
};

}  // namespace scardlab::resource_manager
