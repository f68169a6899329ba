#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

/// An empty reader whose listener writes down what presence() then answers, and when.
struct Listening {
    Listening() {
        reader.set_presence_listener([this] {
            heard.push_back(number(reader.presence()));
            at.push_back(clock.now());
        });
    }
    std::vector<unsigned> take() { return std::exchange(heard, {}); }

    ifd::VirtualClock clock;
    ifd::Reader reader{clock};
    icc::Icc card{fakes::dual_protocol()};
    icc::Icc other{fakes::t1_only()};
    iso7816::Atr atr;
    Bytes response;
    std::vector<unsigned> heard;
    std::vector<ifd::Duration> at;
};

using Heard = std::vector<unsigned>;
const unsigned here = number(IfdCode::success);
const unsigned gone = number(IfdCode::icc_not_present);
using boost::test_tools::per_element;

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_presence)

BOOST_AUTO_TEST_CASE(empty_reader_has_no_card_for_anybody) {
    Listening bench;
    BOOST_TEST((bench.reader.presence() == IfdCode::icc_not_present));
    BOOST_TEST((bench.reader.card() == nullptr));
    BOOST_TEST((bench.reader.power_icc(PowerAction::up, bench.atr) == IfdCode::icc_not_present));
    BOOST_TEST((bench.reader.power_icc(PowerAction::down, bench.atr) == IfdCode::icc_not_present));
    BOOST_TEST((bench.reader.set_protocol(Protocol::t0) == IfdCode::icc_not_present));
    BOOST_TEST((bench.reader.transmit(fakes::hex("00 A4 00 0C"), bench.response) == IfdCode::icc_not_present));
    BOOST_TEST(bench.heard.empty());
}

BOOST_AUTO_TEST_CASE(listener_hears_each_change_after_it_happened) {
    Listening bench;
    bench.reader.insert(bench.card);
    BOOST_TEST(bench.take() == Heard{here}, per_element());
    bench.reader.remove();
    BOOST_TEST(bench.take() == Heard{gone}, per_element());
    bench.reader.remove();
    BOOST_TEST(bench.take().empty());
}

BOOST_AUTO_TEST_CASE(swap_is_heard_as_removal_and_insertion) {
    Listening bench;
    bench.reader.insert(bench.card);
    bench.take();
    bench.reader.insert(bench.other);
    BOOST_TEST(bench.take() == (Heard{gone, here}), per_element());
    BOOST_TEST((bench.reader.card() == &bench.other));
    bench.reader.power_icc(PowerAction::up, bench.atr);
    BOOST_TEST((bench.atr == bench.other.profile().cold_atr));
}

BOOST_AUTO_TEST_CASE(card_movements_are_logged_at_their_time) {
    Listening bench;
    bench.clock.advance(std::chrono::milliseconds(3));
    bench.reader.insert(bench.card);
    bench.clock.advance(std::chrono::milliseconds(4));
    bench.reader.remove();
    const auto& entries = bench.card.log().entries();
    BOOST_TEST_REQUIRE(entries.size() == 2U);
    BOOST_TEST((entries[0].event == icc::ContactEvent::inserted));
    BOOST_TEST(entries[0].at.count == 12'000);
    BOOST_TEST((entries[1].event == icc::ContactEvent::removed));
    BOOST_TEST(entries[1].at.count == 28'000);
}

BOOST_AUTO_TEST_CASE(failing_reader_answers_its_code_to_everything_until_it_recovers) {
    for (const IfdCode code : {IfdCode::no_such_device, IfdCode::communication_error}) {
        Listening bench;
        bench.reader.insert(bench.card);
        bench.reader.power_icc(PowerAction::up, bench.atr);
        bench.take();
        bench.reader.fail(code);
        BOOST_TEST(bench.take() == Heard{number(code)}, per_element());
        BOOST_TEST((bench.card.contact_state() == icc::ContactState::unpowered));
        BOOST_TEST((bench.reader.presence() == code));
        BOOST_TEST((bench.reader.power_icc(PowerAction::up, bench.atr) == code));
        BOOST_TEST(bench.atr.empty());
        BOOST_TEST((bench.reader.set_protocol(Protocol::t0) == code));
        BOOST_TEST((bench.reader.transmit(fakes::hex("00 A4 00 0C"), bench.response) == code));
        bench.reader.fail(code);
        BOOST_TEST(bench.take().empty());  // no change
        bench.reader.recover();
        BOOST_TEST(bench.take() == Heard{here}, per_element());
        bench.reader.recover();
        BOOST_TEST(bench.take().empty());
        BOOST_TEST((bench.reader.power_icc(PowerAction::up, bench.atr) == IfdCode::success));
    }
}

BOOST_AUTO_TEST_CASE(card_that_moves_in_a_failing_reader_is_not_heard_of_until_it_recovers) {
    Listening bench;
    bench.reader.fail(IfdCode::no_such_device);
    bench.take();
    bench.reader.insert(bench.card);
    bench.reader.remove();
    bench.reader.insert(bench.card);
    BOOST_TEST(bench.take().empty());
    bench.reader.recover();
    BOOST_TEST(bench.take() == Heard{here}, per_element());
}

BOOST_AUTO_TEST_CASE(removal_in_mid_exchange_is_heard_at_the_time_it_happens) {
    Listening bench;
    bench.reader.insert(bench.card);
    bench.reader.power_icc(PowerAction::up, bench.atr);
    bench.take();
    bench.at.clear();
    bench.reader.plan({Fault::At::command, 1, 2, Fault::Do::remove});
    BOOST_TEST((bench.reader.transmit(fakes::hex("00 A4 00 0C"), bench.response) == IfdCode::icc_not_present));
    BOOST_TEST(bench.take() == Heard{gone}, per_element());
    BOOST_TEST_REQUIRE(bench.at.size() == 1U);
    BOOST_TEST((bench.at[0] == ReaderBench::duration(bench.card.log().entries().back().at)));
    BOOST_TEST((bench.at[0] == bench.clock.now()));
}

BOOST_AUTO_TEST_CASE(card_that_the_listener_puts_in_is_not_part_of_the_exchange_that_lost_its_card) {
    Listening bench;
    bench.reader.insert(bench.card);
    bench.reader.power_icc(PowerAction::up, bench.atr);
    bool swapped = false;
    bench.reader.set_presence_listener([&] {
        if (!std::exchange(swapped, true)) {
            bench.reader.insert(bench.other);
        }
    });
    bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::remove});
    BOOST_TEST((bench.reader.transmit(fakes::hex("00 A4 00 0C"), bench.response) == IfdCode::icc_not_present));
    BOOST_TEST((bench.reader.card() == &bench.other));
    BOOST_TEST((bench.reader.presence() == IfdCode::success));
    BOOST_TEST((bench.reader.transmit(fakes::hex("00 A4 00 0C"), bench.response) == IfdCode::communication_error));
    BOOST_TEST((bench.reader.power_icc(PowerAction::up, bench.atr) == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(without_a_listener_nobody_is_called) {
    Listening bench;
    bench.reader.set_presence_listener({});
    bench.reader.insert(bench.card);
    BOOST_TEST(bench.heard.empty());
}

BOOST_AUTO_TEST_CASE(removal_ends_what_was_planned_for_the_card) {
    ReaderBench bench;
    bench.card.plan({icc::Deviation::Kind::pps_refuse, 1, 1, 0});
    bench.reader.remove();
    BOOST_TEST(bench.card.deviations().empty());
    bench.reader.insert(bench.card);
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
