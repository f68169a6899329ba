#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

#include "emulator/vpcd/link/connection.h"
#include "emulator/vpcd/link/file_descriptor.h"

namespace scardlab::vpcd {

/// One address of the endpoint.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    /// 127.0.0.0/8, ::1 or a mapped address of the former.
    bool loopback() const;
};

/// "127.0.0.1:35963" for messages.
std::string to_string(const Endpoint& endpoint);

/// The endpoint's addresses. Errors: bad_host; remote_host when one is not this machine's and `allow_remote` is false.
tl::expected<std::vector<Address>, LinkError> resolve(const Endpoint& endpoint, bool allow_remote);

/// A listening, non-blocking socket on the first address. Errors: port_taken, system.
tl::expected<FileDescriptor, LinkError> listen_on(const Address& address, const Endpoint& endpoint);

/// Connects to the address; the socket is non-blocking. Waits for the answer until `limit` has passed or `wake_fd` is
/// readable. Errors: ECONNREFUSED (also when the kernel connected the socket to itself), ETIMEDOUT, EINTR (woken), and
/// what connect() has.
tl::expected<FileDescriptor, std::error_code> connect_to(const Address& address, int wake_fd,
                                                         std::chrono::milliseconds limit);

}  // namespace scardlab::vpcd
