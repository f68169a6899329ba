#include "scenarios/engine/pcscd/daemon_monitor.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace scardlab::engine {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// pcsc-lite 1.9.9, winscard_msg.h: commands, and the layout of an entry of the reader table.
constexpr std::uint32_t command_version = 0x11;
constexpr std::uint32_t get_readers_state = 0x12;
constexpr std::uint32_t wait_reader_state_change = 0x13;
constexpr std::uint32_t stop_waiting = 0x14;
constexpr std::size_t entries = 16;
constexpr std::size_t entry_size = 184;
constexpr std::size_t name_size = 128;
constexpr std::size_t event_counter_at = 128;
constexpr std::size_t state_at = 132;
constexpr std::size_t sharing_at = 136;

constexpr milliseconds answer_limit{10'000};

template <class T>
T field(const std::uint8_t* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

tl::unexpected<WorldError> error(std::string message) {
    return tl::make_unexpected(WorldError{std::move(message)});
}

/// Waits until the descriptor is readable. False: not in time.
bool readable(int fd, milliseconds patience) {
    pollfd waiting{fd, POLLIN, 0};
    const auto deadline = Clock::now() + patience;
    while (true) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
        if (ready > 0) {
            return true;
        }
        if (ready == 0 || errno != EINTR) {
            return false;
        }
    }
}

}  // namespace

WorldResult<DaemonMonitor> DaemonMonitor::connect(const std::filesystem::path& path) {
    vpcd::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!socket.valid() || path.native().size() >= sizeof address.sun_path) {
        return error(fmt::format("cannot make a socket for {}", path.native()));
    }
    std::copy(path.native().begin(), path.native().end(), address.sun_path);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(socket.get(), generic, sizeof address) != 0) {
        return error(fmt::format("pcscd does not answer on {}: {}", path.native(), std::strerror(errno)));
    }
    DaemonMonitor monitor(std::move(socket));
    std::array<std::int32_t, 3> version{4, 4, 0};
    if (auto sent = monitor.request(command_version, version.data(), sizeof version); !sent) {
        return tl::make_unexpected(sent.error());
    }
    if (auto received = monitor.receive(version.data(), sizeof version); !received) {
        return tl::make_unexpected(received.error());
    }
    if (version[2] != 0) {
        return error(fmt::format("pcscd speaks protocol {}:{}; expected 4:4 (pcsc-lite 1.9)", version[0], version[1]));
    }
    return monitor;
}

WorldResult<void> DaemonMonitor::request(std::uint32_t command, const void* body, std::uint32_t size) {
    std::array<std::uint8_t, 64> message{};
    std::memcpy(message.data(), &size, sizeof size);
    std::memcpy(message.data() + 4, &command, sizeof command);
    if (size > 0) {
        std::memcpy(message.data() + 8, body, size);
    }
    const std::size_t total = 8U + size;
    if (::send(socket_.get(), message.data(), total, MSG_NOSIGNAL) != static_cast<ssize_t>(total)) {
        return error("pcscd has closed its connection");
    }
    return {};
}

WorldResult<void> DaemonMonitor::receive(void* buffer, std::size_t size) {
    auto* at = static_cast<std::uint8_t*>(buffer);
    while (size > 0) {
        if (!readable(socket_.get(), answer_limit)) {
            return error(fmt::format("pcscd did not answer within {} ms", answer_limit.count()));
        }
        const ssize_t count = ::recv(socket_.get(), at, size, 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return error("pcscd has closed its connection");
        }
        at += count;
        size -= static_cast<std::size_t>(count);
    }
    return {};
}

WorldResult<ReaderSnapshot> DaemonMonitor::receive_table(const std::string& reader) {
    std::array<std::uint8_t, entries * entry_size> table{};
    if (auto received = receive(table.data(), table.size()); !received) {
        return tl::make_unexpected(received.error());
    }
    for (std::size_t i = 0; i < entries; ++i) {
        const std::uint8_t* entry = table.data() + i * entry_size;
        const auto* text = reinterpret_cast<const char*>(entry);
        if (reader == std::string(text, ::strnlen(text, name_size))) {
            return ReaderSnapshot{field<std::uint32_t>(entry + state_at),
                                  static_cast<std::uint16_t>(field<std::uint32_t>(entry + event_counter_at)),
                                  field<std::int32_t>(entry + sharing_at)};
        }
    }
    return error(fmt::format("pcscd has no reader \"{}\"", reader));
}

WorldResult<ReaderSnapshot> DaemonMonitor::look(const std::string& reader) {
    if (auto sent = request(get_readers_state, nullptr, 0); !sent) {
        return tl::make_unexpected(sent.error());
    }
    return receive_table(reader);
}

WorldResult<void> DaemonMonitor::wait_for(const std::string& reader, const Condition& holds, milliseconds patience,
                                          const std::string& what) {
    const auto deadline = Clock::now() + patience;
    while (true) {
        if (auto sent = request(wait_reader_state_change, nullptr, 0); !sent) {
            return sent;
        }
        const auto snapshot = receive_table(reader);
        if (!snapshot) {
            return tl::make_unexpected(snapshot.error());
        }
        const bool done = holds(*snapshot);
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        const bool announced = !done && left.count() > 0 && readable(socket_.get(), left);
        if (!announced) {  // a change that crosses this request is its answer (winscard_svc.c, EHUnregisterClient)
            if (auto sent = request(stop_waiting, nullptr, 0); !sent) {
                return sent;
            }
        }
        std::array<std::uint32_t, 2> notice{};
        if (auto received = receive(notice.data(), sizeof notice); !received) {
            return received;
        }
        if (done) {
            return {};
        }
        if (Clock::now() >= deadline) {
            return error(fmt::format("waited {} ms for {}; the reader's state is {:#x}, event count {}, handles {}",
                                     patience.count(), what, snapshot->state, snapshot->event_count,
                                     snapshot->sharing));
        }
    }
}

}  // namespace scardlab::engine
