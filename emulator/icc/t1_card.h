#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "emulator/icc/link_layer.h"
#include "emulator/iso7816/block_t1.h"
#include "emulator/iso7816/transition.h"

namespace scardlab::icc {

/// Where the card stands between blocks of T=1 (ISO/IEC 7816-3:2006 clause 11.6).
enum class T1State : std::uint8_t {
    idle,             ///< a command may begin
    receiving_chain,  ///< an I-block with M=1 was acknowledged
    sending_chain,    ///< an I-block with M=1 was sent and waits for its R-block
    requesting,       ///< the card sent an S-request; the block that it owes follows the S-response
};
inline constexpr std::size_t t1_state_count = 4;
/// What can happen to it.
enum class T1Input : std::uint8_t {
    more_data,            ///< I-block with M=1
    last_block_short,     ///< I-block with M=0, the response fits one block
    last_block_long,      ///< I-block with M=0, the response is chained
    acknowledged_more,    ///< R-block asks for the next block, which is not the last
    acknowledged_last,    ///< R-block asks for the next block, which is the last
    request,              ///< S(WTX), S(IFS) or S(ABORT request) goes before the block that is owed
    confirmed_idle,       ///< S(WTX) or S(IFS response): back to where the request was made
    confirmed_receiving,  ///< the same
    confirmed_sending,    ///< the same
    abort_confirmed,      ///< S(ABORT response)
    resynch,              ///< S(RESYNCH request)
    abort,                ///< S(ABORT request)
};
inline constexpr std::size_t t1_input_count = 12;
/// A row of it.
using T1Transition = iso7816::Transition<T1State, T1Input>;
/// Every row, with its clause.
std::span<const T1Transition> t1_card_transitions();
/// The next state; nullopt: refused there.
std::optional<T1State> next(T1State state, T1Input input);

/// The card's side of T=1 (clause 11): chaining both ways, S-blocks both ways. A block that it cannot take is answered
/// by an R-block with the number that it expects, or, when it waits for an S-response, by its S-request again; an
/// R-block that asks for the last I-block gets it (clause 11.6.3.2). It never gives up: that is the reader's part.
///
/// Quirks and deviations happen in send_owed() (requests, which go before an I-block or an acknowledgement only, and
/// S(ABORT request) only within a chain) and transmit() (all others; a wrong sequence number needs an I- or R-block).
class T1Card {
  public:
    /// The longest command APDU: header, extended Lc, 65,535 bytes, Le. The card aborts a longer chain.
    static constexpr std::size_t max_command = 4 + 3 + 65'535 + 2;
    static constexpr std::uint8_t default_ifsc = 32;

    explicit T1Card(iso7816::EdcKind edc) : edc_(edc) {}

    /// Starts a session under an ATR with that error detection code and IFSC.
    /// `largest_inf`: the most that the card puts into one block, whatever the reader would take.
    void clear(iso7816::EdcKind edc, std::uint8_t largest_inf = iso7816::BlockT1::max_inf,
               std::uint8_t ifsc = default_ifsc);
    /// A character from the reader, its leading edge at `at`.
    void receive(std::uint8_t character, iso7816::ClockCycles at, CardParts parts);
    /// A character with wrong parity: its block counts as damaged.
    void receive_damaged(iso7816::ClockCycles at, CardParts parts);
    /// No character comes until `until`: a block that stopped in the middle is refused when CWT is over.
    void hear_nothing(iso7816::ClockCycles until, CardParts parts);

    /// Where it stands.
    T1State state() const { return state_; }
    /// The largest INF that the card takes.
    std::uint8_t ifsc() const { return ifsc_; }

  private:
    struct Request {
        iso7816::SBlock type;
        std::uint8_t value;
    };
    void take(std::uint8_t character, bool damaged, iso7816::ClockCycles at, CardParts parts);
    void block_received(CardParts parts);
    void on_i_block(const iso7816::BlockT1& block, CardParts parts);
    void on_r_block(const iso7816::BlockT1& block, CardParts parts);
    void on_s_request(const iso7816::BlockT1& block, CardParts parts);
    void on_s_response(const iso7816::BlockT1& block, CardParts parts);
    void start_anew(CardParts parts);
    void execute_command(CardParts parts);
    void send_response_block(CardParts parts);
    void acknowledge(CardParts parts, bool in_chain);
    void refuse(iso7816::RBlockError error, CardParts parts);
    void send_owed(CardParts parts);
    std::optional<Request> due_request(CardParts parts);
    void ask(Request request, CardParts parts);
    void send_request(bool again, CardParts parts);
    void transmit(const iso7816::BlockT1& block, bool again, CardParts parts);
    void drop_chain(T1Session& session);
    void log_s_block(const iso7816::BlockT1& block, CardParts parts) const;
    bool enter(T1Input input);
    std::size_t block_size(const T1Session& session) const { return std::min(session.ifsd, largest_inf_); }

    iso7816::EdcKind edc_;
    std::uint8_t largest_inf_ = iso7816::BlockT1::max_inf;
    std::uint8_t initial_ifsc_ = default_ifsc;
    std::uint8_t ifsc_ = default_ifsc;
    T1State state_ = T1State::idle;

    std::array<std::uint8_t, iso7816::BlockT1::max_size> received_{};
    std::size_t count_ = 0;
    bool damaged_ = false;  ///< a character of the block being received had wrong parity
    iso7816::ClockCycles last_at_{};
    std::uint8_t nad_ = 0;  ///< of the card's blocks

    iso7816::BlockT1 owed_;                   ///< I- or R-block to be sent as soon as no request goes before it
    bool in_chain_ = false;                   ///< it continues a chain, in either direction
    std::optional<iso7816::BlockT1> last_i_;  ///< last I-block that was sent; its INF is in the session's response
    std::optional<iso7816::Pcb> last_sent_;   ///< PCB of the last block that was sent
    Request request_{};                       ///< in state requesting
    T1State after_request_ = T1State::idle;   ///< where its response leads back to
    bool wtx_wanted_ = false;                 ///< by the quirk, before the response
    std::uint8_t granted_ = 0;                ///< BWTs that the reader has granted; the next block takes them all
    bool ifs_announced_ = false;              ///< because of the quirk
    bool response_unsent_ = false;            ///< the last block of the response was not sent yet
    unsigned sent_first_ = 0;                 ///< blocks sent, those sent again left out
};

}  // namespace scardlab::icc
