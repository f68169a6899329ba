#pragma once

#include <cstdint>

namespace scardlab::ifd {

/// A fault to come. It happens once.
struct Fault {
    enum class At : std::uint8_t {
        next_reset,  ///< the next power-up or reset: before the ATR's character `character`
        next_pps,    ///< the next PPS exchange: before the response's character `character`
        command,     ///< the `number`th transmit from now (1 = the next): before the answer's character `character`
    };
    enum class Do : std::uint8_t {
        remove,     ///< the card is pulled out
        stay_mute,  ///< the card does not answer this reset, or is silent from this moment of the command on
        refuse,     ///< the PPS request is refused
    };
    At at = At::command;
    unsigned number = 1;
    unsigned character = 1;  ///< counted from 1 over all characters that the card sends there, procedure bytes included
    Do what = Do::remove;
};

}  // namespace scardlab::ifd
