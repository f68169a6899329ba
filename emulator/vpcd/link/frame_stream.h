#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "emulator/iso7816/bytes.h"
#include "emulator/vpcd/link/file_descriptor.h"

namespace scardlab::vpcd {

/// vpcd's frames on a connected, non-blocking TCP socket: length, 2 bytes big endian, then the body. Allocates only
/// when it is made.
class FrameStream {
  public:
    explicit FrameStream(FileDescriptor socket);

    int fd() const { return socket_.get(); }

    /// Reads once what has arrived. false: the peer has closed, or the socket failed.
    bool read();
    /// The next whole frame's body, valid until the next read(); nullopt when there is none yet. Frames of length 0
    /// have no meaning and are skipped.
    std::optional<iso7816::ByteView> next();

    enum class Sent : std::uint8_t { all, part, failed };
    /// Sends one frame with one system call. `part`: the socket's buffer is full; call resume() when it is writable.
    /// `body` must stay until all is sent, and has at most 65535 bytes.
    Sent send(iso7816::ByteView body);
    Sent resume();

  private:
    FileDescriptor socket_;
    std::vector<std::uint8_t> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    iso7816::ByteView outgoing_;
    std::size_t sent_ = 0;  ///< of the length and outgoing_
};

}  // namespace scardlab::vpcd
