#include <boost/test/unit_test.hpp>
#include <chrono>

#include "emulator/vpcd/link/connection.h"
#include "tests/emulator/vpcd/fake_vpcd.h"
#include "tests/emulator/vpcd/link_bench.h"

namespace scardlab::vpcd {

namespace {

using namespace std::chrono_literals;
using ifd::IfdCode;
using iso7816::Bytes;
using Clock = std::chrono::steady_clock;

constexpr auto at_vpcd = Endpoint::Direction::connect_to_vpcd;
constexpr auto for_vpcd = Endpoint::Direction::accept_from_vpcd;
constexpr auto soon = 300ms;  // long enough to see that something does not happen

std::string text(const std::optional<Bytes>& body) {
    return body ? iso7816::to_hex(*body) : "closed";
}

/// A link that has connected to a fake vpcd.
struct Connected {
    explicit Connected(LinkOptions options = {}) : bench({at_vpcd, "127.0.0.1", vpcd.port()}, std::move(options)) {
        bench.start();
        BOOST_REQUIRE(vpcd.accept());
    }
    FakeVpcd vpcd;
    LinkBench bench;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(emulator_vpcd_link)

BOOST_AUTO_TEST_CASE(reset_and_get_atr_in_one_packet_are_served_in_order) {
    Connected connected;
    connected.vpcd.send_raw({0, 1, 1, 0, 1, 4});
    BOOST_TEST(text(connected.vpcd.receive()) == "3B 80 80 01 01");
    connected.vpcd.send_raw({0, 1, 2, 0, 1, 4});
    BOOST_TEST(text(connected.vpcd.receive()) == "3B 80 80 01 01");
    BOOST_TEST(connected.bench.calls() == (std::vector<std::string>{"up", "reset"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_command_in_single_bytes_is_answered_once_it_is_whole) {
    Connected connected;
    for (const std::uint8_t byte : Bytes{0, 5, 0x00, 0xB0, 0x00, 0x00, 0x00}) {
        connected.vpcd.send_raw({byte});
    }
    BOOST_TEST(text(connected.vpcd.receive()) == "90 00");
    BOOST_TEST(connected.bench.calls().back() == "00 B0 00 00 00");
}

BOOST_AUTO_TEST_CASE(a_pps_request_sets_the_readers_protocol) {
    Connected connected;
    BOOST_TEST(text(connected.vpcd.exchange({0xFF, 0x01, 0xFE})) == "FF 01 FE");
    BOOST_TEST(connected.bench.calls().back() == "protocol T1");
}

BOOST_AUTO_TEST_CASE(an_empty_reader_does_not_connect_until_a_card_is_put_in) {
    FakeVpcd vpcd;
    LinkBench bench({at_vpcd, "localhost", vpcd.port()});
    bench.reader.present = false;
    bench.start();
    BOOST_TEST(!vpcd.connection_within(soon));
    bench.insert();
    BOOST_REQUIRE(vpcd.accept());
    BOOST_TEST(text(vpcd.exchange({4})) == "00");
}

BOOST_AUTO_TEST_CASE(a_removed_card_closes_and_a_new_one_connects) {
    Connected connected;
    connected.bench.remove();
    BOOST_TEST(text(connected.vpcd.receive()) == "closed");
    BOOST_TEST(!connected.vpcd.connection_within(soon));
    connected.bench.insert();
    BOOST_TEST(connected.vpcd.accept());
}

BOOST_AUTO_TEST_CASE(a_swap_in_one_job_closes_and_connects) {
    Connected connected;
    connected.bench.swap();
    BOOST_TEST(text(connected.vpcd.receive()) == "closed");
    BOOST_TEST(connected.vpcd.accept());
}

BOOST_AUTO_TEST_CASE(a_card_that_leaves_during_a_command_closes_without_an_answer) {
    Connected connected;
    connected.bench.on_link([&] { connected.bench.reader.during_transmit = [&] { connected.bench.reader.remove(); }; });
    BOOST_TEST(text(connected.vpcd.exchange({0x00, 0xB0, 0x00, 0x00})) == "closed");
}

BOOST_AUTO_TEST_CASE(a_mute_card_costs_its_waiting_time_in_reality) {
    Connected connected;
    connected.bench.on_link([&] {
        connected.bench.reader.transmit_code = IfdCode::response_timeout;
        connected.bench.reader.failure_time = 200ms;
        connected.bench.clock.advance(1h);  // what the clock is ahead already does not count
    });
    const auto start = Clock::now();
    BOOST_TEST(text(connected.vpcd.exchange({0x00, 0xB0, 0x00, 0x00})) == "0D");
    const auto taken = Clock::now() - start;
    BOOST_TEST((taken >= 200ms));
    BOOST_TEST((taken < 5s));
}

BOOST_AUTO_TEST_CASE(a_card_that_is_mute_at_reset_delays_the_refused_atr) {
    Connected connected;
    connected.bench.on_link([&] {
        connected.bench.reader.power_code = IfdCode::error_power_action;
        connected.bench.reader.failure_time = 100ms;
    });
    const auto start = Clock::now();
    connected.vpcd.send({2});
    const auto atr = connected.vpcd.exchange({4});
    BOOST_TEST((Clock::now() - start >= 100ms));
    BOOST_REQUIRE(atr.has_value());
    BOOST_TEST(atr->size() == 34u);
}

BOOST_AUTO_TEST_CASE(a_successful_command_is_answered_at_once_however_long_it_took_on_the_virtual_clock) {
    Connected connected;
    connected.bench.on_link(
        [&] { connected.bench.reader.during_transmit = [&] { connected.bench.clock.advance(1h); }; });
    const auto start = Clock::now();
    BOOST_TEST(text(connected.vpcd.exchange({0x00, 0xB0, 0x00, 0x00})) == "90 00");
    BOOST_TEST((Clock::now() - start < 1min));
}

BOOST_AUTO_TEST_CASE(max_hold_bounds_the_waiting_time) {
    LinkOptions options;
    options.max_hold = 50ms;
    Connected connected(options);
    connected.bench.on_link([&] {
        connected.bench.reader.transmit_code = IfdCode::response_timeout;
        connected.bench.reader.failure_time = 1h;
    });
    BOOST_TEST(text(connected.vpcd.exchange({0x00, 0xB0, 0x00, 0x00})) == "0D");
}

BOOST_AUTO_TEST_CASE(a_held_answer_is_given_up_when_the_card_leaves_or_the_host_or_the_link_stops) {
    LinkOptions options;
    options.max_hold = 1h;
    Connected connected(options);
    const auto mute = [&] {
        connected.bench.reader.transmit_code = IfdCode::response_timeout;
        connected.bench.reader.failure_time = 1h;
    };
    const auto send_and_be_held = [&] {
        std::promise<void> begun;
        connected.bench.on_link([&] {
            mute();
            connected.bench.reader.during_transmit = [&] { begun.set_value(); };
        });
        connected.vpcd.send({0x00, 0xB0, 0x00, 0x00});
        begun.get_future().get();
    };
    send_and_be_held();
    connected.bench.swap();  // the card leaves
    BOOST_TEST(text(connected.vpcd.receive()) == "closed");
    BOOST_REQUIRE(connected.vpcd.accept());
    send_and_be_held();
    connected.vpcd.hang_up();  // the host leaves
    BOOST_REQUIRE(connected.vpcd.accept());
    send_and_be_held();
    connected.bench.link.stop();
    BOOST_TEST(connected.bench.finish().has_value());
    BOOST_TEST(text(connected.vpcd.receive()) == "closed");
}

BOOST_AUTO_TEST_CASE(the_link_connects_again_when_the_host_is_back_and_has_deactivated_the_card_meanwhile) {
    std::optional<FakeVpcd> vpcd(std::in_place);
    const auto port = vpcd->port();
    LinkBench bench({at_vpcd, "127.0.0.1", port});
    bench.start();
    BOOST_REQUIRE(vpcd->accept());
    vpcd->send({1});
    BOOST_TEST(text(vpcd->exchange({4})) == "3B 80 80 01 01");
    vpcd.reset();
    vpcd.emplace(port);
    BOOST_REQUIRE(vpcd->accept());
    BOOST_TEST(text(vpcd->exchange({4})) == "00");
    BOOST_TEST(bench.calls() == (std::vector<std::string>{"up", "down"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_link_waits_for_a_vpcd_that_starts_later) {
    const auto port = free_port();
    LinkBench bench({at_vpcd, "127.0.0.1", port});
    bench.start();
    bench.calls();  // it runs
    FakeVpcd vpcd(port);
    BOOST_TEST(vpcd.accept());
}

BOOST_AUTO_TEST_CASE(nobody_who_listens_is_one_clear_error_when_the_link_is_not_to_wait) {
    const auto port = free_port();
    LinkOptions options;
    options.wait_for_vpcd = false;
    LinkBench bench({at_vpcd, "127.0.0.1", port}, options);
    const auto result = bench.link.run();
    BOOST_REQUIRE(!result.has_value());
    BOOST_TEST((result.error().kind == LinkError::Kind::nobody_listens));
    BOOST_TEST(result.error().message ==
               "nothing listens on 127.0.0.1:" + std::to_string(port) + " (is pcscd running with vsmartcard-vpcd?)");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_not_this_machine_is_refused_unless_allowed) {
    LinkOptions options;
    options.wait_for_vpcd = false;
    for (const char* host : {"192.0.2.1", "0.0.0.0", "::ffff:192.0.2.1", "2001:db8::1"}) {
        LinkBench bench({at_vpcd, host, 35963}, options);
        const auto result = bench.link.run();
        BOOST_REQUIRE(!result.has_value());
        BOOST_TEST_CONTEXT(host << ": " << result.error().message) {
            BOOST_TEST((result.error().kind == LinkError::Kind::remote_host));
        }
    }
    LinkBench unknown({at_vpcd, "no-such-host.invalid", 35963}, options);
    BOOST_TEST((unknown.link.run().error().kind == LinkError::Kind::bad_host));
    options.allow_remote = true;
    LinkBench allowed({at_vpcd, "0.0.0.0", free_port()}, options);
    BOOST_TEST((allowed.link.run().error().kind == LinkError::Kind::nobody_listens));
}

BOOST_AUTO_TEST_CASE(all_of_127_and_the_ipv6_loopback_are_this_machine) {
    LinkOptions options;
    options.wait_for_vpcd = false;
    const auto port = free_port();
    for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
        LinkBench bench({at_vpcd, host, port}, options);
        const auto result = bench.link.run();
        BOOST_REQUIRE(!result.has_value());
        BOOST_TEST((result.error().kind != LinkError::Kind::remote_host));
    }
}

BOOST_AUTO_TEST_CASE(a_vpcd_with_a_host_name_is_accepted_while_a_card_is_in_and_turned_away_otherwise) {
    const auto port = free_port();
    std::promise<void> connected;
    LinkOptions options;
    bool first = true;
    options.on_connection = [&](bool made) {
        if (made && std::exchange(first, false)) {
            connected.set_value();
        }
    };
    LinkBench bench({for_vpcd, "127.0.0.1", port}, options);
    bench.start();
    bench.calls();
    FakeVpcd vpcd, second;
    BOOST_REQUIRE(vpcd.connect(port));
    BOOST_TEST(text(vpcd.exchange({4})) == "00");
    connected.get_future().get();
    BOOST_REQUIRE(second.connect(port));
    BOOST_TEST(text(second.receive()) == "closed");  // the reader is in use
    bench.remove();
    BOOST_TEST(text(vpcd.receive()) == "closed");
    BOOST_REQUIRE(vpcd.connect(port));
    BOOST_TEST(text(vpcd.receive()) == "closed");  // no card
    bench.insert();
    BOOST_REQUIRE(vpcd.connect(port));
    BOOST_TEST(text(vpcd.exchange({4})) == "00");
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_one_clear_error) {
    const FakeVpcd owner;
    LinkBench bench({for_vpcd, "127.0.0.1", owner.port()});
    const auto result = bench.link.run();
    BOOST_REQUIRE(!result.has_value());
    BOOST_TEST((result.error().kind == LinkError::Kind::port_taken));
    BOOST_TEST(result.error().message == "127.0.0.1:" + std::to_string(owner.port()) + " is taken by another program");
}

BOOST_AUTO_TEST_CASE(stop_ends_a_link_that_is_idle_that_is_empty_and_that_waits_for_vpcd) {
    Connected idle;
    idle.bench.link.stop();
    BOOST_TEST(idle.bench.finish().has_value());

    LinkBench waiting({at_vpcd, "127.0.0.1", free_port()});
    waiting.start();
    waiting.link.stop();
    BOOST_TEST(waiting.finish().has_value());

    LinkBench empty({at_vpcd, "127.0.0.1", free_port()});
    empty.reader.present = false;
    empty.link.stop();  // before run() counts too
    empty.start();
    BOOST_TEST(empty.finish().has_value());
}

BOOST_AUTO_TEST_CASE(a_link_can_run_again_and_then_does_the_jobs_that_were_left) {
    FakeVpcd vpcd;
    LinkBench bench({at_vpcd, "127.0.0.1", vpcd.port()});
    bench.link.stop();
    BOOST_TEST(bench.link.run().has_value());
    int done = 0;
    bench.link.post([&] { ++done; });
    bench.link.post([&] { bench.link.stop(); });
    bench.link.post([&] { ++done; });
    BOOST_TEST(bench.link.run().has_value());
    BOOST_TEST(done == 1);
    bench.link.post([&] { bench.link.stop(); });
    BOOST_TEST(bench.link.run().has_value());
    BOOST_TEST(done == 2);
}

BOOST_AUTO_TEST_CASE(the_virtual_clock_follows_real_time_and_never_runs_backwards) {
    Connected connected;
    const auto now = [&] { return connected.bench.on_link([&] { return connected.bench.clock.now(); }); };
    const auto real_start = Clock::now();
    const auto first = now();
    BOOST_TEST(!connected.vpcd.answer_within(30ms));
    const auto second = now();
    BOOST_TEST((second - first >= 30ms));
    BOOST_TEST((second - first <= Clock::now() - real_start));
    connected.bench.on_link([&] { connected.bench.clock.advance(1h); });
    const auto ahead = now();
    BOOST_TEST((ahead >= second + 1h));
    connected.vpcd.exchange({4});
    BOOST_TEST((now() == ahead));
}

BOOST_AUTO_TEST_CASE(a_host_that_hangs_up_again_and_again_is_not_asked_without_pause) {
    Connected connected;
    const auto start = Clock::now();
    for (int round = 0; round < 5; ++round) {
        connected.vpcd.hang_up();
        BOOST_REQUIRE(connected.vpcd.accept());
    }
    BOOST_TEST((Clock::now() - start >= 5ms + 10ms + 20ms + 40ms + 80ms));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::vpcd
