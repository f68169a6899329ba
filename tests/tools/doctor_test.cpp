#include <boost/test/unit_test.hpp>
#include <map>
#include <sstream>

#include "tests/tools/program.h"

using namespace scardlab::tools::test;

namespace {

/// The lines of the report: first column -> the rest.
std::map<std::string, std::string> report(const Outcome& outcome) {
    constexpr std::size_t column = 17;
    std::istringstream lines(outcome.out);
    std::map<std::string, std::string> result;
    for (std::string line; std::getline(lines, line);) {
        std::string name = line.substr(0, std::min(column, line.size()));
        name.erase(name.find_last_not_of(' ') + 1);
        result[name] = line.size() > column ? line.substr(column) : "";
    }
    return result;
}

Outcome doctor_without_namespaces() {
    return Program({"unshare", "--user", "--map-root-user", "sh", "-c",
                    "cd /proc/sys/user && echo 0 > max_user_namespaces && echo 0 > max_mnt_namespaces && "
                    "exec \"$0\" doctor",
                    scardlab_program})
        .finish();
}

boost::test_tools::assertion_result user_namespaces_work(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(
        Program({"unshare", "--user", "--map-root-user", "true"}).finish().status == 0);
    result.message() << "this machine forbids user namespaces";
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tools_doctor)

BOOST_AUTO_TEST_CASE(each_check_and_each_target_has_a_line_and_the_status_agrees) {
    const Outcome outcome = run_scardlab({"doctor"});
    auto lines = report(outcome);
    bool all_usable = true;
    for (const char* check : {"catalogue", "pcscd", "vpcd driver", "namespaces", "bridge"}) {
        BOOST_TEST_CONTEXT(check) {
            BOOST_TEST((lines[check].starts_with("ok ") || lines[check].starts_with("missing ")));
        }
    }
    for (const char* target : {"target embedded", "target pcscd", "target vpcd"}) {
        BOOST_TEST_CONTEXT(target) {
            BOOST_TEST((lines[target] == "usable" || lines[target].starts_with("unusable: lacks ")));
        }
        all_usable = all_usable && lines[target] == "usable";
    }
    BOOST_TEST(lines["target embedded"] == "usable");
    BOOST_TEST(outcome.status == (all_usable ? 0 : 3));
    BOOST_TEST(outcome.err == "");
}

BOOST_AUTO_TEST_CASE(the_bridge_of_the_build_tree_is_found) {
    BOOST_TEST(report(run_scardlab({"doctor"}))["bridge"].find("libscardlab_bridge.so") != std::string::npos);
    BOOST_TEST(report(run_scardlab({"doctor"}))["bridge"].starts_with("ok "));
}

BOOST_AUTO_TEST_CASE(a_missing_catalogue_makes_every_target_unusable) {
    const Outcome outcome = run_scardlab({"doctor", "--catalogue", "/no/such/folder"});
    BOOST_TEST(outcome.status == 3);
    auto lines = report(outcome);
    BOOST_TEST(lines["catalogue"].starts_with("missing "));
    for (const char* target : {"target embedded", "target pcscd", "target vpcd"}) {
        BOOST_TEST(lines[target].starts_with("unusable: lacks catalogue"));
    }
}

BOOST_AUTO_TEST_CASE(forbidden_namespaces_are_named_and_leave_the_embedded_target_usable,
                     *boost::unit_test::precondition(user_namespaces_work)) {
    const Outcome outcome = doctor_without_namespaces();
    BOOST_TEST(outcome.status == 3);
    auto lines = report(outcome);
    BOOST_TEST(lines["namespaces"].starts_with("missing  namespaces are forbidden here"));
    BOOST_TEST(lines["target embedded"] == "usable");
    BOOST_TEST(lines["target pcscd"].find("namespaces") != std::string::npos);
    BOOST_TEST(lines["target vpcd"].find("namespaces") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
