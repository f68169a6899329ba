#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "emulator/ifd/step.h"
#include "emulator/iso7816/tpdu.h"
#include "emulator/iso7816/transition.h"

namespace scardlab::ifd {

/// The reader's side of T=0 (ISO/IEC 7816-3:2006 clause 10.3).
enum class T0State : std::uint8_t {
    idle,
    awaiting_procedure,  ///< the header, or data, were sent
    receiving_one,       ///< one data character comes, then a procedure byte
    receiving_all,       ///< all data characters that are left come
    awaiting_sw2,
    complete,
    failed,
};
inline constexpr std::size_t t0_state_count = 7;
/// What can happen to it.
enum class T0Input : std::uint8_t {
    start,
    null,         ///< 60: the card needs more time
    send,         ///< INS or its complement, and there are data to send
    receive_one,  ///< complement of INS, and there are data to receive
    receive_all,  ///< INS, and there are data to receive
    data,         ///< a data character, more come without a procedure byte
    data_end,     ///< a data character, a procedure byte comes next
    sw1,
    sw2,
    next_part,      ///< SW2, the card has taken a part of the command APDU, and there are more
    invalid,        ///< a procedure byte that makes no sense here
    endless_nulls,  ///< 60 for more times than this reader bears
    damaged,        ///< a character that could not be read
    timeout,        ///< waiting time exceeded
};
inline constexpr std::size_t t0_input_count = 14;
/// A row of it.
using T0Transition = iso7816::Transition<T0State, T0Input>;
/// Every row, with its clause.
std::span<const T0Transition> t0_ifd_transitions();
/// The next state; nullopt: refused there.
std::optional<T0State> next(T0State state, T0Input input);

/// One command TPDU and its response, or the ENVELOPE TPDUs that carry one command APDU; `response` receives data and
/// SW1SW2 of the last one. A part that the card answers by anything but 9000 is the last.
class T0Ifd {
  public:
    /// The standard sets no bound to NULL bytes in a row, this reader does, so that it never waits without end.
    static constexpr unsigned max_nulls = 100'000;

    /// `waiting_time` is WT. `command` and `response` stay valid until the machine ends.
    Step start(const iso7816::T0Command& command, iso7816::ClockCycles waiting_time, iso7816::Bytes& response);
    /// The card's next character came.
    Step on_character(std::uint8_t character);
    /// It came, but could not be read: wrong parity after its last repetition, or it came before its time.
    Step on_damaged();
    /// It did not come in time.
    Step on_timeout();

    /// Where it stands.
    T0State state() const { return state_; }
    /// Its last exchange ended without SW1SW2, or has not ended: the card may stand in the middle of that one, and
    /// would take the next header for its data. Only a reset brings both together again; then comes forget().
    bool broken() const { return state_ != T0State::idle && state_ != T0State::complete; }
    void forget() { state_ = T0State::idle; }

  private:
    T0Input judge_procedure_byte(std::uint8_t byte);
    Step start_part(T0Input input);
    Step on_status();
    Step enter(T0Input input, iso7816::ByteView send = {});

    T0State state_ = T0State::idle;
    iso7816::T0Command command_;
    iso7816::ClockCycles waiting_time_{};
    iso7816::Bytes* response_ = nullptr;
    std::size_t sent_ = 0;      ///< data characters sent
    std::size_t received_ = 0;  ///< data characters received
    std::size_t carried_ = 0;   ///< bytes of the command APDU that ENVELOPE has brought, with this one
    unsigned nulls_ = 0;        ///< in a row
};

}  // namespace scardlab::ifd
