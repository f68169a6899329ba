// Threading model: a Lane is one thread that makes calls which may not come back, and one owner that waits for them
// with an end. Request, answer, context and handle belong to the thread while it works and to the owner otherwise; the
// mutex hands them over. A thread that is stuck when its owner lets it go keeps the Lane, undoes what comes late, and
// deletes it: nobody ever waits for it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/resource_manager/resource_manager.h"

namespace scardlab::resource_manager {

enum class Verb : std::uint8_t {
    establish,
    release,
    list,
    watch,  ///< get_status_change
    cancel,
    connect,  ///< on a context of the lane's own, made for it
    reconnect,
    disconnect,
    begin,
    end,
    status,
    transmit,
    control,
    attrib,
    close,  ///< disconnects the lane's own handle, LEAVE, and releases its context
};

/// A verb with its arguments: copies, since whoever asked may have left before it ends.
struct Request {
    Verb verb = Verb::close;
    Context context;
    Handle handle;
    std::string reader;
    ShareMode share = ShareMode::shared;
    Protocols protocols = protocol_undefined;
    Disposition disposition = Disposition::leave;
    std::uint32_t number = 0;  ///< control code or attribute
    iso7816::Bytes data;
    std::size_t receive_limit = 0;
    std::optional<std::chrono::milliseconds> timeout;
    std::vector<ReaderState> states;
    /// First asks whether another handle holds the lock, which SCardGetAttrib answers at once (rule A1), and answers
    /// sharing_violation if so: the verb itself would not come back (rules R16, D2).
    bool ask_first = false;
};

struct Answer {
    Code code = Code::success;
    Context context;
    Handle handle;
    Protocols protocol = protocol_undefined;
    StatusResult status;
    iso7816::Bytes data;
    std::vector<std::string> readers;
    std::vector<ReaderState> states;
};

class Lane {
  public:
    using Time = std::chrono::steady_clock::time_point;
    enum class Wait : std::uint8_t { over, late, interrupted };

    /// nullptr: no thread to be had. `verbs` may block for ever.
    static std::unique_ptr<Lane> make(std::unique_ptr<ResourceManager> verbs);
    /// Ends a lane. When it is working: as soon as it comes back, having undone and closed everything; this does not
    /// wait.
    static void let_go(std::unique_ptr<Lane> lane);
    ~Lane() = default;
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// For the owner, while the lane is idle.
    Request& request() { return request_; }
    Answer& answer() { return answer_; }

    /// Starts what request() says.
    void start();
    /// Waits until it is idle. `interrupted` ends the wait too; poke() makes it look.
    Wait await_idle(Time until, const std::atomic<bool>& interrupted);
    bool idle() const;
    /// Nobody waits for the answer any more: what it brings is undone. False: it has come, the lane is idle.
    bool give_up();
    /// Closes everything when the work that was given up ends. False: it has ended, nothing is closed.
    bool close_when_idle();
    /// Wakes await_idle().
    void poke();

  private:
    explicit Lane(std::unique_ptr<ResourceManager> verbs) : verbs_(std::move(verbs)) {}

    void run();
    template <typename Work>
    void out_of(std::unique_lock<std::mutex>& lock, Work work);
    void perform();
    void perform_on_handle();
    void connect();
    void disconnect();
    void undo();
    void close();
    bool given_up() const;

    const std::unique_ptr<ResourceManager> verbs_;
    Request request_;
    Answer answer_;
    Context own_context_;
    Handle own_handle_;

    mutable std::mutex mutex_;  ///< guards the rest
    std::condition_variable asked_, changed_;
    bool working_ = false;
    bool given_up_ = false;
    bool closing_ = false;
    bool ending_ = false;
    bool ownerless_ = false;
    std::thread thread_;
};

}  // namespace scardlab::resource_manager
