// Activation, resets and deactivation.
#include <algorithm>

#include "emulator/ifd/atr_receiver.h"
#include "emulator/ifd/reader.h"

namespace scardlab::ifd {

namespace {

using iso7816::OperatingClass;
using iso7816::Protocol;
using iso7816::TransmissionRate;

constexpr TransmissionRate default_rate{};
/// Between a deactivation and the next activation (ISO/IEC 7816-3:2006 clause 6.2.4).
constexpr Duration rest = std::chrono::milliseconds(10);

/// Classes of the first TA for T=15; nullopt when the ATR has none, which leaves the class to the reader.
std::optional<std::uint8_t> indicated_classes(const iso7816::Atr& atr) {
    constexpr std::uint8_t t_global = 15;
    for (std::size_t i = 2; i < atr.group_count(); ++i) {
        if (atr.group_protocol(i) == t_global && atr.group(i).ta) {
            return atr.operating_classes();
        }
    }
    return std::nullopt;
}

}  // namespace

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
        arm(Fault::At::next_reset);
        code = activate(powered_, atr);
        disarm();
    }
    give_time();
    return code;
}

IfdCode Reader::activate(bool warm, iso7816::Atr& atr) {
    protocol_.reset();
    IfdCode code = IfdCode::error_power_action;
    if (warm) {
        line_.warm_reset();
        code = receive_atr();
        if (code == IfdCode::error_power_action) {
            deactivate();
        }
    }
    if (code == IfdCode::error_power_action) {
        code = activate_cold();
    }
    if (code == IfdCode::success) {
        atr = atr_;
    }
    return code;
}

/// One class after the other until there is an ATR.
IfdCode Reader::activate_cold() {
    IfdCode code = IfdCode::error_power_action;
    for (const OperatingClass operating_class : options_.classes) {
        code = activate_in(operating_class);
        if (code == IfdCode::error_power_action) {
            continue;
        }
        const auto indicated = code == IfdCode::success ? indicated_classes(atr_) : std::nullopt;
        if (!indicated || iso7816::contains(*indicated, operating_class)) {
            return code;
        }
        deactivate();
        const auto common = std::ranges::find_if(
            options_.classes, [&](OperatingClass known) { return iso7816::contains(*indicated, known); });
        return common == options_.classes.end() ? IfdCode::error_power_action : activate_in(*common);
    }
    return code;
}

/// A cold reset; a card without a valid ATR is deactivated.
IfdCode Reader::activate_in(OperatingClass operating_class) {
    line_.wait_until({rest_until_ / options_.clock_period});
    powered_ = true;
    line_.cold_reset(operating_class);
    const IfdCode code = receive_atr();
    if (code == IfdCode::error_power_action) {
        deactivate();
    }
    return code;
}

/// success, error_power_action, icc_not_present.
IfdCode Reader::receive_atr() {
    timing_ = iso7816::timing_for(iso7816::Atr{}, default_rate, Protocol::t0);
    AtrReceiver receiver;
    const IfdCode code = run(receiver, receiver.start());
    if (code != IfdCode::success) {
        return code;
    }
    if (line_.surplus_comes()) {
        return receiver.on_surplus().code;
    }
    atr_ = receiver.atr();
    if ((options_.check_tck && atr_.tck() == iso7816::Atr::Tck::wrong) || !serves_specific_mode()) {
        return IfdCode::error_power_action;
    }
    timing_ = iso7816::timing_for(atr_, default_rate, Protocol::t0);  // as long as no protocol is in force
    return IfdCode::success;
}

/// Whether the clock is slow enough for the rate that specific mode puts into force (clause 6.3.1).
bool Reader::serves_specific_mode() const {
    const auto specific = atr_.specific_mode();
    return !specific || specific->implicit_rate || clock_allows(atr_.ta1());
}

void Reader::deactivate() {
    line_.deactivate();
    rest_until_ = line_.now().count * options_.clock_period + rest;
    powered_ = false;
    protocol_.reset();
}

}  // namespace scardlab::ifd
