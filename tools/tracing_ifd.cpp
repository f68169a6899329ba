#include "tools/tracing_ifd.h"

#include <chrono>

namespace scardlab::tools {

ifd::IfdCode TracingIfd::traced(ifd::IfdCode code) {
    for (const icc::ContactLog::Entry& entry : log_.entries()) {
        const std::chrono::duration<double> at = entry.at.count * clock_period_;
        std::fprintf(out_, "%12.6f  %s\n", at.count(), icc::describe(log_, entry).c_str());
    }
    log_.clear();
    std::fflush(out_);
    return code;
}

}  // namespace scardlab::tools
