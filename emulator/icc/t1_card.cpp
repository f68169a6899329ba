#include "emulator/icc/t1_card.h"

#include <algorithm>

#include "emulator/icc/interpreter.h"

namespace scardlab::icc {

namespace {

using iso7816::BlockT1;
using iso7816::ByteView;
using iso7816::Pcb;
using iso7816::RBlockError;
using iso7816::SBlock;
using iso7816::StatusWord;

using S = T1State;
using I = T1Input;
constexpr auto rows = std::to_array<T1Transition>({
    {S::idle, I::more_data, S::receiving_chain, "ISO/IEC 7816-3:2006 11.6.2.2"},
    {S::idle, I::last_block_short, S::idle, "11.6.2.1"},
    {S::idle, I::last_block_long, S::sending_chain, "11.6.2.2"},
    {S::idle, I::resynch, S::idle, "11.6.3.2 rule 6"},
    {S::idle, I::abort, S::idle, "11.6.3.2 rule 9"},

    {S::receiving_chain, I::more_data, S::receiving_chain, "11.6.2.2"},
    {S::receiving_chain, I::last_block_short, S::idle, "11.6.2.2"},
    {S::receiving_chain, I::last_block_long, S::sending_chain, "11.6.2.2"},
    {S::receiving_chain, I::resynch, S::idle, "11.6.3.2 rule 6"},
    {S::receiving_chain, I::abort, S::idle, "11.6.3.2 rule 9"},

    {S::sending_chain, I::acknowledged_more, S::sending_chain, "11.6.2.2"},
    {S::sending_chain, I::acknowledged_last, S::idle, "11.6.2.2"},
    {S::sending_chain, I::resynch, S::idle, "11.6.3.2 rule 6"},
    {S::sending_chain, I::abort, S::idle, "11.6.3.2 rule 9"},
});
constexpr iso7816::TransitionTable<S, I, t1_state_count, t1_input_count> table(rows);

}  // namespace

std::span<const T1Transition> t1_card_transitions() {
    return rows;
}

std::optional<T1State> next(T1State state, T1Input input) {
    return table.next(state, input);
}

void T1Card::clear(iso7816::EdcKind edc, std::uint8_t largest_inf) {
    largest_inf_ = largest_inf;
    edc_ = edc;
    state_ = T1State::idle;
    count_ = 0;
    damaged_ = false;
    last_at_ = {};
    last_sent_.size = 0;
    last_completes_ = Output::Completes::nothing;
    nad_ = 0;
}

bool T1Card::enter(T1Input input) {
    const auto to = next(state_, input);
    if (to) {
        state_ = *to;
    }
    return to.has_value();
}

void T1Card::receive(std::uint8_t character, iso7816::ClockCycles at, CardParts parts) {
    if (count_ > 0 && at - last_at_ > parts.timing.character_waiting) {
        count_ = 0;  // the rest of that block never came (clause 11.4.3)
    }
    if (count_ == 0) {
        damaged_ = false;
    }
    last_at_ = at;
    received_[count_++] = character;
    if (count_ < BlockT1::prologue_size) {
        return;
    }
    const std::size_t length = std::min<std::size_t>(received_[2], BlockT1::max_inf);
    if (count_ == BlockT1::prologue_size + length + iso7816::edc_size(edc_)) {
        block_received(parts);
    }
}

void T1Card::receive_damaged(iso7816::ClockCycles at, CardParts parts) {
    receive(0, at, parts);
    damaged_ = count_ > 0;
}

void T1Card::block_received(CardParts parts) {
    const auto block = BlockT1::parse(ByteView(received_.data(), count_), edc_);
    count_ = 0;
    if (damaged_ || !block) {
        const bool edc = damaged_ || block.error().kind == iso7816::BlockError::Kind::edc;
        const RBlockError error = edc ? RBlockError::edc_or_parity : RBlockError::other;
        send(Pcb::r(parts.session.t1.expected_sequence, error), {}, parts);
        return;
    }
    nad_ = static_cast<std::uint8_t>(block->nad << 4 | block->nad >> 4);  // source and destination change places
    switch (block->pcb.kind()) {
        case Pcb::Kind::i_block:
            on_i_block(*block, parts);
            break;
        case Pcb::Kind::r_block:
            on_r_block(*block, parts);
            break;
        case Pcb::Kind::s_request:
            on_s_request(*block, parts);
            break;
        case Pcb::Kind::s_response:
        case Pcb::Kind::invalid:
            send(Pcb::r(parts.session.t1.expected_sequence, RBlockError::other), {}, parts);
            break;
    }
}

void T1Card::on_i_block(const BlockT1& block, CardParts parts) {
    T1Session& session = parts.session.t1;
    if (block.pcb.sequence() != session.expected_sequence || state_ == T1State::sending_chain) {
        send(Pcb::r(session.expected_sequence, RBlockError::other), {}, parts);
        return;
    }
    session.expected_sequence = !session.expected_sequence;
    session.command.insert(session.command.end(), block.inf.begin(), block.inf.end());
    if (block.pcb.more_data()) {
        enter(T1Input::more_data);
        send(Pcb::r(session.expected_sequence, RBlockError::none), {}, parts);
        return;
    }
    execute_command(parts);
    enter(session.response.size() > block_size(session) ? T1Input::last_block_long : T1Input::last_block_short);
    send_response_block(parts);
}

void T1Card::execute_command(CardParts parts) {
    T1Session& session = parts.session.t1;
    parts.log.append(ContactEvent::command, last_at_, session.command);
    const auto command = iso7816::CommandApdu::parse(session.command);
    parts.scratch.clear();
    const StatusWord status =
        command ? execute(*command, parts.memory, parts.session.application, parts.scratch) : iso7816::sw::wrong_length;
    session.response = parts.scratch;
    session.response.push_back(status.sw1());
    session.response.push_back(status.sw2());
    session.response_offset = 0;
    session.command.clear();
}

void T1Card::send_response_block(CardParts parts) {
    T1Session& session = parts.session.t1;
    const std::size_t left = session.response.size() - session.response_offset;
    const std::size_t count = std::min(left, block_size(session));
    const bool more = count < left;
    const ByteView inf = ByteView(session.response).subspan(session.response_offset, count);
    session.response_offset += count;
    session.sending_chain = more;
    const Pcb pcb = Pcb::i(session.send_sequence, more);
    session.send_sequence = !session.send_sequence;
    send(pcb, inf, parts, more ? Output::Completes::nothing : Output::Completes::t1_response);
}

void T1Card::on_r_block(const BlockT1& block, CardParts parts) {
    T1Session& session = parts.session.t1;
    if (session.sending_chain && block.pcb.sequence() == session.send_sequence) {
        const std::size_t left = session.response.size() - session.response_offset;
        enter(left > block_size(session) ? T1Input::acknowledged_more : T1Input::acknowledged_last);
        send_response_block(parts);
        return;
    }
    if (last_sent_.size > 0) {  // not an acknowledgement: the reader wants the last block again (rule 7.1)
        parts.output.begin(last_at_ + parts.timing.block_guard, parts.timing.card_guard_time);
        parts.output.mark(last_completes_);
        parts.output.append(last_sent_.view());
        return;
    }
    send(Pcb::r(session.expected_sequence, RBlockError::other), {}, parts);
}

void T1Card::on_s_request(const BlockT1& block, CardParts parts) {
    T1Session& session = parts.session.t1;
    const SBlock type = block.pcb.s_type();
    const bool sensible = type == SBlock::ifs ? block.inf.size() == 1 && block.inf[0] != 0 && block.inf[0] != 0xFF
                                              : type != SBlock::wtx && block.inf.empty();  // WTX: only the card may ask
    if (!sensible) {
        send(Pcb::r(session.expected_sequence, RBlockError::other), {}, parts);
        return;
    }
    const std::array<std::uint8_t, 2> seen{block.pcb.value, block.inf.empty() ? std::uint8_t{0} : block.inf[0]};
    parts.log.append(ContactEvent::s_block, last_at_, ByteView(seen).first(block.inf.empty() ? 1 : 2));
    switch (type) {
        case SBlock::ifs:
            session.ifsd = block.inf[0];
            break;
        case SBlock::resynch:
            enter(T1Input::resynch);
            session = T1Session{};
            break;
        case SBlock::abort:
            enter(T1Input::abort);
            session.command.clear();
            session.response.clear();
            session.response_offset = 0;
            session.sending_chain = false;
            break;
        case SBlock::wtx:
            break;
    }
    send(Pcb::s_response(type), block.inf, parts);
}

void T1Card::send(Pcb pcb, ByteView inf, CardParts parts, Output::Completes completes) {
    BlockT1{nad_, pcb, inf}.encode(edc_, last_sent_);
    last_completes_ = completes;
    parts.output.begin(last_at_ + parts.timing.block_guard, parts.timing.card_guard_time);
    parts.output.mark(completes);
    parts.output.append(last_sent_.view());
}

}  // namespace scardlab::icc
