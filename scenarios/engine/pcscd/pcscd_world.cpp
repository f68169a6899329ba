#include "scenarios/engine/pcscd/pcscd_world.h"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <map>
#include <thread>
#include <utility>

#include "scenarios/engine/pcscd/application_process.h"
#include "scenarios/engine/pcscd/bench_link.h"
#include "scenarios/engine/pcscd/daemon_monitor.h"
#include "scenarios/engine/pcscd/private_pcscd.h"

namespace scardlab::engine {

namespace {

using std::chrono::milliseconds;
namespace rm = resource_manager;

constexpr std::uint16_t vpcd_port = 0x8C7B;
/// pcscd answers within a few milliseconds when it does not block, and polls a lock every 100 ms.
constexpr milliseconds blocked_limit{400};
constexpr milliseconds settle_limit{5'000};

}  // namespace

class PcscdWorld::Impl {
  public:
    Impl(Options options, PrivatePcscd::Options daemon, PrivatePcscd pcscd, DaemonMonitor monitor)
        : options_(std::move(options)),
          daemon_(std::move(daemon)),
          pcscd_(std::move(pcscd)),
          monitor_(std::move(monitor)),
          reader_name_(pcscd_.slot_name(0)),
          own_threads_(threads()),
          link_(vpcd_port) {}

    struct Member {
        ApplicationProcess process;
        std::optional<std::uint64_t> waiting_for;
        std::string in_call;
    };

    template <class T>
    WorldResult<T> checked(WorldResult<T> result) {
        // its sockets close a moment before it has ended
        if (!result && service_ != Service::stopped && pcscd_.ended_within(milliseconds(500))) {
            if (how_it_ended_.empty()) {
                const std::string log = pcscd_.log_tail();
                how_it_ended_ = "pcscd has ended unexpectedly: " + pcscd_.reap() +
                                (log.empty() ? "" : "; the end of its log:\n" + log);
            }
            return tl::make_unexpected(WorldError{how_it_ended_});
        }
        return result;
    }

    WorldResult<Member*> member(const std::string& name) {
        if (const auto found = members_.find(name); found != members_.end()) {
            return &found->second;
        }
        auto process = ApplicationProcess::start(
            {options_.program, pcscd_.socket_path().parent_path(), name, reader_name_, pcscd_.socket_path()});
        if (!process) {
            return tl::make_unexpected(process.error());
        }
        return &members_.emplace(name, Member{std::move(*process), std::nullopt, ""}).first->second;
    }

    /// The arguments with the number of the other application's handle, where they name one.
    Arguments with_handle(Arguments arguments) const {
        const auto owner = members_.find(arguments.handle_of.value_or(""));
        if (owner != members_.end()) {
            arguments.foreign_handle = owner->second.process.last().handle;
        }
        return arguments;
    }

    /// Waits until pcscd has counted every movement of the card so far, a planned one that happens meanwhile included.
    WorldResult<void> settle() {
        if (service_ != Service::running) {
            return {};
        }
        const auto expected = [this] {
            return static_cast<std::uint16_t>(base_count_ + (link_.movements() - base_movements_));
        };
        return checked(monitor_.wait_for(
            reader_name_, [&](const ReaderSnapshot& reader) { return reader.event_count == expected(); }, settle_limit,
            fmt::format("pcscd to see the card's movement (event count {})", expected())));
    }

    WorldResult<void> move(const std::function<void(CardBox&)>& movement) {
        if (auto moved = link_.with_cards(movement); !moved) {
            return moved;
        }
        return settle();
    }

    WorldResult<void> take_base() {
        const auto reader = monitor_.look(reader_name_);
        if (!reader) {
            return tl::make_unexpected(reader.error());
        }
        base_count_ = reader->event_count;
        base_movements_ = link_.movements();
        return {};
    }

    /// Waits until pcscd has done with applications that are gone: it serves each context in a thread, whose last deeds
    /// (the reset of X1, the restart of the power-off timer) come after it has published that the handle is free. The
    /// end of a thread is announced nowhere, so this looks each millisecond.
    WorldResult<void> clients_gone() {
        const auto deadline = std::chrono::steady_clock::now() + settle_limit;
        std::size_t serving = own_threads_;
        for (const auto& [name, member] : members_) {
            serving += member.process.connections();
        }
        while (threads() > serving) {
            if (std::chrono::steady_clock::now() > deadline) {
                return checked(WorldResult<void>(tl::make_unexpected(
                    WorldError{fmt::format("waited {} ms for pcscd to end the threads of applications that are gone",
                                           settle_limit.count())})));
            }
            std::this_thread::sleep_for(milliseconds(1));
        }
        return {};
    }

    void stop() {
        thaw();
        if (service_ == Service::running) {
            service_ = Service::stopped;
            pcscd_.stop();
        }
    }

    /// A new pcscd in the place of the old one, which has seen the card that is in the reader when this returns.
    WorldResult<void> start() {
        if (service_ != Service::stopped) {
            return {};
        }
        auto pcscd = PrivatePcscd::start(daemon_);
        if (!pcscd) {
            return tl::make_unexpected(WorldError{pcscd.error().message});
        }
        pcscd_ = std::move(*pcscd);
        service_ = Service::running;
        auto monitor = DaemonMonitor::connect(pcscd_.socket_path());
        if (!monitor) {
            return tl::make_unexpected(monitor.error());
        }
        monitor_ = std::move(*monitor);
        own_threads_ = threads();
        const bool card = link_.card_present();
        auto seen = checked(monitor_.wait_for(
            reader_name_,
            [card](const ReaderSnapshot& reader) { return ((reader.state & rm::state_present) != 0) == card; },
            settle_limit, "the new pcscd to see the card in the reader"));
        seen = seen ? checked(take_base()) : seen;
        first_count_ = base_count_;
        return seen;
    }

    WorldResult<void> freeze() {
        if (service_ == Service::running) {
            if (!pcscd_.freeze()) {
                return checked(WorldResult<void>(tl::make_unexpected(WorldError{"pcscd cannot be stopped"})));
            }
            service_ = Service::frozen;
        }
        return {};
    }

    WorldResult<void> thaw() {
        if (service_ != Service::frozen) {
            return {};
        }
        pcscd_.thaw();
        service_ = Service::running;
        return settle();
    }

    std::size_t threads() const {
        std::error_code failure;
        const std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", pcscd_.pid()), failure);
        return failure ? 0 : static_cast<std::size_t>(std::distance(tasks, std::filesystem::directory_iterator()));
    }

    void add_observed() {
        for (TraceEntry& entry : link_.take_observed()) {
            if (trace_ != nullptr) {
                trace_->add(entry.at, std::move(entry.column), std::move(entry.text));
            }
        }
    }

    WorldResult<std::optional<Reply>> await(Member& caller, std::uint64_t sequence, milliseconds patience) {
        auto reply = checked(caller.process.await(sequence, patience));
        if (reply && *reply) {
            caller.waiting_for.reset();
        }
        return reply;
    }

    enum class Service : std::uint8_t { running, frozen, stopped };

    Options options_;
    PrivatePcscd::Options daemon_;
    Service service_ = Service::running;
    PrivatePcscd pcscd_;
    DaemonMonitor monitor_;
    std::string reader_name_;
    std::string how_it_ended_;  ///< set when pcscd has ended
    std::size_t own_threads_;   ///< of pcscd when only the monitor is connected
    BenchLink link_;
    std::map<std::string, Member> members_;
    Trace* trace_ = nullptr;
    std::uint16_t base_count_ = 0;
    std::uint32_t base_movements_ = 0;
    std::uint16_t first_count_ = 0;
};

WorldResult<std::unique_ptr<PcscdWorld>> PcscdWorld::start(const Options& options) {
    PrivatePcscd::Options daemon;
    daemon.bridge = options.kind == TargetKind::pcscd;
    daemon.bridge_library = options.bridge_library;
    daemon.stock_driver = options.stock_driver;
    daemon.pcscd = options.pcscd;
    daemon.port = vpcd_port;
    auto pcscd = PrivatePcscd::start(daemon);
    if (!pcscd) {
        return tl::make_unexpected(WorldError{pcscd.error().message});
    }
    auto monitor = DaemonMonitor::connect(pcscd->socket_path());
    if (!monitor) {
        return tl::make_unexpected(monitor.error());
    }
    return std::unique_ptr<PcscdWorld>(
        new PcscdWorld(std::make_unique<Impl>(options, std::move(daemon), std::move(*pcscd), std::move(*monitor))));
}

PcscdWorld::PcscdWorld(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

PcscdWorld::~PcscdWorld() {
    impl_->members_.clear();
}

TargetKind PcscdWorld::kind() const {
    return impl_->options_.kind;
}

WorldResult<void> PcscdWorld::begin(const ifd::ReaderOptions& reader, const std::optional<icc::Profile>& card,
                                    Trace* trace) {
    impl_->trace_ = trace;
    impl_->link_.observe(trace != nullptr);
    impl_->link_.start_clock();
    if (auto base = impl_->checked(impl_->take_base()); !base) {
        return base;
    }
    if (auto ready = impl_->link_.with_cards([&](CardBox& cards) { cards.set_up(reader); }); !ready) {
        return ready;
    }
    if (card) {
        if (auto inserted = impl_->move([&](CardBox& cards) { cards.insert(card); }); !inserted) {
            return inserted;
        }
    }
    const auto seen = impl_->checked(impl_->monitor_.look(impl_->reader_name_));
    if (!seen) {
        return tl::make_unexpected(seen.error());
    }
    impl_->first_count_ = seen->event_count;
    return {};
}

WorldResult<void> PcscdWorld::end() {
    impl_->trace_ = nullptr;
    impl_->link_.observe(false);
    if (auto back = impl_->thaw(); !back) {
        return back;
    }
    if (auto back = impl_->start(); !back) {
        return back;
    }
    const WorldResult<void> removed = impl_->move([](CardBox& cards) { cards.clear(); });
    for (auto& [name, application] : impl_->members_) {
        application.process.kill();
    }
    impl_->members_.clear();
    return removed ? impl_->clients_gone() : removed;
}

WorldResult<std::optional<Reply>> PcscdWorld::call(const std::string& application, Method method,
                                                   const Arguments& arguments, milliseconds patience) {
    const auto caller = impl_->member(application);
    if (!caller) {
        return tl::make_unexpected(caller.error());
    }
    Impl::Member& member = **caller;
    const bool ends_call = ends_a_wait(method) || (method == Method::Detach && member.waiting_for);
    if (member.waiting_for && !ends_call) {
        return tl::make_unexpected(WorldError{application + " is still in " + member.in_call});
    }
    const auto sequence = impl_->checked(member.process.send(method, impl_->with_handle(arguments)));
    if (!sequence) {
        return tl::make_unexpected(sequence.error());
    }
    if (ends_call) {
        return impl_->checked(member.process.await(*sequence, patience));
    }
    member.waiting_for = *sequence;
    member.in_call = name(method);
    return impl_->await(member, *sequence, patience);
}

WorldResult<std::optional<Reply>> PcscdWorld::await_reply(const std::string& application, milliseconds patience) {
    const auto caller = impl_->member(application);
    if (!caller) {
        return tl::make_unexpected(caller.error());
    }
    if (!(*caller)->waiting_for) {
        return tl::make_unexpected(WorldError{application + " is in no call"});
    }
    return impl_->await(**caller, *(*caller)->waiting_for, patience);
}

milliseconds PcscdWorld::blocked_after() const {
    return blocked_limit;
}

WorldResult<void> PcscdWorld::kill(const std::string& application) {
    const auto victim = impl_->members_.find(application);
    if (victim == impl_->members_.end()) {
        return {};
    }
    const bool in_daemon = victim->second.waiting_for.has_value();  // its thread may be in a wait that goes on (C4)
    victim->second.process.kill();
    impl_->members_.erase(victim);
    return in_daemon || impl_->service_ != Impl::Service::running ? WorldResult<void>() : impl_->clients_gone();
}

std::string PcscdWorld::holds(const std::string& application) {
    const auto asked = impl_->members_.find(application);
    if (asked == impl_->members_.end()) {
        return "nothing";
    }
    const std::string& text = asked->second.process.last().holds;
    return (text.empty() ? "nothing" : text) +
           (asked->second.waiting_for ? ", in " + asked->second.in_call : std::string());
}

WorldResult<void> PcscdWorld::insert(const std::optional<icc::Profile>& card) {
    bool found = false;
    auto moved = impl_->move([&](CardBox& cards) { found = cards.insert(card); });
    return moved && !found ? WorldResult<void>(tl::make_unexpected(WorldError{"there was no card to put back"}))
                           : moved;
}

WorldResult<void> PcscdWorld::remove() {
    return impl_->move([](CardBox& cards) { cards.remove(); });
}

WorldResult<void> PcscdWorld::swap(const icc::Profile& card) {
    if (kind() == TargetKind::vpcd) {  // the stock driver overlooks a quick swap (rule Q4)
        if (auto removed = remove(); !removed) {
            return removed;
        }
    }
    return impl_->move([&](CardBox& cards) { cards.swap(card); });
}

WorldResult<void> PcscdWorld::set_mute(bool mute) {
    return impl_->link_.with_cards([mute](CardBox& cards) { cards.set_mute(mute); });
}

WorldResult<void> PcscdWorld::move_reader(const ReaderStep&) {
    return tl::make_unexpected(
        WorldError{"a reader behind vpcd can be neither unplugged nor made to fail (rule Q10); restrict the scenario's "
                   "targets to embedded"});
}

WorldResult<void> PcscdWorld::move_service(ServiceStep::Action action) {
    switch (action) {
        case ServiceStep::Action::stop:
            impl_->stop();
            return {};
        case ServiceStep::Action::start:
            return impl_->start();
        case ServiceStep::Action::restart:
            impl_->stop();
            return impl_->start();
        case ServiceStep::Action::freeze:
            return impl_->freeze();
        case ServiceStep::Action::thaw:
            return impl_->thaw();
    }
    return {};
}

WorldResult<void> PcscdWorld::plan(const ifd::Fault& fault) {
    return impl_->link_.with_cards([&](CardBox& cards) { cards.plan(fault); });
}

PlansLeft PcscdWorld::plans_left() {
    PlansLeft left;
    static_cast<void>(impl_->link_.with_cards([&](CardBox& cards) { left = cards.plans_left(); }));
    return left;
}

WorldResult<void> PcscdWorld::advance(milliseconds duration) {
    std::this_thread::sleep_for(duration);  // "clock: advance" is real time here
    return {};
}

WorldResult<void> PcscdWorld::settle() {
    return impl_->settle();
}

std::vector<SeenEvent> PcscdWorld::take_contacts() {
    std::vector<SeenEvent> seen = impl_->link_.take_contacts();
    impl_->add_observed();
    return seen;
}

std::uint16_t PcscdWorld::first_event_count() const {
    return impl_->first_count_;
}

std::chrono::nanoseconds PcscdWorld::elapsed() const {
    return impl_->link_.elapsed();
}

}  // namespace scardlab::engine
