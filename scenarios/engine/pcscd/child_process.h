#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

namespace scardlab::engine {

/// A program that ends when we do. Movable; the destructor kills it.
class ChildProcess {
  public:
    struct Command {
        std::vector<std::string> arguments;    ///< the first is the path of the program
        std::vector<std::string> environment;  ///< NAME=value, added to ours less PCSCLITE_*
        std::string output;                    ///< file that stdout and stderr are appended to
    };
    /// Starts the program in a process group of its own (Ctrl-C is ours to handle) with stdin closed to /dev/null, no
    /// other descriptor of ours, and no blocked signal. The kernel kills it when the calling *thread* ends. The program
    /// was found and executed when this returns without an error.
    static tl::expected<ChildProcess, std::error_code> start(const Command& command);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess();

    /// -1 after it has been reaped.
    pid_t pid() const { return pid_; }
    /// Readable (poll) when the program has ended.
    int pidfd() const { return pidfd_; }
    bool alive() const;
    /// Waits for its end, at most `patience`.
    bool ended_within(std::chrono::milliseconds patience) const;
    /// SIGTERM, and SIGKILL when it has not ended after `patience`; reaps it.
    void stop(std::chrono::milliseconds patience);
    /// "exit status 1", "signal 9 (Killed)"; waits for the end.
    std::string reap();

  private:
    ChildProcess(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}

    pid_t pid_ = -1;
    int pidfd_ = -1;
};

}  // namespace scardlab::engine
