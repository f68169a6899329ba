// Threading model: one thread at a time looks, with watch_: the one in Wait(), or the object's own that calls the
// callback. The mutex guards everything else; it is not held while anybody waits or while the callback runs. Whoever
// wants the looking thread to stop sets what it shall find and interrupts its Caller.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "core/resource_manager/caller.h"
#include "core/service_provider/attachment_events.h"
#include "core/service_provider/reader_watch.h"

namespace scardlab::service_provider {

/// CardEvents of a reader, and of an attachment when there is an owner.
class Events final : public AttachmentEvents {
  public:
    Events(resource_manager::ResourceManager& manager, std::string reader, EventOwner* owner)
        : owner_(owner), caller_(manager.make_caller()), watch_(*caller_, std::move(reader)) {
        caller_->set_deadline(caller_->now() + first_look);
        watch_.look(std::chrono::milliseconds{0});
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

    Hresult Wait(EventMask mask, std::optional<std::chrono::milliseconds> timeout, CardEvent* event) override;
    Hresult Cancel() override;
    Hresult Subscribe(EventMask mask, std::function<void(const CardEvent&)> callback) override;
    Hresult Unsubscribe() override;
    void pump() override;
    void detached() override;

  private:
    /// For the first look, which sees what is there already.
    static constexpr std::chrono::seconds first_look{10};

    static bool valid(EventMask mask) { return mask != 0 && (mask & ~event_all) == 0; }

    Hresult after_callback(std::unique_lock<std::mutex>& lock, std::optional<std::chrono::milliseconds> timeout);
    Hresult begin_wait(std::optional<std::chrono::milliseconds> timeout);
    void end_wait(Hresult result);
    Hresult next(EventMask mask, CardEvent& event);
    void unless_known(resource_manager::Code code);
    bool take(EventMask mask, CardEvent& event);
    resource_manager::Code look(EventMask mask);
    void look_for_reset();
    /// Why the thread that looks shall stop: S_OK when it shall not.
    Hresult stopped();
    void call_back();
    void call_back_once();
    bool subscribed();
    bool in_callback() const { return looking_ && thread_.get_id() == std::this_thread::get_id(); }

    EventOwner* const owner_;
    const std::unique_ptr<resource_manager::Caller> caller_;
    ReaderWatch watch_;
    std::chrono::nanoseconds deadline_ = resource_manager::Caller::no_deadline;
    bool reset_told_ = false;

    mutable std::mutex mutex_;  ///< guards the rest
    bool waiting_ = false;
    bool cancelled_ = false;
    bool detached_ = false;
    bool unsubscribed_ = false;  ///< the thread shall end
    bool ending_ = false;        ///< another thread waits for that
    bool looking_ = false;       ///< the thread has not come to its end
    std::uint64_t endings_ = 0;  ///< threads that have
    std::condition_variable ended_;
    std::optional<std::chrono::nanoseconds> pending_until_;  ///< of the Wait that was answered E_PENDING
    EventMask mask_ = 0;
    std::function<void(const CardEvent&)> callback_;
    std::thread thread_;
};

}  // namespace scardlab::service_provider
