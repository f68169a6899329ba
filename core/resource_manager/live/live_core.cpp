#include "core/resource_manager/live/live_core.h"

namespace scardlab::resource_manager {

Code LiveCore::await_change(LiveWait& wait, std::uint64_t seen) {
    return await(wait, [&] { return changes_ != seen; });
}

Code LiveCore::await_running(LiveWait& wait) {
    return await(wait, [&] { return manager_.running(); });
}

template <typename Reached>
Code LiveCore::await(LiveWait& wait, Reached reached) {
    std::unique_lock lock(mutex_);
    for (;;) {
        catch_up();
        if (wait.interrupted) {
            return Code::cancelled;
        }
        if (reached()) {
            return Code::success;
        }
        if (steady_now() >= wait.deadline) {
            return Code::timeout;
        }
        wait_once(lock, wait);
    }
}

void LiveCore::set_deadline(LiveWait& wait, std::chrono::nanoseconds deadline) {
    const std::lock_guard lock(mutex_);
    wait.deadline = deadline;
}

void LiveCore::set_interrupted(LiveWait& wait, bool interrupted) {
    const std::lock_guard lock(mutex_);
    wait.interrupted = interrupted;
    changed_.notify_all();
}

void LiveCore::catch_up() {
    const std::chrono::nanoseconds real = steady_now() - zero_;
    if (real < clock_.now()) {
        return;
    }
    const bool due = manager_.next_due() <= real;
    clock_.advance(real - clock_.now());
    manager_.run_due();
    if (due) {
        note_change();
    }
}

void LiveCore::note_change() {
    ++changes_;
    changed_.notify_all();
}

void LiveCore::wait_once(std::unique_lock<std::mutex>& lock, const LiveWait& wait) {
    const std::chrono::nanoseconds due = manager_.next_due();
    std::chrono::nanoseconds until = wait.deadline;
    if (due != ifd::Duration::max()) {
        until = std::min(until, zero_ + due);
    }
    if (until == Caller::no_deadline) {
        changed_.wait(lock);
    } else {
        changed_.wait_until(lock, Steady::time_point(until));
    }
}

}  // namespace scardlab::resource_manager
