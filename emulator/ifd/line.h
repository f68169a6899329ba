#pragma once

#include <optional>

#include "emulator/icc/icc.h"
#include "emulator/ifd/fault_plan.h"
#include "emulator/ifd/step.h"
#include "emulator/iso7816/character.h"
#include "emulator/iso7816/operating_class.h"
#include "emulator/iso7816/timing.h"

namespace scardlab::ifd {

/// The reader's end of the contacts, and its time in clock cycles. Characters travel with the convention that TS
/// announced; one that comes before its time cannot be read; one with wrong parity is asked for again, and repeated to
/// the card when the card asks, up to iso7816::repetition_limit times each, except in T=1 (ISO/IEC 7816-3:2006 clause
/// 7). TS is not asked for again: before it the reader knows no parity. Faults of the line happen here.
class Line {
  public:
    /// All outlive the line; `timing` is what is in force at any time.
    Line(const iso7816::Timing& timing, FaultPlan& faults) : timing_(timing), faults_(faults) {}

    /// The card in the reader, or nullptr.
    icc::Icc* card() const { return card_; }
    void connect(icc::Icc* card) {
        card_ = card;
        pulled_ = contact_lost_ = false;
    }

    /// Leading edge of the last character, or the last change at a contact.
    iso7816::ClockCycles now() const { return now_; }
    /// Time goes on to `now`, never back.
    void wait_until(iso7816::ClockCycles now);
    /// Another count of time begins, for another rate of CLK.
    void count_time_from(iso7816::ClockCycles now) { now_ = now; }

    /// Cold reset from an unpowered card, or warm reset of a powered one; then the answer comes.
    void cold_reset(iso7816::OperatingClass operating_class);
    void warm_reset();
    /// RST low, CLK stopped, I/O low, VCC off (clause 6.4).
    void deactivate();

    /// T=1 is in force: no error signal, no repetition (clause 11).
    void use_t1(bool in_force) { t1_ = in_force; }

    /// Runs a machine to its end: success, the code that it failed with, or icc_not_present when a fault pulls the card
    /// out or opens the contacts (see pulled(), contact_lost()).
    template <class Machine>
    IfdCode run(Machine& machine, Step step);
    /// A fault pulls the card out now: the owner is to take it away.
    bool pulled() const { return pulled_; }
    /// A fault has opened the contacts: the owner is to deactivate them.
    bool contact_lost() const { return contact_lost_; }

    /// Whether the card goes on talking within the time that the reader would leave before it talks.
    bool surplus_comes();

  private:
    enum class Sent : std::uint8_t { well, damaged, no_card };
    struct Heard {
        enum class Kind : std::uint8_t { character, damaged, silence, no_card };
        Kind kind = Kind::silence;
        std::uint8_t value = 0;
    };

    void rise_of_reset();
    Sent send(iso7816::ByteView characters);
    bool send_one(std::uint8_t value);
    Heard receive(iso7816::ClockCycles wait);
    Heard read(iso7816::Character character, bool in_time);
    bool line_faults_before(iso7816::ClockCycles deadline, iso7816::ClockCycles earliest);

    const iso7816::Timing& timing_;
    FaultPlan& faults_;
    icc::Icc* card_ = nullptr;
    iso7816::ClockCycles now_{};
    std::optional<iso7816::Convention> convention_;  ///< as soon as TS is known
    bool answer_begins_ = false;                     ///< RST went high, TS has not come
    bool reader_sent_last_ = false;
    bool t1_ = false;
    bool pulled_ = false;
    bool contact_lost_ = false;
};

template <class Machine>
IfdCode Line::run(Machine& machine, Step step) {
    while (step.kind == Step::Kind::wait) {
        const Sent sent = send(step.send);
        if (sent == Sent::no_card) {
            return IfdCode::icc_not_present;
        }
        if (sent == Sent::damaged) {
            step = machine.on_damaged();
            continue;
        }
        const Heard heard = receive(step.wait);
        switch (heard.kind) {
            case Heard::Kind::character:
                step = machine.on_character(heard.value);
                break;
            case Heard::Kind::damaged:
                step = machine.on_damaged();
                break;
            case Heard::Kind::silence:
                step = machine.on_timeout();
                break;
            case Heard::Kind::no_card:
                return IfdCode::icc_not_present;
        }
    }
    if (send(step.send) == Sent::no_card) {
        return IfdCode::icc_not_present;
    }
    card_->settle();
    return step.kind == Step::Kind::done ? IfdCode::success : step.code;
}

}  // namespace scardlab::ifd
