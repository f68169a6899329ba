#include "emulator/icc/commands/records.h"

#include "emulator/icc/commands/access.h"

namespace scardlab::icc::commands {

namespace {

constexpr unsigned short_identifier_shift = 3;
constexpr std::uint8_t mode_bits = 0x07;

/// The nearest record from `from` on in steps of `step` that has the identifier, 0 when there is none.
std::uint8_t find_record(const File& file, std::uint8_t identifier, int from, int step) {
    const auto count = static_cast<int>(file.records.size());
    for (int number = from; number >= 1 && number <= count; number += step) {
        const Bytes& record = file.records[static_cast<std::size_t>(number) - 1];
        if (identifier == 0 || (!record.empty() && record[0] == identifier)) {
            return static_cast<std::uint8_t>(number);
        }
    }
    return 0;
}

std::uint8_t record_by_occurrence(const File& file, std::uint8_t identifier, const RecordTarget& target) {
    const auto last = static_cast<int>(file.records.size());
    switch (target.mode) {
        case RecordMode::first:
            return find_record(file, identifier, 1, 1);
        case RecordMode::last:
            return find_record(file, identifier, last, -1);
        case RecordMode::next:
            return find_record(file, identifier, target.pointer + 1, 1);
        case RecordMode::previous:
            return find_record(file, identifier, target.pointer == 0 ? last : target.pointer - 1, -1);
        case RecordMode::number:
        case RecordMode::from_number:
        case RecordMode::to_number:
            break;
    }
    return 0;
}

}  // namespace

tl::expected<RecordTarget, StatusWord> addressed_records(const CommandApdu& command, const Card& card,
                                                         Operation operation) {
    const auto mode = static_cast<std::uint8_t>(command.p2 & mode_bits);
    if (mode > static_cast<std::uint8_t>(RecordMode::to_number)) {
        return tl::make_unexpected(sw::incorrect_p1_p2);
    }
    const auto short_identifier = static_cast<std::uint8_t>(command.p2 >> short_identifier_shift);
    const auto ef = addressed_ef(card, short_identifier);
    if (!ef) {
        return tl::make_unexpected(ef.error());
    }
    if (!has_records(card.state.files[*ef].kind)) {
        return tl::make_unexpected(sw::incompatible_file);
    }
    if (const auto refused = refusal(card, *ef, operation)) {
        return tl::make_unexpected(*refused);
    }
    const bool by_short_identifier = short_identifier != 0;
    const std::uint8_t pointer = by_short_identifier ? std::uint8_t{0} : card.channel().current_record;
    return RecordTarget{*ef, static_cast<RecordMode>(mode), pointer, by_short_identifier};
}

tl::expected<std::uint8_t, StatusWord> addressed_record(const CommandApdu& command, const Card& card,
                                                        const RecordTarget& target) {
    const File& file = card.state.files[target.ef];
    const std::uint8_t number = moves_pointer(target.mode) ? record_by_occurrence(file, command.p1, target)
                                : command.p1 == 0          ? target.pointer
                                                           : command.p1;
    if (number == 0 || number > file.records.size()) {
        return tl::make_unexpected(sw::record_not_found);
    }
    return number;
}

void make_record_current(const Card& card, const RecordTarget& target, std::uint8_t pointer) {
    if (target.by_short_identifier) {
        make_current(card, target.ef);
    }
    card.channel().current_record = pointer;
}

}  // namespace scardlab::icc::commands
