#include "emulator/vpcd/bridge/sockets.h"

#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <optional>

namespace scardlab::vpcd {

namespace {

/// 0 when the descriptor is not an open socket.
ino_t socket_inode(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

using NameFunction = int (*)(int, sockaddr*, socklen_t*);

std::optional<std::uint16_t> port_of(int fd, NameFunction name) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (name(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return std::nullopt;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    }
    if (address.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    }
    return std::nullopt;
}

bool listens(int fd) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

template <typename Predicate>
SocketRef find_socket(Predicate wanted) {
    SocketRef found;
    DIR* folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) {
        return found;
    }
    while (const dirent* entry = ::readdir(folder)) {
        char* end = nullptr;
        const long fd = std::strtol(entry->d_name, &end, 10);
        if (end == entry->d_name || *end != '\0') {
            continue;
        }
        const SocketRef candidate{static_cast<int>(fd), socket_inode(static_cast<int>(fd))};
        if (candidate.inode != 0 && wanted(candidate.fd)) {
            found = candidate;
            break;
        }
    }
    ::closedir(folder);
    return found;
}

}  // namespace

bool SocketRef::still_open() const {
    return known() && socket_inode(fd) == inode;
}

bool SocketRef::hung_up() const {
    if (!still_open()) {
        return true;
    }
    pollfd watched{fd, POLLRDHUP, 0};
    return ::poll(&watched, 1, 0) > 0 && watched.revents != 0;
}

SocketRef find_listening_socket(std::uint16_t port) {
    return find_socket([port](int fd) { return listens(fd) && port_of(fd, ::getsockname) == port; });
}

SocketRef find_connected_socket(std::uint16_t port, bool by_peer_port) {
    return find_socket([port, by_peer_port](int fd) {
        const auto peer = port_of(fd, ::getpeername);
        return peer && (by_peer_port ? peer : port_of(fd, ::getsockname)) == port;
    });
}

}  // namespace scardlab::vpcd
