#include "emulator/vpcd/link/socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace scardlab::vpcd {

namespace {

std::error_code last_error() {
    return {errno, std::generic_category()};
}

bool connected_to_itself(int fd) {
    sockaddr_storage local{}, peer{};
    socklen_t local_size = sizeof local, peer_size = sizeof peer;
    return ::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &local_size) == 0 &&
           ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0 && local_size == peer_size &&
           std::memcmp(&local, &peer, local_size) == 0;
}

/// The result of a connect that is under way.
std::error_code await_connection(int fd, int wake_fd, std::chrono::milliseconds limit) {
    std::array<pollfd, 2> watched{pollfd{fd, POLLOUT, 0}, pollfd{wake_fd, POLLIN, 0}};
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(limit.count()));
    if (ready < 0) {
        return last_error();
    }
    if (watched[0].revents != 0) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        return {error, std::generic_category()};
    }
    return std::make_error_code(ready == 0 ? std::errc::timed_out : std::errc::interrupted);
}

}  // namespace

bool Address::loopback() const {
    if (storage.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (storage.ss_family == AF_INET6) {
        const auto& bytes = reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr.s6_addr;
        constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
        if (std::equal(mapped.begin(), mapped.end(), bytes)) {
            return bytes[12] == IN_LOOPBACKNET;
        }
        return std::all_of(bytes, bytes + 15, [](auto byte) { return byte == 0; }) && bytes[15] == 1;
    }
    return false;
}

std::string to_string(const Endpoint& endpoint) {
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return v6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
              : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

tl::expected<std::vector<Address>, LinkError> resolve(const Endpoint& endpoint, bool allow_remote) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
    if (failed != 0) {
        return tl::unexpected(LinkError{LinkError::Kind::bad_host, fmt::format("no address for host \"{}\": {}",
                                                                               endpoint.host, ::gai_strerror(failed))});
    }
    std::vector<Address> addresses;
    for (const addrinfo* item = found; item != nullptr; item = item->ai_next) {
        Address address;
        std::memcpy(&address.storage, item->ai_addr, item->ai_addrlen);
        address.size = item->ai_addrlen;
        addresses.push_back(address);
    }
    ::freeaddrinfo(found);
    const bool remote = std::any_of(addresses.begin(), addresses.end(), [](const auto& a) { return !a.loopback(); });
    if (remote && !allow_remote) {
        return tl::unexpected(
            LinkError{LinkError::Kind::remote_host,
                      fmt::format("host \"{}\" is not this machine (127.0.0.0/8 or ::1), and the protocol of vpcd "
                                  "has no protection; remote hosts must be allowed explicitly",
                                  endpoint.host)});
    }
    // vpcd listens on IPv4 only: try that first
    std::stable_partition(addresses.begin(), addresses.end(),
                          [](const auto& a) { return a.storage.ss_family == AF_INET; });
    return addresses;
}

tl::expected<FileDescriptor, LinkError> listen_on(const Address& address, const Endpoint& endpoint) {
    FileDescriptor fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (fd.valid()) {
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (!fd.valid() || ::bind(fd.get(), address.get(), address.size) != 0 || ::listen(fd.get(), 4) != 0) {
        const auto error = last_error();
        const bool taken = error == std::errc::address_in_use;
        return tl::unexpected(
            LinkError{taken ? LinkError::Kind::port_taken : LinkError::Kind::system,
                      taken ? fmt::format("{} is taken by another program", to_string(endpoint))
                            : fmt::format("cannot listen on {}: {}", to_string(endpoint), error.message())});
    }
    return fd;
}

tl::expected<FileDescriptor, std::error_code> connect_to(const Address& address, int wake_fd,
                                                         std::chrono::milliseconds limit) {
    FileDescriptor fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) {
        return tl::unexpected(last_error());
    }
    if (::connect(fd.get(), address.get(), address.size) != 0) {
        const auto error = errno == EINPROGRESS ? await_connection(fd.get(), wake_fd, limit) : last_error();
        if (error) {
            return tl::unexpected(error);
        }
    }
    if (connected_to_itself(fd.get())) {
        // The default port is in the range that the kernel chooses from, so an unanswered connect can meet itself. It
        // must leave no TIME_WAIT behind: that would keep vpcd from the port.
        const linger now{1, 0};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        return tl::unexpected(std::make_error_code(std::errc::connection_refused));
    }
    return fd;
}

}  // namespace scardlab::vpcd
