#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "emulator/icc/contact_log.h"

namespace scardlab::engine {

/// One thing that happened, in the column of the one that it happened to (or that did it).
struct TraceEntry {
    std::chrono::nanoseconds at{0};  ///< since the scenario began, virtual or real as the target's clock
    std::string column;              ///< an application's name, "reader" or "card"
    std::string text;
    unsigned phase = 0;  ///< set by the Trace: what has a lower phase came before, whatever the clocks say
};

/// The story of a scenario as one time line with a column for each application, the reader and the card.
class Trace {
  public:
    void add(std::chrono::nanoseconds at, std::string column, std::string text);
    /// What is added from now on came later than all that was added before.
    void next_phase() { ++phase_; }
    const std::vector<TraceEntry>& entries() const { return entries_; }

    /// The table, a header line first; applications in the order in which they appear, then reader and card. In order
    /// of phase, then time; at the same time card, reader, application.
    std::string text() const;

  private:
    std::vector<TraceEntry> entries_;
    unsigned phase_ = 0;
};

}  // namespace scardlab::engine
