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
#include "emulator/iso7816/character.h"
#include "emulator/iso7816/operating_class.h"
#include "emulator/iso7816/pps.h"
#include "emulator/iso7816/timing.h"

namespace scardlab::icc {

/// A character that the card sends, as it is on the line, with the time of its leading edge.
struct LineCharacter {
    iso7816::Character character;
    iso7816::ClockCycles at;
};

/// A card, seen at its contacts: VCC, RST, CLK and characters on I/O. It moves only when the reader does something or
/// asks for its next character; all times are the reader's, in clock cycles, and never decrease. One thread.
///
/// Characters have the convention of the ATR in force. Where the card offers T=0, and as long as T=1 is not in force,
/// it signals an error to a character with wrong parity, and repeats its own when the reader does (ISO/IEC 7816-3:2006
/// clause 7.3); a card without T=0 does neither.
class Icc {
  public:
    /// A card fresh from its issuer, outside any reader.
    explicit Icc(Profile profile);
    Icc(const Icc&) = delete;
    Icc& operator=(const Icc&) = delete;

    /// The card goes into a reader, or leaves it, which takes its power at once and ends what was planned for it.
    void inserted(iso7816::ClockCycles now);
    void removed(iso7816::ClockCycles now);

    /// VCC on, of that class, then CLK, with RST low (ISO/IEC 7816-3:2006 clause 6.2.1). A card that does not work at
    /// this class stays mute.
    void power_on(iso7816::ClockCycles now, iso7816::OperatingClass operating_class = iso7816::OperatingClass::a);
    /// RST low on a powered card; RST high starts the answer to reset: cold after power_on, warm otherwise.
    void rst_low(iso7816::ClockCycles now);
    void rst_high(iso7816::ClockCycles now);
    /// The rest of a deactivation, after RST low: CLK stopped, I/O low, VCC off (clause 6.4). VCC that goes in any
    /// other order is lost.
    void stop_clock(iso7816::ClockCycles now);
    void io_low(iso7816::ClockCycles now);
    void vcc_off(iso7816::ClockCycles now);
    /// All of it in order.
    void power_off(iso7816::ClockCycles now);

    /// A character from the reader with its leading edge at `at`. True: the card signals an error, and wants it again.
    bool receive(iso7816::Character character, iso7816::ClockCycles at);
    /// The card's next character, if its leading edge is at or before `not_after`.
    std::optional<LineCharacter> next_character(iso7816::ClockCycles not_after);
    /// The reader signals an error to the character that the card sent last, which began at `at`.
    void signal_error(iso7816::ClockCycles at);
    /// No error signal came to the last character. Whatever the reader does next says the same.
    void settle();
    /// When its next character begins, unless the reader does something first; a fault of the line can move it.
    std::optional<iso7816::ClockCycles> next_character_at();
    void reschedule(iso7816::ClockCycles at) { output_.reschedule(at); }

    /// A mute card says nothing; after unmuting it answers from the next reset on.
    void set_mute(bool mute);
    bool mute() const { return mute_; }
    /// Stops talking now, until the next reset.
    void fall_silent();
    /// Will do something otherwise than it should; several may wait at a time. What would be zero times, or zero bytes,
    /// is one.
    void plan(Deviation deviation);
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
    bool powered() const {
        return contact_state_ != ContactState::unpowered && contact_state_ != ContactState::power_lost;
    }
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
    bool take(Deviation::Kind kind, std::uint8_t* value = nullptr);
    bool stays_mute() const;
    void answer_reset(iso7816::ClockCycles now);
    bool repeats_characters() const;
    void take_character(std::uint8_t value, bool damaged, iso7816::ClockCycles at);
    void receive_pps(std::uint8_t character, bool damaged, iso7816::ClockCycles at);
    void answer_pps(iso7816::ClockCycles at);
    IccQuirks::PpsExchange::Answer choose_pps_answer(bool with_rate);
    void send_pps_response(const iso7816::Pps& response, iso7816::ClockCycles at, bool garbled);
    void operate(std::uint8_t t, iso7816::TransmissionRate rate);
    void output_complete(iso7816::ClockCycles at);
    void send_surplus(iso7816::ClockCycles after);
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
    iso7816::OperatingClass operating_class_ = iso7816::OperatingClass::a;
    bool warm_ = false;
    iso7816::Convention convention_ = iso7816::Convention::direct;  ///< of the ATR of this session
    bool offers_t0_ = true;                                         ///< that ATR does
    bool mute_ = false;
    std::uint8_t t_ = 0;
    std::array<std::uint8_t, iso7816::Pps::max_size> pps_{};
    std::size_t pps_count_ = 0;
    bool pps_damaged_ = false;  ///< a character of the request had wrong parity, and could not be had again
    iso7816::TransmissionRate rate_after_pps_;
    std::uint8_t t_after_pps_ = 0;

    std::uint8_t surplus_ = 0;  ///< bytes that follow the ATR
    unsigned sent_count_ = 0;   ///< characters since the reset, repetitions apart, for parity_error_every
    bool repeating_ = false;    ///< the next character is a repetition
    bool unsettled_ = false;    ///< the last character of the output was sent, an error signal may still come
    iso7816::ClockCycles unsettled_at_{};
};

}  // namespace scardlab::icc
