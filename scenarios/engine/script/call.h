#pragma once

#include <string>

#include "scenarios/engine/script/read.h"

namespace scardlab::engine::script {

/// What `handle: own` is in Arguments::handle_of; no application can have that name.
inline constexpr std::string_view own_handle = "own";

/// The script's own name for an application or a file: a-z, then a-z, 0-9 and _; not `own`.
bool is_script_name(std::string_view text);

/// Reads `with:` of a call (nullptr when the step has none). `step` is where a missing argument is reported.
Arguments read_arguments(const Node* with, const MethodFacts& method, const Place& step, Problems& problems);

/// Reads `expect:` for what a method answers: any, blocks (when `may_block`), a code, or a map.
Expectation read_expectation(const Node& node, const MethodFacts& method, bool may_block, Problems& problems);

}  // namespace scardlab::engine::script
