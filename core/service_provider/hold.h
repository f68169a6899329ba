#pragma once

#include <utility>

#include "core/service_provider/card_channel.h"

namespace scardlab::service_provider {

/// A method of an interface while it lives: other threads wait for it.
class Turn {
  public:
    explicit Turn(CardChannel& channel) : channel_(channel), begun_(channel.begin_method()) {}
    ~Turn() {
        if (begun_ == Hresult::S_OK_) {
            channel_.end_method();
        }
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Hresult begun() const { return begun_; }

  private:
    CardChannel& channel_;
    Hresult begun_;
};

/// A method that keeps other applications out of a channel's card while it lives, and other threads.
class Hold {
  public:
    explicit Hold(CardChannel& channel)
        : turn_(channel),
          channel_(&channel),
          begun_(turn_.begun() == Hresult::S_OK_ ? channel.begin_hold() : turn_.begun()) {}
    ~Hold() {
        if (begun_ == Hresult::S_OK_ && channel_ != nullptr) {
            channel_->end_hold();
        }
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    /// Whether the card is held; otherwise nothing may be sent, and this is the method's result.
    Hresult begun() const { return begun_; }
    /// Ends it. What a method answers that has come to `result`: a hold that cannot be ended tells that the card or the
    /// resource manager is gone, and with it what the method has achieved. Never E_PENDING after work that is done: it
    /// would be done again.
    Hresult end(Hresult result) {
        const Hresult ended = std::exchange(channel_, nullptr)->end_hold();
        if (result != Hresult::S_OK_) {
            return result;
        }
        return ended == Hresult::E_PENDING_ ? Hresult::E_FAIL_ : ended;
    }

  private:
    Turn turn_;
    CardChannel* channel_;
    Hresult begun_;
};

}  // namespace scardlab::service_provider
