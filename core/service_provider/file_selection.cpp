// How a file is found on the card.
#include <algorithm>
#include <array>

#include "core/service_provider/file_commands.h"

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::CommandApdu;
namespace sw = iso7816::sw;

constexpr std::uint8_t select_ins = 0xA4, read_binary_ins = 0xB0;
constexpr std::uint8_t by_identifier = 0x00, child_df = 0x01, child_ef = 0x02, parent_df = 0x03, by_name = 0x04,
                       path_from_mf = 0x08, path_from_df = 0x09;
constexpr std::uint8_t file_control_parameters = 0x04, file_control_information = 0x00;
constexpr std::uint32_t all = 256;
constexpr std::size_t deepest = 16;

void append_identifier(Bytes& path, std::uint16_t identifier) {
    path.push_back(static_cast<std::uint8_t>(identifier >> 8));
    path.push_back(static_cast<std::uint8_t>(identifier & 0xFF));
}

bool done(Hresult result, iso7816::StatusWord status) {
    return result == Hresult::S_OK_ && from_status(status, Operation::open_file) == Hresult::S_OK_;
}

}  // namespace

/// The card does not know P1 or P2 of the last command.
bool FileCommands::parameters_not_known() const {
    return status_ == sw::incorrect_p1_p2 || status_ == sw::function_not_supported || status_ == sw::wrong_parameters ||
           status_ == sw::nc_inconsistent_with_p1_p2;
}

/// SELECT with file control parameters, or what the card tells in their place.
Hresult FileCommands::select_file(std::uint8_t p1, ByteView name) {
    CommandApdu select{0x00, select_ins, p1, file_control_parameters, name, all, false};
    const Hresult result = send(select);
    if (result != Hresult::S_OK_ || !parameters_not_known()) {
        return result;
    }
    select.p2 = file_control_information;
    return send(select);
}

/// One step down on a card that does not know paths: the child, an EF only as the last.
Hresult FileCommands::select_step(std::uint16_t identifier, bool is_last) {
    Bytes data_field;
    append_identifier(data_field, identifier);
    if (is_last) {
        const Hresult result = select_file(child_ef, data_field);
        if (result != Hresult::S_OK_ || (status_ != sw::file_not_found && !parameters_not_known())) {
            return result;
        }
    }
    const Hresult result = select_file(child_df, data_field);
    return result == Hresult::S_OK_ && parameters_not_known() ? select_file(by_identifier, data_field) : result;
}

/// Goes down from the MF (path_from_mf) or the current DF.
Hresult FileCommands::select_below(std::span<const std::uint16_t> identifiers, std::uint8_t p1_of_path) {
    Bytes path;
    for (const std::uint16_t identifier : identifiers) {
        append_identifier(path, identifier);
    }
    Hresult result = select_file(p1_of_path, path);
    if (result != Hresult::S_OK_ || !parameters_not_known()) {
        return result;
    }
    if (p1_of_path == path_from_mf) {
        result = select_file(by_identifier, std::array<std::uint8_t, 2>{0x3F, 0x00});
    } else {
        status_ = sw::success;  // where the way begins is current already
    }
    for (std::size_t i = 0; i < identifiers.size() && done(result, status_); ++i) {
        result = select_step(identifiers[i], i + 1 == identifiers.size());
    }
    return result;
}

Hresult FileCommands::select_place(FilePlace& place) {
    if (place.name.empty()) {
        return place.identifiers.empty() ? select_file(by_identifier, std::array<std::uint8_t, 2>{0x3F, 0x00})
                                         : select_below(place.identifiers, path_from_mf);
    }
    const Hresult result = select_file(by_name, place.name);
    if (!done(result, status_)) {
        return result;
    }
    const auto facts = parse_file_control(data());
    if (facts && facts->name.size() > place.name.size() &&
        std::equal(place.name.begin(), place.name.end(), facts->name.begin())) {
        place.name = facts->name;
    }
    return place.identifiers.empty() ? result : select_below(place.identifiers, path_from_df);
}

/// What it is that is not there: the file, or the DF that it would be in.
Hresult FileCommands::missing(const FilePlace& place) {
    auto directory = parent_of(place);
    if (!directory) {
        return hr::file_not_found;
    }
    const Hresult result = select_place(*directory);
    if (result != Hresult::S_OK_) {
        return result;
    }
    const auto facts = parse_file_control(data());
    const bool is_there = done(result, status_) && (!facts || !facts->type || facts->is_directory());
    return is_there ? hr::file_not_found : hr::dir_not_found;
}

Hresult FileCommands::select(FilePlace& place, Operation operation, SelectedFile& file) {
    if (place.short_identifier != 0) {  // only an EF has one
        return operation == Operation::change_directory ? Hresult::E_INVALIDARG_ : select_short(place, file);
    }
    FilePlace target = place;
    Hresult result = select_place(target);
    if (result != Hresult::S_OK_) {
        return result;
    }
    if (status_ == sw::file_not_found && operation != Operation::change_directory) {
        return missing(target);
    }
    result = from_status(status_, operation);
    if (result != Hresult::S_OK_) {
        return result;
    }
    SelectedFile selected{parse_file_control(data()).value_or(FileFacts{}), 0};
    if (!selected.facts.type && (target.is_mf() || operation == Operation::change_directory)) {
        selected.facts.type = FileType::SC_TYPE_DIRECTORY_FILE;
    }
    result = selected.facts.type ? Hresult::S_OK_ : probe(selected);
    if (result == Hresult::S_OK_) {
        place = std::move(target);
        file = std::move(selected);
    }
    return result;
}

/// The EF of a directory that has a short identifier.
Hresult FileCommands::select_short(FilePlace& place, SelectedFile& file) {
    FilePlace directory = place;
    directory.short_identifier = 0;
    SelectedFile selected;
    Hresult result = select(directory, Operation::change_directory, selected);
    if (result != Hresult::S_OK_) {
        return result;
    }
    if (!selected.facts.is_directory()) {
        return hr::dir_not_found;
    }
    std::vector<Child> list;
    result = children(list);
    if (result == Hresult::E_NOTIMPL_) {
        selected = SelectedFile{{}, place.short_identifier};
        result = probe(selected);
        if (result == Hresult::S_OK_) {
            place.name = std::move(directory.name);
            file = std::move(selected);
        }
        return result;
    }
    if (result != Hresult::S_OK_) {
        return result;
    }
    const auto found = std::find_if(
        list.begin(), list.end(), [&](const Child& child) { return child.short_identifier == place.short_identifier; });
    if (found == list.end()) {
        return hr::file_not_found;
    }
    directory.identifiers.push_back(found->identifier);
    result = select(directory, Operation::open_file, file);
    if (result == Hresult::S_OK_) {
        place = std::move(directory);
    }
    return result;
}

/// Finds out by reading which kind of EF it is (ISO/IEC 7816-4 clause 11.2.2: a short identifier in P1; clause 11.3.2:
/// in P2).
Hresult FileCommands::probe(SelectedFile& file) {
    constexpr std::uint8_t with_short_identifier = 0x80;
    const std::uint8_t p1 = file.short_identifier == 0
                                ? std::uint8_t{0}
                                : static_cast<std::uint8_t>(with_short_identifier | file.short_identifier);
    Hresult result = send({0x00, read_binary_ins, p1, 0x00, {}, 1, false});
    if (result != Hresult::S_OK_) {
        return result;
    }
    if (status_ == sw::incompatible_file) {
        file.facts.type = FileType::SC_TYPE_VARIABLE_EF;
        Bytes record;
        result = read_record(file, 1, record);
        return result == hr::end_of_file ? Hresult::S_OK_ : result;
    }
    result = status_ == sw::file_not_found ? hr::file_not_found : from_status(status_, Operation::read);
    if (result == hr::end_of_file && data().empty()) {
        file.facts.size = 0;
        result = Hresult::S_OK_;
    }
    if (result == Hresult::S_OK_ || result == hr::end_of_file) {
        file.facts.type = FileType::SC_TYPE_TRANSPARENT_EF;
        return Hresult::S_OK_;
    }
    return result;
}

Hresult FileCommands::find_place(const FileFacts& facts, FilePlace& place) {
    if (!facts.identifier || facts.name.empty()) {
        return Hresult::S_OK_;
    }
    // Most applications are right below the MF.
    const std::uint16_t below_mf[] = {*facts.identifier};
    Hresult result = select_below(below_mf, path_from_mf);
    if (result != Hresult::S_OK_) {
        return result;
    }
    if (done(result, status_)) {
        if (const auto found = parse_file_control(data()); found && found->name == facts.name) {
            place = FilePlace{{}, {*facts.identifier}, 0};
            return Hresult::S_OK_;
        }
    }
    FilePlace named{facts.name, {}, 0};
    result = select_place(named);
    std::vector<std::uint16_t> way{*facts.identifier};
    while (done(result, status_) && way.size() <= deepest) {
        result = select_file(parent_df, {});
        const auto parent = done(result, status_) ? parse_file_control(data()) : std::nullopt;
        if (!parent || !parent->identifier) {
            break;
        }
        if (*parent->identifier == mf_identifier) {
            place = FilePlace{{}, std::vector<std::uint16_t>(way.rbegin(), way.rend()), 0};
            named = place;
            break;
        }
        way.push_back(*parent->identifier);
    }
    return result == Hresult::S_OK_ ? select_place(named) : result;
}

}  // namespace scardlab::service_provider
