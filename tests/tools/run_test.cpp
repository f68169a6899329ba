// `scardlab run` when things go wrong around it.
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/program.h"

namespace fs = std::filesystem;
using namespace scardlab::tools::test;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Whether the private daemon can be had here; tools/check makes its absence a failure.
boost::test_tools::assertion_result daemon_available(boost::unit_test::test_unit_id) {
    const Outcome doctor = run_scardlab({"doctor"});
    boost::test_tools::assertion_result available(doctor.status == 0 ||
                                                  std::getenv("SCARDLAB_REQUIRE_PCSCD") != nullptr);
    available.message() << "scardlab doctor: " << doctor.out;
    return available;
}

struct Process {
    pid_t parent = 0;
    std::string name;
};

std::map<pid_t, Process> processes() {
    std::map<pid_t, Process> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        std::ifstream file(entry.path() / "stat");
        std::string text((std::istreambuf_iterator<char>(file)), {});
        const auto open = text.find('(');
        const auto close = text.rfind(')');
        if (close == std::string::npos) {
            continue;
        }
        std::istringstream rest(text.substr(close + 1));
        std::string state;
        Process process;
        rest >> state >> process.parent;
        process.name = text.substr(open + 1, close - open - 1);
        if (state != "Z") {
            found[std::stoi(name)] = process;
        }
    }
    return found;
}

/// All processes that descend from `ancestor`, with their names.
std::map<pid_t, std::string> descendants(pid_t ancestor) {
    const auto all = processes();
    std::map<pid_t, std::string> found;
    for (const auto& [pid, process] : all) {
        for (pid_t at = process.parent; at > 1;) {
            if (at == ancestor) {
                found[pid] = process.name;
                break;
            }
            const auto next = all.find(at);
            at = next == all.end() ? 0 : next->second.parent;
        }
    }
    return found;
}

/// Reads results until that scenario has passed, so that daemon and applications of the next one are there.
void until_passed(Program& program, const std::string& id) {
    std::string line;
    do {
        line = program.next_line();
        BOOST_REQUIRE_MESSAGE(!line.empty(), "the run told nothing of " << id);
    } while (!has(line, "ok    " + id));
}

/// Whether none of these processes is left; each may take a moment to be gone after its parent's death.
bool all_gone(const std::map<pid_t, std::string>& former) {
    for (int look = 0; look < 5000; ++look) {
        const auto now = processes();
        bool left = false;
        for (const auto& [pid, name] : former) {
            const auto found = now.find(pid);
            left = left || (found != now.end() && found->second.name == name);
        }
        if (!left) {
            return true;
        }
        ::usleep(1000);  // the death of somebody else's child is announced nowhere
    }
    return false;
}

/// Two folders of the catalogue, which take a few seconds.
const fs::path catalogue = fs::path(SCARDLAB_SOURCE_DIR) / "scenarios";
const Arguments catalogue_on_pcscd{scardlab_program,
                                   "run",
                                   "--target",
                                   "pcscd",
                                   "--keep-going",
                                   (catalogue / "attach").native(),
                                   (catalogue / "transaction").native()};

}  // namespace

BOOST_AUTO_TEST_SUITE(tools_run)

BOOST_AUTO_TEST_CASE(a_killed_pcscd_fails_its_scenario_and_the_run_goes_on,
                     *boost::unit_test::precondition(daemon_available)) {
    Program program(catalogue_on_pcscd);
    until_passed(program, "attach/");
    const auto before = descendants(::getpid());
    for (const auto& [pid, name] : before) {
        if (name == "pcscd") {
            ::kill(pid, SIGKILL);
        }
    }
    const Outcome outcome = program.finish();
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.out, "pcscd has ended unexpectedly: signal 9 (Killed)"), outcome.out);
    BOOST_TEST(has(outcome.out, ", 1 failed"), outcome.out);
    BOOST_TEST(has(outcome.out, "ok    transaction/"), outcome.out);
    BOOST_TEST(all_gone(before));
}

BOOST_AUTO_TEST_CASE(an_interrupted_or_killed_run_leaves_nothing_behind,
                     *boost::unit_test::precondition(daemon_available)) {
    for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
        Program program(catalogue_on_pcscd);
        until_passed(program, "attach/");
        const auto before = descendants(::getpid());
        BOOST_TEST(before.size() >= 3U);  // the run, its worker, pcscd
        program.signal(signal);
        BOOST_TEST(program.finish().status == 128 + signal);
        BOOST_TEST(all_gone(before), "after signal " << signal);
    }
}

BOOST_AUTO_TEST_CASE(settings_of_the_caller_do_not_reach_the_private_daemon,
                     *boost::unit_test::precondition(daemon_available)) {
    const Outcome outcome = run_scardlab(
        {"run", "--target", "pcscd", "--filter", "protocol_switch/t0_only"},
        {{"PCSCLITE_CSOCK_NAME", "/nonexistent/socket"}, {"PCSCLITE_FILTER_IGNORE_READER_NAMES", "scardlab"}});
    BOOST_TEST(outcome.status == 0, outcome.out << outcome.err);
}

BOOST_AUTO_TEST_CASE(a_script_with_a_typo_is_refused_with_its_place_and_status_2) {
    const fs::path file = fs::temp_directory_path() / ("scardlab-typo-" + std::to_string(::getpid()) + ".yaml");
    std::ofstream(file) << "scenario: A typo\nproves: [E1]\ncard: dual_protocol\nsteps:\n  - alice: Rekonnect\n";
    const Outcome outcome = run_scardlab({"run", file.native()});
    fs::remove(file);
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(has(outcome.err, file.native() + ":5:12: found 'Rekonnect'"), outcome.err);
    BOOST_TEST(has(outcome.err, "did you mean Reconnect?"), outcome.err);
}

BOOST_AUTO_TEST_CASE(a_junit_file_that_cannot_be_written_is_refused_before_the_run) {
    const Outcome outcome = run_scardlab({"run", "--junit", "/nonexistent/results.xml"});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.out.empty(), outcome.out);
    BOOST_TEST(has(outcome.err, "No such file or directory"), outcome.err);
}

BOOST_AUTO_TEST_CASE(senseless_arguments_are_refused_with_status_2) {
    for (const Arguments& arguments :
         {Arguments{"run", "--target", "pcsc"}, Arguments{"run", "--shard", "3/2"}, Arguments{"run", "--jobs", "0"},
          Arguments{"run", "--filter", "no such scenario"}, Arguments{"run", "/nonexistent"}}) {
        const Outcome outcome = run_scardlab(arguments);
        BOOST_TEST(outcome.status == 2, arguments.back());
        BOOST_TEST(!outcome.err.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
