#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/resource_manager/caller.h"
#include "core/service_provider/hresult.h"
#include "core/service_provider/iscard_manage.h"

namespace scardlab::service_provider {

constexpr auto invalid_handle = static_cast<Hresult>(resource_manager::Code::invalid_handle);

/// What an ISCardManage is attached to, and what keeps it attached: context, handle, and how they were come by. One
/// thread at a time; waits as long as the caller's deadline lets it. Methods answer as those of ISCardManage, may throw
/// std::bad_alloc, and then, or with E_PENDING, have left the object as it was.
class Attachment {
  public:
    /// Without `context`: on one of its own. `caller` outlives the object.
    Attachment(resource_manager::Caller& caller, std::optional<resource_manager::Context> context)
        : caller_(caller), context_(context.value_or(resource_manager::Context{})), own_context_(!context) {}
    ~Attachment();
    Attachment(const Attachment&) = delete;
    Attachment& operator=(const Attachment&) = delete;

    Hresult attach_by_handle(resource_manager::Handle handle, std::optional<AttachOptions> options);
    Hresult attach_by_ifd(std::string_view reader, AttachOptions options);
    Hresult detach(resource_manager::Disposition disposition);
    Hresult reconnect(AttachOptions options, resource_manager::Disposition initialization);
    Hresult lock();
    Hresult unlock(resource_manager::Disposition disposition);
    Hresult status(CardState* state, resource_manager::Protocols* protocols);
    Hresult transmit(iso7816::ByteView command, iso7816::Bytes& response);
    Hresult atr(iso7816::Bytes& atr);

    bool attached() const { return handle_ != resource_manager::Handle{}; }
    resource_manager::Context context() const { return context_; }
    resource_manager::Handle handle() const { return handle_; }
    const std::string& reader() const { return reader_; }
    const AttachOptions& options() const { return options_; }
    resource_manager::Protocols active_protocol() const { return active_protocol_; }
    /// Whether no other application can come between two calls.
    bool alone() const { return locks_ > 0; }
    /// Counts successful attachments and reconnections.
    std::uint64_t session() const { return session_; }

  private:
    /// What the card needs, beyond SCardReconnect(LEAVE), to be as a new attachment would find it.
    enum class Repair : std::uint8_t { none, power_up_first, look_whether_powered, power_cycle };

    resource_manager::ResourceManager& verbs() { return caller_.verbs(); }
    resource_manager::Code need_context();
    Hresult reconnect_leave(AttachOptions options);
    Hresult reconnect_once(AttachOptions options, resource_manager::Disposition initialization);
    Hresult attach_again(AttachOptions options, resource_manager::Disposition initialization);
    Repair repair_for(resource_manager::Code pending, resource_manager::ShareMode share) const;
    void in_force(AttachOptions options, resource_manager::Protocols active_protocol);

    resource_manager::Caller& caller_;
    resource_manager::Context context_;
    bool own_context_;
    resource_manager::Handle handle_;
    bool borrowed_ = false;
    std::string reader_;  ///< "" when attached by a handle whose reader was not told
    AttachOptions options_;
    unsigned locks_ = 0;  ///< transactions that the handle holds, as far as this object knows
    resource_manager::Protocols active_protocol_ = resource_manager::protocol_undefined;
    std::uint64_t session_ = 0;
};

}  // namespace scardlab::service_provider
