// SCardConnect and SCardDisconnect.
#include "core/resource_manager/embedded/impl.h"
#include "core/resource_manager/embedded/protocol_choice.h"

namespace scardlab::resource_manager {
namespace {

/// MAX_READERNAME, PCSC_MAX_READER_HANDLES, PCSC_MAX_CONTEXT_CARD_HANDLES (rule C12).
constexpr std::size_t max_reader_name = 128;
constexpr std::size_t max_reader_handles = 200;
constexpr std::size_t max_context_handles = 200;

}  // namespace

bool has_protocol_for(ShareMode share, Protocols preferred) {
    constexpr Protocols known = protocol_t0 | protocol_t1 | protocol_raw | protocol_any_old;
    return share == ShareMode::direct || (preferred & known) != 0;
}

Code EmbeddedResourceManager::Impl::check_connect(std::string_view name, ShareMode share, Protocols preferred,
                                                  Reader*& reader) const {
    if (!has_protocol_for(share, preferred)) {
        return Code::proto_mismatch;
    }
    if (!is_valid(share)) {
        return Code::invalid_value;
    }
    reader = readers_.find(name);
    if (reader == nullptr) {
        return Code::unknown_reader;
    }
    if (const Code code = reader->check_status(); code != Code::success) {
        return code;
    }
    return reader->exclusive() ? Code::sharing_violation : Code::success;
}

ConnectResult EmbeddedResourceManager::Impl::connect(Context context, std::string_view name, ShareMode share,
                                                     Protocols preferred) {
    if (name.size() > max_reader_name) {
        return {Code::invalid_value, {}};
    }
    OpenContext* open = find(context);
    if (open == nullptr || open->dead) {
        return {open == nullptr ? Code::invalid_handle : code_of_dead(*open), {}};
    }
    Reader* reader = nullptr;
    if (open->waiting_connect && open->waiting_connect->is(name, share, preferred)) {
        reader = readers_.find(name);
    }
    open->waiting_connect.reset();
    if (reader == nullptr) {
        if (const Code code = check_connect(name, share, preferred, reader); code != Code::success) {
            return {code, {}};
        }
    }
    if (reader->lock().held()) {
        // Whoever holds it, a handle of this very context included (rule C4).
        open->waiting_connect = WaitingConnect{std::string(name), share, preferred};
        return {Code::not_yet, {}};
    }
    if (share != ShareMode::direct) {
        if (const Code code = reader->use_card(); code != Code::success) {
            return {code, {}};
        }
    }
    if (const Code code = reader->settle_protocol(share, preferred); code != Code::success) {
        return {code, {}};
    }
    return admit(context, *reader, share);
}

ConnectResult EmbeddedResourceManager::Impl::admit(Context context, Reader& reader, ShareMode share) {
    const Protocols active = reader.status().protocol;
    if (share == ShareMode::exclusive && reader.sharing() != sharing_none) {
        // quirk C10: only here, with the card powered and its protocol settled.
        return {Code::sharing_violation, {}, active};
    }
    if (handles_.count_of(reader) >= max_reader_handles) {
        return {Code::internal_error, {}, active};
    }
    OpenHandle& opened = handles_.open(context, reader, reader.status().name);
    if (share == ShareMode::exclusive) {
        reader.set_sharing(sharing_exclusive);
        reader.lock().acquire(opened.handle);
    } else {
        reader.set_sharing(reader.sharing() + 1);
    }
    reader.publish_sharing();
    if (handles_.count_of(context) > max_context_handles) {
        close_handle(opened, Disposition::leave);
        return {Code::no_memory, {}, active};
    }
    return {Code::success, opened.handle, active};
}

Code EmbeddedResourceManager::Impl::disconnect(Handle handle, Disposition disposition) {
    OpenHandle* open = nullptr;
    if (const Code code = look_up(handle, open); code != Code::success) {
        return code;
    }
    if (!is_valid(disposition)) {
        return Code::invalid_value;
    }
    if (open->reader == nullptr) {
        handles_.close(handle);
        return Code::success;
    }
    if (disposition != Disposition::leave && !open->reader->lock().open_to(handle)) {
        return Code::not_yet;  // rule D2
    }
    close_handle(*open, disposition);
    return Code::success;
}

void EmbeddedResourceManager::Impl::close_handle(OpenHandle& open, Disposition disposition) {
    Reader& reader = *open.reader;
    // Fails where another handle holds the lock, which LEAVE does not mind.
    (void)reader.lock().release_all(open.handle);
    if (disposition == Disposition::reset) {
        handles_.mark(reader, Notice::reset);
        // quirk D4: an absent or mute card is no error.
        (void)reader.reset_card(Disposition::reset);
    } else if (disposition == Disposition::unpower) {
        handles_.mark(reader, Notice::reset);
        reader.unpower_card();
    }
    handles_.close(open.handle);
    if (reader.exclusive()) {
        reader.set_sharing(sharing_none);
    } else if (reader.sharing() > sharing_none) {
        reader.set_sharing(reader.sharing() - 1);
    }
    if (reader.sharing() == sharing_none) {
        reader.power_event(PowerEvent::last_handle_gone);
        wake(reader);
    }
    reader.publish_sharing();
}

}  // namespace scardlab::resource_manager
