#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "emulator/icc/icc.h"
#include "emulator/ifd/clock.h"
#include "emulator/ifd/fault.h"
#include "emulator/ifd/ifd.h"
#include "emulator/ifd/step.h"
#include "emulator/ifd/t0_ifd.h"
#include "emulator/ifd/t1_ifd.h"

namespace scardlab::ifd {

/// The reader: activation, cold and warm reset, PPS, T=0 and T=1, waiting times and presence, on the contacts of an
/// emulated card. It makes a PPS exchange when the ATR leaves a choice in negotiable mode: more than one protocol, or a
/// TA1 that offers more than the default rate, in which case it adds PPS1 = TA1; in T=1 it then tells the card its
/// IFSD. A card that fails either exchange is deactivated. All time is virtual: an exchange moves the clock by what it
/// takes at the contacts. One thread.
class Reader final : public Ifd {
  public:
    static constexpr std::uint8_t ifsd = 254;
    /// One cycle of CLK: 4 MHz.
    static constexpr Duration default_clock_period{250};

    explicit Reader(VirtualClock& clock, Duration clock_period = default_clock_period)
        : clock_(clock), clock_period_(clock_period), t1_(t1_link_, timing_) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// A card goes in (an earlier one comes out first), or comes out. `card` outlives its stay.
    void insert(icc::Icc& card);
    void remove();
    icc::Icc* card() { return card_; }

    /// Unplugged readers and failing ones answer `code` to everything (no_such_device, communication_error, ...).
    void fail(IfdCode code);
    void recover();

    /// Plans a fault; several may wait at a time.
    void plan(const Fault& fault) { faults_.push_back(fault); }
    void clear_plans() {
        faults_.clear();
        missed_.clear();
    }
    /// Faults that have not happened yet.
    const std::vector<Fault>& plans() const { return faults_; }
    /// Faults whose exchange came and ended before the character that they were to happen at.
    const std::vector<Fault>& missed() const { return missed_; }

    /// The reader's time in clock cycles.
    iso7816::ClockCycles now() const { return now_; }

    IfdCode power_icc(PowerAction action, iso7816::Atr& atr) override;
    IfdCode set_protocol(iso7816::Protocol protocol) override;
    IfdCode transmit(iso7816::ByteView command, iso7816::Bytes& response) override;
    IfdCode presence() override;
    void set_presence_listener(std::function<void()> listener) override { listener_ = std::move(listener); }

  private:
    template <class Machine>
    IfdCode run(Machine& machine, Step step);
    void send(iso7816::ByteView characters);
    void take_time();
    void give_time();
    std::optional<IfdCode> out_of_reach() const;
    void tell_if_changed(IfdCode presence_before);

    IfdCode activate(bool warm, iso7816::Atr& atr);
    void deactivate();
    struct Agreement {
        std::uint8_t t;
        iso7816::TransmissionRate rate;
    };
    Agreement agreement_without_pps() const;
    void use(iso7816::Protocol protocol, iso7816::TransmissionRate rate);
    IfdCode negotiate(iso7816::Protocol protocol);
    IfdCode start_protocol(iso7816::Protocol protocol, iso7816::TransmissionRate rate);

    void arm(Fault::At at);
    bool fire();
    void disarm();

    VirtualClock& clock_;
    Duration clock_period_;
    icc::Icc* card_ = nullptr;
    std::optional<IfdCode> failure_;
    std::function<void()> listener_;
    std::vector<Fault> faults_;
    std::vector<Fault> missed_;   ///< faults whose exchange ended before their character came
    std::optional<Fault> armed_;  ///< the fault of the exchange that is running

    iso7816::ClockCycles now_{};  ///< leading edge of the last character, or the last change at a contact
    bool reader_sent_last_ = false;
    bool powered_ = false;
    std::optional<iso7816::Protocol> protocol_;
    iso7816::Atr atr_;
    iso7816::Timing timing_;
    T0Ifd t0_;
    T1Link t1_link_;
    T1Ifd t1_;
};

}  // namespace scardlab::ifd
