#include "emulator/ifd/pps_exchange.h"

namespace scardlab::ifd {

namespace {

using S = PpsState;
using I = PpsInput;
constexpr auto rows = std::to_array<PpsTransition>({
    {S::idle, I::start, S::awaiting_ppss, "ISO/IEC 7816-3:2006 9.1"},
    {S::awaiting_ppss, I::ppss, S::awaiting_pps0, "9.2"},
    {S::awaiting_ppss, I::wrong, S::failed, "9.3"},
    {S::awaiting_ppss, I::damaged, S::failed, "7.3"},
    {S::awaiting_ppss, I::timeout, S::failed, "9.1"},
    {S::awaiting_pps0, I::pps0, S::awaiting_rest, "9.2"},
    {S::awaiting_pps0, I::damaged, S::failed, "7.3"},
    {S::awaiting_pps0, I::timeout, S::failed, "9.1"},
    {S::awaiting_rest, I::character, S::awaiting_rest, "9.2"},
    {S::awaiting_rest, I::last_accepted, S::accepted, "9.3"},
    {S::awaiting_rest, I::last_rejected, S::failed, "9.3"},
    {S::awaiting_rest, I::damaged, S::failed, "7.3"},
    {S::awaiting_rest, I::timeout, S::failed, "9.1"},
});
constexpr iso7816::TransitionTable<S, I, pps_state_count, pps_input_count> table(rows);

}  // namespace

std::span<const PpsTransition> pps_transitions() {
    return rows;
}

std::optional<PpsState> next(PpsState state, PpsInput input) {
    return table.next(state, input);
}

Step PpsExchange::start(const iso7816::Pps& request) {
    state_ = PpsState::idle;
    request_ = request;
    encoded_ = request.encode();
    count_ = 0;
    Step step = enter(PpsInput::start);
    step.send = encoded_.view();
    return step;
}

Step PpsExchange::on_character(std::uint8_t character) {
    if (count_ == bytes_.size()) {
        return enter(PpsInput::wrong);
    }
    bytes_[count_++] = character;
    if (state_ == PpsState::awaiting_ppss) {
        return enter(character == iso7816::Pps::ppss ? PpsInput::ppss : PpsInput::wrong);
    }
    if (state_ == PpsState::awaiting_pps0) {
        return enter(PpsInput::pps0);
    }
    if (count_ < iso7816::Pps::size_for(bytes_[1])) {
        return enter(PpsInput::character);
    }
    const auto parsed = iso7816::Pps::parse(iso7816::ByteView(bytes_.data(), count_));
    if (!parsed || iso7816::judge(request_, *parsed) == iso7816::PpsOutcome::failed) {
        return enter(PpsInput::last_rejected);
    }
    response_ = *parsed;
    return enter(PpsInput::last_accepted);
}

Step PpsExchange::on_damaged() {
    return enter(PpsInput::damaged);
}

Step PpsExchange::on_timeout() {
    return enter(PpsInput::timeout);
}

Step PpsExchange::enter(PpsInput input) {
    state_ = next(state_, input).value_or(PpsState::failed);
    switch (state_) {
        case PpsState::accepted:
            return Step::done();
        case PpsState::failed:
            return Step::failed(IfdCode::pts_failure);
        default:
            return Step::receive(iso7816::initial_waiting_time);
    }
}

}  // namespace scardlab::ifd
