#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/resource_manager/embedded/embedded_resource_manager.h"
#include "emulator/ifd/clock.h"
#include "emulator/ifd/reader.h"
#include "scenarios/engine/application.h"
#include "scenarios/engine/card_box.h"
#include "scenarios/engine/observed_ifd.h"
#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// Everything in this process and thread, in virtual time: the same story each time. A call that blocks is tried again
/// each time that libpcsclite would (100 ms), in virtual time, while somebody waits for it or the clock is advanced.
class EmbeddedWorld final : public World {
  public:
    EmbeddedWorld();
    ~EmbeddedWorld() override;

    TargetKind kind() const override { return TargetKind::embedded; }
    WorldResult<void> begin(const ifd::ReaderOptions& reader, const std::optional<icc::Profile>& card,
                            Trace* trace) override;
    WorldResult<void> end() override;
    WorldResult<std::optional<Reply>> call(const std::string& application, Method method, const Arguments& arguments,
                                           std::chrono::milliseconds patience) override;
    WorldResult<std::optional<Reply>> await_reply(const std::string& application,
                                                  std::chrono::milliseconds patience) override;
    std::chrono::milliseconds blocked_after() const override { return std::chrono::milliseconds(0); }
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
    WorldResult<void> settle() override { return {}; }
    std::vector<SeenEvent> take_contacts() override;
    std::uint16_t first_event_count() const override { return first_event_count_; }
    std::chrono::nanoseconds elapsed() const override;

  private:
    /// A call that has not returned.
    struct Parked {
        Method method;
        Arguments arguments;
    };
    struct Member {
        std::unique_ptr<Application> application;
        std::optional<Parked> parked;
        std::optional<Reply> late;  ///< the reply of a parked call that came while nobody waited for it
    };
    struct Bench;

    Member& member(const std::string& application);
    void retry(Member& member);
    void pass(std::chrono::milliseconds duration);
    void retry_all();

    std::unique_ptr<Bench> bench_;
    std::map<std::string, Member> members_;
    std::uint16_t first_event_count_ = 0;
};

}  // namespace scardlab::engine
