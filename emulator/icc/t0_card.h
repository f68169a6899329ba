#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/icc/link_layer.h"
#include "emulator/iso7816/transition.h"

namespace scardlab::icc {

/// Where the card stands in a T=0 exchange (ISO/IEC 7816-3:2006 clause 10.3).
enum class T0State : std::uint8_t {
    awaiting_header,
    awaiting_data,
    sending,  ///< an answer with more characters than are decided on at a time
};
inline constexpr std::size_t t0_state_count = 3;
/// What can happen to it.
enum class T0Input : std::uint8_t {
    header_wants_data,   ///< fifth header character, the command brings data
    header_complete,     ///< fifth header character, nothing more comes
    header_long_answer,  ///< the same, and the answer is long
    data_part,           ///< the data character that was asked for, not the last
    data_complete,       ///< last data character
    answer_goes_on,      ///< a part of the answer was sent, not the last but one
    answer_ends,         ///< a part of the answer was sent, only one is left
    interrupted,         ///< the reader sends a character
};
inline constexpr std::size_t t0_input_count = 8;
/// A row of it.
using T0Transition = iso7816::Transition<T0State, T0Input>;
/// Every row, with its clause.
std::span<const T0Transition> t0_card_transitions();
/// The next state; nullopt: refused there.
std::optional<T0State> next(T0State state, T0Input input);

/// The card's side of T=0: collects header and data, sends procedure bytes, answers 61xx and 6Cxx, serves GET RESPONSE
/// and ENVELOPE, and does what quirks and deviations want.
///
/// GET RESPONSE serves what the last command left; any other command drops it. ENVELOPE collects a command APDU, which
/// is carried out as soon as its own length fields say that it is whole; until then each part is answered 9000. An
/// empty ENVELOPE ends the data (ISO/IEC 7816-4 clause 11.6.2): what is not whole then is answered 6700. Any other
/// command drops what was collected.
class T0Card {
  public:
    /// Forgets a half-received command and a half-sent answer.
    void clear();
    /// A character from the reader, its leading edge at `at`.
    void receive(std::uint8_t character, iso7816::ClockCycles at, CardParts parts);
    /// The output is empty, its last character began at `at`, and there was more to send (Output::Completes::t0_part).
    void go_on(iso7816::ClockCycles at, CardParts parts);

    /// Where it stands.
    T0State state() const { return state_; }
    /// Data and SW1SW2 of the last answer.
    iso7816::ByteView answer() const { return answer_; }

  private:
    struct Turn;
    void begin_output(iso7816::ClockCycles first, CardParts parts) const;
    void header_received(iso7816::ClockCycles at, CardParts parts);
    void ask_for_data(CardParts parts);
    void run(iso7816::ClockCycles at, CardParts parts);
    void run_incoming(const iso7816::CommandApdu& apdu, CardParts parts);
    void run_outgoing(CardParts parts);
    void run_get_response(CardParts parts);
    void run_envelope(CardParts parts);
    void answer(iso7816::ByteView data, iso7816::StatusWord status);
    bool send_answer(CardParts parts);
    Turn procedure_byte(std::size_t left, CardParts parts) const;
    iso7816::T0Direction direction(const CardParts& parts) const;

    T0State state_ = T0State::awaiting_header;
    std::array<std::uint8_t, 5 + 255> received_{};
    std::size_t count_ = 0;
    std::size_t wanted_ = 5;
    iso7816::Bytes answer_;
    std::size_t answer_sent_ = 0;  ///< bytes of it
    bool acknowledged_ = false;    ///< INS was sent: data follow without another procedure byte
};

}  // namespace scardlab::icc
