#include "scenarios/engine/pcscd/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace scardlab::engine {

namespace {

/// What the child needs between fork and exec, made before, because only async-signal-safe calls are allowed there.
struct Prepared {
    std::vector<char*> arguments, environment;
    const char* output;
    int failure_pipe;  ///< receives errno when exec failed; closed by a successful exec
    pid_t parent;
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (auto& string : strings) {
        result.push_back(string.data());
    }
    result.push_back(nullptr);
    return result;
}

bool overrides(const std::string& addition, const char* variable) {
    const auto name = addition.find('=') + 1;
    return std::strncmp(addition.c_str(), variable, name) == 0;
}

/// The library and the daemon read these: none of the caller's settings may reach a private one.
bool is_pcsclite_setting(const char* variable) {
    return std::string_view(variable).starts_with("PCSCLITE_");
}

std::vector<std::string> merged_environment(const std::vector<std::string>& additions) {
    std::vector<std::string> result = additions;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        bool overridden = is_pcsclite_setting(*variable);
        for (const auto& addition : additions) {
            overridden = overridden || overrides(addition, *variable);
        }
        if (!overridden) {
            result.emplace_back(*variable);
        }
    }
    return result;
}

void redirect(const char* path, int flags, int target) {
    const int fd = ::open(path, flags, 0600);
    if (fd >= 0 && fd != target) {
        ::dup2(fd, target);
        ::close(fd);
    }
}

[[noreturn]] void become(const Prepared& prepared) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != prepared.parent) {
        ::_exit(127);  // the parent ended before it could be watched
    }
    ::setpgid(0, 0);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGHUP, SIGALRM, SIGUSR1, SIGCHLD}) {
        ::signal(signal, SIG_DFL);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    redirect(prepared.output, O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO);
    ::dup2(STDOUT_FILENO, STDERR_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(prepared.arguments.front(), prepared.arguments.data(), prepared.environment.data());
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(prepared.failure_pipe, &error, sizeof error);
    ::_exit(127);
}

bool wait_readable(int fd, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    pollfd watched{fd, POLLIN, 0};
    int ready = 0;
    do {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        ready = ::poll(&watched, 1, static_cast<int>(std::max(left.count(), decltype(left.count()){0})));
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

}  // namespace

tl::expected<ChildProcess, std::error_code> ChildProcess::start(const Command& command) {
    auto arguments = command.arguments;
    auto environment = merged_environment(command.environment);
    std::array<int, 2> failure{};
    if (::pipe2(failure.data(), O_CLOEXEC) != 0) {
        return tl::unexpected(std::error_code(errno, std::generic_category()));
    }
    const Prepared prepared{pointers(arguments), pointers(environment), command.output.c_str(), failure[1], ::getpid()};
    const pid_t pid = ::fork();
    if (pid == 0) {
        become(prepared);
    }
    int error = pid < 0 ? errno : 0;
    ::close(failure[1]);
    if (pid > 0) {
        ssize_t got = 0;
        do {
            got = ::read(failure[0], &error, sizeof error);
        } while (got < 0 && errno == EINTR);
    }
    ::close(failure[0]);
    if (pid > 0 && error != 0) {
        ::waitpid(pid, nullptr, 0);
    }
    if (error != 0) {
        return tl::unexpected(std::error_code(error, std::generic_category()));
    }
    return ChildProcess(pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::exchange(other.pidfd_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(pidfd_, other.pidfd_);
    return *this;
}

ChildProcess::~ChildProcess() {
    stop(std::chrono::milliseconds::zero());
}

bool ChildProcess::alive() const {
    return !ended_within(std::chrono::milliseconds::zero());
}

bool ChildProcess::ended_within(std::chrono::milliseconds patience) const {
    return pid_ <= 0 || wait_readable(pidfd_, patience);
}

void ChildProcess::stop(std::chrono::milliseconds patience) {
    if (pid_ <= 0) {
        return;
    }
    if (patience > std::chrono::milliseconds::zero()) {
        ::kill(pid_, SIGTERM);
    }
    if (!wait_readable(pidfd_, patience)) {
        ::kill(pid_, SIGKILL);
    }
    reap();
}

std::string ChildProcess::reap() {
    if (pid_ <= 0) {
        return "not running";
    }
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(std::exchange(pidfd_, -1));
    pid_ = -1;
    if (WIFSIGNALED(status)) {
        return fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
    }
    return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace scardlab::engine
