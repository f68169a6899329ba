#include "emulator/ifd/t0_ifd.h"

namespace scardlab::ifd {

namespace {

using S = T0State;
using I = T0Input;
constexpr auto rows = std::to_array<T0Transition>({
    {S::idle, I::start, S::awaiting_procedure, "ISO/IEC 7816-3:2006 10.3.2"},

    {S::awaiting_procedure, I::null, S::awaiting_procedure, "10.3.3"},
    {S::awaiting_procedure, I::send, S::awaiting_procedure, "10.3.3"},
    {S::awaiting_procedure, I::receive_one, S::receiving_one, "10.3.3"},
    {S::awaiting_procedure, I::receive_all, S::receiving_all, "10.3.3"},
    {S::awaiting_procedure, I::sw1, S::awaiting_sw2, "10.3.3"},
    {S::awaiting_procedure, I::invalid, S::failed, "10.3.3"},
    {S::awaiting_procedure, I::endless_nulls, S::failed, "10.3.3, a bound of this reader"},
    {S::awaiting_procedure, I::damaged, S::failed, "7.3"},
    {S::awaiting_procedure, I::timeout, S::failed, "10.2"},

    {S::receiving_one, I::data_end, S::awaiting_procedure, "10.3.3"},
    {S::receiving_one, I::damaged, S::failed, "7.3"},
    {S::receiving_one, I::timeout, S::failed, "10.2"},

    {S::receiving_all, I::data, S::receiving_all, "10.3.3"},
    {S::receiving_all, I::data_end, S::awaiting_procedure, "10.3.3"},
    {S::receiving_all, I::damaged, S::failed, "7.3"},
    {S::receiving_all, I::timeout, S::failed, "10.2"},

    {S::awaiting_sw2, I::sw2, S::complete, "10.3.3"},
    {S::awaiting_sw2, I::next_part, S::awaiting_procedure, "12.2.4"},
    {S::awaiting_sw2, I::damaged, S::failed, "7.3"},
    {S::awaiting_sw2, I::timeout, S::failed, "10.2"},
});
constexpr iso7816::TransitionTable<S, I, t0_state_count, t0_input_count> table(rows);

}  // namespace

std::span<const T0Transition> t0_ifd_transitions() {
    return rows;
}

std::optional<T0State> next(T0State state, T0Input input) {
    return table.next(state, input);
}

Step T0Ifd::start(const iso7816::T0Command& command, iso7816::ClockCycles waiting_time, iso7816::Bytes& response) {
    state_ = T0State::idle;
    command_ = command;
    waiting_time_ = waiting_time;
    response_ = &response;
    carried_ = 0;
    return start_part(T0Input::start);
}

Step T0Ifd::start_part(T0Input input) {
    sent_ = 0;
    received_ = 0;
    nulls_ = 0;
    carried_ += command_.data.size();
    return enter(input, command_.header);
}

T0Input T0Ifd::judge_procedure_byte(std::uint8_t byte) {
    const bool to_send = sent_ < command_.data.size();
    const bool to_receive = command_.direction == iso7816::T0Direction::from_card && received_ < command_.expected;
    const auto kind = iso7816::classify_procedure_byte(byte, command_.header[1]);
    nulls_ = kind == iso7816::ProcedureByte::null ? nulls_ + 1 : 0;
    switch (kind) {
        case iso7816::ProcedureByte::null:
            return nulls_ > max_nulls ? T0Input::endless_nulls : T0Input::null;
        case iso7816::ProcedureByte::ack_all:
            return to_send ? T0Input::send : to_receive ? T0Input::receive_all : T0Input::invalid;
        case iso7816::ProcedureByte::ack_one:
            return to_send ? T0Input::send : to_receive ? T0Input::receive_one : T0Input::invalid;
        case iso7816::ProcedureByte::sw1:
            return T0Input::sw1;
        case iso7816::ProcedureByte::invalid:
            break;
    }
    return T0Input::invalid;
}

Step T0Ifd::on_character(std::uint8_t character) {
    switch (state_) {
        case T0State::awaiting_procedure: {
            const T0Input input = judge_procedure_byte(character);
            if (input == T0Input::sw1) {
                response_->push_back(character);
            }
            if (input != T0Input::send) {
                return enter(input);
            }
            const bool all = character == command_.header[1];
            const auto part = command_.data.subspan(sent_, all ? command_.data.size() - sent_ : 1);
            sent_ += part.size();
            return enter(input, part);
        }
        case T0State::receiving_one:
        case T0State::receiving_all: {
            response_->push_back(character);
            ++received_;
            const bool end = state_ == T0State::receiving_one || received_ == command_.expected;
            return enter(end ? T0Input::data_end : T0Input::data);
        }
        case T0State::awaiting_sw2:
            response_->push_back(character);
            return on_status();
        default:
            return Step::failed(IfdCode::communication_error);
    }
}

Step T0Ifd::on_status() {
    const iso7816::Bytes& response = *response_;
    const bool taken = response.size() == 2 && response[0] == 0x90 && response[1] == 0x00;
    if (!taken || carried_ >= command_.envelope.size()) {
        return enter(T0Input::sw2);
    }
    response_->clear();
    command_ = iso7816::envelope_part(command_.envelope, carried_);
    return start_part(T0Input::next_part);
}

Step T0Ifd::on_damaged() {
    return enter(T0Input::damaged);
}

Step T0Ifd::on_timeout() {
    return enter(T0Input::timeout);
}

Step T0Ifd::enter(T0Input input, iso7816::ByteView send) {
    state_ = next(state_, input).value_or(T0State::failed);
    switch (state_) {
        case T0State::complete:
            return Step::done();
        case T0State::failed:
            return Step::failed(input == T0Input::timeout ? IfdCode::response_timeout : IfdCode::communication_error);
        default:
            return Step::receive(waiting_time_, send);
    }
}

}  // namespace scardlab::ifd
