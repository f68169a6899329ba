#include "tests/pcscd/bench.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <utility>

namespace scardlab::engine {

namespace {

/// What the body throws in a child process; nullopt when it ends well.
std::optional<std::string> failure_in_child(const std::function<void()>& body) {
    std::array<int, 2> report{};
    BOOST_REQUIRE(::pipe2(report.data(), O_CLOEXEC) == 0);
    std::cout.flush();
    const pid_t child = ::fork();
    if (child == 0) {
        std::string failure;
        try {
            body();
        } catch (const std::exception& error) {
            failure = error.what();
        }
        std::cout.flush();
        [[maybe_unused]] const auto written = ::write(report[1], failure.data(), failure.size());
        ::_exit(failure.empty() ? 0 : 1);
    }
    ::close(report[1]);
    std::string failure;
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::read(report[0], part.data(), part.size())) > 0;) {
        failure.append(part.data(), static_cast<std::size_t>(got));
    }
    ::close(report[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status == 0) {
        return std::nullopt;
    }
    return failure.empty() ? "the case's process ended with status " + std::to_string(status) : failure;
}

}  // namespace

void fail(const std::string& what) {
    throw std::runtime_error(what);
}

Bench::Bench(const PrivatePcscd::Options& chosen)
    : options(chosen), card({vpcd::Endpoint::Direction::connect_to_vpcd, "127.0.0.1", chosen.port}) {
    start_pcscd();
    ::setenv("PCSCLITE_CSOCK_NAME", pcscd->socket_path().c_str(), 1);
    ::setenv("PCSCLITE_NO_BLOCKING", "1", 1);
    reader = pcscd->slot_name(0);
    card.start();
}

Bench::~Bench() {
    card.stop();
}

void Bench::start_pcscd() {
    pcscd.reset();
    auto started = PrivatePcscd::start(options);
    if (!started) {
        fail(started.error().message);
    }
    pcscd = std::make_unique<PrivatePcscd>(std::move(*started));
}

std::string Bench::take_calls() {
    std::string text;
    for (const auto& call : card.on_link([this] { return std::exchange(card.reader.calls, {}); })) {
        text += (text.empty() ? "" : ", ") + call;
    }
    return text;
}

PrivatePcscd::Options with_bridge() {
    PrivatePcscd::Options options;
    options.bridge_library = SCARDLAB_BRIDGE_LIBRARY;
    return options;
}

PrivatePcscd::Options without_bridge() {
    PrivatePcscd::Options options;
    options.bridge = false;
    return options;
}

void in_child(const std::function<void()>& body, const std::function<void()>& before) {
    const auto failure = failure_in_child([&] {
        before();
        if (const auto entered = enter_private_namespaces(); !entered) {
            fail(entered.error().message);
        }
        body();
    });
    BOOST_TEST(!failure.has_value(), failure.value_or(""));
}

void on_pcscd(const std::function<void(Bench&)>& body, const PrivatePcscd::Options& options) {
    in_child([&] {
        Bench bench(options);
        try {
            body(bench);
        } catch (const std::exception& error) {
            fail(error.what() + ("\npcscd's log ends with:\n" + bench.pcscd->log_tail(40)));
        }
    });
}

boost::test_tools::assertion_result pcscd_available(boost::unit_test::test_unit_id) {
    const char* required = std::getenv("SCARDLAB_REQUIRE_PCSCD");
    if (required != nullptr && std::string(required) == "1") {
        return true;
    }
    static const auto lacking = [] {
        auto reason = failure_in_child([] {
            if (const auto entered = enter_private_namespaces(); !entered) {
                fail(entered.error().message);
            }
            if (const auto started = PrivatePcscd::start(with_bridge()); !started) {
                fail(started.error().message);
            }
        });
        if (reason) {
            std::cout << "the cases that need pcscd are skipped: " << *reason << '\n';
        }
        return reason;
    }();
    boost::test_tools::assertion_result result(!lacking.has_value());
    result.message() << lacking.value_or("");
    return result;
}

}  // namespace scardlab::engine
