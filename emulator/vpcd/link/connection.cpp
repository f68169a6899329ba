// Threading model. One thread calls run() and owns the reader, the clock, the sockets and every member without a note.
// Other threads (and signal handlers, for stop) reach it only through `stop_requested_`, the job queue under
// `jobs_mutex_`, and the eventfd `wake_`, which the loop polls beside the socket.
#include "emulator/vpcd/link/connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "emulator/vpcd/link/frame_stream.h"
#include "emulator/vpcd/link/link.h"
#include "emulator/vpcd/link/socket.h"

namespace scardlab::vpcd {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

SteadyTime real_now() {
    return std::chrono::steady_clock::now();
}

constexpr milliseconds first_delay{5};
constexpr milliseconds longest_delay{200};
/// On loopback an answer comes at once, or never: vpcd's queue of connections holds one (listen(0)), and a connect that
/// finds it full would only be tried again by the kernel after a second.
constexpr milliseconds loopback_answer{20};
constexpr milliseconds remote_answer{3000};
/// How long an occupied vpcd is tried when the link was not to wait.
constexpr std::chrono::seconds occupied_limit{3};
constexpr int full_socket_check = 50;  // ms

timespec to_timespec(std::chrono::nanoseconds duration) {
    const auto clamped = std::max(duration, std::chrono::nanoseconds::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clamped);
    return {static_cast<time_t>(seconds.count()), static_cast<long>((clamped - seconds).count())};
}

}  // namespace

class Link::Impl {
  public:
    Impl(ifd::Ifd& ifd, ifd::VirtualClock& clock, Endpoint endpoint, LinkOptions options)
        : ifd_(ifd),
          clock_(clock),
          handler_(ifd),
          endpoint_(std::move(endpoint)),
          options_(std::move(options)),
          wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    tl::expected<void, LinkError> run();
    void stop();
    void post(std::function<void()> job);

  private:
    void start();
    tl::expected<void, LinkError> serve();
    tl::expected<void, LinkError> follow_presence();
    tl::expected<void, LinkError> try_to_connect();
    void wait_for_something();
    void accept_connection();
    void serve_frames();
    bool answer(iso7816::ByteView frame);
    bool hold(SteadyTime until);
    bool send(iso7816::ByteView body);
    void run_jobs();
    void ring() const;
    void catch_up();
    void open(FileDescriptor socket);
    void close(bool by_peer);
    void retry_later();
    bool stopping() const { return stop_requested_.load(std::memory_order_relaxed); }
    bool accepting() const { return endpoint_.direction == Endpoint::Direction::accept_from_vpcd; }

    ifd::Ifd& ifd_;
    ifd::VirtualClock& clock_;
    FrameHandler handler_;
    const Endpoint endpoint_;
    const LinkOptions options_;
    FileDescriptor wake_;
    std::atomic<bool> stop_requested_{false};
    static_assert(std::atomic<bool>::is_always_lock_free, "stop() is called from signal handlers");
    std::mutex jobs_mutex_;
    std::deque<std::function<void()>> jobs_;  // under jobs_mutex_

    std::vector<Address> addresses_;
    FileDescriptor listener_;
    std::optional<FrameStream> stream_;
    bool card_left_ = false;
    bool card_present_ = false;
    bool ever_connected_ = false;
    milliseconds delay_ = first_delay;
    SteadyTime next_attempt_;
    SteadyTime real_origin_;
    ifd::Duration virtual_origin_{0};
};

tl::expected<void, LinkError> Link::Impl::run() {
    if (!wake_.valid()) {
        return tl::unexpected(LinkError{LinkError::Kind::system, "no event descriptor is left (eventfd failed)"});
    }
    auto addresses = resolve(endpoint_, options_.allow_remote);
    if (!addresses) {
        return tl::unexpected(addresses.error());
    }
    addresses_ = std::move(*addresses);
    if (accepting()) {
        auto listener = listen_on(addresses_.front(), endpoint_);
        if (!listener) {
            return tl::unexpected(listener.error());
        }
        listener_ = std::move(*listener);
    }
    start();
    const auto result = serve();
    ifd_.set_presence_listener({});
    if (stream_) {
        close(false);
    }
    listener_.reset();
    stop_requested_ = false;
    return result;
}

void Link::Impl::start() {
    real_origin_ = next_attempt_ = real_now();
    virtual_origin_ = clock_.now();
    delay_ = first_delay;
    ever_connected_ = card_left_ = false;
    card_present_ = ifd_.presence() == ifd::IfdCode::success;
    ifd_.set_presence_listener([this] {
        const bool present = ifd_.presence() == ifd::IfdCode::success;
        card_left_ = card_left_ || !present;  // stays until the connection of that card is closed: a swap is two
        if (present && !card_present_) {
            delay_ = first_delay;
            next_attempt_ = real_now();
        }
        card_present_ = present;
    });
}

tl::expected<void, LinkError> Link::Impl::serve() {
    while (!stopping()) {
        run_jobs();
        if (auto followed = follow_presence(); !followed) {
            return followed;
        }
        if (!stopping()) {
            wait_for_something();
        }
    }
    return {};
}

void Link::Impl::stop() {
    stop_requested_ = true;
    ring();
}

void Link::Impl::post(std::function<void()> job) {
    {
        const std::scoped_lock lock(jobs_mutex_);
        jobs_.push_back(std::move(job));
    }
    ring();
}

void Link::Impl::ring() const {
    const int saved = errno;  // a signal handler must not change it
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
    errno = saved;
}

void Link::Impl::run_jobs() {
    std::uint64_t count = 0;
    if (::read(wake_.get(), &count, sizeof count) < 0) {
        return;  // nobody rang
    }
    while (!stopping()) {
        std::function<void()> job;
        {
            const std::scoped_lock lock(jobs_mutex_);
            if (jobs_.empty()) {
                return;
            }
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        catch_up();
        job();
    }
    ring();  // for the jobs that are left, should run() be called again
}

void Link::Impl::catch_up() {
    const auto real = std::chrono::duration_cast<ifd::Duration>(real_now() - real_origin_);
    clock_.advance(virtual_origin_ + real - clock_.now());
}

tl::expected<void, LinkError> Link::Impl::follow_presence() {
    if (card_left_) {
        card_left_ = false;
        if (stream_) {
            close(false);
        }
    }
    if (card_present_ && !stream_ && !accepting() && real_now() >= next_attempt_) {
        return try_to_connect();
    }
    return {};
}

tl::expected<void, LinkError> Link::Impl::try_to_connect() {
    std::error_code error;
    for (const auto& address : addresses_) {
        auto socket = connect_to(address, wake_.get(), address.loopback() ? loopback_answer : remote_answer);
        if (socket) {
            open(std::move(*socket));
            return {};
        }
        error = socket.error();
        if (error == std::errc::interrupted) {
            return {};  // jobs or a stop first; then again at once
        }
    }
    const bool occupied = error == std::errc::timed_out && real_now() - real_origin_ < occupied_limit;
    if (!options_.wait_for_vpcd && !ever_connected_ && !occupied) {
        const bool refused = error == std::errc::connection_refused;
        return tl::unexpected(LinkError{
            refused ? LinkError::Kind::nobody_listens : LinkError::Kind::system,
            refused
                ? fmt::format("nothing listens on {} (is pcscd running with vsmartcard-vpcd?)", to_string(endpoint_))
                : fmt::format("{} takes no card: {} (is another card in that reader?)", to_string(endpoint_),
                              error.message())});
    }
    retry_later();
    return {};
}

void Link::Impl::retry_later() {
    next_attempt_ = real_now() + delay_;
    delay_ = std::min(delay_ * 2, longest_delay);
}

void Link::Impl::wait_for_something() {
    std::array<pollfd, 3> watched{pollfd{wake_.get(), POLLIN, 0}, pollfd{stream_ ? stream_->fd() : -1, POLLIN, 0},
                                  pollfd{listener_.get(), POLLIN, 0}};
    std::optional<timespec> limit;
    if (card_present_ && !stream_ && !accepting()) {
        limit = to_timespec(next_attempt_ - real_now());
    }
    if (::ppoll(watched.data(), watched.size(), limit ? &*limit : nullptr, nullptr) <= 0 || watched[0].revents != 0) {
        return;  // jobs and stop() come before frames
    }
    if (watched[2].revents != 0) {
        accept_connection();
    }
    if (watched[1].revents != 0) {
        serve_frames();
    }
}

void Link::Impl::accept_connection() {
    FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    // An empty reader hangs up at once, which vpcd takes for "no card"; so does a reader that is in use.
    if (socket.valid() && card_present_ && !stream_) {
        open(std::move(socket));
    }
}

void Link::Impl::open(FileDescriptor socket) {
    stream_.emplace(std::move(socket));
    ever_connected_ = true;
    handler_.connection_opened();
    if (options_.on_connection) {
        options_.on_connection(true);
    }
}

void Link::Impl::close(bool by_peer) {
    stream_.reset();
    if (by_peer && !card_left_) {
        catch_up();
        handler_.connection_lost();
        retry_later();
    }
    if (options_.on_connection) {
        options_.on_connection(false);
    }
}

void Link::Impl::serve_frames() {
    if (!stream_->read()) {
        close(true);
        return;
    }
    while (const auto frame = stream_->next()) {
        if (!answer(*frame)) {
            close(true);
            return;
        }
        if (stopping() || card_left_) {
            return;
        }
    }
}

/// False when the connection has to be closed.
bool Link::Impl::answer(iso7816::ByteView frame) {
    catch_up();
    delay_ = first_delay;
    const auto virtual_start = clock_.now();
    const auto answer = handler_.handle(frame);
    if (answer.removed) {
        card_left_ = true;  // also for a reader that does not say so by its listener
        card_present_ = ifd_.presence() == ifd::IfdCode::success;
        return true;
    }
    if (answer.code != ifd::IfdCode::success) {
        const auto taken = std::min<ifd::Duration>(clock_.now() - virtual_start, options_.max_hold);
        if (!hold(real_now() + std::chrono::duration_cast<SteadyTime::duration>(taken))) {
            return false;
        }
    }
    if (card_left_ || stopping() || !answer.send) {
        return true;
    }
    return send(answer.body);
}

/// Waits; jobs may run. Ends early when the card leaves or stop() is called. False when the peer hangs up.
bool Link::Impl::hold(SteadyTime until) {
    for (auto now = real_now(); now < until && !stopping() && !card_left_; now = real_now()) {
        std::array<pollfd, 2> watched{pollfd{wake_.get(), POLLIN, 0}, pollfd{stream_->fd(), POLLRDHUP, 0}};
        const auto limit = to_timespec(until - now);
        if (::ppoll(watched.data(), watched.size(), &limit, nullptr) <= 0) {
            continue;
        }
        if (watched[1].revents != 0) {
            return false;
        }
        run_jobs();
    }
    return true;
}

/// False when the connection failed.
bool Link::Impl::send(iso7816::ByteView body) {
    auto sent = stream_->send(body);
    while (sent == FrameStream::Sent::part && !stopping()) {
        // Jobs wait until the answer is out, since they may change it; stop() is looked for now and then.
        pollfd writable{stream_->fd(), POLLOUT, 0};
        ::poll(&writable, 1, full_socket_check);
        sent = stream_->resume();
    }
    return sent == FrameStream::Sent::all;
}

Link::Link(ifd::Ifd& ifd, ifd::VirtualClock& clock, Endpoint endpoint, LinkOptions options)
    : impl_(std::make_unique<Impl>(ifd, clock, std::move(endpoint), std::move(options))) {}
Link::~Link() = default;

tl::expected<void, LinkError> Link::run() {
    return impl_->run();
}
void Link::stop() {
    impl_->stop();
}
void Link::post(std::function<void()> job) {
    impl_->post(std::move(job));
}

}  // namespace scardlab::vpcd
