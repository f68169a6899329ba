// Threading model: one thread at a time looks, with watch_: the one in Wait(), or the object's own that calls the
// callback. The mutex guards everything else; it is not held while anybody waits or while the callback runs. Whoever
// wants the looking thread to stop sets what it shall find and interrupts its Caller.
#include "core/service_provider/card_events.h"

#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "core/resource_manager/caller.h"
#include "core/service_provider/attachment_events.h"
#include "core/service_provider/reader_watch.h"

namespace scardlab::service_provider {

using resource_manager::Caller;
using resource_manager::Code;
using std::chrono::milliseconds;

namespace {

/// For the first look, which sees what is there already.
constexpr std::chrono::seconds first_look{10};

class Events final : public AttachmentEvents {
  public:
    Events(resource_manager::ResourceManager& manager, std::string reader, EventOwner* owner)
        : owner_(owner), caller_(manager.make_caller()), watch_(*caller_, std::move(reader)) {
        caller_->set_deadline(caller_->now() + first_look);
        watch_.look(milliseconds{0});
        watch_.events().clear();
    }
    ~Events() override {
        Unsubscribe();
        caller_->clear_interrupt();
        caller_->set_deadline(caller_->now() + first_look);
        if (owner_ != nullptr) {
            owner_->forget(*this);
        }
    }
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;

    Hresult Wait(EventMask mask, std::optional<milliseconds> timeout, CardEvent* event) override;
    Hresult Cancel() override;
    Hresult Subscribe(EventMask mask, std::function<void(const CardEvent&)> callback) override;
    Hresult Unsubscribe() override;
    void pump() override;
    void detached() override;

  private:
    static bool valid(EventMask mask) { return mask != 0 && (mask & ~event_all) == 0; }

    Hresult begin_wait(std::optional<milliseconds> timeout);
    void end_wait(Hresult result);
    Hresult next(EventMask mask, CardEvent& event);
    void unless_known(Code code);
    bool take(EventMask mask, CardEvent& event);
    Code look(EventMask mask);
    void look_for_reset();
    /// Why the thread that looks shall stop: S_OK when it shall not.
    Hresult stopped();
    void call_back();
    void call_back_once();
    bool subscribed();

    EventOwner* const owner_;
    const std::unique_ptr<Caller> caller_;
    ReaderWatch watch_;
    std::chrono::nanoseconds deadline_ = Caller::no_deadline;
    bool reset_told_ = false;

    mutable std::mutex mutex_;  ///< guards the rest
    bool waiting_ = false;
    bool cancelled_ = false;
    bool detached_ = false;
    bool unsubscribed_ = false;                              ///< the thread shall end
    std::optional<std::chrono::nanoseconds> pending_until_;  ///< of the Wait that was answered E_PENDING
    EventMask mask_ = 0;
    std::function<void(const CardEvent&)> callback_;
    std::thread thread_;
};

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

Hresult Events::begin_wait(std::optional<milliseconds> timeout) {
    const std::lock_guard lock(mutex_);
    if (detached_) {
        return from_code(Code::invalid_handle);
    }
    if (waiting_ || callback_) {
        return Hresult::E_FAIL_;
    }
    waiting_ = true;
    unsubscribed_ = false;
    deadline_ = timeout ? caller_->now() + *timeout : Caller::no_deadline;
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
    }
    return Hresult::S_OK_;
}

void Events::detached() {
    const std::lock_guard lock(mutex_);
    detached_ = true;
    caller_->interrupt();
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
    if (thread_.joinable() && unsubscribed_ && thread_.get_id() != std::this_thread::get_id()) {
        std::thread ended = std::move(thread_);
        lock.unlock();
        ended.join();
        lock.lock();
    }
    mask_ = mask;
    callback_ = std::move(callback);
    unsubscribed_ = cancelled_ = false;
    deadline_ = Caller::no_deadline;
    if (!caller_->waits() || thread_.joinable()) {
        caller_->interrupt();  // the thread looks with the new mask
        return Hresult::S_OK_;
    }
    caller_->set_deadline(deadline_);
    try {
        thread_ = std::thread([this] { call_back(); });
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
    unsubscribed_ = true;
    caller_->interrupt();
    if (thread_.get_id() != std::this_thread::get_id()) {
        std::thread ended = std::move(thread_);
        lock.unlock();
        ended.join();
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

}  // namespace

std::unique_ptr<CardEvents> make_card_events(resource_manager::ResourceManager& manager, std::string_view reader) {
    return std::make_unique<Events>(manager, std::string(reader), nullptr);
}

std::unique_ptr<AttachmentEvents> make_attachment_events(resource_manager::ResourceManager& manager,
                                                         const std::string& reader, EventOwner& owner) {
    return std::make_unique<Events>(manager, reader, &owner);
}

}  // namespace scardlab::service_provider
