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
constexpr std::uint8_t ins_get_response = 0xC0;
/// Between the last character from the reader and the first of the answer.
constexpr int answer_delay_etu = 16;

using S = T0State;
using I = T0Input;
constexpr auto rows = std::to_array<T0Transition>({
    {S::awaiting_header, I::header_wants_data, S::awaiting_data, "ISO/IEC 7816-3:2006 10.3.2"},
    {S::awaiting_header, I::header_complete, S::awaiting_header, "10.3.3"},
    {S::awaiting_data, I::data_complete, S::awaiting_header, "10.3.3"},
});
constexpr iso7816::TransitionTable<S, I, t0_state_count, t0_input_count> table(rows);

bool valid_ins(std::uint8_t ins) {
    return (ins & 0xF0) != 0x60 && (ins & 0xF0) != 0x90;
}

}  // namespace

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
}

void T0Card::receive(std::uint8_t character, iso7816::ClockCycles at, CardParts parts) {
    received_[count_++] = character;
    if (count_ < wanted_) {
        return;
    }
    if (state_ == T0State::awaiting_header) {
        header_received(at, parts);
    } else {
        state_ = *next(state_, T0Input::data_complete);
        run(at, parts);
    }
}

void T0Card::header_received(iso7816::ClockCycles at, CardParts parts) {
    const std::uint8_t ins = received_[1];
    const std::uint8_t p3 = received_[4];
    if (p3 > 0 && valid_ins(ins) && t0_direction(ins) == T0Direction::to_card) {
        state_ = *next(state_, T0Input::header_wants_data);
        wanted_ = header_size + p3;
        parts.output.begin(at + parts.timing.rate.etu(answer_delay_etu), parts.timing.card_guard_time);
        parts.output.push(ins);
        return;
    }
    state_ = *next(state_, T0Input::header_complete);
    run(at, parts);
}

void T0Card::run(iso7816::ClockCycles at, CardParts parts) {
    const ByteView command(received_.data(), count_);
    const std::uint8_t ins = received_[1];
    parts.log.append(ContactEvent::command, at, command);
    parts.output.begin(at + parts.timing.rate.etu(answer_delay_etu), parts.timing.card_guard_time);
    T0Session& session = parts.session.t0;
    if (ins == ins_get_response) {
        get_response(parts);
    } else {
        session.waiting.clear();
        session.waiting_offset = 0;
        if (t0_direction(ins) == T0Direction::from_card) {
            run_outgoing(parts);
        } else {
            const CommandApdu apdu{received_[0], ins,  received_[2], received_[3], command.subspan(header_size),
                                   256,          false};
            const StatusWord status = execute(apdu, parts.memory, parts.session.application, parts.scratch);
            if (parts.scratch.empty()) {
                answer(parts, {}, status);
            } else {
                session.waiting = parts.scratch;
                session.waiting_status = status;
                answer(parts, {}, sw::bytes_available(static_cast<unsigned>(parts.scratch.size())));
            }
        }
    }
    clear();
}

void T0Card::run_outgoing(CardParts parts) {
    const unsigned expected = received_[4] == 0 ? 256U : received_[4];
    const CommandApdu apdu{received_[0], received_[1], received_[2], received_[3], {}, expected, false};
    const std::uint64_t random_seed = parts.memory.state.random_seed;
    const StatusWord status = execute(apdu, parts.memory, parts.session.application, parts.scratch);
    if (!parts.scratch.empty() && parts.scratch.size() < expected) {
        parts.memory.state.random_seed =
            random_seed;  // 6Cxx: not carried out; the challenge is for the command that repeats it
        answer(parts, {}, sw::exact_le(static_cast<unsigned>(parts.scratch.size())));
    } else {
        answer(parts, parts.scratch, status);
    }
}

void T0Card::get_response(CardParts parts) {
    T0Session& session = parts.session.t0;
    if (received_[2] != 0 || received_[3] != 0) {
        answer(parts, {}, sw::incorrect_p1_p2);
        return;
    }
    const std::size_t left = session.waiting.size() - session.waiting_offset;
    const std::size_t expected = received_[4] == 0 ? 256U : received_[4];
    if (left == 0) {
        answer(parts, {}, sw::conditions_not_satisfied);
        return;
    }
    if (expected > left) {
        answer(parts, {}, sw::exact_le(static_cast<unsigned>(left)));
        return;
    }
    const ByteView part = ByteView(session.waiting).subspan(session.waiting_offset, expected);
    session.waiting_offset += expected;
    const std::size_t rest = left - expected;
    answer(parts, part,
           rest == 0 ? session.waiting_status
                     : sw::bytes_available(static_cast<unsigned>(std::min<std::size_t>(rest, 256))));
}

void T0Card::answer(CardParts parts, ByteView data, StatusWord status) {
    if (!data.empty()) {
        parts.output.push(received_[1]);  // procedure byte: all data follow
    }
    parts.output.mark(Output::Completes::t0_response);
    parts.output.append(data);
    parts.output.push(status.sw1());
    parts.output.push(status.sw2());
}

}  // namespace scardlab::icc
