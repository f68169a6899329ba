#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "emulator/vpcd/link/file_descriptor.h"

namespace scardlab::engine {

/// Lines of text both ways over a connected socket. One thread reads; lines may be sent from several, one at a time.
class LineChannel {
  public:
    explicit LineChannel(vpcd::FileDescriptor socket) : socket_(std::move(socket)) {}

    /// Sends a line; `line` has no line end. False: the peer is gone.
    bool send(const std::string& line);

    enum class Received { line, nothing_yet, closed };
    /// The next line, waiting at most `patience` (no limit for nullopt).
    Received receive(std::string& line, std::optional<std::chrono::milliseconds> patience);

  private:
    vpcd::FileDescriptor socket_;
    std::string buffer_;
};

}  // namespace scardlab::engine
