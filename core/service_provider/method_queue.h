#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace scardlab::service_provider {

/// Lets the methods of one object run one after the other. A thread whose method runs enters again at once (a method
/// that makes others is one unit). One entry goes before all others and ends them: Detach.
///
/// Threads: any.
class MethodQueue {
  public:
    using Time = std::chrono::steady_clock::time_point;

    enum class Entry : std::uint8_t {
        entered,
        nested,     ///< this thread's method runs already
        timed_out,  ///< other threads' methods have taken all the time
        ended,      ///< enter_first() has come before
    };

    /// After entered or nested, leave() must follow.
    Entry enter(Time deadline);
    /// Before those who wait, which are answered `ended`. `end_running` is called while another thread's method runs;
    /// it must make that return soon.
    Entry enter_first(Time deadline, const std::function<void()>& end_running);
    void leave();

  private:
    bool enter_again();
    void own();

    std::mutex mutex_;
    std::condition_variable left_;
    std::thread::id owner_;
    unsigned depth_ = 0;
    unsigned first_waiting_ = 0;  ///< calls of enter_first() that wait
    std::uint64_t endings_ = 0;   ///< calls of enter_first() so far
};

}  // namespace scardlab::service_provider
