#include "core/service_provider/file_lists.h"

#include <algorithm>

#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/tlv.h"

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::TlvReader;

constexpr std::uint16_t ef_dir = 0x2F00, ef_atr = 0x2F01;
constexpr std::uint32_t application_template = 0x61, application_identifier = 0x4F, path_tag = 0x51;
constexpr Hresult ok = Hresult::S_OK_;

bool is_refused(Hresult result) {
    return result == hr::file_not_found || result == hr::security_violation || result == hr::no_access;
}

/// The identifier at the end of a path that leads from the MF straight to it.
std::string below_mf(ByteView path) {
    const bool is_below = path.size() == 4 && path[0] == mf_identifier >> 8 && path[1] == (mf_identifier & 0xFF);
    return is_below ? to_element(static_cast<std::uint16_t>(path[2] << 8 | path[3])) : std::string{};
}

std::string application_in(ByteView value) {
    std::string name, element;
    TlvReader reader(value);
    for (auto object = reader.next(); object; object = reader.next()) {
        if (object->tag == application_identifier) {
            name = iso7816::to_hex(object->value, '\0');
        } else if (object->tag == path_tag) {
            element = below_mf(object->value);
        }
    }
    return element.empty() ? name : element;
}

Hresult list_applications(FileCommands& commands, std::vector<std::string>& list) {
    FilePlace place{{}, {ef_dir}, 0};
    SelectedFile file;
    Hresult result = commands.select(place, Operation::open_file, file);
    if (result != ok) {
        return is_refused(result) ? Hresult::E_NOTIMPL_ : result;
    }
    Bytes content;
    result = read_whole(commands, file, content);
    if (result != ok) {
        return is_refused(result) ? Hresult::E_NOTIMPL_ : result;
    }
    TlvReader reader(content);
    for (auto object = reader.next(); object; object = reader.next()) {
        std::string name = object->tag == application_template ? application_in(object->value) : std::string{};
        if (!name.empty()) {
            list.push_back(std::move(name));
        }
    }
    return ok;
}

/// The objects of EF.ATR that say what the card can do; none on a card without it, or that keeps it from being read.
Hresult read_ef_atr(FileCommands& commands, Bytes& objects) {
    FilePlace place{{}, {ef_atr}, 0};
    SelectedFile file;
    Bytes content;
    Hresult result = commands.select(place, Operation::open_file, file);
    if (result == ok) {
        result = read_whole(commands, file, content);
    }
    if (result != ok) {
        return is_refused(result) ? ok : result;
    }
    objects = capability_objects(content);
    return ok;
}

}  // namespace

Hresult read_whole(FileCommands& commands, const SelectedFile& file, Bytes& content) {
    if (!file.facts.has_records()) {
        const Hresult result = commands.read_bytes(file, 0, UINT32_MAX, content);
        return result == hr::end_of_file ? ok : result;
    }
    Bytes all;
    for (std::uint32_t number = 1;; ++number) {
        Bytes record;
        const Hresult result = commands.read_record(file, number, record);
        if (result == hr::end_of_file) {
            break;
        }
        if (result != ok) {
            return result;
        }
        all.insert(all.end(), record.begin(), record.end());
    }
    content = std::move(all);
    return ok;
}

Hresult list_files(FileCommands& commands, const FilePlace& directory, FileType type, std::vector<std::string>& list) {
    std::vector<Child> children;
    const Hresult result = commands.children(children);
    if (result == ok) {
        for (const Child& child : children) {
            if (child.type ? is_of_type(*child.type, type) : type == FileType::SC_TYPE_ALL_FILES) {
                list.push_back(to_element(child.identifier));
            }
        }
        return ok;
    }
    const bool directories = type == FileType::SC_TYPE_DIRECTORIES || type == FileType::SC_TYPE_DIRECTORY_FILE;
    if (result != Hresult::E_NOTIMPL_ || !directory.is_mf() || !directories) {
        return result;
    }
    return list_applications(commands, list);
}

Hresult read_capabilities(FileCommands& commands, CardChannel& channel, std::uint32_t most, Capabilities& found) {
    Bytes atr, of_file;
    Hresult result = channel.atr(atr);
    if (result != ok && result != Hresult::E_NOTIMPL_) {
        return result;
    }
    const auto parsed = iso7816::Atr::parse(atr);
    const ByteView historical = parsed ? parsed->historical_bytes() : ByteView{};
    result = read_ef_atr(commands, of_file);
    if (result != ok) {
        return result;
    }
    Bytes all;
    const auto first = TlvReader(of_file).next();
    if (const ByteView told = card_capabilities(historical); !told.empty() && (!first || first->tag != 0x47)) {
        iso7816::append_tlv(all, 0x47, told);
    }
    all.insert(all.end(), of_file.begin(), of_file.end());
    if (all.empty()) {
        return Hresult::E_NOTIMPL_;
    }
    TlvReader reader(all);
    for (auto object = reader.next(); object; object = reader.next()) {
        Bytes whole;
        iso7816::append_tlv(whole, object->tag, object->value);
        if (found.objects.size() + whole.size() > most) {
            break;
        }
        found.objects.insert(found.objects.end(), whole.begin(), whole.end());
    }
    found.size = static_cast<std::uint32_t>(all.size());
    found.limits = length_limits(all, historical);
    return ok;
}

}  // namespace scardlab::service_provider
