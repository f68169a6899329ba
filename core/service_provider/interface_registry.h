#pragma once

#include <any>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/hresult.h"

namespace scardlab::service_provider {

/// A GUID, bytes in the order in which it is written.
struct Guid {
    std::array<std::uint8_t, 16> bytes{};
    /// "{8-4-4-4-12 hexadecimal digits}", braces optional; nullopt for anything else.
    static std::optional<Guid> parse(std::string_view text);
    friend bool operator==(const Guid&, const Guid&) = default;
};

/// Base of what CreateInterface makes; the caller casts to the interface that it asked for.
class CardInterface {
  public:
    virtual ~CardInterface() = default;
};

/// Makes an interface on an attachment. Answers S_OK and a non-null *created, or why not. What it throws is an answer
/// too: std::bad_alloc E_OUTOFMEMORY, std::bad_any_cast (user data of another type) E_INVALIDARG, anything else E_FAIL.
using InterfaceMaker =
    std::function<Hresult(CardChannel& channel, const std::any& user_data, std::unique_ptr<CardInterface>* created)>;

/// The interfaces that ISCardManage::CreateInterface knows, by GUID and by name. Programs add their own. The standard
/// ones are there from the start: "CryptoProvider".
///
/// One for the process (interfaces()), or one of one's own for a test. Any thread.
class InterfaceRegistry {
  public:
    InterfaceRegistry();
    ~InterfaceRegistry();
    InterfaceRegistry(const InterfaceRegistry&) = delete;
    InterfaceRegistry& operator=(const InterfaceRegistry&) = delete;

    /// E_INVALIDARG: the GUID or the name (compared without case of ASCII letters) is taken, the name or the maker is
    /// empty; E_OUTOFMEMORY.
    Hresult add(const Guid& guid, std::string_view name, InterfaceMaker maker);
    /// E_INVALIDARG: no such interface.
    Hresult remove(const Guid& guid);
    /// By GUID, or when there is none by name; `user_data` goes to the maker. E_POINTER: a null output. E_INVALIDARG:
    /// an unknown GUID or name. E_OUTOFMEMORY, or what the maker answers; *created is then untouched.
    Hresult create(const std::optional<Guid>& guid, std::string_view name, CardChannel& channel,
                   const std::any& user_data, std::unique_ptr<CardInterface>* created) const;

  private:
    struct Entries;
    std::unique_ptr<Entries> entries_;
};

/// The registry of the process, which ISCardManage::CreateInterface looks into.
InterfaceRegistry& interfaces();

}  // namespace scardlab::service_provider
