#pragma once

#include <memory>

#include "core/service_provider/iscard_file_access.h"

namespace scardlab::service_provider {

/// The same interface, with each of its methods between begin_method() and end_method() of its channel
/// (card_channel.h): one unit for other threads, ended by Detach, within one bound. `channel` outlives the object.
std::unique_ptr<ISCardFileAccess> in_turn(CardChannel& channel, std::unique_ptr<ISCardFileAccess> inner);

}  // namespace scardlab::service_provider
