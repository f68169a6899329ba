#include "scenarios/engine/pcscd/application_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "scenarios/engine/call_json.h"

namespace scardlab::engine {

namespace {

constexpr std::chrono::milliseconds start_limit{10'000};

tl::unexpected<WorldError> error(std::string message) {
    return tl::make_unexpected(WorldError{std::move(message)});
}

WorldResult<vpcd::FileDescriptor> listen_on(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    vpcd::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener.valid() || path.native().size() >= sizeof address.sun_path) {
        return error("cannot make a socket at " + path.native());
    }
    std::copy(path.native().begin(), path.native().end(), address.sun_path);
    ::unlink(path.c_str());
    const mode_t old_mask = ::umask(0177);  // the socket gets mode 0600
    const int bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(old_mask);
    if (bound != 0 || ::listen(listener.get(), 1) != 0) {
        return error(fmt::format("cannot listen on {}: {}", path.native(), std::strerror(errno)));
    }
    return listener;
}

}  // namespace

WorldResult<ApplicationProcess> ApplicationProcess::start(const Options& options) {
    const std::filesystem::path path = options.folder / (options.name + ".sock");
    auto listener = listen_on(path);
    if (!listener) {
        return tl::make_unexpected(listener.error());
    }
    ChildProcess::Command command;
    command.arguments = {
        options.program.native(), "application", "--socket", path.native(), "--reader", options.reader};
    command.environment = {"PCSCLITE_CSOCK_NAME=" + options.daemon.native()};
    command.output = (options.folder / (options.name + ".log")).native();
    auto process = ChildProcess::start(command);
    if (!process) {
        return error(fmt::format("cannot start {}: {}", options.program.native(), process.error().message()));
    }
    pollfd waiting[] = {{listener->get(), POLLIN, 0}, {process->pidfd(), POLLIN, 0}};
    int ready = -1;
    do {
        ready = ::poll(waiting, 2, static_cast<int>(start_limit.count()));
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0 || (waiting[0].revents & POLLIN) == 0) {
        return error(fmt::format("the process of {} {}", options.name,
                                 ready > 0 ? "ended at once: " + process->reap() : "did not report within 10 s"));
    }
    vpcd::FileDescriptor socket(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
    ::unlink(path.c_str());
    if (!socket.valid()) {
        return error(fmt::format("the process of {} hung up", options.name));
    }
    return ApplicationProcess(options.name, std::move(*process), LineChannel(std::move(socket)));
}

WorldResult<std::uint64_t> ApplicationProcess::send(Method method, const Arguments& arguments) {
    const std::uint64_t sequence = next_sequence_++;
    if (!channel_.send(to_json(CallMessage{sequence, method, arguments}))) {
        return error(fmt::format("the process of {} has ended: {}", name_, process_.reap()));
    }
    return sequence;
}

WorldResult<std::optional<Reply>> ApplicationProcess::await(std::uint64_t sequence,
                                                            std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        if (const auto found = arrived_.find(sequence); found != arrived_.end()) {
            Reply reply = std::move(found->second);
            arrived_.erase(found);
            if (!reply.holds.empty()) {  // the answer to what ends a call says nothing of what it holds
                last_ = reply;
            }
            return std::optional(std::move(reply));
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        std::string line;
        switch (channel_.receive(line, std::max(left, std::chrono::milliseconds(0)))) {
            case LineChannel::Received::nothing_yet:
                return std::optional<Reply>();
            case LineChannel::Received::closed:
                return error(fmt::format("the process of {} has ended: {}", name_, process_.reap()));
            case LineChannel::Received::line:
                break;
        }
        const auto space = line.find(' ');
        auto reply = reply_from_json(line.substr(space == std::string::npos ? 0 : space + 1));
        if (!reply) {
            return error(fmt::format("the process of {} said: {}", name_, line));
        }
        arrived_[std::strtoull(line.c_str(), nullptr, 10)] = std::move(*reply);
    }
}

std::size_t ApplicationProcess::connections() const {
    std::size_t sockets = 0;
    std::error_code failure;
    const std::filesystem::path folder = fmt::format("/proc/{}/fd", process_.pid());
    for (const auto& descriptor : std::filesystem::directory_iterator(folder, failure)) {
        const std::filesystem::path target = std::filesystem::read_symlink(descriptor, failure);
        sockets += target.native().starts_with("socket:") ? 1 : 0;
    }
    return sockets > 0 ? sockets - 1 : 0;  // one is ours
}

void ApplicationProcess::kill() {
    if (process_.pid() > 0) {
        ::kill(process_.pid(), SIGKILL);
        process_.reap();
    }
}

}  // namespace scardlab::engine
