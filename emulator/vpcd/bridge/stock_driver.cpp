#include "emulator/vpcd/bridge/stock_driver.h"

#include <dlfcn.h>

#include <cstdlib>

namespace scardlab::vpcd {

namespace {

template <typename Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    return function != nullptr;
}

}  // namespace

std::string stock_driver_path() {
    const char* chosen = std::getenv("SCARDLAB_VPCD_DRIVER");
    return chosen != nullptr && *chosen != '\0' ? chosen : "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
}

tl::expected<StockDriver, std::string> load_stock_driver(const std::string& path) {
    // Lazily, as pcscd itself does: the driver calls a function of pcscd's for its log.
    void* library = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr) {
        return tl::unexpected(std::string("cannot load the vpcd driver (Debian package vsmartcard-vpcd): ") +
                              ::dlerror());
    }
    StockDriver driver;
    const bool complete =
        find(library, "IFDHCreateChannel", driver.create_channel) &&
        find(library, "IFDHCreateChannelByName", driver.create_channel_by_name) &&
        find(library, "IFDHCloseChannel", driver.close_channel) &&
        find(library, "IFDHGetCapabilities", driver.get_capabilities) &&
        find(library, "IFDHSetCapabilities", driver.set_capabilities) &&
        find(library, "IFDHSetProtocolParameters", driver.set_protocol_parameters) &&
        find(library, "IFDHPowerICC", driver.power_icc) && find(library, "IFDHTransmitToICC", driver.transmit_to_icc) &&
        find(library, "IFDHICCPresence", driver.icc_presence) && find(library, "IFDHControl", driver.control);
    if (!complete) {
        return tl::unexpected(path + " is not an IFD handler of version 3");
    }
    return driver;
}

}  // namespace scardlab::vpcd
