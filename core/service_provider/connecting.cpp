// Attachment's part that connects by name.
#include <array>
#include <utility>

#include "core/service_provider/attachment.h"
#include "core/service_provider/reader_search.h"
#include "core/service_provider/scoped_handle.h"

namespace scardlab::service_provider {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Context;
using resource_manager::Disposition;
using resource_manager::ReconnectResult;
using resource_manager::ShareMode;

namespace {

/// What a context answers whose resource manager has ended, or that nobody knows.
bool context_is_dead(Code code) {
    return code == Code::no_service || code == Code::comm_error || code == Code::service_stopped ||
           code == Code::invalid_handle;
}

}  // namespace

/// Runs a verb on the context; on a new one where it has none of its own yet, or where that has died.
template <typename Verb>
Code Attachment::on_live_context(Verb verb) {
    const bool none = own_context_ && context_ == Context{};
    Code code = none ? Code::invalid_handle : verb();
    if (!own_context_ || !context_is_dead(code)) {
        return code;
    }
    Context fresh;
    if (code = verbs().establish_context(fresh); code != Code::success) {
        return code;
    }
    const Context old = std::exchange(context_, fresh);
    code = verb();
    if (!none) {
        verbs().release_context(old);
    }
    return code;
}

Hresult Attachment::attach_by_ifd(std::string_view reader, AttachOptions options) {
    if (attached()) {
        return Hresult::E_FAIL_;
    }
    std::string chosen(reader);
    if (chosen.empty()) {
        std::vector<std::string> readers;
        const Code listed = on_live_context([&] { return verbs().list_readers(context_, readers); });
        if (listed != Code::success || readers.empty()) {
            return from_code(listed == Code::success ? Code::no_readers_available : listed);
        }
        chosen = std::move(readers.front());
    }
    present_count_.reset();
    const ConnectResult result = connect_anew(chosen, options);
    if (result.code != Code::success) {
        return result.code == Code::unknown_reader ? Hresult::E_INVALIDARG_ : from_code(result.code);
    }
    ScopedHandle made(verbs());
    made.own(result.handle);
    look_round(chosen);
    handle_ = made.release();
    borrowed_ = false;
    reader_ = std::move(chosen);
    locks_ = 0;
    in_force(options, result.active_protocol);
    return Hresult::S_OK_;
}

/// SCardConnect, which also finds the card of a reader that is wrongly believed empty.
ConnectResult Attachment::connect_anew(const std::string& reader, AttachOptions options) {
    ConnectResult result;
    const auto connect = [&] {
        result = verbs().connect(context_, reader, options.share, options.protocols);
        return result.code;
    };
    result.code = on_live_context(connect);
    if (result.code == Code::no_smartcard) {
        if (const Code seen = see_card(reader); seen == Code::success) {
            connect();
        } else if (seen == Code::not_yet) {
            result.code = seen;
        }
    }
    return result;
}

/// Rules R11 and T5: a reader can be believed empty with a card in it, until a reset finds the card. Nobody has a
/// session with a card that is believed absent. Asks the driver, since a reset of an empty reader would turn the
/// removal that others have yet to be told of into a reset (R10). no_smartcard: it is empty.
Code Attachment::see_card(const std::string& reader) {
    const ConnectResult visit = verbs().connect(context_, reader, ShareMode::direct, 0);
    if (visit.code != Code::success) {
        return visit.code;
    }
    ScopedHandle visitor(verbs());
    visitor.own(visit.handle);
    const Code seen = driver_sees_card(visit.handle);
    return seen == Code::success ? verbs().reconnect(visit.handle, ShareMode::direct, 0, Disposition::reset).code
                                 : seen;
}

/// After a new attachment: what is needed to know reader and card again. What cannot be had is done without.
void Attachment::look_round(const std::string& reader) {
    std::vector<std::string> readers;
    neighbours_.clear();
    if (verbs().list_readers(context_, readers) == Code::success) {
        neighbours_ = neighbours_of(reader, readers);
    }
    present_count_.reset();
    if (const auto seen = look(reader); seen && (seen->state & resource_manager::watch_present) != 0) {
        present_count_ = seen->event_count;
    }
}

/// To the reader of the attachment, or where that is gone to the one as which it is back; `name` becomes its name.
ConnectResult Attachment::connect_to_returned(AttachOptions options, std::string& name) {
    name = reader_;
    ConnectResult result = connect_anew(name, options);
    if (result.code != Code::unknown_reader) {
        return result;
    }
    std::vector<std::string> readers;
    if (const Code listed = verbs().list_readers(context_, readers); listed == Code::success) {
        if (auto other = returned_as(reader_, readers, neighbours_)) {
            name = std::move(*other);
            result = connect_anew(name, options);
        }
    } else if (listed != Code::no_readers_available) {
        result.code = listed;
    }
    if (result.code == Code::unknown_reader) {
        result.code = Code::reader_unavailable;
    }
    return result;
}

/// The handle is dead: a new one takes its place once everything has succeeded.
Hresult Attachment::attach_again(AttachOptions options, Disposition initialization) {
    std::string name;
    const ConnectResult connected = connect_to_returned(options, name);
    if (connected.code != Code::success) {
        return from_code(connected.code);
    }
    ScopedHandle made(verbs());
    made.own(connected.handle);
    ReconnectResult result{Code::success, connected.active_protocol};
    Disposition how = initialization;
    if (how == Disposition::leave && suspect_) {
        const Code alive = answers(connected.handle, connected.active_protocol);
        if (alive != Code::success && alive != Code::unresponsive_card) {
            return from_code(alive);
        }
        how = alive == Code::success ? Disposition::leave : Disposition::unpower;
    }
    if (how != Disposition::leave) {
        result = verbs().reconnect(connected.handle, options.share, options.protocols, how);
        if (result.code != Code::success) {
            return from_code(result.code);
        }
    }
    look_round(name);
    ScopedHandle old(verbs());
    old.own(std::exchange(handle_, made.release()));
    reader_ = std::move(name);
    locks_ = 0;
    in_force(options, result.active_protocol);
    return Hresult::S_OK_;
}

}  // namespace scardlab::service_provider
