#include "scenarios/engine/pcscd/bench_link.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "emulator/ifd/clock.h"
#include "emulator/ifd/reader.h"
#include "emulator/vpcd/link/connection.h"
#include "scenarios/engine/observed_ifd.h"

namespace scardlab::engine {

namespace {
constexpr std::chrono::seconds job_limit{10};
}

class BenchLink::Impl {
  public:
    explicit Impl(std::uint16_t port)
        : link_(ifd_, clock_, vpcd::Endpoint{vpcd::Endpoint::Direction::connect_to_vpcd, "127.0.0.1", port}) {
        ifd_.observe([this](std::string text) { observed(std::move(text)); });
        thread_ = std::thread([this] {
            const auto ended = link_.run();
            if (!ended) {
                const std::lock_guard lock(mutex_);
                failure_ = ended.error().message;
            }
            ended_ = true;
        });
    }
    ~Impl() {
        link_.stop();
        thread_.join();
    }

    WorldResult<void> run(const std::function<void()>& job) {
        struct Ticket {
            std::mutex mutex;
            std::condition_variable changed;
            bool done = false;
            bool abandoned = false;
        };
        const auto ticket = std::make_shared<Ticket>();
        link_.post([job, ticket] {
            const std::lock_guard lock(ticket->mutex);
            if (!ticket->abandoned) {
                job();
                ticket->done = true;
                ticket->changed.notify_one();
            }
        });
        std::unique_lock lock(ticket->mutex);
        const auto deadline = std::chrono::steady_clock::now() + job_limit;
        while (!ticket->done && !ended_ && std::chrono::steady_clock::now() < deadline) {
            ticket->changed.wait_for(lock, std::chrono::milliseconds(50));
        }
        if (!ticket->done) {
            ticket->abandoned = true;  // the job refers to things that are gone after this
            const std::lock_guard failure_lock(mutex_);
            return tl::make_unexpected(
                WorldError{failure_.empty() ? "waited 10 s for the link to vpcd to move the card" : failure_});
        }
        return {};
    }

    /// On the link's thread, after each call of the driver: what the cards logged during it gets the time of reality.
    void drain_contacts() {
        std::vector<SeenEvent> seen = cards_.take_contacts({});
        const auto now = std::chrono::steady_clock::now() - start_;
        for (SeenEvent& event : seen) {
            event.at = now;
            contacts_.push_back(std::move(event));
        }
    }

    void observed(std::string text) {
        const std::lock_guard lock(mutex_);
        drain_contacts();
        if (observing_) {
            observed_.push_back({elapsed(), "reader", std::move(text)});
        }
    }

    std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - start_; }

    ifd::VirtualClock clock_;
    ifd::Reader reader_{clock_};
    ObservedIfd ifd_{reader_};
    CardBox cards_{reader_};
    vpcd::Link link_;
    std::atomic<bool> ended_{false};  ///< the link's thread serves no more jobs
    std::thread thread_;
    std::mutex mutex_;  ///< guards what follows
    std::string failure_;
    bool observing_ = false;
    std::vector<TraceEntry> observed_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::vector<SeenEvent> contacts_;
};

BenchLink::BenchLink(std::uint16_t port) : impl_(std::make_unique<Impl>(port)) {}
BenchLink::~BenchLink() = default;

WorldResult<void> BenchLink::with_cards(const std::function<void(CardBox&)>& job) {
    return impl_->run([this, job] { job(impl_->cards_); });
}

std::uint32_t BenchLink::movements() const {
    return impl_->ifd_.presence_changes();
}

bool BenchLink::card_present() const {
    bool present = false;
    static_cast<void>(impl_->run([this, &present] { present = impl_->reader_.presence() == ifd::IfdCode::success; }));
    return present;
}

std::vector<SeenEvent> BenchLink::take_contacts() {
    std::vector<SeenEvent> seen;
    static_cast<void>(impl_->run([this, &seen] {
        const std::lock_guard lock(impl_->mutex_);
        impl_->drain_contacts();
        seen = std::exchange(impl_->contacts_, {});
    }));
    return seen;
}

void BenchLink::start_clock() {
    static_cast<void>(impl_->run([this] {
        const std::lock_guard lock(impl_->mutex_);
        impl_->start_ = std::chrono::steady_clock::now();
        impl_->drain_contacts();
        impl_->contacts_.clear();
        impl_->observed_.clear();
    }));
}

void BenchLink::observe(bool wanted) {
    const std::lock_guard lock(impl_->mutex_);
    impl_->observing_ = wanted;
}

std::vector<TraceEntry> BenchLink::take_observed() {
    const std::lock_guard lock(impl_->mutex_);
    return std::exchange(impl_->observed_, {});
}

std::chrono::nanoseconds BenchLink::elapsed() const {
    const std::lock_guard lock(impl_->mutex_);
    return impl_->elapsed();
}

}  // namespace scardlab::engine
