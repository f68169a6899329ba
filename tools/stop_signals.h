#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace scardlab::tools {

/// Ctrl-C and SIGTERM as a call: as long as it lives, SIGINT and SIGTERM do nothing but call `on_stop`.
///
/// Threads: construct it on the main thread before any other is started, since a thread inherits which signals are
/// blocked. `on_stop` is called on a thread of its own, once at the most, possibly when the object is destroyed.
class StopSignals {
  public:
    explicit StopSignals(std::function<void()> on_stop);
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

  private:
    sigset_t signals_{};
    sigset_t before_{};
    std::thread waiter_;
};

}  // namespace scardlab::tools
