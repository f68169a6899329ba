#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/resource_manager/caller.h"
#include "core/service_provider/card_events.h"

namespace scardlab::service_provider {

/// What has happened to one reader, from one state of it to the next. The event counter shows movements that came
/// between two looks: each is told.
class ReaderHistory {
  public:
    /// The reader is not there, or no resource manager is. A card in it has gone with it: no removal is told.
    void gone();
    /// It is there, with or without a card. One that is back is told first, then its card.
    void here(bool card, std::uint16_t count);

    void tell(EventMask event) { events_.push_back({event, reader_, count_}); }

    std::deque<CardEvent>& events() { return events_; }
    void set_reader(const std::string& reader) { reader_ = reader; }
    bool known() const { return seen_ == Seen::here; }
    std::uint16_t count() const { return count_; }

  private:
    enum class Seen : std::uint8_t { nothing, gone, here };

    void back(bool card, std::uint16_t count);

    std::string reader_;
    Seen seen_ = Seen::nothing;  ///< nothing: what is seen first has not happened
    std::uint16_t count_ = 0;
    std::deque<CardEvent> events_;
};

/// Watches a reader on a context of its own. One thread at a time.
class ReaderWatch {
  public:
    /// `reader` "": the first one that there is. `caller` outlives the object.
    ReaderWatch(resource_manager::Caller& caller, std::string reader);
    ~ReaderWatch();
    ReaderWatch(const ReaderWatch&) = delete;
    ReaderWatch& operator=(const ReaderWatch&) = delete;

    /// Looks whether something has happened; waits for it at most `timeout` (nullopt: without a limit of its own).
    /// success: look at events(), and look again; timeout, cancelled, not_yet as the caller's verbs.
    resource_manager::Code look(std::optional<std::chrono::milliseconds> timeout);
    std::deque<CardEvent>& events() { return history_.events(); }
    /// Puts an event of another source among them.
    void tell(EventMask event) { history_.tell(event); }

  private:
    resource_manager::Code look_for_service();
    resource_manager::Code look_for_reader(std::optional<std::chrono::milliseconds> timeout);
    resource_manager::Code watch_reader(std::optional<std::chrono::milliseconds> timeout);
    resource_manager::Code await_reader(std::optional<std::chrono::milliseconds> timeout);
    resource_manager::Code service_gone();
    void learn(std::uint32_t event_state);
    std::optional<std::chrono::milliseconds> at_most(std::optional<std::chrono::milliseconds> timeout,
                                                     std::chrono::milliseconds limit) const;

    resource_manager::Caller& caller_;
    std::string reader_;
    resource_manager::Context context_;
    std::uint32_t current_state_ = 0;
    ReaderHistory history_;
};

}  // namespace scardlab::service_provider
