#include "emulator/vpcd/bridge/device_name.h"

#include <cstdlib>
#include <string>

namespace scardlab::vpcd {

Device parse_device_name(std::string_view name) {
    Device device;
    const auto colon = name.find(':');
    if (colon == std::string_view::npos) {
        return device;
    }
    device.listens = name.substr(0, colon) == "/dev/null";
    device.port = static_cast<std::uint16_t>(std::strtoul(std::string(name.substr(colon + 1)).c_str(), nullptr, 0));
    return device;
}

}  // namespace scardlab::vpcd
