#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/resource_manager/resource_manager.h"

namespace scardlab::resource_manager {

/// One object's way to a resource manager: the same verbs, with an end to every wait. pcsc-lite's own client waits
/// without limit for other applications (rules C4, R16, B1, D2), for the daemon and for the card; a Caller does not.
///
/// Threads: one thread at a time makes calls; now(), changes(), interrupt() and clear_interrupt() may come from any
/// other.
class Caller {
  public:
    /// No deadline: as long as pcsc-lite waits.
    static constexpr std::chrono::nanoseconds no_deadline = std::chrono::nanoseconds::max();

    virtual ~Caller() = default;

    /// The verbs. One that would wait longer than until the deadline answers what it waited for:
    /// - sharing_violation: another application's transaction or share mode,
    /// - timeout: the card or its reader (a command, a reset, a driver that does not come back),
    /// - server_too_busy: the resource manager itself, which does not answer.
    /// get_status_change answers timeout. A verb that was given up has no later effect on the caller's handles: what it
    /// brings after all is undone. When that cannot be (the verb is at the card), the handle is lost and answers
    /// invalid_handle from then on. A disconnect that may not touch the card in time leaves it alone and releases the
    /// handle. Interrupted, a verb answers cancelled. Where waits() is false it answers not_yet
    /// instead of waiting.
    virtual ResourceManager& verbs() = 0;
    /// False: verbs answer not_yet instead of waiting, and the owner of the clock makes the same call again (the
    /// embedded manager in one thread).
    virtual bool waits() const = 0;
    /// Monotonic time by which deadlines count: virtual where the manager's is.
    virtual std::chrono::nanoseconds now() const = 0;
    /// Until when the verbs that follow may wait.
    virtual void set_deadline(std::chrono::nanoseconds deadline) = 0;
    /// Where waits() is false: the call that was answered not_yet is not made again. Answers what it waited for.
    virtual Code give_up(Context context) = 0;
    /// Until clear_interrupt(), ends the verb that waits, with cancelled, and answers cancelled to those that follow,
    /// which then do nothing. Verbs that give back (release_context, disconnect, end_transaction) are made all the
    /// same. Without effect where waits() is false.
    virtual void interrupt() = 0;
    virtual void clear_interrupt() = 0;

    /// Another number each time that something may have changed for an application: a verb of anybody, a card movement.
    /// nullopt where the manager does not tell.
    virtual std::optional<std::uint64_t> changes() const = 0;
    /// Waits until changes() is another number than `seen`; where it is not told, for ResourceManager::retry_after.
    /// success, timeout (the deadline), cancelled; not_yet where waits() is false.
    virtual Code await_change(std::uint64_t seen) = 0;
    /// Waits until a resource manager that answered no_service may be back; answers as await_change.
    virtual Code await_service() = 0;
};

}  // namespace scardlab::resource_manager
