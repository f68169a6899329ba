#include "emulator/ifd/pps_exchange.h"

#include <boost/test/unit_test.hpp>

#include "tests/emulator/ifd/machine_case.h"

namespace scardlab::tests {

namespace {

using ifd::IfdCode;
using ifd::PpsExchange;
using ifd::PpsInput;
using ifd::PpsState;
using ifd::Step;
using iso7816::Pps;

const Pps t1_fast{1, std::uint8_t{0x95}, {}, {}};

using Case = MachineCase<PpsState, PpsInput>;
/// All but the first row, which is start() itself. The request is t1_fast.
const Case cases[] = {
    {PpsState::awaiting_ppss, PpsInput::ppss, "", std::uint8_t{0xFF}},
    {PpsState::awaiting_ppss, PpsInput::wrong, "", std::uint8_t{0x3B}},
    {PpsState::awaiting_ppss, PpsInput::timeout, "", {}},
    {PpsState::awaiting_pps0, PpsInput::pps0, "FF", std::uint8_t{0x11}},
    {PpsState::awaiting_pps0, PpsInput::timeout, "FF", {}},
    {PpsState::awaiting_rest, PpsInput::character, "FF 11", std::uint8_t{0x95}},
    {PpsState::awaiting_rest, PpsInput::last_accepted, "FF 11 95", std::uint8_t{0x7B}},
    {PpsState::awaiting_rest, PpsInput::last_rejected, "FF 11 96", std::uint8_t{0x78}},
    {PpsState::awaiting_rest, PpsInput::timeout, "FF 11", {}},
};

struct Outcome {
    PpsState state;
    Step step;
    Pps response;
};

Outcome exchange(const Pps& request, std::string_view answer) {
    PpsExchange machine;
    const Step step = feed(machine, fakes::hex(answer), machine.start(request));
    return {machine.state(), step, machine.response()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ifd_pps_exchange)

BOOST_AUTO_TEST_CASE(table_walked_over_every_state_and_input) {
    check_table(ifd::pps_transitions(), ifd::pps_state_count, ifd::pps_input_count, 13, PpsState::idle,
                [](PpsState s, PpsInput i) { return ifd::next(s, i); });
}

// ISO/IEC 7816-3 clauses 9.1, 9.2 and 9.3
BOOST_AUTO_TEST_CASE(every_row_is_what_the_machine_does) {
    RowsShown<PpsState, PpsInput> shown;
    for (const Case& c : cases) {
        BOOST_TEST_CONTEXT("state " << number(c.from) << ", input " << number(c.on)) {
            PpsExchange machine;
            BOOST_TEST((machine.state() == PpsState::idle));
            const Step start = machine.start(t1_fast);
            BOOST_TEST((machine.state() == PpsState::awaiting_ppss));
            shown.show(PpsState::idle, PpsInput::start);
            BOOST_TEST(to_hex(start.send) == "FF 11 95 7B");
            BOOST_TEST((start.wait == iso7816::initial_waiting_time));
            const Step step = run_case(c, ifd::pps_transitions(), machine);
            BOOST_TEST((machine.state() != PpsState::failed || step.code == IfdCode::pts_failure));
            BOOST_TEST((step.kind == Step::Kind::done) == (machine.state() == PpsState::accepted));
            shown.show(c.from, c.on);
        }
    }
    // ISO/IEC 7816-3 clause 7.3
    for (const auto& [state, before] :
         {std::pair{PpsState::awaiting_ppss, ""}, std::pair{PpsState::awaiting_pps0, "FF"},
          std::pair{PpsState::awaiting_rest, "FF 11"}}) {
        PpsExchange machine;
        feed(machine, fakes::hex(before), machine.start(t1_fast));
        BOOST_TEST((machine.state() == state));
        BOOST_TEST((machine.on_damaged().code == IfdCode::pts_failure));
        BOOST_TEST((machine.state() == PpsState::failed));
        shown.show(state, PpsInput::damaged);
    }
    shown.check_complete(ifd::pps_transitions());
}

BOOST_AUTO_TEST_CASE(echo_is_accepted_whole) {
    const Outcome outcome = exchange(t1_fast, "FF 11 95 7B");
    BOOST_TEST((outcome.step.kind == Step::Kind::done));
    BOOST_TEST((outcome.response == t1_fast));
}

BOOST_AUTO_TEST_CASE(response_without_pps1_is_accepted_in_part) {
    const Outcome outcome = exchange(t1_fast, "FF 01 FE");
    BOOST_TEST((outcome.step.kind == Step::Kind::done));
    BOOST_TEST(!outcome.response.pps1.has_value());
}

BOOST_AUTO_TEST_CASE(everything_else_is_a_failure) {
    const std::pair<Pps, const char*> answers[] = {
        {t1_fast, "FF 00 FF"},             // another protocol
        {t1_fast, "FF 11 94 7A"},          // another rate
        {t1_fast, "FF 11 95 7A"},          // wrong PCK
        {t1_fast, "FF 01 FF"},             // wrong PCK
        {t1_fast, "FF 31 95 00 5B"},       // PPS2 that was not asked for
        {{1, {}, {}, {}}, "FF 11 11 FF"},  // PPS1 that was not asked for
        {t1_fast, "FF 81 7E"},             // the reserved bit of PPS0
    };
    for (const auto& [request, answer] : answers) {
        BOOST_TEST_CONTEXT(answer) {
            const Outcome outcome = exchange(request, answer);
            BOOST_TEST((outcome.state == PpsState::failed));
            BOOST_TEST((outcome.step.code == IfdCode::pts_failure));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
