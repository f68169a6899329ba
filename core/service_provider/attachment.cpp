#include "core/service_provider/attachment.h"

#include <new>
#include <utility>
#include <vector>

namespace scardlab::service_provider {

using resource_manager::Code;
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

/// Whether the card may be deaf, or another card, after an exchange that ended so (rules Q4, Q5).
bool leaves_doubt(Code code) {
    return code == Code::not_transacted || code == Code::comm_error || code == Code::timeout ||
           code == Code::unresponsive_card;
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

Hresult Attachment::attach_by_handle(Handle handle, std::optional<AttachOptions> options) {
    if (attached()) {
        return Hresult::E_FAIL_;
    }
    if (handle == Handle{}) {
        return Hresult::E_INVALIDARG_;
    }
    if (own_context_ && context_ == resource_manager::Context{}) {
        if (const Code code = verbs().establish_context(context_); code != Code::success) {
            return from_code(code);
        }
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
    neighbours_.clear();
    present_count_.reset();
    suspect_ = false;
    learn(status);
    handle_ = handle;
    borrowed_ = true;
    reader_ = std::move(status.reader);
    in_force(options_, in_order ? status.protocol : resource_manager::protocol_undefined);
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
    exclusive_ = false;
    level_lost_ = false;
    locks_ = 0;
    active_protocol_ = resource_manager::protocol_undefined;
    return Hresult::S_OK_;
}

/// What was asked for is granted.
void Attachment::in_force(AttachOptions options, resource_manager::Protocols active_protocol) {
    options_ = options;
    exclusive_ = options.share == ShareMode::exclusive;
    level_lost_ = false;
    active_protocol_ = active_protocol;
    suspect_ = false;
    ++session_;
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
    learn(status);
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
        suspect_ = suspect_ || leaves_doubt(code);
        return from_code(code);
    }
    if (response.size() < 2) {
        suspect_ = true;
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
    learn(status);
    if (status.code == Code::success) {
        const iso7816::ByteView bytes = status.atr.bytes();
        atr.assign(bytes.begin(), bytes.end());
    }
    return from_code(status.code);
}

}  // namespace scardlab::service_provider
