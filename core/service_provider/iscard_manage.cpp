#include "core/service_provider/iscard_manage.h"

#include <new>
#include <utility>
#include <vector>

#include "core/service_provider/scoped_handle.h"

namespace scardlab::service_provider {

namespace {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Context;
using resource_manager::Disposition;
using resource_manager::Handle;
using resource_manager::Protocols;
using resource_manager::ReconnectResult;
using resource_manager::ResourceManager;
using resource_manager::ShareMode;
using resource_manager::StatusResult;

constexpr auto invalid_handle = static_cast<Hresult>(Code::invalid_handle);

/// Runs a method; memory that runs out in it is E_OUTOFMEMORY.
template <typename Method>
Hresult guarded(Method&& method) noexcept {
    try {
        return std::forward<Method>(method)();
    } catch (const std::bad_alloc&) {
        return Hresult::E_OUTOFMEMORY_;
    }
}

bool known(Disposition disposition) {
    return static_cast<std::uint32_t>(disposition) <= static_cast<std::uint32_t>(Disposition::eject);
}

/// SCardReconnect refuses other arguments with INVALID_VALUE before it looks at the handle (rule R2).
bool reconnect_takes(ShareMode share, Disposition initialization) {
    const auto mode = static_cast<std::uint32_t>(share);
    return initialization <= Disposition::unpower && mode >= 1 && mode <= 3;
}

/// Codes of SCardStatus that speak of the card or its reader: the handle itself is good, Reconnect can mend it.
bool mendable(Code code) {
    switch (code) {
        case Code::sharing_violation:
        case Code::no_smartcard:
        case Code::reader_unavailable:
        case Code::unresponsive_card:
        case Code::unpowered_card:
        case Code::reset_card:
        case Code::removed_card:
            return true;
        default:
            return false;
    }
}

class Manage final : public ISCardManage {
  public:
    Manage(ResourceManager& manager, Context context) : manager_(manager), context_(context) {}
    ~Manage() override {
        if (attached()) {
            Detach(Disposition::leave);
        }
    }
    Manage(const Manage&) = delete;
    Manage& operator=(const Manage&) = delete;

    Hresult AttachByHandle(Handle hICC) override {
        return guarded([&] { return attach_by_handle(hICC, std::nullopt); });
    }
    Hresult AttachByHandle(Handle hICC, AttachOptions options) override {
        return guarded([&] { return attach_by_handle(hICC, options); });
    }
    Hresult AttachByIFD(std::string_view reader) override { return AttachByIFD(reader, AttachOptions{}); }
    Hresult AttachByIFD(std::string_view reader, AttachOptions options) override {
        return guarded([&] { return attach_by_ifd(reader, options); });
    }
    Hresult Detach(Disposition disposition) override {
        return guarded([&] { return detach(disposition); });
    }
    Hresult Reconnect() override { return Reconnect(options_.share, options_.protocols, Disposition::leave); }
    Hresult Reconnect(ShareMode share, Protocols protocols, Disposition initialization) override {
        return guarded([&] { return reconnect({share, protocols}, initialization); });
    }

    Hresult SCardLock() override {
        return guarded([&] {
            if (!attached()) {
                return invalid_handle;
            }
            const Code code = manager_.begin_transaction(handle_);
            locks_ += code == Code::success ? 1U : 0U;
            return from_code(code);
        });
    }

    Hresult SCardUnlock(Disposition disposition) override {
        return guarded([&] {
            if (!attached()) {
                return invalid_handle;
            }
            if (!known(disposition)) {
                return Hresult::E_INVALIDARG_;
            }
            const Code code = manager_.end_transaction(handle_, disposition);
            locks_ -= code == Code::success && locks_ > 0 ? 1U : 0U;
            return from_code(code);
        });
    }

    Hresult Status(CardState* state, Protocols* protocols) override {
        return guarded([&] {
            if (!attached()) {
                return invalid_handle;
            }
            if (state == nullptr || protocols == nullptr) {
                return Hresult::E_POINTER_;
            }
            const StatusResult status = manager_.status(handle_);
            if (status.code == Code::success) {
                *state = card_state(status.state, status.protocol);
                *protocols = status.protocol;
            }
            return from_code(status.code);
        });
    }

    Hresult Transmit(iso7816::ByteView command, iso7816::Bytes& response) override {
        return guarded([&] {
            if (!attached()) {
                response.clear();
                return invalid_handle;
            }
            const Code code = manager_.transmit(handle_, active_protocol_, command, response);
            if (code != Code::success) {
                return from_code(code);
            }
            if (response.size() < 2) {
                response.clear();
                return static_cast<Hresult>(Code::removed_card);
            }
            return Hresult::S_OK_;
        });
    }

    Hresult Atr(iso7816::Bytes& atr) override {
        return guarded([&] {
            if (!attached()) {
                return invalid_handle;
            }
            const StatusResult status = manager_.status(handle_);
            if (status.code == Code::success) {
                const iso7816::ByteView bytes = status.atr.bytes();
                atr.assign(bytes.begin(), bytes.end());
            }
            return from_code(status.code);
        });
    }

    bool attached() const override { return handle_ != Handle{}; }
    Handle handle() const override { return handle_; }
    Protocols active_protocol() const override { return active_protocol_; }

  private:
    /// What the card needs, beyond SCardReconnect(LEAVE), to be as a new attachment would find it.
    enum class Repair : std::uint8_t { none, power_up_first, look_whether_powered, power_cycle };

    Hresult attach_by_handle(Handle handle, std::optional<AttachOptions> options);
    Hresult attach_by_ifd(std::string_view reader, AttachOptions options);
    Hresult detach(Disposition disposition);
    Hresult reconnect(AttachOptions options, Disposition initialization);
    Hresult reconnect_leave(AttachOptions options);
    Hresult reconnect_once(AttachOptions options, Disposition initialization);
    Hresult attach_again(AttachOptions options, Disposition initialization);
    Repair repair_for(Code pending, ShareMode share) const;
    void in_force(AttachOptions options, Protocols active_protocol);

    ResourceManager& manager_;
    Context context_;
    Handle handle_;
    bool borrowed_ = false;
    std::string reader_;  ///< "" when attached by a handle whose reader was not told
    AttachOptions options_;
    unsigned locks_ = 0;  ///< transactions that the handle holds, as far as this object knows
    Protocols active_protocol_ = resource_manager::protocol_undefined;
};

Hresult Manage::attach_by_handle(Handle handle, std::optional<AttachOptions> options) {
    if (attached()) {
        return Hresult::E_FAIL_;
    }
    if (handle == Handle{}) {
        return Hresult::E_INVALIDARG_;
    }
    StatusResult status = manager_.status(handle);
    if (status.code == Code::invalid_handle) {
        return Hresult::E_INVALIDARG_;
    }
    const bool in_order = status.code == Code::success;
    if (!in_order && !mendable(status.code)) {
        return from_code(status.code);
    }
    options_ = options.value_or(AttachOptions{});
    if (!options && in_order && status.protocol == resource_manager::protocol_raw) {
        options_.protocols = resource_manager::protocol_raw;
    }
    handle_ = handle;
    borrowed_ = true;
    reader_ = std::move(status.reader);
    locks_ = 0;
    active_protocol_ = in_order ? status.protocol : resource_manager::protocol_undefined;
    return Hresult::S_OK_;
}

Hresult Manage::attach_by_ifd(std::string_view reader, AttachOptions options) {
    if (attached()) {
        return Hresult::E_FAIL_;
    }
    std::string chosen(reader);
    if (chosen.empty()) {
        std::vector<std::string> readers;
        const Code listed = manager_.list_readers(context_, readers);
        if (listed != Code::success || readers.empty()) {
            return from_code(listed == Code::success ? Code::no_readers_available : listed);
        }
        chosen = std::move(readers.front());
    }
    const ConnectResult result = manager_.connect(context_, chosen, options.share, options.protocols);
    if (result.code != Code::success) {
        return result.code == Code::unknown_reader ? Hresult::E_INVALIDARG_ : from_code(result.code);
    }
    handle_ = result.handle;
    borrowed_ = false;
    reader_ = std::move(chosen);
    locks_ = 0;
    in_force(options, result.active_protocol);
    return Hresult::S_OK_;
}

Hresult Manage::detach(Disposition disposition) {
    if (!attached()) {
        return invalid_handle;
    }
    if (!known(disposition)) {
        return Hresult::E_INVALIDARG_;
    }
    if (!borrowed_) {
        // Any other code means that card, reader, handle or resource manager is gone: released all the same.
        const Code code = manager_.disconnect(handle_, disposition);
        if (code == Code::not_yet || code == Code::no_memory) {
            return from_code(code);
        }
    }
    handle_ = {};
    active_protocol_ = resource_manager::protocol_undefined;
    return Hresult::S_OK_;
}

Hresult Manage::reconnect(AttachOptions options, Disposition initialization) {
    if (!attached()) {
        return invalid_handle;
    }
    if (initialization == Disposition::leave) {
        return reconnect_leave(options);
    }
    const Hresult result = reconnect_once(options, initialization);
    // Rule R23: the automatic power-off can overtake SCardReconnect, which then succeeds without a protocol and with
    // the card unpowered. It cannot happen twice: the reader counts as in use now.
    if (result == Hresult::S_OK_ && active_protocol_ == resource_manager::protocol_undefined &&
        options.share != ShareMode::direct) {
        return reconnect_once(options, initialization);
    }
    return result;
}

/// What was asked for is granted. Exclusive mode takes a lock, which shared mode does not give back (rules C10, R19).
void Manage::in_force(AttachOptions options, Protocols active_protocol) {
    options_ = options;
    active_protocol_ = active_protocol;
    if (options.share == ShareMode::exclusive && locks_ == 0) {
        locks_ = 1;
    }
}

/// LEAVE never powers the card up (rule R5), a new attachment does (C6). So a card that came back and was powered off
/// again while nobody used it (R22), or that another application unpowered (D5), would be left without power by
/// SCardReconnect alone, or fail. A passing connection powers it up; it would wait for ever for a lock that this very
/// handle holds (C4), which only a removal takes away for certain (E5).
Manage::Repair Manage::repair_for(Code pending, ShareMode share) const {
    if (share == ShareMode::direct) {
        return Repair::none;
    }
    if (pending == Code::removed_card) {
        return share == ShareMode::exclusive ? Repair::power_cycle : Repair::power_up_first;
    }
    if (pending != Code::reset_card) {
        return Repair::none;
    }
    const bool no_lock_here = !borrowed_ && locks_ == 0;
    return share == ShareMode::shared && no_lock_here ? Repair::power_up_first : Repair::look_whether_powered;
}

Hresult Manage::reconnect_leave(AttachOptions options) {
    StatusResult before = manager_.status(handle_);
    if (before.code == Code::not_yet) {
        return Hresult::E_PENDING_;
    }
    if (reader_.empty()) {
        reader_ = std::move(before.reader);
    }
    if (before.code == Code::removed_card) {
        locks_ = 0;
    }
    Repair repair = repair_for(before.code, options.share);
    ScopedHandle passing(manager_);
    if (repair == Repair::power_up_first && !reader_.empty()) {
        // It lasts as long as this call and disturbs nobody. When it fails, SCardReconnect tells why.
        const ConnectResult result = manager_.connect(context_, reader_, ShareMode::shared, options.protocols);
        if (result.code == Code::not_yet) {
            return Hresult::E_PENDING_;
        }
        if (result.code == Code::success) {
            passing.own(result.handle);
        } else if (result.code == Code::sharing_violation) {
            repair = Repair::power_cycle;  // it is this handle that holds the reader exclusively
        }
    }
    const Hresult result = reconnect_once(options, Disposition::leave);
    if (result != Hresult::S_OK_) {
        return result;
    }
    if (repair == Repair::look_whether_powered) {
        const StatusResult status = manager_.status(handle_);
        if (status.code == Code::success && (status.state & resource_manager::state_powered) == 0) {
            repair = Repair::power_cycle;
        }
    }
    // Nobody else has a session with the card that could be lost: exclusive, or the card is without power.
    return repair == Repair::power_cycle ? reconnect_once(options, Disposition::unpower) : result;
}

Hresult Manage::reconnect_once(AttachOptions options, Disposition initialization) {
    const ReconnectResult result = manager_.reconnect(handle_, options.share, options.protocols, initialization);
    switch (result.code) {
        case Code::success:
            in_force(options, result.active_protocol);
            return Hresult::S_OK_;
        case Code::invalid_value:
            // With arguments that SCardReconnect takes, its reader is gone from the resource manager (rule R2).
            if (!reconnect_takes(options.share, initialization)) {
                return from_code(result.code);
            }
            break;
        case Code::invalid_handle:
        case Code::reader_unavailable:
            break;
        default:
            return from_code(result.code);
    }
    return borrowed_ ? from_code(result.code) : attach_again(options, initialization);
}

/// The handle is dead: a new one for the same reader takes its place.
Hresult Manage::attach_again(AttachOptions options, Disposition initialization) {
    const ConnectResult connected = manager_.connect(context_, reader_, options.share, options.protocols);
    if (connected.code != Code::success) {
        return from_code(connected.code == Code::unknown_reader ? Code::reader_unavailable : connected.code);
    }
    ScopedHandle old(manager_);
    old.own(std::exchange(handle_, connected.handle));
    locks_ = 0;
    if (initialization == Disposition::leave) {
        in_force(options, connected.active_protocol);
        return Hresult::S_OK_;
    }
    active_protocol_ = connected.active_protocol;  // share mode and protocols change when all of it has succeeded
    const ReconnectResult result = manager_.reconnect(handle_, options.share, options.protocols, initialization);
    if (result.code == Code::success) {
        in_force(options, result.active_protocol);
    }
    return from_code(result.code);
}

}  // namespace

std::unique_ptr<ISCardManage> make_iscard_manage(ResourceManager& manager, Context context) {
    return std::make_unique<Manage>(manager, context);
}

}  // namespace scardlab::service_provider
