#include <boost/test/unit_test.hpp>
#include <csignal>

#include "emulator/iso7816/atr.h"
#include "tests/tools/fake_vpcd.h"
#include "tests/tools/program.h"

using namespace scardlab;
using namespace scardlab::tools::test;

BOOST_AUTO_TEST_SUITE(tools_card)

BOOST_AUTO_TEST_CASE(a_card_is_plugged_in_answers_and_leaves_on_sigterm) {
    FakeVpcd vpcd;
    vpcd.listen_for_card();
    Program card({scardlab_program, "card", "--vpcd", vpcd.place()});
    vpcd.accept_card();
    BOOST_TEST(card.next_line() == "card dual_protocol in " + vpcd.place());
    vpcd.tell(power_on);
    const auto atr = iso7816::Atr::parse(vpcd.ask(get_atr));
    BOOST_REQUIRE(atr);
    BOOST_TEST(atr->offers(iso7816::Protocol::t0));
    BOOST_TEST(atr->offers(iso7816::Protocol::t1));
    BOOST_TEST(vpcd.ask(select_mf).size() >= 2U);
    card.signal(SIGTERM);
    BOOST_TEST(vpcd.card_has_left());
    const Outcome outcome = card.finish();
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.err == "");
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_it_too) {
    FakeVpcd vpcd;
    vpcd.listen_for_card();
    Program card({scardlab_program, "card", "--vpcd", vpcd.place(), "--profile", "t0_only"});
    vpcd.accept_card();
    BOOST_TEST(card.next_line() == "card t0_only in " + vpcd.place());
    card.signal(SIGINT);
    BOOST_TEST(card.finish().status == 0);
}

BOOST_AUTO_TEST_CASE(the_trace_shows_what_the_card_sees) {
    FakeVpcd vpcd;
    vpcd.listen_for_card();
    Program card({scardlab_program, "card", "--vpcd", vpcd.place(), "--trace"});
    vpcd.accept_card();
    vpcd.tell(power_on);
    vpcd.ask(get_atr);
    vpcd.ask(select_mf);
    card.signal(SIGTERM);
    const Outcome outcome = card.finish();
    BOOST_TEST(outcome.status == 0);
    const std::size_t reset = outcome.out.find("  cold_reset\n");
    const std::size_t atr = outcome.out.find("  atr 3B ");
    const std::size_t command = outcome.out.find("  command 00 A4 00 00 02 3F 00\n");
    BOOST_TEST(reset < atr);
    BOOST_TEST(atr < command);
    BOOST_TEST(command != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_made_again) {
    FakeVpcd vpcd;
    vpcd.listen_for_card();
    Program card({scardlab_program, "card", "--vpcd", vpcd.place()});
    vpcd.accept_card();
    vpcd.close_card();
    vpcd.accept_card();
    vpcd.tell(power_on);
    BOOST_TEST(vpcd.ask(get_atr).size() >= 2U);
    card.signal(SIGTERM);
    const Outcome outcome = card.finish();
    BOOST_TEST(outcome.status == 0);
    const std::string in = "card dual_protocol in " + vpcd.place() + "\n";
    BOOST_TEST(outcome.out.starts_with(in + "card dual_protocol out of " + vpcd.place() + "\n" + in));
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_is_status_3_and_one_line) {
    FakeVpcd vpcd;  // bound, not listening
    const Outcome outcome = run_scardlab({"card", "--vpcd", vpcd.place()});
    BOOST_TEST(outcome.status == 3);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("scardlab card: "));
    BOOST_TEST(outcome.err.find(vpcd.place()) != std::string::npos);
    BOOST_TEST(outcome.err.find("vsmartcard-vpcd") != std::string::npos);
    BOOST_TEST(outcome.err.find('\n') == outcome.err.size() - 1);
}

BOOST_AUTO_TEST_CASE(with_wait_it_waits_for_vpcd) {
    FakeVpcd vpcd;
    Program card({scardlab_program, "card", "--wait", "--vpcd", vpcd.place()});
    vpcd.listen_for_card();
    vpcd.accept_card();
    BOOST_TEST(card.next_line() == "card dual_protocol in " + vpcd.place());
    card.signal(SIGTERM);
    BOOST_TEST(card.finish().status == 0);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_status_3_and_one_line) {
    FakeVpcd vpcd;
    vpcd.listen_for_card();
    const Outcome outcome = run_scardlab({"card", "--listen", "--vpcd", vpcd.place()});
    BOOST_TEST(outcome.status == 3);
    BOOST_TEST(outcome.err == "scardlab card: " + vpcd.place() + " is taken by another program\n");
}

BOOST_AUTO_TEST_CASE(a_remote_host_is_refused_unless_allowed) {
    const Outcome outcome = run_scardlab({"card", "--vpcd", "192.0.2.1:35963"});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err.find("--allow-remote") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
