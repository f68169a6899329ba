#include "emulator/icc/t1_card.h"

#include <algorithm>
#include <utility>

#include "emulator/icc/interpreter.h"
#include "emulator/icc/t1_damage.h"

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
    {S::idle, I::request, S::requesting, "11.6.2.3"},
    {S::idle, I::resynch, S::idle, "11.6.3.2 rule 6"},
    {S::idle, I::abort, S::idle, "11.6.3.2 rule 9"},

    {S::receiving_chain, I::more_data, S::receiving_chain, "11.6.2.2"},
    {S::receiving_chain, I::last_block_short, S::idle, "11.6.2.2"},
    {S::receiving_chain, I::last_block_long, S::sending_chain, "11.6.2.2"},
    {S::receiving_chain, I::request, S::requesting, "11.6.2.3"},
    {S::receiving_chain, I::resynch, S::idle, "11.6.3.2 rule 6"},
    {S::receiving_chain, I::abort, S::idle, "11.6.3.2 rule 9"},

    {S::sending_chain, I::acknowledged_more, S::sending_chain, "11.6.2.2"},
    {S::sending_chain, I::acknowledged_last, S::idle, "11.6.2.2"},
    {S::sending_chain, I::request, S::requesting, "11.6.2.3"},
    {S::sending_chain, I::resynch, S::idle, "11.6.3.2 rule 6"},
    {S::sending_chain, I::abort, S::idle, "11.6.3.2 rule 9"},

    {S::requesting, I::confirmed_idle, S::idle, "11.6.2.3"},
    {S::requesting, I::confirmed_receiving, S::receiving_chain, "11.6.2.3"},
    {S::requesting, I::confirmed_sending, S::sending_chain, "11.6.2.3"},
    {S::requesting, I::abort_confirmed, S::idle, "11.6.3.2 rule 9"},
    {S::requesting, I::resynch, S::idle, "11.6.3.2 rule 6"},
});
constexpr iso7816::TransitionTable<S, I, t1_state_count, t1_input_count> table(rows);

T1Input confirmed(T1State in) {
    return in == T1State::receiving_chain ? T1Input::confirmed_receiving
           : in == T1State::sending_chain ? T1Input::confirmed_sending
                                          : T1Input::confirmed_idle;
}

}  // namespace

std::span<const T1Transition> t1_card_transitions() {
    return rows;
}

std::optional<T1State> next(T1State state, T1Input input) {
    return table.next(state, input);
}

void T1Card::clear(iso7816::EdcKind edc, std::uint8_t largest_inf, std::uint8_t ifsc) {
    *this = T1Card(edc);
    largest_inf_ = largest_inf;
    initial_ifsc_ = ifsc_ = ifsc;
}

bool T1Card::enter(T1Input input) {
    const auto to = next(state_, input);
    if (to) {
        state_ = *to;
    }
    return to.has_value();
}

void T1Card::receive(std::uint8_t character, iso7816::ClockCycles at, CardParts parts) {
    take(character, false, at, parts);
}

void T1Card::receive_damaged(iso7816::ClockCycles at, CardParts parts) {
    // The longest LEN: if that is the one, the end of the block is known by CWT only.
    take(0xFF, true, at, parts);
}

void T1Card::take(std::uint8_t character, bool damaged, iso7816::ClockCycles at, CardParts parts) {
    if (count_ > 0 && at - last_at_ > parts.timing.character_waiting) {
        count_ = 0;  // the rest of that block never came (clause 11.4.3)
    }
    damaged_ = damaged || (count_ > 0 && damaged_);
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

void T1Card::hear_nothing(iso7816::ClockCycles until, CardParts parts) {
    if (count_ == 0 || until - last_at_ <= parts.timing.character_waiting) {
        return;
    }
    count_ = 0;
    last_at_ += parts.timing.character_waiting;
    refuse(damaged_ ? RBlockError::edc_or_parity : RBlockError::other, parts);
}

void T1Card::block_received(CardParts parts) {
    const auto block = BlockT1::parse(ByteView(received_.data(), count_), edc_);
    count_ = 0;
    if (damaged_ || !block || block->inf.size() > ifsc_) {
        const bool edc = damaged_ || (!block && block.error().kind == iso7816::BlockError::Kind::edc);
        refuse(edc ? RBlockError::edc_or_parity : RBlockError::other, parts);
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
            on_s_response(*block, parts);
            break;
        case Pcb::Kind::invalid:
            refuse(RBlockError::other, parts);
            break;
    }
}

void T1Card::on_i_block(const BlockT1& block, CardParts parts) {
    T1Session& session = parts.session.t1;
    const bool awaited = state_ == T1State::idle || state_ == T1State::receiving_chain;
    if (!awaited || block.pcb.sequence() != session.expected_sequence) {
        refuse(RBlockError::other, parts);
        return;
    }
    session.expected_sequence = !session.expected_sequence;
    const bool too_long = session.command.size() + block.inf.size() > max_command;
    if (!too_long) {
        session.command.insert(session.command.end(), block.inf.begin(), block.inf.end());
    }
    if (block.pcb.more_data()) {
        enter(T1Input::more_data);
        owed_ = BlockT1{nad_, Pcb::r(session.expected_sequence, RBlockError::none), {}};
        in_chain_ = true;
        if (too_long) {
            ask({SBlock::abort, 0}, parts);
        } else {
            send_owed(parts);
        }
        return;
    }
    in_chain_ = false;
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
    response_unsent_ = true;
    wtx_wanted_ = parts.memory.profile.quirks.t1.wtx != 0;
}

void T1Card::send_response_block(CardParts parts) {
    T1Session& session = parts.session.t1;
    const std::size_t left = session.response.size() - session.response_offset;
    const std::size_t count = std::min(left, block_size(session));
    const bool more = count < left;
    const ByteView inf = ByteView(session.response).subspan(session.response_offset, count);
    session.response_offset += count;
    session.sending_chain = more;
    owed_ = BlockT1{nad_, Pcb::i(session.send_sequence, more), inf};
    session.send_sequence = !session.send_sequence;
    send_owed(parts);
}

void T1Card::on_r_block(const BlockT1& block, CardParts parts) {
    T1Session& session = parts.session.t1;
    const bool acknowledges = block.pcb.sequence() == session.send_sequence;
    if (state_ == T1State::requesting) {
        send_request(true, parts);
    } else if (state_ == T1State::sending_chain && acknowledges) {
        const std::size_t left = session.response.size() - session.response_offset;
        in_chain_ = true;
        enter(left > block_size(session) ? T1Input::acknowledged_more : T1Input::acknowledged_last);
        send_response_block(parts);
    } else if (last_i_ && !acknowledges && state_ != T1State::receiving_chain) {
        BlockT1 last = *last_i_;
        last.nad = nad_;
        transmit(last, true, parts);  // rule 7.1: the reader wants the last I-block again
    } else if (last_sent_ && last_sent_->kind() == Pcb::Kind::r_block) {
        transmit({nad_, *last_sent_, {}}, true, parts);  // rule 7.2
    } else {
        refuse(RBlockError::other, parts);  // the reader waits for an answer to a block that never came
    }
}

void T1Card::on_s_request(const BlockT1& block, CardParts parts) {
    const SBlock type = block.pcb.s_type();
    const bool sensible = type == SBlock::ifs ? block.inf.size() == 1 && block.inf[0] != 0 && block.inf[0] != 0xFF
                                              : type != SBlock::wtx && block.inf.empty();  // WTX: only the card may ask
    if (!sensible || (state_ == T1State::requesting && type != SBlock::resynch)) {
        refuse(RBlockError::other, parts);
        return;
    }
    log_s_block(block, parts);
    switch (type) {
        case SBlock::ifs:
            parts.session.t1.ifsd = block.inf[0];
            break;
        case SBlock::resynch:
            if (parts.memory.profile.quirks.t1.no_resynch) {
                return;
            }
            enter(T1Input::resynch);
            start_anew(parts);
            break;
        case SBlock::abort:
            enter(T1Input::abort);
            drop_chain(parts.session.t1);
            break;
        case SBlock::wtx:
            break;
    }
    const Pcb response = Pcb::s_response(type);
    transmit({nad_, response, block.inf}, last_sent_ == response, parts);
}

void T1Card::on_s_response(const BlockT1& block, CardParts parts) {
    const bool abort = request_.type == SBlock::abort;
    const bool confirms = state_ == T1State::requesting && block.pcb.s_type() == request_.type &&
                          (abort ? block.inf.empty() : block.inf.size() == 1 && block.inf[0] == request_.value);
    if (!confirms) {
        refuse(RBlockError::other, parts);
        return;
    }
    T1Session& session = parts.session.t1;
    if (request_.type == SBlock::wtx) {
        granted_ = request_.value;
    } else {
        log_s_block(block, parts);
    }
    if (abort) {
        enter(T1Input::abort_confirmed);
        if (owed_.pcb.kind() == Pcb::Kind::i_block) {
            session.send_sequence = owed_.pcb.sequence();  // it was never sent
        }
        drop_chain(session);
        owed_ = BlockT1{nad_, Pcb::r(session.expected_sequence, RBlockError::none), {}};
    } else {
        enter(confirmed(after_request_));
        ifsc_ = request_.type == SBlock::ifs ? request_.value : ifsc_;
    }
    send_owed(parts);
}

void T1Card::start_anew(CardParts parts) {
    parts.session.t1 = T1Session{};
    ifsc_ = initial_ifsc_;
    ifs_announced_ = false;
    wtx_wanted_ = false;
    in_chain_ = false;
    last_i_.reset();
}

void T1Card::drop_chain(T1Session& session) {
    session.command.clear();
    session.response.clear();
    session.response_offset = 0;
    session.sending_chain = false;
    in_chain_ = false;
    last_i_.reset();
}

void T1Card::log_s_block(const BlockT1& block, CardParts parts) const {
    const std::array<std::uint8_t, 2> seen{block.pcb.value, block.inf.empty() ? std::uint8_t{0} : block.inf[0]};
    parts.log.append(ContactEvent::s_block, last_at_, ByteView(seen).first(block.inf.empty() ? 1 : 2));
}

void T1Card::refuse(RBlockError error, CardParts parts) {
    if (state_ == T1State::requesting) {
        send_request(true, parts);  // rule 7.3
        return;
    }
    transmit({nad_, Pcb::r(parts.session.t1.expected_sequence, error), {}}, false, parts);
}

/// The request that quirks or deviations want before the block that is owed.
std::optional<T1Card::Request> T1Card::due_request(CardParts parts) {
    using Kind = Deviation::Kind;
    const auto& quirks = parts.memory.profile.quirks.t1;
    const bool response = owed_.pcb.kind() == Pcb::Kind::i_block;
    if (quirks.ifs != 0 && response && !ifs_announced_) {
        ifs_announced_ = true;
        return Request{SBlock::ifs, quirks.ifs};
    }
    if (wtx_wanted_ && response) {
        wtx_wanted_ = false;
        return Request{SBlock::wtx, quirks.wtx};
    }
    for (auto it = parts.deviations.begin(); it != parts.deviations.end(); ++it) {
        const bool request = it->kind == Kind::wtx || it->kind == Kind::ifs || (it->kind == Kind::abort && in_chain_);
        if (!request || it->at > 1) {
            continue;
        }
        const Request wanted{it->kind == Kind::wtx   ? SBlock::wtx
                             : it->kind == Kind::ifs ? SBlock::ifs
                                                     : SBlock::abort,
                             it->value};
        if (use_up(*it)) {
            parts.deviations.erase(it);
        }
        return wanted;
    }
    return std::nullopt;
}

void T1Card::send_owed(CardParts parts) {
    owed_.nad = nad_;
    if (const auto request = due_request(parts)) {
        ask(*request, parts);
    } else {
        transmit(owed_, false, parts);
    }
}

void T1Card::ask(Request request, CardParts parts) {
    after_request_ = state_;
    request_ = request;
    enter(T1Input::request);
    send_request(false, parts);
}

void T1Card::send_request(bool again, CardParts parts) {
    const ByteView value(&request_.value, request_.type == SBlock::abort ? 0 : 1);
    transmit({nad_, Pcb::s_request(request_.type), value}, again, parts);
}

void T1Card::transmit(const BlockT1& block, bool again, CardParts parts) {
    const bool i_block = block.pcb.kind() == Pcb::Kind::i_block;
    if (i_block) {
        last_i_ = block;
    }
    last_sent_ = block.pcb;
    sent_first_ += again ? 0 : 1;
    const auto& quirks = parts.memory.profile.quirks.t1;
    T1Damage damage;
    damage.sequence = quirks.wrong_sequence && i_block;
    damage.edc = quirks.bad_edc_every != 0 && !again && sent_first_ % quirks.bad_edc_every == 0;
    pass(parts.deviations, Deviation::Kind::bad_edc, Deviation::Kind::abort,
         [&](const Deviation& deviation) { return damage.add(deviation.kind, block.pcb); });

    BlockT1::Encoded encoded;
    damage.encode(block, edc_, encoded);
    const std::int64_t granted = std::exchange(granted_, std::uint8_t{0}) * parts.timing.block_waiting.count;
    const iso7816::ClockCycles delay = granted == 0 ? parts.timing.block_guard : iso7816::ClockCycles{granted};
    parts.output.begin(last_at_ + delay, parts.timing.card_guard_time);
    if (damage.lost) {
        return;
    }
    if (response_unsent_ && i_block && !block.pcb.more_data()) {
        response_unsent_ = false;
        parts.output.mark(Output::Completes::t1_response);
    }
    parts.output.append(encoded.view());
}

}  // namespace scardlab::icc
