#include "emulator/ifd/atr_receiver.h"

#include <bit>

namespace scardlab::ifd {

namespace {

using S = AtrState;
using I = AtrInput;
constexpr auto rows = std::to_array<AtrTransition>({
    {S::ts, I::to_t0, S::t0, "ISO/IEC 7816-3:2006 8.1"},
    {S::ts, I::bad_ts, S::failed, "8.1"},
    {S::ts, I::timeout, S::failed, "6.2.2"},

    {S::t0, I::to_interface, S::interface, "8.2.2"},
    {S::t0, I::to_historical, S::historical, "8.2.2"},
    {S::t0, I::to_end, S::complete, "8.2"},
    {S::t0, I::damaged, S::failed, "7.3"},
    {S::t0, I::timeout, S::failed, "8.1"},

    {S::interface, I::to_interface, S::interface, "8.2.3"},
    {S::interface, I::to_historical, S::historical, "8.2.4"},
    {S::interface, I::to_tck, S::tck, "8.2.5"},
    {S::interface, I::to_end, S::complete, "8.2"},
    {S::interface, I::damaged, S::failed, "7.3"},
    {S::interface, I::timeout, S::failed, "8.1"},

    {S::historical, I::to_historical, S::historical, "8.2.4"},
    {S::historical, I::to_tck, S::tck, "8.2.5"},
    {S::historical, I::to_end, S::complete, "8.2"},
    {S::historical, I::damaged, S::failed, "7.3"},
    {S::historical, I::timeout, S::failed, "8.1"},

    {S::tck, I::to_end, S::complete, "8.2.5"},
    {S::tck, I::damaged, S::failed, "7.3"},
    {S::tck, I::timeout, S::failed, "8.1"},

    {S::complete, I::surplus, S::failed, "8.2"},
});
constexpr iso7816::TransitionTable<S, I, atr_state_count, atr_input_count> table(rows);

}  // namespace

std::span<const AtrTransition> atr_transitions() {
    return rows;
}

std::optional<AtrState> next(AtrState state, AtrInput input) {
    return table.next(state, input);
}

Step AtrReceiver::start() {
    *this = AtrReceiver{};
    return Step::receive(iso7816::atr_start_maximum);
}

Step AtrReceiver::on_character(std::uint8_t character) {
    if (count_ == bytes_.size()) {
        return enter(AtrInput::timeout);  // longer than an ATR can be: as good as one that never ends
    }
    bytes_[count_++] = character;
    switch (state_) {
        case AtrState::ts:
            return enter(character == 0x3B || character == 0x3F ? AtrInput::to_t0 : AtrInput::bad_ts);
        case AtrState::t0:
            historical_left_ = character & 0x0F;
            take_presence_bits(character);
            break;
        case AtrState::interface:
            --interface_left_;
            if (interface_left_ == 0 && td_comes_) {
                tck_comes_ = tck_comes_ || (character & 0x0F) != 0;
                take_presence_bits(character);
            }
            break;
        case AtrState::historical:
            --historical_left_;
            break;
        case AtrState::tck:
            tck_comes_ = false;
            break;
        case AtrState::complete:
        case AtrState::failed:
            break;
    }
    return enter(what_follows());
}

AtrInput AtrReceiver::what_follows() const {
    return interface_left_ > 0    ? AtrInput::to_interface
           : historical_left_ > 0 ? AtrInput::to_historical
           : tck_comes_           ? AtrInput::to_tck
                                  : AtrInput::to_end;
}

void AtrReceiver::take_presence_bits(std::uint8_t td) {
    interface_left_ = static_cast<unsigned>(std::popcount(static_cast<unsigned>(td & 0xF0)));
    td_comes_ = (td & 0x80) != 0;
}

Step AtrReceiver::on_damaged() {
    return enter(state_ == AtrState::ts ? AtrInput::bad_ts : AtrInput::damaged);
}

Step AtrReceiver::on_surplus() {
    return enter(AtrInput::surplus);
}

Step AtrReceiver::on_timeout() {
    return enter(AtrInput::timeout);
}

Step AtrReceiver::enter(AtrInput input) {
    const auto to = next(state_, input);
    state_ = to.value_or(AtrState::failed);
    if (state_ == AtrState::complete) {
        const auto parsed = iso7816::Atr::parse(iso7816::ByteView(bytes_.data(), count_));
        if (parsed) {
            atr_ = *parsed;
            return Step::done();
        }
        state_ = AtrState::failed;
    }
    return state_ == AtrState::failed ? Step::failed(IfdCode::error_power_action)
                                      : Step::receive(iso7816::initial_waiting_time);
}

}  // namespace scardlab::ifd
