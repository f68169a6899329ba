#include "core/service_provider/file_path.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace scardlab::service_provider {

namespace {

constexpr std::size_t identifier_digits = 4;
constexpr std::size_t largest_name = 16;
constexpr unsigned largest_short_identifier = 30;

std::optional<std::uint16_t> identifier_in(std::string_view element) {
    std::uint16_t value = 0;
    const char* const end = element.data() + element.size();
    if (element.size() != identifier_digits) {
        return std::nullopt;
    }
    const auto [stop, error] = std::from_chars(element.data(), end, value, 16);
    return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<std::uint8_t> short_identifier_in(std::string_view element) {
    unsigned value = 0;
    const char* const end = element.data() + element.size();
    const auto [stop, error] = std::from_chars(element.data(), end, value);
    const bool is_number = error == std::errc{} && stop == end && element.size() <= 2;
    if (!is_number || value == 0 || value > largest_short_identifier) {
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(value);
}

std::optional<iso7816::Bytes> name_in(std::string_view element) {
    const bool is_hex = element.find_first_not_of("0123456789ABCDEFabcdef") == std::string_view::npos;
    auto bytes = is_hex ? iso7816::parse_hex(element) : tl::make_unexpected(iso7816::HexError{});
    if (!bytes || bytes->empty() || bytes->size() > largest_name) {
        return std::nullopt;
    }
    return std::move(*bytes);
}

/// How an element of a path is to be read. A name is found wherever it is, so nothing but the MF stands before it.
ReferenceType kind_of(ReferenceType type, std::string_view element, bool is_first, bool is_last) {
    using enum ReferenceType;
    if (!is_last) {
        const bool is_name = type != SC_TYPE_BY_ID && is_first && element.size() > identifier_digits;
        return is_name ? SC_TYPE_BY_NAME : SC_TYPE_BY_ID;
    }
    if (type != SC_TYPE_BY_ANY) {
        return type;
    }
    if (element.size() == identifier_digits) {
        return SC_TYPE_BY_ID;
    }
    return element.size() <= 2 ? SC_TYPE_BY_SHORT : SC_TYPE_BY_NAME;
}

/// Goes one element on from `place`. False: the element cannot be read.
bool go_on(FilePlace& place, ReferenceType kind, std::string_view element, bool is_first) {
    if (kind == ReferenceType::SC_TYPE_BY_ID) {
        const auto identifier = identifier_in(element);
        if (identifier && *identifier != mf_identifier) {
            place.identifiers.push_back(*identifier);
            return true;
        }
        return false;
    }
    if (kind == ReferenceType::SC_TYPE_BY_SHORT) {
        const auto short_identifier = short_identifier_in(element);
        place.short_identifier = short_identifier.value_or(0);
        return short_identifier.has_value();
    }
    auto name = name_in(element);
    if (!name || !is_first) {
        return false;
    }
    place = FilePlace{std::move(*name), {}, 0};
    return true;
}

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> elements;
    for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/')) {
        elements.push_back(path.substr(0, end));
        path.remove_prefix(end + 1);
    }
    elements.push_back(path);
    return elements;
}

}  // namespace

bool FilePlace::holds(const FilePlace& other) const {
    return short_identifier == 0 && name == other.name && identifiers.size() <= other.identifiers.size() &&
           std::equal(identifiers.begin(), identifiers.end(), other.identifiers.begin());
}

tl::expected<FilePlace, Hresult> parse_path(ReferenceType type, std::string_view path, const FilePlace& current) {
    if (type > ReferenceType::SC_TYPE_BY_ANY || path.empty()) {
        return tl::make_unexpected(Hresult::E_INVALIDARG_);
    }
    if (path == "/") {
        return FilePlace{};
    }
    const std::vector<std::string_view> elements = split(path);
    std::size_t first = elements.front().empty() ? 1 : 0;
    bool is_absolute = first == 1;
    if (identifier_in(elements[first]) == mf_identifier) {
        ++first;
        is_absolute = true;
    }
    FilePlace place = is_absolute ? FilePlace{} : current;
    for (std::size_t i = first; i < elements.size(); ++i) {
        const std::string_view element = elements[i];
        if (element == "..") {
            auto parent = parent_of(std::move(place));
            if (!parent) {
                return parent;
            }
            place = std::move(*parent);
            continue;
        }
        const ReferenceType kind = kind_of(type, element, i == first, i + 1 == elements.size());
        if (!go_on(place, kind, element, i == first)) {
            return tl::make_unexpected(Hresult::E_INVALIDARG_);
        }
    }
    return place;
}

tl::expected<FilePlace, Hresult> parent_of(FilePlace place) {
    if (place.short_identifier != 0) {
        place.short_identifier = 0;
    } else if (!place.identifiers.empty()) {
        place.identifiers.pop_back();
    } else {
        return tl::make_unexpected(place.name.empty() ? hr::dir_not_found : Hresult::E_NOTIMPL_);
    }
    return place;
}

std::string to_element(std::uint16_t identifier) {
    const iso7816::Bytes bytes{static_cast<std::uint8_t>(identifier >> 8),
                               static_cast<std::uint8_t>(identifier & 0xFF)};
    return iso7816::to_hex(bytes, '\0');
}

std::string last_element(const FilePlace& place) {
    if (place.short_identifier != 0) {
        return std::to_string(place.short_identifier);
    }
    if (!place.identifiers.empty()) {
        return to_element(place.identifiers.back());
    }
    return place.name.empty() ? to_element(mf_identifier) : iso7816::to_hex(place.name, '\0');
}

std::string to_path(const FilePlace& place) {
    std::string path = to_element(mf_identifier);
    if (!place.name.empty()) {
        path += '/' + iso7816::to_hex(place.name, '\0');
    }
    for (const std::uint16_t identifier : place.identifiers) {
        path += '/' + to_element(identifier);
    }
    if (place.short_identifier != 0) {
        path += '/' + std::to_string(place.short_identifier);
    }
    return path;
}

}  // namespace scardlab::service_provider
