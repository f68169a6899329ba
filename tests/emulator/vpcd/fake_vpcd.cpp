#include "tests/emulator/vpcd/fake_vpcd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <stdexcept>

namespace scardlab::vpcd {

namespace {

constexpr int patience_ms = 10'000;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool readable(int fd, int limit_ms) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, limit_ms) > 0;
}

}  // namespace

FakeVpcd::FakeVpcd(std::uint16_t port) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    auto address = loopback(port);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 0) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no port for the fake vpcd");
    }
    port_ = ntohs(address.sin_port);
}

bool FakeVpcd::accept() {
    if (!readable(listener_.get(), patience_ms)) {
        return false;
    }
    connection_ = FileDescriptor(::accept(listener_.get(), nullptr, nullptr));
    return connection_.valid();
}

bool FakeVpcd::connection_within(std::chrono::milliseconds limit) const {
    return readable(listener_.get(), static_cast<int>(limit.count()));
}

bool FakeVpcd::connect(std::uint16_t port) {
    connection_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = loopback(port);
    return ::connect(connection_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

void FakeVpcd::send_raw(const iso7816::Bytes& bytes) {
    const int on = 1;
    ::setsockopt(connection_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error("the link's end is closed");
    }
}

void FakeVpcd::send(const iso7816::Bytes& body) {
    iso7816::Bytes frame{static_cast<std::uint8_t>(body.size() >> 8), static_cast<std::uint8_t>(body.size() & 0xFF)};
    frame.insert(frame.end(), body.begin(), body.end());
    send_raw(frame);
}

void FakeVpcd::send(std::initializer_list<std::uint8_t> body) {
    send(iso7816::Bytes(body));
}

std::optional<iso7816::Bytes> FakeVpcd::receive() {
    if (!readable(connection_.get(), patience_ms)) {
        throw std::runtime_error("the link is silent");
    }
    iso7816::Bytes length(2);
    if (::recv(connection_.get(), length.data(), length.size(), MSG_WAITALL) != 2) {
        return std::nullopt;
    }
    iso7816::Bytes body(static_cast<std::size_t>(length[0] << 8 | length[1]));
    const auto got = ::recv(connection_.get(), body.data(), body.size(), MSG_WAITALL);
    return got == static_cast<ssize_t>(body.size()) ? std::optional(body) : std::nullopt;
}

std::optional<iso7816::Bytes> FakeVpcd::exchange(std::initializer_list<std::uint8_t> body) {
    send(body);
    return receive();
}

bool FakeVpcd::answer_within(std::chrono::milliseconds limit) const {
    return readable(connection_.get(), static_cast<int>(limit.count()));
}

std::uint16_t free_port() {
    return FakeVpcd().port();
}

}  // namespace scardlab::vpcd
