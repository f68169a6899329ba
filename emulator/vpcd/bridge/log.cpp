#include "emulator/vpcd/bridge/log.h"

#include <dlfcn.h>

#include <cstdio>

namespace scardlab::vpcd {

void log_error(const std::string& message) {
    constexpr int pcsc_log_critical = 3;  // pcsc-lite, debuglog.h
    using LogMessage = void (*)(int priority, const char* format, ...);
    static const auto log_msg = reinterpret_cast<LogMessage>(::dlsym(RTLD_DEFAULT, "log_msg"));
    if (log_msg != nullptr) {
        log_msg(pcsc_log_critical, "scardlab bridge: %s", message.c_str());
    } else {
        std::fprintf(stderr, "scardlab bridge: %s\n", message.c_str());
    }
}

}  // namespace scardlab::vpcd
