#include <algorithm>
#include <array>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/steps.h"

namespace scardlab::engine::script {
namespace {

using At = ifd::Fault::At;
using Do = ifd::Fault::Do;

/// A form of `at`; bits, so that a row of `kinds` can name several.
enum Moment : std::uint32_t {
    next_reset = 1U << 0,
    atr_character = 1U << 1,
    next_pps = 1U << 2,
    pps_character = 1U << 3,
    command = 1U << 4,
    answer_character = 1U << 5,
    command_character = 1U << 6,
    block = 1U << 7,
    procedure_byte = 1U << 8,
    pps_request_character = 1U << 9,
};
constexpr std::array moment_words{Word{"next_reset", next_reset},
                                  Word{"{atr_character: N}", atr_character},
                                  Word{"next_pps", next_pps},
                                  Word{"{pps_character: N}", pps_character},
                                  Word{"{pps_request_character: N}", pps_request_character},
                                  Word{"{command: N}", command},
                                  Word{"{command: N, answer_character: M}", answer_character},
                                  Word{"{command: N, command_character: M}", command_character},
                                  Word{"{command: N, block: K}", block},
                                  Word{"{command: N, procedure_byte: K}", procedure_byte}};
constexpr std::array at_words{Word{"next_reset", next_reset}, Word{"next_pps", next_pps}};

constexpr std::uint32_t of_card = next_reset | atr_character | next_pps | pps_character | command | answer_character;
constexpr std::uint32_t of_reader = pps_request_character | command_character;
constexpr std::uint32_t anywhere = of_card | of_reader;
constexpr std::uint32_t in_t0 = command | procedure_byte;
constexpr std::uint32_t in_t1 = command | block;

/// The number that a word may have: {wtx: 2}.
struct Number {
    enum class Kind : std::uint8_t { none, times, value } kind = Kind::none;
    std::uint32_t most = 0;
};
constexpr Number times{Number::Kind::times, 255};

struct FaultWord {
    std::string_view text;
    Do what;
    std::uint32_t moments;
    Number number;
};
constexpr std::array fault_words{
    FaultWord{"remove", Do::remove, anywhere, {}},
    FaultWord{"lose_contact", Do::lose_contact, anywhere, {}},
    FaultWord{"stay_mute", Do::stay_mute, anywhere, {}},
    FaultWord{"parity_error", Do::parity_error, anywhere, times},
    FaultWord{"early", Do::early, of_card, {}},
    FaultWord{"late", Do::late, of_card, {}},
    FaultWord{"bad_ts", Do::bad_ts, next_reset, {}},
    FaultWord{"bad_tck", Do::bad_tck, next_reset, {}},
    FaultWord{"too_long", Do::too_long, next_reset, {}},
    FaultWord{"refuse", Do::refuse, next_pps, {}},
    FaultWord{"garble", Do::garble, next_pps, {}},
    FaultWord{"without_pps1", Do::without_pps1, next_pps, {}},
    FaultWord{"null_bytes", Do::null_bytes, in_t0, {Number::Kind::value, 255}},
    FaultWord{"wrong_procedure_byte", Do::wrong_procedure_byte, in_t0, {}},
    FaultWord{"one_byte", Do::one_byte, in_t0, times},
    FaultWord{"bad_edc", Do::bad_edc, in_t1, times},
    FaultWord{"wrong_sequence", Do::wrong_sequence, in_t1, times},
    FaultWord{"bad_pcb", Do::bad_pcb, in_t1, times},
    FaultWord{"bad_len", Do::bad_len, in_t1, times},
    FaultWord{"bad_nad", Do::bad_nad, in_t1, times},
    FaultWord{"lost_block", Do::lost_block, in_t1, times},
    FaultWord{"wtx", Do::wtx, in_t1, {Number::Kind::value, 255}},
    FaultWord{"ifs", Do::ifs, in_t1, {Number::Kind::value, 254}},
    FaultWord{"abort", Do::abort, in_t1, {}},
};

/// A key of `at` that counts something within an exchange.
struct Counter {
    std::string_view key;
    Moment moment;
    At at;
    std::uint32_t most;
    unsigned ifd::Fault::*member;
    enum class Command : std::uint8_t { needed, optional, refused } command;
};
/// A PPS response, and S(IFS response) as often as the reader asks for it, with a CRC.
constexpr std::uint32_t longest_atr = 33, longest_pps = 6 + 3 * 6;
constexpr std::uint32_t most_commands = 65'535, longest_answer = 65'538;
constexpr std::array counters{
    Counter{"atr_character", atr_character, At::next_reset, longest_atr, &ifd::Fault::character,
            Counter::Command::refused},
    Counter{"pps_character", pps_character, At::next_pps, longest_pps, &ifd::Fault::character,
            Counter::Command::refused},
    Counter{"pps_request_character", pps_request_character, At::next_pps, longest_pps, &ifd::Fault::character,
            Counter::Command::refused},
    Counter{"answer_character", answer_character, At::command, longest_answer, &ifd::Fault::character,
            Counter::Command::needed},
    Counter{"command_character", command_character, At::command, longest_answer, &ifd::Fault::character,
            Counter::Command::needed},
    Counter{"block", block, At::command, most_commands, &ifd::Fault::block, Counter::Command::optional},
    Counter{"procedure_byte", procedure_byte, At::command, most_commands, &ifd::Fault::block,
            Counter::Command::optional},
};

/// "next_pps or {pps_character: N}" for a set of moments.
std::string described(std::uint32_t moments) {
    std::vector<std::string> words;
    for (const Word& word : moment_words) {
        if ((moments & word.value) != 0) {
            words.emplace_back(word.text);
        }
    }
    return one_of(words);
}

/// at: {command: N}, alone or with a counter, or a counter alone where that makes sense.
Moment read_counted(const Node& node, ifd::Fault& fault, Problems& problems) {
    std::vector<std::string> known{"command"};
    for (const Counter& counter : counters) {
        known.emplace_back(counter.key);
    }
    const Fields fields(node, "at", known, problems);
    const Node* const number = fields.find("command");
    const Counter* named = nullptr;
    for (const Counter& counter : counters) {
        const Node* const value = fields.find(counter.key);
        if (value == nullptr) {
            continue;
        }
        if (named != nullptr || (number != nullptr && counter.command == Counter::Command::refused)) {
            problems.found(node.place, std::string(counter.key) + " with another moment", "one moment");
        }
        named = &counter;
        fault.at = counter.at;
        fault.*(counter.member) = read_number(*value, 1, counter.most, problems);
    }
    if (named == nullptr || named->command == Counter::Command::needed) {
        fields.require("command", "which command from now on, 1 is the next");
    }
    if (number != nullptr) {
        fault.number = read_number(*number, 1, most_commands, problems);
    }
    fault.of_reader = named != nullptr && (named->moment & of_reader) != 0;
    return named == nullptr ? command : named->moment;
}

Moment read_at(const Node& node, ifd::Fault& fault, Problems& problems) {
    if (node.is_map()) {
        return read_counted(node, fault, problems);
    }
    if (!node.is_scalar()) {
        problems.found(node.place, node.described(), described(~0U));
        return command;
    }
    const auto moment = static_cast<Moment>(read_word(node, at_words, problems));
    fault.at = moment == next_pps ? At::next_pps : At::next_reset;
    return moment;
}

const FaultWord* word_named(const Node& node, Problems& problems) {
    const auto word = std::find_if(fault_words.begin(), fault_words.end(),
                                   [&](const FaultWord& each) { return each.text == node.text; });
    if (word != fault_words.end()) {
        return &*word;
    }
    std::vector<std::string> known;
    for (const FaultWord& each : fault_words) {
        known.emplace_back(each.text);
    }
    problems.found(node.place, node.described(), one_of(known), nearest(node.text, known));
    return nullptr;
}

/// do: WORD, or {WORD: NUMBER}.
const FaultWord* read_do(const Node& node, ifd::Fault& fault, Problems& problems) {
    const bool with_number = node.is_map() && node.items.size() == 1;
    if (!node.is_scalar() && !with_number) {
        problems.found(node.place, node.described(), "a word such as remove, or a map such as {bad_edc: 2}");
        return nullptr;
    }
    const FaultWord* const word = word_named(with_number ? node.keys[0] : node, problems);
    if (word == nullptr) {
        return nullptr;
    }
    const std::string text(word->text);
    fault.what = word->what;
    if (with_number && word->number.kind == Number::Kind::none) {
        problems.found(node.place, text + " with a number", text + " alone");
    } else if (with_number) {
        const std::uint32_t number = read_number(node.items[0], 1, word->number.most, problems);
        if (word->number.kind == Number::Kind::times) {
            fault.times = number;
        } else {
            fault.value = static_cast<std::uint8_t>(number);
        }
    } else if (word->number.kind == Number::Kind::value) {
        problems.found(node.place, text + " without a number", "{" + text + ": N}");
    }
    return word;
}

}  // namespace

ifd::Fault read_plan(const Node& node, Problems& problems) {
    ifd::Fault fault;
    const Fields fields(node, "a plan", {"at", "do"}, problems);
    const Node* const at = fields.require("at", described(~0U));
    const Node* const what = fields.require("do", "remove, stay_mute, ...: what happens then");
    if (at == nullptr || what == nullptr) {
        return fault;
    }
    const Moment moment = read_at(*at, fault, problems);
    const FaultWord* const word = read_do(*what, fault, problems);
    if (word != nullptr && !problems.any() && (word->moments & moment) == 0) {
        problems.found(what->place, std::string(word->text) + " at " + described(moment),
                       "at: " + described(word->moments));
    }
    return fault;
}

}  // namespace scardlab::engine::script
