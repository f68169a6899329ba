#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/resource_manager/pcsclite/service_probe.h"

namespace scardlab::resource_manager {
namespace {

/// winscard_msg.h: enum pcsc_msg_commands.
constexpr std::uint32_t command_version = 0x11, command_readers_state = 0x12;
/// struct pubReaderStatesList: 16 entries, the name first, readerSharing at 136.
constexpr std::size_t entry_size = 184, entry_count = 16, name_size = 128, sharing_offset = 136;
/// How often it is tried again where nothing tells of a change.
constexpr std::chrono::milliseconds again{100};

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    int get() const { return fd_; }
    bool open() const { return fd_ >= 0; }

  private:
    int fd_;
};

std::string socket_path() {
    const char* path = std::getenv("PCSCLITE_CSOCK_NAME");
    return path != nullptr ? path : "/run/pcscd/pcscd.comm";
}

class PcscdProbe final : public ServiceProbe {
  public:
    bool answers(Time until, int wake) override {
        const std::array<std::uint32_t, 5> question{12, command_version, 4, 4, 0};
        std::vector<char> answer(12);
        return ask(question.data(), sizeof question, answer, until, wake);
    }

    std::optional<int> sharing(std::string_view reader, Time until, int wake) override {
        const std::array<std::uint32_t, 2> question{0, command_readers_state};
        std::vector<char> answer(entry_size * entry_count);
        if (!ask(question.data(), sizeof question, answer, until, wake)) {
            return std::nullopt;
        }
        for (std::size_t at = 0; at < answer.size(); at += entry_size) {
            const char* name = answer.data() + at;
            if (std::string_view(name, ::strnlen(name, name_size)) == reader) {
                std::int32_t sharing = 0;
                std::memcpy(&sharing, name + sharing_offset, sizeof sharing);
                return sharing;
            }
        }
        return std::nullopt;
    }

    bool await(Time until, int wake) override {
        const std::string folder = path_.substr(0, path_.find_last_of('/') + 1);
        const Descriptor changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        // pcscd makes the socket, listens, and then changes its mode.
        const bool told = changes.open() && ::inotify_add_watch(changes.get(), folder.empty() ? "." : folder.c_str(),
                                                                IN_CREATE | IN_MOVED_TO | IN_ATTRIB) >= 0;
        while (!connected().open()) {
            const Time next = told ? until : std::min(until, std::chrono::steady_clock::now() + again);
            if (!readable(told ? changes.get() : -1, next, wake) && (next == until || woken(wake))) {
                return false;
            }
            std::array<char, 4096> events{};
            while (told && ::read(changes.get(), events.data(), events.size()) > 0) {
            }
        }
        return true;
    }

  private:
    static int milliseconds_until(Time until) {
        if (until == Time::max()) {
            return -1;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
    }

    /// Waits until `fd` can be read. False: the time is over, or `wake` can be.
    static bool readable(int fd, Time until, int wake) {
        std::array<::pollfd, 2> both{{{fd, POLLIN, 0}, {wake, POLLIN, 0}}};
        int ready = 0;
        do {
            ready = ::poll(both.data(), both.size(), milliseconds_until(until));
        } while (ready < 0 && errno == EINTR);
        return ready > 0 && both[0].revents != 0 && both[1].revents == 0;
    }
    static bool woken(int wake) {
        ::pollfd one{wake, POLLIN, 0};
        return ::poll(&one, 1, 0) > 0;
    }

    /// Not open when nobody listens, or the queue of connections is full.
    Descriptor connected() const {
        ::sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (socket.open() && ::connect(socket.get(), static_cast<const ::sockaddr*>(static_cast<const void*>(&address)),
                                       sizeof address) != 0) {
            const int why = errno;
            socket = Descriptor(-1);
            errno = why;
        }
        return socket;
    }

    /// Waits while the queue of connections is full.
    Descriptor connected_in_turn(Time until, int wake) const {
        for (;;) {
            Descriptor socket = connected();
            if (socket.open() || errno != EAGAIN || std::chrono::steady_clock::now() >= until || woken(wake)) {
                return socket;
            }
            readable(-1, std::min(until, std::chrono::steady_clock::now() + again), wake);
        }
    }

    bool ask(const void* question, std::size_t size, std::vector<char>& answer, Time until, int wake) const {
        const Descriptor socket = connected_in_turn(until, wake);
        if (!socket.open() || ::send(socket.get(), question, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) {
            return false;
        }
        for (std::size_t got = 0; got < answer.size();) {
            if (!readable(socket.get(), until, wake)) {
                return false;
            }
            const ssize_t part = ::recv(socket.get(), answer.data() + got, answer.size() - got, 0);
            if (part == 0 || (part < 0 && errno != EINTR && errno != EAGAIN)) {
                return false;
            }
            got += part > 0 ? static_cast<std::size_t>(part) : 0;
        }
        return true;
    }

    const std::string path_ = socket_path();
};

}  // namespace

std::unique_ptr<ServiceProbe> make_pcscd_probe() {
    return std::make_unique<PcscdProbe>();
}

}  // namespace scardlab::resource_manager
