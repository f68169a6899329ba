#include <algorithm>

#include "emulator/icc/commands/handlers.h"
#include "emulator/icc/commands/records.h"

namespace scardlab::icc::commands {

namespace {

void append_record_data(const File& file, std::size_t number, Bytes& data) {
    const Bytes& record = file.records[number - 1];
    data.insert(data.end(), record.begin(), record.end());
}

}  // namespace

StatusWord read_record(const CommandApdu& command, const Card& card, Bytes& data) {
    if (!command.data.empty() || command.ne == 0) {
        return sw::wrong_length;
    }
    const auto target = addressed_records(command, card, Operation::read);
    if (!target) {
        return target.error();
    }
    const auto number = addressed_record(command, card, *target);
    if (!number) {
        return number.error();
    }
    const File& file = card.state.files[target->ef];
    if (target->mode == RecordMode::from_number) {
        for (std::size_t i = *number; i <= file.records.size(); ++i) {
            append_record_data(file, i, data);
        }
    } else if (target->mode == RecordMode::to_number) {
        for (std::size_t i = file.records.size(); i >= *number; --i) {
            append_record_data(file, i, data);
        }
    } else {
        append_record_data(file, *number, data);
    }
    make_record_current(card, *target, moves_pointer(target->mode) ? *number : target->pointer);
    return read_status(command, data.size());
}

StatusWord search_record(const CommandApdu& command, const Card& card, Bytes& data) {
    if (command.data.empty()) {
        return sw::wrong_length;
    }
    constexpr std::uint8_t mode_bits = 0x07;
    const auto mode = static_cast<RecordMode>(command.p2 & mode_bits);
    if (mode > RecordMode::from_number) {  // enhanced and proprietary searches
        return sw::function_not_supported;
    }
    const bool backward = mode == RecordMode::last || mode == RecordMode::previous || mode == RecordMode::from_number;
    const auto target = addressed_records(command, card, Operation::read);
    if (!target) {
        return target.error();
    }
    const auto start = addressed_record(command, card, *target);
    if (!start) {
        return start.error();
    }
    const auto& records = card.state.files[target->ef].records;
    for (std::size_t i = *start; i >= 1 && i <= records.size(); i = backward ? i - 1 : i + 1) {
        const Bytes& record = records[i - 1];
        if (std::search(record.begin(), record.end(), command.data.begin(), command.data.end()) != record.end()) {
            data.push_back(static_cast<std::uint8_t>(i));
        }
    }
    make_record_current(card, *target, data.empty() ? target->pointer : data.front());
    return data.empty() ? sw::end_of_file : sw::success;
}

}  // namespace scardlab::icc::commands
