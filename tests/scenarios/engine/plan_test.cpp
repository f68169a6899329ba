#include <boost/test/unit_test.hpp>

#include "tests/scenarios/engine/loader_support.h"
#include "tests/scenarios/engine/schema.h"

using namespace scardlab;
using namespace scardlab::engine;
using namespace scardlab::engine::testing;
using ifd::Fault;

namespace {

constexpr auto refuses = BadFile::Schema::refuses;
constexpr auto accepts = BadFile::Schema::accepts;

std::string plan(const std::string& at, const std::string& what) {
    return "  - plan: {at: " + at + ", do: " + what + "}\n";
}

Fault fault_of(const std::string& at, const std::string& what) {
    return std::get<PlanStep>(steps_of(plan(at, what)).at(0).what).fault;
}

/// Kinds of moments, as letters: R next_reset, r a character of the ATR, P next_pps, p a character of its response,
/// q one of its request, C a command, c a character of the card in it, i one of the reader, B a block, b a procedure
/// byte.
struct MomentForm {
    char letter;
    std::string_view at;
    Fault::At kind;
};
const MomentForm moments[]{{'R', "next_reset", Fault::At::next_reset},
                           {'r', "{atr_character: 2}", Fault::At::next_reset},
                           {'P', "next_pps", Fault::At::next_pps},
                           {'p', "{pps_character: 2}", Fault::At::next_pps},
                           {'q', "{pps_request_character: 2}", Fault::At::next_pps},
                           {'C', "{command: 1}", Fault::At::command},
                           {'c', "{command: 1, answer_character: 2}", Fault::At::command},
                           {'i', "{command: 1, command_character: 2}", Fault::At::command},
                           {'B', "{command: 1, block: 2}", Fault::At::command},
                           {'b', "{command: 1, procedure_byte: 2}", Fault::At::command}};

struct DoForm {
    std::string_view what;
    Fault::Do kind;
    std::string_view fits;
    unsigned times;
    unsigned value;
};
const DoForm forms[]{{"remove", Fault::Do::remove, "RrPpqCci", 1, 0},
                     {"lose_contact", Fault::Do::lose_contact, "RrPpqCci", 1, 0},
                     {"stay_mute", Fault::Do::stay_mute, "RrPpqCci", 1, 0},
                     {"parity_error", Fault::Do::parity_error, "RrPpqCci", 1, 0},
                     {"{parity_error: 3}", Fault::Do::parity_error, "RrPpqCci", 3, 0},
                     {"early", Fault::Do::early, "RrPpCc", 1, 0},
                     {"late", Fault::Do::late, "RrPpCc", 1, 0},
                     {"bad_ts", Fault::Do::bad_ts, "R", 1, 0},
                     {"bad_tck", Fault::Do::bad_tck, "R", 1, 0},
                     {"too_long", Fault::Do::too_long, "R", 1, 0},
                     {"refuse", Fault::Do::refuse, "P", 1, 0},
                     {"garble", Fault::Do::garble, "P", 1, 0},
                     {"without_pps1", Fault::Do::without_pps1, "P", 1, 0},
                     {"{null_bytes: 7}", Fault::Do::null_bytes, "Cb", 1, 7},
                     {"wrong_procedure_byte", Fault::Do::wrong_procedure_byte, "Cb", 1, 0},
                     {"one_byte", Fault::Do::one_byte, "Cb", 1, 0},
                     {"{one_byte: 2}", Fault::Do::one_byte, "Cb", 2, 0},
                     {"bad_edc", Fault::Do::bad_edc, "CB", 1, 0},
                     {"{bad_edc: 2}", Fault::Do::bad_edc, "CB", 2, 0},
                     {"wrong_sequence", Fault::Do::wrong_sequence, "CB", 1, 0},
                     {"{wrong_sequence: 2}", Fault::Do::wrong_sequence, "CB", 2, 0},
                     {"bad_pcb", Fault::Do::bad_pcb, "CB", 1, 0},
                     {"{bad_pcb: 2}", Fault::Do::bad_pcb, "CB", 2, 0},
                     {"bad_len", Fault::Do::bad_len, "CB", 1, 0},
                     {"{bad_len: 2}", Fault::Do::bad_len, "CB", 2, 0},
                     {"bad_nad", Fault::Do::bad_nad, "CB", 1, 0},
                     {"{bad_nad: 2}", Fault::Do::bad_nad, "CB", 2, 0},
                     {"lost_block", Fault::Do::lost_block, "CB", 1, 0},
                     {"{lost_block: 3}", Fault::Do::lost_block, "CB", 3, 0},
                     {"{wtx: 255}", Fault::Do::wtx, "CB", 1, 255},
                     {"{ifs: 254}", Fault::Do::ifs, "CB", 1, 254},
                     {"abort", Fault::Do::abort, "CB", 1, 0}};

void check_fits(const MomentForm& moment, const DoForm& form) {
    const Fault fault = fault_of(std::string(moment.at), std::string(form.what));
    BOOST_TEST((fault.at == moment.kind && fault.what == form.kind));
    BOOST_TEST(fault.times == form.times);
    BOOST_TEST(unsigned{fault.value} == form.value);
    BOOST_TEST(fault.of_reader == (moment.letter == 'i' || moment.letter == 'q'));
    const bool counts_characters = std::string_view("rpqci").find(moment.letter) != std::string_view::npos;
    BOOST_TEST(fault.character == (counts_characters ? 2U : 1U));
    BOOST_TEST(fault.block == (moment.letter == 'B' || moment.letter == 'b' ? 2U : 1U));
}

const BadFile plan_errors[]{
    {"  - plan: @next_pps\n", "'next_pps'; expected a plan", refuses},
    {"  - plan: @{at: next_pps}\n", "no do", refuses},
    {"  - plan: @{do: refuse}\n", "no at", refuses},
    {"  - plan: {at: @next_pss, do: refuse}\n", "(did you mean next_pps?)", refuses},
    {"  - plan: {at: @[next_pps], do: refuse}\n", "a list", refuses},
    {"  - plan: {at: @{}, do: remove}\n", "an empty map", refuses},
    {"  - plan: {at: next_pps, do: @refuze}\n", "(did you mean refuse?)", refuses},
    {"  - plan: {at: next_pps, do: @[refuse]}\n", "a word such as remove", refuses},
    {"  - plan: {at: {block: 1}, do: {@bad_edk: 2}}\n", "(did you mean bad_edc?)", refuses},
    {"  - plan: {at: {block: 1}, do: @{bad_edc: 2, wtx: 1}}\n", "a map such as {bad_edc: 2}", refuses},
    {"  - plan: {at: {block: 1}, do: {bad_edc: @0}}\n", "a number from 1 to 255", refuses},
    {"  - plan: {at: {block: 1}, do: {bad_edc: @256}}\n", "a number from 1 to 255", refuses},
    {"  - plan: {at: {block: 1}, do: {wtx: @256}}\n", "a number from 1 to 255", refuses},
    {"  - plan: {at: {block: 1}, do: {ifs: @255}}\n", "a number from 1 to 254", refuses},
    {"  - plan: {at: {block: 1}, do: @wtx}\n", "wtx without a number; expected {wtx: N}", refuses},
    {"  - plan: {at: {block: 1}, do: @ifs}\n", "ifs without a number", refuses},
    {"  - plan: {at: {command: 1}, do: @null_bytes}\n", "null_bytes without a number", refuses},
    {"  - plan: {at: {block: 1}, do: @{abort: 1}}\n", "abort with a number; expected abort alone", refuses},
    {"  - plan: {at: {command: 1}, do: @{remove: 2}}\n", "remove with a number", refuses},
    {"  - plan: {at: {command: @0}, do: remove}\n", "a number from 1", refuses},
    {"  - plan: {at: {command: 1, block: @0}, do: bad_edc}\n", "a number from 1", refuses},
    {"  - plan: {at: {atr_character: @34}, do: remove}\n", "a number from 1 to 33", refuses},
    {"  - plan: {at: {pps_character: @25}, do: remove}\n", "a number from 1 to 24", refuses},
    {"  - plan: {at: {pps_request_character: @25}, do: remove}\n", "a number from 1 to 24", refuses},
    {"  - plan: {at: @{answer_character: 2}, do: remove}\n", "no command", refuses},
    {"  - plan: {at: @{command_character: 2}, do: remove}\n", "no command", refuses},
    {"  - plan: {at: @{command: 1, atr_character: 2}, do: remove}\n", "another moment", refuses},
    {"  - plan: {at: @{command: 1, pps_character: 2}, do: remove}\n", "another moment", refuses},
    {"  - plan: {at: @{command: 1, pps_request_character: 2}, do: remove}\n", "another moment", refuses},
    {"  - plan: {at: @{pps_character: 1, pps_request_character: 2}, do: remove}\n", "another moment", refuses},
    {"  - plan: {at: @{command: 1, answer_character: 2, command_character: 2}, do: remove}\n", "another moment",
     refuses},
    {"  - plan: {at: @{block: 1, procedure_byte: 2}, do: bad_edc}\n", "another moment", refuses},
    {"  - plan: {at: {@comand: 1}, do: remove}\n", "(did you mean command?)", refuses},
    {"  - plan: {at: {@blokc: 1}, do: bad_edc}\n", "(did you mean block?)", refuses},
    {"  - plan: {at: next_pps, do: remove}\n    expect: @any\n", "expect for plan", refuses},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_plan)

BOOST_AUTO_TEST_CASE(every_fault_is_taken_at_the_moments_that_fit_and_refused_at_the_others) {
    for (const DoForm& form : forms) {
        for (const MomentForm& moment : moments) {
            BOOST_TEST_CONTEXT(moment.at << " " << form.what) {
                if (form.fits.find(moment.letter) != std::string_view::npos) {
                    check_fits(moment, form);
                    continue;
                }
                const std::string text = with_steps(plan(std::string(moment.at), "@" + std::string(form.what)));
                check_scenario({text, "; expected at: ", refuses});
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_fault_at_the_wrong_moment_is_told_which_ones_fit) {
    const std::pair<std::string, std::string> messages[]{
        {plan("next_reset", "@refuse"), "refuse at next_reset; expected at: next_pps"},
        {plan("{block: 1}", "@remove"), "remove at {command: N, block: K}; expected at: one of next_reset, "},
        {plan("{command: 2, command_character: 1}", "@late"), "late at {command: N, command_character: M}"},
        {plan("{pps_request_character: 1}", "@early"), "early at {pps_request_character: N}; expected at: one of "},
        {plan("next_pps", "@bad_edc"), "expected at: one of {command: N}, {command: N, block: K}"},
        {plan("{block: 3}", "@one_byte"), "expected at: one of {command: N}, {command: N, procedure_byte: K}"}};
    for (const auto& [text, fragment] : messages) {
        const std::string whole = with_steps(text);
        check_scenario({whole, fragment, refuses});
    }
}

BOOST_AUTO_TEST_CASE(a_block_or_a_procedure_byte_alone_is_one_of_the_next_command) {
    const Fault block = fault_of("{block: 3}", "lost_block");
    BOOST_TEST((block.at == Fault::At::command && block.number == 1 && block.block == 3));
    const Fault byte = fault_of("{procedure_byte: 2}", "wrong_procedure_byte");
    BOOST_TEST((byte.at == Fault::At::command && byte.number == 1 && byte.block == 2));
    const Fault later = fault_of("{command: 4, block: 3}", "lost_block");
    BOOST_TEST((later.number == 4 && later.block == 3));
}

BOOST_AUTO_TEST_CASE(mistakes_in_a_plan_are_refused_at_their_place) {
    for (const BadFile& bad : plan_errors) {
        const std::string text = with_steps(bad.text);
        check_scenario({text, bad.fragment, bad.schema});
    }
}

BOOST_AUTO_TEST_CASE(for_each_fills_in_moment_word_and_number) {
    const std::string text =
        "scenario: A title\nproves: [E1]\ncard: dual_protocol\nfor_each: {at: [next_reset], what: [late], kind: "
        "[bad_edc], n: [1, 2]}\nsteps:\n  - plan: {at: \"${at}\", do: \"${what}\"}\n  - plan: {at: {block: \"${n}\"}, "
        "do: {\"${kind}\": \"${n}\"}}\n";
    const auto cases = parse_scenario(text, "good.yaml", options());
    BOOST_REQUIRE_MESSAGE(cases.has_value(), (cases ? "" : cases.error().text()));
    BOOST_REQUIRE(cases->size() == 2);
    const Fault last = std::get<PlanStep>(cases->back().steps.at(1).what).fault;
    BOOST_TEST((last.what == Fault::Do::bad_edc && last.times == 2 && last.block == 2));
    const auto refusal = scenario_schema().refusal(text);
    BOOST_TEST(!refusal.has_value(), refusal.value_or(""));
    check_scenario(
        {"scenario: A title\nproves: [E1]\ncard: dual_protocol\nfor_each: {n: [0]}\nsteps:\n  - plan: {at: "
         "{block: @\"${n}\"}, do: abort}\n",
         "a number from 1", accepts});
}

BOOST_AUTO_TEST_SUITE_END()
