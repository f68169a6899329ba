#pragma once

#include <functional>

#include "core/resource_manager/embedded/handle_table.h"
#include "core/resource_manager/embedded/reader.h"
#include "emulator/ifd/clock.h"

namespace scardlab::resource_manager {

/// The event thread of one reader: EHStatusHandlerThread (eventhandler.c:244) with a driver that has an event function
/// (rule H4), cut into turns: the wait ends, the power step is made, presence is polled, the next wait begins. The
/// manager runs a turn when a movement was announced, when the last handle has gone, or when the wait has run out.
class EventThread {
  public:
    /// `signal_clients` is EHSignalEventToClients. Everything outlives the object.
    EventThread(Reader& reader, HandleTable& handles, const ifd::VirtualClock& clock,
                const std::function<void()>& signal_clients);

    /// EHSpawnEventHandler and the thread up to its first wait. False: the first question for presence failed, the
    /// reader is not taken.
    bool start();
    /// Ends the wait.
    void wake() { woken_ = true; }
    /// The driver's stop function before the thread ends: one last power step.
    void stop() { reader_.power_event(PowerEvent::wait_over); }

    bool is_due() const { return woken_ || clock_.now() >= wait_ends_; }
    ifd::Duration wait_ends() const { return wait_ends_; }
    /// Turns until nothing is unseen.
    void run();

    Reader& reader() { return reader_; }

  private:
    enum class Seen { unknown, absent, present };

    void poll();
    void card_removed();
    void card_inserted();

    Reader& reader_;
    HandleTable& handles_;
    const ifd::VirtualClock& clock_;
    const std::function<void()>& signal_clients_;
    Seen seen_ = Seen::absent;
    Sharing seen_sharing_ = sharing_none;
    ifd::Duration wait_ends_{0};
    bool woken_ = false;
};

}  // namespace scardlab::resource_manager
