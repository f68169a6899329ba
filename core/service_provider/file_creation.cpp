#include "core/service_provider/file_creation.h"

#include <algorithm>
#include <new>
#include <optional>

#include "core/service_provider/file_properties.h"

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::Tlv;

constexpr std::uint8_t create_ins = 0xE0, delete_ins = 0xE4;
constexpr std::uint32_t template_tag = 0x62, size_tag = 0x80, identifier_tag = 0x83, name_tag = 0x84, short_tag = 0x88;
constexpr std::size_t largest_size = 0xFFFF;
constexpr Hresult ok = Hresult::S_OK_, bad = Hresult::E_INVALIDARG_;

Bytes two_bytes(std::size_t value) {
    return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value & 0xFF)};
}

/// Adds the object that the path names, or checks that the parameters say the same.
bool agree(std::vector<Tlv>& objects, std::uint32_t tag, ByteView value) {
    const auto there =
        std::find_if(objects.begin(), objects.end(), [&](const Tlv& object) { return object.tag == tag; });
    if (there == objects.end()) {
        objects.push_back({tag, value});
        return true;
    }
    return std::equal(there->value.begin(), there->value.end(), value.begin(), value.end());
}

Bytes encode(const std::vector<Tlv>& objects) {
    Bytes inner, out;
    for (const Tlv& object : objects) {
        iso7816::append_tlv(inner, object.tag, object.value);
    }
    iso7816::append_tlv(out, template_tag, inner);
    return out;
}

/// The object that names the new file, by the last element of its path.
struct Naming {
    std::uint32_t tag = identifier_tag;
    Bytes value;
    FilePlace directory;
};

tl::expected<Naming, Hresult> naming_of(ReferenceType type, std::string_view path, const FilePlace& current) {
    const auto place = parse_path(type, path, current);
    if (!place) {
        return tl::make_unexpected(place.error());
    }
    if (place->is_mf() || *place == current) {
        return tl::make_unexpected(bad);
    }
    if (place->short_identifier == 0 && place->identifiers.empty()) {
        const bool in_mf = path.find('/') != std::string_view::npos;
        return Naming{name_tag, place->name, in_mf ? FilePlace{} : current};
    }
    auto directory = parent_of(*place);
    if (!directory) {
        return tl::make_unexpected(directory.error());
    }
    if (place->short_identifier != 0) {
        return Naming{short_tag, {static_cast<std::uint8_t>(place->short_identifier << 3)}, std::move(*directory)};
    }
    return Naming{identifier_tag, two_bytes(place->identifiers.back()), std::move(*directory)};
}

/// Whether the data can be the content of such a file.
bool fits(const FileFacts& facts, std::size_t size) {
    if (size == 0 || facts.type == FileType::SC_TYPE_TRANSPARENT_EF) {
        return true;
    }
    if (facts.type == FileType::SC_TYPE_FIXED_EF || facts.type == FileType::SC_TYPE_CYCLIC_EF) {
        return facts.record_size != 0 && size % facts.record_size == 0;
    }
    return facts.type == FileType::SC_TYPE_VARIABLE_EF;
}

Hresult fill(FileCommands& commands, const FilePlace& made, const FileFacts& facts, ByteView data) try {
    FilePlace place = made;
    SelectedFile file;
    Hresult result = commands.select(place, Operation::open_file, file);
    if (result != ok) {
        return result;
    }
    if (!file.facts.has_records()) {
        std::uint32_t written = 0;
        return commands.write_bytes(0, data, written);
    }
    const bool one_record = facts.type == FileType::SC_TYPE_VARIABLE_EF;
    const std::size_t size = one_record ? data.size() : facts.record_size;
    for (std::size_t at = 0; at < data.size() && result == ok; at += size) {
        result = commands.append_record(file, data.subspan(at, size));
    }
    return result;
} catch (const std::bad_alloc&) {
    return Hresult::E_OUTOFMEMORY_;
}

}  // namespace

tl::expected<NewFile, Hresult> plan_file(ReferenceType type, std::string_view path, const FilePlace& current,
                                         ByteView parameters, bool preallocated, ByteView data) {
    auto naming = naming_of(type, path, current);
    if (!naming) {
        return tl::make_unexpected(naming.error());
    }
    auto objects = parse_objects(parameters);
    if (objects && objects->size() == 1 && objects->front().tag == template_tag) {
        objects = parse_objects(objects->front().value);
    }
    if (!objects || !agree(*objects, naming->tag, naming->value)) {
        return tl::make_unexpected(bad);
    }
    auto facts = parse_file_control(encode(*objects));
    if (!facts || !facts->type || !facts->identifier || !fits(*facts, data.size())) {
        return tl::make_unexpected(bad);
    }
    Bytes size;
    if (facts->type == FileType::SC_TYPE_TRANSPARENT_EF) {
        if (preallocated && !facts->size) {
            return tl::make_unexpected(bad);
        }
        if (data.size() > largest_size || (preallocated && data.size() > *facts->size)) {
            return tl::make_unexpected(hr::write_too_many);
        }
        if (!facts->size || *facts->size < data.size()) {
            std::erase_if(*objects, [](const Tlv& object) { return object.tag == size_tag; });
            size = two_bytes(data.size());
            objects->push_back({size_tag, size});
        }
    }
    return NewFile{std::move(naming->directory), std::move(*facts), encode(*objects)};
}

Hresult create_file(FileCommands& commands, const NewFile& file, ByteView data) {
    FilePlace place = file.directory;
    SelectedFile directory;
    Hresult result = commands.select(place, Operation::change_directory, directory);
    if (result != ok) {
        return result;
    }
    if (!directory.facts.is_directory()) {
        return hr::dir_not_found;
    }
    place.identifiers.push_back(*file.facts.identifier);
    result = commands.manage(create_ins, file.control);
    if (result != ok || data.empty()) {
        return result;
    }
    result = fill(commands, place, file.facts, data);
    SelectedFile made;
    if (result != ok && commands.select(place, Operation::open_file, made) == ok) {
        commands.manage(delete_ins);
    }
    return result;
}

}  // namespace scardlab::service_provider
