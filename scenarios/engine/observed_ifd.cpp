#include "scenarios/engine/observed_ifd.h"

namespace scardlab::engine {

std::string name(ifd::IfdCode code) {
    switch (code) {
        case ifd::IfdCode::success:
            return "success";
        case ifd::IfdCode::error_tag:
            return "error_tag";
        case ifd::IfdCode::error_power_action:
            return "error_power_action";
        case ifd::IfdCode::pts_failure:
            return "pts_failure";
        case ifd::IfdCode::error_not_supported:
            return "error_not_supported";
        case ifd::IfdCode::protocol_not_supported:
            return "protocol_not_supported";
        case ifd::IfdCode::communication_error:
            return "communication_error";
        case ifd::IfdCode::response_timeout:
            return "response_timeout";
        case ifd::IfdCode::not_supported:
            return "not_supported";
        case ifd::IfdCode::icc_present:
            return "icc_present";
        case ifd::IfdCode::icc_not_present:
            return "icc_not_present";
        case ifd::IfdCode::no_such_device:
            return "no_such_device";
        case ifd::IfdCode::insufficient_buffer:
            return "insufficient_buffer";
    }
    return std::to_string(static_cast<unsigned>(code));
}

void ObservedIfd::set_presence_listener(std::function<void()> listener) {
    if (!listener) {
        ifd_.set_presence_listener({});
        return;
    }
    ifd_.set_presence_listener([this, listener = std::move(listener)] {
        ++presence_changes_;
        listener();
    });
}

ifd::IfdCode ObservedIfd::power_icc(ifd::PowerAction action, iso7816::Atr& atr) {
    const ifd::IfdCode code = ifd_.power_icc(action, atr);
    if (observer_) {
        const char* verb = action == ifd::PowerAction::up     ? "power up"
                           : action == ifd::PowerAction::down ? "power down"
                                                              : "reset";
        observer_(verb + (": " + name(code)));
    }
    return code;
}

ifd::IfdCode ObservedIfd::set_protocol(iso7816::Protocol protocol) {
    const ifd::IfdCode code = ifd_.set_protocol(protocol);
    if (observer_) {
        observer_(std::string("set protocol T") + (protocol == iso7816::Protocol::t1 ? '1' : '0') + ": " + name(code));
    }
    return code;
}

ifd::IfdCode ObservedIfd::transmit(iso7816::ByteView command, iso7816::Bytes& response) {
    const ifd::IfdCode code = ifd_.transmit(command, response);
    if (observer_) {
        observer_("transmit: " + name(code));
    }
    return code;
}

}  // namespace scardlab::engine
