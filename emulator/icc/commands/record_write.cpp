#include <algorithm>

#include "emulator/icc/commands/handlers.h"
#include "emulator/icc/commands/records.h"

namespace scardlab::icc::commands {

namespace {

/// A new record may have so many bytes.
bool size_fits(const File& file, std::size_t size) {
    return file.kind == FileKind::linear_variable_ef ? size <= file.record_size : size == file.record_size;
}

/// A new record, which becomes current.
StatusWord append(const Card& card, const RecordTarget& target, ByteView record) {
    File& file = card.state.files[target.ef];
    if (!size_fits(file, record.size())) {
        return sw::wrong_length;
    }
    const bool full = file.records.size() >= file.record_capacity;
    const bool cyclic = file.kind == FileKind::cyclic_ef;
    if (file.record_capacity == 0 || (full && !cyclic)) {
        return sw::not_enough_memory;
    }
    const bool saved = commit(card, [&] {
        if (!full) {
            file.records.emplace_back();
        }
        if (cyclic) {
            std::rotate(file.records.begin(), file.records.end() - 1, file.records.end());
        }
        (cyclic ? file.records.front() : file.records.back()).assign(record.begin(), record.end());
    });
    if (!saved) {
        return sw::memory_failure;
    }
    const std::size_t number = cyclic ? 1 : card.state.files[target.ef].records.size();
    make_record_current(card, target, static_cast<std::uint8_t>(number));
    return sw::success;
}

enum class Put : std::uint8_t { replace, set_bits };

StatusWord put(const CommandApdu& command, const Card& card, Operation operation, Put how) {
    if (command.data.empty()) {
        return sw::wrong_length;
    }
    const auto target = addressed_records(command, card, operation);
    if (!target) {
        return target.error();
    }
    if (target->mode > RecordMode::number || (moves_pointer(target->mode) && command.p1 != 0)) {
        return sw::incorrect_p1_p2;
    }
    File& file = card.state.files[target->ef];
    if (file.kind == FileKind::cyclic_ef && target->mode == RecordMode::previous) {
        return append(card, *target, command.data);
    }
    const auto number = addressed_record(command, card, *target);
    if (!number) {
        return number.error();
    }
    Bytes& record = file.records[*number - 1U];
    const bool fits = how == Put::replace ? size_fits(file, command.data.size()) : command.data.size() == record.size();
    if (!fits) {
        return sw::wrong_length;
    }
    const bool saved = commit(card, [&] {
        if (how == Put::replace) {
            record.assign(command.data.begin(), command.data.end());
            return;
        }
        std::transform(record.begin(), record.end(), command.data.begin(), record.begin(),
                       [](std::uint8_t there, std::uint8_t given) { return static_cast<std::uint8_t>(there | given); });
    });
    if (!saved) {
        return sw::memory_failure;
    }
    make_record_current(card, *target, moves_pointer(target->mode) ? *number : target->pointer);
    return sw::success;
}

}  // namespace

StatusWord write_record(const CommandApdu& command, const Card& card, Bytes&) {
    return put(command, card, Operation::write, Put::set_bits);
}

StatusWord update_record(const CommandApdu& command, const Card& card, Bytes&) {
    return put(command, card, Operation::update, Put::replace);
}

StatusWord append_record(const CommandApdu& command, const Card& card, Bytes&) {
    if (command.data.empty()) {
        return sw::wrong_length;
    }
    const auto target = addressed_records(command, card, Operation::write);
    if (!target) {
        return target.error();
    }
    if (command.p1 != 0 || target->mode != RecordMode::first) {
        return sw::incorrect_p1_p2;
    }
    return append(card, *target, command.data);
}

StatusWord erase_record(const CommandApdu& command, const Card& card, Bytes&) {
    if (!command.data.empty()) {
        return sw::wrong_length;
    }
    const auto target = addressed_records(command, card, Operation::update);
    if (!target) {
        return target.error();
    }
    if (target->mode != RecordMode::number && target->mode != RecordMode::from_number) {
        return sw::incorrect_p1_p2;
    }
    const auto number = addressed_record(command, card, *target);
    if (!number) {
        return number.error();
    }
    auto& records = card.state.files[target->ef].records;
    const std::size_t last = target->mode == RecordMode::number ? *number : records.size();
    const bool saved = commit(card, [&] {
        for (std::size_t i = *number; i <= last; ++i) {
            std::fill(records[i - 1].begin(), records[i - 1].end(), std::uint8_t{0});
        }
    });
    if (!saved) {
        return sw::memory_failure;
    }
    make_record_current(card, *target, target->pointer);
    return sw::success;
}

}  // namespace scardlab::icc::commands
