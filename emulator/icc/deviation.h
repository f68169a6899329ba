#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scardlab::icc {

/// Something that the card will do otherwise than it should, once (or a few times in a row). What lasts is a quirk of
/// its profile.
struct Deviation {
    enum class Kind : std::uint8_t {
        // answer to reset
        bad_ts,
        bad_tck,
        too_long,  ///< bytes follow the ATR
        // PPS
        pps_refuse,
        pps_garble,  ///< PCK is wrong
        pps_without_pps1,
        // T=0, at the `at`th procedure byte or SW1 from then on
        null_bytes,  ///< `value` NULL bytes come first, at least 1
        wrong_procedure_byte,
        one_byte,  ///< one data byte is asked for, or sent, where all would be
        // T=1, at the `at`th block that the card sends from then on
        bad_edc,
        wrong_sequence,  ///< N(S) or N(R) changed
        bad_pcb,         ///< a value that clause 11.3.2.2 reserves
        bad_len,         ///< LEN = FF
        bad_nad,         ///< source and destination not exchanged
        lost_block,      ///< the block is not sent
        wtx,             ///< asks first for `value` BWT
        ifs,             ///< announces first that its IFSC is `value`
        abort,           ///< asks first to abort the chain
    };
    Kind kind = Kind::bad_edc;
    unsigned at = 1;     ///< counted from 1
    unsigned times = 1;  ///< so many in a row, at least 1
    std::uint8_t value = 0;
    std::size_t mark = 0;  ///< whoever plans it knows it by that
};

/// Deviations that wait for their turn, and those whose turn has come.
using Deviations = std::vector<Deviation>;

}  // namespace scardlab::icc
