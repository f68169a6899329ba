#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/engine/script/read.h"

namespace scardlab::engine::script {

/// Gives the profile that a script names, or reports why it cannot, at the node.
using ProfileSource = std::function<std::optional<icc::Profile>(const Node& name)>;

/// Reads `steps:`. `targets` are those that the scenario runs on; `has_card` is false when the reader starts empty.
std::vector<Step> read_steps(const Node& steps, const std::vector<TargetKind>& targets, bool has_card,
                             const ProfileSource& profiles, Problems& problems);

/// reader: {clock: 3580 kHz, classes: [C, B, A], check_tck: true}, at the top of a scenario.
ifd::ReaderOptions read_reader(const Node& node, Problems& problems);
/// plan: {at: ..., do: ...}
ifd::Fault read_plan(const Node& node, Problems& problems);
/// card_saw: [...]
std::vector<SawElement> read_saw(const Node& node, Problems& problems);

}  // namespace scardlab::engine::script
