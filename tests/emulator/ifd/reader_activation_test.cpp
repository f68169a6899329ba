#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

using boost::test_tools::per_element;
using ifd::ReaderOptions;
using iso7816::OperatingClass;

constexpr ifd::Duration mhz_5{200};

ReaderOptions with_classes(std::vector<OperatingClass> classes) {
    ReaderOptions options;
    options.classes = std::move(classes);
    return options;
}
const ReaderOptions all_classes = with_classes({OperatingClass::a, OperatingClass::b, OperatingClass::c});

ReaderOptions at_clock(ifd::Duration period) {
    ReaderOptions options;
    options.clock_period = period;
    return options;
}

icc::Profile working_at(icc::Profile profile, std::uint8_t classes) {
    profile.operating_classes = classes;
    return profile;
}

icc::Profile with_atr(icc::Profile profile, std::string_view atr) {
    profile.cold_atr = fakes::atr(atr);
    return profile;
}

const Story one_failure{"cold_reset", "deactivation"};

Story operator+(Story left, const Story& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_activation)

// ISO/IEC 7816-3 clause 6.2.3
BOOST_AUTO_TEST_CASE(failed_warm_reset_is_followed_by_one_cold_reset) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.mute_when_warm = true;
    ReaderBench bench(profile);
    bench.up();
    bench.story();
    BOOST_TEST((bench.reset() == IfdCode::success));
    BOOST_TEST((bench.atr == profile.cold_atr));
    const Story expected{"warm_reset", "deactivation", "cold_reset", "atr 3B 80 80 01 01"};
    BOOST_TEST(bench.story() == expected, per_element());
    BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

// ISO/IEC 7816-3 clause 6.2.4
BOOST_AUTO_TEST_CASE(ten_milliseconds_pass_between_every_deactivation_and_the_next_activation) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.mute_when_warm = true;
    ReaderBench retried(profile);
    retried.up();
    retried.reset();
    ReaderBench asked;
    asked.up();
    asked.power(PowerAction::down);
    asked.up();
    ReaderBench another_clock;
    another_clock.up();
    another_clock.power(PowerAction::down);
    another_clock.reader.use_options(at_clock(mhz_5));
    another_clock.reader.use_options({});
    another_clock.up();
    for (ReaderBench* bench : {&retried, &asked, &another_clock}) {
        const auto& entries = bench->card.log().entries();
        const auto deactivation =
            std::ranges::find(entries, icc::ContactEvent::deactivation, &icc::ContactLog::Entry::event);
        BOOST_TEST_REQUIRE((deactivation != entries.end() && deactivation + 1 != entries.end()));
        const ClockCycles passed = (deactivation + 1)->at - deactivation->at;
        BOOST_TEST((ReaderBench::duration(passed) ==
                    std::chrono::milliseconds(10) + ReaderBench::duration({500})));  // RST is low for 500 more
    }
    ReaderBench patient;
    patient.up();
    patient.power(PowerAction::down);
    patient.clock.advance(std::chrono::milliseconds(10));
    ReaderBench fresh;
    BOOST_TEST((patient.time_of([&] { patient.up(); }) == fresh.time_of([&] { fresh.up(); })));
}

BOOST_AUTO_TEST_CASE(card_that_fails_both_is_given_up_and_deactivated) {
    ReaderBench bench;
    bench.connect(Protocol::t1);
    bench.card.set_mute(true);
    bench.story();
    BOOST_TEST((bench.reset() == IfdCode::error_power_action));
    BOOST_TEST(bench.atr.empty());
    BOOST_TEST(!bench.card.powered());
    BOOST_TEST(bench.story() == Story({"warm_reset", "deactivation"}) + one_failure, per_element());
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::communication_error));
}

BOOST_AUTO_TEST_CASE(failed_cold_reset_gives_up_at_once) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.mute_when_cold = true;
    ReaderBench bench(profile);
    BOOST_TEST((bench.up() == IfdCode::error_power_action));
    BOOST_TEST(bench.story() == Story{"inserted"} + one_failure, per_element());
}

// ISO/IEC 7816-3 clauses 8.1 and 8.2
BOOST_AUTO_TEST_CASE(every_kind_of_bad_atr_fails) {
    const auto power_up = [](auto change) {
        icc::Profile profile = fakes::dual_protocol();
        change(profile.quirks.activation);
        ReaderBench bench(profile);
        const IfdCode code = bench.up();
        BOOST_TEST(bench.card.powered() == (code == IfdCode::success));
        return code;
    };
    using Quirks = icc::IccQuirks::Activation;
    BOOST_TEST((power_up([](Quirks&) {}) == IfdCode::success));
    BOOST_TEST((power_up([](Quirks& quirks) { quirks.mute = true; }) == IfdCode::error_power_action));
    BOOST_TEST((power_up([](Quirks& quirks) { quirks.ts = 0x3F; }) == IfdCode::error_power_action));
    BOOST_TEST((power_up([](Quirks& quirks) { quirks.ts = 0x00; }) == IfdCode::error_power_action));
    BOOST_TEST((power_up([](Quirks& quirks) { quirks.surplus = 1; }) == IfdCode::error_power_action));
    BOOST_TEST((power_up([](Quirks& quirks) { quirks.surplus = 40; }) == IfdCode::error_power_action));
    for (const unsigned spacing : {15U, 16U}) {
        const auto surplus = [&](Quirks& quirks) {
            quirks.surplus = 1;
            quirks.character_spacing = spacing;
        };
        BOOST_TEST((power_up(surplus) == IfdCode::error_power_action));
    }
    icc::Profile endless = fakes::dual_protocol();
    endless.cold_atr = fakes::atr("3B 80 80 01 01");
    endless.quirks.activation.surplus = 9;
    endless.quirks.activation.character_spacing = 17;  // later than the reader listens
    ReaderBench bench(endless);
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

// ISO/IEC 7816-3 clause 8.2.5
BOOST_AUTO_TEST_CASE(wrong_tck_fails_only_in_a_reader_that_checks_it) {
    icc::Profile profile = fakes::dual_protocol();
    profile.quirks.activation.wrong_tck = true;
    ReaderOptions options;
    ReaderBench lenient(profile, options);
    BOOST_TEST((lenient.up() == IfdCode::success));
    options.check_tck = true;
    ReaderBench strict(profile, options);
    BOOST_TEST((strict.up() == IfdCode::error_power_action));
    for (const auto& right : {fakes::dual_protocol(), fakes::t0_only()}) {
        ReaderBench bench(right, options);
        BOOST_TEST((bench.up() == IfdCode::success));
    }
}

// ISO/IEC 7816-3 clause 6.2.4
BOOST_AUTO_TEST_CASE(classes_are_tried_in_the_order_of_the_reader_until_the_card_answers) {
    const Story answered{"cold_reset", "atr 3B 80 80 01 01"};
    for (const auto& [classes, failures] : {std::pair<std::uint8_t, int>{7, 0}, {1, 0}, {2, 1}, {6, 1}, {4, 2}}) {
        ReaderBench bench(working_at(fakes::dual_protocol(), classes), all_classes);
        BOOST_TEST((bench.up() == IfdCode::success));
        Story expected{"inserted"};
        for (int i = 0; i < failures; ++i) {
            expected = expected + one_failure;
        }
        BOOST_TEST(bench.story() == expected + answered, per_element());
        BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
        BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    }
    ReaderBench from_the_other_end(working_at(fakes::dual_protocol(), 1),
                                   with_classes({OperatingClass::c, OperatingClass::b, OperatingClass::a}));
    BOOST_TEST((from_the_other_end.up() == IfdCode::success));
    BOOST_TEST(from_the_other_end.story() == Story{"inserted"} + one_failure + one_failure + answered, per_element());
}

BOOST_AUTO_TEST_CASE(card_that_answers_at_no_class_of_the_reader_is_given_up) {
    ReaderBench one_class(working_at(fakes::dual_protocol(), 6));
    BOOST_TEST((one_class.up() == IfdCode::error_power_action));
    BOOST_TEST(one_class.story() == Story{"inserted"} + one_failure, per_element());
    ReaderBench mute(working_at(fakes::dual_protocol(), 0), all_classes);
    const auto taken = mute.time_of([&] { BOOST_TEST((mute.up() == IfdCode::error_power_action)); });
    BOOST_TEST(mute.story() == Story{"inserted"} + one_failure + one_failure + one_failure, per_element());
    const auto attempt = ReaderBench::duration(ClockCycles{500} + iso7816::atr_start_maximum);
    BOOST_TEST((taken == 3 * attempt + 2 * std::chrono::milliseconds(10)));
}

// ISO/IEC 7816-3 clauses 6.2.4 and 8.3
BOOST_AUTO_TEST_CASE(class_that_the_atr_excludes_is_left_for_one_that_both_know) {
    const auto b_and_c = with_atr(fakes::dual_protocol(), "3B 80 80 1F 06 19");
    const std::string answer = "atr 3B 80 80 1F 06 19";
    ReaderBench bench(b_and_c, with_classes({OperatingClass::a, OperatingClass::c, OperatingClass::b}));
    BOOST_TEST((bench.up() == IfdCode::success));
    const Story changed{"inserted", "cold_reset", answer, "deactivation", "cold_reset", answer};
    BOOST_TEST(bench.story() == changed, per_element());
    BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");

    ReaderBench known(b_and_c, with_classes({OperatingClass::b}));
    BOOST_TEST((known.up() == IfdCode::success));
    const Story kept{"inserted", "cold_reset", answer};
    BOOST_TEST(known.story() == kept, per_element());

    ReaderBench nothing_in_common(b_and_c);
    BOOST_TEST((nothing_in_common.up() == IfdCode::error_power_action));
    const Story rejected{"inserted", "cold_reset", answer, "deactivation"};
    BOOST_TEST(nothing_in_common.story() == rejected, per_element());
    BOOST_TEST(!nothing_in_common.card.powered());
}

BOOST_AUTO_TEST_CASE(atr_without_a_class_indicator_leaves_the_class_to_the_reader) {
    ReaderBench bench(fakes::dual_protocol(), with_classes({OperatingClass::c}));
    BOOST_TEST((bench.up() == IfdCode::success));
    ReaderBench without_ta3(with_atr(fakes::dual_protocol(), "3B 80 80 2F 00 2F"), with_classes({OperatingClass::c}));
    BOOST_TEST((without_ta3.up() == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(card_that_fails_at_the_class_it_asked_for_is_given_up) {
    ReaderBench bench(working_at(with_atr(fakes::dual_protocol(), "3B 80 80 1F 06 19"), 1), all_classes);
    BOOST_TEST((bench.up() == IfdCode::error_power_action));
    const Story expected{"inserted", "cold_reset", "atr 3B 80 80 1F 06 19", "deactivation"};
    BOOST_TEST(bench.story() == expected + one_failure, per_element());
}

// ISO/IEC 7816-3 clause 5.2.3
BOOST_AUTO_TEST_CASE(clock_of_the_reader_stretches_every_exchange) {
    const auto duration_at = [](ifd::Duration period) {
        ReaderBench bench(fakes::dual_protocol(), at_clock(period));
        return bench.time_of([&] {
            BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
            BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
        });
    };
    const ifd::Duration usual = duration_at(ifd::Reader::default_clock_period);
    BOOST_TEST((duration_at(ifd::Duration{500}) == 2 * usual));
    BOOST_TEST((duration_at(ifd::Duration{1'000}) == 4 * usual));
    BOOST_TEST((duration_at(ifd::Duration{1'000'000}) == 4 * usual));
    BOOST_TEST((5 * duration_at(mhz_5) == 4 * usual));
    BOOST_TEST((5 * duration_at(ifd::Duration{1}) == 4 * usual));
}

BOOST_AUTO_TEST_CASE(options_may_change_between_cards_and_time_does_not_jump) {
    ReaderBench bench;
    bench.connect(Protocol::t1);
    bench.reader.remove();
    const auto before = bench.clock.now();
    bench.reader.use_options(at_clock(ifd::Duration{1'000}));
    BOOST_TEST((bench.reader.options().clock_period == ifd::Duration{1'000}));
    bench.reader.insert(bench.card);
    BOOST_TEST((bench.clock.now() == before));
    const auto taken = bench.time_of([&] { bench.up(); });
    BOOST_TEST((taken == 4 * ReaderBench::duration(ClockCycles{500 + 500 + 4 * 12 * 372})));
}

// ISO/IEC 7816-3 clauses 6.3.1 and 8.3
BOOST_AUTO_TEST_CASE(rate_whose_fmax_the_clock_exceeds_is_not_asked_for) {
    // TA1 = 05: Fi index 0 allows 4 MHz at most, D = 16
    const auto single = with_atr(fakes::t0_only(), "3B 10 05");
    const auto dual = with_atr(fakes::dual_protocol(), "3B 90 05 80 01 14");
    const auto specific = with_atr(fakes::dual_protocol(), "3B 90 05 11 01 85");
    const auto first_word = [](const icc::Profile& profile, Protocol protocol, ifd::Duration period) {
        ReaderBench bench(profile, at_clock(period));
        BOOST_TEST((bench.up() == IfdCode::success));
        bench.story();
        BOOST_TEST((bench.use(protocol) == IfdCode::success));
        BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
        return bench.story().front();
    };
    const ifd::Duration mhz_4 = ifd::Reader::default_clock_period;
    BOOST_TEST(first_word(single, Protocol::t0, mhz_4) == "pps T0 F=372 D=16 (FF 10 05 EA)");
    BOOST_TEST(first_word(single, Protocol::t0, mhz_5) == "command 00 A4 00 0C 00");
    BOOST_TEST(first_word(dual, Protocol::t1, mhz_4) == "pps T1 F=372 D=16 (FF 11 05 EB)");
    BOOST_TEST(first_word(dual, Protocol::t1, mhz_5) == "pps T1 (FF 01 FE)");
    ReaderBench slow(specific, at_clock(mhz_4));
    BOOST_TEST((slow.connect(Protocol::t1) == IfdCode::success));
    ReaderBench fast(specific, at_clock(mhz_5));
    BOOST_TEST((fast.up() == IfdCode::error_power_action));
    BOOST_TEST(!fast.card.powered());
    // Fi index 9 allows 5 MHz
    BOOST_TEST(first_word(fakes::dual_protocol_fast(), Protocol::t1, mhz_5) == "pps T1 F=512 D=16 (FF 11 95 7B)");
}

// ISO/IEC 7816-3 clause 6.4
BOOST_AUTO_TEST_CASE(power_that_goes_in_order_is_told_from_power_that_is_lost) {
    ReaderBench bench;
    bench.connect(Protocol::t0);
    bench.power(PowerAction::down);
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::unpowered));
    bench.connect(Protocol::t0);
    bench.story();
    bench.reader.remove();
    BOOST_TEST((bench.card.contact_state() == icc::ContactState::power_lost));
    BOOST_TEST(bench.story() == Story{"removed"}, per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
