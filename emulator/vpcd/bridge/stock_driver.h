#pragma once

#include <string>
#include <tl/expected.hpp>

#include "emulator/vpcd/bridge/ifdhandler.h"

namespace scardlab::vpcd {

/// The functions of the IFD handler that the bridge stands in front of (ifdhandler.h, version 3).
struct StockDriver {
    decltype(&IFDHCreateChannel) create_channel = nullptr;
    decltype(&IFDHCreateChannelByName) create_channel_by_name = nullptr;
    decltype(&IFDHCloseChannel) close_channel = nullptr;
    decltype(&IFDHGetCapabilities) get_capabilities = nullptr;
    decltype(&IFDHSetCapabilities) set_capabilities = nullptr;
    decltype(&IFDHSetProtocolParameters) set_protocol_parameters = nullptr;
    decltype(&IFDHPowerICC) power_icc = nullptr;
    decltype(&IFDHTransmitToICC) transmit_to_icc = nullptr;
    decltype(&IFDHICCPresence) icc_presence = nullptr;
    decltype(&IFDHControl) control = nullptr;
};

/// Path of the driver: $SCARDLAB_VPCD_DRIVER, else where Debian's vsmartcard-vpcd puts it.
std::string stock_driver_path();

/// Loads the driver, which stays loaded. The error is one line for the log.
tl::expected<StockDriver, std::string> load_stock_driver(const std::string& path);

}  // namespace scardlab::vpcd
