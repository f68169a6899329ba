#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <iostream>

#include "tests/pcscd/bench.h"

namespace scardlab::engine {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int rounds = 50;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Moves the card on the link's thread; milliseconds until the application is told.
double movement(Bench& bench, Client& client, bool insert) {
    Clock::time_point moved;
    bench.card.link.post([&] {
        moved = Clock::now();
        insert ? bench.card.reader.insert() : bench.card.reader.remove();
    });
    MUST(client.await_presence(bench.reader, insert));
    const auto seen = Clock::now();
    return Milliseconds(seen - bench.card.on_link([&] { return moved; })).count();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pcscd_movement, *boost::unit_test::precondition(pcscd_available))

BOOST_AUTO_TEST_CASE(insertion_and_removal_are_seen_at_once) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        const auto count = client.look(bench.reader).count;
        std::vector<double> removals, insertions;
        for (int round = 0; round < rounds; ++round) {
            removals.push_back(movement(bench, client, false));
            insertions.push_back(movement(bench, client, true));
        }
        std::cout << "median of " << rounds << ": removal seen after " << median(removals) << " ms, insertion after "
                  << median(insertions) << " ms\n";
        MUST(median(removals) < 100);
        MUST(median(insertions) < 100);
        MUST_EQUAL(client.look(bench.reader).count, count + 2 * rounds);
    });
}

BOOST_AUTO_TEST_CASE(every_quick_swap_of_an_idle_card_is_counted) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        for (auto count = client.look(bench.reader).count; count < 2 * rounds;) {
            bench.card.swap();
            MUST(client.await_count(bench.reader, count += 2));
            MUST(client.look(bench.reader).present);
            MUST_EQUAL(client.look(bench.reader).count, count);
        }
    });
}

BOOST_AUTO_TEST_CASE(every_quick_swap_under_a_handle_is_counted_and_reported) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        for (auto count = client.look(bench.reader).count; count < 2 * rounds;) {
            bench.card.swap();
            const auto first_use = client.transmit({0x00, 0xB0, 0x00, 0x00});
            MUST(first_use == no_smartcard || first_use == removed_card || first_use == success);
            MUST(client.await_count(bench.reader, count += 2));
            MUST_EQUAL(client.look(bench.reader).count, count);
            MUST_EQUAL(client.status(), removed_card);
            MUST_EQUAL(client.reconnect(Client::any, Client::reset), success);
        }
    });
}

BOOST_AUTO_TEST_CASE(every_quick_swap_that_a_transmit_meets_first_is_counted) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        for (auto count = client.look(bench.reader).count; count < 2 * rounds;) {
            bench.card.on_link([&] {
                bench.card.reader.during_transmit = [&] {
                    bench.card.reader.remove();
                    bench.card.reader.insert();
                };
            });
            MUST_EQUAL(client.transmit({0x00, 0xB0, 0x00, 0x00}), no_smartcard);
            MUST(client.await_count(bench.reader, count += 2));
            MUST_EQUAL(client.look(bench.reader).count, count);
            MUST_EQUAL(client.transmit({0x00, 0xB0, 0x00, 0x00}), removed_card);
            MUST_EQUAL(client.reconnect(Client::any, Client::leave), success);
        }
    });
}

BOOST_AUTO_TEST_CASE(every_quick_swap_that_a_reset_meets_first_is_counted) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        for (auto count = client.look(bench.reader).count; count < 2 * rounds;) {
            bench.card.on_link([&] {
                bench.card.reader.during_power = [&] {
                    bench.card.reader.remove();
                    bench.card.reader.insert();
                };
            });
            MUST_EQUAL(client.reconnect(Client::any, Client::reset), unresponsive_card);
            MUST(client.await_count(bench.reader, count += 2));
            MUST_EQUAL(client.look(bench.reader).count, count);
            MUST_EQUAL(client.status(), removed_card);
            MUST_EQUAL(client.reconnect(Client::any, Client::reset), success);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_reset_right_after_a_removal_finds_no_card_and_the_next_card_is_seen) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
        for (auto count = client.look(bench.reader).count; count < rounds;) {
            bench.card.remove();
            const auto answer = client.reconnect(Client::any, Client::reset);
            bench.card.insert();
            MUST(answer == no_smartcard || answer == unresponsive_card || answer == success);
            MUST(client.await_count(bench.reader, count += 2));
            MUST_EQUAL(client.look(bench.reader).count, count);
            MUST_EQUAL(client.reconnect(Client::any, Client::reset), success);
            MUST_EQUAL(client.transmit({0x00, 0xB0, 0x00, 0x00}), success);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::engine
