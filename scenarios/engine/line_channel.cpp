#include "scenarios/engine/line_channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace scardlab::engine {

bool LineChannel::send(const std::string& line) {
    const std::string message = line + '\n';
    std::size_t sent = 0;
    while (sent < message.size()) {
        const ssize_t count = ::send(socket_.get(), message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        sent += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    return true;
}

LineChannel::Received LineChannel::receive(std::string& line, std::optional<std::chrono::milliseconds> patience) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    while (true) {
        if (const auto end = buffer_.find('\n'); end != std::string::npos) {
            line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return Received::line;
        }
        int limit = -1;
        if (patience) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*patience - (Clock::now() - start));
            limit = static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
        }
        pollfd waiting{socket_.get(), POLLIN, 0};
        const int ready = ::poll(&waiting, 1, limit);
        if (ready == 0) {
            return Received::nothing_yet;
        }
        if (ready < 0) {
            if (errno == EINTR) {
                continue;
            }
            return Received::closed;
        }
        std::array<char, 65'536> part{};
        const ssize_t count = ::recv(socket_.get(), part.data(), part.size(), 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return Received::closed;
        }
        buffer_.append(part.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace scardlab::engine
