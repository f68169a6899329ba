#pragma once

#include <memory>

#include "core/resource_manager/caller.h"
#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "emulator/ifd/clock.h"

namespace scardlab::resource_manager {

/// The embedded manager's own Caller: it does not wait, and its time is the clock's. Both outlive it.
std::unique_ptr<Caller> make_embedded_caller(EmbeddedResourceManager& manager, const ifd::VirtualClock& clock);

}  // namespace scardlab::resource_manager
