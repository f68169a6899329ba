#include "emulator/icc/interpreter.h"

#include <algorithm>

#include "emulator/icc/file_selection.h"

namespace scardlab::icc {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::CommandApdu;
using iso7816::StatusWord;
namespace sw = iso7816::sw;

constexpr std::uint8_t ins_verify = 0x20;
constexpr std::uint8_t ins_get_challenge = 0x84;
constexpr std::uint8_t ins_select = 0xA4;
constexpr std::uint8_t ins_read_binary = 0xB0;
constexpr std::uint8_t ins_get_response = 0xC0;
constexpr std::uint8_t ins_update_binary = 0xD6;

struct Card {
    IccState& state;
    ApplicationSession& session;
};

bool allowed(const AccessRule& rule, const ApplicationSession& session) {
    switch (rule.kind) {
        case AccessRule::Kind::always:
            return true;
        case AccessRule::Kind::never:
            return false;
        case AccessRule::Kind::chv:
            return std::find(session.verified.begin(), session.verified.end(), rule.chv) != session.verified.end();
        case AccessRule::Kind::key:
        case AccessRule::Kind::chv_and_key:
            return false;
    }
    return false;
}

/// The file that SELECT names (ISO/IEC 7816-4 clause 11.1.1, table 62), or why there is none.
tl::expected<FileIndex, StatusWord> selected_file(const CommandApdu& command, const Card& card) {
    const FileIndex current = card.session.channels[0].current_df;
    const auto required = [](std::optional<FileIndex> found) -> tl::expected<FileIndex, StatusWord> {
        return found ? tl::expected<FileIndex, StatusWord>(*found) : tl::make_unexpected(sw::file_not_found);
    };
    const auto of_kind = [&](std::optional<FileIndex> found, bool df) {
        return found && (card.state.files[*found].kind == FileKind::df) == df ? found : std::nullopt;
    };
    const ByteView data = command.data;
    const auto identifier = [&] { return static_cast<std::uint16_t>(data[0] << 8 | data[1]); };
    switch (command.p1) {
        case 0x00:
            if (data.empty()) {
                return mf_index;
            }
            if (data.size() != 2) {
                return tl::make_unexpected(sw::wrong_length);
            }
            return required(find_by_identifier(card.state, current, identifier()));
        case 0x01:
        case 0x02:
            if (data.size() != 2) {
                return tl::make_unexpected(sw::wrong_length);
            }
            return required(of_kind(find_child(card.state, current, identifier()), command.p1 == 0x01));
        case 0x03:
            if (!data.empty()) {
                return tl::make_unexpected(sw::wrong_length);
            }
            return card.state.files[current].parent;
        case 0x04:
            return required(find_by_name(card.state, data));
        case 0x08:
            return required(find_by_path(card.state, mf_index, data));
        case 0x09:
            return required(find_by_path(card.state, current, data));
        default:
            return tl::make_unexpected(sw::incorrect_p1_p2);
    }
}

StatusWord select(const CommandApdu& command, Card card, Bytes& data) {
    const std::uint8_t wanted = command.p2 & 0x0C;
    if ((command.p2 & 0xF3) != 0 || wanted == 0x08) {  // only "first or only occurrence"; no FMD on this card
        return sw::incorrect_p1_p2;
    }
    const auto found = selected_file(command, card);
    if (!found) {
        return found.error();
    }
    const File& file = card.state.files[*found];
    if (file.kind == FileKind::df) {
        card.session.channels[0].current_df = *found;
        card.session.channels[0].current_ef.reset();
    } else {
        card.session.channels[0].current_df = file.parent;
        card.session.channels[0].current_ef = *found;
    }
    if (wanted != 0x0C) {
        append_file_control(file, wanted == 0x04 ? 0x62 : 0x6F, data);
    }
    return sw::success;
}

/// EF and offset that READ, UPDATE BINARY address (clause 11.2.2): P1 bit 8 set means a short identifier in bits 5
/// to 1, of which 0 is the current EF.
struct BinaryAddress {
    FileIndex ef = 0;
    std::size_t offset = 0;
};

tl::expected<BinaryAddress, StatusWord> binary_address(const CommandApdu& command, Card card) {
    const bool by_short_identifier = (command.p1 & 0x80) != 0;
    if (by_short_identifier && (command.p1 & 0x60) != 0) {
        return tl::make_unexpected(sw::incorrect_p1_p2);
    }
    const std::uint8_t short_identifier = by_short_identifier ? command.p1 & 0x1F : 0;
    if (short_identifier != 0) {
        const auto found = find_short(card.state, card.session.channels[0].current_df, short_identifier);
        if (!found) {
            return tl::make_unexpected(sw::file_not_found);
        }
        card.session.channels[0].current_ef = *found;
    }
    if (!card.session.channels[0].current_ef) {
        return tl::make_unexpected(sw::no_current_ef);
    }
    const int high = by_short_identifier ? 0 : command.p1;
    return BinaryAddress{*card.session.channels[0].current_ef, static_cast<std::size_t>(high << 8 | command.p2)};
}

StatusWord read_binary(const CommandApdu& command, Card card, Bytes& data) {
    if (!command.data.empty() || command.ne == 0) {
        return sw::wrong_length;
    }
    const auto address = binary_address(command, card);
    if (!address) {
        return address.error();
    }
    const File& file = card.state.files[address->ef];
    if (!allowed(file.access[Operation::read], card.session)) {
        return sw::security_not_satisfied;
    }
    if (address->offset >= file.content.size()) {
        return sw::wrong_parameters;
    }
    const std::size_t left = file.content.size() - address->offset;
    const std::size_t count = std::min<std::size_t>(left, command.ne);
    const auto from = file.content.begin() + static_cast<std::ptrdiff_t>(address->offset);
    data.insert(data.end(), from, from + static_cast<std::ptrdiff_t>(count));
    const bool all_wanted = command.ne == (command.extended ? 65'536U : 256U);
    return count < command.ne && !all_wanted ? sw::end_of_file : sw::success;
}

StatusWord update_binary(const CommandApdu& command, Card card) {
    if (command.data.empty()) {
        return sw::wrong_length;
    }
    const auto address = binary_address(command, card);
    if (!address) {
        return address.error();
    }
    File& file = card.state.files[address->ef];
    if (!allowed(file.access[Operation::update], card.session)) {
        return sw::security_not_satisfied;
    }
    if (address->offset > file.content.size()) {
        return sw::wrong_parameters;
    }
    if (command.data.size() > file.content.size() - address->offset) {
        return sw::wrong_length;
    }
    std::copy(command.data.begin(), command.data.end(),
              file.content.begin() + static_cast<std::ptrdiff_t>(address->offset));
    return sw::success;
}

StatusWord verify(const CommandApdu& command, Card card) {
    if (command.p1 != 0) {
        return sw::incorrect_p1_p2;
    }
    const auto chv = std::find_if(card.state.chvs.begin(), card.state.chvs.end(),
                                  [&](const Chv& candidate) { return candidate.reference == command.p2; });
    if (chv == card.state.chvs.end()) {
        return sw::reference_not_found;
    }
    auto& verified = card.session.verified;
    const auto known = std::find(verified.begin(), verified.end(), chv->reference);
    if (command.data.empty()) {  // query: is verification required, and how many tries are left
        return known != verified.end() ? sw::success
               : chv->tries_left == 0  ? sw::method_blocked
                                       : sw::tries_left(chv->tries_left);
    }
    if (chv->tries_left == 0) {
        return sw::method_blocked;
    }
    --chv->tries_left;  // before the comparison, so that pulling the card out cannot save a try
    if (std::equal(command.data.begin(), command.data.end(), chv->value.begin(), chv->value.end())) {
        chv->tries_left = chv->tries;
        if (known == verified.end()) {
            verified.push_back(chv->reference);
        }
        return sw::success;
    }
    if (known != verified.end()) {
        verified.erase(known);
    }
    return sw::tries_left(chv->tries_left);
}

/// splitmix64: reproducible, which a laboratory needs more than unpredictability.
std::uint64_t next_random(std::uint64_t& seed) {
    std::uint64_t z = (seed += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

StatusWord get_challenge(const CommandApdu& command, Card card, Bytes& data) {
    if (command.p1 != 0 || command.p2 != 0) {
        return sw::incorrect_p1_p2;
    }
    if (!command.data.empty() || command.ne == 0) {
        return sw::wrong_length;
    }
    constexpr std::uint32_t default_length = 8;
    const bool any_length = command.ne == (command.extended ? 65'536U : 256U);
    const std::uint32_t count = any_length ? default_length : command.ne;
    while (data.size() < count) {
        std::uint64_t word = next_random(card.state.random_seed);
        for (int i = 0; i < 8 && data.size() < count; ++i, word >>= 8) {
            data.push_back(static_cast<std::uint8_t>(word & 0xFF));
        }
    }
    return sw::success;
}

/// Class byte (clause 5.4.1): first interindustry, channel 0, last command, no secure messaging.
std::optional<StatusWord> refused_class(std::uint8_t cla) {
    if ((cla & 0xE0) != 0) {
        return sw::class_not_supported;
    }
    if ((cla & 0x10) != 0) {
        return sw::chaining_not_supported;
    }
    if ((cla & 0x0C) != 0) {
        return StatusWord{0x6882};  // secure messaging not supported
    }
    return (cla & 0x03) != 0 ? std::optional(sw::channel_not_supported) : std::nullopt;
}

}  // namespace

StatusWord execute(const CommandApdu& command, CardMemory memory, ApplicationSession& session, Bytes& data) {
    data.clear();
    if (const auto refused = refused_class(command.cla)) {
        return *refused;
    }
    const Card card{memory.state, session};
    StatusWord status = sw::instruction_not_supported;
    switch (command.ins) {
        case ins_verify:
            return verify(command, card);
        case ins_get_challenge:
            return get_challenge(command, card, data);
        case ins_select:
            status = select(command, card, data);
            break;
        case ins_read_binary:
            return read_binary(command, card, data);
        case ins_update_binary:
            return update_binary(command, card);
        default:
            return status;
    }
    if (data.size() > command.ne) {
        data.resize(command.ne);
    }
    return status;
}

iso7816::T0Direction t0_direction(std::uint8_t ins) {
    switch (ins) {
        case ins_get_challenge:
        case ins_read_binary:
        case ins_get_response:
            return iso7816::T0Direction::from_card;
        case ins_verify:
        case ins_select:
        case ins_update_binary:
            return iso7816::T0Direction::to_card;
        default:
            return iso7816::T0Direction::none;
    }
}

}  // namespace scardlab::icc
