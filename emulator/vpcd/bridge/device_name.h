#pragma once

#include <cstdint>
#include <string_view>

namespace scardlab::vpcd {

/// What DEVICENAME or CHANNELID of reader.conf say to vpcd.
struct Device {
    std::uint16_t port = 0x8C7B;  ///< of slot 0; slot 1 has the next one
    bool listens = true;          ///< vpcd listens; false: it connects to a host
};

/// Reads DEVICENAME as vpcd does: "/dev/null:0x8C7B" listens on that port, "host:port" connects, no colon means the
/// default port. The number may be decimal, octal (0...) or hexadecimal (0x...); like vpcd, it keeps what fits.
Device parse_device_name(std::string_view name);

}  // namespace scardlab::vpcd
