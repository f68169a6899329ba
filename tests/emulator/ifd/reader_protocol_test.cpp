#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

using boost::test_tools::per_element;
using Answer = icc::IccQuirks::PpsExchange::Answer;

namespace {

constexpr iso7816::TransmissionRate default_rate{};
constexpr iso7816::TransmissionRate fast_rate{512, 16};
constexpr const char* read_250 = "00 B0 00 00 FA";

icc::Profile with_pps_answer(icc::Profile profile, Answer answer) {
    profile.quirks.pps.answer = answer;
    return profile;
}

/// Time to read 250 bytes in that protocol.
ifd::Duration reading_time(const icc::Profile& profile, Protocol protocol) {
    ReaderBench bench(profile);
    bench.connect(protocol);
    bench.transmit("00 A4 08 0C 04 50 15 50 33");
    return bench.time_of([&] { BOOST_TEST((bench.transmit(read_250) == IfdCode::success)); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_protocol)

BOOST_AUTO_TEST_CASE(dual_card_is_asked_for_t0_by_pps) {
    ReaderBench bench;
    bench.up();
    bench.story();
    BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
    BOOST_TEST((bench.card.protocol() == std::uint8_t{0}));
    BOOST_TEST(bench.answer("00 A4 00 0C 02 3F 00") == "90 00");
    const Story expected{"pps T0 (FF 00 FF)", "pps_response FF 00 FF", "command 00 A4 00 0C 02 3F 00",
                         "response 90 00"};
    BOOST_TEST(bench.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(dual_card_is_asked_for_t1_by_pps_and_told_the_ifsd) {
    for (const auto& profile : {fakes::dual_protocol(), fakes::dual_protocol_t1_first()}) {
        ReaderBench bench(profile);
        bench.up();
        bench.story();
        BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
        BOOST_TEST((bench.card.protocol() == std::uint8_t{1}));
        BOOST_TEST(static_cast<int>(bench.card.session().t1.ifsd) == 254);
        BOOST_TEST(bench.answer("00 A4 00 0C 02 3F 00") == "90 00");
        const Story expected{"pps T1 (FF 01 FE)", "pps_response FF 01 FE", "s_block C1 FE",
                             "command 00 A4 00 0C 02 3F 00", "response 90 00"};
        BOOST_TEST(bench.story() == expected, per_element());
    }
}

BOOST_AUTO_TEST_CASE(protocol_switch_takes_a_reset) {
    ReaderBench bench;
    bench.connect(Protocol::t1);
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));  // nothing to do
    bench.story();
    BOOST_TEST((bench.use(Protocol::t0) == IfdCode::pts_failure));
    BOOST_TEST(bench.story().empty());
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    bench.reset();
    BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
    BOOST_TEST((bench.card.protocol() == std::uint8_t{0}));
}

BOOST_AUTO_TEST_CASE(ta1_adds_pps1_and_its_rate_is_in_force_at_both_sides) {
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        ReaderBench bench(fakes::dual_protocol_fast());
        bench.up();
        bench.story();
        BOOST_TEST((bench.use(protocol) == IfdCode::success));
        BOOST_TEST(bench.story().at(0) ==
                   (protocol == Protocol::t0 ? "pps T0 F=512 D=16 (FF 10 95 7A)" : "pps T1 F=512 D=16 (FF 11 95 7B)"));
        BOOST_TEST((bench.card.rate() == fast_rate));
        BOOST_TEST(bench.answer("00 A4 00 0C 02 3F 00") == "90 00");
    }
}

BOOST_AUTO_TEST_CASE(faster_rate_makes_exchanges_shorter_by_its_factor) {
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        const auto slow = reading_time(fakes::dual_protocol(), protocol);
        const auto fast = reading_time(fakes::dual_protocol_fast(), protocol);
        BOOST_TEST(static_cast<double>(slow.count()) / static_cast<double>(fast.count()) == 372.0 * 16 / 512,
                   boost::test_tools::tolerance(0.001));
    }
}

BOOST_AUTO_TEST_CASE(partial_accept_keeps_the_default_rate_at_both_sides) {
    const auto profile = with_pps_answer(fakes::dual_protocol_fast(), Answer::without_pps1);
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        ReaderBench bench(profile);
        BOOST_TEST((bench.connect(protocol) == IfdCode::success));
        BOOST_TEST((bench.card.rate() == default_rate));
        BOOST_TEST(bench.answer("00 A4 00 0C 02 3F 00") == "90 00");
        BOOST_TEST((reading_time(profile, protocol) == reading_time(fakes::dual_protocol(), protocol)));
    }
}

BOOST_AUTO_TEST_CASE(slower_rate_in_ta1_is_not_asked_for) {
    icc::Profile profile = fakes::t0_only();
    profile.cold_atr = fakes::atr("3B 10 21");  // F = 558, D = 1
    ReaderBench bench(profile);
    bench.up();
    bench.story();
    BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
    BOOST_TEST(bench.story().empty());
}

BOOST_AUTO_TEST_CASE(refusal_is_a_pts_failure_and_the_card_is_deactivated) {
    ReaderBench bench(with_pps_answer(fakes::dual_protocol(), Answer::refuse));
    bench.up();
    bench.story();
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::pts_failure));
    const Story expected{"pps T1 (FF 01 FE)", "pps_response FF 00 FF", "deactivation"};
    BOOST_TEST(bench.story() == expected, per_element());
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::unpowered));
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::communication_error));
    BOOST_TEST((bench.up() == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(silence_is_a_pts_failure_after_the_initial_waiting_time) {
    ReaderBench bench(with_pps_answer(fakes::dual_protocol(), Answer::silent));
    bench.up();
    const auto taken = bench.time_of([&] { BOOST_TEST((bench.use(Protocol::t1) == IfdCode::pts_failure)); });
    BOOST_TEST((taken == ReaderBench::duration(ClockCycles{(16 + 2 * 12) * 372} + iso7816::initial_waiting_time)));
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::unpowered));
}

BOOST_AUTO_TEST_CASE(single_protocol_at_the_default_rate_needs_no_pps) {
    ReaderBench t0(fakes::t0_only());
    t0.up();
    t0.story();
    BOOST_TEST((t0.use(Protocol::t0) == IfdCode::success));
    BOOST_TEST(t0.answer("00 A4 00 0C 02 3F 00") == "90 00");
    BOOST_TEST(t0.story().at(0) == "command 00 A4 00 0C 02 3F 00");

    ReaderBench t1(fakes::t1_only());
    t1.up();
    t1.story();
    BOOST_TEST((t1.use(Protocol::t1) == IfdCode::success));
    BOOST_TEST(t1.answer("00 A4 00 0C 02 3F 00") == "90 00");
    const Story expected{"s_block C1 FE", "command 00 A4 00 0C 02 3F 00", "response 90 00"};
    BOOST_TEST(t1.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(protocol_that_is_not_offered_is_refused_without_a_word_to_the_card) {
    const std::pair<icc::Profile, Protocol> cards[] = {
        {fakes::t0_only(), Protocol::t1}, {fakes::t1_only(), Protocol::t0}, {fakes::specific_t1(), Protocol::t0}};
    for (const auto& [profile, protocol] : cards) {
        ReaderBench bench(profile);
        bench.up();
        bench.story();
        BOOST_TEST((bench.use(protocol) == IfdCode::protocol_not_supported));
        BOOST_TEST(bench.story().empty());
        const Protocol other = protocol == Protocol::t0 ? Protocol::t1 : Protocol::t0;
        BOOST_TEST((bench.use(other) == IfdCode::success));
        BOOST_TEST(bench.answer("00 A4 00 0C 02 3F 00") == "90 00");
    }
}

BOOST_AUTO_TEST_CASE(specific_mode_is_used_without_pps_at_the_rate_of_ta1) {
    ReaderBench bench(fakes::specific_t1());
    bench.up();
    bench.story();
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
    BOOST_TEST((bench.card.rate() == fast_rate));
    BOOST_TEST(bench.story() == Story{"s_block C1 FE"}, per_element());
    BOOST_TEST(
        (reading_time(fakes::specific_t1(), Protocol::t1) == reading_time(fakes::dual_protocol_fast(), Protocol::t1)));
}

BOOST_AUTO_TEST_CASE(command_after_reset_without_a_protocol_uses_the_first_offered) {
    ReaderBench t0;
    t0.up();
    BOOST_TEST(t0.answer("00 A4 00 00 02 3F 00") == "61 09");
    BOOST_TEST((t0.card.protocol() == std::uint8_t{0}));
    BOOST_TEST((t0.use(Protocol::t1) == IfdCode::pts_failure));

    ReaderBench t1(fakes::dual_protocol_t1_first());
    t1.up();
    BOOST_TEST(t1.answer("00 A4 00 00 02 3F 00") == "90 00");
    BOOST_TEST((t1.card.protocol() == std::uint8_t{1}));
}

BOOST_AUTO_TEST_CASE(command_after_reset_in_specific_mode_uses_its_protocol_and_rate) {
    ReaderBench bench(fakes::specific_t1());
    bench.up();
    BOOST_TEST(bench.answer("00 A4 00 0C 02 3F 00") == "90 00");

    icc::Profile profile = fakes::dual_protocol();
    profile.cold_atr = fakes::atr("3B 90 95 90 01 01 95");  // T=0 is first offered, TA2 says T=1
    ReaderBench other(profile);
    other.up();
    BOOST_TEST(other.answer("00 A4 00 0C 02 3F 00") == "90 00");
    BOOST_TEST((other.card.protocol() == std::uint8_t{1}));
    BOOST_TEST((other.card.rate() == fast_rate));
}

BOOST_AUTO_TEST_CASE(silence_to_the_ifsd_is_a_communication_error_and_the_card_is_deactivated) {
    ReaderBench bench(fakes::t1_only());
    bench.up();
    bench.card.set_mute(true);
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::communication_error));
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::unpowered));
    bench.card.set_mute(false);
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_CASE(warm_atr_decides_after_a_warm_reset) {
    icc::Profile profile = fakes::dual_protocol();
    profile.warm_atr = fakes::t0_only().cold_atr;
    ReaderBench bench(profile);
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    bench.reset();
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::protocol_not_supported));
    BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
