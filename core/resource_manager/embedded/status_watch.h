#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "core/resource_manager/embedded/reader_slots.h"
#include "core/resource_manager/resource_manager.h"
#include "emulator/ifd/clock.h"

namespace scardlab::resource_manager {

/// PCSCLITE_MAX_READERS_CONTEXTS is the limit of SCardGetStatusChange too (rule G5).
inline constexpr std::size_t max_watched_readers = max_readers;

/// One SCardGetStatusChange between its call and its answer: libpcsclite's loop (winscard_clnt.c:1681). It looks at the
/// readers when it begins, at each signal of an event thread, and, without a time-out, once a minute.
class StatusWatch {
  public:
    /// Takes its first look. `timeout` nullopt is INFINITE.
    StatusWatch(const ReaderSlots& readers, ifd::Duration now, std::optional<std::chrono::milliseconds> timeout,
                std::span<const ReaderState> states);

    /// Whether it was begun with these arguments (dwEventState and rgbAtr are not among them).
    bool is_for(std::optional<std::chrono::milliseconds> timeout, std::span<const ReaderState> states) const;

    /// An event thread has signalled its clients (EHSignalEventToClients).
    void signalled(const ReaderSlots& readers, ifd::Duration now);
    /// SCardCancel; without effect on one that has its answer.
    void cancel();

    /// success, timeout, cancelled, or not_yet.
    Code answer(const ReaderSlots& readers, ifd::Duration now);
    /// When answer() changes without a signal: the time-out, or the next look of an infinite wait.
    ifd::Duration wake_at() const { return wake_at_; }
    /// What the caller finds in its structures.
    void copy_to(std::span<ReaderState> states) const;

  private:
    void look(const ReaderSlots& readers, ifd::Duration now);
    bool look_at(ReaderState& watched, const ReaderSlots& readers);
    bool timed_out(ifd::Duration now) const { return timeout_ && now >= wake_at_; }

    std::vector<ReaderState> states_;
    std::optional<std::chrono::milliseconds> timeout_;
    ifd::Duration wake_at_;  ///< the time-out, or the next look of an infinite wait
    std::size_t reader_count_;
    Code result_ = Code::not_yet;
};

/// "\\?PnP?\Notification", in whatever case.
bool is_pnp_notification(std::string_view reader);

}  // namespace scardlab::resource_manager
