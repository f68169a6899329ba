#include <boost/test/unit_test.hpp>

#include "emulator/iso7816/timing.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

constexpr TransmissionRate default_rate{};

BOOST_AUTO_TEST_SUITE(iso7816_timing)

BOOST_AUTO_TEST_CASE(fi_and_fmax_are_those_of_table_7) {
    const std::array<int, 16> f{372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0};
    const std::array<int, 16> khz{4000, 5000, 6000, 8000,  12000, 16000, 20000, 0,
                                  0,    5000, 7500, 10000, 15000, 20000, 0,     0};
    for (std::uint8_t index = 0; index < 16; ++index) {
        BOOST_TEST_CONTEXT("Fi index " << int{index}) {
            BOOST_TEST(clock_rate_conversion(index).value_or(0) == f[index]);
            BOOST_TEST(clock_rate_conversion(index).has_value() == (f[index] != 0));
            BOOST_TEST(maximum_clock_khz(index).value_or(0) == khz[index]);
            BOOST_TEST(maximum_clock_khz(index).has_value() == (khz[index] != 0));
        }
    }
    BOOST_TEST(!clock_rate_conversion(16).has_value());
    BOOST_TEST(!maximum_clock_khz(16).has_value());
}

BOOST_AUTO_TEST_CASE(di_is_that_of_table_8) {
    const std::array<int, 16> d{0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0};
    for (std::uint8_t index = 0; index < 16; ++index) {
        BOOST_TEST_CONTEXT("Di index " << int{index}) {
            BOOST_TEST(baud_rate_adjustment(index).value_or(0) == d[index]);
            BOOST_TEST(baud_rate_adjustment(index).has_value() == (d[index] != 0));
        }
    }
    BOOST_TEST(!baud_rate_adjustment(16).has_value());
}

BOOST_AUTO_TEST_CASE(ta1_is_a_rate_unless_a_half_is_reserved) {
    BOOST_TEST((rate_from_ta1(0x11) == TransmissionRate{372, 1}));
    BOOST_TEST((rate_from_ta1(0x18) == TransmissionRate{372, 12}));
    BOOST_TEST((rate_from_ta1(0x95) == TransmissionRate{512, 16}));
    BOOST_TEST((rate_from_ta1(0x97) == TransmissionRate{512, 64}));
    for (const int ta1 : {0x10, 0x1A, 0x71, 0x81, 0xE1, 0xF1, 0xFF}) {
        BOOST_TEST_CONTEXT(std::hex << ta1) {
            BOOST_TEST(!rate_from_ta1(static_cast<std::uint8_t>(ta1)).has_value());
        }
    }
}

// ISO/IEC 7816-3 clause 7.1
BOOST_AUTO_TEST_CASE(etu_are_rounded_up_to_whole_cycles) {
    BOOST_TEST(default_rate.etu(1).count == 372);
    BOOST_TEST((TransmissionRate{372, 8}).etu(1).count == 47);    // 46.5
    BOOST_TEST((TransmissionRate{372, 8}).etu(2).count == 93);    // exact
    BOOST_TEST((TransmissionRate{372, 8}).etu(11).count == 512);  // 511.5
    BOOST_TEST((TransmissionRate{512, 20}).etu(1).count == 26);   // 25.6
    BOOST_TEST((TransmissionRate{512, 20}).etu(5).count == 128);  // exact
    BOOST_TEST((TransmissionRate{512, 64}).etu(12).count == 96);
    BOOST_TEST(default_rate.etu(0).count == 0);
}

BOOST_AUTO_TEST_CASE(an_atr_without_interface_bytes_has_the_default_times) {
    const Timing t0 = timing_for(atr_of("3B 00"), default_rate, Protocol::t0);
    BOOST_TEST((t0.rate == default_rate));
    BOOST_TEST(t0.guard_time == default_rate.etu(12));
    BOOST_TEST(t0.card_guard_time == default_rate.etu(12));
    BOOST_TEST(t0.waiting_time == default_rate.etu(9600));
    BOOST_TEST(t0.waiting_time == initial_waiting_time);
    BOOST_TEST(t0.waiting_time.count == 3'571'200);

    const Timing t1 = timing_for(atr_of("3B 80 01 81"), default_rate, Protocol::t1);
    BOOST_TEST(t1.guard_time == default_rate.etu(12));
    BOOST_TEST(t1.card_guard_time == default_rate.etu(12));
    BOOST_TEST(t1.character_waiting == default_rate.etu(11 + 8192));
    BOOST_TEST(t1.character_waiting.count == 3'051'516);
    BOOST_TEST(t1.block_waiting == default_rate.etu(11 + 16 * 960));
    BOOST_TEST(t1.block_waiting.count == 5'718'012);
    BOOST_TEST(t1.block_guard == default_rate.etu(22));
}

// ISO/IEC 7816-3 clause 11.4.3
BOOST_AUTO_TEST_CASE(waiting_times_of_t1_follow_tb3_and_the_rate) {
    const TransmissionRate fast{512, 32};  // etu of 16 cycles
    const Timing timing = timing_for(atr_of("3B D5 96 02 80 71 FE 65 01 4F 73 45 49 44 5E"), fast, Protocol::t1);
    BOOST_TEST(timing.character_waiting.count == (11 + 32) * 16);
    BOOST_TEST(timing.block_waiting.count == 11 * 16 + 64 * 960 * 372);  // the second term keeps F = 372
    BOOST_TEST(timing.block_guard.count == 22 * 16);
    BOOST_TEST(timing.guard_time.count == (12 + 2) * 16);
}

BOOST_AUTO_TEST_CASE(a_reserved_bwi_waits_as_long_as_the_longest) {
    const Timing longest = timing_for(atr_of("3B 80 81 21 90 30"), default_rate, Protocol::t1);
    const Timing reserved = timing_for(atr_of("3B 80 81 21 F0 50"), default_rate, Protocol::t1);
    BOOST_TEST(longest.block_waiting == default_rate.etu(11 + 512 * 960));
    BOOST_TEST(reserved.block_waiting == longest.block_waiting);
    BOOST_TEST(longest.character_waiting == default_rate.etu(12));  // CWI 0
}

// ISO/IEC 7816-3 clause 10.2
BOOST_AUTO_TEST_CASE(waiting_time_of_t0_takes_wi_from_tc2_and_fi_from_ta1_at_any_rate) {
    for (const TransmissionRate rate : {default_rate, TransmissionRate{512, 16}}) {
        BOOST_TEST(timing_for(atr_of("3B 10 95"), rate, Protocol::t0).waiting_time.count == 10 * 960 * 512);
    }
    BOOST_TEST(timing_for(atr_of("3B 80 40 FF"), default_rate, Protocol::t0).waiting_time.count == 255 * 960 * 372);
    BOOST_TEST(timing_for(atr_of("3B 80 40 00"), default_rate, Protocol::t0).waiting_time.count == 10 * 960 * 372);
    // A reserved Fi counts as 372.
    BOOST_TEST(timing_for(atr_of("3B 10 71"), default_rate, Protocol::t0).waiting_time.count == 10 * 960 * 372);
}

BOOST_AUTO_TEST_CASE(extra_guard_time_is_counted_in_etu_of_the_rate_in_use) {
    BOOST_TEST(timing_for(atr_of("3B 40 05"), default_rate, Protocol::t0).guard_time == default_rate.etu(17));
    const TransmissionRate fast{512, 16};
    BOOST_TEST(timing_for(atr_of("3B 50 95 05"), fast, Protocol::t0).guard_time == fast.etu(17));
    BOOST_TEST(timing_for(atr_of("3B 40 FE"), default_rate, Protocol::t1).guard_time == default_rate.etu(266));
    BOOST_TEST(timing_for(atr_of("3B 40 FE"), default_rate, Protocol::t1).card_guard_time == default_rate.etu(12));
}

// ISO/IEC 7816-3 clause 8.3
BOOST_AUTO_TEST_CASE(extra_guard_time_is_counted_in_etu_of_ta1_when_t15_is_indicated) {
    const Atr with_t15 = atr_of("3B D0 95 04 80 1F 03 DD");
    BOOST_TEST(timing_for(with_t15, default_rate, Protocol::t0).guard_time.count == 12 * 372 + 4 * 32);
    BOOST_TEST(timing_for(with_t15, {512, 16}, Protocol::t0).guard_time.count == 16 * 32);
}

// ISO/IEC 7816-3 clauses 8.3 and 11.2
BOOST_AUTO_TEST_CASE(tc1_of_255_is_the_least_guard_time_of_the_protocol_in_both_directions) {
    const Atr atr = atr_of("3B C0 FF 80 01 BE");
    const Timing t0 = timing_for(atr, default_rate, Protocol::t0);
    BOOST_TEST(t0.guard_time == default_rate.etu(12));
    BOOST_TEST(t0.card_guard_time == default_rate.etu(12));
    const Timing t1 = timing_for(atr, default_rate, Protocol::t1);
    BOOST_TEST(t1.guard_time == default_rate.etu(11));
    BOOST_TEST(t1.card_guard_time == default_rate.etu(11));
}

BOOST_AUTO_TEST_CASE(without_a_protocol_the_one_without_pps_is_taken) {
    const auto guard = [](std::string_view text) { return timing_for(atr_of(text), default_rate).guard_time; };
    BOOST_TEST(guard("3B 40 FF") == default_rate.etu(12));           // no TD1: T=0
    BOOST_TEST(guard("3B C0 FF 01 3E") == default_rate.etu(11));     // T=1 first
    BOOST_TEST(guard("3B C0 FF 80 01 BE") == default_rate.etu(12));  // T=0 first
    BOOST_TEST(guard("3B C0 FF 10 01") == default_rate.etu(11));     // TA2 says T=1
    BOOST_TEST(guard("3B C0 FF 11 00 2E") == default_rate.etu(12));  // TA2 says T=0
}

// ISO/IEC 7816-3 clauses 7.2, 7.3, 11.2 and 11.4.3
BOOST_AUTO_TEST_CASE(what_comes_too_early_is_known_within_a_fifth_of_an_etu) {
    const Atr atr = Atr::parse(Bytes{0x3B, 0x80, 0x01, 0x81}).value();
    const Timing t0 = timing_for(atr, default_rate, Protocol::t0);
    BOOST_TEST(t0.earliest_next.count == 4389);  // 11.8 etu
    BOOST_TEST(t0.earliest_reply.count == 5877);
    BOOST_TEST(t0.turnaround.count == 16 * 372);
    BOOST_TEST(t0.repetition.count == 13 * 372);
    BOOST_TEST(t0.earliest_repetition.count == 4761);
    const Timing t1 = timing_for(atr, {512, 64}, Protocol::t1);
    BOOST_TEST(t1.earliest_next.count == 86);  // 10.8 etu of 8 cycles
    BOOST_TEST(t1.earliest_reply.count == 174);
    BOOST_TEST((t1.turnaround == t1.block_guard));
    for (std::uint8_t ta1 = 0;; ++ta1) {
        const TransmissionRate rate = rate_from_ta1(ta1).value_or(default_rate);
        for (const int etu : {11, 12, 13, 16, 22}) {
            BOOST_TEST((rate.least_etu(etu) < rate.etu(etu)));
            BOOST_TEST((rate.least_etu(etu) >= rate.etu(etu - 1)));
        }
        if (ta1 == 0xFF) {
            break;
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
