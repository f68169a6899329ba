// SCardBeginTransaction and SCardEndTransaction.
#include "core/resource_manager/embedded/impl.h"

namespace scardlab::resource_manager {

Code EmbeddedResourceManager::Impl::begin_transaction(Handle handle) {
    OpenHandle* open = nullptr;
    if (const Code code = look_up(handle, open); code != Code::success) {
        return code;
    }
    if (open->reader == nullptr) {
        return Code::invalid_value;
    }
    if (const Code code = open->reader->check_status(); code != Code::success) {
        return code;
    }
    if (open->notice != Notice::none) {
        return code_of(open->notice);
    }
    // Busy: the client library asks again for ever (rule B1).
    return open->reader->lock().acquire(handle) == Code::success ? Code::success : Code::not_yet;
}

Code EmbeddedResourceManager::Impl::end_transaction(Handle handle, Disposition disposition) {
    OpenHandle* open = nullptr;
    if (const Code code = look_up(handle, open); code != Code::success) {
        return code;
    }
    if (!is_valid(disposition)) {
        return Code::invalid_value;
    }
    if (open->reader == nullptr) {
        return Code::invalid_value;
    }
    Reader& reader = *open->reader;
    if (open->notice != Notice::none) {
        return code_of(open->notice);  // quirk E6: before the lock is given back
    }
    if (disposition != Disposition::leave && !reader.lock().open_to(handle)) {
        return Code::sharing_violation;
    }
    Code code = Code::success;
    if (disposition == Disposition::reset || disposition == Disposition::unpower) {
        // quirk B3: with or without a transaction.
        code = reader.reset_card(disposition);
        handles_.mark(reader, Notice::reset);
    } else if (disposition == Disposition::eject) {
        code = Code::unsupported_feature;
    }
    const Code unlocked = reader.lock().release(handle, reader.exclusive());
    return code == Code::success ? unlocked : code;
}

}  // namespace scardlab::resource_manager
