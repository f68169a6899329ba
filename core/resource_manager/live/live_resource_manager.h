#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/resource_manager/live/live_core.h"
#include "core/resource_manager/resource_manager.h"

namespace scardlab::resource_manager {

/// The verbs of a LiveCore within the limits of a LiveWait; both outlive the object.
class LiveVerbs : public ResourceManager {
  public:
    LiveVerbs(LiveCore& core, LiveWait& wait) : core_(core), wait_(wait) {}

    Code establish_context(Context& context) override;
    Code release_context(Context context) override;
    Code list_readers(Context context, std::vector<std::string>& readers) override;
    Code get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                           std::span<ReaderState> states) override;
    Code cancel(Context context) override;
    ConnectResult connect(Context context, std::string_view reader, ShareMode share, Protocols preferred) override;
    ReconnectResult reconnect(Handle handle, ShareMode share, Protocols preferred, Disposition initialization) override;
    Code disconnect(Handle handle, Disposition disposition) override;
    Code begin_transaction(Handle handle) override;
    Code end_transaction(Handle handle, Disposition disposition) override;
    StatusResult status(Handle handle) override;
    Code transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& response,
                  std::size_t receive_limit = 65'538) override;
    Code control(Handle handle, std::uint32_t control_code, iso7816::ByteView input, iso7816::Bytes& output) override;
    Code get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) override;
    std::unique_ptr<Caller> make_caller() override;

  private:
    LiveCore& core_;
    LiveWait& wait_;
};

/// What LiveResourceManager's verbs need before they are made.
struct LiveParts {
    explicit LiveParts(ifd::VirtualClock& clock) : core(clock) {}
    LiveCore core;
    LiveWait wait;
};

/// The embedded manager for programs with threads, in real time: the same rules, but verbs wait where pcscd's would,
/// until another thread has changed what they wait for. Made for a program's own tests. A mute card or a long command
/// costs no real time; automatic power-off, time-outs and deadlines take theirs.
///
/// Threads: every method from any thread; one context from one thread at a time, cancel() excepted. The card and the
/// reader belong to this object's mutex: call() moves them.
class LiveResourceManager final : private LiveParts, public LiveVerbs {
  public:
    /// `clock`, the one of the readers, outlives the object, which moves it.
    explicit LiveResourceManager(ifd::VirtualClock& clock) : LiveParts(clock), LiveVerbs(core, wait) {}

    /// Adds a reader as EmbeddedResourceManager does; remove_reader() unplugs it.
    std::string add_reader(std::string_view name, ifd::Ifd& ifd) {
        return core.call([&](EmbeddedResourceManager& manager) { return manager.add_reader(name, ifd); });
    }
    void remove_reader(std::string_view full_name) {
        core.call([&](EmbeddedResourceManager& manager) { manager.remove_reader(full_name); });
    }
    /// Runs `function(EmbeddedResourceManager&)` between the verbs of all threads and answers what it answers: the
    /// place to move cards. Whoever waits looks again. No verb of this object within it.
    template <typename Function>
    auto call(Function function) {
        return core.call(std::move(function));
    }
};

}  // namespace scardlab::resource_manager
