#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

#include "emulator/iso7816/bytes.h"

namespace scardlab::tools::test {

/// The driver's side of vpcd's protocol on a free loopback port. Closing it frees the port.
class FakeVpcd {
  public:
    FakeVpcd() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address_), sizeof address_) == 0);
        socklen_t size = sizeof address_;
        BOOST_REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address_), &size) == 0);
    }
    ~FakeVpcd() {
        close_card();
        close(listener_);
    }
    FakeVpcd(const FakeVpcd&) = delete;
    FakeVpcd& operator=(const FakeVpcd&) = delete;

    std::string place() const { return "127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }
    void listen_for_card() { BOOST_REQUIRE(listen(listener_, 1) == 0); }
    void accept_card() {
        wait(listener_);
        card_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        BOOST_REQUIRE(card_ >= 0);
    }
    void close_card() {
        if (card_ >= 0) {
            close(std::exchange(card_, -1));
        }
    }

    void tell(const iso7816::Bytes& body) const {
        iso7816::Bytes frame{static_cast<std::uint8_t>(body.size() >> 8), static_cast<std::uint8_t>(body.size())};
        frame.insert(frame.end(), body.begin(), body.end());
        BOOST_REQUIRE(send(card_, frame.data(), frame.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(frame.size()));
    }
    iso7816::Bytes ask(const iso7816::Bytes& body) const {
        tell(body);
        const iso7816::Bytes length = receive(2);
        return receive(static_cast<std::size_t>(length[0] << 8 | length[1]));
    }
    bool card_has_left() const {
        wait(card_);
        char byte = 0;
        return recv(card_, &byte, 1, 0) == 0;
    }

  private:
    static constexpr int bound_ms = 30'000;

    static void wait(int descriptor) {
        pollfd end{descriptor, POLLIN, 0};
        BOOST_REQUIRE(poll(&end, 1, bound_ms) == 1);
    }
    iso7816::Bytes receive(std::size_t size) const {
        iso7816::Bytes bytes(size);
        for (std::size_t at = 0; at < size;) {
            wait(card_);
            const ssize_t count = recv(card_, bytes.data() + at, size - at, 0);
            BOOST_REQUIRE(count > 0);
            at += static_cast<std::size_t>(count);
        }
        return bytes;
    }

    int listener_;
    int card_ = -1;
    sockaddr_in address_{};
};

inline const iso7816::Bytes power_on{1}, get_atr{4};
inline const iso7816::Bytes select_mf{0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00};

}  // namespace scardlab::tools::test
