#include "core/resource_manager/embedded/event_thread.h"

namespace scardlab::resource_manager {

using ifd::IfdCode;

namespace {

/// PCSCLITE_POWER_OFF_GRACE_PERIOD and PCSCLITE_STATUS_EVENT_TIMEOUT (pcscd.h.in).
constexpr std::chrono::seconds grace_period{5};
constexpr std::chrono::minutes event_timeout{10};

constexpr bool is_present(IfdCode code) {
    return code == IfdCode::success || code == IfdCode::icc_present;
}

}  // namespace

EventThread::EventThread(Reader& reader, HandleTable& handles, const ifd::VirtualClock& clock,
                         const std::function<void()>& signal_clients)
    : reader_(reader), handles_(handles), clock_(clock), signal_clients_(signal_clients) {}

bool EventThread::start() {
    const IfdCode initial = reader_.presence();
    if (!is_present(initial) && initial != IfdCode::icc_not_present) {
        return false;
    }
    if (is_present(reader_.poll_presence())) {
        reader_.power_inserted_card(true);
        seen_ = Seen::present;
    } else {
        reader_.show_absent();
        seen_ = Seen::absent;
    }
    reader_.publish_sharing();
    seen_sharing_ = reader_.sharing();
    signal_clients_();
    poll();
    return true;
}

void EventThread::run() {
    do {
        woken_ = false;
        reader_.power_event(PowerEvent::wait_over);
        poll();
    } while (woken_ || reader_.has_unseen_presence());
}

void EventThread::poll() {
    const IfdCode presence = reader_.poll_presence();
    if (presence == IfdCode::icc_not_present) {
        if (seen_ != Seen::absent) {
            card_removed();
        }
    } else if (is_present(presence)) {
        if (seen_ != Seen::present) {
            card_inserted();
        }
    } else {
        // quirk E7: no handle is told, and the counter stays.
        reader_.show_failing();
        seen_ = Seen::unknown;
        signal_clients_();
    }
    if (seen_sharing_ != reader_.sharing()) {
        seen_sharing_ = reader_.sharing();
        reader_.publish_sharing();
        signal_clients_();
    }
    const bool unused = reader_.power_state() == PowerState::powered;
    wait_ends_ = clock_.now() + (unused ? ifd::Duration(grace_period) : ifd::Duration(event_timeout));
}

void EventThread::card_removed() {
    handles_.mark(reader_, Notice::removed);
    reader_.lock().drop();
    reader_.show_absent();
    seen_ = Seen::absent;
    reader_.count_event();
    signal_clients_();
}

void EventThread::card_inserted() {
    reader_.power_inserted_card(false);
    seen_ = Seen::present;
    reader_.count_event();
    signal_clients_();
}

}  // namespace scardlab::resource_manager
