#include "core/service_provider/method_queue.h"

namespace scardlab::service_provider {

MethodQueue::Entry MethodQueue::enter(Time deadline) {
    std::unique_lock lock(mutex_);
    if (enter_again()) {
        return Entry::nested;
    }
    const std::uint64_t endings = endings_;
    const bool free =
        left_.wait_until(lock, deadline, [&] { return endings_ != endings || (depth_ == 0 && first_waiting_ == 0); });
    if (endings_ != endings) {
        return Entry::ended;
    }
    if (!free) {
        return Entry::timed_out;
    }
    own();
    return Entry::entered;
}

MethodQueue::Entry MethodQueue::enter_first(Time deadline, const std::function<void()>& end_running) {
    std::unique_lock lock(mutex_);
    if (enter_again()) {
        return Entry::nested;
    }
    ++endings_;
    ++first_waiting_;
    left_.notify_all();
    if (depth_ > 0) {
        end_running();
    }
    const bool free = left_.wait_until(lock, deadline, [&] { return depth_ == 0; });
    --first_waiting_;
    if (!free) {
        left_.notify_all();
        return Entry::timed_out;
    }
    own();
    return Entry::entered;
}

void MethodQueue::leave() {
    const std::lock_guard lock(mutex_);
    if (--depth_ == 0) {
        owner_ = {};
        left_.notify_all();
    }
}

bool MethodQueue::enter_again() {
    if (depth_ == 0 || owner_ != std::this_thread::get_id()) {
        return false;
    }
    ++depth_;
    return true;
}

void MethodQueue::own() {
    owner_ = std::this_thread::get_id();
    depth_ = 1;
}

}  // namespace scardlab::service_provider
