#pragma once

#include <memory>
#include <string>

#include "core/service_provider/card_events.h"

namespace scardlab::service_provider {

/// What the events of an attachment ask its owner.
class EventOwner {
  public:
    enum class Look : std::uint8_t {
        in_order,
        reset,   ///< by another application
        unknown  ///< a method runs, or another application holds the lock
    };
    virtual ~EventOwner() = default;
    /// Does not wait.
    virtual Look look_for_reset() = 0;
    /// These events live no longer.
    virtual void forget(CardEvents& events) = 0;
};

/// Events of an attachment: its owner tells when that has ended.
class AttachmentEvents : public CardEvents {
  public:
    /// From now on SCARD_E_INVALID_HANDLE. Any thread.
    virtual void detached() = 0;
};

/// `manager` and `owner` outlive the object.
std::unique_ptr<AttachmentEvents> make_attachment_events(resource_manager::ResourceManager& manager,
                                                         const std::string& reader, EventOwner& owner);

}  // namespace scardlab::service_provider
