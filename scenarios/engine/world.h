#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "emulator/icc/contact_log.h"
#include "emulator/icc/profile.h"
#include "scenarios/engine/reply.h"
#include "scenarios/engine/scenario.h"
#include "scenarios/engine/trace.h"

namespace scardlab::engine {

/// The target failed, not the scenario: pcscd died, a process could not be started, something did not happen in time.
struct WorldError {
    std::string message;
};

template <class T>
using WorldResult = tl::expected<T, WorldError>;

/// A contact event as the card logged it.
struct SeenEvent {
    icc::ContactEvent event;
    std::chrono::nanoseconds at;
    iso7816::Bytes bytes;
    std::string text;  ///< as icc::describe()
};

/// Planned faults that have not happened as often as they were to.
struct PlansLeft {
    std::vector<ifd::Fault> waiting;  ///< their moment has not come
    std::vector<ifd::Fault> missed;   ///< it came and ended first
};

/// The target of a run: reader, card, resource manager and applications. One scenario at a time; the runner drives it
/// step by step from one thread.
class World {
  public:
    virtual ~World() = default;
    /// Which target this is.
    virtual TargetKind kind() const = 0;

    /// A fresh reader of that kind with that card in it (empty for nullopt), seen by the resource manager; no
    /// applications. With `trace`, what the reader is asked goes there too.
    virtual WorldResult<void> begin(const ifd::ReaderOptions& reader, const std::optional<icc::Profile>& card,
                                    Trace* trace) = 0;
    /// Ends every application and takes the card out; leaves the resource manager fit for the next begin().
    virtual WorldResult<void> end() = 0;

    /// Makes an application's call (an application exists from its first call on). nullopt: it has not returned within
    /// `patience`, and goes on; await_reply() waits for it further. SCardCancel, CancelWait and Detach may be called
    /// while another call waits.
    virtual WorldResult<std::optional<Reply>> call(const std::string& application, Method method,
                                                   const Arguments& arguments, std::chrono::milliseconds patience) = 0;
    /// Waits for the reply of a call that did not return. nullopt: not within `patience`.
    virtual WorldResult<std::optional<Reply>> await_reply(const std::string& application,
                                                          std::chrono::milliseconds patience) = 0;
    /// How long a call that blocks is given to return before it counts as blocked.
    virtual std::chrono::milliseconds blocked_after() const = 0;
    /// The application's process is killed; the resource manager has seen it when this returns.
    virtual WorldResult<void> kill(const std::string& application) = 0;
    /// One line for a message: what the application holds.
    virtual std::string holds(const std::string& application) = 0;

    /// Moves the card; the resource manager has seen the movement when these return.
    virtual WorldResult<void> insert(const std::optional<icc::Profile>& card) = 0;
    virtual WorldResult<void> remove() = 0;
    /// Takes the card out and puts a new one in, as quickly as the target can see it.
    virtual WorldResult<void> swap(const icc::Profile& card) = 0;
    /// Makes the card in the reader fall silent, or lets it answer from its next reset on.
    virtual WorldResult<void> set_mute(bool mute) = 0;
    /// Unplugs the reader, makes it fail, or ends that. Error: the target cannot (rule Q10).
    virtual WorldResult<void> move_reader(const ReaderStep& step) = 0;
    /// The resource manager ends and begins (the card stays in the reader), or stands still for a while; it has done so
    /// when this returns. What it is already has no effect.
    virtual WorldResult<void> move_service(ServiceStep::Action action) = 0;
    /// Adds a fault to come; plans_left() tells it with its label.
    virtual WorldResult<void> plan(const ifd::Fault& fault) = 0;
    /// Planned faults that have not happened.
    virtual PlansLeft plans_left() = 0;
    /// Lets time pass: virtual on the embedded target, real on the others.
    virtual WorldResult<void> advance(std::chrono::milliseconds duration) = 0;

    /// After a step: what a planned fault did to the card's presence has been seen by the resource manager.
    virtual WorldResult<void> settle() = 0;

    /// What the cards of this scenario logged since the last call, in order.
    virtual std::vector<SeenEvent> take_contacts() = 0;
    /// The reader's event counter when the scenario, or the resource manager that runs now, began.
    virtual std::uint16_t first_event_count() const = 0;
    /// Time since begin().
    virtual std::chrono::nanoseconds elapsed() const = 0;
};

}  // namespace scardlab::engine
