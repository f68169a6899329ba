#include <boost/test/unit_test.hpp>

#include "tests/pcscd/bench.h"

namespace scardlab::engine {

using ifd::IfdCode;

BOOST_AUTO_TEST_SUITE(pcscd_protocol, *boost::unit_test::precondition(pcscd_available))

BOOST_AUTO_TEST_CASE(the_protocol_that_pcscd_chooses_reaches_the_reader) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(bench.take_calls(), "up");
        MUST_EQUAL(client.connect(bench.reader, Client::t0), success);
        MUST_EQUAL(bench.take_calls(), "protocol T0");
        MUST_EQUAL(client.reconnect(Client::any, Client::reset), success);
        MUST_EQUAL(bench.take_calls(), "reset, protocol T1");
        MUST_EQUAL(client.reconnect(Client::t0, Client::unpower), success);
        MUST_EQUAL(bench.take_calls(), "down, up, protocol T0");
        MUST_EQUAL(client.reconnect(Client::t1, Client::leave), proto_mismatch);
        MUST_EQUAL(bench.take_calls(), "");
    });
}

BOOST_AUTO_TEST_CASE(a_refused_pps_is_an_unresponsive_card) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        bench.card.on_link([&] { bench.card.reader.protocol_code = IfdCode::pts_failure; });
        MUST_EQUAL(client.connect(bench.reader, Client::any), unresponsive_card);
        bench.card.on_link([&] { bench.card.reader.protocol_code = IfdCode::success; });
        MUST_EQUAL(client.connect(bench.reader, Client::any), success);
    });
}

BOOST_AUTO_TEST_CASE(the_received_pci_is_the_active_protocol_as_applications_number_it) {
    on_pcscd([](Bench& bench) {
        Client client;
        MUST(client.await_presence(bench.reader, true));
        MUST_EQUAL(client.connect(bench.reader, Client::t1), success);
        MUST_EQUAL(client.transmit({0x00, 0xA4, 0x00, 0x00}), success);
        MUST_EQUAL(client.response(), "90 00");
        MUST_EQUAL(client.received_pci(), 2UL);
        MUST_EQUAL(client.reconnect(Client::t0, Client::reset), success);
        MUST_EQUAL(client.transmit({0x00, 0xA4, 0x00, 0x00}), success);
        MUST_EQUAL(client.received_pci(), 1UL);
    });
}

BOOST_AUTO_TEST_CASE(the_stock_driver_alone_works_and_does_not_tell_the_reader_the_protocol) {
    on_pcscd(
        [](Bench& bench) {
            Client client;
            MUST(client.await_presence(bench.reader, true));
            MUST_EQUAL(client.connect(bench.reader, Client::t0), success);
            MUST_EQUAL(client.transmit({0x00, 0xA4, 0x00, 0x00}), success);
            MUST_EQUAL(bench.take_calls().find("protocol"), std::string::npos);
        },
        without_bridge());
}

BOOST_AUTO_TEST_CASE(both_slots_work) {
    on_pcscd([](Bench& bench) {
        Client client;
        const auto second = bench.pcscd->slot_name(1);
        MUST_EQUAL(client.readers().size(), 2U);
        MUST_EQUAL(client.readers()[0], bench.reader);
        MUST_EQUAL(client.readers()[1], second);
        MUST(client.await_presence(bench.reader, true));
        MUST(!client.look(second).present);
        vpcd::LinkBench card({vpcd::Endpoint::Direction::connect_to_vpcd, "127.0.0.1",
                              static_cast<std::uint16_t>(bench.options.port + 1)});
        card.start();
        MUST(client.await_presence(second, true));
        MUST_EQUAL(client.connect(second, Client::t0), success);
        MUST_EQUAL(card.calls().back(), "protocol T0");
        card.remove();
        MUST(client.await_presence(second, false));
        MUST_EQUAL(client.status(), removed_card);
        MUST(client.look(bench.reader).present);
        card.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::engine
