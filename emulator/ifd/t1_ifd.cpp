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
    {S::awaiting_acknowledgement, I::abort, S::aborted, "11.6.3.2 rule 9"},
    {S::awaiting_acknowledgement, I::retry, S::awaiting_acknowledgement, "11.6.3.2 rule 7"},
    {S::awaiting_acknowledgement, I::resynchronise, S::recovering, "11.6.3.2 rule 6"},
    {S::awaiting_acknowledgement, I::give_up, S::failed, "11.6.3.2 rule 7"},

    {S::awaiting_response, I::receive_more, S::receiving_chain, "11.6.2.2"},
    {S::awaiting_response, I::receive_last, S::complete, "11.6.2.1"},
    {S::awaiting_response, I::card_request, S::awaiting_response, "11.6.2.3"},
    {S::awaiting_response, I::retry, S::awaiting_response, "11.6.3.2 rule 7"},
    {S::awaiting_response, I::resynchronise, S::recovering, "11.6.3.2 rule 6"},
    {S::awaiting_response, I::give_up, S::failed, "11.6.3.2 rule 7"},

    {S::receiving_chain, I::receive_more, S::receiving_chain, "11.6.2.2"},
    {S::receiving_chain, I::receive_last, S::complete, "11.6.2.2"},
    {S::receiving_chain, I::card_request, S::receiving_chain, "11.6.2.3"},
    {S::receiving_chain, I::abort, S::aborted, "11.6.3.2 rule 9"},
    {S::receiving_chain, I::send_abort, S::awaiting_abort, "11.6.3.2 rule 9"},
    {S::receiving_chain, I::retry, S::receiving_chain, "11.6.3.2 rule 7"},
    {S::receiving_chain, I::resynchronise, S::recovering, "11.6.3.2 rule 6"},
    {S::receiving_chain, I::give_up, S::failed, "11.6.3.2 rule 7"},

    {S::awaiting_ifs, I::ifs_confirmed, S::complete, "11.6.2.3"},
    {S::awaiting_ifs, I::retry, S::awaiting_ifs, "11.6.3.2 rule 7"},
    {S::awaiting_ifs, I::give_up, S::failed, "11.6.3.2 rule 7"},

    {S::awaiting_abort, I::abort_confirmed, S::failed, "11.6.3.2 rule 9"},
    {S::awaiting_abort, I::retry, S::awaiting_abort, "11.6.3.2 rule 7"},
    {S::awaiting_abort, I::resynchronise, S::recovering, "11.6.3.2 rule 6"},
    {S::awaiting_abort, I::give_up, S::failed, "11.6.3.2 rule 7"},

    {S::aborted, I::last_word, S::failed, "11.6.3.2 rule 9"},

    {S::awaiting_resynch, I::resynch_confirmed, S::complete, "11.6.3.2 rule 6"},
    {S::awaiting_resynch, I::retry, S::awaiting_resynch, "11.6.3.2 rule 7"},
    {S::awaiting_resynch, I::give_up, S::failed, "11.6.3.2 rule 7"},

    {S::recovering, I::resynch_confirmed, S::failed, "11.6.3.2 rule 6"},
    {S::recovering, I::retry, S::recovering, "11.6.3.2 rule 7"},
    {S::recovering, I::give_up, S::failed, "11.6.3.2 rule 7"},
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

void T1Ifd::progress() {
    tries_ = 0;
    heard_ = false;
    asked_again_ = false;
}

/// Whether a request of the reader's is what it waits for an answer to.
bool T1Ifd::requesting() const {
    return state_ == T1State::awaiting_ifs || state_ == T1State::awaiting_resynch || state_ == T1State::recovering ||
           state_ == T1State::awaiting_abort;
}

/// Whether it waits for nothing.
bool T1Ifd::ended() const {
    return state_ == T1State::idle || state_ == T1State::complete || state_ == T1State::failed;
}

Step T1Ifd::start_command(ByteView command, iso7816::Bytes& response) {
    state_ = T1State::idle;
    card_lost_ = false;
    command_ = command;
    command_offset_ = 0;
    response_ = &response;
    stalls_ = 0;
    progress();
    return send_command_block();
}

Step T1Ifd::start_ifs(std::uint8_t ifsd) {
    state_ = T1State::idle;
    card_lost_ = false;
    ifsd_ = ifsd;
    return start_request(SBlock::ifs, T1Input::send_ifs, ByteView(&ifsd_, 1));
}

Step T1Ifd::start_resynch() {
    state_ = T1State::idle;
    card_lost_ = false;
    return start_request(SBlock::resynch, T1Input::send_resynch, {});
}

Step T1Ifd::start_request(SBlock type, T1Input input, ByteView inf) {
    enter(input);
    progress();
    return send(Pcb::s_request(type), inf, true);
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
    damaged_ = false;
    asked_again_ = false;
    return Step::receive(timing_.block_waiting, block.view());
}

Step T1Ifd::on_character(std::uint8_t character) {
    return take(character);
}

Step T1Ifd::on_damaged() {
    damaged_ = true;
    return take(0xFF);  // the longest LEN: if that is the one, the end of the block is known by CWT only
}

Step T1Ifd::take(std::uint8_t character) {
    if (ended()) {
        return Step::failed(IfdCode::communication_error);
    }
    heard_ = true;
    received_[count_++] = character;
    if (count_ < BlockT1::prologue_size) {
        return Step::receive(timing_.character_waiting);
    }
    const std::size_t length = std::min<std::size_t>(received_[2], BlockT1::max_inf);
    if (count_ < BlockT1::prologue_size + length + iso7816::edc_size(link_.edc)) {
        return Step::receive(timing_.character_waiting);
    }
    const auto block = BlockT1::parse(ByteView(received_.data(), count_), link_.edc);
    if (damaged_ || !block) {
        const bool edc = damaged_ || block.error().kind == iso7816::BlockError::Kind::edc;
        return unanswered(edc ? RBlockError::edc_or_parity : RBlockError::other);
    }
    return on_block(*block);
}

Step T1Ifd::on_timeout() {
    if (ended()) {
        return Step::failed(IfdCode::communication_error);
    }
    return unanswered(damaged_ ? RBlockError::edc_or_parity : RBlockError::other);
}

Step T1Ifd::on_block(const BlockT1& block) {
    if (block.nad != 0 || block.inf.size() > link_.ifsd || state_ == T1State::aborted) {
        return unanswered(RBlockError::other);
    }
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
    return unanswered(RBlockError::other);
}

Step T1Ifd::on_i_block(const BlockT1& block) {
    const bool awaited = state_ == T1State::awaiting_response || state_ == T1State::receiving_chain;
    if (!awaited || block.pcb.sequence() != link_.expected_sequence) {
        return unanswered(RBlockError::other);
    }
    progress();
    link_.expected_sequence = !link_.expected_sequence;
    response_->insert(response_->end(), block.inf.begin(), block.inf.end());
    if (!block.pcb.more_data()) {
        enter(T1Input::receive_last);
        return Step::done();
    }
    enter(T1Input::receive_more);
    if (response_->size() > max_response) {
        return start_request(SBlock::abort, T1Input::send_abort, {});
    }
    stalls_ = block.inf.empty() ? stalls_ + 1 : 0;
    if (stalls_ > max_stalls) {
        heard_ = true;
        return give_up();
    }
    return send(Pcb::r(link_.expected_sequence, RBlockError::none), {}, true);
}

Step T1Ifd::on_r_block(const BlockT1& block) {
    const bool acknowledges = block.pcb.sequence() == link_.send_sequence;
    if (state_ == T1State::awaiting_acknowledgement && acknowledges) {
        progress();
        stalls_ = 0;
        return send_command_block();
    }
    if (requesting() || (state_ == T1State::awaiting_response && acknowledges)) {  // the card has had the command
        return unanswered(RBlockError::other);
    }
    return resend_last();
}

Step T1Ifd::on_s_request(const BlockT1& block) {
    const SBlock type = block.pcb.s_type();
    if (type == SBlock::abort && block.inf.empty() && next(state_, T1Input::abort)) {
        enter(T1Input::abort);
        return send(Pcb::s_response(type), {}, false);
    }
    const bool one_byte = block.inf.size() == 1 && block.inf[0] != 0;
    const bool sensible =
        (type == SBlock::wtx && one_byte) || (type == SBlock::ifs && one_byte && block.inf[0] != 0xFF);
    if (!sensible || !next(state_, T1Input::card_request)) {
        return unanswered(RBlockError::other);
    }
    if (++stalls_ > max_stalls) {
        return give_up();
    }
    enter(T1Input::card_request);
    progress();
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
    const SBlock type = block.pcb.s_type();
    const bool resynch = state_ == T1State::awaiting_resynch || state_ == T1State::recovering;
    if (state_ == T1State::awaiting_ifs && type == SBlock::ifs && block.inf.size() == 1 && block.inf[0] == ifsd_) {
        link_.ifsd = ifsd_;
        link_.announce_ifsd = false;
        enter(T1Input::ifs_confirmed);
        return Step::done();
    }
    if (resynch && type == SBlock::resynch && block.inf.empty()) {
        link_ = T1Link{false, false, link_.initial_ifsc, link_.edc, link_.initial_ifsc, T1Link{}.ifsd, true, false};
        enter(T1Input::resynch_confirmed);
        return state_ == T1State::complete ? Step::done() : Step::failed(IfdCode::communication_error);
    }
    if (state_ == T1State::awaiting_abort && type == SBlock::abort && block.inf.empty()) {
        enter(T1Input::abort_confirmed);
        return Step::failed(IfdCode::communication_error);
    }
    return unanswered(RBlockError::other);
}

/// No block that means something came: the reader's request goes again, or an R-block asks for the card's block.
Step T1Ifd::unanswered(RBlockError error) {
    if (state_ == T1State::aborted) {
        enter(T1Input::last_word);
        return Step::failed(IfdCode::communication_error);
    }
    if (requesting()) {
        return resend_last();
    }
    if (tries_ == retries) {
        return give_up();
    }
    ++tries_;
    enter(T1Input::retry);
    const Step step = send(Pcb::r(link_.expected_sequence, error), {}, false);
    asked_again_ = true;
    return step;
}

/// The card's R-block that follows the reader's is part of the same try.
Step T1Ifd::resend_last() {
    if (!asked_again_ && tries_ == retries) {
        return give_up();
    }
    tries_ += asked_again_ ? 0 : 1;
    enter(T1Input::retry);
    count_ = 0;
    damaged_ = false;
    asked_again_ = false;
    return Step::receive(timing_.block_waiting, last_.view());
}

Step T1Ifd::give_up() {
    if (heard_ && next(state_, T1Input::resynchronise)) {
        return start_request(SBlock::resynch, T1Input::resynchronise, {});
    }
    card_lost_ = state_ == T1State::recovering || (state_ == T1State::awaiting_resynch && heard_);
    link_.unsure = true;
    enter(T1Input::give_up);
    return Step::failed(heard_ || card_lost_ ? IfdCode::communication_error : IfdCode::response_timeout);
}

}  // namespace scardlab::ifd
