#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "scenarios/engine/pcscd/child_process.h"
#include "scenarios/engine/pcscd/namespaces.h"

namespace scardlab::engine {

/// A pcscd of our own with one vpcd reader, inside the namespaces that enter_private_namespaces() has made. One at a
/// time for each set of namespaces, because pcscd's socket path is fixed. Movable; ended by the destructor, and by the
/// kernel when the thread that started it ends.
class PrivatePcscd {
  public:
    struct Options {
        bool bridge = true;                    ///< load our bridge in front of the stock driver
        std::filesystem::path bridge_library;  ///< libscardlab_bridge.so; absolute
        std::filesystem::path stock_driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
        std::filesystem::path pcscd = "/usr/sbin/pcscd";
        std::uint16_t port = 0x8C7B;  ///< of slot 0; slot 1 has the next one
        std::string reader_name = "scardlab reader";
        std::string host;  ///< empty: vpcd listens; else it connects to this host (and its pcscd polls each 400 ms)
        /// pcscd logs everything, to this file; otherwise errors only, to a file in the private /run.
        std::optional<std::filesystem::path> debug_log;
        std::chrono::milliseconds start_limit{10'000};
    };

    /// Starts pcscd and returns when it accepts clients and vpcd listens. Errors: not in private namespaces, a missing
    /// program or driver (with its Debian package), the port is taken, pcscd ended or was not ready in time (with the
    /// end of its log).
    static tl::expected<PrivatePcscd, EnvironmentError> start(const Options& options);

    PrivatePcscd(PrivatePcscd&&) noexcept = default;
    PrivatePcscd& operator=(PrivatePcscd&&) noexcept = default;
    ~PrivatePcscd() = default;

    pid_t pid() const { return process_.pid(); }
    bool alive() const { return process_.alive(); }
    bool ended_within(std::chrono::milliseconds patience) const { return process_.ended_within(patience); }
    /// For PCSCLITE_CSOCK_NAME, inside the namespaces.
    std::filesystem::path socket_path() const;
    /// Name of the reader's slot as applications see it: "scardlab reader 00 00", "scardlab reader 00 01".
    std::string slot_name(unsigned slot) const;
    /// The last lines of pcscd's log.
    std::string log_tail(std::size_t lines = 20) const;
    /// Ends it: SIGTERM, after two seconds SIGKILL; waits for the end. Does nothing when it has ended.
    void stop();
    /// How it ended: "exit status 1", "signal 9 (Killed)"; waits for the end.
    std::string reap() { return process_.reap(); }
    /// SIGKILL, as if it had crashed; waits for the end.
    void kill();
    /// SIGSTOP: it stands still, all its threads, when this returns. False: it has ended.
    bool freeze();
    /// SIGCONT.
    void thaw();

  private:
    PrivatePcscd(ChildProcess process, std::filesystem::path log, std::string reader_name)
        : process_(std::move(process)), log_(std::move(log)), reader_name_(std::move(reader_name)) {}

    ChildProcess process_;
    std::filesystem::path log_;
    std::string reader_name_;
};

}  // namespace scardlab::engine
