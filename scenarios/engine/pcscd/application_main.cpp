// The process of one application. Threads: the main thread reads requests; the caller thread makes the calls, one after
// the other, and may block in libpcsclite. Only SCardCancel, CancelWait and a Detach while a call is being made run on
// the main thread, because they have to reach a call that blocks. When the parent goes, the process ends at once,
// whatever the caller thread is in.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "core/resource_manager/pcsclite/pcsclite_resource_manager.h"
#include "scenarios/engine/application.h"
#include "scenarios/engine/call_json.h"
#include "scenarios/engine/pcscd/application_process.h"

namespace scardlab::engine {

namespace {

/// Calls on their way from the main thread to the caller thread, and replies on their way out.
class Calls {
  public:
    explicit Calls(LineChannel& channel) : channel_(channel) {}

    void push(CallMessage message) {
        const std::lock_guard lock(mutex_);
        ++unanswered_;
        waiting_.push_back(std::move(message));
        arrived_.notify_one();
    }
    CallMessage pop() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !waiting_.empty(); });
        CallMessage message = std::move(waiting_.front());
        waiting_.pop_front();
        return message;
    }
    /// One that was popped has its answer.
    void finish(std::uint64_t sequence, const Reply& reply) {
        {
            const std::lock_guard lock(mutex_);
            --unanswered_;
        }
        answer(sequence, reply);
    }
    bool any() {
        const std::lock_guard lock(mutex_);
        return unanswered_ > 0;
    }
    void answer(std::uint64_t sequence, const Reply& reply) {
        const std::lock_guard lock(send_mutex_);
        channel_.send(std::to_string(sequence) + " " + to_json(reply));
    }

  private:
    LineChannel& channel_;
    std::mutex mutex_;
    std::mutex send_mutex_;
    std::condition_variable arrived_;
    std::deque<CallMessage> waiting_;
    unsigned unanswered_ = 0;
};

vpcd::FileDescriptor connect_to(const std::filesystem::path& path) {
    vpcd::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!socket.valid() || path.native().size() >= sizeof address.sun_path) {
        return {};
    }
    std::copy(path.native().begin(), path.native().end(), address.sun_path);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    return ::connect(socket.get(), generic, sizeof address) == 0 ? std::move(socket) : vpcd::FileDescriptor{};
}

}  // namespace

int run_application(const std::filesystem::path& path, const std::string& reader) {
    vpcd::FileDescriptor socket = connect_to(path);
    if (!socket.valid()) {
        return 3;
    }
    LineChannel channel(std::move(socket));
    const auto manager = resource_manager::make_pcsclite_resource_manager();
    Application application(*manager, reader, false, service_provider::system_random);
    Calls calls(channel);
    std::thread caller([&] {
        while (true) {
            const CallMessage message = calls.pop();
            if (const auto reply = application.call(message.method, message.arguments)) {
                calls.finish(message.sequence, *reply);
            }
        }
    });
    caller.detach();
    std::string line;
    while (channel.receive(line, std::nullopt) == LineChannel::Received::line) {
        auto message = call_from_json(line);
        if (!message) {
            ::_exit(2);
        }
        if (ends_a_wait(message->method) || (message->method == Method::Detach && calls.any())) {
            calls.answer(message->sequence, application.cancel(message->method, message->arguments));
        } else {
            calls.push(std::move(*message));
        }
    }
    ::_exit(0);  // no destructor: the caller thread may be in the middle of a call
}

}  // namespace scardlab::engine
