#include "emulator/ifd/reader.h"

#include <algorithm>
#include <utility>

#include "emulator/ifd/pps_exchange.h"

namespace scardlab::ifd {

namespace {

using iso7816::ClockCycles;
using iso7816::Protocol;
using iso7816::TransmissionRate;

constexpr TransmissionRate default_rate{};
/// Least and most of ReaderOptions::clock_period.
constexpr Duration fastest_clock{200};
constexpr Duration slowest_clock{1'000};

ReaderOptions within_bounds(ReaderOptions options) {
    options.clock_period = std::clamp(options.clock_period, fastest_clock, slowest_clock);
    return options;
}

}  // namespace

Reader::Reader(VirtualClock& clock, ReaderOptions options)
    : clock_(clock), options_(within_bounds(std::move(options))), t1_(t1_link_, timing_) {}

void Reader::use_options(ReaderOptions options) {
    options_ = within_bounds(std::move(options));
    line_.count_time_from({clock_.now() / options_.clock_period});
}

void Reader::take_time() {
    line_.wait_until({clock_.now() / options_.clock_period});
}

void Reader::give_time() {
    clock_.advance(line_.now().count * options_.clock_period - clock_.now());
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
    line_.connect(&card);
    card.inserted(line_.now());
    tell_if_changed(before);
}

void Reader::remove() {
    if (card() == nullptr) {
        return;
    }
    const IfdCode before = presence();
    take_time();
    disarm();
    card()->removed(line_.now());
    line_.connect(nullptr);
    powered_ = false;
    protocol_.reset();
    tell_if_changed(before);
}

void Reader::fail(IfdCode code) {
    const IfdCode before = presence();
    take_time();
    failure_ = code;
    if (powered_) {
        deactivate();
    }
    tell_if_changed(before);
}

void Reader::recover() {
    const IfdCode before = presence();
    failure_.reset();
    tell_if_changed(before);
}

void Reader::disarm() {
    if (card() != nullptr) {
        faults_.disarm(*card());
    }
}

std::optional<IfdCode> Reader::out_of_reach() const {
    return failure_ ? failure_ : line_.card() == nullptr ? std::optional(IfdCode::icc_not_present) : std::nullopt;
}

IfdCode Reader::presence() {
    return out_of_reach().value_or(IfdCode::success);
}

void Reader::use(Protocol protocol, TransmissionRate rate) {
    protocol_ = protocol;
    timing_ = iso7816::timing_for(atr_, rate, protocol);
    t0_.forget();
    t1_link_ = T1Link{};
    t1_link_.ifsc = t1_link_.initial_ifsc = atr_.ifsc();
    t1_link_.edc = atr_.edc_kind();
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
    disarm();
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

/// Whether the clock keeps fmax of that Fi (clause 8.3, table 7); a reserved Fi allows what the default does.
bool Reader::clock_allows(std::uint8_t ta1) const {
    const auto maximum_khz = iso7816::maximum_clock_khz(ta1 >> 4);
    return !maximum_khz || *maximum_khz * options_.clock_period >= std::chrono::milliseconds(1);
}

IfdCode Reader::negotiate(Protocol protocol) {
    const auto t = static_cast<std::uint8_t>(protocol);
    if (atr_.specific_mode()) {
        const Agreement agreement = agreement_without_pps();
        return agreement.t == t ? start_without_pps(protocol, agreement.rate) : IfdCode::protocol_not_supported;
    }
    const auto rate = iso7816::rate_from_ta1(atr_.ta1());
    if (!atr_.offers(protocol)) {
        return IfdCode::protocol_not_supported;
    }
    const bool faster = rate && rate->f * default_rate.d < default_rate.f * rate->d && clock_allows(atr_.ta1());
    if (atr_.offered_protocols().count == 1 && !faster) {
        return start_without_pps(protocol, default_rate);
    }
    arm(Fault::At::next_pps);
    const iso7816::Pps request{t, faster ? std::optional(atr_.ta1()) : std::nullopt, {}, {}};
    PpsExchange exchange;
    const IfdCode code = run(exchange, exchange.start(request));
    if (code != IfdCode::success) {
        if (card() != nullptr) {
            deactivate();  // clause 9.3: the interface device rejects the card
        }
        return code;
    }
    return start_protocol(protocol, exchange.response().pps1 ? *rate : default_rate);
}

/// What is planned for a PPS exchange comes in the exchange that there is instead, or goes on waiting.
IfdCode Reader::start_without_pps(Protocol protocol, TransmissionRate rate) {
    if (protocol == Protocol::t1) {
        arm(Fault::At::next_pps);
    }
    return start_protocol(protocol, rate);
}

IfdCode Reader::start_protocol(Protocol protocol, TransmissionRate rate) {
    use(protocol, rate);
    if (protocol == Protocol::t0) {
        return IfdCode::success;
    }
    return announce_ifsd();
}

IfdCode Reader::announce_ifsd() {
    const IfdCode code = run(t1_, t1_.start_ifs(ifsd));
    if (code == IfdCode::success || code == IfdCode::icc_not_present) {
        return code;
    }
    deactivate();
    return IfdCode::communication_error;
}

/// What T=1 needs before a command that follows a failed one.
IfdCode Reader::repair_link() {
    IfdCode code = IfdCode::success;
    if (t1_link_.unsure) {
        code = run(t1_, t1_.start_resynch());
    }
    if (code == IfdCode::success && t1_link_.announce_ifsd) {
        code = announce_ifsd();
    }
    return code;
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
    const bool t1 = *protocol_ == Protocol::t1;
    arm(Fault::At::command);
    IfdCode code = t1 ? repair_link() : IfdCode::communication_error;
    if (t1) {
        code = code == IfdCode::success ? run(t1_, t1_.start_command(command, response)) : code;
        if (t1_.card_lost() && line_.card() != nullptr) {
            deactivate();
        }
    } else if (const auto tpdu = iso7816::map_to_t0(command); tpdu && !t0_.broken()) {
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
