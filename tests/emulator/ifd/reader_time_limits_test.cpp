#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

using Do = Fault::Do;

icc::Profile slow_to_answer(icc::Profile profile, std::uint32_t etu) {
    profile.quirks.characters.answer_delay = etu;
    return profile;
}

icc::Profile with_guard_time(icc::Profile profile, std::uint32_t etu) {
    profile.quirks.characters.guard_time = etu;
    return profile;
}

/// The answer to SELECT in that protocol, or the code of what failed before it.
std::string outcome(const icc::Profile& profile, Protocol protocol) {
    ReaderBench bench(profile);
    const IfdCode code = bench.connect(protocol);
    return code == IfdCode::success ? bench.answer("00 A4 00 0C") : std::to_string(number(code));
}

IfdCode power_up(const icc::Profile& profile) {
    ReaderBench bench(profile);
    return bench.up();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_time_limits)

// ISO/IEC 7816-3 clause 6.2.2
BOOST_AUTO_TEST_CASE(atr_may_begin_400_to_40000_cycles_after_rst) {
    for (const auto& [delay, code] :
         {std::pair{399U, IfdCode::error_power_action}, std::pair{400U, IfdCode::success},
          std::pair{40'000U, IfdCode::success}, std::pair{40'001U, IfdCode::error_power_action}}) {
        icc::Profile profile = fakes::dual_protocol();
        profile.quirks.activation.answer_delay = delay;
        BOOST_TEST((power_up(profile) == code), "delay " << delay);
    }
}

// ISO/IEC 7816-3 clause 8.1
BOOST_AUTO_TEST_CASE(characters_of_an_atr_may_be_12_to_9600_etu_apart) {
    for (const auto& [spacing, code] :
         {std::pair{11U, IfdCode::error_power_action}, std::pair{12U, IfdCode::success},
          std::pair{9'600U, IfdCode::success}, std::pair{9'601U, IfdCode::error_power_action}}) {
        icc::Profile profile = fakes::dual_protocol();
        profile.quirks.activation.character_spacing = spacing;
        BOOST_TEST((power_up(profile) == code), "spacing " << spacing);
    }
}

// ISO/IEC 7816-3 clauses 7.2, 9.1 and 10.2
BOOST_AUTO_TEST_CASE(t0_answer_may_begin_16_etu_after_the_command_and_at_most_wt) {
    for (const auto& [delay, answer] :
         {std::pair{15U, "612"}, std::pair{16U, "90 00"}, std::pair{9'600U, "90 00"}, std::pair{9'601U, "613"}}) {
        BOOST_TEST(outcome(slow_to_answer(fakes::t0_only(), delay), Protocol::t0) == answer, "delay " << delay);
    }
}

BOOST_AUTO_TEST_CASE(pps_response_may_begin_16_to_9600_etu_after_the_request) {
    for (const auto& [delay, answer] :
         {std::pair{15U, "605"}, std::pair{16U, "90 00"}, std::pair{9'600U, "90 00"}, std::pair{9'601U, "605"}}) {
        BOOST_TEST(outcome(slow_to_answer(fakes::dual_protocol(), delay), Protocol::t0) == answer, "delay " << delay);
    }
}

BOOST_AUTO_TEST_CASE(t0_characters_and_those_of_a_pps_are_at_least_12_etu_apart_and_at_most_wt) {
    for (const auto& [etu, t0, pps] : {std::tuple{11U, "612", "605"}, std::tuple{12U, "90 00", "90 00"},
                                       std::tuple{9'600U, "90 00", "90 00"}, std::tuple{9'601U, "613", "605"}}) {
        BOOST_TEST(outcome(with_guard_time(fakes::t0_only(), etu), Protocol::t0) == t0, "guard time " << etu);
        BOOST_TEST(outcome(with_guard_time(fakes::dual_protocol(), etu), Protocol::t0) == pps, "guard time " << etu);
    }
}

// ISO/IEC 7816-3 clause 11.4.3
BOOST_AUTO_TEST_CASE(t1_block_may_begin_after_bgt_and_at_most_bwt) {
    // BWI 4: 11 etu and 16 x 960 etu of the default rate
    for (const auto& [delay, answer] :
         {std::pair{21U, "612"}, std::pair{22U, "90 00"}, std::pair{15'371U, "90 00"}, std::pair{15'372U, "612"}}) {
        BOOST_TEST(outcome(slow_to_answer(fakes::t1_only(), delay), Protocol::t1) == answer, "delay " << delay);
    }
}

// ISO/IEC 7816-3 clauses 11.2 and 11.4.3
BOOST_AUTO_TEST_CASE(t1_characters_of_a_block_are_at_least_11_etu_apart_and_at_most_cwt) {
    // CWI 13: 11 + 8,192 etu
    for (const auto& [etu, answer] :
         {std::pair{10U, "612"}, std::pair{11U, "90 00"}, std::pair{8'203U, "90 00"}, std::pair{8'204U, "612"}}) {
        BOOST_TEST(outcome(with_guard_time(fakes::t1_only(), etu), Protocol::t1) == answer, "guard time " << etu);
    }
}

BOOST_AUTO_TEST_CASE(limits_are_counted_in_the_etu_in_force) {
    const auto fast = fakes::dual_protocol_fast();  // 32 cycles an etu
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        const std::uint32_t least = protocol == Protocol::t0 ? 16 : 22;
        ReaderBench bench(slow_to_answer(fast, least));
        BOOST_TEST((bench.connect(protocol) == IfdCode::success));
        BOOST_TEST((bench.card.rate() == iso7816::TransmissionRate{512, 16}));
        BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    }
    const std::uint32_t wt_in_etu = 10 * 960 * 512 / 32;
    BOOST_TEST(outcome(slow_to_answer(fakes::specific_t1(), 21), Protocol::t1) == "612");
    icc::Profile specific_t0 = fakes::specific_t1();
    specific_t0.cold_atr = fakes::atr("3B 90 95 10 00");
    BOOST_TEST(outcome(slow_to_answer(specific_t0, wt_in_etu), Protocol::t0) == "90 00");
    BOOST_TEST(outcome(slow_to_answer(specific_t0, wt_in_etu + 1), Protocol::t0) == "613");
}

BOOST_AUTO_TEST_CASE(one_early_or_late_character_fails_a_t0_exchange) {
    for (unsigned character = 1; character <= 6; ++character) {
        for (const auto& [what, code] : {std::pair{Do::early, "612"}, std::pair{Do::late, "613"}}) {
            ReaderBench bench;
            bench.connect(Protocol::t0);
            bench.answer("00 A4 08 0C 04 50 15 50 33");
            bench.reader.plan({Fault::At::command, 1, character, what});
            BOOST_TEST(bench.answer("00 B0 00 00 03") == code, "character " << character);
            BOOST_TEST(bench.reader.missed().empty());
            bench.reset();
            bench.use(Protocol::t0);
            BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
        }
    }
}

BOOST_AUTO_TEST_CASE(one_early_or_late_character_is_mended_in_t1) {
    for (unsigned character = 1; character <= 9; ++character) {
        for (const Do what : {Do::early, Do::late}) {
            ReaderBench bench;
            bench.connect(Protocol::t1);
            bench.answer("00 A4 08 0C 04 50 15 50 33");
            bench.reader.plan({Fault::At::command, 1, character, what});
            BOOST_TEST(bench.answer("00 B0 00 00 03") == "03 04 05 90 00", "character " << character);
            BOOST_TEST(bench.reader.missed().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(one_early_or_late_character_fails_an_atr_or_a_pps) {
    for (const Do what : {Do::early, Do::late}) {
        for (unsigned character = 1; character <= 5; ++character) {
            ReaderBench bench;
            bench.reader.plan({Fault::At::next_reset, 1, character, what});
            BOOST_TEST((bench.up() == IfdCode::error_power_action));
            BOOST_TEST((bench.up() == IfdCode::success));
            BOOST_TEST(bench.reader.missed().empty());
        }
        for (unsigned character = 1; character <= 3; ++character) {
            ReaderBench bench;
            bench.up();
            bench.reader.plan({Fault::At::next_pps, 1, character, what});
            BOOST_TEST((bench.use(Protocol::t1) == IfdCode::pts_failure));
            BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
            BOOST_TEST(bench.reader.missed().empty());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
