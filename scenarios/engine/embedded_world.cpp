#include "scenarios/engine/embedded_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <utility>

namespace scardlab::engine {

namespace rm = resource_manager;

namespace {

/// What applications draw: 00 01 02 ..., the same in each run, as the card's own challenges are.
service_provider::RandomSource counting_numbers() {
    return [next = std::uint8_t{0}](std::span<std::uint8_t> bytes) mutable {
        for (std::uint8_t& byte : bytes) {
            byte = next++;
        }
        return true;
    };
}

}  // namespace

/// The equipment of one scenario.
struct EmbeddedWorld::Bench {
    ifd::VirtualClock clock;
    ifd::Reader reader{clock};
    ObservedIfd ifd{reader};
    CardBox cards{reader};
    std::list<ifd::Reader> others;  ///< empty readers that take the numbers below
    rm::EmbeddedResourceManager manager{clock};
    std::string reader_name;
};

EmbeddedWorld::EmbeddedWorld() = default;
EmbeddedWorld::~EmbeddedWorld() {
    members_.clear();
}

WorldResult<void> EmbeddedWorld::begin(const ifd::ReaderOptions& reader, const std::optional<icc::Profile>& card,
                                       Trace* trace) {
    members_.clear();
    bench_ = std::make_unique<Bench>();
    bench_->cards.set_up(reader);
    if (trace != nullptr) {
        bench_->ifd.observe([this, trace](std::string text) { trace->add(elapsed(), "reader", std::move(text)); });
    }
    bench_->reader_name = bench_->manager.add_reader("scardlab reader", bench_->ifd);
    if (card) {
        bench_->cards.insert(card);
    }
    bench_->manager.run_due();
    first_event_count_ = card ? 1 : 0;
    return {};
}

WorldResult<void> EmbeddedWorld::end() {
    members_.clear();
    return {};
}

std::chrono::nanoseconds EmbeddedWorld::elapsed() const {
    return bench_->clock.now();
}

EmbeddedWorld::Member& EmbeddedWorld::member(const std::string& application) {
    Member& found = members_[application];
    if (!found.application) {
        found.application =
            std::make_unique<Application>(bench_->manager, bench_->reader_name, true, counting_numbers());
    }
    return found;
}

WorldResult<std::optional<Reply>> EmbeddedWorld::call(const std::string& application, Method method,
                                                      const Arguments& arguments, std::chrono::milliseconds patience) {
    Member& caller = member(application);
    if (ends_a_wait(method) || (method == Method::Detach && caller.parked)) {
        const Reply reply = caller.application->cancel(method, arguments);
        if (caller.parked) {
            retry(caller);
        }
        return std::optional(reply);
    }
    if (caller.parked) {
        return tl::make_unexpected(
            WorldError{application + " is still in " + std::string(name(caller.parked->method))});
    }
    if (auto reply = caller.application->call(method, arguments)) {
        return reply;
    }
    caller.parked = Parked{method, arguments};
    return await_reply(application, patience);
}

WorldResult<std::optional<Reply>> EmbeddedWorld::await_reply(const std::string& application,
                                                             std::chrono::milliseconds patience) {
    Member& caller = member(application);
    if (!caller.parked && !caller.late) {
        return tl::make_unexpected(WorldError{application + " is in no call"});
    }
    const auto deadline = bench_->clock.now() + patience;
    if (!caller.late && caller.parked && patience.count() > 0) {
        retry(caller);
    }
    while (!caller.late && bench_->clock.now() < deadline) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - bench_->clock.now());
        pass(std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(1),
                                                   rm::ResourceManager::retry_after));
    }
    return std::exchange(caller.late, std::nullopt);
}

void EmbeddedWorld::retry(Member& waiting) {
    auto reply = waiting.application->call(waiting.parked->method, waiting.parked->arguments);
    if (reply) {
        waiting.parked.reset();
        waiting.late = std::move(reply);
    }
}

/// Lets time pass, at most one retry period, and tries every blocked call again.
void EmbeddedWorld::pass(std::chrono::milliseconds duration) {
    bench_->clock.advance(duration);
    bench_->manager.run_due();
    retry_all();
}

void EmbeddedWorld::retry_all() {
    for (auto& [application, waiting] : members_) {
        if (waiting.parked) {
            retry(waiting);
        }
    }
}

WorldResult<void> EmbeddedWorld::kill(const std::string& application) {
    Member& victim = member(application);
    for (const rm::Context context : victim.application->contexts()) {
        bench_->manager.kill_context(context);
    }
    members_.erase(application);
    return {};
}

std::string EmbeddedWorld::holds(const std::string& application) {
    const auto found = members_.find(application);
    if (found == members_.end()) {
        return "nothing";
    }
    const Member& asked = found->second;
    std::string text = asked.application->holds();
    if (asked.parked) {
        text += ", in " + std::string(name(asked.parked->method));
    }
    return text;
}

WorldResult<void> EmbeddedWorld::insert(const std::optional<icc::Profile>& card) {
    if (!bench_->cards.insert(card)) {
        return tl::make_unexpected(WorldError{"there was no card to put back"});
    }
    return {};
}

WorldResult<void> EmbeddedWorld::remove() {
    bench_->cards.remove();
    return {};
}

WorldResult<void> EmbeddedWorld::swap(const icc::Profile& card) {
    bench_->cards.swap(card);
    return {};
}

WorldResult<void> EmbeddedWorld::set_mute(bool mute) {
    bench_->cards.set_mute(mute);
    return {};
}

WorldResult<void> EmbeddedWorld::move_reader(const ReaderStep& step) {
    bench_->cards.move_reader(step.action);
    if (step.number) {
        rm::EmbeddedResourceManager& manager = bench_->manager;
        manager.remove_reader(bench_->reader_name);
        for (unsigned number = 0; number < *step.number; ++number) {
            manager.add_reader("other reader", bench_->others.emplace_back(bench_->clock));
        }
        bench_->reader_name = manager.add_reader("scardlab reader", bench_->ifd);
        if (!bench_->reader_name.ends_with(fmt::format(" {:02X} 00", *step.number))) {
            return tl::make_unexpected(WorldError{fmt::format("the reader cannot come back under the number {}: \"{}\"",
                                                              *step.number, bench_->reader_name)});
        }
    }
    return {};
}

WorldResult<void> EmbeddedWorld::move_service(ServiceStep::Action action) {
    rm::EmbeddedResourceManager& manager = bench_->manager;
    using enum ServiceStep::Action;
    if (action == freeze || action == thaw) {
        action == freeze ? manager.freeze() : manager.thaw();
        return {};
    }
    if (action == stop || action == restart) {
        manager.stop();
        retry_all();  // whoever waits is told at once
    }
    if (action == start || action == restart) {
        manager.start();
        first_event_count_ = 0;
    }
    return {};
}

WorldResult<void> EmbeddedWorld::plan(const ifd::Fault& fault) {
    bench_->cards.plan(fault);
    return {};
}

PlansLeft EmbeddedWorld::plans_left() {
    return bench_->cards.plans_left();
}

WorldResult<void> EmbeddedWorld::advance(std::chrono::milliseconds duration) {
    while (duration.count() > 0) {
        const auto part = std::min<std::chrono::milliseconds>(duration, rm::ResourceManager::retry_after);
        pass(part);
        duration -= part;
    }
    return {};
}

std::vector<SeenEvent> EmbeddedWorld::take_contacts() {
    return bench_->cards.take_contacts({});
}

}  // namespace scardlab::engine
