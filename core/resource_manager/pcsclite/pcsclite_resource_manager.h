#pragma once

#include <memory>

#include "core/resource_manager/resource_manager.h"

namespace scardlab::resource_manager {

/// The resource manager of the machine (or of PCSCLITE_CSOCK_NAME) through libpcsclite: every verb is the SCard
/// function of the same name, its LONG narrowed to 32 bits. Calls block as libpcsclite's do (rules C4, R16); those of
/// make_caller() have an end (blocking_caller.h).
std::unique_ptr<ResourceManager> make_pcsclite_resource_manager();

}  // namespace scardlab::resource_manager
