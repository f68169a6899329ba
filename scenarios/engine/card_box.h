#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "emulator/icc/icc.h"
#include "emulator/ifd/reader.h"
#include "scenarios/engine/scenario.h"
#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// The reader's owner in a scenario: keeps every card that was ever in it, so that a card that comes back has kept what
/// it stores, and moves cards, plans faults and collects what they logged. Same thread as the reader.
class CardBox {
  public:
    explicit CardBox(ifd::Reader& reader) : reader_(reader) {}

    /// Makes the reader one of that kind. It is empty.
    void set_up(const ifd::ReaderOptions& options) { reader_.use_options(options); }
    /// A new card of that profile goes in; without a profile the last card goes back. False: there was none.
    bool insert(const std::optional<icc::Profile>& profile);
    /// Takes the card out, if there is one.
    void remove();
    /// Takes the card out and puts a new one of that profile in.
    void swap(const icc::Profile& profile);
    /// The card that went in last falls silent, or answers again from its next reset on.
    void set_mute(bool mute);
    /// unplug: no_such_device; fail: communication_error; plug and recover end either.
    void move_reader(ReaderStep::Action action);
    /// Hands the fault to the reader.
    void plan(const ifd::Fault& fault) { reader_.plan(fault); }
    /// Faults that have not happened.
    PlansLeft plans_left() const { return {reader_.plans(), reader_.missed()}; }
    /// Takes the card out and forgets all cards and plans.
    void clear();

    /// Takes what the cards logged since the last call.
    std::vector<SeenEvent> take_contacts(std::chrono::nanoseconds since);

  private:
    ifd::Reader& reader_;
    std::vector<std::unique_ptr<icc::Icc>> cards_;
};

}  // namespace scardlab::engine
