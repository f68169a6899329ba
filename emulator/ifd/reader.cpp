#include "emulator/ifd/reader.h"

#include <utility>

#include "emulator/ifd/atr_receiver.h"
#include "emulator/ifd/pps_exchange.h"

namespace scardlab::ifd {

namespace {

using iso7816::ClockCycles;
using iso7816::Protocol;
using iso7816::TransmissionRate;

constexpr TransmissionRate default_rate{};
/// RST stays low this long; the standard wants at least 400 (ISO/IEC 7816-3 clause 6.2.2).
constexpr ClockCycles reset_pulse{500};
/// Between the last character from the card and the first to it, T=0 and PPS (clause 10.3, at least 12 etu).
constexpr int turnaround_etu = 16;

}  // namespace

void Reader::take_time() {
    const ClockCycles clock_now{clock_.now() / clock_period_};
    now_ = std::max(now_, clock_now);
}

void Reader::give_time() {
    clock_.advance(now_.count * clock_period_ - clock_.now());
}

void Reader::tell_if_changed(IfdCode presence_before) {
    if (listener_ && presence() != presence_before) {
        give_time();  // the change may come in the middle of an exchange
        listener_();
    }
}

void Reader::insert(icc::Icc& card) {
    remove();
    const IfdCode before = presence();
    take_time();
    card_ = &card;
    card.inserted(now_);
    tell_if_changed(before);
}

void Reader::remove() {
    if (card_ == nullptr) {
        return;
    }
    const IfdCode before = presence();
    take_time();
    card_->removed(now_);
    card_ = nullptr;
    powered_ = false;
    protocol_.reset();
    tell_if_changed(before);
}

void Reader::fail(IfdCode code) {
    const IfdCode before = presence();
    take_time();
    failure_ = code;
    if (card_ != nullptr && powered_) {
        deactivate();
    }
    tell_if_changed(before);
}

void Reader::recover() {
    const IfdCode before = presence();
    failure_.reset();
    tell_if_changed(before);
}

std::optional<IfdCode> Reader::out_of_reach() const {
    return failure_ ? failure_ : card_ == nullptr ? std::optional(IfdCode::icc_not_present) : std::nullopt;
}

IfdCode Reader::presence() {
    return out_of_reach().value_or(IfdCode::success);
}

void Reader::arm(Fault::At at) {
    armed_.reset();
    if (faults_.empty()) {
        return;
    }
    std::vector<Fault> waiting;
    for (Fault fault : faults_) {
        const bool due = fault.at == at && (at != Fault::At::command || fault.number == 1);
        if (due && !armed_) {
            armed_ = fault;
            continue;
        }
        if (fault.at == at && at == Fault::At::command && fault.number > 1) {
            --fault.number;
        }
        waiting.push_back(fault);
    }
    faults_ = std::move(waiting);
}

void Reader::disarm() {
    if (armed_) {
        missed_.push_back(*armed_);
        armed_.reset();
    }
}

/// Whether the card is still the one that the exchange began with.
bool Reader::fire() {
    const Fault fault = *std::exchange(armed_, std::nullopt);
    switch (fault.what) {
        case Fault::Do::remove:
            remove();
            return false;
        case Fault::Do::stay_mute:
            card_->fall_silent();
            return true;
        case Fault::Do::refuse:
            return true;  // told to the card before the exchange
        default:
            return true;
    }
    return true;
}

void Reader::send(iso7816::ByteView characters) {
    if (characters.empty()) {
        return;
    }
    if (!reader_sent_last_) {
        now_ += protocol_ == Protocol::t1 ? timing_.block_guard : timing_.rate.etu(turnaround_etu);
    }
    bool first = true;
    for (const std::uint8_t character : characters) {
        if (!first || reader_sent_last_) {
            now_ += timing_.guard_time;
        }
        first = false;
        card_->receive(character, now_);
    }
    reader_sent_last_ = true;
}

template <class Machine>
IfdCode Reader::run(Machine& machine, Step step) {
    unsigned received = 0;
    while (step.kind == Step::Kind::wait) {
        send(step.send);
        if (armed_ && received + 1 >= armed_->character && !fire()) {
            return IfdCode::icc_not_present;
        }
        const ClockCycles deadline = now_ + step.wait;
        if (const auto sent = card_->next_character(deadline)) {
            now_ = sent->at;
            reader_sent_last_ = false;
            ++received;
            step = machine.on_character(sent->value);
        } else {
            now_ = deadline;
            step = machine.on_timeout();
        }
    }
    send(step.send);
    return step.kind == Step::Kind::done ? IfdCode::success : step.code;
}

IfdCode Reader::power_icc(PowerAction action, iso7816::Atr& atr) {
    atr = {};
    if (const auto code = out_of_reach()) {
        return *code;
    }
    take_time();
    IfdCode code = IfdCode::success;
    if (action == PowerAction::down) {
        deactivate();
    } else {
        code = activate(powered_, atr);
    }
    give_time();
    return code;
}

IfdCode Reader::activate(bool warm, iso7816::Atr& atr) {
    arm(Fault::At::next_reset);
    if (armed_ && armed_->what == Fault::Do::stay_mute) {
        card_->stay_mute_at_next_reset();
        armed_.reset();
    }
    protocol_.reset();
    if (warm) {
        card_->rst_low(now_);
    } else {
        card_->power_on(now_);
    }
    powered_ = true;
    now_ += reset_pulse;
    card_->rst_high(now_);
    reader_sent_last_ = false;
    AtrReceiver receiver;
    const IfdCode code = run(receiver, receiver.start());
    disarm();
    if (code != IfdCode::success) {
        if (card_ != nullptr) {
            deactivate();
        }
        return code;
    }
    atr = atr_ = receiver.atr();
    timing_ = iso7816::timing_for(atr_, default_rate, Protocol::t0);  // as long as no protocol is in force
    return IfdCode::success;
}

void Reader::deactivate() {
    card_->power_off(now_);
    powered_ = false;
    protocol_.reset();
}

void Reader::use(Protocol protocol, TransmissionRate rate) {
    protocol_ = protocol;
    timing_ = iso7816::timing_for(atr_, rate, protocol);
    t1_link_ = T1Link{false, false, atr_.ifsc(), atr_.edc_kind()};
}

IfdCode Reader::set_protocol(Protocol protocol) {
    if (const auto code = out_of_reach()) {
        return *code;
    }
    if (!powered_) {
        return IfdCode::communication_error;
    }
    if (protocol_) {
        return *protocol_ == protocol ? IfdCode::success
                                      : IfdCode::pts_failure;  // a change needs a reset (clause 6.3.1)
    }
    take_time();
    const IfdCode code = negotiate(protocol);
    give_time();
    return code;
}

/// T and the rate that hold without a PPS exchange: TA2's in specific mode, else the first offered at the default rate
/// (clause 6.3.1).
Reader::Agreement Reader::agreement_without_pps() const {
    const auto specific = atr_.specific_mode();
    if (!specific) {
        return {atr_.first_offered(), default_rate};
    }
    const auto rate = specific->implicit_rate ? std::nullopt : iso7816::rate_from_ta1(atr_.ta1());
    return {specific->t, rate.value_or(default_rate)};
}

IfdCode Reader::negotiate(Protocol protocol) {
    const auto t = static_cast<std::uint8_t>(protocol);
    if (atr_.specific_mode()) {
        const Agreement agreement = agreement_without_pps();
        return agreement.t == t ? start_protocol(protocol, agreement.rate) : IfdCode::protocol_not_supported;
    }
    const auto rate = iso7816::rate_from_ta1(atr_.ta1());
    if (!atr_.offers(protocol)) {
        return IfdCode::protocol_not_supported;
    }
    const bool faster = rate && rate->f * default_rate.d < default_rate.f * rate->d;
    if (atr_.offered_protocols().count == 1 && !faster) {
        return start_protocol(protocol, default_rate);
    }
    arm(Fault::At::next_pps);
    if (armed_ && armed_->what == Fault::Do::refuse) {
        card_->answer_next_pps(icc::IccQuirks::PpsExchange::Answer::refuse);
        armed_.reset();
    }
    const iso7816::Pps request{t, faster ? std::optional(atr_.ta1()) : std::nullopt, {}, {}};
    PpsExchange exchange;
    const IfdCode code = run(exchange, exchange.start(request));
    disarm();
    if (code != IfdCode::success) {
        if (card_ != nullptr) {
            deactivate();  // clause 9.3: the interface device rejects the card
        }
        return code;
    }
    return start_protocol(protocol, exchange.response().pps1 ? *rate : default_rate);
}

IfdCode Reader::start_protocol(Protocol protocol, TransmissionRate rate) {
    use(protocol, rate);
    if (protocol == Protocol::t0) {
        return IfdCode::success;
    }
    const IfdCode code = run(t1_, t1_.start_ifs(ifsd));
    if (code == IfdCode::success || code == IfdCode::icc_not_present) {
        return code;
    }
    deactivate();
    return IfdCode::communication_error;
}

IfdCode Reader::transmit(iso7816::ByteView command, iso7816::Bytes& response) {
    response.clear();
    if (const auto code = out_of_reach()) {
        return *code;
    }
    if (!powered_) {
        return IfdCode::communication_error;
    }
    if (!protocol_) {  // nobody asked for one
        const Agreement agreement = agreement_without_pps();
        use(agreement.t == 1 ? Protocol::t1 : Protocol::t0, agreement.rate);
    }
    take_time();
    arm(Fault::At::command);
    IfdCode code = IfdCode::communication_error;
    if (*protocol_ == Protocol::t1) {
        code = run(t1_, t1_.start_command(command, response));
    } else if (const auto tpdu = iso7816::map_to_t0(command)) {
        code = run(t0_, t0_.start(*tpdu, timing_.waiting_time, response));
    }
    disarm();
    if (code != IfdCode::success) {
        response.clear();
    }
    give_time();
    return code;
}

}  // namespace scardlab::ifd
