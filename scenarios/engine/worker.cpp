// Worker processes: forked before there are threads, one case at a time, one JSON line each way.
#include "scenarios/engine/worker.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

namespace scardlab::engine {

namespace {

using nlohmann::json;

std::string to_line(const ScenarioResult& result) {
    return json{{"verdict", static_cast<int>(result.verdict)},
                {"target", static_cast<int>(result.target)},
                {"message", result.message},
                {"trace", result.trace},
                {"duration", result.duration.count()}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

ScenarioResult from_line(const std::string& line, const Scenario& scenario) {
    const json object = json::parse(line);
    return {scenario.id,
            static_cast<TargetKind>(object.at("target").get<int>()),
            static_cast<Verdict>(object.at("verdict").get<int>()),
            object.at("message").get<std::string>(),
            object.at("trace").get<std::string>(),
            std::chrono::nanoseconds(object.at("duration").get<std::int64_t>())};
}

/// Runs one case, on the world that there is or on a new one. An environment failure is told by `unavailable`.
ScenarioResult run_case(const Scenario& scenario, const RunPlan& plan, std::unique_ptr<World>& world,
                        std::string& unavailable) {
    if (!world) {
        auto made = plan.make_world();
        if (!made) {
            unavailable = made.error().message;
            return {scenario.id, plan.target, Verdict::error, unavailable, "", {}};
        }
        world = std::move(*made);
    }
    ScenarioResult result = run_scenario(scenario, *world, plan.runner);
    if (result.verdict == Verdict::error) {
        world.reset();
    }
    return result;
}

class Worker {
  public:
    Worker(const std::vector<Scenario>& cases, const RunPlan& plan) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            return;
        }
        vpcd::FileDescriptor ours(ends[0]);
        vpcd::FileDescriptor theirs(ends[1]);
        const pid_t parent = ::getpid();
        std::fflush(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            ours.reset();
            const int fd = theirs.get();
            serve(LineChannel(std::move(theirs)), fd, cases, plan, parent);
        }
        fd_ = ours.get();
        channel_.emplace(std::move(ours));
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() {
        channel_.reset();  // the worker ends by itself when the channel closes
        if (pid_ > 0) {
            reap();
        }
    }

    bool started() const { return pid_ > 0; }
    int fd() const { return fd_; }
    bool give(std::size_t index) {
        current_ = index;
        return channel_->send(std::to_string(index));
    }
    /// The case that it was given last.
    std::size_t current() const { return current_; }

    LineChannel::Received receive(std::string& line) { return channel_->receive(line, std::nullopt); }

    /// How it ended, in words.
    std::string reap() {
        int status = 0;
        const pid_t pid = std::exchange(pid_, -1);
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        return WIFSIGNALED(status) ? fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)))
                                   : fmt::format("exit status {}", WEXITSTATUS(status));
    }

  private:
    /// False: the parent is gone already.
    static bool die_with(pid_t parent) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        return ::getppid() == parent || ::getppid() == 0;  // 0: the parent is outside our pid namespace
    }

    [[noreturn]] static void serve(LineChannel channel, int fd, const std::vector<Scenario>& cases, const RunPlan& plan,
                                   pid_t parent) {
        // Nothing of the parent's is needed here, least of all its ends of the other workers' channels.
        const auto own = static_cast<unsigned>(fd);
        ::close_range(3, own - 1, 0);
        ::close_range(own + 1, ~0U, 0);
        std::unique_ptr<World> world;
        std::string line;
        bool wanted = die_with(parent);
        while (wanted && channel.receive(line, std::nullopt) == LineChannel::Received::line) {
            std::string unavailable;
            const std::size_t index = std::stoul(line);
            const ScenarioResult result = run_case(cases[index], plan, world, unavailable);
            wanted = die_with(parent) &&  // again: entering a user namespace has cleared the first request
                     channel.send(unavailable.empty() ? to_line(result) : json{{"unavailable", unavailable}}.dump());
        }
        world.reset();
        ::_exit(0);
    }

    pid_t pid_ = -1;
    int fd_ = -1;
    std::size_t current_ = 0;
    std::optional<LineChannel> channel_;
};

/// Hands cases to workers and puts the results back in order.
class Pool {
  public:
    Pool(const std::vector<Scenario>& cases, const RunPlan& plan,
         const std::function<void(const ScenarioResult&)>& report)
        : cases_(cases), plan_(plan), report_(report), results_(cases.size()) {}

    tl::expected<std::vector<ScenarioResult>, EnvironmentFailure> run() {
        for (unsigned i = 0; i < plan_.jobs && i < cases_.size(); ++i) {
            add_worker();
        }
        while (!workers_.empty() && unavailable_.empty()) {
            wait_for_one();
        }
        workers_.clear();
        std::vector<ScenarioResult> done;
        for (auto& result : results_) {
            if (result) {
                done.push_back(std::move(*result));
            }
        }
        if (!unavailable_.empty()) {
            return tl::make_unexpected(EnvironmentFailure{unavailable_, std::move(done)});
        }
        return done;
    }

  private:
    void add_worker() {
        auto worker = std::make_unique<Worker>(cases_, plan_);
        if (!worker->started()) {
            unavailable_ = fmt::format("cannot start a worker process: {}", std::strerror(errno));
            return;
        }
        if (give_next(*worker)) {
            workers_.push_back(std::move(worker));
        }
    }

    bool give_next(Worker& worker) {
        if (next_ == cases_.size() || (failed_ && !plan_.keep_going)) {
            return false;
        }
        worker.give(next_++);
        return true;
    }

    void wait_for_one() {
        std::vector<pollfd> waiting;
        for (const auto& worker : workers_) {
            waiting.push_back({worker->fd(), POLLIN, 0});
        }
        if (::poll(waiting.data(), waiting.size(), -1) < 0) {  // no bound: every case has one
            return;                                            // a signal; the loop goes on
        }
        for (std::size_t i = waiting.size(); i-- > 0;) {
            if (waiting[i].revents != 0) {
                take_from(i);
            }
        }
    }

    void take_from(std::size_t which) {
        std::unique_ptr<Worker> worker = std::move(workers_[which]);
        workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(which));
        const std::size_t index = worker->current();
        std::string line;
        if (worker->receive(line) != LineChannel::Received::line) {
            finish(index, {cases_[index].id,
                           plan_.target,
                           Verdict::error,
                           "the worker process has ended: " + worker->reap(),
                           "",
                           {}});
            add_worker();
            return;
        }
        if (const json object = json::parse(line); object.contains("unavailable")) {
            unavailable_ = object["unavailable"].get<std::string>();
            return;
        }
        finish(index, from_line(line, cases_[index]));
        if (give_next(*worker)) {
            workers_.push_back(std::move(worker));
        }
    }

    void finish(std::size_t index, ScenarioResult result) {
        failed_ = failed_ || result.verdict == Verdict::failed || result.verdict == Verdict::error;
        results_[index] = std::move(result);
        while (reported_ < results_.size() && results_[reported_]) {
            report_(*results_[reported_++]);
        }
    }

    const std::vector<Scenario>& cases_;
    const RunPlan& plan_;
    const std::function<void(const ScenarioResult&)>& report_;
    std::vector<std::optional<ScenarioResult>> results_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::size_t next_ = 0;
    std::size_t reported_ = 0;
    bool failed_ = false;
    std::string unavailable_;
};

}  // namespace

tl::expected<std::vector<ScenarioResult>, EnvironmentFailure> run_all(
    const std::vector<Scenario>& cases, const RunPlan& plan, const std::function<void(const ScenarioResult&)>& report) {
    if (plan.processes || plan.jobs > 1) {
        return Pool(cases, plan, report).run();
    }
    std::vector<ScenarioResult> results;
    std::unique_ptr<World> world;
    for (const Scenario& scenario : cases) {
        std::string unavailable;
        ScenarioResult result = run_case(scenario, plan, world, unavailable);
        if (!unavailable.empty()) {
            return tl::make_unexpected(EnvironmentFailure{unavailable, std::move(results)});
        }
        results.push_back(std::move(result));
        report(results.back());
        const Verdict verdict = results.back().verdict;
        if (!plan.keep_going && (verdict == Verdict::failed || verdict == Verdict::error)) {
            break;
        }
    }
    return results;
}

}  // namespace scardlab::engine
