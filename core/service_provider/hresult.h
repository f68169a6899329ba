#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/resource_manager/resource_manager.h"

namespace scardlab::service_provider {

/// What a method of ISCardManage and its family returns: S_OK, a COM code, or the smart card code (0x801000xx) of the
/// resource manager call that the method made (Microsoft Learn, "Smart Card Return Values").
enum class Hresult : std::uint32_t {
    S_OK_ = 0x00000000,
    E_NOTIMPL_ = 0x80004001,
    E_POINTER_ = 0x80004003,
    E_FAIL_ = 0x80004005,
    /// The call would block now (resource_manager::Code::not_yet); call again. Only on the embedded resource manager.
    E_PENDING_ = 0x8000000A,
    E_OUTOFMEMORY_ = 0x8007000E,
    E_INVALIDARG_ = 0x80070057,
};

/// The smart card code as an HRESULT. UNSUPPORTED_FEATURE takes the Windows value 0x80100022 (facts: pcsc-lite has
/// 0x8010001F); not_yet becomes E_PENDING; no_memory becomes E_OUTOFMEMORY.
Hresult from_code(resource_manager::Code code);

/// "S_OK", "E_INVALIDARG", "SCARD_W_RESET_CARD"; hexadecimal for a number without a name.
std::string name(Hresult result);
/// The result with that name ("S_OK", "E_FAIL", "SCARD_E_..."); nullopt if there is none.
std::optional<Hresult> hresult_named(std::string_view name);

}  // namespace scardlab::service_provider
