#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "scenarios/engine/line_channel.h"
#include "scenarios/engine/pcscd/child_process.h"
#include "scenarios/engine/scenario.h"
#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// An application of a scenario as a process of its own, so that it can block in libpcsclite and be killed. It is
/// started as "<program> application --socket PATH --reader NAME" and spoken to in lines of JSON (call_json.h,
/// reply.h).
class ApplicationProcess {
  public:
    struct Options {
        std::filesystem::path program;  ///< scardlab
        std::filesystem::path folder;   ///< private folder for the socket
        std::string name;               ///< of the application
        std::string reader;             ///< what a call without a reader means
        std::filesystem::path daemon;   ///< pcscd's socket
    };
    /// Error: it could not be started, or did not report within ten seconds.
    static WorldResult<ApplicationProcess> start(const Options& options);

    /// Makes a call; the reply comes through await(). Error: the process is gone.
    WorldResult<std::uint64_t> send(Method method, const Arguments& arguments);
    /// The reply of that call; nullopt: not within `patience`. Error: the process has ended, and how.
    WorldResult<std::optional<Reply>> await(std::uint64_t sequence, std::chrono::milliseconds patience);

    /// The last reply that came.
    const Reply& last() const { return last_; }
    /// Its connections to pcscd: one for each context that it has established, also for those whose pcscd has ended.
    std::size_t connections() const;
    /// SIGKILL; waits for its end.
    void kill();

  private:
    ApplicationProcess(std::string name, ChildProcess process, LineChannel channel)
        : name_(std::move(name)), process_(std::move(process)), channel_(std::move(channel)) {}

    std::string name_;
    ChildProcess process_;
    LineChannel channel_;
    std::uint64_t next_sequence_ = 1;
    std::map<std::uint64_t, Reply> arrived_;
    Reply last_;
};

/// The process itself: serves calls until its parent closes the socket. Answers the exit status.
/// Threads: one makes the calls, which may block; this one reads requests and carries out what ends a call
/// (SCardCancel, CancelWait, Detach) meanwhile.
int run_application(const std::filesystem::path& socket, const std::string& reader);

}  // namespace scardlab::engine
