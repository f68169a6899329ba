#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/engine/reply.h"
#include "scenarios/engine/scenario.h"
#include "scenarios/engine/world.h"

namespace scardlab::engine {

/// Why a step failed.
struct Mismatch {
    std::string expected;
    std::string got;
};

/// Compares what an application was told with what it had to be told. `has_apdu`: 90 00 is expected where the
/// expectation names neither sw nor another code. `first_event_count` is what Expectation::count counts from.
std::optional<Mismatch> mismatch(const Expectation& expected, const Reply& got, bool has_apdu,
                                 std::uint16_t first_event_count);

/// Compares what the card saw with the list of a card_saw step. Insertion, removal and deactivation count only when the
/// list names that kind; responses, PPS responses and S-blocks never count. `...` stands for any number of events.
std::optional<Mismatch> mismatch(const std::vector<SawElement>& expected, const std::vector<SeenEvent>& got);

/// "success", "SCARD_W_RESET_CARD", "sw 61 xx, protocol T0": an expectation in one line.
std::string describe(const Expectation& expected, bool has_apdu);

}  // namespace scardlab::engine
