#include "core/service_provider/file_properties.h"

#include <algorithm>

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::Tlv;

constexpr std::uint32_t largest_tag = 0xFFFF;
constexpr Hresult ok = Hresult::S_OK_;

}  // namespace

tl::expected<std::vector<Tlv>, Hresult> parse_objects(iso7816::ByteView bytes) {
    std::vector<Tlv> objects;
    for (iso7816::TlvReader reader(bytes); !reader.at_end();) {
        const auto object = reader.next();
        if (!object) {
            return tl::make_unexpected(Hresult::E_INVALIDARG_);
        }
        objects.push_back(*object);
    }
    return objects;
}

Hresult get_properties(FileCommands& commands, const SelectedFile& file, const std::vector<Tlv>& wanted,
                       Bytes& properties) {
    if (file.facts.objects.empty()) {
        return Hresult::E_NOTIMPL_;
    }
    if (wanted.empty()) {
        properties = file.facts.objects;
        return ok;
    }
    const auto parameters = parse_objects(file.facts.objects);
    if (!parameters) {
        return Hresult::E_FAIL_;
    }
    Bytes found;
    for (const Tlv& wish : wanted) {
        const auto has_tag = [&](const Tlv& object) { return object.tag == wish.tag; };
        const auto parameter = std::find_if(parameters->begin(), parameters->end(), has_tag);
        if (parameter != parameters->end()) {
            iso7816::append_tlv(found, parameter->tag, parameter->value);
        } else if (file.facts.is_directory() && wish.tag <= largest_tag) {
            Bytes value;
            const Hresult result = commands.get_data(static_cast<std::uint16_t>(wish.tag), value);
            if (result == ok) {
                iso7816::append_tlv(found, wish.tag, value);
            } else if (result != hr::file_not_found && result != Hresult::E_NOTIMPL_) {
                return result;
            }
        }
    }
    properties = std::move(found);
    return ok;
}

Hresult set_properties(FileCommands& commands, const SelectedFile& file, const std::vector<Tlv>& objects) {
    if (!file.facts.is_directory()) {
        return Hresult::E_NOTIMPL_;
    }
    if (std::any_of(objects.begin(), objects.end(), [](const Tlv& object) { return object.tag > largest_tag; })) {
        return Hresult::E_INVALIDARG_;
    }
    for (const Tlv& object : objects) {
        const Hresult result = commands.put_data(static_cast<std::uint16_t>(object.tag), object.value);
        if (result != ok) {
            return result;
        }
    }
    return ok;
}

}  // namespace scardlab::service_provider
