#include "scenarios/engine/pcscd/private_pcscd.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <sstream>
#include <system_error>

namespace scardlab::engine {

namespace {

constexpr const char* pcscd_folder = "/run/pcscd";
constexpr const char* pcscd_socket = "/run/pcscd/pcscd.comm";
constexpr const char* pcscd_pid_file = "/run/pcscd/pcscd.pid";
constexpr const char* our_folder = "/run/scardlab";

using Clock = std::chrono::steady_clock;

tl::unexpected<EnvironmentError> failure(std::string message) {
    return tl::unexpected(EnvironmentError{std::move(message)});
}

tl::expected<void, EnvironmentError> check_installed(const PrivatePcscd::Options& options) {
    if (!in_private_namespaces()) {
        return failure("a private pcscd is started only inside private namespaces: the machine's own is never touched");
    }
    if (::access(options.pcscd.c_str(), X_OK) != 0) {
        return failure(fmt::format("{} is missing: install the Debian package pcscd", options.pcscd.string()));
    }
    if (::access(options.stock_driver.c_str(), R_OK) != 0) {
        return failure(
            fmt::format("{} is missing: install the Debian package vsmartcard-vpcd", options.stock_driver.string()));
    }
    if (options.bridge && ::access(options.bridge_library.c_str(), R_OK) != 0) {
        return failure(fmt::format("the bridge \"{}\" cannot be read ({}): build the target scardlab_bridge",
                                   options.bridge_library.string(), std::generic_category().message(errno)));
    }
    return {};
}

/// Whether somebody listens on that TCP port of this network namespace. Asks the kernel, because a connection would be
/// taken for a card.
bool listened_on(std::uint16_t port) {
    constexpr std::string_view listening = "0A";
    for (const char* table : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
        std::ifstream file(table);
        std::string line;
        while (std::getline(file, line)) {
            std::istringstream fields(line);
            std::string slot, local, peer, state;
            fields >> slot >> local >> peer >> state;
            if (state == listening && local.ends_with(fmt::format(":{:04X}", port))) {
                return true;
            }
        }
    }
    return false;
}

/// reader.conf.d with one reader; the folder for pcscd's -c.
tl::expected<std::filesystem::path, EnvironmentError> configure(const PrivatePcscd::Options& options) {
    const auto folder = std::filesystem::path(our_folder) / "reader.conf.d";
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::filesystem::create_directories(pcscd_folder, error);
    // what a killed one left behind would make pcscd look for that process
    std::filesystem::remove(pcscd_socket, error);
    std::filesystem::remove(pcscd_pid_file, error);
    const auto device = fmt::format("{}:0x{:04X}", options.host.empty() ? "/dev/null" : options.host, options.port);
    std::ofstream file(folder / "scardlab", std::ios::trunc);
    file << fmt::format("FRIENDLYNAME \"{}\"\nDEVICENAME {}\nLIBPATH {}\nCHANNELID 0x{:04X}\n", options.reader_name,
                        device, (options.bridge ? options.bridge_library : options.stock_driver).string(),
                        options.port);
    file.close();
    if (!file) {
        return failure(fmt::format("cannot write the reader configuration to {}", folder.string()));
    }
    return folder;
}

bool accepts_clients() {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, pcscd_socket, sizeof address.sun_path - 1);
    const bool connected = fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (fd >= 0) {
        ::close(fd);
    }
    return connected;
}

enum class Readiness : std::uint8_t { ready, ended, too_late };

/// pcscd binds its socket, listens, and changes the mode: the last of these is seen as an event of the folder.
Readiness await_readiness(int folder_watch, const ChildProcess& process, Clock::time_point deadline) {
    while (!accepts_clients()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) {
            return Readiness::too_late;
        }
        std::array<pollfd, 2> watched{pollfd{folder_watch, POLLIN, 0}, pollfd{process.pidfd(), POLLIN, 0}};
        ::poll(watched.data(), watched.size(), static_cast<int>(left));
        if (watched[1].revents != 0) {
            return Readiness::ended;
        }
        std::array<char, 4096> events{};
        [[maybe_unused]] const auto got = ::read(folder_watch, events.data(), events.size());
    }
    return Readiness::ready;
}

}  // namespace

tl::expected<PrivatePcscd, EnvironmentError> PrivatePcscd::start(const Options& options) {
    if (auto installed = check_installed(options); !installed) {
        return tl::unexpected(installed.error());
    }
    const bool vpcd_listens = options.host.empty();
    if (vpcd_listens && listened_on(options.port)) {
        return failure(fmt::format("port {} is taken by another program", options.port));
    }
    const auto folder = configure(options);
    if (!folder) {
        return tl::unexpected(folder.error());
    }
    const auto deadline = Clock::now() + options.start_limit;
    const int watch = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch < 0 || ::inotify_add_watch(watch, pcscd_folder, IN_CREATE | IN_ATTRIB) < 0) {
        const int error = errno;
        ::close(watch);
        errno = error;
        return failure(fmt::format("cannot watch {}: {}", pcscd_folder, std::generic_category().message(errno)));
    }
    const auto log = options.debug_log.value_or(std::filesystem::path(our_folder) / "pcscd.log");
    ChildProcess::Command command{{options.pcscd, "-f", "-c", *folder}, {}, log};
    command.environment.push_back("SCARDLAB_VPCD_DRIVER=" + options.stock_driver.string());
    if (options.debug_log) {
        command.arguments.emplace_back("-d");
    }
    auto process = ChildProcess::start(command);
    if (!process) {
        ::close(watch);
        return failure(fmt::format("cannot start {}: {}", options.pcscd.string(), process.error().message()));
    }
    PrivatePcscd pcscd(std::move(*process), log, options.reader_name);
    const auto readiness = await_readiness(watch, pcscd.process_, deadline);
    ::close(watch);
    if (readiness == Readiness::ended) {
        const auto how = pcscd.process_.reap();
        return failure(fmt::format("pcscd ended at its start ({}); its log ends with:\n{}", how, pcscd.log_tail()));
    }
    if (readiness == Readiness::too_late) {
        return failure(fmt::format("pcscd was not ready after {} ms; its log ends with:\n{}",
                                   options.start_limit.count(), pcscd.log_tail()));
    }
    if (vpcd_listens && !listened_on(options.port)) {
        return failure(fmt::format("pcscd runs, but its vpcd reader does not listen on port {}; its log ends with:\n{}",
                                   options.port, pcscd.log_tail()));
    }
    return pcscd;
}

std::filesystem::path PrivatePcscd::socket_path() const {
    return pcscd_socket;
}

std::string PrivatePcscd::slot_name(unsigned slot) const {
    return fmt::format("{} 00 {:02X}", reader_name_, slot);
}

std::string PrivatePcscd::log_tail(std::size_t lines) const {
    std::ifstream file(log_);
    std::deque<std::string> tail;
    std::string line;
    while (std::getline(file, line)) {
        tail.push_back(std::move(line));
        if (tail.size() > lines) {
            tail.pop_front();
        }
    }
    std::string text;
    for (const auto& each : tail) {
        text += each + '\n';
    }
    return text;
}

void PrivatePcscd::stop() {
    process_.stop(std::chrono::seconds(2));
}

void PrivatePcscd::kill() {
    process_.stop(std::chrono::milliseconds::zero());
}

bool PrivatePcscd::freeze() {
    siginfo_t how{};
    return ::kill(pid(), SIGSTOP) == 0 &&
           ::waitid(P_PIDFD, static_cast<id_t>(process_.pidfd()), &how, WSTOPPED | WEXITED | WNOWAIT) == 0 &&
           how.si_code == CLD_STOPPED;
}

void PrivatePcscd::thaw() {
    ::kill(pid(), SIGCONT);
}

}  // namespace scardlab::engine
