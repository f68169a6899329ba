// SCardReconnect.
#include "core/resource_manager/embedded/impl.h"

namespace scardlab::resource_manager {
namespace {

/// winscard.c:534-552: the arguments, before anything is looked up (rule R2).
Code check_arguments(ShareMode share, Protocols preferred, Disposition initialization) {
    // quirk R2: EJECT is documented and refused.
    if (!is_valid(initialization) || initialization == Disposition::eject || !is_valid(share)) {
        return Code::invalid_value;
    }
    return has_protocol_for(share, preferred) ? Code::success : Code::proto_mismatch;
}

/// winscard.c:576-651: what happens to the card (rules R5 to R10).
Code initialize_card(HandleTable& handles, Reader& reader, Disposition initialization) {
    if (initialization == Disposition::leave) {
        const StateBits state = reader.status().state;
        if ((state & state_absent) != 0) {
            return Code::no_smartcard;
        }
        const bool mute = (state & state_present) != 0 && (state & state_swallowed) != 0;
        return mute ? Code::unresponsive_card : Code::success;
    }
    // quirk R10: before the card is looked for, so REMOVED becomes RESET on every handle.
    handles.mark(reader, Notice::reset);
    switch (reader.reset_card(initialization)) {
        case Code::success:
            return Code::success;
        case Code::removed_card:
            return Code::no_smartcard;
        default:
            return Code::unresponsive_card;
    }
}

/// winscard.c:747-807: the new share mode (rules R18 to R21).
Code change_sharing(Reader& reader, Handle handle, ShareMode share) {
    if (share == ShareMode::exclusive) {
        if (reader.exclusive()) {
            return Code::success;
        }
        if (reader.sharing() != sharing_last) {
            return Code::sharing_violation;
        }
        reader.set_sharing(sharing_exclusive);
        (void)reader.lock().acquire(handle);
    } else if (reader.exclusive()) {
        // quirk R19: released as an exclusive lock, of which the last level stays.
        (void)reader.lock().release(handle, true);
        reader.set_sharing(sharing_last);
    }
    return Code::success;
}

/// The server side. sharing_violation is for the client library to retry.
ReconnectResult reconnect_at_server(HandleTable& handles, OpenHandle& open, ShareMode share, Protocols preferred,
                                    Disposition initialization) {
    if (const Code code = check_arguments(share, preferred, initialization); code != Code::success) {
        return {code};
    }
    if (open.reader == nullptr) {
        return {Code::invalid_value};
    }
    Reader& reader = *open.reader;
    if (const Code code = reader.check_status(); code != Code::success) {
        return {code};
    }
    if (!reader.lock().open_to(open.handle)) {
        return {Code::sharing_violation};
    }
    if (const Code code = initialize_card(handles, reader, initialization); code != Code::success) {
        return {code};
    }
    if (const Code code = reader.settle_protocol(share, preferred); code != Code::success) {
        return {code};
    }
    if (share != ShareMode::direct && (preferred & protocol_raw) == 0) {
        reader.power_event(PowerEvent::used);
    }
    const Protocols active = reader.status().protocol;
    if (const Code code = change_sharing(reader, open.handle, share); code != Code::success) {
        return {code, active};
    }
    open.notice = Notice::none;
    reader.publish_sharing();
    return {Code::success, active};
}

}  // namespace

ReconnectResult EmbeddedResourceManager::Impl::reconnect(Handle handle, ShareMode share, Protocols preferred,
                                                         Disposition initialization) {
    OpenHandle* open = nullptr;
    if (const Code code = look_up(handle, open); code != Code::success) {
        return {code};
    }
    const ReconnectResult result = reconnect_at_server(handles_, *open, share, preferred, initialization);
    if (result.code == Code::sharing_violation) {
        // quirk R18: the client library tries again for ever, and each try does all of its work.
        return {Code::not_yet};
    }
    return result;
}

}  // namespace scardlab::resource_manager
