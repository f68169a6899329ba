#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "emulator/ifd/clock.h"
#include "emulator/ifd/ifd.h"

namespace scardlab::vpcd {

/// Where vpcd is.
struct Endpoint {
    enum class Direction : std::uint8_t {
        connect_to_vpcd,   ///< vpcd listens (DEVICENAME /dev/null:PORT), the card connects
        accept_from_vpcd,  ///< vpcd was configured with a host name and connects to the card
    };
    Direction direction = Direction::connect_to_vpcd;
    std::string host = "127.0.0.1";
    std::uint16_t port = 0x8C7B;
};

/// How a Link behaves.
struct LinkOptions {
    /// Wait until somebody listens, trying again with a growing delay (5 to 200 ms). When false, the first connection
    /// must succeed at once; a connection that is lost later is made again either way.
    bool wait_for_vpcd = true;
    /// Hosts other than 127.0.0.0/8 and ::1 are refused unless this is set: the protocol has no protection.
    bool allow_remote = false;
    /// Longest real time for which the answer to a failed exchange is held back.
    std::chrono::milliseconds max_hold{5000};
    /// Told on the link's thread when the connection to vpcd is made (true) and when it ends (false).
    std::function<void(bool connected)> on_connection;
};

/// Why run() ended without stop().
struct LinkError {
    enum class Kind : std::uint8_t {
        bad_host,        ///< the host name has no address
        remote_host,     ///< the host is not this machine
        nobody_listens,  ///< no vpcd at that address, and the link was not to wait
        port_taken,      ///< accept_from_vpcd: somebody else has the port
        system,          ///< any other failure of a system call
    };
    Kind kind = Kind::system;
    std::string message;  ///< one line for the user
};

/// The TCP peer of vpcd: plugs one reader's card into pcscd. The connection is the card's presence: a card that is put
/// in connects, a card that leaves closes, and when pcscd goes away and comes back the link connects again.
///
/// Threads: run() is called on the one thread that owns the reader and its clock; everything that touches them happens
/// on that thread, inside run(). stop() may be called from any thread and from a signal handler, post() from any
/// thread.
///
/// Time: before each frame and job the virtual clock is moved up to real time if it is behind. An exchange that fails
/// (a mute card: its WT, BWT or the time for an ATR) is held back until the time that it took on the virtual clock has
/// passed in reality too, at most LinkOptions::max_hold; all else is answered at once.
class Link {
  public:
    Link(ifd::Ifd& ifd, ifd::VirtualClock& clock, Endpoint endpoint, LinkOptions options = {});
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Serves until stop(). Takes the reader's presence listener while it runs. A stop() that came before counts.
    /// After an error or a stop() it may be called again.
    tl::expected<void, LinkError> run();

    /// Ends run(), now or the next one. Async-signal-safe.
    void stop();

    /// Runs `job` on the link's thread between frames, or while an answer is held back; jobs run in order. Jobs that
    /// run() did not get to before stop() stay for the next run(), and are destroyed with the link.
    void post(std::function<void()> job);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace scardlab::vpcd
