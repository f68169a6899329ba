#pragma once

#include "scenarios/engine/script/read.h"

namespace scardlab::engine::script {

/// Reads `atr:` or `warm_atr:` of a card profile: hexadecimal text, or a map of fields.
iso7816::Atr read_atr(const Node& node, Problems& problems);

/// Reads `files:`, the children of the MF. `chvs` are those that access rules may name.
std::vector<icc::FileProfile> read_files(const Node& node, const std::vector<icc::ChvProfile>& chvs,
                                         Problems& problems);

/// Reads a whole card profile, all but its name.
icc::Profile read_card_profile(const Node& root, Problems& problems);

}  // namespace scardlab::engine::script
