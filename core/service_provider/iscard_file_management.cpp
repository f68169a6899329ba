// What ISCardFileAccess does with whole files.
#include <algorithm>

#include "core/service_provider/file_access.h"
#include "core/service_provider/file_creation.h"
#include "core/service_provider/file_lists.h"
#include "core/service_provider/file_properties.h"

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;

constexpr std::uint8_t delete_ins = 0xE4;
constexpr Hresult ok = Hresult::S_OK_;

}  // namespace

Hresult FileAccess::Create(ReferenceType type, std::string_view path, ByteView parameters, FileFlags flags,
                           ByteView data) {
    if (!are_known(flags)) {
        return Hresult::E_INVALIDARG_;
    }
    return on_card(
        flags,
        [&](FileCommands& commands) {
            const bool preallocated = (flags & SC_FL_PREALLOCATED) != 0;
            const auto file = plan_file(type, path, session_.directory, parameters, preallocated, data);
            if (!file) {
                return file.error();
            }
            const Hresult learned = data.size() > LengthLimits{}.command ? learn_limits() : ok;
            return learned == ok ? create_file(commands, *file, data) : learned;
        },
        [] {});
}

Hresult FileAccess::Delete(ReferenceType type, std::string_view path, FileFlags flags) {
    return at_path(
        {type, path, flags, Operation::manage_file},
        [&](FileCommands& commands, const FilePlace& place, const SelectedFile& file) {
            if (file.short_identifier != 0) {
                return Hresult::E_NOTIMPL_;
            }
            FilePlace directory = parent_of(place).value_or(FilePlace{});
            const Hresult result = commands.manage(delete_ins);
            if (result == ok) {  // whatever else fails, it is gone
                if (place.holds(session_.directory)) {
                    session_.directory = std::move(directory);
                }
                std::erase_if(session_.files, [&](const auto& each) { return each.second.may_be_in(place, file); });
            }
            return result;
        },
        [] {});
}

/// A command on the life cycle of a file.
Hresult FileAccess::manage(ReferenceType type, std::string_view path, FileFlags flags, std::uint8_t ins) {
    return at_path(
        {type, path, flags, Operation::manage_file},
        [&](FileCommands& commands, const FilePlace&, const SelectedFile& file) {
            return file.short_identifier == 0 ? commands.manage(ins) : Hresult::E_NOTIMPL_;
        },
        [] {});
}

Hresult FileAccess::GetProperties(ReferenceType type, std::string_view path, FileFlags flags, Bytes* tlvs) {
    if (tlvs == nullptr) {
        return Hresult::E_POINTER_;
    }
    Bytes properties;
    return at_path(
        {type, path, flags, Operation::manage_file},
        [&](FileCommands& commands, const FilePlace&, const SelectedFile& file) {
            const auto wanted = parse_objects(*tlvs);
            const auto has_value = [](const iso7816::Tlv& object) { return !object.value.empty(); };
            if (!wanted || std::any_of(wanted->begin(), wanted->end(), has_value)) {
                return Hresult::E_INVALIDARG_;
            }
            return get_properties(commands, file, *wanted, properties);
        },
        [&] { *tlvs = std::move(properties); });
}

Hresult FileAccess::SetProperties(ReferenceType type, std::string_view path, FileFlags flags, ByteView tlvs) {
    return at_path(
        {type, path, flags, Operation::manage_file},
        [&](FileCommands& commands, const FilePlace&, const SelectedFile& file) {
            const auto objects = parse_objects(tlvs);
            return objects ? set_properties(commands, file, *objects) : objects.error();
        },
        [] {});
}

Hresult FileAccess::GetFileCapabilities(Bytes* tlvs, std::uint32_t* count, FileFlags flags) {
    if (tlvs == nullptr || count == nullptr) {
        return Hresult::E_POINTER_;
    }
    if (!are_known(flags)) {
        return Hresult::E_INVALIDARG_;
    }
    Capabilities found;
    LengthLimits limits;
    const std::uint32_t most = *count;
    return on_card(
        flags,
        [&](FileCommands& commands) {
            const Hresult result = read_capabilities(commands, channel_, most, found);
            limits = found.limits;
            return result;
        },
        [&] {
            *count = found.size;
            *tlvs = std::move(found.objects);
            session_.limits = limits;
            session_.limits_known = true;
        });
}

}  // namespace scardlab::service_provider
