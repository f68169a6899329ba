#include "emulator/icc/t0_card.h"

#include <algorithm>

#include "emulator/icc/interpreter.h"

namespace scardlab::icc {

namespace {

using iso7816::ByteView;
using iso7816::CommandApdu;
using iso7816::StatusWord;
using iso7816::T0Direction;
namespace sw = iso7816::sw;

constexpr std::size_t header_size = 5;
constexpr std::size_t status_size = 2;
constexpr std::uint8_t null_byte = 0x60;
constexpr std::uint8_t ins_get_response = 0xC0;
constexpr std::uint8_t ins_envelope = 0xC2;
/// Between the last character from the reader and the first of the answer.
constexpr int answer_delay_etu = 16;
constexpr unsigned max_nulls = 2 * 255;  ///< quirk and deviation together
/// The most that comes with one procedure byte or status.
constexpr std::size_t largest_turn = max_nulls + status_size;

using S = T0State;
using I = T0Input;
constexpr auto rows = std::to_array<T0Transition>({
    {S::awaiting_header, I::header_wants_data, S::awaiting_data, "ISO/IEC 7816-3:2006 10.3.2"},
    {S::awaiting_header, I::header_complete, S::awaiting_header, "10.3.3"},
    {S::awaiting_header, I::header_long_answer, S::sending, "10.3.3"},

    {S::awaiting_data, I::data_part, S::awaiting_data, "10.3.3"},
    {S::awaiting_data, I::data_complete, S::awaiting_header, "10.3.3"},

    {S::sending, I::answer_goes_on, S::sending, "10.3.3"},
    {S::sending, I::answer_ends, S::awaiting_header, "10.3.3"},
    {S::sending, I::interrupted, S::awaiting_header, "10.3.2"},
});
constexpr iso7816::TransitionTable<S, I, t0_state_count, t0_input_count> table(rows);

bool valid_ins(std::uint8_t ins) {
    return (ins & 0xF0) != 0x60 && (ins & 0xF0) != 0x90;
}

/// Neither NULL, SW1, INS nor its complement.
std::uint8_t wrong_procedure_byte(std::uint8_t ins) {
    return valid_ins(ins) ? ins ^ 0x01 : 0x00;
}

}  // namespace

/// How the card sends one procedure byte, or SW1.
struct T0Card::Turn {
    unsigned nulls = 0;
    bool wrong = false;
    bool one_byte = false;
};

std::span<const T0Transition> t0_card_transitions() {
    return rows;
}

std::optional<T0State> next(T0State state, T0Input input) {
    return table.next(state, input);
}

void T0Card::clear() {
    state_ = T0State::awaiting_header;
    count_ = 0;
    wanted_ = header_size;
    answer_.clear();
    answer_sent_ = 0;
    acknowledged_ = false;
}

T0Direction T0Card::direction(const CardParts& parts) const {
    const std::uint8_t ins = received_[1];
    const bool secured = iso7816::is_secured(received_[0]) && makes_secure_messaging_keys(parts.memory.state);
    return ins == ins_envelope || (secured && ins != ins_get_response) ? T0Direction::to_card : t0_direction(ins);
}

void T0Card::begin_output(iso7816::ClockCycles first, CardParts parts) const {
    parts.output.begin(first, parts.timing.card_guard_time);
}

void T0Card::receive(std::uint8_t character, iso7816::ClockCycles at, CardParts parts) {
    if (state_ == T0State::sending) {
        state_ = *next(state_, T0Input::interrupted);
        clear();
    }
    received_[count_++] = character;
    if (count_ < wanted_) {
        return;
    }
    if (state_ == T0State::awaiting_header) {
        header_received(at, parts);
        return;
    }
    begin_output(at + parts.timing.rate.etu(answer_delay_etu), parts);
    if (count_ < header_size + received_[4]) {
        state_ = *next(state_, T0Input::data_part);
        ask_for_data(parts);
        return;
    }
    run(at, parts);
    send_answer(parts);  // the status alone
    state_ = *next(state_, T0Input::data_complete);
}

void T0Card::header_received(iso7816::ClockCycles at, CardParts parts) {
    begin_output(at + parts.timing.rate.etu(answer_delay_etu), parts);
    if (received_[4] > 0 && valid_ins(received_[1]) && direction(parts) == T0Direction::to_card) {
        state_ = *next(state_, T0Input::header_wants_data);
        ask_for_data(parts);
        return;
    }
    run(at, parts);
    state_ = *next(state_, send_answer(parts) ? T0Input::header_complete : T0Input::header_long_answer);
}

/// Quirks and deviations at the procedure byte that comes now; `left`: data bytes still to go either way, 0 at SW1.
T0Card::Turn T0Card::procedure_byte(std::size_t left, CardParts parts) const {
    const auto& quirks = parts.memory.profile.quirks.t0;
    Turn turn{quirks.null_bytes, quirks.wrong_procedure_byte && left > 0, quirks.one_byte_at_a_time && left > 0};
    using Kind = Deviation::Kind;
    pass(parts.deviations, Kind::null_bytes, Kind::one_byte, [&](const Deviation& deviation) {
        if (deviation.kind == Kind::null_bytes) {
            turn.nulls = std::min(turn.nulls + deviation.value, max_nulls);
        } else if (deviation.kind == Kind::wrong_procedure_byte) {
            turn.wrong = true;
        } else if (left < 2) {
            return false;
        } else {
            turn.one_byte = true;
        }
        return true;
    });
    for (unsigned i = 0; i < turn.nulls; ++i) {
        parts.output.push(null_byte);
    }
    return turn;
}

void T0Card::ask_for_data(CardParts parts) {
    const std::uint8_t ins = received_[1];
    const std::size_t end = header_size + received_[4];
    const Turn turn = procedure_byte(end - count_, parts);
    wanted_ = turn.one_byte ? count_ + 1 : end;
    parts.output.push(turn.wrong ? wrong_procedure_byte(ins) : turn.one_byte ? ins ^ 0xFF : ins);
}

void T0Card::run(iso7816::ClockCycles at, CardParts parts) {
    const ByteView command(received_.data(), count_);
    const std::uint8_t ins = received_[1];
    parts.log.append(ContactEvent::command, at, command);
    T0Session& session = parts.session.t0;
    if (ins != ins_envelope) {
        session.envelope.clear();
    }
    if (ins != ins_get_response) {
        session.waiting.clear();
        session.waiting_offset = 0;
    }
    if (ins == ins_get_response) {
        run_get_response(parts);
    } else if (ins == ins_envelope) {
        run_envelope(parts);
    } else if (direction(parts) == T0Direction::from_card) {
        run_outgoing(parts);
    } else {
        const std::uint32_t ne = iso7816::is_secured(received_[0]) ? 65'536 : 256;  // of all that GET RESPONSE fetches
        run_incoming({received_[0], ins, received_[2], received_[3], command.subspan(header_size), ne, false}, parts);
    }
    count_ = 0;
    wanted_ = header_size;
}

/// The response data wait for GET RESPONSE, because the TPDU has no Le.
void T0Card::run_incoming(const CommandApdu& apdu, CardParts parts) {
    T0Session& session = parts.session.t0;
    const StatusWord status = execute(apdu, parts.memory, parts.session.application, parts.scratch);
    if (parts.scratch.empty()) {
        answer({}, status);
        return;
    }
    session.waiting = parts.scratch;
    session.waiting_status = status;
    answer({}, sw::bytes_available(static_cast<unsigned>(std::min<std::size_t>(parts.scratch.size(), 256))));
}

void T0Card::run_outgoing(CardParts parts) {
    const unsigned expected = received_[4] == 0 ? 256U : received_[4];
    const CommandApdu apdu{received_[0], received_[1], received_[2], received_[3], {}, expected, false};
    const StatusWord status = execute(apdu, parts.memory, parts.session.application, parts.scratch, LeMeaning::exact);
    answer(parts.scratch, status);
}

void T0Card::run_get_response(CardParts parts) {
    T0Session& session = parts.session.t0;
    if (received_[2] != 0 || received_[3] != 0) {
        answer({}, sw::incorrect_p1_p2);
        return;
    }
    const std::size_t left = session.waiting.size() - session.waiting_offset;
    const std::size_t expected = received_[4] == 0 ? 256U : received_[4];
    if (left == 0) {
        answer({}, sw::conditions_not_satisfied);
        return;
    }
    if (expected > left) {
        answer({}, sw::exact_le(static_cast<unsigned>(left)));
        return;
    }
    const ByteView part = ByteView(session.waiting).subspan(session.waiting_offset, expected);
    session.waiting_offset += expected;
    const std::size_t rest = left - expected;
    answer(part, rest == 0 ? session.waiting_status
                           : sw::bytes_available(static_cast<unsigned>(std::min<std::size_t>(rest, 256))));
}

void T0Card::run_envelope(CardParts parts) {
    iso7816::Bytes& collected = parts.session.t0.envelope;
    const ByteView part = ByteView(received_.data(), count_).subspan(header_size);
    if (received_[2] != 0 || received_[3] != 0) {
        answer({}, sw::incorrect_p1_p2);
        return;
    }
    if (part.empty() && collected.empty()) {
        answer({}, sw::conditions_not_satisfied);
        return;
    }
    collected.insert(collected.end(), part.begin(), part.end());
    const auto extent = iso7816::extent_of(collected);
    if (extent == iso7816::ApduExtent::part && !part.empty()) {
        answer({}, sw::success);
        return;
    }
    if (extent == iso7816::ApduExtent::whole) {
        run_incoming(CommandApdu::parse(collected).value_or(CommandApdu{}), parts);
    } else {
        answer({}, sw::wrong_length);
    }
    collected.clear();
}

void T0Card::answer(ByteView data, StatusWord status) {
    answer_.assign(data.begin(), data.end());
    answer_.push_back(status.sw1());
    answer_.push_back(status.sw2());
    answer_sent_ = 0;
    acknowledged_ = false;
}

/// Decides on as many characters of the answer as the output takes; whether that is all of it.
bool T0Card::send_answer(CardParts parts) {
    Output& output = parts.output;
    const std::uint8_t ins = received_[1];
    const std::size_t data_size = answer_.size() - status_size;
    while (answer_sent_ < data_size) {
        const std::size_t left = data_size - answer_sent_;
        std::size_t count = std::min(left, output.room());
        if (!acknowledged_) {
            if (output.room() < largest_turn) {
                break;
            }
            const Turn turn = procedure_byte(left, parts);
            output.push(turn.wrong ? wrong_procedure_byte(ins) : turn.one_byte ? ins ^ 0xFF : ins);
            acknowledged_ = !turn.one_byte;
            count = turn.one_byte ? 1 : std::min(left, output.room());
        } else if (count == 0) {
            break;
        }
        output.append(ByteView(answer_).subspan(answer_sent_, count));
        answer_sent_ += count;
    }
    if (answer_sent_ < data_size || output.room() < largest_turn) {
        output.mark(Output::Completes::t0_part);
        return false;
    }
    const Turn turn = procedure_byte(0, parts);
    output.push(turn.wrong ? wrong_procedure_byte(ins) : answer_[data_size]);
    output.push(answer_.back());
    output.mark(Output::Completes::t0_response);
    return true;
}

void T0Card::go_on(iso7816::ClockCycles at, CardParts parts) {
    begin_output(at + parts.timing.card_guard_time, parts);
    state_ = *next(state_, send_answer(parts) ? T0Input::answer_ends : T0Input::answer_goes_on);
}

}  // namespace scardlab::icc
