#include "core/resource_manager/embedded/status_watch.h"

#include <algorithm>
#include <utility>

namespace scardlab::resource_manager {
namespace {

/// "infinite" timeout of winscard_clnt.c: the wait is begun anew each minute.
constexpr std::chrono::seconds infinite_wait{60};

constexpr std::uint32_t counter_shift = 16;
constexpr std::uint32_t counter_mask = 0xFFFF0000;

/// Sets dwEventState bit by bit, and CHANGED where the caller believed otherwise.
class EventState {
  public:
    explicit EventState(ReaderState& watched) : watched_(watched) {}

    bool believed(WatchBits bits) const { return (watched_.current_state & bits) != 0; }
    void set(WatchBits bits) { watched_.event_state |= bits; }
    void clear(WatchBits bits) { watched_.event_state &= ~bits; }
    void replace(std::uint32_t state) { watched_.event_state = state; }
    void changed_if(bool changed) {
        if (changed) {
            set(watch_changed);
            changed_ = true;
        }
    }
    bool changed() const { return changed_; }

  private:
    ReaderState& watched_;
    bool changed_ = false;
};

void show_counter(EventState& event, ReaderState& watched, const ReaderStatus& status) {
    // quirk G2: a caller whose counter is 0 is not compared.
    if ((watched.current_state & counter_mask) != 0) {
        event.changed_if(watched.current_state >> counter_shift != status.event_counter);
    }
    event.replace((watched.event_state & ~counter_mask) | (std::uint32_t{status.event_counter} << counter_shift));
}

void show_failure(EventState& event, const ReaderStatus& status) {
    if ((status.state & state_unknown) != 0) {
        // quirk G4: the counter goes, too.
        event.replace(watch_unavailable);
        event.changed_if(!event.believed(watch_unavailable));
    } else if (event.believed(watch_unavailable)) {
        event.clear(watch_unavailable);
        event.changed_if(true);
    }
}

void show_presence(EventState& event, const ReaderStatus& status) {
    constexpr WatchBits assumed = watch_ignore | watch_unknown | watch_unavailable | watch_mute;
    if ((status.state & state_absent) != 0) {
        event.set(watch_empty);
        event.clear(watch_present | watch_atrmatch | watch_inuse | assumed);
        event.changed_if(event.believed(watch_present));
    } else if ((status.state & state_present) != 0) {
        event.set(watch_present);
        event.clear(watch_empty | assumed);
        event.changed_if(event.believed(watch_empty));
        const bool mute = (status.state & state_swallowed) != 0;
        if (mute) {
            event.set(watch_mute);
        }
        event.changed_if(mute != event.believed(watch_mute));
    }
}

void show_sharing(EventState& event, const ReaderStatus& status) {
    if (status.sharing == sharing_exclusive) {
        event.set(watch_exclusive);
        event.clear(watch_inuse);
        event.changed_if(event.believed(watch_inuse));
    } else if (status.sharing >= sharing_last) {
        if ((status.state & state_present) != 0) {
            event.set(watch_inuse);
            event.clear(watch_exclusive);
            event.changed_if(event.believed(watch_exclusive));
        }
    } else {
        // quirk G3: the caller that did not know of a user is not told that one came.
        event.clear(watch_inuse | watch_exclusive);
        event.changed_if(event.believed(watch_inuse | watch_exclusive));
    }
}

bool look_at_reader(ReaderState& watched, const ReaderStatus& status) {
    EventState event(watched);
    if (event.believed(watch_unknown)) {
        event.changed_if(true);
        event.clear(watch_unknown);
    }
    show_counter(event, watched, status);
    show_failure(event, status);
    if ((status.state & state_present) != 0) {
        const iso7816::ByteView atr = status.atr.bytes();
        watched.atr.assign(atr.begin(), atr.end());
    } else {
        watched.atr.clear();
    }
    show_presence(event, status);
    show_sharing(event, status);
    event.changed_if(watched.current_state == watch_unaware);
    return event.changed();
}

}  // namespace

bool is_pnp_notification(std::string_view reader) {
    constexpr std::string_view name = "\\\\?PnP?\\Notification";
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(reader, name, {}, lower, lower);
}

StatusWatch::StatusWatch(const ReaderSlots& readers, ifd::Duration now,
                         std::optional<std::chrono::milliseconds> timeout, std::span<const ReaderState> states)
    : states_(states.begin(), states.end()),
      timeout_(timeout),
      wake_at_(now + timeout.value_or(infinite_wait)),
      reader_count_(readers.count()) {
    for (ReaderState& watched : states_) {
        watched.event_state = 0;
    }
    look(readers, now);
}

bool StatusWatch::is_for(std::optional<std::chrono::milliseconds> timeout, std::span<const ReaderState> states) const {
    return timeout == timeout_ && std::ranges::equal(states, states_, [](const ReaderState& a, const ReaderState& b) {
               return a.current_state == b.current_state && a.reader == b.reader;
           });
}

void StatusWatch::look(const ReaderSlots& readers, ifd::Duration now) {
    bool changed = false;
    for (ReaderState& watched : states_) {
        if ((watched.current_state & watch_ignore) == 0) {
            changed = look_at(watched, readers) || changed;
        }
    }
    if (changed) {
        result_ = Code::success;
    } else if (!timeout_) {
        wake_at_ = now + infinite_wait;
    }
}

bool StatusWatch::look_at(ReaderState& watched, const ReaderSlots& readers) {
    if (const Reader* reader = readers.find(watched.reader)) {
        return look_at_reader(watched, reader->status());
    }
    EventState event(watched);
    if (is_pnp_notification(watched.reader)) {
        const std::size_t before = std::exchange(reader_count_, readers.count());
        event.changed_if(before != reader_count_);
    } else {
        event.replace(watch_unknown | watch_unavailable);
        event.changed_if(!event.believed(watch_unknown));
    }
    return event.changed();
}

void StatusWatch::signalled(const ReaderSlots& readers, ifd::Duration now) {
    if (result_ != Code::not_yet) {
        return;
    }
    if (timed_out(now)) {
        result_ = Code::timeout;
    } else {
        look(readers, now);
    }
}

void StatusWatch::cancel() {
    if (result_ == Code::not_yet) {
        result_ = Code::cancelled;
    }
}

Code StatusWatch::answer(const ReaderSlots& readers, ifd::Duration now) {
    if (result_ == Code::not_yet) {
        if (timed_out(now)) {
            result_ = Code::timeout;
        } else if (!timeout_ && now >= wake_at_) {
            look(readers, now);
        }
    }
    return result_;
}

void StatusWatch::copy_to(std::span<ReaderState> states) const {
    std::ranges::copy(states_, states.begin());
}

}  // namespace scardlab::resource_manager
