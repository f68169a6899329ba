#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "emulator/icc/contact_log.h"
#include "emulator/icc/contacts.h"
#include "emulator/icc/output.h"
#include "emulator/icc/profile.h"
#include "emulator/icc/state.h"
#include "emulator/icc/t0_card.h"
#include "emulator/icc/t1_card.h"
#include "emulator/iso7816/pps.h"
#include "emulator/iso7816/timing.h"

namespace scardlab::icc {

/// A card, seen at its contacts: VCC, RST, CLK and characters on I/O. It moves only when the reader does something or
/// asks for its next character; all times are the reader's, in clock cycles, and never decrease. One thread.
class Icc {
  public:
    /// A card fresh from its issuer, outside any reader.
    explicit Icc(Profile profile);
    Icc(const Icc&) = delete;
    Icc& operator=(const Icc&) = delete;

    /// The card goes into a reader, or leaves it (which takes its power at once).
    void inserted(iso7816::ClockCycles now);
    void removed(iso7816::ClockCycles now);

    /// VCC and CLK on, RST low (ISO/IEC 7816-3:2006 clause 6.2.1).
    void power_on(iso7816::ClockCycles now);
    /// RST low, CLK stopped, VCC off (clause 6.4).
    void power_off(iso7816::ClockCycles now);
    /// RST low on a powered card; RST high starts the answer to reset: cold after power_on, warm otherwise.
    void rst_low(iso7816::ClockCycles now);
    void rst_high(iso7816::ClockCycles now);

    /// A character from the reader with its leading edge at `at`.
    void receive(std::uint8_t character, iso7816::ClockCycles at);
    /// The card's next character, if its leading edge is at or before `not_after`.
    std::optional<SentCharacter> next_character(iso7816::ClockCycles not_after);

    /// A mute card says nothing; after unmuting it answers from the next reset on.
    void set_mute(bool mute);
    bool mute() const { return mute_; }
    /// Stops talking now, until the next reset.
    void fall_silent();
    /// The next reset, or PPS request, is answered otherwise than the profile says; once.
    void stay_mute_at_next_reset() { mute_once_ = true; }
    void answer_next_pps(IccQuirks::PpsExchange::Answer answer) { pps_once_ = answer; }
    /// Will do something otherwise than it should; several may wait at a time.
    void plan(const Deviation& deviation) { deviations_.push_back(deviation); }
    /// Those that have not happened (as often as they were to).
    const Deviations& deviations() const { return deviations_; }
    void clear_deviations() { deviations_.clear(); }

    /// Where its stored state is saved, nullptr for nowhere; `store` outlives the card. `state` is what was found
    /// there.
    void use_store(StateStore* store, IccState state) {
        store_ = store;
        state_ = std::move(state);
    }

    /// Where it stands at its contacts.
    ContactState contact_state() const { return contact_state_; }
    /// The protocol in force, or that the first command would select; nullopt while there is none.
    std::optional<std::uint8_t> protocol() const;
    /// The rate in force.
    iso7816::TransmissionRate rate() const { return timing_.rate; }

    /// What it was made from.
    const Profile& profile() const { return profile_; }
    /// What it stores.
    const IccState& state() const { return state_; }
    /// What it knows until the next reset.
    const IccSession& session() const { return session_; }
    /// What it saw.
    ContactLog& log() { return log_; }
    const ContactLog& log() const { return log_; }

  private:
    bool enter(ContactInput input);
    void end_session();
    const iso7816::Atr& current_atr() const;
    void receive_pps(std::uint8_t character, iso7816::ClockCycles at);
    void answer_pps(iso7816::ClockCycles at);
    void operate(std::uint8_t t, iso7816::TransmissionRate rate);
    void output_complete(iso7816::ClockCycles at);
    CardParts parts() { return {{state_, store_, profile_}, session_, log_, output_, timing_, scratch_, deviations_}; }

    Profile profile_;
    IccState state_;
    IccSession session_;
    ContactLog log_;
    Output output_;
    iso7816::Timing timing_;
    iso7816::Bytes scratch_;
    StateStore* store_ = nullptr;
    Deviations deviations_;
    T0Card t0_;
    T1Card t1_;

    ContactState contact_state_ = ContactState::unpowered;
    bool warm_ = false;
    bool mute_ = false;
    bool mute_once_ = false;
    std::optional<IccQuirks::PpsExchange::Answer> pps_once_;
    std::uint8_t t_ = 0;
    std::array<std::uint8_t, iso7816::Pps::max_size> pps_{};
    std::size_t pps_count_ = 0;
    iso7816::TransmissionRate rate_after_pps_;
    std::uint8_t t_after_pps_ = 0;
};

}  // namespace scardlab::icc
