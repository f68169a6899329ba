#include "emulator/vpcd/bridge/slot.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <utility>

namespace scardlab::vpcd {

namespace {

constexpr RESPONSECODE failure_base = 600;
constexpr UCHAR ppss = 0xFF;
constexpr UCHAR low_nibble = 0x0F;
constexpr DWORD largest_frame = 0xFFFF;

using Clock = std::chrono::steady_clock;

bool is_control_code(UCHAR byte) {
    return byte == 0 || byte == 1 || byte == 2 || byte == 4;
}

/// A body of one byte 1 to 99 is no response APDU but an IFD code less 600.
bool is_failure(const UCHAR* body, DWORD length) {
    return length == 1 && body[0] >= 1 && body[0] <= 99;
}

}  // namespace

SlotState next_state(SlotState state, SlotEvent event) {
    switch (event) {
        case SlotEvent::accepted:
            return state == SlotState::absent ? SlotState::present : state;
        case SlotEvent::gone:
            return state == SlotState::present ? SlotState::removal_held : state;
        case SlotEvent::seen_by_events:
            return state == SlotState::removal_held ? SlotState::absent : state;
    }
    return state;
}

Slot::~Slot() {
    if (doorbell_ >= 0) {
        ::close(doorbell_);
    }
}

bool Slot::opened(const StockDriver& driver, DWORD lun, Device device) {
    if (doorbell_ < 0) {
        doorbell_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    const std::scoped_lock lock(mutex_);
    driver_ = &driver;
    lun_ = lun;
    device_ = device;
    port_ = static_cast<std::uint16_t>(device.port + (lun & 0xFFFF));
    state_ = SlotState::absent;
    listener_ = device.listens ? find_listening_socket(port_) : SocketRef{};
    connection_ = {};
    protocol_ = 0;
    events_taken_ = held_through_a_turn_ = stop_asked_ = false;
    event_thread_.reset();
    put_off_since_.reset();
    clients_ = {};
    return doorbell_ >= 0;
}

void Slot::closed() {
    stop();
    const std::scoped_lock lock(mutex_);
    state_ = SlotState::absent;
    listener_ = connection_ = {};
}

RESPONSECODE Slot::presence() {
    {
        const std::scoped_lock lock(mutex_);
        note_caller();
        if (state_ == SlotState::present && connection_.known() && connection_.hung_up()) {
            apply(SlotEvent::gone);
        }
        if (state_ == SlotState::removal_held) {
            if (!events_taken_) {
                apply(SlotEvent::seen_by_events);
            }
            return IFD_ICC_NOT_PRESENT;
        }
        if (state_ == SlotState::absent && !may_take_card()) {
            return IFD_ICC_NOT_PRESENT;
        }
    }
    const auto code = driver_->icc_presence(lun_);
    if (code == IFD_SUCCESS || code == IFD_ICC_PRESENT) {
        take_card();
    } else if (code == IFD_ICC_NOT_PRESENT) {
        note_removal();
        const std::scoped_lock lock(mutex_);
        if (!events_taken_) {
            apply(SlotEvent::seen_by_events);
        }
    }
    return code;
}

RESPONSECODE Slot::presence_capability(DWORD* length, UCHAR* value) {
    constexpr UCHAR absent = 0, present = 2;
    const DWORD room = std::exchange(*length, 0);
    const auto code = presence();
    const bool there = code == IFD_SUCCESS || code == IFD_ICC_PRESENT;
    if (!there && code != IFD_ICC_NOT_PRESENT) {
        return code;
    }
    if (room < 1) {
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    }
    *value = there ? present : absent;
    *length = 1;
    return IFD_SUCCESS;
}

void Slot::take_card() {
    const std::scoped_lock lock(mutex_);
    if (state_ != SlotState::absent) {
        return;
    }
    apply(SlotEvent::accepted);
    put_off_since_.reset();
    protocol_ = 0;
    connection_ = find_connected_socket(port_, !device_.listens);
    if (connection_.known()) {
        // The driver sends length and body apart; without this a peer that delays its acknowledgements gets the second
        // part 40 ms later.
        const int on = 1;
        ::setsockopt(connection_.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

RESPONSECODE Slot::power(DWORD action, UCHAR* atr, DWORD* atr_length) {
    if (!enter()) {
        *atr_length = 0;
        return IFD_ERROR_POWER_ACTION;
    }
    {
        const std::scoped_lock lock(mutex_);
        protocol_ = 0;
    }
    const auto code = driver_->power_icc(lun_, action, atr, atr_length);
    if (code == IFD_SUCCESS || code == IFD_NOT_SUPPORTED) {
        return code;
    }
    if (connection_gone(code)) {
        note_removal();
    }
    *atr_length = 0;
    return IFD_ERROR_POWER_ACTION;
}

RESPONSECODE Slot::set_protocol(DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2, UCHAR pts3) {
    if (protocol != SCARD_PROTOCOL_T0 && protocol != SCARD_PROTOCOL_T1) {
        return IFD_PROTOCOL_NOT_SUPPORTED;
    }
    if (!enter()) {
        return IFD_ICC_NOT_PRESENT;
    }
    // pcscd never asks for PPS1 to PPS3: the reader adds PPS1 when TA1 is worth it.
    const UCHAR t = protocol == SCARD_PROTOCOL_T1 ? 1 : 0;
    std::array<UCHAR, 3> request{ppss, t, static_cast<UCHAR>(ppss ^ t)};
    std::array<UCHAR, MAX_BUFFER_SIZE> response{};
    DWORD length = response.size();
    SCARD_IO_HEADER pci{t, 0};
    const auto code = exchange(request.data(), request.size(), response.data(), &length, pci, &pci);
    if (code != IFD_SUCCESS) {
        return code;
    }
    if (response[0] != ppss) {
        return driver_->set_protocol_parameters(lun_, protocol, flags, pts1, pts2, pts3);
    }
    if (length < request.size() || (response[1] & low_nibble) != t) {
        return IFD_ERROR_PTS_FAILURE;
    }
    const std::scoped_lock lock(mutex_);
    protocol_ = protocol;
    return IFD_SUCCESS;
}

RESPONSECODE Slot::transmit(SCARD_IO_HEADER send_pci, UCHAR* command, DWORD command_length, UCHAR* response,
                            DWORD* response_length, SCARD_IO_HEADER* recv_pci) {
    if (!enter()) {
        *response_length = 0;
        return IFD_ICC_NOT_PRESENT;
    }
    if (command_length == 0 || command_length > largest_frame || (command_length == 1 && is_control_code(command[0]))) {
        *response_length = 0;
        return IFD_COMMUNICATION_ERROR;
    }
    const auto caller_pci = recv_pci->Protocol;
    const auto code = exchange(command, command_length, response, response_length, send_pci, recv_pci);
    const std::scoped_lock lock(mutex_);
    recv_pci->Protocol = protocol_ != 0 ? protocol_ : caller_pci;
    return code;
}

/// One frame and its answer. Anything that is not the card's answer is turned into its code, with length 0.
RESPONSECODE Slot::exchange(UCHAR* command, DWORD command_length, UCHAR* response, DWORD* response_length,
                            SCARD_IO_HEADER send_pci, SCARD_IO_HEADER* recv_pci) {
    auto code = driver_->transmit_to_icc(lun_, send_pci, command, command_length, response, response_length, recv_pci);
    if (code == IFD_SUCCESS) {
        if (*response_length == 0) {
            code = IFD_ICC_NOT_PRESENT;  // the driver's way to say that the card closed (rule Q5)
            note_removal();
        } else if (is_failure(response, *response_length)) {
            code = failure_base + response[0];
        }
    } else if (connection_gone(code)) {
        code = IFD_ICC_NOT_PRESENT;
        note_removal();
    }
    if (code != IFD_SUCCESS) {
        *response_length = 0;
    }
    return code;
}

RESPONSECODE Slot::card_capability(DWORD tag, DWORD* length, UCHAR* value) {
    if (!enter()) {
        *length = 0;
        return IFD_ICC_NOT_PRESENT;
    }
    const auto code = driver_->get_capabilities(lun_, tag, length, value);
    if (code != IFD_SUCCESS && connection_gone(code)) {
        note_removal();
    }
    return code;
}

/// At the beginning of a call that needs a card: whether there is one.
bool Slot::enter() {
    const std::scoped_lock lock(mutex_);
    note_caller();
    return state_ == SlotState::present;
}

/// Call with `mutex_`.
void Slot::note_caller() {
    if (event_thread_ && !on_event_thread()) {
        clients_.entered();
    }
}

/// Call with `mutex_`.
bool Slot::on_event_thread() const {
    return event_thread_ && ::pthread_equal(*event_thread_, ::pthread_self()) != 0;
}

/// Whether the caller may make the driver accept a connection. Call with `mutex_`.
bool Slot::may_take_card() {
    if (event_thread_) {
        if (!on_event_thread()) {
            return false;
        }
        const auto now = Clock::now();
        if (!clients_.all_back() && now - put_off_since_.value_or(now) < longest_put_off) {
            put_off_since_ = put_off_since_.value_or(now);
            return false;
        }
    }
    // vpcd 3.3 with a host name connects when it makes the channel, and never again: asked for the presence without a
    // connection it ends pcscd (a descriptor of -1 in select), or uses a descriptor that it has closed.
    return device_.listens || !find_connected_socket(port_, true).hung_up();
}

/// Call with `mutex_`.
void Slot::apply(SlotEvent event) {
    state_ = next_state(state_, event);
}

void Slot::note_removal() {
    {
        const std::scoped_lock lock(mutex_);
        if (state_ != SlotState::present) {
            return;
        }
        apply(SlotEvent::gone);
        held_through_a_turn_ = false;
    }
    ring();
}

/// After a call of the driver that failed: because the connection is gone? Where the socket is not known, a failure to
/// communicate counts as such.
bool Slot::connection_gone(RESPONSECODE code) {
    const std::scoped_lock lock(mutex_);
    return connection_.known() ? connection_.hung_up() : code == IFD_COMMUNICATION_ERROR;
}

}  // namespace scardlab::vpcd
