#include "emulator/ifd/t1_ifd.h"

#include <algorithm>

namespace scardlab::ifd {

namespace {

using iso7816::BlockT1;
using iso7816::ByteView;
using iso7816::Pcb;
using iso7816::RBlockError;
using iso7816::SBlock;

using S = T1State;
using I = T1Input;
constexpr auto rows = std::to_array<T1Transition>({
    {S::idle, I::send_more, S::awaiting_acknowledgement, "ISO/IEC 7816-3:2006 11.6.2.2"},
    {S::idle, I::send_last, S::awaiting_response, "11.6.2.1"},
    {S::idle, I::send_ifs, S::awaiting_ifs, "11.6.2.3"},
    {S::idle, I::send_resynch, S::awaiting_resynch, "11.6.3.2 rule 6"},

    {S::awaiting_acknowledgement, I::send_more, S::awaiting_acknowledgement, "11.6.2.2"},
    {S::awaiting_acknowledgement, I::send_last, S::awaiting_response, "11.6.2.2"},
    {S::awaiting_acknowledgement, I::card_request, S::awaiting_acknowledgement, "11.6.2.3"},
    {S::awaiting_acknowledgement, I::abort, S::failed, "11.6.3.2 rule 9"},
    {S::awaiting_acknowledgement, I::retry, S::awaiting_acknowledgement, "11.6.3.2 rule 7"},
    {S::awaiting_acknowledgement, I::give_up, S::failed, "11.6.3.2 rule 7"},

    {S::awaiting_response, I::receive_more, S::awaiting_response, "11.6.2.2"},
    {S::awaiting_response, I::receive_last, S::complete, "11.6.2.1"},
    {S::awaiting_response, I::card_request, S::awaiting_response, "11.6.2.3"},
    {S::awaiting_response, I::abort, S::failed, "11.6.3.2 rule 9"},
    {S::awaiting_response, I::retry, S::awaiting_response, "11.6.3.2 rule 7"},
    {S::awaiting_response, I::give_up, S::failed, "11.6.3.2 rule 7"},

    {S::awaiting_ifs, I::ifs_confirmed, S::complete, "11.6.2.3"},
    {S::awaiting_ifs, I::retry, S::awaiting_ifs, "11.6.3.2 rule 8"},
    {S::awaiting_ifs, I::give_up, S::failed, "11.6.3.2 rule 8"},

    {S::awaiting_resynch, I::resynch_confirmed, S::complete, "11.6.3.2 rule 6"},
    {S::awaiting_resynch, I::retry, S::awaiting_resynch, "11.6.3.2 rule 8"},
    {S::awaiting_resynch, I::give_up, S::failed, "11.6.3.2 rule 8"},
});
constexpr iso7816::TransitionTable<S, I, t1_state_count, t1_input_count> table(rows);

}  // namespace

std::span<const T1Transition> t1_ifd_transitions() {
    return rows;
}

std::optional<T1State> next(T1State state, T1Input input) {
    return table.next(state, input);
}

bool T1Ifd::enter(T1Input input) {
    const auto to = next(state_, input);
    state_ = to.value_or(T1State::failed);
    return to.has_value();
}

Step T1Ifd::start_command(ByteView command, iso7816::Bytes& response) {
    state_ = T1State::idle;
    command_ = command;
    command_offset_ = 0;
    response_ = &response;
    tries_ = 0;
    return send_command_block();
}

Step T1Ifd::start_ifs(std::uint8_t ifsd) {
    state_ = T1State::idle;
    tries_ = 0;
    ifsd_ = ifsd;
    enter(T1Input::send_ifs);
    return send(Pcb::s_request(SBlock::ifs), ByteView(&ifsd_, 1), true);
}

Step T1Ifd::start_resynch() {
    state_ = T1State::idle;
    tries_ = 0;
    enter(T1Input::send_resynch);
    return send(Pcb::s_request(SBlock::resynch), {}, true);
}

Step T1Ifd::send_command_block() {
    const std::size_t left = command_.size() - command_offset_;
    const std::size_t count = std::min<std::size_t>(left, link_.ifsc);
    const bool more = count < left;
    const ByteView inf = command_.subspan(command_offset_, count);
    command_offset_ += count;
    enter(more ? T1Input::send_more : T1Input::send_last);
    const Pcb pcb = Pcb::i(link_.send_sequence, more);
    link_.send_sequence = !link_.send_sequence;
    return send(pcb, inf, true);
}

Step T1Ifd::send(Pcb pcb, ByteView inf, bool remember) {
    BlockT1::Encoded& block = remember ? last_ : sent_;
    BlockT1{0, pcb, inf}.encode(link_.edc, block);
    count_ = 0;
    return Step::receive(timing_.block_waiting, block.view());
}

Step T1Ifd::on_character(std::uint8_t character) {
    received_[count_++] = character;
    if (count_ < BlockT1::prologue_size) {
        return Step::receive(timing_.character_waiting);
    }
    const std::size_t length = std::min<std::size_t>(received_[2], BlockT1::max_inf);
    if (count_ < BlockT1::prologue_size + length + iso7816::edc_size(link_.edc)) {
        return Step::receive(timing_.character_waiting);
    }
    const auto block = BlockT1::parse(ByteView(received_.data(), count_), link_.edc);
    if (!block) {
        const bool damaged = block.error().kind == iso7816::BlockError::Kind::edc;
        return repeat(IfdCode::communication_error, damaged ? RBlockError::edc_or_parity : RBlockError::other, false);
    }
    return on_block(*block);
}

Step T1Ifd::on_damaged() {
    return repeat(IfdCode::communication_error, RBlockError::edc_or_parity, false);
}

Step T1Ifd::on_timeout() {
    const bool nothing = count_ == 0;
    return repeat(nothing ? IfdCode::response_timeout : IfdCode::communication_error, RBlockError::other, false);
}

Step T1Ifd::on_block(const BlockT1& block) {
    switch (block.pcb.kind()) {
        case Pcb::Kind::i_block:
            return on_i_block(block);
        case Pcb::Kind::r_block:
            return on_r_block(block);
        case Pcb::Kind::s_request:
            return on_s_request(block);
        case Pcb::Kind::s_response:
            return on_s_response(block);
        case Pcb::Kind::invalid:
            break;
    }
    return repeat(IfdCode::communication_error, RBlockError::other, false);
}

Step T1Ifd::on_i_block(const BlockT1& block) {
    if (state_ != T1State::awaiting_response || block.pcb.sequence() != link_.expected_sequence) {
        return repeat(IfdCode::communication_error, RBlockError::other, false);
    }
    tries_ = 0;
    link_.expected_sequence = !link_.expected_sequence;
    response_->insert(response_->end(), block.inf.begin(), block.inf.end());
    if (!block.pcb.more_data()) {
        enter(T1Input::receive_last);
        return Step::done();
    }
    enter(T1Input::receive_more);
    return send(Pcb::r(link_.expected_sequence, RBlockError::none), {}, true);
}

Step T1Ifd::on_r_block(const BlockT1& block) {
    if (state_ == T1State::awaiting_acknowledgement && block.pcb.sequence() == link_.send_sequence) {
        tries_ = 0;
        return send_command_block();
    }
    return repeat(IfdCode::communication_error, RBlockError::other, true);
}

Step T1Ifd::on_s_request(const BlockT1& block) {
    const SBlock type = block.pcb.s_type();
    if (type == SBlock::abort) {
        if (!next(state_, T1Input::abort)) {
            return repeat(IfdCode::communication_error, RBlockError::other, false);
        }
        enter(T1Input::abort);
        return Step::failed(IfdCode::communication_error, send(Pcb::s_response(type), {}, false).send);
    }
    const bool one_byte = block.inf.size() == 1 && block.inf[0] != 0;
    const bool sensible =
        (type == SBlock::wtx && one_byte) || (type == SBlock::ifs && one_byte && block.inf[0] != 0xFF);
    if (!sensible || !next(state_, T1Input::card_request)) {
        return repeat(IfdCode::communication_error, RBlockError::other, false);
    }
    enter(T1Input::card_request);
    tries_ = 0;
    if (type == SBlock::ifs) {
        link_.ifsc = block.inf[0];
    }
    Step step = send(Pcb::s_response(type), block.inf, false);
    if (type == SBlock::wtx) {
        step.wait.count *= block.inf[0];
    }
    return step;
}

Step T1Ifd::on_s_response(const BlockT1& block) {
    if (state_ == T1State::awaiting_ifs && block.pcb.s_type() == SBlock::ifs && block.inf.size() == 1 &&
        block.inf[0] == ifsd_) {
        enter(T1Input::ifs_confirmed);
        return Step::done();
    }
    if (state_ == T1State::awaiting_resynch && block.pcb.s_type() == SBlock::resynch && block.inf.empty()) {
        link_.send_sequence = false;
        link_.expected_sequence = false;
        enter(T1Input::resynch_confirmed);
        return Step::done();
    }
    return repeat(IfdCode::communication_error, RBlockError::other, false);
}

Step T1Ifd::repeat(IfdCode seen, RBlockError error, bool resend_last) {
    if (tries_ == retries) {
        enter(T1Input::give_up);
        return Step::failed(seen);
    }
    ++tries_;
    enter(T1Input::retry);
    const bool s_block = state_ == T1State::awaiting_ifs || state_ == T1State::awaiting_resynch;
    if (s_block || resend_last) {
        count_ = 0;
        return Step::receive(timing_.block_waiting, last_.view());
    }
    return send(Pcb::r(link_.expected_sequence, error), {}, false);
}

}  // namespace scardlab::ifd
