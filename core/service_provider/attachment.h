#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/resource_manager/caller.h"
#include "core/service_provider/hresult.h"
#include "core/service_provider/iscard_manage.h"

namespace scardlab::service_provider {

constexpr auto invalid_handle = static_cast<Hresult>(resource_manager::Code::invalid_handle);

/// What an ISCardManage is attached to, and what keeps it attached: context, handle, and how they were come by. One
/// thread at a time; waits as long as the caller's deadline lets it. Methods answer as those of ISCardManage, may throw
/// std::bad_alloc, and then, or with E_PENDING, have left the object as it was.
///
/// Detached, or attached; attached, its handle is alive or dead (core/README.md has the table). Only attach and detach
/// move between the two; reconnect puts a live handle into the place of a dead one when all else has succeeded.
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
    bool alone() const { return exclusive_ || locks_ > 0; }
    /// Counts successful attachments and reconnections.
    std::uint64_t session() const { return session_; }

  private:
    using Code = resource_manager::Code;
    using Disposition = resource_manager::Disposition;
    using ConnectResult = resource_manager::ConnectResult;
    using ReconnectResult = resource_manager::ReconnectResult;
    using StatusResult = resource_manager::StatusResult;

    /// What the resource manager shows of the reader to everybody, whoever holds it and whatever is pending.
    struct Look {
        resource_manager::WatchBits state = 0;
        std::uint16_t event_count = 0;
        bool has_atr = false;
    };

    resource_manager::ResourceManager& verbs() { return caller_.verbs(); }
    void in_force(AttachOptions options, resource_manager::Protocols active_protocol);

    // -- connecting.cpp: by name, wherever the reader and the resource manager are now -----------------------------
    template <typename Verb>
    Code on_live_context(Verb verb);
    ConnectResult connect_anew(const std::string& reader, AttachOptions options);
    ConnectResult connect_to_returned(AttachOptions options, std::string& name);
    Code see_card(const std::string& reader);
    void look_round(const std::string& reader);
    Hresult attach_again(AttachOptions options, Disposition initialization);

    // -- reconnect.cpp: by the handle that there is ------------------------------------------------------------------
    ReconnectResult reconnect_leave(const StatusResult& before, AttachOptions options);
    ReconnectResult mended(Code code, const StatusResult& before, AttachOptions options);
    ReconnectResult reconnect_anew(const StatusResult& before, AttachOptions options, Disposition how);
    ReconnectResult initialize(AttachOptions options, Disposition how);
    ReconnectResult power_anew(resource_manager::ShareMode share, resource_manager::Protocols protocols,
                               Disposition how);
    void give_back_exclusive_use();
    bool may_visit(const StatusResult& before) const;
    Code visit(resource_manager::Protocols protocols);
    Hresult take_over(ReconnectResult result, const StatusResult& before, AttachOptions options);
    Code settle_locks(resource_manager::ShareMode share);
    Code end_locks(unsigned most);
    void learn(const StatusResult& status);

    // -- card_check.cpp: what is true of the card ---------------------------------------------------------------------
    std::optional<Look> look(const std::string& reader);
    bool is_silent();
    bool no_removal_since_known();
    Code driver_sees_card(resource_manager::Handle handle);
    Code is_in_reader(const StatusResult& before);
    Code answers(resource_manager::Handle handle, resource_manager::Protocols protocol);

    resource_manager::Caller& caller_;
    resource_manager::Context context_;
    bool own_context_;
    resource_manager::Handle handle_;
    bool borrowed_ = false;
    std::string reader_;                   ///< "" when attached by a handle whose reader was not told
    std::vector<std::string> neighbours_;  ///< readers of the same model beside it (reader_search.h)
    AttachOptions options_;
    bool exclusive_ = false;   ///< the resource manager holds the reader for this handle alone
    bool level_lost_ = false;  ///< a removal took the transaction level of exclusive use (rules C10, E5)
    unsigned locks_ = 0;       ///< transactions that the handle holds, as far as this object knows
    bool suspect_ = false;     ///< the last exchange failed so that the card may be deaf, or another one
    std::optional<std::uint16_t> present_count_;  ///< the reader's event counter when a card was last known in it
    resource_manager::Protocols active_protocol_ = resource_manager::protocol_undefined;
    std::uint64_t session_ = 0;
};

}  // namespace scardlab::service_provider
