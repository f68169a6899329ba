#include "core/resource_manager/pcsclite/blocking_caller.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace scardlab::resource_manager {
namespace {

using std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;

/// How long before the end of a wait the daemon is asked whether it answers at all.
constexpr std::chrono::seconds probe_time{1};
/// What a verb gets that begins at the deadline: no less than a question and its answer take.
constexpr std::chrono::milliseconds least_time{50};
/// Threads left behind.
constexpr std::size_t most_orphans = 2;

Lane::Time at(nanoseconds time) {
    return time == Caller::no_deadline ? Lane::Time::max() : Lane::Time(time);
}

bool gives_back(Verb verb) {
    return verb == Verb::release || verb == Verb::disconnect || verb == Verb::end || verb == Verb::close;
}

}  // namespace

BlockingCaller::BlockingCaller(BlockingService service)
    : service_(std::move(service)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

BlockingCaller::~BlockingCaller() {
    deadline_ = now() + probe_time;
    interrupted_ = false;
    while (!seats_.empty()) {
        unseat(seats_.back().handle);
    }
    for (Seat* seat : {&base_, &borrowed_}) {
        if (seat->lane) {
            Lane::let_go(std::move(seat->lane));
        }
    }
    for (Orphan& orphan : orphans_) {
        Lane::let_go(std::move(orphan.lane));
    }
    ::close(wake_);
}

void BlockingCaller::interrupt() {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    [[maybe_unused]] const int written = ::eventfd_write(wake_, 1);
    interrupts_.notify_all();
    if (waiting_ != nullptr) {
        waiting_->poke();
    }
}

void BlockingCaller::clear_interrupt() {
    const std::lock_guard lock(mutex_);
    interrupted_ = false;
    ::eventfd_t count = 0;
    [[maybe_unused]] const int read = ::eventfd_read(wake_, &count);
}

Code BlockingCaller::await_change(std::uint64_t) {
    const Code code = pause();
    return code == Code::sharing_violation ? Code::timeout : code;
}

Code BlockingCaller::await_service() {
    if (service_.probe->await(at(deadline_), wake_)) {
        return Code::success;
    }
    return interrupted_ ? Code::cancelled : Code::timeout;
}

// -- Waiting -----------------------------------------------------------------------------------------------------

/// What gives back is made although it is late, but does not wait long then.
Lane::Time BlockingCaller::until(Verb verb) const {
    const Lane::Time deadline = at(deadline_);
    return gives_back(verb) ? std::max(deadline, Steady::now() + retry_after) : deadline;
}

Lane::Wait BlockingCaller::await(Lane& lane, Lane::Time until) {
    {
        const std::lock_guard lock(mutex_);
        waiting_ = &lane;
    }
    const Lane::Wait wait = lane.await_idle(until, interrupted_);
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
    return wait;
}

/// Waits until the lane is idle: success, or why it is not. `stuck`: what it works on, on `reader`. The daemon is asked
/// while there is time.
Code BlockingCaller::await_idle(Lane& lane, Verb verb, Verb stuck, std::string_view reader, Lane::Time end) {
    const Lane::Time now = Steady::now();
    const auto reserve = end > now ? std::min<nanoseconds>(probe_time, (end - now) / 2) : nanoseconds{0};
    Lane::Wait wait = await(lane, end == Lane::Time::max() ? end : end - reserve);
    Code why = Code::success;
    if (wait == Lane::Wait::late) {
        why = why_late(stuck, reader, end);
        wait = await(lane, end);
    }
    if (wait == Lane::Wait::interrupted && gives_back(verb)) {
        static const std::atomic<bool> never{false};
        wait = lane.await_idle(std::min(end, Steady::now() + retry_after), never);
        why = Code::cancelled;
    }
    return wait == Lane::Wait::over ? Code::success : wait == Lane::Wait::interrupted ? Code::cancelled : why;
}

/// Has the lane make what its request says. `reader`: on which it would wait.
Code BlockingCaller::run(Lane& lane, Verb verb, std::string_view reader) {
    const Lane::Time end = std::max(until(verb), Steady::now() + least_time);
    lane.request().verb = verb;
    lane.start();
    const Code why = await_idle(lane, verb, verb, reader, end);
    gave_up_ = why != Code::success && lane.give_up();
    return gave_up_ ? why : lane.answer().code;
}

/// What a verb that has not come back is waiting for.
Code BlockingCaller::why_late(Verb verb, std::string_view reader, Lane::Time until) {
    if (!service_.probe->answers(until, wake_)) {
        return Code::server_too_busy;
    }
    switch (verb) {
        case Verb::begin:
        case Verb::status:
            return Code::sharing_violation;  // they never go to the reader
        case Verb::connect:
        case Verb::disconnect: {
            const std::optional<int> sharing = service_.probe->sharing(reader, until, wake_);
            const int own = verb == Verb::disconnect ? 1 : 0;
            return sharing && (*sharing < 0 || *sharing > own) ? Code::sharing_violation : Code::timeout;
        }
        case Verb::watch:
        case Verb::reconnect:
        case Verb::transmit:
        case Verb::control:
        case Verb::attrib:
        case Verb::end:
            return Code::timeout;
        default:
            return Code::server_too_busy;  // the process's own mutex, which another stuck call holds
    }
}

/// Waits retry_after. success; sharing_violation: the deadline comes first; cancelled.
Code BlockingCaller::pause() {
    const Lane::Time again = Steady::now() + retry_after;
    const Lane::Time end = std::min(at(deadline_), again);
    std::unique_lock lock(mutex_);
    interrupts_.wait_until(lock, end, [this] { return interrupted_.load(); });
    if (interrupted_) {
        return Code::cancelled;
    }
    return end == again ? Code::success : Code::sharing_violation;
}

// -- Lanes -------------------------------------------------------------------------------------------------------

/// Ends those that have come back.
void BlockingCaller::tidy() {
    for (Orphan& orphan : orphans_) {
        if (orphan.lane->idle()) {
            Lane::let_go(std::move(orphan.lane));
        }
    }
    std::erase_if(orphans_, [](const Orphan& orphan) { return orphan.lane == nullptr; });
}

/// Waits for one when there are too many.
Code BlockingCaller::await_orphans() {
    tidy();
    if (orphans_.size() < most_orphans) {
        return Code::success;
    }
    const Orphan& first = orphans_.front();
    const Code code = await_idle(*first.lane, Verb::connect, first.stuck, first.reader, until(Verb::connect));
    if (code != Code::success) {
        return code;
    }
    tidy();
    return Code::success;
}

/// `stuck`: what it works on, on `reader`.
void BlockingCaller::leave_behind(std::unique_ptr<Lane> lane, Verb stuck, std::string reader) {
    if (lane->close_when_idle()) {
        orphans_.push_back({std::move(lane), stuck, std::move(reader)});
    } else {
        run(*lane, Verb::close, {});
        if (gave_up_) {
            orphans_.push_back({std::move(lane), Verb::close, std::move(reader)});
        } else {
            Lane::let_go(std::move(lane));
        }
    }
}

/// Whether the seat can be asked now: success, or why not.
Code BlockingCaller::prepare(Seat& seat, Verb verb) {
    if (seat.lost && (seat.own || !seat.lane->idle())) {
        return Code::invalid_handle;
    }
    seat.lost = false;
    if (interrupted_ && !gives_back(verb)) {
        return Code::cancelled;
    }
    if (!seat.lane) {
        seat.lane = new_lane();
        if (!seat.lane) {
            return Code::no_memory;
        }
    }
    if (!seat.lane->idle()) {
        const Code code = await_idle(*seat.lane, verb, seat.last, seat.reader, until(verb));
        if (code != Code::success) {
            return code;
        }
    }
    seat.lane->request().ask_first = false;
    return Code::success;
}

/// Makes the request of a prepared seat.
Code BlockingCaller::seated(Seat& seat, Verb verb) {
    seat.last = verb;
    seat.lane->request().handle = seat.handle;
    const Code code = run(*seat.lane, verb, seat.reader);
    if (gave_up_) {
        // What it may yet do at the card cannot be undone; the others wait for a lock, or only look.
        seat.lost = verb == Verb::transmit || verb == Verb::control || verb == Verb::reconnect || verb == Verb::end;
    }
    learn(seat, code);
    return code;
}

/// A removal takes every lock away (rule E5).
void BlockingCaller::learn(Seat& seat, Code code) {
    if (code == Code::removed_card) {
        seat.locks = 0;
        seat.exclusive = false;
    }
}

BlockingCaller::Seat* BlockingCaller::seat_of(Handle handle) {
    const auto found = std::ranges::find(seats_, handle, &Seat::handle);
    if (found != seats_.end()) {
        return &*found;
    }
    if (borrowed_.handle != handle) {
        if (borrowed_.lane && !borrowed_.lane->idle()) {
            leave_behind(std::move(borrowed_.lane), borrowed_.last, borrowed_.reader);
        }
        std::unique_ptr<Lane> lane = std::move(borrowed_.lane);
        borrowed_ = Seat{};
        borrowed_.handle = handle;
        borrowed_.lane = std::move(lane);
    }
    return &borrowed_;
}

void BlockingCaller::unseat(Handle handle) {
    const auto found = std::ranges::find(seats_, handle, &Seat::handle);
    if (found == seats_.end()) {
        return;
    }
    Seat seat = std::move(*found);
    seats_.erase(found);
    leave_behind(std::move(seat.lane), seat.last, std::move(seat.reader));
}

}  // namespace scardlab::resource_manager
