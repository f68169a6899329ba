#include "core/resource_manager/embedded/transaction_lock.h"

namespace scardlab::resource_manager {

Code TransactionLock::acquire(Handle handle) {
    if (!open_to(handle)) {
        return Code::sharing_violation;
    }
    ++levels_;
    holder_ = handle;
    return Code::success;
}

Code TransactionLock::release(Handle handle, bool exclusive) {
    if (!open_to(handle)) {
        return Code::sharing_violation;
    }
    const int least = exclusive ? 1 : 0;
    if (levels_ <= least) {
        return Code::not_transacted;
    }
    --levels_;
    if (levels_ == 0) {
        holder_ = {};
    }
    return Code::success;
}

Code TransactionLock::release_all(Handle handle) {
    if (!open_to(handle)) {
        return Code::sharing_violation;
    }
    drop();
    return Code::success;
}

void TransactionLock::drop() {
    holder_ = {};
    levels_ = 0;
}

}  // namespace scardlab::resource_manager
