#include "tests/emulator/icc/command_maker.h"
#include "emulator/icc/interpreter.h"

namespace scardlab::tests {

using icc::Chv;
using icc::File;
using icc::FileIndex;
using icc::FileKind;
using icc::Operation;
using iso7816::Bytes;

namespace {

constexpr std::uint8_t chaining = 0x10;

}  // namespace

/// Adds a command, in parts when it may be chained; one of some dozens is wrong.
void CommandMaker::add(std::uint8_t ins, std::size_t p1, std::size_t p2, Bytes data, std::uint32_t ne) {
    Command command{{low_byte(channel_), ins, low_byte(p1), low_byte(p2)}, std::move(data), ne, one_in(8)};
    if (one_in(24)) {
        spoil(command);
    }
    fit(command);
    const bool chained = icc::t0_direction(ins) == iso7816::T0Direction::to_card && one_in(8);
    if (chained) {
        add_in_parts(command);
    } else {
        commands_.push_back(std::move(command));
    }
}

/// A chain, which one time in six ends early or is interrupted.
void CommandMaker::add_in_parts(const Command& whole) {
    const std::size_t parts = 1 + below(3);
    const std::size_t size = whole.data.size() / parts;
    for (std::size_t i = 0; i < parts; ++i) {
        Command part = whole;
        const auto from = whole.data.begin() + static_cast<std::ptrdiff_t>(i * size);
        part.data.assign(from, i + 1 == parts ? whole.data.end() : from + static_cast<std::ptrdiff_t>(size));
        part.extended = part.extended || part.data.size() > 255;
        if (i + 1 < parts || one_in(6)) {
            part.header[0] |= chaining;
            part.ne = 0;
        }
        fit(part);
        commands_.push_back(std::move(part));
    }
    if (one_in(6)) {
        std::swap(commands_.back(), commands_[below(commands_.size())]);
    }
}

void CommandMaker::spoil(Command& command) {
    switch (below(6)) {
        case 0:
            command.header[0] = one_of<std::uint8_t>({0x01, 0x03, 0x04, 0x13, 0x40, 0x80, any_byte()});
            break;
        case 1:
            command.header[2] = any_byte();
            break;
        case 2:
            command.header[3] = any_byte();
            break;
        case 3:
            command.ne = one_of<std::uint32_t>({0, 1, 256});
            break;
        case 4:
            command.data = any_bytes(below(20));
            break;
        default:
            if (!command.data.empty()) {
                command.data[below(command.data.size())] = any_byte();
            }
    }
}

void CommandMaker::fit(Command& command) const {
    const bool is_long = command.ne > 256 || command.data.size() > 255;
    command.extended = is_long || (command.extended && (command.ne != 0 || !command.data.empty()));
    if (scope_ == CommandScope::any || is_long) {
        return;
    }
    constexpr std::uint8_t external_authenticate = 0x82;
    if (icc::t0_direction(command.header[1]) == iso7816::T0Direction::from_card) {
        command.data.clear();
        command.ne = command.ne == 0 ? 256 : command.ne;
    } else if (command.header[1] == external_authenticate || (command.data.empty() && command.ne != 0)) {
        command.ne = 256;  // whether there is room for the answer of MUTUAL AUTHENTICATE is not known over T=0
    }
    if (command.ne == 256 || (command.data.empty() && command.ne == 0)) {
        command.extended = false;  // T=0 has one TPDU for both lengths, whose P3 = 00 is all there is
    }
}

/// The file and every DF above it.
bool CommandMaker::is_in_use(FileIndex file) const {
    const bool itself = state_.files[file].life_cycle == icc::LifeCycle::activated;
    return itself && (file == icc::mf_index || is_in_use(state_.files[file].parent));
}

std::optional<FileIndex> CommandMaker::some_ef(FileKind kind) {
    return some_file_in_use([&](const File& file) { return file.kind == kind; });
}

std::optional<FileIndex> CommandMaker::some_record_ef() {
    const bool empty_too = one_in(8);
    return some_file_in_use(
        [&](const File& file) { return has_records(file.kind) && (empty_too || !file.records.empty()); });
}

Bytes CommandMaker::path_of(FileIndex file) const {
    Bytes path;
    for (FileIndex at = file; at != icc::mf_index; at = state_.files[at].parent) {
        const std::uint16_t identifier = state_.files[at].identifier;
        path.insert(path.begin(), {low_byte(identifier >> 8U), low_byte(identifier)});
    }
    return path;
}

const Chv* CommandMaker::visible_chv(FileIndex df, std::uint8_t reference) const {
    constexpr std::uint8_t specific = 0x80;
    for (FileIndex at = (reference & specific) != 0 ? df : icc::mf_index;; at = state_.files[at].parent) {
        const auto found = std::ranges::find_if(
            state_.chvs, [&](const Chv& chv) { return chv.reference == reference && chv.df == at; });
        if (found != state_.chvs.end() || at == icc::mf_index) {
            return found == state_.chvs.end() ? nullptr : &*found;
        }
    }
}

const icc::Key* CommandMaker::some_key() {
    return state_.keys.empty() ? nullptr : &state_.keys[below(state_.keys.size())];
}

void CommandMaker::go_to(FileIndex file) {
    const std::size_t p2 = one_of<std::size_t>({0x0C, 0x0C, 0x00, 0x04, 0x08});
    const std::uint32_t ne = p2 == 0x0C ? 0 : 256;
    if (file == icc::mf_index) {
        add(0xA4, 0, p2, {}, ne);
    } else {
        add(0xA4, 8, p2, path_of(file), ne);
    }
    const bool is_df = state_.files[file].kind == FileKind::df;
    df_ = is_df ? file : state_.files[file].parent;
    ef_ = is_df ? std::nullopt : std::optional(file);
}

/// How P1 or P2 names an EF: its short identifier with `flag`, or 0 when it is current, perhaps only from now on.
std::size_t CommandMaker::address(FileIndex ef, unsigned shift, std::uint8_t flag) {
    const File& file = state_.files[ef];
    if (ef_ == ef && !one_in(4)) {
        return 0;
    }
    if (!file.short_identifier || one_in(2)) {
        go_to(ef);
        return 0;
    }
    if (df_ != file.parent) {
        go_to(file.parent);
    }
    ef_ = ef;
    return flag | std::size_t{*file.short_identifier} << shift;
}

void CommandMaker::present(const Chv& chv) {
    add(0x20, 0, chv.reference, value_of(chv));
}

/// Verifies what the file's rule wants; the file's DF has to be the current one.
void CommandMaker::satisfy(FileIndex file, Operation operation) {
    const icc::AccessRule& rule = state_.files[file].access[operation];
    const bool wants_chv = rule.kind == icc::AccessRule::Kind::chv || rule.kind == icc::AccessRule::Kind::chv_and_key;
    const Chv* const chv = wants_chv ? visible_chv(df_, rule.chv) : nullptr;
    if (chv != nullptr && chv->enabled && !one_in(6)) {
        present(*chv);
    }
}

}  // namespace scardlab::tests
