#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace scardlab::engine {

/// "0x80100069" and so on, by which a case names what an SCard call returned.
using Code = std::string;

/// A PC/SC application on libpcsclite: one context, one handle.
class Client {
  public:
    static constexpr unsigned t0 = 1, t1 = 2, any = 3;
    static constexpr unsigned leave = 0, reset = 1, unpower = 2;

    Client();
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Forgets a context that a dead daemon had and makes a new one.
    void establish();
    Code connect(const std::string& reader, unsigned protocols);
    Code reconnect(unsigned protocols, unsigned initialization);
    Code transmit(const std::vector<std::uint8_t>& command);
    Code status();
    std::string response() const { return response_; }
    /// dwProtocol of pioRecvPci after the last transmit, which passed in 77.
    unsigned long received_pci() const { return received_pci_; }
    unsigned long protocol() const { return protocol_; }

    /// The reader's state as SCardGetStatusChange tells it.
    struct ReaderView {
        bool present = false;
        bool mute = false;
        unsigned count = 0;  ///< event counter
    };
    ReaderView look(const std::string& reader);
    /// Waits by event until the card is there (or is not), ten seconds at most. False when the time is over.
    bool await_presence(const std::string& reader, bool present);
    bool await_count(const std::string& reader, unsigned count);
    std::vector<std::string> readers();

  private:
    template <typename Predicate>
    bool await(const std::string& reader, Predicate wanted);

    long context_ = 0, card_ = 0;
    unsigned long protocol_ = 0, received_pci_ = 0;
    std::string response_;
};

inline const Code success = "0x00000000", no_smartcard = "0x8010000C", not_transacted = "0x80100016",
                  unresponsive_card = "0x80100066", reset_card = "0x80100068", removed_card = "0x80100069",
                  proto_mismatch = "0x8010000F";

}  // namespace scardlab::engine
