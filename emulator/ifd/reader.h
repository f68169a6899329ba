#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "emulator/icc/icc.h"
#include "emulator/ifd/clock.h"
#include "emulator/ifd/fault.h"
#include "emulator/ifd/fault_plan.h"
#include "emulator/ifd/ifd.h"
#include "emulator/ifd/line.h"
#include "emulator/ifd/step.h"
#include "emulator/ifd/t0_ifd.h"
#include "emulator/ifd/t1_ifd.h"
#include "emulator/iso7816/operating_class.h"

namespace scardlab::ifd {

/// What a reader is built like.
struct ReaderOptions {
    /// One cycle of CLK, the same all the time: 200 ns (5 MHz, the most that a card must stand before its ATR allows
    /// more) to 1,000 ns (1 MHz); what is outside is taken to the nearest (ISO/IEC 7816-3:2006 clause 5.2.3).
    Duration clock_period{250};
    /// Classes of operating conditions that it has, in the order tried (clause 6.2.4).
    std::vector<iso7816::OperatingClass> classes{iso7816::OperatingClass::a};
    /// Whether an ATR with a wrong TCK fails. pcsc-lite does not look at it (rule N2).
    bool check_tck = false;
};

/// The reader: activation, cold and warm reset, PPS, T=0 and T=1, waiting times and presence, on the contacts of an
/// emulated card. All time is virtual: an exchange moves the clock by what it takes at the contacts. One thread.
///
/// Reset. A cold reset begins at the first class of the options; without a valid ATR the reader deactivates and tries
/// the next. An ATR whose class indicator excludes the class in use makes it deactivate and take the first class that
/// both know (clause 6.2.4); there is none: the card is given up. A warm reset without a valid ATR is followed by one
/// cold reset as above. A card that is given up is deactivated. An ATR fails that is silent, early or late, has another
/// TS, a character that cannot be read, more than 33 characters, goes on within 16 etu after its end (later characters
/// are noise, and end when the reader talks), or demands in specific mode a rate that the clock is too fast for.
///
/// PPS. Made when the ATR leaves a choice in negotiable mode: more than one protocol, or a TA1 that offers more than
/// the default rate and whose fmax the clock keeps (clause 8.3), in which case PPS1 = TA1; in T=1 the reader then tells
/// the card its IFSD. A card that fails either exchange is deactivated.
///
/// T=0. A command that ends without SW1SW2 leaves the card in the middle of it, powered: until the next reset or
/// power-up nothing more goes to the card, and every transmit is a communication error.
class Reader final : public Ifd {
  public:
    static constexpr std::uint8_t ifsd = 254;
    /// One cycle of CLK unless the options say otherwise: 4 MHz.
    static constexpr Duration default_clock_period{250};

    explicit Reader(VirtualClock& clock, ReaderOptions options = {});
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// A card goes in (an earlier one comes out first), or comes out. `card` outlives its stay.
    void insert(icc::Icc& card);
    void remove();
    icc::Icc* card() { return line_.card(); }

    /// The options, within their bounds. They change only while no card is powered.
    const ReaderOptions& options() const { return options_; }
    void use_options(ReaderOptions options);

    /// Unplugged readers and failing ones answer `code` to everything (no_such_device, communication_error, ...).
    void fail(IfdCode code);
    void recover();

    /// Plans a fault; several may wait at a time.
    void plan(const Fault& fault) { faults_.add(fault); }
    void clear_plans() { faults_.clear(); }
    /// Faults whose exchange has not come.
    const std::vector<Fault>& plans() const { return faults_.waiting(); }
    /// Faults whose exchange came and ended before they had happened as often as they were to.
    const std::vector<Fault>& missed() const { return faults_.missed(); }

    /// The reader's time in clock cycles.
    iso7816::ClockCycles now() const { return line_.now(); }

    IfdCode power_icc(PowerAction action, iso7816::Atr& atr) override;
    IfdCode set_protocol(iso7816::Protocol protocol) override;
    IfdCode transmit(iso7816::ByteView command, iso7816::Bytes& response) override;
    IfdCode presence() override;
    void set_presence_listener(std::function<void()> listener) override { listener_ = std::move(listener); }

  private:
    template <class Machine>
    IfdCode run(Machine& machine, Step step);
    void take_time();
    void give_time();
    std::optional<IfdCode> out_of_reach() const;
    void tell_if_changed(IfdCode presence_before);

    IfdCode activate(bool warm, iso7816::Atr& atr);
    IfdCode activate_cold();
    IfdCode activate_in(iso7816::OperatingClass operating_class);
    IfdCode receive_atr();
    bool serves_specific_mode() const;
    void deactivate();
    bool clock_allows(std::uint8_t ta1) const;
    struct Agreement {
        std::uint8_t t;
        iso7816::TransmissionRate rate;
    };
    Agreement agreement_without_pps() const;
    void use(iso7816::Protocol protocol, iso7816::TransmissionRate rate);
    IfdCode negotiate(iso7816::Protocol protocol);
    IfdCode start_without_pps(iso7816::Protocol protocol, iso7816::TransmissionRate rate);
    IfdCode start_protocol(iso7816::Protocol protocol, iso7816::TransmissionRate rate);
    IfdCode announce_ifsd();
    IfdCode repair_link();

    void arm(Fault::At at) { faults_.arm(at, *line_.card()); }
    void disarm();

    VirtualClock& clock_;
    ReaderOptions options_;
    std::optional<IfdCode> failure_;
    std::function<void()> listener_;
    FaultPlan faults_;
    iso7816::Timing timing_;
    Line line_{timing_, faults_};

    bool powered_ = false;
    Duration rest_until_{};  ///< no activation before
    std::optional<iso7816::Protocol> protocol_;
    iso7816::Atr atr_;
    T0Ifd t0_;
    T1Link t1_link_;
    T1Ifd t1_;
};

template <class Machine>
IfdCode Reader::run(Machine& machine, Step step) {
    line_.use_t1(protocol_ == iso7816::Protocol::t1);
    const IfdCode code = line_.run(machine, step);
    if (line_.pulled()) {
        remove();
    } else if (line_.contact_lost()) {
        deactivate();
    }
    return code;
}

}  // namespace scardlab::ifd
