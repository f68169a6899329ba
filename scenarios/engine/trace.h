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
};

/// The story of a scenario as one time line with a column for each application, the reader and the card.
class Trace {
  public:
    void add(std::chrono::nanoseconds at, std::string column, std::string text);
    const std::vector<TraceEntry>& entries() const { return entries_; }

    /// The table, a header line first; applications in the order in which they appear, then reader and card.
    std::string text() const;

  private:
    std::vector<TraceEntry> entries_;
};

}  // namespace scardlab::engine
