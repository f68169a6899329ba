#pragma once

#include <cstddef>

#include "emulator/iso7816/bytes.h"

/// The operators new and delete of the program that links this file, for tests of what happens when memory runs out,
/// and of what memory holds when it is given back. One thread.
namespace scardlab::service_provider::test {

/// While it lives, allocations fail from the nth on (0: the first).
class MemoryRunsOut {
  public:
    explicit MemoryRunsOut(std::size_t after);
    ~MemoryRunsOut();
    MemoryRunsOut(const MemoryRunsOut&) = delete;
    MemoryRunsOut& operator=(const MemoryRunsOut&) = delete;

    /// Whether an allocation has failed.
    bool has_run_out() const;
};

/// While it lives, counts how often memory is given back with those bytes in it.
class Watch {
  public:
    explicit Watch(iso7816::ByteView bytes);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    std::size_t sightings() const;
};

}  // namespace scardlab::service_provider::test
