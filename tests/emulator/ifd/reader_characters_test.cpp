#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

using boost::test_tools::per_element;
using Do = Fault::Do;

icc::Profile with_atr(icc::Profile profile, std::string_view atr) {
    profile.cold_atr = fakes::atr(atr);
    return profile;
}

/// The same cards in direct and in inverse convention.
std::pair<icc::Profile, icc::Profile> both_conventions(Protocol protocol) {
    return protocol == Protocol::t0
               ? std::pair(fakes::dual_protocol(), with_atr(fakes::dual_protocol(), "3F 80 80 01 01"))
               : std::pair(fakes::t1_crc(), with_atr(fakes::t1_crc(), "3F 80 81 51 40 01 11"));
}

constexpr const char* session[] = {
    "00 A4 08 0C 04 50 15 50 33", "00 B0 00 00 FF", "00 D6 00 00 05 01 02 03 04 05", "00 B0 00 00 10",
    "00 20 00 01 01 31",          "00 84 00 00 08", "00 A4 00 00 02 3F 00",          "00 B0 00 00 00"};

/// What the reader answers to the session, and how long it takes.
std::pair<Story, ifd::Duration> run_session(ReaderBench& bench, Protocol protocol) {
    Story answers;
    const auto taken = bench.time_of([&] {
        BOOST_TEST((bench.connect(protocol) == IfdCode::success));
        for (const char* command : session) {
            answers.push_back(bench.answer(command));
        }
    });
    return {answers, taken};
}

icc::Profile never_repeats(icc::Profile profile) {
    profile.quirks.characters.never_repeats = true;
    return profile;
}

/// Answers `read` with the fault planned for it.
std::string answer_with(ReaderBench& bench, const Fault& fault, const char* read = "00 B0 00 00 03") {
    bench.answer("00 A4 08 0C 04 50 15 50 33");
    bench.reader.plan(fault);
    return bench.answer(read);
}

constexpr const char* right_answer = "03 04 05 90 00";

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_characters)

// ISO/IEC 7816-3 clause 8.1
BOOST_AUTO_TEST_CASE(session_with_a_card_of_inverse_convention_is_the_same_as_with_a_direct_one) {
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        const auto [direct, inverse] = both_conventions(protocol);
        ReaderBench one(direct);
        ReaderBench other(inverse);
        const auto [answers, taken] = run_session(one, protocol);
        const auto [other_answers, other_taken] = run_session(other, protocol);
        BOOST_TEST(answers == other_answers, per_element());
        BOOST_TEST((taken == other_taken));
        BOOST_TEST((one.card.state() == other.card.state()));
        Story story = one.story();
        Story other_story = other.story();
        BOOST_TEST(story.at(2) == "atr " + to_hex(direct.cold_atr.bytes()));
        BOOST_TEST(other_story.at(2) == "atr " + to_hex(inverse.cold_atr.bytes()));
        story.at(2) = other_story.at(2) = "atr";
        BOOST_TEST(story == other_story, per_element());
    }
}

BOOST_AUTO_TEST_CASE(convention_is_learnt_anew_from_each_answer_to_reset) {
    icc::Profile profile = fakes::dual_protocol();
    profile.warm_atr = fakes::atr("3F 80 80 01 01");
    ReaderBench bench(profile);
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST((bench.connect(Protocol::t0) == IfdCode::success));
        BOOST_TEST((bench.reset() == IfdCode::success));
        BOOST_TEST(to_hex(bench.atr.bytes()) == "3F 80 80 01 01");
        BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
        BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
        bench.power(PowerAction::down);
    }
}

// ISO/IEC 7816-3 clause 7.3, EMV 4.3 Book 1 clause 9.2.4
BOOST_AUTO_TEST_CASE(t0_character_is_mended_by_up_to_three_repetitions_wherever_it_is) {
    for (const bool of_reader : {false, true}) {
        const unsigned characters = of_reader ? 5 : 6;
        for (unsigned character = 1; character <= characters; ++character) {
            for (unsigned times = 1; times <= 4; ++times) {
                BOOST_TEST_CONTEXT("character " << character << ", times " << times << ", reader " << of_reader) {
                    ReaderBench bench;
                    bench.connect(Protocol::t0);
                    const std::string answer =
                        answer_with(bench, {Fault::At::command, 1, character, Do::parity_error, of_reader, 1, times});
                    BOOST_TEST(answer == (times <= 3 ? right_answer : "612"));
                    BOOST_TEST(bench.reader.missed().empty());
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(repetition_takes_13_etu) {
    const auto reading_time = [](unsigned times) {
        ReaderBench bench;
        bench.connect(Protocol::t0);
        if (times > 0) {
            bench.reader.plan({Fault::At::command, 1, 1, Do::parity_error, false, 1, times});
        }
        return bench.time_of([&] { bench.answer("00 A4 00 0C"); });
    };
    const auto repetition = ReaderBench::duration({13 * 372});
    BOOST_TEST((reading_time(1) - reading_time(0) == repetition));
    BOOST_TEST((reading_time(3) - reading_time(0) == 3 * repetition));
}

BOOST_AUTO_TEST_CASE(command_is_carried_out_once_however_often_characters_are_repeated) {
    ReaderBench bench;
    bench.connect(Protocol::t0);
    bench.story();
    bench.reader.plan({Fault::At::command, 1, 5, Do::parity_error, true, 1, 3});
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    const Story expected{"command 00 A4 00 0C 00", "response 90 00"};
    BOOST_TEST(bench.story() == expected, per_element());
}

BOOST_AUTO_TEST_CASE(reset_recovers_a_card_whose_character_was_given_up) {
    for (const bool of_reader : {false, true}) {
        ReaderBench bench;
        bench.connect(Protocol::t0);
        BOOST_TEST(answer_with(bench, {Fault::At::command, 1, 2, Do::parity_error, of_reader, 1, 4}) == "612");
        BOOST_TEST((bench.reset() == IfdCode::success));
        BOOST_TEST((bench.use(Protocol::t0) == IfdCode::success));
        BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    }
}

BOOST_AUTO_TEST_CASE(damaged_characters_of_an_atr_and_of_a_pps_are_repeated_too) {
    for (unsigned character = 2; character <= 5; ++character) {
        ReaderBench bench;
        bench.reader.plan({Fault::At::next_reset, 1, character, Do::parity_error, false, 1, 3});
        BOOST_TEST((bench.up() == IfdCode::success));
        BOOST_TEST((bench.atr == bench.card.profile().cold_atr));
        bench.power(PowerAction::down);
        bench.reader.plan({Fault::At::next_reset, 1, character, Do::parity_error, false, 1, 4});
        BOOST_TEST((bench.up() == IfdCode::error_power_action));
        BOOST_TEST(bench.reader.missed().empty());
    }
    for (const bool of_reader : {false, true}) {
        for (unsigned character = 1; character <= 3; ++character) {
            ReaderBench bench;
            bench.up();
            bench.reader.plan({Fault::At::next_pps, 1, character, Do::parity_error, of_reader, 1, 3});
            BOOST_TEST((bench.use(Protocol::t1) == IfdCode::success));
            BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
            bench.reset();
            bench.reader.plan({Fault::At::next_pps, 1, character, Do::parity_error, of_reader, 1, 4});
            BOOST_TEST((bench.use(Protocol::t1) == IfdCode::pts_failure));
            BOOST_TEST(bench.reader.missed().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(characters_count_anew_in_the_second_attempt_at_a_reset) {
    ReaderBench bench;
    bench.up();
    bench.story();
    // four times fail the warm reset, the fifth is character 2 of the cold one, and is mended
    bench.reader.plan({Fault::At::next_reset, 1, 2, Do::parity_error, false, 1, 5});
    BOOST_TEST((bench.reset() == IfdCode::success));
    BOOST_TEST(bench.reader.missed().empty());
    const Story expected{"warm_reset", "deactivation", "cold_reset", "atr 3B 80 80 01 01"};
    BOOST_TEST(bench.story() == expected, per_element());
}

// ISO/IEC 7816-3 clause 8.1
BOOST_AUTO_TEST_CASE(ts_is_never_asked_for_again) {
    ReaderBench bench;
    bench.reader.plan({Fault::At::next_reset, 1, 1, Do::parity_error, false, 1, 2});
    const auto taken = bench.time_of([&] { BOOST_TEST((bench.up() == IfdCode::error_power_action)); });
    BOOST_TEST((taken == ReaderBench::duration({500 + 500})));
    BOOST_TEST(bench.reader.missed().size() == 1U);  // it came once
}

// ISO/IEC 7816-3 clauses 7.3 and 11.2
BOOST_AUTO_TEST_CASE(reader_in_t1_looks_for_no_error_signal) {
    ReaderBench bench(fakes::dual_protocol_t1_first());
    ReaderBench right(fakes::dual_protocol_t1_first());
    for (ReaderBench* each : {&bench, &right}) {
        each->up();
    }
    // T=1 without a PPS begins with the first character, to which a card that has T=0 still signals an error
    bench.reader.plan({Fault::At::command, 1, 1, Do::parity_error, true});
    const auto taken = [](ReaderBench& each) {
        return each.time_of([&] { BOOST_TEST(each.answer("00 A4 00 0C") == "90 00"); });
    };
    BOOST_TEST((taken(bench) > taken(right) + ReaderBench::duration({2 * 22 * 372})));  // the block went twice
}

BOOST_AUTO_TEST_CASE(card_without_t0_repeats_nothing_so_its_damaged_atr_fails) {
    for (unsigned character = 1; character <= 4; ++character) {
        ReaderBench bench(fakes::t1_only());
        bench.reader.plan({Fault::At::next_reset, 1, character, Do::parity_error});
        BOOST_TEST((bench.up() == IfdCode::error_power_action));
        BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    }
}

BOOST_AUTO_TEST_CASE(ts_cannot_be_asked_for_again) {
    ReaderBench bench;
    bench.reader.plan({Fault::At::next_reset, 1, 1, Do::parity_error});
    BOOST_TEST((bench.up() == IfdCode::error_power_action));
    BOOST_TEST((bench.up() == IfdCode::success));
}

BOOST_AUTO_TEST_CASE(t1_mends_a_damaged_character_by_blocks_and_carries_the_command_out_once) {
    for (const bool of_reader : {false, true}) {
        for (unsigned character = 1; character <= 9; ++character) {
            BOOST_TEST_CONTEXT("character " << character << ", reader " << of_reader) {
                ReaderBench bench;
                bench.connect(Protocol::t1);
                bench.answer("00 A4 08 0C 04 50 15 50 33");
                bench.story();
                bench.reader.plan({Fault::At::command, 1, character, Do::parity_error, of_reader});
                BOOST_TEST(bench.answer("00 B0 00 00 03") == right_answer);
                const Story expected{"command 00 B0 00 00 03", std::string("response ") + right_answer};
                Story story = bench.story();
                story.erase(std::unique(story.begin(), story.end()), story.end());  // the response may be sent twice
                BOOST_TEST(story == expected, per_element());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(card_that_never_repeats_loses_the_exchange) {
    for (unsigned character = 1; character <= 6; ++character) {
        ReaderBench bench(never_repeats(fakes::dual_protocol()));
        bench.connect(Protocol::t0);
        const std::string answer = answer_with(bench, {Fault::At::command, 1, character, Do::parity_error});
        // what comes instead of the repetition comes too early for one; after the last character nothing comes
        BOOST_TEST(answer == (character < 6 ? "612" : "613"));
    }
}

BOOST_AUTO_TEST_CASE(card_that_damages_characters_all_the_time_works_where_they_are_repeated) {
    for (const unsigned every : {1U, 2U, 3U, 7U}) {
        icc::Profile profile = fakes::dual_protocol();
        profile.quirks.characters.parity_error_every = every;
        ReaderBench bench(profile);
        if (every == 1) {  // TS among them
            BOOST_TEST((bench.up() == IfdCode::error_power_action));
            continue;
        }
        ReaderBench right;
        BOOST_TEST(run_session(bench, Protocol::t0).first == run_session(right, Protocol::t0).first, per_element());
        BOOST_TEST(bench.story() == right.story(), per_element());
    }
    icc::Profile profile = fakes::t1_only();
    profile.quirks.characters.parity_error_every = 13;  // never twice in a row in a block of six
    ReaderBench bench(profile);
    BOOST_TEST((bench.connect(Protocol::t1) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
