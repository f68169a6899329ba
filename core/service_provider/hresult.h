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

/// The smart card codes that are made here and not by a resource manager (Microsoft Learn, "Smart Card Return Values").
namespace hr {
inline constexpr Hresult invalid_handle{0x80100003};
inline constexpr Hresult unsupported_feature{0x80100022};
inline constexpr Hresult dir_not_found{0x80100023};
inline constexpr Hresult file_not_found{0x80100024};
inline constexpr Hresult no_dir{0x80100025};   ///< the path is not that of a directory
inline constexpr Hresult no_file{0x80100026};  ///< the path is not that of a file
inline constexpr Hresult no_access{0x80100027};
inline constexpr Hresult write_too_many{0x80100028};
inline constexpr Hresult bad_seek{0x80100029};
inline constexpr Hresult invalid_chv{0x8010002A};
inline constexpr Hresult read_only_card{0x80100034};
inline constexpr Hresult reset_card{0x80100068};
inline constexpr Hresult removed_card{0x80100069};
inline constexpr Hresult security_violation{0x8010006A};
inline constexpr Hresult wrong_chv{0x8010006B};
inline constexpr Hresult chv_blocked{0x8010006C};
inline constexpr Hresult end_of_file{0x8010006D};
inline constexpr Hresult card_not_authenticated{0x8010006F};
}  // namespace hr

/// The smart card code as an HRESULT. UNSUPPORTED_FEATURE takes the Windows value 0x80100022 (facts: pcsc-lite has
/// 0x8010001F); not_yet becomes E_PENDING; no_memory becomes E_OUTOFMEMORY.
Hresult from_code(resource_manager::Code code);

/// "S_OK", "E_INVALIDARG", "SCARD_W_RESET_CARD"; hexadecimal for a number without a name.
std::string name(Hresult result);
/// The result with that name ("S_OK", "E_FAIL", "SCARD_E_..."); nullopt if there is none.
std::optional<Hresult> hresult_named(std::string_view name);

}  // namespace scardlab::service_provider
