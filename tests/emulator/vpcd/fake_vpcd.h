#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "emulator/iso7816/bytes.h"
#include "emulator/vpcd/link/file_descriptor.h"

namespace scardlab::vpcd {

/// vpcd's end of the connection, driven by the test. Every wait has a limit of ten seconds.
class FakeVpcd {
  public:
    /// Listens on a port that the kernel chooses, or on the one given.
    explicit FakeVpcd(std::uint16_t port = 0);

    std::uint16_t port() const { return port_; }
    /// The card connects.
    bool accept();
    /// Whether a connection arrives within that time.
    bool connection_within(std::chrono::milliseconds limit) const;
    /// Connects to the card, as vpcd does with a host name.
    bool connect(std::uint16_t port);

    void send(std::initializer_list<std::uint8_t> body);
    void send(const iso7816::Bytes& body);
    /// Bytes as they are, in one packet.
    void send_raw(const iso7816::Bytes& bytes);
    /// The next frame's body; nullopt when the connection ends.
    std::optional<iso7816::Bytes> receive();
    /// Sends and receives.
    std::optional<iso7816::Bytes> exchange(std::initializer_list<std::uint8_t> body);
    bool answer_within(std::chrono::milliseconds limit) const;
    void hang_up() { connection_.reset(); }
    void stop_listening() { listener_.reset(); }

  private:
    FileDescriptor listener_, connection_;
    std::uint16_t port_ = 0;
};

/// A port that nobody has.
std::uint16_t free_port();

}  // namespace scardlab::vpcd
