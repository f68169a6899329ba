#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// The real pcscd, private to this process, with our reader and card behind Debian's vpcd; each application is a
/// process.
///
/// Threads: the caller's, which steps through the scenario, and the link's, which owns reader, clock and cards; the two
/// meet in jobs posted to the link. The process must be in private namespaces (enter_private_namespaces()).
class PcscdWorld final : public World {
  public:
    struct Options {
        TargetKind kind = TargetKind::pcscd;   ///< pcscd: our bridge in front of the stock driver; vpcd: without it
        std::filesystem::path program;         ///< scardlab, for the applications' processes
        std::filesystem::path bridge_library;  ///< for pcscd
        std::filesystem::path stock_driver;
        std::filesystem::path pcscd;
    };
    /// Starts pcscd and the link. Error: one line that says what is missing or what went wrong.
    static WorldResult<std::unique_ptr<PcscdWorld>> start(const Options& options);
    ~PcscdWorld() override;

    TargetKind kind() const override;
    WorldResult<void> begin(const ifd::ReaderOptions& reader, const std::optional<icc::Profile>& card,
                            Trace* trace) override;
    WorldResult<void> end() override;
    WorldResult<std::optional<Reply>> call(const std::string& application, Method method, const Arguments& arguments,
                                           std::chrono::milliseconds patience) override;
    WorldResult<std::optional<Reply>> await_reply(const std::string& application,
                                                  std::chrono::milliseconds patience) override;
    std::chrono::milliseconds blocked_after() const override;
    WorldResult<void> kill(const std::string& application) override;
    std::string holds(const std::string& application) override;
    WorldResult<void> insert(const std::optional<icc::Profile>& card) override;
    WorldResult<void> remove() override;
    WorldResult<void> swap(const icc::Profile& card) override;
    WorldResult<void> set_mute(bool mute) override;
    WorldResult<void> move_reader(const ReaderStep& step) override;
    WorldResult<void> move_service(ServiceStep::Action action) override;
    WorldResult<void> plan(const ifd::Fault& fault) override;
    PlansLeft plans_left() override;
    WorldResult<void> advance(std::chrono::milliseconds duration) override;
    WorldResult<void> settle() override;
    std::vector<SeenEvent> take_contacts() override;
    std::uint16_t first_event_count() const override;
    std::chrono::nanoseconds elapsed() const override;

  private:
    class Impl;
    explicit PcscdWorld(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace scardlab::engine
