#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

using boost::test_tools::per_element;

BOOST_AUTO_TEST_SUITE(ifd_reader_power)

BOOST_AUTO_TEST_CASE(powering_up_resets_the_card_cold_and_gives_its_atr) {
    ReaderBench bench;
    BOOST_TEST((bench.up() == IfdCode::success));
    BOOST_TEST((bench.atr == bench.card.profile().cold_atr));
    const Story expected{"inserted", "cold_reset", "atr 3B 80 80 01 01"};
    BOOST_TEST(bench.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(reset_of_a_powered_card_is_warm_and_so_is_powering_it_up_again) {
    for (const PowerAction action : {PowerAction::reset, PowerAction::up}) {
        ReaderBench bench(fakes::warm_atr_differs());
        bench.up();
        bench.story();
        BOOST_TEST((bench.power(action) == IfdCode::success));
        BOOST_TEST(to_hex(bench.atr.bytes()) == "3B 81 80 01 57 57");
        const Story expected{"warm_reset", "atr 3B 81 80 01 57 57"};
        BOOST_TEST(bench.story() == expected, per_element());
    }
}

BOOST_AUTO_TEST_CASE(reset_of_an_unpowered_card_is_cold) {
    ReaderBench bench(fakes::warm_atr_differs());
    BOOST_TEST((bench.reset() == IfdCode::success));
    BOOST_TEST(to_hex(bench.atr.bytes()) == "3B 80 80 01 01");
    bench.reset();
    bench.power(PowerAction::down);
    BOOST_TEST(bench.atr.empty());
    bench.story();
    BOOST_TEST((bench.reset() == IfdCode::success));
    const Story expected{"cold_reset", "atr 3B 80 80 01 01"};
    BOOST_TEST(bench.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(powering_down_deactivates_once) {
    ReaderBench bench;
    bench.connect(Protocol::t1);
    bench.story();
    BOOST_TEST((bench.power(PowerAction::down) == IfdCode::success));
    BOOST_TEST((bench.power(PowerAction::down) == IfdCode::success));
    BOOST_TEST(bench.story() == Story{"deactivation"}, per_element());
    BOOST_TEST((bench.card.session() == icc::IccSession{}));
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::communication_error));
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::communication_error));
}

BOOST_AUTO_TEST_CASE(unpowered_card_takes_no_command) {
    ReaderBench bench;
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::communication_error));
    BOOST_TEST(bench.response.empty());
    BOOST_TEST((bench.use(Protocol::t0) == IfdCode::communication_error));
}

BOOST_AUTO_TEST_CASE(mute_card_fails_after_the_longest_time_an_atr_may_take_and_is_deactivated) {
    ReaderBench bench;
    bench.card.set_mute(true);
    const auto taken = bench.time_of([&] { BOOST_TEST((bench.up() == IfdCode::error_power_action)); });
    BOOST_TEST(bench.atr.empty());
    BOOST_TEST((taken == ReaderBench::duration(ClockCycles{500} + iso7816::atr_start_maximum)));
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::unpowered));
    bench.card.set_mute(false);
    BOOST_TEST((bench.up() == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(time_goes_on_with_the_clock_and_with_what_happens_at_the_contacts) {
    ReaderBench bench;
    bench.clock.advance(std::chrono::seconds(1));
    const auto taken = bench.time_of([&] { bench.up(); });
    // 500 cycles of reset, 500 to the first character, and four more at 12 etu
    BOOST_TEST((taken == ReaderBench::duration(ClockCycles{500 + 500 + 4 * 12 * 372})));
    const auto& log = bench.card.log();
    BOOST_TEST((ReaderBench::duration(log.entries()[1].at) == std::chrono::seconds(1) + ReaderBench::duration({500})));
    BOOST_TEST((ReaderBench::duration(log.entries()[2].at) == bench.clock.now()));
}

BOOST_AUTO_TEST_CASE(reset_forgets_the_protocol_and_the_rate) {
    ReaderBench bench(fakes::dual_protocol_fast());
    bench.connect(Protocol::t1);
    BOOST_TEST((bench.card.rate() != iso7816::TransmissionRate{}));
    bench.reset();
    BOOST_TEST((bench.card.rate() == iso7816::TransmissionRate{}));
    BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
    BOOST_TEST((bench.card.protocol() == std::uint8_t{0}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
