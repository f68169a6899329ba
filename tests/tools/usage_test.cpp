#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "tests/tools/program.h"

using namespace scardlab::tools::test;

namespace {

/// Verbs as the program's help lists them.
std::vector<std::string> listed_verbs() {
    std::istringstream help(run_scardlab({"--help"}).out);
    std::vector<std::string> verbs;
    bool listing = false;
    for (std::string line; std::getline(help, line);) {
        if (line == "Subcommands:") {
            listing = true;
        } else if (line.empty()) {
            listing = false;
        } else if (listing) {
            std::istringstream words(line);
            std::string verb;
            words >> verb;
            verbs.push_back(verb);
        }
    }
    return verbs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tools_usage)

BOOST_AUTO_TEST_CASE(the_help_lists_the_verbs) {
    const Outcome help = run_scardlab({"--help"});
    BOOST_TEST(help.status == 0);
    BOOST_TEST(help.err == "");
    const std::vector<std::string> verbs = listed_verbs();
    for (const char* verb : {"atr", "card", "doctor", "run"}) {
        BOOST_TEST_CONTEXT(verb) {
            BOOST_TEST((std::find(verbs.begin(), verbs.end(), verb) != verbs.end()));
        }
    }
    BOOST_TEST((std::find(verbs.begin(), verbs.end(), "application") == verbs.end()));
}

BOOST_AUTO_TEST_CASE(the_help_of_each_verb_shows_an_example) {
    for (const std::string& verb : listed_verbs()) {
        BOOST_TEST_CONTEXT(verb) {
            const Outcome help = run_scardlab({verb, "--help"});
            BOOST_TEST(help.status == 0);
            BOOST_TEST(help.err == "");
            BOOST_TEST(help.out.find("Example") != std::string::npos);
            BOOST_TEST(help.out.find("  scardlab " + verb) != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_version_is_told) {
    const Outcome version = run_scardlab({"--version"});
    BOOST_TEST(version.status == 0);
    BOOST_TEST(version.out.starts_with("scardlab 0."));
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_one_line_and_status_2) {
    const Arguments table[] = {
        {},
        {"frobnicate"},
        {"--frobnicate"},
        {"atr"},
        {"atr", "--frobnicate", "3B00"},
        {"doctor", "now"},
        {"card", "--vpcd"},
        {"card", "--vpcd", "127.0.0.1"},
        {"card", "--vpcd", "127.0.0.1:0"},
        {"card", "--vpcd", "127.0.0.1:99999"},
        {"card", "--vpcd", ":35963"},
        {"card", "--vpcd", "127.0.0.1:35963x"},
        {"card", "--profile", "no_such_card"},
        {"card", "--profile", "./no_such_card.yaml"},
    };
    for (const Arguments& arguments : table) {
        std::string text;
        for (const std::string& argument : arguments) {
            text += " " + argument;
        }
        BOOST_TEST_CONTEXT("scardlab" << text) {
            const Outcome outcome = run_scardlab(arguments);
            BOOST_TEST(outcome.status == 2);
            BOOST_TEST(outcome.out == "");
            BOOST_TEST(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
            BOOST_TEST(outcome.err.starts_with("scardlab"));
            BOOST_TEST(outcome.err.ends_with("\n"));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_verb_is_answered_with_the_nearest) {
    BOOST_TEST(run_scardlab({"docter"}).err.find("'doctor'") != std::string::npos);
    BOOST_TEST(run_scardlab({"crad"}).err.find("'card'") != std::string::npos);
    const Outcome far = run_scardlab({"frobnicate"});
    BOOST_TEST(far.err.find("atr") != std::string::npos);
    BOOST_TEST(far.err.find("doctor") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_profile_is_answered_with_the_nearest) {
    const Outcome outcome = run_scardlab({"card", "--profile", "dual_protocal"});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err.find("dual_protocol") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_catalogue_that_is_not_there_is_status_3) {
    const Outcome named = run_scardlab({"card", "--catalogue", "/no/such/folder"});
    BOOST_TEST(named.status == 3);
    BOOST_TEST(named.err.find("/no/such/folder") != std::string::npos);
    const Outcome from_environment = run_scardlab({"card"}, {{"SCARDLAB_CATALOGUE", "/no/such/folder"}});
    BOOST_TEST(from_environment.status == 3);
    BOOST_TEST(from_environment.err.find("SCARDLAB_CATALOGUE") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
