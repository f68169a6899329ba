// Threading: one mutex guards the list. Makers run outside it, so they may use the registry themselves; one that is
// removed meanwhile is still carried out.
#include "core/service_provider/interface_registry.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "core/service_provider/crypto_provider.h"

namespace scardlab::service_provider {

namespace {

struct Entry {
    Guid guid;
    std::string name;
    InterfaceMaker maker;
};

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

int hex_value(char character) {
    const char digit = lower(character);
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/// Carries out a maker that may be anybody's.
Hresult made_by(const InterfaceMaker& maker, CardChannel& channel, const std::any& user_data,
                std::unique_ptr<CardInterface>& made) {
    try {
        const Hresult result = maker(channel, user_data, &made);
        return result == Hresult::S_OK_ && made == nullptr ? Hresult::E_FAIL_ : result;
    } catch (const std::bad_alloc&) {
        return Hresult::E_OUTOFMEMORY_;
    } catch (const std::bad_any_cast&) {
        return Hresult::E_INVALIDARG_;
    } catch (...) {
        return Hresult::E_FAIL_;
    }
}

}  // namespace

std::optional<Guid> Guid::parse(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() == form.size() + 2 && text.front() == '{' && text.back() == '}') {
        text = text.substr(1, form.size());
    }
    if (text.size() != form.size()) {
        return std::nullopt;
    }
    Guid guid;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] == '-') {
            if (text[i] != '-') {
                return std::nullopt;
            }
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) {
            return std::nullopt;
        }
        std::uint8_t& byte = guid.bytes[digits++ / 2];
        byte = static_cast<std::uint8_t>(byte * 16 + value);
    }
    return guid;
}

struct InterfaceRegistry::Entries {
    mutable std::mutex mutex;
    std::vector<Entry> list;

    auto find(const Guid& guid) {
        return std::ranges::find_if(list, [&](const Entry& entry) { return entry.guid == guid; });
    }
    auto find(std::string_view name) {
        return std::ranges::find_if(list, [&](const Entry& entry) { return same_name(entry.name, name); });
    }
};

InterfaceRegistry::InterfaceRegistry() : entries_(std::make_unique<Entries>()) {
    entries_->list.push_back({crypto_provider_guid, std::string(crypto_provider_name), make_crypto_provider});
}

InterfaceRegistry::~InterfaceRegistry() = default;

Hresult InterfaceRegistry::add(const Guid& guid, std::string_view name, InterfaceMaker maker) {
    if (name.empty() || !maker) {
        return Hresult::E_INVALIDARG_;
    }
    try {
        Entry entry{guid, std::string(name), std::move(maker)};
        const std::lock_guard lock(entries_->mutex);
        if (entries_->find(guid) != entries_->list.end() || entries_->find(name) != entries_->list.end()) {
            return Hresult::E_INVALIDARG_;
        }
        entries_->list.push_back(std::move(entry));
        return Hresult::S_OK_;
    } catch (const std::bad_alloc&) {
        return Hresult::E_OUTOFMEMORY_;
    }
}

Hresult InterfaceRegistry::remove(const Guid& guid) {
    const std::lock_guard lock(entries_->mutex);
    const auto found = entries_->find(guid);
    if (found == entries_->list.end()) {
        return Hresult::E_INVALIDARG_;
    }
    entries_->list.erase(found);
    return Hresult::S_OK_;
}

Hresult InterfaceRegistry::create(const std::optional<Guid>& guid, std::string_view name, CardChannel& channel,
                                  const std::any& user_data, std::unique_ptr<CardInterface>* created) const {
    if (created == nullptr) {
        return Hresult::E_POINTER_;
    }
    try {
        InterfaceMaker maker;
        {
            const std::lock_guard lock(entries_->mutex);
            const auto found = guid ? entries_->find(*guid) : entries_->find(name);
            if (found == entries_->list.end()) {
                return Hresult::E_INVALIDARG_;
            }
            maker = found->maker;
        }
        std::unique_ptr<CardInterface> made;
        const Hresult result = made_by(maker, channel, user_data, made);
        if (result == Hresult::S_OK_) {
            *created = std::move(made);
        }
        return result;
    } catch (const std::bad_alloc&) {
        return Hresult::E_OUTOFMEMORY_;
    }
}

InterfaceRegistry& interfaces() {
    static InterfaceRegistry registry;
    return registry;
}

}  // namespace scardlab::service_provider
