#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>

#include "tests/pcscd/bench.h"

namespace scardlab::engine {

namespace {

constexpr uid_t nobody = 65534;

void use_card(Bench& bench) {
    Client client;
    MUST(client.await_presence(bench.reader, true));
    MUST_EQUAL(client.connect(bench.reader, Client::any), success);
    MUST_EQUAL(client.transmit({0x00, 0xB0, 0x00, 0x00}), success);
}

boost::test_tools::assertion_result available_to_root(boost::unit_test::test_unit_id id) {
    if (::geteuid() != 0) {
        boost::test_tools::assertion_result result(false);
        result.message() << "only root can become nobody; the other cases run as an ordinary user already";
        return result;
    }
    return pcscd_available(id);
}

/// A folder that everybody can read, for the time of the case.
struct PublicCopy {
    explicit PublicCopy(const std::filesystem::path& original) {
        auto pattern = (std::filesystem::temp_directory_path() / "scardlab-test-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        folder = pattern.data();
        file = folder / original.filename();
        std::filesystem::copy_file(original, file);
        ::chmod(folder.c_str(), 0755);
        ::chmod(file.c_str(), 0755);
    }
    ~PublicCopy() { std::filesystem::remove_all(folder); }
    std::filesystem::path folder, file;
};

bool exists_outside(const char* path) {
    return ::access(path, F_OK) == 0;
}

std::string start_error(const PrivatePcscd::Options& options) {
    const auto started = PrivatePcscd::start(options);
    return started ? "started" : started.error().message;
}

/// Whether the process, which is no child of ours, ends within ten seconds.
bool ends(pid_t pid) {
    const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    pollfd watched{fd, POLLIN, 0};
    const bool ended = fd < 0 || ::poll(&watched, 1, 10'000) > 0;
    ::close(fd);
    return ended;
}

/// A program in the private /run.
std::filesystem::path script(const std::string& text) {
    const std::filesystem::path path = "/run/fake-pcscd";
    std::ofstream(path) << "#!/bin/sh\n" << text << '\n';
    ::chmod(path.c_str(), 0755);
    return path;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pcscd_isolation, *boost::unit_test::precondition(pcscd_available))

BOOST_AUTO_TEST_CASE(four_daemons_run_side_by_side_on_one_port) {
    std::vector<pid_t> children;
    for (int index = 0; index < 4; ++index) {
        const pid_t child = ::fork();
        if (child == 0) {
            int status = 1;
            try {
                if (enter_private_namespaces()) {
                    Bench bench(with_bridge());
                    use_card(bench);
                    status = 0;
                }
            } catch (const std::exception& error) {
                std::fprintf(stderr, "%s\n", error.what());
            }
            ::_exit(status);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = -1;
        BOOST_TEST(::waitpid(child, &status, 0) == child);
        BOOST_TEST(status == 0);
    }
}

BOOST_AUTO_TEST_CASE(nobody_can_have_a_private_pcscd, *boost::unit_test::precondition(available_to_root)) {
    const PublicCopy bridge(SCARDLAB_BRIDGE_LIBRARY);
    auto options = with_bridge();
    options.bridge_library = bridge.file;
    const auto become_nobody = [] {
        MUST(::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
             ::setresuid(nobody, nobody, nobody) == 0);
        ::prctl(PR_SET_DUMPABLE, 1);  // as after an exec: the process's own /proc files are its user's again
    };
    const auto use_it = [&] {
        Bench bench(options);
        use_card(bench);
    };
    in_child(use_it, become_nobody);
}

BOOST_AUTO_TEST_CASE(the_machine_outside_sees_nothing) {
    const bool before = exists_outside("/run/scardlab");
    on_pcscd([](Bench& bench) { use_card(bench); });
    BOOST_TEST(exists_outside("/run/scardlab") == before);
    BOOST_TEST(!in_private_namespaces());
}

BOOST_AUTO_TEST_CASE(pcscd_ends_with_the_process_that_started_it) {
    std::array<int, 2> channel{};
    BOOST_REQUIRE(::pipe(channel.data()) == 0);
    in_child([&] {
        auto pcscd = PrivatePcscd::start(with_bridge());
        MUST(pcscd.has_value());
        const pid_t pid = pcscd->pid();
        MUST(::write(channel[1], &pid, sizeof pid) == sizeof pid);
        ::_exit(0);  // as after a crash: nothing is destroyed
    });
    pid_t pid = 0;
    BOOST_REQUIRE(::read(channel[0], &pid, sizeof pid) == sizeof pid);
    ::close(channel[0]);
    ::close(channel[1]);
    BOOST_TEST(ends(pid));
}

BOOST_AUTO_TEST_CASE(stop_ends_it_and_a_new_one_can_be_started) {
    in_child([] {
        for (int round = 0; round < 3; ++round) {
            auto pcscd = PrivatePcscd::start(with_bridge());
            MUST(pcscd.has_value());
            MUST(pcscd->alive());
            pcscd->stop();
            MUST(!pcscd->alive());
            pcscd->stop();
        }
    });
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named_with_its_package) {
    in_child([] {
        auto options = with_bridge();
        options.pcscd = "/nonexistent/pcscd";
        MUST_EQUAL(start_error(options), "/nonexistent/pcscd is missing: install the Debian package pcscd");
        options = with_bridge();
        options.stock_driver = "/nonexistent/libifdvpcd.so";
        MUST_EQUAL(start_error(options),
                   "/nonexistent/libifdvpcd.so is missing: install the Debian package vsmartcard-vpcd");
        options = with_bridge();
        options.bridge_library = "/nonexistent/bridge.so";
        MUST(contains(start_error(options), "/nonexistent/bridge.so"));
    });
}

BOOST_AUTO_TEST_CASE(a_pcscd_that_ends_at_its_start_shows_its_log) {
    in_child([] {
        auto options = with_bridge();
        options.pcscd = script("echo no readers today; exit 3");
        MUST_EQUAL(start_error(options),
                   "pcscd ended at its start (exit status 3); its log ends with:\nno readers today\n");
    });
}

BOOST_AUTO_TEST_CASE(a_pcscd_that_never_listens_is_given_up) {
    in_child([] {
        auto options = with_bridge();
        options.pcscd = script("exec tail -f /dev/null");
        options.start_limit = std::chrono::milliseconds(50);
        MUST(contains(start_error(options), "was not ready after 50 ms"));
    });
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_one_clear_error) {
    in_child([] {
        auto pcscd = PrivatePcscd::start(with_bridge());
        MUST(pcscd.has_value());
        MUST_EQUAL(start_error(with_bridge()), "port 35963 is taken by another program");
    });
}

BOOST_AUTO_TEST_CASE(a_driver_that_cannot_be_loaded_shows_in_the_error) {
    in_child([] {
        std::ofstream("/run/broken.so") << "no library";
        auto options = with_bridge();
        options.stock_driver = "/run/broken.so";
        const auto message = start_error(options);
        MUST(contains(message, "does not listen on port 35963"));
        MUST(contains(message, "cannot load the vpcd driver (Debian package vsmartcard-vpcd)"));
    });
}

BOOST_AUTO_TEST_CASE(outside_private_namespaces_nothing_is_started) {
    BOOST_TEST(contains(start_error(with_bridge()), "only inside private namespaces"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::engine
