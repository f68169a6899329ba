// SELECT and Reconnect through ISCardManage on the embedded target, every character modelled. One thread.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "core/service_provider/iscard_manage.h"
#include "emulator/icc/icc.h"
#include "emulator/ifd/clock.h"
#include "emulator/ifd/reader.h"
#include "scenarios/engine/loader.h"

using namespace scardlab;

namespace {

/// Repetitions a second of `work`, over about one second.
double rate(const std::function<bool()>& work) {
    using Clock = std::chrono::steady_clock;
    constexpr int batch = 1000;
    const auto start = Clock::now();
    long long done = 0;
    while (Clock::now() - start < std::chrono::seconds(1)) {
        for (int i = 0; i < batch; ++i) {
            if (!work()) {
                std::fprintf(stderr, "a call failed\n");
                std::exit(1);
            }
        }
        done += batch;
    }
    return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

int main() {
    const std::filesystem::path cards = std::filesystem::path(SCARDLAB_SOURCE_DIR) / "scenarios" / "cards";
    const auto profile = engine::load_profile("dual_protocol", {cards.parent_path(), cards}, {});
    if (!profile) {
        std::fprintf(stderr, "%s\n", profile.error().text().c_str());
        return 3;
    }
    ifd::VirtualClock clock;
    ifd::Reader reader(clock);
    icc::Icc card(*profile);
    resource_manager::EmbeddedResourceManager manager(clock);
    manager.add_reader("scardlab reader", reader);
    reader.insert(card);
    resource_manager::Context context;
    manager.establish_context(context);
    const auto manage = service_provider::make_iscard_manage(manager, context);
    using service_provider::Hresult;
    if (manage->AttachByIFD("") != Hresult::S_OK_) {
        return 1;
    }
    const iso7816::Bytes select{0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00};
    iso7816::Bytes response;
    const double selects = rate([&] {
        return manage->Transmit(select, response) == Hresult::S_OK_ && response.size() == 2 && response[0] == 0x90;
    });
    const double resets = rate([&] {
        return manage->Reconnect(resource_manager::ShareMode::shared, 3, resource_manager::Disposition::reset) ==
               Hresult::S_OK_;
    });
    fmt::print("SELECT (T=1)                          {:>10.0f} /s\n", selects);
    fmt::print("Reconnect RESET (ATR, PPS T=1, IFS)   {:>10.0f} /s\n", resets);
}
