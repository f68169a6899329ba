// The part of a slot that pcscd's event thread runs, and what wakes it.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "emulator/vpcd/bridge/slot.h"

namespace scardlab::vpcd {

namespace {

constexpr int blind_poll_ms = 400;  ///< where there is no socket to watch, as pcscd itself polls
constexpr std::chrono::microseconds client_check{100};

using Clock = std::chrono::steady_clock;

int remaining_ms(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::max<decltype(left)>(left, 0));
}

}  // namespace

void Slot::event_function_taken() {
    const std::scoped_lock lock(mutex_);
    events_taken_ = true;
}

RESPONSECODE Slot::wait(int timeout_ms) {
    const auto start = Clock::now();
    bool seen = false;
    {
        const std::scoped_lock lock(mutex_);
        event_thread_ = ::pthread_self();
        events_taken_ = true;
        seen = state_ == SlotState::removal_held && held_through_a_turn_;
    }
    if (seen) {
        finish_removal();
    }
    while (true) {
        const auto reason = reason_to_return();
        if (reason == Reason::stop) {
            break;
        }
        if (reason == Reason::removal) {
            await_clients();
            break;
        }
        short events = 0;
        const auto socket = watched_socket(events);
        const int limit = socket.known() ? timeout_ms : std::min(timeout_ms, blind_poll_ms);
        std::array<pollfd, 2> watched{pollfd{doorbell_, POLLIN, 0}, pollfd{socket.fd, events, 0}};
        const int ready =
            ::poll(watched.data(), watched.size(), remaining_ms(start + std::chrono::milliseconds(limit)));
        if (ready == 0) {
            break;
        }
        if (ready > 0 && watched[1].revents != 0) {
            if (events == POLLIN) {
                await_clients();
                break;  // a card waits to be taken: the next presence call does it
            }
            note_removal();
        }
    }
    // A stop that came while this waited has what it wanted. Left for the next wait() it would make that one return at
    // once, and pcscd would power off the card that it has just powered up (eventhandler.c: EHStatusHandlerThread).
    const std::scoped_lock lock(mutex_);
    stop_asked_ = false;
    return IFD_SUCCESS;
}

RESPONSECODE Slot::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stop_asked_ = true;
    }
    ring();
    return IFD_SUCCESS;
}

/// For wait(): answers the doorbell. A ring for anything else must not make wait() return, because each return lets
/// pcscd power down a card that nobody uses yet.
Slot::Reason Slot::reason_to_return() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(doorbell_, &count, sizeof count);
    const std::scoped_lock lock(mutex_);
    held_through_a_turn_ = state_ == SlotState::removal_held;
    if (std::exchange(stop_asked_, false)) {
        return Reason::stop;
    }
    return held_through_a_turn_ ? Reason::removal : Reason::none;
}

/// For wait(), which holds none of pcscd's locks: until the client threads have done with the card that was.
void Slot::await_clients() {
    const auto deadline = Clock::now() + longest_put_off;
    while (Clock::now() < deadline) {
        {
            const std::scoped_lock lock(mutex_);
            if (stop_asked_ || clients_.all_back()) {
                return;
            }
        }
        std::this_thread::sleep_for(client_check);
    }
}

SocketRef Slot::watched_socket(short& events) {
    const std::scoped_lock lock(mutex_);
    events = state_ == SlotState::present ? POLLRDHUP : POLLIN;
    return state_ == SlotState::present ? connection_ : listener_;
}

/// The event thread has seen the removal. The driver may still hold its end of the dead connection: makes it let go,
/// so that its next presence call can take a card. Nobody else calls the driver while a removal is held.
void Slot::finish_removal() {
    SocketRef dead;
    {
        const std::scoped_lock lock(mutex_);
        dead = connection_;
        connection_ = {};
    }
    if (dead.still_open()) {
        ::shutdown(dead.fd, SHUT_RDWR);
        driver_->icc_presence(lun_);
    }
    const std::scoped_lock lock(mutex_);
    apply(SlotEvent::seen_by_events);
}

void Slot::ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(doorbell_, &one, sizeof one);
}

}  // namespace scardlab::vpcd
