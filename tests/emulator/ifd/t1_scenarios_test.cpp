// The scenarios of T=1: every block on the line, in both directions. ">" is the reader's, "<" the card's, "-" silence.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/t1_line.h"

namespace scardlab::tests {

namespace {

using icc::Deviation;
using ifd::IfdCode;
using iso7816::to_hex;
using F = T1Line::Fault;
using K = Deviation::Kind;

constexpr IfdCode well = IfdCode::success;
constexpr IfdCode error = IfdCode::communication_error;
constexpr IfdCode silence = IfdCode::response_timeout;

/// Commands that are carried out over a link with IFSC 32 and IFSD 32: "select" fits a block, "long" is chained as IFSC
/// is 3 then (7 bytes), "read" has a response that is chained as IFSD is 4 then (12 bytes).
enum class Task : std::uint8_t { select, long_command, read };

struct Scenario {
    const char* name;
    Task task;
    Deviation card;
    std::map<unsigned, F> reader;
    IfdCode code;
    const char* story;
};

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
    return out << scenario.name;
}

const Deviation nothing{K::bad_ts, 1, 1, 0};

// ISO/IEC 7816-3 clauses 11.6.2.1, 11.6.2.2, 11.6.2.3
const Scenario without_errors[] = {
    {"single I-blocks", Task::select, nothing, {}, well, "> I(0,0); < I(0,0)"},
    {"waiting time extension",
     Task::select,
     {K::wtx, 1, 1, 3},
     {},
     well,
     "> I(0,0); < S(WTX request 3); > S(WTX response 3); < I(0,0)"},
    {"several waiting time extensions",
     Task::select,
     {K::wtx, 1, 2, 255},
     {},
     well,
     "> I(0,0); < S(WTX request 255); > S(WTX response 255); < S(WTX request 255); > S(WTX response 255); < I(0,0)"},
    {"IFSC by the card",
     Task::select,
     {K::ifs, 1, 1, 64},
     {},
     well,
     "> I(0,0); < S(IFS request 64); > S(IFS response 64); < I(0,0)"},
    {"chain of the reader's",
     Task::long_command,
     nothing,
     {},
     well,
     "> I(0,1); < R(1); > I(1,1); < R(0); > I(0,0); < I(0,0)"},
    {"chain of the card's", Task::read, nothing, {}, well, "> I(0,0); < I(0,1); > R(1); < I(1,1); > R(0); < I(0,0)"},
    {"IFSC within a chain of the reader's",
     Task::long_command,
     {K::ifs, 1, 1, 5},
     {},
     well,
     "> I(0,1); < S(IFS request 5); > S(IFS response 5); < R(1); > I(1,0); < I(0,0)"},
    {"waiting time extension within a chain of the reader's",
     Task::long_command,
     {K::wtx, 2, 1, 2},
     {},
     well,
     "> I(0,1); < R(1); > I(1,1); < S(WTX request 2); > S(WTX response 2); < R(0); > I(0,0); < I(0,0)"},
    {"waiting time extension within a chain of the card's",
     Task::read,
     {K::wtx, 2, 1, 2},
     {},
     well,
     "> I(0,0); < I(0,1); > R(1); < S(WTX request 2); > S(WTX response 2); < I(1,1); > R(0); < I(0,0)"},
    {"abortion of the reader's chain by the card",
     Task::long_command,
     {K::abort, 1, 1, 0},
     {},
     error,
     "> I(0,1); < S(ABORT request); > S(ABORT response); < R(1)"},
    {"abortion of the card's chain by the card",
     Task::read,
     {K::abort, 1, 1, 0},
     {},
     error,
     "> I(0,0); < I(0,1); > R(1); < S(ABORT request); > S(ABORT response); < R(1)"},
};

// ISO/IEC 7816-3 clause 11.6.3.2
const Scenario with_errors[] = {
    {"reader's I-block damaged",
     Task::select,
     nothing,
     {{1, F::bad_edc}},
     well,
     "> I(0,0) damaged; < R(0); > I(0,0); < I(0,0)"},
    {"reader's I-block with a parity error",
     Task::select,
     nothing,
     {{1, F::parity}},
     well,
     "> I(0,0) parity; < R(0); > I(0,0); < I(0,0)"},
    {"reader's I-block lost",
     Task::select,
     nothing,
     {{1, F::lost}},
     well,
     "> I(0,0) lost; < -; > R(0); < R(0); > I(0,0); < I(0,0)"},
    {"reader's I-block with a wrong number",
     Task::select,
     nothing,
     {{1, F::wrong_sequence}},
     well,
     "> I(1,0); < R(0); > I(0,0); < I(0,0)"},
    {"reader's I-block with a reserved PCB",
     Task::select,
     nothing,
     {{1, F::bad_pcb}},
     well,
     "> ? damaged; < R(0); > I(0,0); < I(0,0)"},
    {"reader's I-block with a reserved LEN",
     Task::select,
     nothing,
     {{1, F::bad_len}},
     well,
     "> I(0,0) damaged; < R(0); > I(0,0); < I(0,0)"},
    {"reader's I-block with a wrong NAD",
     Task::select,
     nothing,
     {{1, F::bad_nad}},
     well,
     "> I(0,0) nad; < I(0,0) nad; > R(0); < I(0,0)"},
    {"card's I-block damaged",
     Task::select,
     {K::bad_edc, 1, 1, 0},
     {},
     well,
     "> I(0,0); < I(0,0) damaged; > R(0); < I(0,0)"},
    {"card's I-block lost", Task::select, {K::lost_block, 1, 1, 0}, {}, well, "> I(0,0); < -; > R(0); < I(0,0)"},
    {"card's I-block with a wrong number",
     Task::select,
     {K::wrong_sequence, 1, 1, 0},
     {},
     well,
     "> I(0,0); < I(1,0); > R(0); < I(0,0)"},
    {"card's I-block with a reserved PCB",
     Task::select,
     {K::bad_pcb, 1, 1, 0},
     {},
     well,
     "> I(0,0); < ? damaged; > R(0); < I(0,0)"},
    {"card's I-block with a reserved LEN",
     Task::select,
     {K::bad_len, 1, 1, 0},
     {},
     well,
     "> I(0,0); < I(0,0) damaged; > R(0); < I(0,0)"},
    {"card's I-block with a wrong NAD",
     Task::select,
     {K::bad_nad, 1, 1, 0},
     {},
     well,
     "> I(0,0); < I(0,0) nad; > R(0); < I(0,0)"},
    {"card's I-block damaged two times",
     Task::select,
     {K::bad_edc, 1, 2, 0},
     {},
     well,
     "> I(0,0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > R(0); < I(0,0)"},
    {"I-block damaged, then the R-block that asks for it",
     Task::select,
     {K::bad_edc, 1, 1, 0},
     {{2, F::bad_edc}},
     well,
     "> I(0,0); < I(0,0) damaged; > R(0) damaged; < R(1); > R(0); < I(0,0)"},
    {"reader's I-block and the card's R-block damaged",
     Task::select,
     {K::bad_edc, 1, 1, 0},
     {{1, F::bad_edc}},
     well,
     "> I(0,0) damaged; < R(0) damaged; > R(0); < R(0); > I(0,0); < I(0,0)"},
    {"card's R-block damaged in the reader's chain",
     Task::long_command,
     {K::bad_edc, 1, 1, 0},
     {},
     well,
     "> I(0,1); < R(1) damaged; > R(0); < R(1); > I(1,1); < R(0); > I(0,0); < I(0,0)"},
    {"card's R-block lost in the reader's chain",
     Task::long_command,
     {K::lost_block, 2, 1, 0},
     {},
     well,
     "> I(0,1); < R(1); > I(1,1); < -; > R(0); < R(0); > I(0,0); < I(0,0)"},
    {"card's R-block with a wrong number",
     Task::long_command,
     {K::wrong_sequence, 1, 1, 0},
     {},
     well,
     "> I(0,1); < R(0); > I(0,1); < R(1); > I(1,1); < R(0); > I(0,0); < I(0,0)"},
    {"reader's second I-block damaged in its chain",
     Task::long_command,
     nothing,
     {{2, F::bad_edc}},
     well,
     "> I(0,1); < R(1); > I(1,1) damaged; < R(1); > I(1,1); < R(0); > I(0,0); < I(0,0)"},
    {"reader's second I-block lost in its chain",
     Task::long_command,
     nothing,
     {{2, F::lost}},
     well,
     "> I(0,1); < R(1); > I(1,1) lost; < -; > R(0); < R(1); > I(1,1); < R(0); > I(0,0); < I(0,0)"},
    {"reader's R-block damaged in the card's chain",
     Task::read,
     nothing,
     {{2, F::bad_edc}},
     well,
     "> I(0,0); < I(0,1); > R(1) damaged; < R(1); > R(1); < I(1,1); > R(0); < I(0,0)"},
    {"reader's R-block lost in the card's chain",
     Task::read,
     nothing,
     {{2, F::lost}},
     well,
     "> I(0,0); < I(0,1); > R(1) lost; < -; > R(1); < I(1,1); > R(0); < I(0,0)"},
    {"reader's R-block with a wrong number",
     Task::read,
     nothing,
     {{2, F::wrong_sequence}},
     well,
     "> I(0,0); < I(0,1); > R(0); < I(0,1); > R(1); < I(1,1); > R(0); < I(0,0)"},
    {"card's I-block damaged in its chain",
     Task::read,
     {K::bad_edc, 2, 1, 0},
     {},
     well,
     "> I(0,0); < I(0,1); > R(1); < I(1,1) damaged; > R(1); < I(1,1); > R(0); < I(0,0)"},
    {"S(ABORT request) damaged",
     Task::long_command,
     {K::abort, 1, 1, 0},
     {{2, F::bad_edc}},
     error,
     "> I(0,1); < S(ABORT request); > S(ABORT response) damaged; < S(ABORT request)"},
    {"card with a wrong number in every I-block",
     Task::select,
     {K::wrong_sequence, 1, 9, 0},
     {},
     error,
     "> I(0,0); < I(1,0); > R(0); < I(1,0); > R(0); < I(1,0); > S(RESYNCH request); < S(RESYNCH response)"},
    {"resynchronisation after the last retry",
     Task::select,
     {K::bad_edc, 1, 3, 0},
     {},
     error,
     "> I(0,0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > S(RESYNCH request); "
     "< S(RESYNCH response)"},
    {"S(RESYNCH request) damaged",
     Task::select,
     {K::bad_edc, 1, 3, 0},
     {{4, F::bad_edc}},
     error,
     "> I(0,0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > S(RESYNCH request) damaged; "
     "< R(1); > S(RESYNCH request); < S(RESYNCH response)"},
    {"S(RESYNCH response) damaged",
     Task::select,
     {K::bad_edc, 1, 4, 0},
     {},
     error,
     "> I(0,0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > S(RESYNCH request); "
     "< S(RESYNCH response) damaged; > S(RESYNCH request); < S(RESYNCH response)"},
    {"resynchronisation given up",
     Task::select,
     {K::bad_edc, 1, 6, 0},
     {},
     error,
     "> I(0,0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > R(0); < I(0,0) damaged; > S(RESYNCH request); "
     "< S(RESYNCH response) damaged; > S(RESYNCH request); < S(RESYNCH response) damaged; > S(RESYNCH request); "
     "< S(RESYNCH response) damaged"},
    {"silence", Task::select, {K::lost_block, 1, 3, 0}, {}, silence, "> I(0,0); < -; > R(0); < -; > R(0); < -"},
    {"something heard in the last try",
     Task::select,
     {K::lost_block, 1, 2, 0},
     {{3, F::bad_edc}},
     error,
     "> I(0,0); < -; > R(0); < -; > R(0) damaged; < R(1); > S(RESYNCH request); < S(RESYNCH response)"},
    {"waiting time extension after two retries",
     Task::select,
     {K::wtx, 1, 1, 2},
     {{1, F::lost}, {3, F::bad_edc}},
     well,
     "> I(0,0) lost; < -; > R(0); < R(0); > I(0,0) damaged; < R(0); > I(0,0); < S(WTX request 2); "
     "> S(WTX response 2); < I(0,0)"},
    {"S(WTX response) damaged",
     Task::select,
     {K::wtx, 1, 1, 2},
     {{2, F::bad_edc}},
     well,
     "> I(0,0); < S(WTX request 2); > S(WTX response 2) damaged; < S(WTX request 2); > S(WTX response 2); < I(0,0)"},
    {"S(WTX response) lost",
     Task::select,
     {K::wtx, 1, 1, 2},
     {{2, F::lost}},
     well,
     "> I(0,0); < S(WTX request 2); > S(WTX response 2) lost; < -; > R(0); < S(WTX request 2); > S(WTX response 2); "
     "< I(0,0)"},
    {"S(IFS response) of the reader's damaged",
     Task::select,
     {K::ifs, 1, 1, 64},
     {{2, F::bad_edc}},
     well,
     "> I(0,0); < S(IFS request 64); > S(IFS response 64) damaged; < S(IFS request 64); > S(IFS response 64); "
     "< I(0,0)"},
};

const char* command_of(Task task) {
    return task == Task::select         ? "00 A4 00 0C"
           : task == Task::long_command ? "00 A4 00 0C 02 3F 00"
                                        : "00 B0 00 00 0A";
}

void check(const Scenario& scenario, icc::Profile profile) {
    T1Line line(profile);
    line.reader_link.ifsc = scenario.task == Task::long_command ? 3 : 32;
    line.card.session.t1.ifsd = scenario.task == Task::read ? 4 : 32;
    line.card.session.application.channels[0].current_ef = 1;  // EF 2F00
    line.card.deviations = {scenario.card};
    line.faults = scenario.reader;
    BOOST_TEST((line.transmit(fakes::hex(command_of(scenario.task))) == scenario.code));
    BOOST_TEST(line.story() == scenario.story);
    if (scenario.code == well) {
        BOOST_TEST(to_hex(line.response) ==
                   (scenario.task == Task::read ? "30 31 32 33 34 35 36 37 38 39 90 00" : "90 00"));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_t1_scenarios)

BOOST_DATA_TEST_CASE(exchange_without_errors_has_exactly_these_blocks, without_errors, scenario) {
    check(scenario, fakes::t1_only());
    check(scenario, fakes::t1_crc());
}

BOOST_DATA_TEST_CASE(errors_are_repaired_or_given_up_with_exactly_these_blocks, with_errors, scenario) {
    check(scenario, fakes::t1_only());
    check(scenario, fakes::t1_crc());
}

// ISO/IEC 7816-3 clause 11.4.2
BOOST_AUTO_TEST_CASE(reader_announces_its_ifsd_as_often_as_it_must) {
    struct Row {
        Deviation card;
        std::map<unsigned, F> reader;
        const char* story;
    };
    const Row rows[] = {
        {nothing, {}, "> S(IFS request 254); < S(IFS response 254)"},
        {nothing,
         {{1, F::bad_edc}},
         "> S(IFS request 254) damaged; < R(0); > S(IFS request 254); < S(IFS response 254)"},
        {nothing, {{1, F::lost}}, "> S(IFS request 254) lost; < -; > S(IFS request 254); < S(IFS response 254)"},
        {{K::bad_edc, 1, 2, 0},
         {},
         "> S(IFS request 254); < S(IFS response 254) damaged; > S(IFS request 254); < S(IFS response 254) damaged; "
         "> S(IFS request 254); < S(IFS response 254)"},
        {{K::lost_block, 1, 1, 0}, {}, "> S(IFS request 254); < -; > S(IFS request 254); < S(IFS response 254)"},
    };
    for (const Row& row : rows) {
        T1Line line;
        line.card.deviations = {row.card};
        line.faults = row.reader;
        BOOST_TEST((line.announce(254) == well));
        BOOST_TEST(line.story() == row.story);
        BOOST_TEST(static_cast<int>(line.card.session.t1.ifsd) == 254);
        BOOST_TEST(static_cast<int>(line.reader_link.ifsd) == 254);
        BOOST_TEST((line.transmit(fakes::hex("00 A4 00 0C")) == well));
        BOOST_TEST(line.story() == "> I(0,0); < I(0,0)");
    }
    T1Line line;
    line.card.deviations = {{K::lost_block, 1, 3, 0}};
    BOOST_TEST((line.announce(254) == silence));
    BOOST_TEST(!line.machine.card_lost());
}

BOOST_AUTO_TEST_CASE(numbers_go_on_after_an_abortion_by_either_side) {
    T1Line by_card;
    by_card.reader_link.ifsc = 3;
    by_card.card.deviations = {{K::abort, 1, 1, 0}};
    by_card.transmit(fakes::hex("00 A4 00 0C 02 3F 00"));
    by_card.story();
    by_card.reader_link.ifsc = 32;
    BOOST_TEST((by_card.transmit(fakes::hex("00 A4 00 0C")) == well));
    BOOST_TEST(by_card.story() == "> I(1,0); < I(0,0)");

    T1Line by_reader;
    by_reader.card.session.t1.ifsd = 4;
    by_reader.card.session.application.channels[0].current_ef = 1;
    by_reader.response.resize(ifd::T1Ifd::max_response);
    const Bytes read = fakes::hex("00 B0 00 00 0A");
    BOOST_TEST((by_reader.run(by_reader.machine.start_command(read, by_reader.response)) == error));
    BOOST_TEST(by_reader.story() == "> I(0,0); < I(0,1); > S(ABORT request); < S(ABORT response)");
    BOOST_TEST((by_reader.transmit(read) == well));
    BOOST_TEST(by_reader.story() == "> I(1,0); < I(1,1); > R(0); < I(0,1); > R(1); < I(1,0)");
}

BOOST_AUTO_TEST_CASE(command_is_not_carried_out_twice_and_both_sides_begin_anew_after_a_resynchronisation) {
    T1Line line;
    line.announce(254);
    line.transmit(fakes::hex("00 A4 00 0C"));
    line.reader_link.ifsc = 99;
    line.card.deviations = {{K::bad_edc, 1, 3, 0}};
    line.story();
    const Bytes challenge = fakes::hex("00 84 00 00 08");
    BOOST_TEST((line.transmit(challenge) == error));
    BOOST_TEST(!line.machine.card_lost());
    BOOST_TEST(line.reader_link.announce_ifsd);
    BOOST_TEST(static_cast<int>(line.reader_link.ifsc) == 32);
    BOOST_TEST(static_cast<int>(line.reader_link.ifsd) == 32);
    BOOST_TEST((line.card.session.t1 == icc::T1Session{}));
    std::size_t commands = 0;
    for (const auto& entry : line.card.log.entries()) {
        commands += entry.event == icc::ContactEvent::command ? 1 : 0;
    }
    BOOST_TEST(commands == 2U);
    line.story();
    BOOST_TEST((line.transmit(challenge) == well));
    BOOST_TEST(line.story() == "> I(0,0); < I(0,0)");
}

BOOST_AUTO_TEST_CASE(card_that_does_not_resynchronise_is_lost) {
    icc::Profile profile = fakes::t1_only();
    profile.quirks.t1.no_resynch = true;
    profile.quirks.t1.wrong_sequence = true;
    T1Line line(profile);
    BOOST_TEST((line.transmit(fakes::hex("00 A4 00 0C")) == error));
    BOOST_TEST(line.story() ==
               "> I(0,0); < I(1,0); > R(0); < I(1,0); > R(0); < I(1,0); > S(RESYNCH request); < -; "
               "> S(RESYNCH request); < -; > S(RESYNCH request); < -");
    BOOST_TEST(line.machine.card_lost());
}

BOOST_AUTO_TEST_CASE(waiting_time_is_multiplied_for_the_next_block_only) {
    for (const unsigned multiplier : {1U, 255U}) {
        T1Line line;
        line.card.deviations = {{K::wtx, 1, 1, static_cast<std::uint8_t>(multiplier)}, {K::lost_block, 2, 2, 0}};
        const ClockCycles before = line.card.now;
        BOOST_TEST((line.transmit(fakes::hex("00 A4 00 0C")) == well));
        BOOST_TEST(line.story() == "> I(0,0); < S(WTX request " + std::to_string(multiplier) + "); > S(WTX response " +
                                       std::to_string(multiplier) + "); < -; > R(0); < -; > R(0); < I(0,0)");
        const std::int64_t waited = (line.card.now - before).count;
        const std::int64_t bwt = line.card.timing.block_waiting.count;
        BOOST_TEST(waited > (multiplier + 1) * bwt);
        BOOST_TEST(waited < (multiplier + 2) * bwt);
    }
}

BOOST_AUTO_TEST_CASE(requests_without_end_are_ended_by_a_resynchronisation) {
    for (const K kind : {K::wtx, K::ifs}) {
        T1Line line;
        line.card.deviations = {{kind, 1, ifd::T1Ifd::max_stalls, 1}};
        BOOST_TEST((line.transmit(fakes::hex("00 A4 00 0C")) == well));  // just as many as it bears
        line.story();
        line.card.deviations = {{kind, 1, ifd::T1Ifd::max_stalls + 1, 1}};
        BOOST_TEST((line.transmit(fakes::hex("00 A4 00 0C")) == error));
        const std::string story = line.story();
        const std::string end = "> S(RESYNCH request); < S(RESYNCH response)";
        BOOST_TEST(story.substr(story.size() - end.size()) == end);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
