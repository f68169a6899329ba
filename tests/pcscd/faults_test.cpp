#include <boost/test/unit_test.hpp>
#include <chrono>

#include "tests/pcscd/bench.h"

namespace scardlab::engine {

namespace {

using namespace std::chrono_literals;
using ifd::IfdCode;
using Clock = std::chrono::steady_clock;

const std::vector<std::uint8_t> command{0x00, 0xB0, 0x00, 0x00};

}  // namespace

BOOST_AUTO_TEST_SUITE(pcscd_faults, *boost::unit_test::precondition(pcscd_available))

BOOST_AUTO_TEST_CASE(a_removal_in_mid_apdu_is_no_smartcard_and_then_a_removed_card) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        const auto count = client.look(bench.reader).count;
        bench.card.on_link([&] { bench.card.reader.during_transmit = [&] { bench.card.reader.remove(); }; });
        MUST_EQUAL(client.transmit(command), no_smartcard);
        MUST(client.await_presence(bench.reader, false));
        MUST(client.await_count(bench.reader, count + 1));
        MUST_EQUAL(client.transmit(command), removed_card);
        MUST_EQUAL(client.reconnect(Client::any, Client::leave), no_smartcard);
    });
}

BOOST_AUTO_TEST_CASE(a_removal_during_a_reset_is_an_unresponsive_card_and_then_a_removed_card) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        const auto count = client.look(bench.reader).count;
        bench.card.on_link([&] { bench.card.reader.during_power = [&] { bench.card.reader.remove(); }; });
        MUST_EQUAL(client.reconnect(Client::any, Client::reset), unresponsive_card);
        MUST(client.await_count(bench.reader, count + 1));
        MUST_EQUAL(client.status(), removed_card);
    });
}

BOOST_AUTO_TEST_CASE(a_silent_card_is_not_transacted_after_its_waiting_time_and_stays_usable) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        const auto mute = [&](IfdCode code) {
            bench.card.on_link([&] {
                bench.card.reader.transmit_code = code;
                bench.card.reader.failure_time = 200ms;
            });
        };
        mute(IfdCode::response_timeout);
        const auto start = Clock::now();
        MUST_EQUAL(client.transmit(command), not_transacted);
        MUST(Clock::now() - start >= 200ms);
        mute(IfdCode::success);
        MUST_EQUAL(client.transmit(command), success);
    });
}

BOOST_AUTO_TEST_CASE(a_card_that_is_mute_at_reset_is_unresponsive_until_it_answers) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        const auto count = client.look(bench.reader).count;
        bench.card.on_link([&] { bench.card.reader.power_code = IfdCode::error_power_action; });
        MUST_EQUAL(client.reconnect(Client::any, Client::reset), unresponsive_card);
        MUST(client.look(bench.reader).mute);
        bench.card.on_link([&] { bench.card.reader.power_code = IfdCode::success; });
        MUST_EQUAL(client.reconnect(Client::any, Client::reset), success);
        MUST_EQUAL(client.look(bench.reader).count, count);
    });
}

BOOST_AUTO_TEST_CASE(a_card_that_is_mute_when_it_is_put_in_is_reported_mute) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        bench.card.on_link([&] { bench.card.reader.power_code = IfdCode::error_power_action; });
        const auto count = client.look(bench.reader).count;
        bench.card.swap();
        MUST(client.await_count(bench.reader, count + 2));
        MUST(client.look(bench.reader).mute);
    });
}

BOOST_AUTO_TEST_CASE(commands_that_look_like_control_codes_are_not_transacted_and_harmless) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        bench.take_calls();
        for (const std::uint8_t byte : std::vector<std::uint8_t>{0, 1, 2, 4}) {
            MUST_EQUAL(client.transmit({byte}), not_transacted);
        }
        MUST_EQUAL(client.transmit({}), not_transacted);
        MUST_EQUAL(bench.take_calls(), "");
        MUST_EQUAL(client.transmit(command), success);
    });
}

BOOST_AUTO_TEST_CASE(the_link_comes_back_when_pcscd_was_killed_and_started_again) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        for (int round = 0; round < 3; ++round) {
            bench.pcscd->kill();
            MUST(!bench.pcscd->alive());
            MUST(client.transmit(command) != success);
            bench.start_pcscd();
            client.establish();
            MUST(client.await_presence(bench.reader, true));
            MUST_EQUAL(client.connect(bench.reader, Client::any), success);
            MUST_EQUAL(client.transmit(command), success);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_vpcd_that_connects_to_the_card_works_until_the_card_leaves) {
    auto options = with_bridge();
    options.host = "localhost";
    in_child([&] {
        vpcd::LinkBench card({vpcd::Endpoint::Direction::accept_from_vpcd, "127.0.0.1", options.port});
        card.start();
        card.calls();  // it listens
        auto pcscd = PrivatePcscd::start(options);
        if (!pcscd) {
            fail(pcscd.error().message);
        }
        Client client;
        const auto reader = pcscd->slot_name(0);
        MUST(client.await_presence(reader, true));
        MUST_EQUAL(client.connect(reader, Client::t0), success);
        MUST_EQUAL(client.transmit(command), success);
        card.remove();
        MUST(client.await_presence(reader, false));
        MUST_EQUAL(client.status(), removed_card);
        MUST_EQUAL(client.reconnect(Client::t1, Client::reset), no_smartcard);
        MUST(pcscd->alive());
        card.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::engine
