#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/ifd/step.h"
#include "emulator/iso7816/block_t1.h"
#include "emulator/iso7816/timing.h"
#include "emulator/iso7816/transition.h"

namespace scardlab::ifd {

/// The reader's side of T=1, between blocks (ISO/IEC 7816-3:2006 clause 11.6).
enum class T1State : std::uint8_t {
    idle,
    awaiting_acknowledgement,  ///< an I-block with M=1 was sent
    awaiting_response,         ///< the last I-block of the command, or an R-block for more of the response, was sent
    awaiting_ifs,              ///< S(IFS request) was sent
    awaiting_resynch,          ///< S(RESYNCH request) was sent
    complete,
    failed,
};
inline constexpr std::size_t t1_state_count = 7;
/// What can happen to it.
enum class T1Input : std::uint8_t {
    send_more,     ///< a command starts with an I-block with M=1, or an R-block asks for the next such block
    send_last,     ///< the same for a block with M=0
    receive_more,  ///< I-block with M=1
    receive_last,  ///< I-block with M=0
    send_ifs,
    ifs_confirmed,  ///< S(IFS response) with the value that was sent
    send_resynch,
    resynch_confirmed,  ///< S(RESYNCH response)
    card_request,       ///< S(WTX request) or S(IFS request): answered, nothing else changes
    abort,              ///< S(ABORT request): answered, and the exchange is over
    retry,              ///< silence, a damaged or unexpected block, or an R-block asking again; tries are left
    give_up,            ///< the same, and none is left
};
inline constexpr std::size_t t1_input_count = 12;
/// A row of it.
using T1Transition = iso7816::Transition<T1State, T1Input>;
/// Every row, with its clause.
std::span<const T1Transition> t1_ifd_transitions();
/// The next state; nullopt: refused there.
std::optional<T1State> next(T1State state, T1Input input);

/// What lives as long as the protocol is in force: sequence numbers and field sizes.
struct T1Link {
    bool send_sequence = false;      ///< N(S) of the next I-block that the reader sends
    bool expected_sequence = false;  ///< N(S) of the next I-block from the card
    std::uint8_t ifsc = 32;          ///< largest INF that the card takes
    iso7816::EdcKind edc = iso7816::EdcKind::lrc;
};

/// Blocks both ways: a command APDU and its response, S(IFS) or S(RESYNCH). A damaged block, or silence, is answered by
/// an R-block, at most `retries` times, then the exchange fails with what was seen last.
class T1Ifd {
  public:
    static constexpr unsigned retries = 2;

    /// `link` and `timing` outlive the exchanges.
    T1Ifd(T1Link& link, const iso7816::Timing& timing) : link_(link), timing_(timing) {}

    /// Exchanges a command; `command` stays valid until the machine ends; `response` receives data and SW1SW2.
    Step start_command(iso7816::ByteView command, iso7816::Bytes& response);
    /// Tells the card the reader's IFSD (clause 11.4.2).
    Step start_ifs(std::uint8_t ifsd);
    /// Resets both sides' sequence numbers (clause 11.6.2.3).
    Step start_resynch();

    /// The card's next character came.
    Step on_character(std::uint8_t character);
    /// It came, but could not be read: wrong parity after its last repetition, or it came before its time.
    Step on_damaged();
    /// It did not come in time.
    Step on_timeout();

    /// Where it stands.
    T1State state() const { return state_; }

  private:
    Step on_block(const iso7816::BlockT1& block);
    Step on_i_block(const iso7816::BlockT1& block);
    Step on_r_block(const iso7816::BlockT1& block);
    Step on_s_request(const iso7816::BlockT1& block);
    Step on_s_response(const iso7816::BlockT1& block);
    Step send_command_block();
    Step repeat(IfdCode seen, iso7816::RBlockError error, bool resend_last);
    Step send(iso7816::Pcb pcb, iso7816::ByteView inf, bool remember);
    bool enter(T1Input input);

    T1Link& link_;
    const iso7816::Timing& timing_;
    T1State state_ = T1State::idle;
    iso7816::ByteView command_;
    std::size_t command_offset_ = 0;
    iso7816::Bytes* response_ = nullptr;
    std::array<std::uint8_t, iso7816::BlockT1::max_size> received_;
    std::size_t count_ = 0;
    iso7816::BlockT1::Encoded sent_;
    iso7816::BlockT1::Encoded last_;  ///< the block to send again when the card asks for it
    unsigned tries_ = 0;
    std::uint8_t ifsd_ = 0;
};

}  // namespace scardlab::ifd
