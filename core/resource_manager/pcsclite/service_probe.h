#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace scardlab::resource_manager {

/// Asks the daemon on a connection of its own, past the client library: that holds a mutex for the whole process while
/// it waits. Questions wait at most until `until`; one that can read `wake` (a file descriptor, -1 for none) ends at
/// once.
class ServiceProbe {
  public:
    using Time = std::chrono::steady_clock::time_point;

    virtual ~ServiceProbe() = default;
    /// Whether it answers.
    virtual bool answers(Time until, int wake) = 0;
    /// readerSharing of that reader: -1 exclusive, else the number of handles. nullopt: no such reader, or no answer.
    virtual std::optional<int> sharing(std::string_view reader, Time until, int wake) = 0;
    /// Waits until somebody accepts connections. False: not in time.
    virtual bool await(Time until, int wake) = 0;
};

/// On pcscd's socket (PCSCLITE_CSOCK_NAME, or /run/pcscd/pcscd.comm), by the protocol 4:4 that every pcscd since 1.8.24
/// answers in these parts (winscard_msg.h).
std::unique_ptr<ServiceProbe> make_pcscd_probe();

}  // namespace scardlab::resource_manager
