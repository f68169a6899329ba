#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "emulator/vpcd/bridge/stock_driver.h"

namespace scardlab::vpcd {

/// Stands in for libifdvpcd: real sockets for listening, accepting and the end of a connection, but the frames are not
/// spoken: the test says what an exchange gives. Only the newest one works, since an IFD handler is plain functions.
class FakeDriver {
  public:
    explicit FakeDriver(bool listens = true);
    ~FakeDriver();
    FakeDriver(const FakeDriver&) = delete;
    FakeDriver& operator=(const FakeDriver&) = delete;

    const StockDriver& functions() const { return functions_; }
    std::uint16_t port() const { return port_; }

    /// A card connects and waits to be accepted.
    void insert();
    /// The newest, or else the oldest, card's end of the connection is closed.
    void remove_newest();
    void remove_oldest();

    /// IFD calls, in order: "presence", "up", "down", "reset", "capability", "protocol", the command in hexadecimal.
    std::vector<std::string> calls;
    /// The answer to the next exchange; empty: the card has closed, as vpcd says it.
    std::vector<std::uint8_t> response{0x90, 0x00};
    RESPONSECODE transmit_code = IFD_SUCCESS;
    RESPONSECODE power_code = IFD_SUCCESS;
    std::function<void()> during_transmit;
    int card = -1;  ///< the driver's end of the connection

  private:
    static RESPONSECODE presence(DWORD lun);
    static RESPONSECODE power(DWORD lun, DWORD action, PUCHAR atr, PDWORD length);
    static RESPONSECODE transmit(DWORD lun, SCARD_IO_HEADER send_pci, PUCHAR command, DWORD command_length,
                                 PUCHAR answer, PDWORD answer_length, PSCARD_IO_HEADER recv_pci);
    static RESPONSECODE capabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value);
    static RESPONSECODE protocol(DWORD lun, DWORD number, UCHAR flags, UCHAR pts1, UCHAR pts2, UCHAR pts3);
    bool alive() const;
    void eject();

    FakeDriver* previous_;
    StockDriver functions_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::deque<int> cards_;  ///< the cards' ends
};

}  // namespace scardlab::vpcd
