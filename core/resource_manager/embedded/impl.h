#pragma once

#include <functional>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "core/resource_manager/embedded/event_thread.h"
#include "core/resource_manager/embedded/handle_table.h"
#include "core/resource_manager/embedded/reader_slots.h"
#include "core/resource_manager/embedded/status_watch.h"

namespace scardlab::resource_manager {

/// The daemon and its client library. Verbs are named as in ResourceManager; each is one pcsc-lite function pair,
/// client and server side, in the order of their checks. Nothing here is re-entrant: what the Ifd announces in the
/// middle of a verb waits for run_verb() to end (rule T4).
class EmbeddedResourceManager::Impl {
  public:
    explicit Impl(ifd::VirtualClock& clock);
    ~Impl();

    /// Runs a verb between the turns of the event threads.
    template <typename Verb>
    auto run_verb(Verb verb) {
        if (frozen_) {
            return unanswered<decltype(verb())>();
        }
        run_due();
        busy_ = true;
        auto result = verb();
        busy_ = false;
        run_due();
        return result;
    }

    std::string add_reader(std::string_view name, ifd::Ifd& ifd);
    void remove_reader(std::string_view full_name);
    void run_due() {
        if (!frozen_ && (woken_ || clock_.now() >= next_wait_ends_)) {
            run_event_threads();
        }
    }

    void stop();
    void start();
    void freeze() { frozen_ = running_; }
    void thaw();
    bool running() const { return running_; }
    bool frozen() const { return frozen_; }
    void kill_context(Context context);
    ifd::Duration next_due() const;
    void forget_wait(Context context);

    Code establish_context(Context& context);
    Code release_context(Context context);
    Code list_readers(Context context, std::vector<std::string>& readers);
    Code get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                           std::span<ReaderState> states);
    Code cancel(Context context);

    ConnectResult connect(Context context, std::string_view reader, ShareMode share, Protocols preferred);
    ReconnectResult reconnect(Handle handle, ShareMode share, Protocols preferred, Disposition initialization);
    Code disconnect(Handle handle, Disposition disposition);
    Code begin_transaction(Handle handle);
    Code end_transaction(Handle handle, Disposition disposition);

    StatusResult status(Handle handle);
    Code transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& response,
                  std::size_t receive_limit);
    Code control(Handle handle, iso7816::ByteView input, iso7816::Bytes& output);
    Code get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value);

  private:
    /// A connect that waits for the lock: its checks are behind it and are not made again (rule C4).
    struct WaitingConnect {
        std::string reader;
        ShareMode share;
        Protocols preferred;
        bool is(std::string_view name, ShareMode mode, Protocols mask) const {
            return reader == name && share == mode && preferred == mask;
        }
    };
    struct OpenContext {
        Context context;
        std::optional<WaitingConnect> waiting_connect;
        std::optional<StatusWatch> watch;
        bool dead = false;     ///< its daemon has ended
        bool cut_off = false;  ///< and it was in a call that waited in the daemon, which has not been told yet
    };
    /// What a daemon finds in its configuration when it begins.
    struct ConfiguredReader {
        std::string name;
        std::string full_name;  ///< "" when it was left out
        ifd::Ifd* ifd;
    };

    /// What a verb answers while the daemon is frozen.
    template <typename Answer>
    static Answer unanswered() {
        Answer answer{};
        if constexpr (std::is_same_v<Answer, Code>) {
            answer = Code::not_yet;
        } else {
            answer.code = Code::not_yet;
        }
        return answer;
    }

    OpenContext* find(Context context);
    /// What a verb of a dead context is told: comm_error by the call that was waiting, no_service by any other.
    static Code code_of_dead(OpenContext& open);
    /// The handle, and why it cannot be used if it cannot: unknown, or its daemon has ended.
    Code look_up(Handle handle, OpenHandle*& open);
    void close_handles_of(Context context);

    std::string begin_reader(std::string_view name, ifd::Ifd& ifd);
    void run_event_threads();
    void schedule();
    void wake(const Reader& reader);
    void presence_changed(Reader& reader);

    /// winscard.c:246-289, the checks before the wait for the lock.
    Code check_connect(std::string_view name, ShareMode share, Protocols preferred, Reader*& reader) const;
    /// winscard.c:430-506: sharing and the new handle.
    ConnectResult admit(Context context, Reader& reader, ShareMode share);
    /// The server's SCardDisconnect without its wait: never fails. `disposition` is valid.
    void close_handle(OpenHandle& open, Disposition disposition);

    ifd::VirtualClock& clock_;
    ReaderSlots readers_;
    HandleTable handles_;
    std::vector<OpenContext> contexts_;
    std::function<void()> signal_clients_;
    std::list<EventThread> event_threads_;
    std::vector<ConfiguredReader> configured_;
    std::vector<Context> dying_;  ///< contexts that died while it was frozen
    std::int64_t last_context_ = 0;
    ifd::Duration next_wait_ends_ = ifd::Duration::max();
    bool woken_ = false;
    bool busy_ = false;
    bool running_ = true;
    bool frozen_ = false;
};

/// Whether an application may pass that share mode.
constexpr bool is_valid(ShareMode share) {
    return share == ShareMode::exclusive || share == ShareMode::shared || share == ShareMode::direct;
}

/// LEAVE, RESET, UNPOWER and EJECT.
constexpr bool is_valid(Disposition disposition) {
    return disposition == Disposition::leave || disposition == Disposition::reset ||
           disposition == Disposition::unpower || disposition == Disposition::eject;
}

/// winscard.c:246 and 548: some protocol that pcsc-lite knows how to ask for. T=15 is none.
bool has_protocol_for(ShareMode share, Protocols preferred);

}  // namespace scardlab::resource_manager
