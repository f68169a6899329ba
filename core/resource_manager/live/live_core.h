// Threading model: LiveCore has one mutex, under which everything happens: verbs, card movements, the clock. Whoever
// waits does so on one condition variable, which each change wakes; nobody sleeps in between.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "core/resource_manager/caller.h"
#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "emulator/ifd/clock.h"

namespace scardlab::resource_manager {

/// One caller's limits. Guarded by LiveCore's mutex.
struct LiveWait {
    std::chrono::nanoseconds deadline = Caller::no_deadline;  ///< steady clock
    bool interrupted = false;
};

/// What a verb is to the others.
enum class LiveVerb : std::uint8_t {
    looks,       ///< changes nothing
    changes,     ///< may change something for anybody
    gives_back,  ///< the same, and is made even when interrupted
};

/// The embedded manager, its clock and its mutex. Steady time and virtual time run alike, but a card's virtual work
/// costs no real time: the clock may be ahead.
class LiveCore {
  public:
    using Steady = std::chrono::steady_clock;

    explicit LiveCore(ifd::VirtualClock& clock) : clock_(clock), manager_(clock), zero_(steady_now() - clock.now()) {}

    static std::chrono::nanoseconds steady_now() { return Steady::now().time_since_epoch(); }

    /// Runs a verb, again and again while it is not_yet: after each change, and when the next moment is due.
    /// `context`: the one that waits, for verbs that leave something there. `too_late`: the code at the deadline.
    template <typename Verb>
    auto run(LiveWait& wait, LiveVerb kind, Context context, Code too_late, Verb verb) {
        std::unique_lock lock(mutex_);
        decltype(verb()) result{};
        for (bool waited = false;; waited = true) {
            if (wait.interrupted && (waited || kind != LiveVerb::gives_back)) {
                manager_.forget_wait(context);
                code_of(result) = Code::cancelled;
                return result;
            }
            catch_up();
            result = verb();
            if (code_of(result) != Code::not_yet) {
                if (kind != LiveVerb::looks) {
                    note_change();
                }
                return result;
            }
            if (steady_now() >= wait.deadline) {
                manager_.forget_wait(context);
                code_of(result) = manager_.frozen() ? Code::server_too_busy : too_late;
                return result;
            }
            wait_once(lock, wait);
        }
    }

    /// Runs `function` on the manager, for whoever moves cards.
    template <typename Function>
    auto call(Function function) {
        const std::lock_guard lock(mutex_);
        catch_up();
        const Changed changed{*this};
        return function(manager_);
    }

    std::uint64_t changes() const {
        const std::lock_guard lock(mutex_);
        return changes_;
    }
    /// success, cancelled or timeout.
    Code await_change(LiveWait& wait, std::uint64_t seen);
    Code await_running(LiveWait& wait);
    void set_deadline(LiveWait& wait, std::chrono::nanoseconds deadline);
    void set_interrupted(LiveWait& wait, bool interrupted);
    EmbeddedResourceManager& manager() { return manager_; }

  private:
    /// At the end of call(), whatever it returns.
    struct Changed {
        LiveCore& core;
        explicit Changed(LiveCore& changed) : core(changed) {}
        ~Changed() {
            core.manager_.run_due();
            core.note_change();
        }
        Changed(const Changed&) = delete;
        Changed& operator=(const Changed&) = delete;
    };

    static Code& code_of(Code& code) { return code; }
    template <typename Result>
    static Code& code_of(Result& result) {
        return result.code;
    }

    /// Moves virtual time to real time.
    void catch_up();
    void note_change();
    template <typename Reached>
    Code await(LiveWait& wait, Reached reached);
    void wait_once(std::unique_lock<std::mutex>& lock, const LiveWait& wait);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    ifd::VirtualClock& clock_;
    EmbeddedResourceManager manager_;
    std::chrono::nanoseconds zero_;  ///< steady time at which the clock was 0
    std::uint64_t changes_ = 0;
};

}  // namespace scardlab::resource_manager
