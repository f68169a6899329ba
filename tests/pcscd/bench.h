#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>
#include <string>

#include "scenarios/engine/pcscd/private_pcscd.h"
#include "tests/emulator/vpcd/link_bench.h"
#include "tests/pcscd/client.h"

namespace scardlab::engine {

/// Fails the case that runs in this child process.
[[noreturn]] void fail(const std::string& what);

template <typename Got, typename Expected>
void must_equal(const char* file, int line, const char* what, const Got& got, const Expected& expected) {
    if (!(got == expected)) {
        std::ostringstream text;
        text << file << ':' << line << ": " << what << ": got " << got << ", expected " << expected;
        fail(text.str());
    }
}

// These work in the child process of a case, where Boost.Test's own do not.
#define MUST_EQUAL(got, expected) must_equal(__FILE__, __LINE__, #got, got, expected)
#define MUST(condition) must_equal(__FILE__, __LINE__, #condition, static_cast<bool>(condition), true)

/// One private pcscd and one reader with its link.
struct Bench {
    explicit Bench(const PrivatePcscd::Options& chosen);
    ~Bench();

    /// What the reader was asked since the last call.
    std::string take_calls();
    void start_pcscd();

    PrivatePcscd::Options options;
    std::unique_ptr<PrivatePcscd> pcscd;
    vpcd::LinkBench card;
    std::string reader;  ///< slot 0's name for applications
};

/// With the bridge of this build.
PrivatePcscd::Options with_bridge();
/// The stock driver alone.
PrivatePcscd::Options without_bridge();

/// Runs a case in a child process, in namespaces of its own, and reports to Boost.Test. What the case prints is seen.
/// `before` runs in the child before it enters the namespaces.
void in_child(
    const std::function<void()>& body, const std::function<void()>& before = [] {});
/// The same with a Bench.
void on_pcscd(const std::function<void(Bench&)>& body, const PrivatePcscd::Options& options = with_bridge());

/// For the precondition decorator: pcscd, its driver and namespaces are there. When SCARDLAB_REQUIRE_PCSCD is 1 every
/// case runs, and fails with the reason.
boost::test_tools::assertion_result pcscd_available(boost::unit_test::test_unit_id);

}  // namespace scardlab::engine
