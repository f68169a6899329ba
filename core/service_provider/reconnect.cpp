// Attachment's part that reconnects the handle that there is.
#include <algorithm>

#include "core/service_provider/attachment.h"
#include "core/service_provider/scoped_handle.h"

namespace scardlab::service_provider {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Disposition;
using resource_manager::Protocols;
using resource_manager::ReconnectResult;
using resource_manager::ShareMode;
using resource_manager::StatusResult;

namespace {

constexpr Protocols any_protocol = resource_manager::protocol_t0 | resource_manager::protocol_t1;

/// SCardReconnect refuses other arguments with INVALID_VALUE before it looks at the handle (rule R2).
bool reconnect_takes(ShareMode share, Disposition initialization) {
    const auto mode = static_cast<std::uint32_t>(share);
    return initialization <= Disposition::unpower && mode >= 1 && mode <= 3;
}

/// The question was not answered: within the bound, or at all.
bool unanswered(Code code) {
    return code == Code::not_yet || code == Code::no_memory || code == Code::sharing_violation ||
           code == Code::timeout || code == Code::server_too_busy || code == Code::cancelled;
}

/// Nothing can be done with the handle any more: it is unknown, or its reader or resource manager has gone.
/// SCardReconnect says invalid_value of a handle whose reader has gone (rule R2).
bool is_dead(Code code) {
    return code == Code::invalid_handle || code == Code::invalid_value || code == Code::reader_unavailable ||
           code == Code::no_service || code == Code::comm_error || code == Code::service_stopped;
}

/// Automatic power-off, a reset, a removal and every other loss of power take the protocol with them (rules P1, D4, R6,
/// H2), except RAW.
bool is_powered_for_certain(const StatusResult& status) {
    return status.code == Code::success && (status.state & resource_manager::state_powered) != 0 &&
           (status.protocol == resource_manager::protocol_t0 || status.protocol == resource_manager::protocol_t1);
}

}  // namespace

Hresult Attachment::reconnect(AttachOptions options, Disposition initialization) {
    if (!attached()) {
        return invalid_handle;
    }
    if (!reconnect_takes(options.share, initialization)) {
        return from_code(Code::invalid_value);
    }
    const StatusResult before = verbs().status(handle_);
    if (unanswered(before.code)) {
        return from_code(before.code);
    }
    learn(before);
    Code code = before.code;
    // READER_UNAVAILABLE also stands for a reader that fails: SCardReconnect tells whether the handle outlives it.
    if (!is_dead(code) || code == Code::reader_unavailable) {
        const ReconnectResult result = initialization == Disposition::leave
                                           ? reconnect_leave(before, options)
                                           : reconnect_anew(before, options, initialization);
        if (result.code == Code::success) {
            return take_over(result, before, options);
        }
        code = result.code;
    }
    if (is_dead(code) && !borrowed_) {
        return attach_again(options, initialization);
    }
    return from_code(code == Code::invalid_value ? Code::reader_unavailable : code);
}

/// What a SCardStatus tells beyond its answer.
void Attachment::learn(const StatusResult& status) {
    if (status.code == Code::removed_card) {
        locks_ = 0;  // rule E5
        level_lost_ = exclusive_;
    } else if (status.code == Code::success) {
        if (reader_.empty()) {
            reader_ = status.reader;
        }
        if ((status.state & resource_manager::state_present) != 0) {
            present_count_ = status.event_count;
        }
    }
}

/// Whether another handle can be had for a moment: not while this one keeps everybody out (rules C3, C4), of which a
/// borrowed one tells only by a removal that it has not (E5).
bool Attachment::may_visit(const StatusResult& before) const {
    const bool no_lock = before.code == Code::removed_card || (!borrowed_ && locks_ == 0);
    return no_lock && !exclusive_ && !reader_.empty();
}

/// LEAVE never powers the card up (rule R5), SCardConnect does (C6), by the automatic power-off's own lock and without
/// a word to anybody. So a card that came back and was powered off again while nobody used it (R22), or that another
/// application unpowered (D5), gets its power by a connection that lasts no longer than this call.
Code Attachment::visit(Protocols protocols) {
    const ConnectResult result = verbs().connect(context_, reader_, ShareMode::shared, protocols);
    ScopedHandle visitor(verbs());
    if (result.code == Code::success) {
        visitor.own(result.handle);
    }
    return result.code;
}

ReconnectResult Attachment::reconnect_leave(const StatusResult& before, AttachOptions options) {
    const bool direct = options.share == ShareMode::direct;
    bool powered = direct || is_powered_for_certain(before);
    if (!powered && before.code != Code::reader_unavailable) {
        if (!borrowed_ && !exclusive_ && locks_ > 0 && before.code == Code::success) {
            end_locks(locks_);
            locks_ = 0;
        }
        if (may_visit(before)) {
            const Code visited = visit(options.protocols);
            powered = visited == Code::success;
            // A sharing violation: the owner of a borrowed handle has it exclusively.
            if (visited != Code::success && visited != Code::sharing_violation) {
                return mended(visited, before, options);
            }
        }
    }
    const ReconnectResult result = verbs().reconnect(handle_, options.share, options.protocols, Disposition::leave);
    if (result.code != Code::success) {
        return mended(result.code, before, options);
    }
    if (direct || (powered && result.active_protocol != resource_manager::protocol_undefined)) {
        return result;
    }
    exclusive_ = exclusive_ || options.share == ShareMode::exclusive;
    Code alive = Code::unresponsive_card;
    if (result.active_protocol != resource_manager::protocol_undefined) {
        alive = answers(handle_, result.active_protocol);
    }
    // No protocol was in force, so nobody has a session with a card that does not answer.
    return alive == Code::unresponsive_card ? initialize(options, Disposition::unpower)
                                            : ReconnectResult{alive, result.active_protocol};
}

/// What SCardReconnect(LEAVE) or the visit before it failed with, unless that can be helped without taking anything
/// from anybody.
ReconnectResult Attachment::mended(Code code, const StatusResult& before, AttachOptions options) {
    const bool no_card = code == Code::no_smartcard;
    const bool deaf = code == Code::unresponsive_card || code == Code::unpowered_card ||
                      (code == Code::proto_mismatch && is_silent());
    if (options.share == ShareMode::direct && !borrowed_ && (no_card || deaf)) {
        // SCardConnect does without a card (rule C5): a new handle does it, once this one keeps nobody out (C3, C4).
        if (alone()) {
            verbs().disconnect(handle_, Disposition::leave);
            exclusive_ = false;
            locks_ = 0;
        }
        return {Code::invalid_handle};
    }
    if (deaf) {
        return initialize(options, Disposition::unpower);
    }
    if (no_card) {
        const Code seen = is_in_reader(before);
        return seen == Code::success ? initialize(options, Disposition::reset) : ReconnectResult{seen};
    }
    return {code == Code::unknown_reader ? Code::reader_unavailable : code};
}

/// RESET and UNPOWER, unless there is no card: then they would turn the removal that others have yet to be told of into
/// a reset (rule R10).
ReconnectResult Attachment::reconnect_anew(const StatusResult& before, AttachOptions options, Disposition how) {
    if (before.code == Code::removed_card) {
        const auto seen = look(reader_);
        if (seen && (seen->state & resource_manager::watch_empty) != 0) {
            if (const Code code = is_in_reader(before); code != Code::success) {
                return {code};
            }
        }
    }
    if (options.share == ShareMode::exclusive && !is_powered_for_certain(before) && may_visit(before)) {
        // With power, LEAVE does to wait for exclusive use. What else is wrong the initialization mends.
        if (const Code visited = visit(any_protocol); visited == Code::not_yet) {
            return {visited};
        }
    }
    return initialize(options, how);
}

/// RESET and UNPOWER, once. SCardReconnect judges the share mode when the card has been reset, and its client tries
/// again for ever (rules R16, R18): so exclusive use is taken first, with LEAVE.
ReconnectResult Attachment::initialize(AttachOptions options, Disposition how) {
    const bool taking = options.share == ShareMode::exclusive && !exclusive_;
    ShareMode during = options.share;
    if (taking) {
        const ReconnectResult granted =
            verbs().reconnect(handle_, ShareMode::exclusive, any_protocol, Disposition::leave);
        switch (granted.code) {
            case Code::success:
                exclusive_ = true;
                break;
            case Code::no_smartcard:
            case Code::unresponsive_card:
            case Code::proto_mismatch:
                during = ShareMode::shared;  // LEAVE does not do with this card: afterwards
                break;
            default:
                return granted;
        }
    }
    ReconnectResult result = power_anew(during, options.protocols, how);
    if (result.code == Code::success && during != options.share) {
        result = verbs().reconnect(handle_, options.share, options.protocols, Disposition::leave);
    }
    if (result.code != Code::success && result.code != Code::not_yet && taking && exclusive_) {
        give_back_exclusive_use();
    }
    return result;
}

/// Rule R23: the automatic power-off can overtake SCardReconnect, which then succeeds without a protocol and with the
/// card unpowered. It cannot happen twice to a reader that counts as in use, so three times is more than enough.
ReconnectResult Attachment::power_anew(ShareMode share, Protocols protocols, Disposition how) {
    constexpr int most_tries = 3;
    for (int tries = 0; tries < most_tries; ++tries) {
        const ReconnectResult result = verbs().reconnect(handle_, share, protocols, how);
        const bool without = result.active_protocol == resource_manager::protocol_undefined;
        if (result.code != Code::success || !without || share == ShareMode::direct) {
            suspect_ = suspect_ && result.code != Code::success;
            return result;
        }
    }
    return {Code::unresponsive_card};
}

/// What was taken for an initialization that has failed. A card that does not answer keeps SCardReconnect from it
/// (rule R5): then the next Reconnect or Detach gives it back.
void Attachment::give_back_exclusive_use() {
    const ReconnectResult back = verbs().reconnect(handle_, options_.share, options_.protocols, Disposition::leave);
    if (back.code == Code::success) {
        exclusive_ = false;
        if (locks_ == 0) {
            end_locks(1);  // rule R19
        }
    }
}

/// SCardReconnect has succeeded; the rest of what a new attachment would be like.
Hresult Attachment::take_over(ReconnectResult result, const StatusResult& before, AttachOptions options) {
    if (suspect_ && before.code == Code::success) {
        Code alive = answers(handle_, result.active_protocol);
        if (alive == Code::unresponsive_card) {
            exclusive_ = exclusive_ || options.share == ShareMode::exclusive;
            result = initialize(options, Disposition::unpower);  // it answers nobody
            alive = result.code;
        }
        if (alive != Code::success) {
            return from_code(alive);
        }
    }
    if (const Code code = settle_locks(options.share); code != Code::success) {
        return from_code(code);
    }
    in_force(options, result.active_protocol);
    return Hresult::S_OK_;
}

/// A new attachment holds no transaction; one in exclusive use holds a level that none of its calls can end (rules C10,
/// B5). The transactions of a borrowed handle are its owner's, except the level that exclusive use has left (R19).
Code Attachment::settle_locks(ShareMode share) {
    const bool was_exclusive = exclusive_;
    Code code = Code::success;
    if (share == ShareMode::exclusive) {
        if (level_lost_ || (!borrowed_ && locks_ > 0)) {
            code = verbs().begin_transaction(handle_);
            if (code == Code::success) {
                code = end_locks((borrowed_ ? 0 : locks_) + 1);
            }
        }
    } else if (was_exclusive && locks_ == 0) {
        code = end_locks(1);
    } else if (!borrowed_ && locks_ > 0) {
        code = end_locks(locks_);
    }
    if (code == Code::success && !borrowed_) {
        locks_ = 0;
    }
    return code;
}

/// Ends transactions of the handle, `most` at most. Codes that mean that there is none are success.
Code Attachment::end_locks(unsigned most) {
    for (unsigned ended = 0; ended < most; ++ended) {
        const Code code = verbs().end_transaction(handle_, Disposition::leave);
        if (code == Code::not_transacted || code == Code::sharing_violation || code == Code::removed_card) {
            return Code::success;
        }
        if (code != Code::success) {
            return code;
        }
    }
    return Code::success;
}

}  // namespace scardlab::service_provider
