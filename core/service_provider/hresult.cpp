#include "core/service_provider/hresult.h"

#include <array>
#include <cstdio>

namespace scardlab::service_provider {

namespace {

struct Named {
    std::uint32_t value;
    std::string_view name;
};

/// What the resource manager does not name, or names with another number (Microsoft Learn, "Smart Card Return Values").
constexpr std::array own_names{
    Named{0x00000000, "S_OK"},
    Named{0x80004001, "E_NOTIMPL"},
    Named{0x80004003, "E_POINTER"},
    Named{0x80004005, "E_FAIL"},
    Named{0x8000000A, "E_PENDING"},
    Named{0x8007000E, "E_OUTOFMEMORY"},
    Named{0x80070057, "E_INVALIDARG"},
    Named{0x8010001F, "SCARD_E_UNEXPECTED"},
    Named{0x80100022, "SCARD_E_UNSUPPORTED_FEATURE"},
    Named{0x80100023, "SCARD_E_DIR_NOT_FOUND"},
    Named{0x80100024, "SCARD_E_FILE_NOT_FOUND"},
    Named{0x80100025, "SCARD_E_NO_DIR"},
    Named{0x80100026, "SCARD_E_NO_FILE"},
    Named{0x80100027, "SCARD_E_NO_ACCESS"},
    Named{0x80100028, "SCARD_E_WRITE_TOO_MANY"},
    Named{0x80100029, "SCARD_E_BAD_SEEK"},
    Named{0x8010002A, "SCARD_E_INVALID_CHV"},
    Named{0x80100034, "SCARD_E_READ_ONLY_CARD"},
    Named{0x8010006A, "SCARD_W_SECURITY_VIOLATION"},
    Named{0x8010006B, "SCARD_W_WRONG_CHV"},
    Named{0x8010006C, "SCARD_W_CHV_BLOCKED"},
    Named{0x8010006D, "SCARD_W_EOF"},
    Named{0x8010006F, "SCARD_W_CARD_NOT_AUTHENTICATED"},
};

}  // namespace

Hresult from_code(resource_manager::Code code) {
    using resource_manager::Code;
    switch (code) {
        case Code::not_yet:
            return Hresult::E_PENDING_;
        case Code::no_memory:
            return Hresult::E_OUTOFMEMORY_;
        case Code::unsupported_feature:
            return hr::unsupported_feature;
        default:
            return static_cast<Hresult>(code);
    }
}

std::string name(Hresult result) {
    const auto value = static_cast<std::uint32_t>(result);
    for (const Named& entry : own_names) {
        if (entry.value == value) {
            return std::string(entry.name);
        }
    }
    // not_yet has no place among the results: from_code() never makes its number.
    if (const auto code = static_cast<resource_manager::Code>(value); code != resource_manager::Code::not_yet) {
        if (const std::string_view known = resource_manager::name(code); !known.empty()) {
            return std::string(known);
        }
    }
    std::array<char, 11> text{};
    std::snprintf(text.data(), text.size(), "0x%08X", value);
    return text.data();
}

std::optional<Hresult> hresult_named(std::string_view name) {
    for (const Named& entry : own_names) {
        if (entry.name == name) {
            return static_cast<Hresult>(entry.value);
        }
    }
    if (!name.starts_with("SCARD_")) {
        return std::nullopt;
    }
    const std::optional<resource_manager::Code> code = resource_manager::code_named(name);
    if (!code || *code == resource_manager::Code::not_yet) {
        return std::nullopt;
    }
    return from_code(*code);
}

}  // namespace scardlab::service_provider
