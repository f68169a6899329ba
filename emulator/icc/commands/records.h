#pragma once

#include "emulator/icc/commands/card.h"

namespace scardlab::icc::commands {

/// How P2 bits 3 to 1 say which record is meant (ISO/IEC 7816-4 clause 11.3.2).
enum class RecordMode : std::uint8_t {
    first = 0,
    last = 1,
    next = 2,
    previous = 3,
    number = 4,       ///< record P1
    from_number = 5,  ///< all records from P1 to the last; SEARCH RECORD: backward
    to_number = 6,    ///< all records from the last to P1; SEARCH RECORD: enhanced
};

constexpr bool moves_pointer(RecordMode mode) {
    return mode <= RecordMode::previous;
}

/// The EF that a command on records addresses, and the record pointer that the command starts with.
struct RecordTarget {
    FileIndex ef = 0;
    RecordMode mode = RecordMode::first;
    std::uint8_t pointer = 0;  ///< number of the current record; 0: none, as always when a short identifier is given
    bool by_short_identifier = false;
};

/// What P2 addresses: bits 8 to 4 a short identifier, 0 for the current EF; bits 3 to 1 the mode. Errors: 6A86 (111),
/// 6A82, 6986, 6981, 6985, 6982.
tl::expected<RecordTarget, StatusWord> addressed_records(const CommandApdu& command, const Card& card,
                                                         Operation operation);

/// The number of the record that a target and P1 mean; in the first four modes P1 is the record's identifier (its first
/// byte, 00 for any), else its number (00: the current record). Error: 6A83.
tl::expected<std::uint8_t, StatusWord> addressed_record(const CommandApdu& command, const Card& card,
                                                        const RecordTarget& target);

/// Ends a command that went well: the EF becomes current, and record `pointer` in it.
void make_record_current(const Card& card, const RecordTarget& target, std::uint8_t pointer);

}  // namespace scardlab::icc::commands
