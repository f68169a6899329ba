#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/engine/card_box.h"
#include "scenarios/engine/trace.h"
#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// Reader, cards and the link to vpcd on a thread of their own. All members may be called from one other thread; what
/// touches the reader is carried out on the link's thread, and has been when the call returns.
class BenchLink {
  public:
    explicit BenchLink(std::uint16_t port);
    ~BenchLink();
    BenchLink(const BenchLink&) = delete;
    BenchLink& operator=(const BenchLink&) = delete;

    /// Runs `job` on the link's thread. Error: the link has ended, and why, or did not get to it within ten seconds.
    WorldResult<void> with_cards(const std::function<void(CardBox&)>& job);

    /// Movements of the card since the link began: insertions and removals, planned ones included.
    std::uint32_t movements() const;
    bool card_present() const;

    /// What the cards logged since the last call, with the real time since start_clock() at which the driver's call
    /// ended.
    std::vector<SeenEvent> take_contacts();
    void start_clock();
    /// What the reader was asked since the last call, when `wanted`.
    void observe(bool wanted);
    std::vector<TraceEntry> take_observed();
    std::chrono::nanoseconds elapsed() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace scardlab::engine
