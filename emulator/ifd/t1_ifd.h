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
    awaiting_response,         ///< the last I-block of the command was sent
    receiving_chain,           ///< an R-block for more of the response was sent
    awaiting_ifs,              ///< S(IFS request) was sent
    awaiting_resynch,          ///< S(RESYNCH request) was sent to begin with
    recovering,                ///< S(RESYNCH request) was sent because an exchange could not go on
    awaiting_abort,            ///< S(ABORT request) was sent
    aborted,                   ///< S(ABORT response) was sent: the card has the last word
    complete,
    failed,
};
inline constexpr std::size_t t1_state_count = 11;
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
    send_abort,         ///< the response is longer than any
    abort_confirmed,    ///< S(ABORT response)
    card_request,       ///< S(WTX request) or S(IFS request): answered, nothing else changes
    abort,              ///< S(ABORT request) within a chain: answered, and the exchange is over
    last_word,          ///< a block, or silence
    retry,              ///< silence, a damaged or unexpected block, or an R-block asking again; tries are left
    resynchronise,      ///< the same, none is left, but something was heard; or the card asks for more time without end
    give_up,            ///< none is left, and nothing was heard
};
inline constexpr std::size_t t1_input_count = 16;
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
    std::uint8_t initial_ifsc = 32;  ///< of the ATR: holds again after a resynchronisation
    std::uint8_t ifsd = 32;          ///< largest INF that the reader takes; 32 until S(IFS) has said otherwise
    bool announce_ifsd = false;      ///< a resynchronisation has undone it
    bool unsure = false;             ///< a command ended in silence: numbers and chains may differ on the two sides
};

/// Blocks both ways: a command APDU and its response, S(IFS) or S(RESYNCH). A damaged block, or silence, is answered by
/// an R-block (an S-request of the reader by itself), at most `retries` times in a row (clause 11.6.3.2, rule 7). After
/// that
/// - nothing was heard in any of the tries: the exchange fails with response_timeout, and the link is `unsure`;
/// - something was heard: the machine resynchronises (rule 6), with as many tries. The exchange fails with
///   communication_error in any case, for the card may have carried out the command, and a second time could be one too
///   many. card_lost() says that the card did not confirm.
/// Nothing goes on without end: beyond `max_stalls` S-requests of the card (or empty I-blocks with M=1) in a row, on
/// which the standard sets no bound, the machine resynchronises; beyond `max_response` bytes it aborts the card's
/// chain.
class T1Ifd {
  public:
    static constexpr unsigned retries = 2;
    static constexpr unsigned max_stalls = 10'000;
    /// The longest response APDU.
    static constexpr std::size_t max_response = 65'536 + 2;

    /// `link` and `timing` outlive the exchanges.
    T1Ifd(T1Link& link, const iso7816::Timing& timing) : link_(link), timing_(timing) {}

    /// Exchanges a command; `command` stays valid until the machine ends; `response` receives data and SW1SW2.
    Step start_command(iso7816::ByteView command, iso7816::Bytes& response);
    /// Tells the card the reader's IFSD (clause 11.4.2).
    Step start_ifs(std::uint8_t ifsd);
    /// Resets both sides' sequence numbers and field sizes (clause 11.6.2.3).
    Step start_resynch();

    /// The card's next character came.
    Step on_character(std::uint8_t character);
    /// It came, but could not be read: wrong parity, or it came before its time. Its block is read to its end.
    Step on_damaged();
    /// It did not come in time.
    Step on_timeout();

    /// Where it stands.
    T1State state() const { return state_; }
    /// Whether the exchange failed because the card did not confirm S(RESYNCH request): only a reset helps.
    bool card_lost() const { return card_lost_; }

  private:
    Step start_request(iso7816::SBlock type, T1Input input, iso7816::ByteView inf);
    Step take(std::uint8_t character);
    Step on_block(const iso7816::BlockT1& block);
    Step on_i_block(const iso7816::BlockT1& block);
    Step on_r_block(const iso7816::BlockT1& block);
    Step on_s_request(const iso7816::BlockT1& block);
    Step on_s_response(const iso7816::BlockT1& block);
    Step send_command_block();
    Step unanswered(iso7816::RBlockError error);
    Step resend_last();
    Step give_up();
    Step send(iso7816::Pcb pcb, iso7816::ByteView inf, bool remember);
    void progress();
    bool requesting() const;
    bool ended() const;
    bool enter(T1Input input);

    T1Link& link_;
    const iso7816::Timing& timing_;
    T1State state_ = T1State::idle;
    iso7816::ByteView command_;
    std::size_t command_offset_ = 0;
    iso7816::Bytes* response_ = nullptr;
    std::array<std::uint8_t, iso7816::BlockT1::max_size> received_;
    std::size_t count_ = 0;
    bool damaged_ = false;  ///< a character of the block being received could not be read
    iso7816::BlockT1::Encoded sent_;
    iso7816::BlockT1::Encoded last_;  ///< the block to send again when the card asks for it
    bool asked_again_ = false;        ///< the last block sent was an R-block because of an error
    unsigned tries_ = 0;
    unsigned stalls_ = 0;
    bool heard_ = false;  ///< something, since the last progress
    bool card_lost_ = false;
    std::uint8_t ifsd_ = 0;
};

}  // namespace scardlab::ifd
