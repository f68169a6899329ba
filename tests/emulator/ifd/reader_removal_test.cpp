#include <boost/test/unit_test.hpp>
#include <functional>
#include <tuple>

#include "tests/emulator/ifd/reader_bench.h"

namespace scardlab::tests {

namespace {

using Action = std::function<IfdCode(ReaderBench&)>;

/// The card is gone for everybody, has lost its session, and works again after it is put back.
void check_removed(ReaderBench& bench, Protocol protocol) {
    BOOST_TEST((bench.reader.presence() == IfdCode::icc_not_present));
    BOOST_TEST((bench.reader.card() == nullptr));
    BOOST_TEST(!bench.card.powered());
    BOOST_TEST((bench.card.session() == icc::IccSession{}));
    BOOST_TEST(bench.story().back() == "removed");
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::icc_not_present));

    bench.reader.insert(bench.card);
    BOOST_TEST((bench.reader.presence() == IfdCode::success));
    BOOST_TEST((bench.transmit("00 A4 00 0C") == IfdCode::communication_error));
    BOOST_TEST((bench.connect(protocol) == IfdCode::success));
    BOOST_TEST(bench.answer("00 A4 00 0C") == "90 00");
}

/// Pulls the card out before each character that it sends in `action`, or that the reader sends, one after the other,
/// until none is left; how many there were.
unsigned remove_at_every_character(const icc::Profile& profile, Protocol protocol, Fault::At at, const Action& prepare,
                                   const Action& action, bool of_reader = false) {
    for (unsigned character = 1; character < 10'000; ++character) {
        BOOST_TEST_CONTEXT("before character " << character) {
            ReaderBench bench(profile);
            BOOST_TEST((prepare(bench) == IfdCode::success));
            bench.story();
            bench.reader.plan({at, 1, character, Fault::Do::remove, of_reader});
            const IfdCode code = action(bench);
            BOOST_TEST(bench.reader.plans().empty());
            if (code == IfdCode::success) {
                return character - 1;
            }
            BOOST_TEST((code == IfdCode::icc_not_present));
            BOOST_TEST(bench.response.empty());
            check_removed(bench, protocol);
        }
    }
    return 0;
}

Action nothing() {
    return [](ReaderBench&) { return IfdCode::success; };
}
Action up() {
    return [](ReaderBench& bench) { return bench.up(); };
}
Action use(Protocol protocol) {
    return [protocol](ReaderBench& bench) { return bench.use(protocol); };
}
/// Connected, with EF 5033 selected.
Action connected(Protocol protocol) {
    return [protocol](ReaderBench& bench) {
        const IfdCode code = bench.connect(protocol);
        bench.transmit("00 A4 08 0C 04 50 15 50 33");
        bench.response.clear();
        return code;
    };
}
Action command(std::string hex) {
    return [hex](ReaderBench& bench) { return bench.transmit(hex); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_reader_removal)

BOOST_AUTO_TEST_CASE(idle_card_may_be_pulled_out_at_any_stage) {
    const Action stages[] = {nothing(), up(), connected(Protocol::t0), connected(Protocol::t1)};
    for (const Action& stage : stages) {
        ReaderBench bench;
        stage(bench);
        bench.reader.remove();
        check_removed(bench, Protocol::t1);
    }
}

BOOST_AUTO_TEST_CASE(before_every_character_of_an_atr) {
    for (const auto& profile : {fakes::dual_protocol(), fakes::t0_only(), fakes::specific_t1()}) {
        const Protocol protocol = profile.cold_atr.specific_mode() ? Protocol::t1 : Protocol::t0;
        const std::size_t length = profile.cold_atr.bytes().size();
        BOOST_TEST(remove_at_every_character(profile, protocol, Fault::At::next_reset, nothing(), up()) == length);
        BOOST_TEST(remove_at_every_character(profile, protocol, Fault::At::next_reset, up(), up()) == length);
    }
}

// ISO/IEC 7816-3 clauses 9.3 and 11.4.2
BOOST_AUTO_TEST_CASE(before_every_character_that_comes_while_a_protocol_is_put_into_force) {
    const std::tuple<icc::Profile, Protocol, unsigned> cards[] = {
        {fakes::dual_protocol(), Protocol::t0, 3},       // PPS response
        {fakes::dual_protocol(), Protocol::t1, 3 + 5},   // PPS response, S(IFS response)
        {fakes::dual_protocol_fast(), Protocol::t0, 4},  // PPS response with PPS1
        {fakes::dual_protocol_fast(), Protocol::t1, 4 + 5},
        {fakes::t1_only(), Protocol::t1, 5},  // no PPS exchange
        {fakes::specific_t1(), Protocol::t1, 5},
    };
    for (const auto& [profile, protocol, characters] : cards) {
        for (const bool of_reader : {false, true}) {  // the requests are as long as the responses
            BOOST_TEST(remove_at_every_character(profile, protocol, Fault::At::next_pps, up(), use(protocol),
                                                 of_reader) == characters);
        }
    }
}

BOOST_AUTO_TEST_CASE(before_every_character_of_a_t0_command) {
    const std::pair<const char*, unsigned> commands[] = {
        {"00 A4 00 0C", 2},             // SW1 SW2
        {"00 B0 00 00 05", 1 + 5 + 2},  // INS, data, SW1 SW2
        {"00 D6 00 00 03 01 02 03", 1 + 2},
        {"00 A4 00 00 02 3F 00 00", 1 + 2},
        {"00 B0 00 00 00", 1 + 256 + 2},
    };
    for (const auto& [hex, characters] : commands) {
        BOOST_TEST(remove_at_every_character(fakes::dual_protocol(), Protocol::t0, Fault::At::command,
                                             connected(Protocol::t0), command(hex)) == characters);
    }
}

BOOST_AUTO_TEST_CASE(before_every_character_of_a_t1_command) {
    const std::string update = "00 D6 00 00 50 " + to_hex(fakes::counting(0x50));
    const std::pair<std::string, unsigned> commands[] = {
        {"00 A4 00 0C", 4 + 2},
        {"00 B0 00 00 05", 4 + 5 + 2},
        {update, 4 + 4 + 4 + 2},                         // 85 bytes: two R-blocks, then SW1 SW2
        {"00 B0 00 00 00 01 2C", (4 + 254) + (4 + 48)},  // 302 bytes: two I-blocks
    };
    for (const auto& [hex, characters] : commands) {
        BOOST_TEST(remove_at_every_character(fakes::dual_protocol(), Protocol::t1, Fault::At::command,
                                             connected(Protocol::t1), command(hex)) == characters);
    }
}

BOOST_AUTO_TEST_CASE(before_every_character_of_the_reader) {
    for (const Protocol protocol : {Protocol::t0, Protocol::t1}) {
        const bool t0 = protocol == Protocol::t0;
        const auto removals = [&](Fault::At at, const Action& prepare, const Action& action) {
            return remove_at_every_character(fakes::dual_protocol(), protocol, at, prepare, action, true);
        };
        BOOST_TEST(removals(Fault::At::next_reset, nothing(), up()) == 0U);
        const std::string update = "00 D6 00 00 50 " + to_hex(fakes::counting(0x50));
        const std::pair<std::string, unsigned> commands[] = {
            {"00 A4 00 0C", t0 ? 5 : 4 + 4},
            {"00 B0 00 00 05", t0 ? 5 : 4 + 5},
            {update, t0 ? 5 + 80 : 4 + 32 + 4 + 32 + 4 + 21},
            {"00 B0 00 00 FF", t0 ? 5 : 4 + 5 + 4},  // 257 bytes: two I-blocks, an R-block between them
        };
        for (const auto& [hex, characters] : commands) {
            BOOST_TEST(removals(Fault::At::command, connected(protocol), command(hex)) == characters);
        }
    }
}

// ISO/IEC 7816-3 clause 11.6.3.2
BOOST_AUTO_TEST_CASE(before_every_character_of_a_command_that_repairs_the_link_first) {
    const Action unsure_link = [](ReaderBench& bench) {
        connected(Protocol::t1)(bench);
        bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::lost_block, false, 1, 3});
        return bench.transmit("00 A4 00 0C") == IfdCode::response_timeout ? IfdCode::success
                                                                          : IfdCode::communication_error;
    };
    const auto removals = [&](bool of_reader) {
        return remove_at_every_character(fakes::dual_protocol(), Protocol::t1, Fault::At::command, unsure_link,
                                         command("00 A4 00 0C"), of_reader);
    };
    BOOST_TEST(removals(false) == 4U + 5 + 6);  // S(RESYNCH response), S(IFS response), SW1 SW2
    BOOST_TEST(removals(true) == 4U + 5 + 8);
}

BOOST_AUTO_TEST_CASE(what_was_written_before_the_removal_is_there_afterwards) {
    ReaderBench bench;
    connected(Protocol::t0)(bench);
    bench.reader.plan({Fault::At::command, 1, 2, Fault::Do::remove});
    BOOST_TEST((bench.transmit("00 D6 00 00 02 AA BB") == IfdCode::icc_not_present));  // written, not answered
    bench.reader.insert(bench.card);
    connected(Protocol::t0)(bench);
    BOOST_TEST(bench.answer("00 B0 00 00 03") == "AA BB 05 90 00");

    bench.reader.plan({Fault::At::command, 1, 1, Fault::Do::remove});
    BOOST_TEST((bench.transmit("00 D6 00 00 02 CC DD") == IfdCode::icc_not_present));  // never arrived
    bench.reader.insert(bench.card);
    connected(Protocol::t0)(bench);
    BOOST_TEST(bench.answer("00 B0 00 00 03") == "AA BB 05 90 00");
}

BOOST_AUTO_TEST_CASE(card_that_comes_back_has_lost_its_verification_and_its_current_file) {
    ReaderBench bench;
    connected(Protocol::t1)(bench);
    BOOST_TEST(bench.answer("00 20 00 01 04 31 32 33 34") == "90 00");
    BOOST_TEST(bench.answer("00 20 00 01") == "90 00");
    bench.reader.remove();
    bench.reader.insert(bench.card);
    bench.connect(Protocol::t1);
    BOOST_TEST(bench.answer("00 20 00 01") == "63 C3");
    BOOST_TEST(bench.answer("00 B0 00 00 01") == "69 86");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
