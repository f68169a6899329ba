#include "core/resource_manager/embedded/embedded_caller.h"

namespace scardlab::resource_manager {
namespace {

class EmbeddedCaller final : public Caller {
  public:
    EmbeddedCaller(EmbeddedResourceManager& manager, const ifd::VirtualClock& clock)
        : manager_(manager), clock_(clock) {}

    ResourceManager& verbs() override { return manager_; }
    bool waits() const override { return false; }
    std::chrono::nanoseconds now() const override { return clock_.now(); }
    void set_deadline(std::chrono::nanoseconds) override {}
    /// The embedded card and reader take no time that anybody could wait for.
    Code give_up(Context context) override {
        manager_.forget_wait(context);
        return manager_.frozen() ? Code::server_too_busy : Code::sharing_violation;
    }
    void interrupt() override {}
    void clear_interrupt() override {}
    std::optional<std::uint64_t> changes() const override { return std::nullopt; }
    Code await_change(std::uint64_t) override { return Code::not_yet; }
    Code await_service() override { return Code::not_yet; }

  private:
    EmbeddedResourceManager& manager_;
    const ifd::VirtualClock& clock_;
};

}  // namespace

std::unique_ptr<Caller> make_embedded_caller(EmbeddedResourceManager& manager, const ifd::VirtualClock& clock) {
    return std::make_unique<EmbeddedCaller>(manager, clock);
}

}  // namespace scardlab::resource_manager
