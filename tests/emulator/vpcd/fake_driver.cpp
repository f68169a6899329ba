#include "tests/emulator/vpcd/fake_driver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "emulator/iso7816/bytes.h"

namespace scardlab::vpcd {

namespace {

FakeDriver* current = nullptr;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

FakeDriver::FakeDriver(bool listens) : previous_(std::exchange(current, this)) {
    functions_.icc_presence = &FakeDriver::presence;
    functions_.power_icc = &FakeDriver::power;
    functions_.transmit_to_icc = &FakeDriver::transmit;
    functions_.get_capabilities = &FakeDriver::capabilities;
    functions_.set_protocol_parameters = &FakeDriver::protocol;
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        (listens && ::listen(listener_, 4) != 0) ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no port for the fake driver");
    }
    port_ = ntohs(address.sin_port);
}

FakeDriver::~FakeDriver() {
    eject();
    ::close(listener_);
    std::for_each(cards_.begin(), cards_.end(), [](int fd) { ::close(fd); });
    current = previous_;
}

void FakeDriver::insert() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port_);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("the fake driver does not listen");
    }
    cards_.push_back(fd);
}

void FakeDriver::remove_newest() {
    ::close(cards_.back());
    cards_.pop_back();
}

void FakeDriver::remove_oldest() {
    ::close(cards_.front());
    cards_.pop_front();
}

bool FakeDriver::alive() const {
    pollfd watched{card, POLLRDHUP, 0};
    return card >= 0 && ::poll(&watched, 1, 0) == 0;
}

void FakeDriver::eject() {
    if (card >= 0) {
        ::close(std::exchange(card, -1));
    }
}

RESPONSECODE FakeDriver::presence(DWORD) {
    current->calls.emplace_back("presence");
    pollfd waiting{current->listener_, POLLIN, 0};
    if (current->card < 0 && ::poll(&waiting, 1, 0) > 0) {
        current->card = ::accept(current->listener_, nullptr, nullptr);
    }
    if (!current->alive()) {
        current->eject();
        return IFD_ICC_NOT_PRESENT;
    }
    return IFD_ICC_PRESENT;
}

RESPONSECODE FakeDriver::power(DWORD, DWORD action, PUCHAR atr, PDWORD length) {
    current->calls.emplace_back(action == IFD_POWER_DOWN ? "down" : action == IFD_POWER_UP ? "up" : "reset");
    if (!current->alive()) {
        current->eject();
        *length = 0;
        return IFD_COMMUNICATION_ERROR;
    }
    if (current->power_code == IFD_SUCCESS && action != IFD_POWER_DOWN) {
        atr[0] = 0x3B;
        atr[1] = 0x00;
        *length = 2;
    }
    return current->power_code;
}

RESPONSECODE FakeDriver::transmit(DWORD, SCARD_IO_HEADER, PUCHAR command, DWORD command_length, PUCHAR answer,
                                  PDWORD answer_length, PSCARD_IO_HEADER recv_pci) {
    current->calls.push_back(iso7816::to_hex({command, command_length}));
    if (const auto event = std::exchange(current->during_transmit, nullptr)) {
        event();
    }
    if (current->transmit_code != IFD_SUCCESS) {
        *answer_length = 0;
        return current->transmit_code;
    }
    if (!current->alive() || current->response.empty()) {
        current->eject();
        *answer_length = 0;
        return IFD_SUCCESS;
    }
    std::copy(current->response.begin(), current->response.end(), answer);
    *answer_length = current->response.size();
    recv_pci->Protocol = 1;
    return IFD_SUCCESS;
}

RESPONSECODE FakeDriver::capabilities(DWORD, DWORD, PDWORD length, PUCHAR) {
    current->calls.emplace_back("capability");
    *length = 0;
    return current->alive() ? IFD_SUCCESS : IFD_COMMUNICATION_ERROR;
}

RESPONSECODE FakeDriver::protocol(DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR) {
    current->calls.emplace_back("protocol");
    return IFD_SUCCESS;
}

}  // namespace scardlab::vpcd
