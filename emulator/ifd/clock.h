#pragma once

#include <chrono>

namespace scardlab::ifd {

using Duration = std::chrono::nanoseconds;

/// Virtual time, which moves only when somebody moves it. Reader and resource manager share one.
/// Not thread safe: it belongs to the thread that runs the machines.
class VirtualClock {
  public:
    /// Time since the clock was made.
    Duration now() const { return now_; }
    /// Moves time forward; a negative step is ignored.
    void advance(Duration step) {
        if (step > Duration::zero()) {
            now_ += step;
        }
    }

  private:
    Duration now_{0};
};

}  // namespace scardlab::ifd
