#pragma once

#include "core/resource_manager/resource_manager.h"

namespace scardlab::resource_manager {

/// hLockId and LockCount of a reader: transactions, and the lock that an exclusive handle holds implicitly
/// (pcsc-lite readerfactory.c:1014-1085).
class TransactionLock {
  public:
    /// RFCheckSharing: nobody holds it, or this handle does.
    bool open_to(Handle handle) const { return !held() || holder_ == handle; }
    bool held() const { return holder_.value != 0; }
    Handle holder() const { return holder_; }
    int levels() const { return levels_; }

    /// RFLockSharing: one more level, unless another handle holds it (sharing_violation).
    Code acquire(Handle handle);
    /// RFUnlockSharing: one level less. `exclusive`: the reader is held exclusively, and the last level stays.
    /// sharing_violation: another handle holds it. not_transacted: no level to give back.
    Code release(Handle handle, bool exclusive);
    /// RFUnlockAllSharing. sharing_violation: another handle holds it.
    Code release_all(Handle handle);
    /// Nobody holds it any more, whoever did.
    void drop();

  private:
    Handle holder_;
    int levels_ = 0;
};

}  // namespace scardlab::resource_manager
