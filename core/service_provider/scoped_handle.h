#pragma once

#include <new>
#include <utility>

#include "core/resource_manager/resource_manager.h"

namespace scardlab::service_provider {

/// A handle that is disconnected, LEAVE, when it goes out of scope. `manager` outlives it.
class ScopedHandle {
  public:
    explicit ScopedHandle(resource_manager::ResourceManager& manager) : manager_(manager) {}
    ~ScopedHandle() {
        if (handle_ == resource_manager::Handle{}) {
            return;
        }
        try {
            manager_.disconnect(handle_, resource_manager::Disposition::leave);
        } catch (const std::bad_alloc&) {
            // It stays open until its context is released.
        }
    }
    ScopedHandle(const ScopedHandle&) = delete;
    ScopedHandle& operator=(const ScopedHandle&) = delete;

    void own(resource_manager::Handle handle) { handle_ = handle; }
    resource_manager::Handle handle() const { return handle_; }
    /// Gives it away.
    resource_manager::Handle release() { return std::exchange(handle_, {}); }

  private:
    resource_manager::ResourceManager& manager_;
    resource_manager::Handle handle_;
};

}  // namespace scardlab::service_provider
