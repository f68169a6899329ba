#include "emulator/vpcd/link/frame_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace scardlab::vpcd {

namespace {

constexpr std::size_t length_size = 2;
constexpr std::size_t largest_frame = length_size + 0xFFFF;

}  // namespace

FrameStream::FrameStream(FileDescriptor socket) : socket_(std::move(socket)), buffer_(2 * largest_frame) {
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool FrameStream::read() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (buffer_.size() - begin_ < largest_frame) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    // vpcd sends length and body apart: without an acknowledgement at once its second part waits for 40 ms (Nagle). The
    // kernel clears the option by itself.
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    const auto got = ::recv(socket_.get(), buffer_.data() + end_, buffer_.size() - end_, 0);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    end_ += static_cast<std::size_t>(got);
    return got > 0;
}

std::optional<iso7816::ByteView> FrameStream::next() {
    while (end_ - begin_ >= length_size) {
        const std::size_t length = static_cast<std::size_t>(buffer_[begin_] << 8 | buffer_[begin_ + 1]);
        if (end_ - begin_ < length_size + length) {
            break;
        }
        const iso7816::ByteView body(buffer_.data() + begin_ + length_size, length);
        begin_ += length_size + length;
        if (length > 0) {
            return body;
        }
    }
    return std::nullopt;
}

FrameStream::Sent FrameStream::send(iso7816::ByteView body) {
    outgoing_ = body;
    sent_ = 0;
    return resume();
}

FrameStream::Sent FrameStream::resume() {
    const std::size_t total = length_size + outgoing_.size();
    std::array<std::uint8_t, length_size> length{static_cast<std::uint8_t>(outgoing_.size() >> 8),
                                                 static_cast<std::uint8_t>(outgoing_.size() & 0xFF)};
    while (sent_ < total) {
        const std::size_t of_length = sent_ < length_size ? length_size - sent_ : 0;
        const std::size_t body_offset = sent_ < length_size ? 0 : sent_ - length_size;
        // sendmsg does not write through iov_base
        std::array<iovec, 2> parts{
            iovec{length.data() + (length_size - of_length), of_length},
            iovec{const_cast<std::uint8_t*>(outgoing_.data()) + body_offset, outgoing_.size() - body_offset}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const auto count = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno == EAGAIN ? Sent::part : Sent::failed;
        }
        sent_ += static_cast<std::size_t>(count);
    }
    return Sent::all;
}

}  // namespace scardlab::vpcd
