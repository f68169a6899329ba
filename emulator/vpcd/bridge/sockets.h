#pragma once

#include <sys/types.h>

#include <cstdint>

namespace scardlab::vpcd {

/// A socket of this process that somebody else opened and may close: the descriptor, and the identity of the socket
/// behind it, which tells whether the number means the same socket still.
struct SocketRef {
    int fd = -1;
    ino_t inode = 0;

    bool known() const { return fd >= 0; }
    /// The descriptor is open and is that socket.
    bool still_open() const;
    /// Closed, or the peer has ended the connection.
    bool hung_up() const;
};

/// The TCP socket of this process that listens on that port; unknown if there is none.
SocketRef find_listening_socket(std::uint16_t port);
/// The connected TCP socket of this process whose own port (or, if `by_peer_port`, whose peer's port) is that one.
SocketRef find_connected_socket(std::uint16_t port, bool by_peer_port);

}  // namespace scardlab::vpcd
