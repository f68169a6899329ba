#include "core/service_provider/reader_watch.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>
#include <vector>

namespace scardlab::service_provider {

using resource_manager::Code;
using resource_manager::ReaderState;
using std::chrono::milliseconds;

namespace {

constexpr const char* pnp = "\\\\?PnP?\\Notification";
/// pcsc-lite does not see a card that went and came back while the counter was 0 (rule G2), nor a reader that comes
/// between two waits (rule G5): it is asked anew after so long.
constexpr milliseconds blind{1000};
/// More movements than this between two looks: the counter has begun anew.
constexpr unsigned most_movements = 0x8000;

bool service_is_gone(Code code) {
    return code == Code::no_service || code == Code::comm_error || code == Code::service_stopped ||
           code == Code::invalid_handle || code == Code::internal_error;
}

}  // namespace

void ReaderHistory::gone() {
    if (seen_ == Seen::here) {
        tell(event_reader_gone);
    }
    seen_ = Seen::gone;
}

void ReaderHistory::back(bool card, std::uint16_t count) {
    count_ = count;
    seen_ = Seen::here;
    tell(event_reader_back);
    if (card) {
        tell(event_insertion);
    }
}

void ReaderHistory::here(bool card, std::uint16_t count) {
    if (seen_ == Seen::gone) {
        back(card, count);
        return;
    }
    if (std::exchange(seen_, Seen::here) == Seen::nothing) {
        count_ = count;
        return;
    }
    const unsigned movements = (0x10000U + count - count_) % 0x10000U;
    if (movements >= most_movements) {
        gone();
        back(card, count);
        return;
    }
    for (unsigned left = movements; left > 0; --left) {
        ++count_;
        tell((left % 2 == 1) == card ? event_insertion : event_removal);
    }
}

ReaderWatch::ReaderWatch(resource_manager::Caller& caller, std::string reader)
    : caller_(caller), reader_(std::move(reader)) {
    history_.set_reader(reader_);
}

ReaderWatch::~ReaderWatch() {
    try {
        if (context_ != resource_manager::Context{}) {
            caller_.verbs().release_context(context_);
        }
    } catch (const std::bad_alloc&) {
        // What stays open ends with the process.
    }
}

std::optional<milliseconds> ReaderWatch::at_most(std::optional<milliseconds> timeout, milliseconds limit) const {
    return caller_.waits() ? std::min(timeout.value_or(limit), limit) : timeout;
}

Code ReaderWatch::look(std::optional<milliseconds> timeout) {
    if (context_ == resource_manager::Context{}) {
        if (const Code code = look_for_service(); code != Code::success) {
            return code;
        }
    }
    return look_for_reader(timeout);
}

/// Makes a context; waits for a resource manager to make it with.
Code ReaderWatch::look_for_service() {
    for (;;) {
        const Code code = caller_.verbs().establish_context(context_);
        if (!service_is_gone(code)) {
            return code == Code::server_too_busy ? Code::timeout : code;
        }
        context_ = {};
        history_.gone();
        if (!events().empty()) {
            return Code::success;
        }
        if (const Code waited = caller_.await_service(); waited != Code::success) {
            return waited;
        }
    }
}

Code ReaderWatch::look_for_reader(std::optional<milliseconds> timeout) {
    if (reader_.empty()) {
        std::vector<std::string> readers;
        const Code code = caller_.verbs().list_readers(context_, readers);
        if (code != Code::success || readers.empty()) {
            return service_is_gone(code) ? service_gone() : code == Code::cancelled ? code : await_reader(timeout);
        }
        reader_ = std::move(readers.front());
        history_.set_reader(reader_);
    }
    // A caller that believes in counter 0 is not told of another one (rule G2): that needs a look without belief.
    const bool blind_counter = history_.known() && history_.count() == 0;
    if (blind_counter) {
        current_state_ = 0;
        const Code code = watch_reader(milliseconds{0});
        if (code != Code::success || !events().empty()) {
            return code;
        }
    }
    return watch_reader(blind_counter ? at_most(timeout, blind) : timeout);
}

Code ReaderWatch::watch_reader(std::optional<milliseconds> timeout) {
    std::array<ReaderState, 1> states{ReaderState{reader_, current_state_, 0, {}}};
    const Code code = caller_.verbs().get_status_change(context_, timeout, states);
    if (code == Code::success || code == Code::timeout) {
        learn(states[0].event_state);
    }
    if (code == Code::unknown_reader) {
        history_.gone();
        current_state_ = 0;
        return events().empty() ? await_reader(timeout) : Code::success;
    }
    return service_is_gone(code) ? service_gone() : code == Code::server_too_busy ? Code::timeout : code;
}

/// Waits until a reader has come.
Code ReaderWatch::await_reader(std::optional<milliseconds> timeout) {
    history_.gone();
    std::array<ReaderState, 1> states{ReaderState{pnp, 0, 0, {}}};
    const Code code = caller_.verbs().get_status_change(context_, at_most(timeout, blind), states);
    return service_is_gone(code) ? service_gone() : code;
}

Code ReaderWatch::service_gone() {
    caller_.verbs().release_context(std::exchange(context_, {}));
    current_state_ = 0;
    history_.gone();
    return Code::success;
}

void ReaderWatch::learn(std::uint32_t event_state) {
    if (event_state == 0) {
        return;  // a wait that ended before it had looked
    }
    current_state_ = event_state & ~resource_manager::watch_changed;
    if ((event_state & resource_manager::watch_unknown) != 0) {
        history_.gone();
        current_state_ = 0;
    } else if ((event_state & resource_manager::watch_unavailable) == 0) {
        // A reader that fails tells nothing of its card (rules E7, G4).
        history_.here((event_state & resource_manager::watch_present) != 0,
                      static_cast<std::uint16_t>(event_state >> 16));
    }
}

}  // namespace scardlab::service_provider
