#include "core/service_provider/attachment.h"

#include <new>
#include <utility>
#include <vector>

namespace scardlab::service_provider {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Disposition;
using resource_manager::Handle;
using resource_manager::ShareMode;
using resource_manager::StatusResult;

namespace {

bool known(Disposition disposition) {
    return static_cast<std::uint32_t>(disposition) <= static_cast<std::uint32_t>(Disposition::eject);
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

}  // namespace

Attachment::~Attachment() {
    try {
        if (attached()) {
            detach(Disposition::leave);
        }
        if (own_context_ && context_ != resource_manager::Context{}) {
            verbs().release_context(context_);
        }
    } catch (const std::bad_alloc&) {
        // What stays open ends with the process.
    }
}

/// Makes a context of its own if it needs one.
Code Attachment::need_context() {
    return own_context_ && context_ == resource_manager::Context{} ? verbs().establish_context(context_)
                                                                   : Code::success;
}

Hresult Attachment::attach_by_handle(Handle handle, std::optional<AttachOptions> options) {
    if (attached()) {
        return Hresult::E_FAIL_;
    }
    if (handle == Handle{}) {
        return Hresult::E_INVALIDARG_;
    }
    if (const Code code = need_context(); code != Code::success) {
        return from_code(code);
    }
    StatusResult status = verbs().status(handle);
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
    ++session_;
    return Hresult::S_OK_;
}

Hresult Attachment::attach_by_ifd(std::string_view reader, AttachOptions options) {
    if (attached()) {
        return Hresult::E_FAIL_;
    }
    if (const Code code = need_context(); code != Code::success) {
        return from_code(code);
    }
    std::string chosen(reader);
    if (chosen.empty()) {
        std::vector<std::string> readers;
        const Code listed = verbs().list_readers(context_, readers);
        if (listed != Code::success || readers.empty()) {
            return from_code(listed == Code::success ? Code::no_readers_available : listed);
        }
        chosen = std::move(readers.front());
    }
    const ConnectResult result = verbs().connect(context_, chosen, options.share, options.protocols);
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

Hresult Attachment::detach(Disposition disposition) {
    if (!attached()) {
        return invalid_handle;
    }
    if (!known(disposition)) {
        return Hresult::E_INVALIDARG_;
    }
    if (!borrowed_) {
        // Any other code means that card, reader, handle or resource manager is gone: released all the same.
        const Code code = verbs().disconnect(handle_, disposition);
        if (code == Code::not_yet || code == Code::no_memory) {
            return from_code(code);
        }
    }
    handle_ = {};
    active_protocol_ = resource_manager::protocol_undefined;
    return Hresult::S_OK_;
}

/// What was asked for is granted. Exclusive mode takes a lock, which shared mode does not give back (rules C10, R19).
void Attachment::in_force(AttachOptions options, resource_manager::Protocols active_protocol) {
    options_ = options;
    active_protocol_ = active_protocol;
    ++session_;
    if (options.share == ShareMode::exclusive && locks_ == 0) {
        locks_ = 1;
    }
}

Hresult Attachment::lock() {
    if (!attached()) {
        return invalid_handle;
    }
    const Code code = verbs().begin_transaction(handle_);
    locks_ += code == Code::success ? 1U : 0U;
    return from_code(code);
}

Hresult Attachment::unlock(Disposition disposition) {
    if (!attached()) {
        return invalid_handle;
    }
    if (!known(disposition)) {
        return Hresult::E_INVALIDARG_;
    }
    const Code code = verbs().end_transaction(handle_, disposition);
    locks_ -= code == Code::success && locks_ > 0 ? 1U : 0U;
    return from_code(code);
}

Hresult Attachment::status(CardState* state, resource_manager::Protocols* protocols) {
    if (!attached()) {
        return invalid_handle;
    }
    if (state == nullptr || protocols == nullptr) {
        return Hresult::E_POINTER_;
    }
    const StatusResult status = verbs().status(handle_);
    if (status.code == Code::success) {
        *state = card_state(status.state, status.protocol);
        *protocols = status.protocol;
    }
    return from_code(status.code);
}

Hresult Attachment::transmit(iso7816::ByteView command, iso7816::Bytes& response) {
    if (!attached()) {
        response.clear();
        return invalid_handle;
    }
    const Code code = verbs().transmit(handle_, active_protocol_, command, response);
    if (code != Code::success) {
        return from_code(code);
    }
    if (response.size() < 2) {
        response.clear();
        return static_cast<Hresult>(Code::removed_card);
    }
    return Hresult::S_OK_;
}

Hresult Attachment::atr(iso7816::Bytes& atr) {
    if (!attached()) {
        return invalid_handle;
    }
    const StatusResult status = verbs().status(handle_);
    if (status.code == Code::success) {
        const iso7816::ByteView bytes = status.atr.bytes();
        atr.assign(bytes.begin(), bytes.end());
    }
    return from_code(status.code);
}

}  // namespace scardlab::service_provider
