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
};
inline constexpr std::size_t t1_state_count = 3;
/// What can happen to it.
enum class T1Input : std::uint8_t {
    more_data,          ///< I-block with M=1
    last_block_short,   ///< I-block with M=0, the response fits one block
    last_block_long,    ///< I-block with M=0, the response is chained
    acknowledged_more,  ///< R-block asks for the next block, which is not the last
    acknowledged_last,  ///< R-block asks for the next block, which is the last
    resynch,            ///< S(RESYNCH request)
    abort,              ///< S(ABORT request)
};
inline constexpr std::size_t t1_input_count = 7;
/// A row of it.
using T1Transition = iso7816::Transition<T1State, T1Input>;
/// Every row, with its clause.
std::span<const T1Transition> t1_card_transitions();
/// The next state; nullopt: refused there.
std::optional<T1State> next(T1State state, T1Input input);

/// The card's side of T=1: blocks, chaining both ways, S(IFS), S(RESYNCH), S(ABORT); a block that it cannot take is
/// answered by an R-block, and an R-block that repeats a number by the last block again (clause 11.6.3).
class T1Card {
  public:
    explicit T1Card(iso7816::EdcKind edc) : edc_(edc) {}

    /// Starts a session under an ATR with that error detection code.
    /// `largest_inf`: the most that the card puts into one block, whatever the reader would take.
    void clear(iso7816::EdcKind edc, std::uint8_t largest_inf = iso7816::BlockT1::max_inf);
    /// A character from the reader, its leading edge at `at`.
    void receive(std::uint8_t character, iso7816::ClockCycles at, CardParts parts);
    /// A character with wrong parity: its block counts as damaged.
    void receive_damaged(iso7816::ClockCycles at, CardParts parts);

    /// Where it stands.
    T1State state() const { return state_; }

  private:
    void block_received(CardParts parts);
    void on_i_block(const iso7816::BlockT1& block, CardParts parts);
    void on_r_block(const iso7816::BlockT1& block, CardParts parts);
    void on_s_request(const iso7816::BlockT1& block, CardParts parts);
    void execute_command(CardParts parts);
    void send_response_block(CardParts parts);
    void send(iso7816::Pcb pcb, iso7816::ByteView inf, CardParts parts,
              Output::Completes completes = Output::Completes::nothing);
    bool enter(T1Input input);
    std::size_t block_size(const T1Session& session) const { return std::min(session.ifsd, largest_inf_); }

    iso7816::EdcKind edc_;
    std::uint8_t largest_inf_ = iso7816::BlockT1::max_inf;
    T1State state_ = T1State::idle;
    std::array<std::uint8_t, iso7816::BlockT1::max_size> received_{};
    std::size_t count_ = 0;
    bool damaged_ = false;  ///< a character of the block being received had wrong parity
    iso7816::ClockCycles last_at_{};
    iso7816::BlockT1::Encoded last_sent_{};
    Output::Completes last_completes_ = Output::Completes::nothing;
    std::uint8_t nad_ = 0;
};

}  // namespace scardlab::icc
