#pragma once

#include <cstddef>
#include <cstdint>

namespace scardlab::ifd {

/// A fault to come. It happens once, or `times` times in a row. All that are planned for one exchange can happen in it.
struct Fault {
    enum class At : std::uint8_t {
        next_reset,  ///< the next power-up or reset, all its attempts: its answer's character `character`
        next_pps,  ///< the next set_protocol that talks to the card: PPS exchange, then S(IFS) exchange of T=1, or the
                   ///< one of both that there is; `character` counts on through both
        command,   ///< the `number`th transmit from now (1 = the next), with the S(RESYNCH) and S(IFS) exchanges that
                   ///< repair the link of T=1 before it
    };
    enum class Do : std::uint8_t {
        // anywhere, before the character
        remove,        ///< the card is pulled out
        lose_contact,  ///< the contacts open for a moment: this exchange finds no card, and the card has lost its power
        stay_mute,     ///< the card does not answer this reset, or is silent from this moment of the exchange on
        // anywhere, at the character
        parity_error,  ///< it arrives with wrong parity, and so do its next repetitions, or the characters that follow
                       ///< where it is not repeated, `times` in a row in all
        early,         ///< it comes before its time (the card's characters only)
        late,          ///< it comes when the longest waiting time is over (the card's characters only)
        // next_reset
        bad_ts,
        bad_tck,
        too_long,
        // next_pps
        refuse,
        garble,
        without_pps1,
        // command, T=0: at the `block`th procedure byte or SW1 that the card sends
        null_bytes,
        wrong_procedure_byte,
        one_byte,
        // command, T=1: at the `block`th block that the card sends
        bad_edc,
        wrong_sequence,
        bad_pcb,
        bad_len,
        bad_nad,
        lost_block,
        wtx,
        ifs,
        abort,
    };
    At at = At::command;
    unsigned number = 1;
    unsigned character = 1;  ///< counted from 1 over all characters that the card sends there, procedure bytes included
    Do what = Do::remove;
    bool of_reader = false;  ///< `character` counts the characters that the reader sends there
    unsigned block = 1;      ///< counted from 1
    unsigned times = 1;      ///< 0 is taken for 1; removal, lost contact and silence come once
    std::uint8_t value = 0;  ///< null_bytes: how many, at least 1; wtx: the multiplier; ifs: the new IFSC
    std::size_t label = 0;   ///< the planner's own, to know the fault again among those that have not happened
};

}  // namespace scardlab::ifd
