// Attachment's part that reconnects.
#include <utility>

#include "core/service_provider/attachment.h"
#include "core/service_provider/scoped_handle.h"

namespace scardlab::service_provider {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Disposition;
using resource_manager::ReconnectResult;
using resource_manager::ShareMode;
using resource_manager::StatusResult;

namespace {

/// SCardReconnect refuses other arguments with INVALID_VALUE before it looks at the handle (rule R2).
bool reconnect_takes(ShareMode share, Disposition initialization) {
    const auto mode = static_cast<std::uint32_t>(share);
    return initialization <= Disposition::unpower && mode >= 1 && mode <= 3;
}

}  // namespace

Hresult Attachment::reconnect(AttachOptions options, Disposition initialization) {
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

/// LEAVE never powers the card up (rule R5), a new attachment does (C6). So a card that came back and was powered off
/// again while nobody used it (R22), or that another application unpowered (D5), would be left without power by
/// SCardReconnect alone, or fail. A passing connection powers it up; it would wait for ever for a lock that this very
/// handle holds (C4), which only a removal takes away for certain (E5).
Attachment::Repair Attachment::repair_for(Code pending, ShareMode share) const {
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

Hresult Attachment::reconnect_leave(AttachOptions options) {
    StatusResult before = verbs().status(handle_);
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
    ScopedHandle passing(verbs());
    if (repair == Repair::power_up_first && !reader_.empty()) {
        // It lasts as long as this call and disturbs nobody. When it fails, SCardReconnect tells why.
        const ConnectResult result = verbs().connect(context_, reader_, ShareMode::shared, options.protocols);
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
        const StatusResult status = verbs().status(handle_);
        if (status.code == Code::success && (status.state & resource_manager::state_powered) == 0) {
            repair = Repair::power_cycle;
        }
    }
    // Nobody else has a session with the card that could be lost: exclusive, or the card is without power.
    return repair == Repair::power_cycle ? reconnect_once(options, Disposition::unpower) : result;
}

Hresult Attachment::reconnect_once(AttachOptions options, Disposition initialization) {
    const ReconnectResult result = verbs().reconnect(handle_, options.share, options.protocols, initialization);
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
Hresult Attachment::attach_again(AttachOptions options, Disposition initialization) {
    const ConnectResult connected = verbs().connect(context_, reader_, options.share, options.protocols);
    if (connected.code != Code::success) {
        return from_code(connected.code == Code::unknown_reader ? Code::reader_unavailable : connected.code);
    }
    ScopedHandle old(verbs());
    old.own(std::exchange(handle_, connected.handle));
    locks_ = 0;
    if (initialization == Disposition::leave) {
        in_force(options, connected.active_protocol);
        return Hresult::S_OK_;
    }
    active_protocol_ = connected.active_protocol;  // share mode and protocols change when all of it has succeeded
    const ReconnectResult result = verbs().reconnect(handle_, options.share, options.protocols, initialization);
    if (result.code == Code::success) {
        in_force(options, result.active_protocol);
    }
    return from_code(result.code);
}

}  // namespace scardlab::service_provider
