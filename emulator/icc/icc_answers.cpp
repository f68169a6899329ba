// What the card answers to a reset and to a PPS request, with all that can be wrong with it.
#include <algorithm>
#include <array>
#include <utility>

#include "emulator/icc/icc.h"

namespace scardlab::icc {

namespace {

using iso7816::ByteView;
using iso7816::ClockCycles;
using iso7816::Pps;
using iso7816::TransmissionRate;

/// Between RST high and the first character; the standard allows 400 to 40,000 (clause 6.2.2).
constexpr ClockCycles atr_delay{500};
constexpr TransmissionRate default_rate{};
/// Is sent in the place of TS by a card that garbles it: neither convention's pattern.
constexpr std::uint8_t garbled_ts = 0x33;

}  // namespace

void Icc::plan(Deviation deviation) {
    deviation.times = std::max(deviation.times, 1U);
    if (deviation.kind == Deviation::Kind::null_bytes || deviation.kind == Deviation::Kind::too_long) {
        deviation.value = std::max<std::uint8_t>(deviation.value, 1);
    }
    deviations_.push_back(deviation);
}

/// Whether a deviation of this kind is planned; it has then happened once more.
bool Icc::take(Deviation::Kind kind, std::uint8_t* value) {
    const auto found = std::ranges::find(deviations_, kind, &Deviation::kind);
    if (found == deviations_.end()) {
        return false;
    }
    if (value != nullptr) {
        *value = found->value;
    }
    if (use_up(*found)) {
        deviations_.erase(found);
    }
    return true;
}

void Icc::answer_reset(ClockCycles now) {
    const auto& quirks = profile_.quirks.activation;
    const iso7816::Atr& atr = current_atr();
    std::array<std::uint8_t, iso7816::Atr::max_size> bytes{};
    std::ranges::copy(atr.bytes(), bytes.begin());
    const std::size_t size = atr.bytes().size();
    if (take(Deviation::Kind::bad_ts)) {
        bytes[0] = garbled_ts;
    } else {
        bytes[0] = quirks.ts.value_or(bytes[0]);
    }
    const iso7816::Atr::Tck tck = atr.tck();
    const bool has_tck = tck == iso7816::Atr::Tck::correct || tck == iso7816::Atr::Tck::wrong;
    if (has_tck && (take(Deviation::Kind::bad_tck) || quirks.wrong_tck)) {
        bytes[size - 1] ^= 0x01;
    }
    surplus_ = quirks.surplus;
    take(Deviation::Kind::too_long, &surplus_);
    const ClockCycles delay = quirks.answer_delay ? ClockCycles{*quirks.answer_delay} : atr_delay;
    const std::int64_t spacing = quirks.character_spacing.value_or(iso7816::character_etu);
    output_.begin(now + delay, default_rate.etu(spacing));
    output_.mark(Output::Completes::atr);
    output_.append(ByteView(bytes).first(size));
}

void Icc::send_surplus(ClockCycles after) {
    const std::int64_t spacing = profile_.quirks.activation.character_spacing.value_or(iso7816::character_etu);
    output_.begin(after + default_rate.etu(spacing), default_rate.etu(spacing));
    for (; surplus_ > 0; --surplus_) {
        output_.push(0);
    }
}

void Icc::receive_pps(std::uint8_t character, bool damaged, ClockCycles at) {
    pps_[pps_count_++] = character;
    pps_damaged_ = pps_damaged_ || damaged;
    if (pps_count_ >= 2 && pps_count_ == Pps::size_for(pps_[1])) {
        answer_pps(at);
    }
}

IccQuirks::PpsExchange::Answer Icc::choose_pps_answer(bool with_rate) {
    using Answer = IccQuirks::PpsExchange::Answer;
    constexpr std::pair<Deviation::Kind, Answer> planned[] = {{Deviation::Kind::pps_refuse, Answer::refuse},
                                                              {Deviation::Kind::pps_garble, Answer::garbled}};
    for (const auto& [kind, answer] : planned) {
        if (take(kind)) {
            return answer;
        }
    }
    if (with_rate && take(Deviation::Kind::pps_without_pps1)) {
        return Answer::without_pps1;
    }
    return profile_.quirks.pps.answer;
}

void Icc::answer_pps(ClockCycles at) {
    using Answer = IccQuirks::PpsExchange::Answer;
    log_.append(ContactEvent::pps_request, at, ByteView(pps_.data(), pps_count_));
    const auto request = Pps::parse(ByteView(pps_.data(), pps_count_));
    const bool damaged = std::exchange(pps_damaged_, false);
    pps_count_ = 0;
    if (!request || damaged || !current_atr().offered_protocols().contains(request->t)) {
        enter(ContactInput::pps_ignore);  // clause 9.3: a card does not answer a request that it cannot take
        return;
    }
    const auto rate = request->pps1 ? iso7816::rate_from_ta1(*request->pps1) : std::nullopt;
    const bool rate_known = rate && (*request->pps1 == current_atr().ta1() || *rate == default_rate);
    const Answer answer = choose_pps_answer(rate_known);
    if (answer == Answer::silent) {
        enter(ContactInput::pps_ignore);
        return;
    }
    Pps response{request->t, request->pps1, {}, {}};
    if (!rate_known || answer == Answer::without_pps1) {
        response.pps1.reset();
    }
    if (answer == Answer::refuse) {
        response.t ^= 1;
    }
    const bool acceptable = answer == Answer::accept || answer == Answer::without_pps1;
    enter(acceptable ? ContactInput::pps_accept : ContactInput::pps_refuse);
    t_after_pps_ = response.t;
    rate_after_pps_ = response.pps1 ? *rate : default_rate;
    send_pps_response(response, at, answer == Answer::garbled);
}

void Icc::send_pps_response(const Pps& response, ClockCycles at, bool garbled) {
    Pps::Encoded encoded = response.encode();
    if (garbled) {
        encoded.bytes[encoded.size - 1] ^= 0x01;
    }
    const int guard_etu = static_cast<int>(profile_.quirks.characters.guard_time.value_or(iso7816::character_etu));
    output_.begin(at + timing_.rate.etu(iso7816::turnaround_etu), default_rate.etu(guard_etu));
    output_.mark(Output::Completes::pps_response);
    output_.append(encoded.view());
}

}  // namespace scardlab::icc
