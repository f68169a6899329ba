#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/resource_manager/resource_manager.h"
#include "emulator/vpcd/link/file_descriptor.h"
#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// What pcscd publishes about one reader.
struct ReaderSnapshot {
    resource_manager::StateBits state = 0;
    std::uint16_t event_count = 0;
    std::int32_t sharing = 0;  ///< number of handles; -1 = exclusive
};

/// A client of pcscd's own protocol 4:4 that only looks: the reader table (GET_READERS_STATE) and the wait for its
/// changes (WAIT_READER_STATE_CHANGE), which libpcsclite does not show whole. It holds no context and no handle, so it
/// disturbs nobody.
class DaemonMonitor {
  public:
    /// Connects to pcscd's socket. Error: nobody there, or another protocol version.
    static WorldResult<DaemonMonitor> connect(const std::filesystem::path& socket);

    /// The reader as it is now. Errors: pcscd is gone, or there is no such reader.
    WorldResult<ReaderSnapshot> look(const std::string& reader);

    using Condition = std::function<bool(const ReaderSnapshot&)>;
    /// Waits for pcscd to announce a change until the condition holds; at most `patience`. Error: it did not, with
    /// `what` it waited for.
    WorldResult<void> wait_for(const std::string& reader, const Condition& holds, std::chrono::milliseconds patience,
                               const std::string& what);

  private:
    explicit DaemonMonitor(vpcd::FileDescriptor socket) : socket_(std::move(socket)) {}

    WorldResult<void> request(std::uint32_t command, const void* body, std::uint32_t size);
    WorldResult<void> receive(void* buffer, std::size_t size);
    WorldResult<ReaderSnapshot> receive_table(const std::string& reader);

    vpcd::FileDescriptor socket_;
};

}  // namespace scardlab::engine
