#pragma once

#include <filesystem>
#include <system_error>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/engine/runner.h"

namespace scardlab::engine {

/// Writes the results as a JUnit file: one test suite for the target, one test case a scenario; not applicable is
/// skipped, with its reason. The file is replaced whole or not at all.
tl::expected<void, std::error_code> write_junit(const std::filesystem::path& file,
                                                const std::vector<ScenarioResult>& results);

}  // namespace scardlab::engine
