#include "core/service_provider/card_events.h"

#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "core/service_provider/watched_events.h"

namespace scardlab::service_provider {

using resource_manager::Caller;
using resource_manager::Code;
using std::chrono::milliseconds;

// -- Looking -----------------------------------------------------------------------------------------------------

/// Takes the next event of the mask; those before it that are not are passed over.
bool Events::take(EventMask mask, CardEvent& event) {
    auto& events = watch_.events();
    while (!events.empty()) {
        event = std::move(events.front());
        events.pop_front();
        if ((event.event & mask) != 0) {
            return true;
        }
    }
    return false;
}

void Events::look_for_reset() {
    const EventOwner::Look seen = owner_->look_for_reset();
    if (seen == EventOwner::Look::in_order) {
        reset_told_ = false;
    } else if (seen == EventOwner::Look::reset && !std::exchange(reset_told_, true)) {
        watch_.tell(event_reset);
    }
}

/// Looks once, and waits if there is nothing.
Code Events::look(EventMask mask) {
    if (owner_ == nullptr || (mask & event_reset) == 0) {
        return watch_.look(std::nullopt);
    }
    const std::optional<std::uint64_t> changes = caller_->changes();
    look_for_reset();
    if (!watch_.events().empty()) {
        return Code::success;
    }
    if (!caller_->waits()) {
        return watch_.look(std::nullopt);
    }
    const Code code = watch_.look(changes ? milliseconds{0} : resource_manager::ResourceManager::retry_after);
    if (code != Code::timeout || caller_->now() >= deadline_) {
        return code;
    }
    return changes ? caller_->await_change(*changes) : Code::success;
}

Hresult Events::stopped() {
    const std::lock_guard lock(mutex_);
    if (!detached_ && !cancelled_) {
        return Hresult::S_OK_;
    }
    caller_->clear_interrupt();
    if (detached_) {
        return from_code(Code::invalid_handle);
    }
    cancelled_ = false;
    return from_code(Code::cancelled);
}

/// The next event of the mask, as Wait answers it.
Hresult Events::next(EventMask mask, CardEvent& event) {
    // One look without waiting: what has happened comes before a Cancel.
    caller_->clear_interrupt();
    if (take(mask, event)) {
        return Hresult::S_OK_;
    }
    if (caller_->waits()) {
        watch_.look(milliseconds{0});
    } else {
        look(mask);
    }
    for (;;) {
        if (take(mask, event)) {
            return Hresult::S_OK_;
        }
        if (const Hresult why = stopped(); why != Hresult::S_OK_) {
            return why;
        }
        switch (const Code code = look(mask)) {
            case Code::timeout:
                if (caller_->now() >= deadline_) {
                    return from_code(code);
                }
                break;
            case Code::not_yet:
            case Code::no_memory:
                if (!take(mask, event)) {
                    return from_code(code);
                }
                return Hresult::S_OK_;
            default:
                unless_known(code);
                break;
        }
    }
}

/// Keeps an answer that tells nothing from being asked for again at once.
void Events::unless_known(Code code) {
    if (code != Code::success && code != Code::timeout && code != Code::cancelled) {
        caller_->await_change(caller_->changes().value_or(0));
    }
}

// -- Waiting -----------------------------------------------------------------------------------------------------

/// Waits for a thread that shall end and whose callback still runs: one thread at a time looks.
Hresult Events::after_callback(std::unique_lock<std::mutex>& lock, std::optional<milliseconds> timeout) {
    const auto ready = [&] { return !looking_ || !unsubscribed_ || in_callback() || detached_ || cancelled_; };
    if (!timeout) {
        ended_.wait(lock, ready);
    } else if (!ended_.wait_for(lock, *timeout, ready)) {
        return from_code(Code::timeout);
    }
    if (looking_ && unsubscribed_ && !in_callback() && !detached_) {
        cancelled_ = false;
        return from_code(Code::cancelled);
    }
    return Hresult::S_OK_;
}

Hresult Events::begin_wait(std::optional<milliseconds> timeout) {
    std::unique_lock lock(mutex_);
    const std::chrono::nanoseconds deadline = timeout ? caller_->now() + *timeout : Caller::no_deadline;
    if (const Hresult result = after_callback(lock, timeout); result != Hresult::S_OK_) {
        return result;
    }
    if (detached_) {
        return from_code(Code::invalid_handle);
    }
    if (waiting_ || callback_) {
        return Hresult::E_FAIL_;
    }
    waiting_ = true;
    deadline_ = deadline;
    if (!caller_->waits()) {
        deadline_ = pending_until_.value_or(deadline_);
    }
    caller_->set_deadline(deadline_);
    return Hresult::S_OK_;
}

void Events::end_wait(Hresult result) {
    const std::lock_guard lock(mutex_);
    waiting_ = false;
    pending_until_.reset();
    if (result == Hresult::E_PENDING_) {
        pending_until_ = deadline_;
    }
}

Hresult Events::Wait(EventMask mask, std::optional<milliseconds> timeout, CardEvent* event) {
    if (event == nullptr) {
        return Hresult::E_POINTER_;
    }
    if (!valid(mask)) {
        return Hresult::E_INVALIDARG_;
    }
    if (const Hresult result = begin_wait(timeout); result != Hresult::S_OK_) {
        return result;
    }
    Hresult result = Hresult::E_OUTOFMEMORY_;
    try {
        CardEvent found;
        result = next(mask, found);
        if (result == Hresult::S_OK_) {
            *event = std::move(found);
        } else if (result == Hresult::E_PENDING_ && caller_->now() >= deadline_) {
            result = from_code(Code::timeout);
        }
    } catch (const std::bad_alloc&) {
        result = Hresult::E_OUTOFMEMORY_;
    }
    end_wait(result);
    return result;
}

Hresult Events::Cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = !callback_;
    if (cancelled_) {
        caller_->interrupt();
        ended_.notify_all();
    }
    return Hresult::S_OK_;
}

void Events::detached() {
    const std::lock_guard lock(mutex_);
    detached_ = true;
    caller_->interrupt();
    ended_.notify_all();
}

// -- Callbacks ---------------------------------------------------------------------------------------------------

/// Whether the thread goes on.
bool Events::subscribed() {
    const std::lock_guard lock(mutex_);
    if (unsubscribed_ || detached_) {
        return false;
    }
    caller_->clear_interrupt();
    return true;
}

void Events::call_back() {
    while (subscribed()) {
        try {
            call_back_once();
        } catch (const std::bad_alloc&) {
            caller_->await_change(caller_->changes().value_or(0));
        }
    }
    const std::lock_guard lock(mutex_);
    looking_ = ending_ = false;
    ++endings_;
    ended_.notify_all();
}

/// Tells what has happened, and then waits for more.
void Events::call_back_once() {
    EventMask mask = 0;
    std::function<void(const CardEvent&)> callback;
    {
        const std::lock_guard lock(mutex_);
        mask = mask_;
        callback = callback_;
    }
    CardEvent event;
    if (!callback) {
        return;
    }
    if (take(mask, event)) {
        callback(event);
        return;
    }
    unless_known(look(mask));
}

Hresult Events::Subscribe(EventMask mask, std::function<void(const CardEvent&)> callback) {
    if (!valid(mask) || !callback) {
        return Hresult::E_INVALIDARG_;
    }
    std::unique_lock lock(mutex_);
    if (detached_) {
        return from_code(Code::invalid_handle);
    }
    if (waiting_) {
        return Hresult::E_FAIL_;
    }
    if (in_callback() && ending_) {
        return Hresult::S_OK_;  // the Unsubscribe that waits comes after it
    }
    ended_.wait(lock, [&] { return !looking_ || !unsubscribed_ || in_callback(); });
    if (!looking_ && thread_.joinable()) {
        thread_.join();
    }
    mask_ = mask;
    callback_ = std::move(callback);
    unsubscribed_ = cancelled_ = false;
    if (!looking_ || in_callback()) {
        deadline_ = Caller::no_deadline;
        caller_->set_deadline(deadline_);
    }
    if (!caller_->waits() || looking_) {
        caller_->interrupt();  // the thread looks with the new mask
        return Hresult::S_OK_;
    }
    try {
        thread_ = std::thread([this] { call_back(); });
        looking_ = true;
    } catch (const std::system_error&) {
        callback_ = {};
        return Hresult::E_OUTOFMEMORY_;
    }
    return Hresult::S_OK_;
}

Hresult Events::Unsubscribe() {
    std::unique_lock lock(mutex_);
    callback_ = {};
    if (!thread_.joinable()) {
        return Hresult::S_OK_;
    }
    if (looking_) {
        unsubscribed_ = true;
        caller_->interrupt();
        if (in_callback()) {
            return Hresult::S_OK_;
        }
        ending_ = true;
        ended_.wait(lock, [&, seen = endings_] { return endings_ != seen; });
    }
    if (!looking_ && thread_.joinable()) {
        thread_.join();  // it has let go of the mutex
    }
    return Hresult::S_OK_;
}

void Events::pump() {
    if (caller_->waits()) {
        return;
    }
    try {
        while (subscribed()) {
            call_back_once();
            const std::lock_guard lock(mutex_);
            if (!callback_ || watch_.events().empty()) {
                return;
            }
        }
    } catch (const std::bad_alloc&) {
        // What was not told is told the next time.
    }
}

std::unique_ptr<CardEvents> make_card_events(resource_manager::ResourceManager& manager, std::string_view reader) {
    return std::make_unique<Events>(manager, std::string(reader), nullptr);
}

std::unique_ptr<AttachmentEvents> make_attachment_events(resource_manager::ResourceManager& manager,
                                                         const std::string& reader, EventOwner& owner) {
    return std::make_unique<Events>(manager, reader, &owner);
}

}  // namespace scardlab::service_provider
