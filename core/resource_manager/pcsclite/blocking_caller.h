#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/resource_manager/caller.h"
#include "core/resource_manager/pcsclite/lane.h"
#include "core/resource_manager/pcsclite/service_probe.h"

namespace scardlab::resource_manager {

/// What a BlockingCaller works with.
struct BlockingService {
    std::function<std::unique_ptr<ResourceManager>()> make_verbs;  ///< for a thread; the object may outlive all others
    std::unique_ptr<ServiceProbe> probe;
    /// The client library repeats Status, Transmit and Reconnect for ever on a sharing violation (rule R16): without
    /// PCSCLITE_NO_BLOCKING. They are then made only after asking whether the lock is free.
    bool repeats = true;
};

/// A Caller over verbs that may block for ever, as libpcsclite's do: they are made by threads of its own, one for each
/// handle, and a thread that does not come back is left to itself (lane.h).
///
/// Each handle has a context of its own: a call that is stuck holds its context's mutex, and whoever touches that
/// context takes the mutex of the whole process with it (winscard_clnt.c: SCardGetAndLockContext). So nothing is ever
/// asked on a context whose call has not come back. At most two threads are left behind at a time: another connect
/// waits for one of them first.
///
/// A Begin or Status that was given up while another application holds the lock goes on asking, in the client library's
/// own loop, until the lock is free; its handle can be used then, or is released then when disconnect() has come.
///
/// disconnect() that is not granted in time leaves the card alone and releases the handle.
class BlockingCaller final : public Caller, private ResourceManager {
  public:
    explicit BlockingCaller(BlockingService service);
    ~BlockingCaller() override;
    BlockingCaller(const BlockingCaller&) = delete;
    BlockingCaller& operator=(const BlockingCaller&) = delete;

    ResourceManager& verbs() override { return *this; }
    bool waits() const override { return true; }
    std::chrono::nanoseconds now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
    void set_deadline(std::chrono::nanoseconds deadline) override { deadline_ = deadline; }
    Code give_up(Context) override { return Code::sharing_violation; }
    void interrupt() override;
    void clear_interrupt() override;
    std::optional<std::uint64_t> changes() const override { return std::nullopt; }
    Code await_change(std::uint64_t) override;
    Code await_service() override;

  private:
    /// A handle and its thread.
    struct Seat {
        Handle handle;
        std::unique_ptr<Lane> lane;
        Context context;     ///< that it was asked for on
        std::string reader;  ///< "" where it is not known
        bool own = false;    ///< made here: its context is the lane's
        unsigned locks = 0;  ///< transactions that it holds
        bool exclusive = false;
        bool lost = false;         ///< a command was given up at the card
        Verb last = Verb::status;  ///< what the lane works on, or did
    };

    /// A thread left behind, and what it works on.
    struct Orphan {
        std::unique_ptr<Lane> lane;
        Verb stuck = Verb::close;
        std::string reader;
    };

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
                  std::size_t receive_limit) override;
    Code control(Handle handle, std::uint32_t control_code, iso7816::ByteView input, iso7816::Bytes& output) override;
    Code get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) override;

    Lane::Time until(Verb verb) const;
    std::unique_ptr<Lane> new_lane() { return Lane::make(service_.make_verbs()); }
    Code await_orphans();
    void tidy();
    void leave_behind(std::unique_ptr<Lane> lane, Verb stuck, std::string reader);

    Lane::Wait await(Lane& lane, Lane::Time until);
    Code await_idle(Lane& lane, Verb verb, Verb stuck, std::string_view reader, Lane::Time end);
    Code run(Lane& lane, Verb verb, std::string_view reader);
    Code why_late(Verb verb, std::string_view reader, Lane::Time until);
    Code seated(Seat& seat, Verb verb);
    Code base(Verb verb);
    Code end_watch(Context context, Code why);
    Code pause();
    /// Repeats what another handle's lock stands in the way of.
    template <typename Once>
    Code repeat(Once once) {
        for (;;) {
            Code code = once();
            if (code != Code::sharing_violation) {
                return code;
            }
            code = pause();
            if (code != Code::success) {
                return code;
            }
        }
    }

    Seat* seat_of(Handle handle);
    Code prepare(Seat& seat, Verb verb);
    void learn(Seat& seat, Code code);
    bool must_ask(const Seat& seat) const { return service_.repeats && seat.locks == 0 && !seat.exclusive; }
    bool shared_with_others(const Seat& seat, ShareMode wanted);
    void unseat(Handle handle);

    BlockingService service_;
    const int wake_;  ///< readable while interrupted
    std::chrono::nanoseconds deadline_ = no_deadline;
    std::atomic<bool> interrupted_{false};
    std::mutex mutex_;  ///< guards waiting_ and pause()
    std::condition_variable interrupts_;
    Lane* waiting_ = nullptr;

    Seat base_;      ///< contexts and readers
    Seat borrowed_;  ///< a handle that somebody else made
    std::vector<Seat> seats_;
    std::vector<Orphan> orphans_;
    bool gave_up_ = false;  ///< run() did, the last time
};

}  // namespace scardlab::resource_manager
