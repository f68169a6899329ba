#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/scenario.h"

namespace scardlab::engine {

/// Whether `text` fits `glob`: `*` any characters, `?` one; a glob without either is looked for anywhere in the text.
bool fits(std::string_view text, std::string_view glob);

/// One part of N of a run: cases i, i + N, i + 2N, ... in catalogue order; index counts from 1.
struct Shard {
    unsigned index = 1;
    unsigned count = 1;
};

/// Loads every scenario below `paths` (files or folders; the whole catalogue when empty), sorted by id, and keeps those
/// whose id fits `filter` (all when empty) and that belong to the shard. Every error is collected, so that an author
/// sees all bad scripts at once.
tl::expected<std::vector<Scenario>, std::vector<ScriptError>> load_catalogue(
    const std::vector<std::filesystem::path>& paths, const std::string& filter, Shard shard,
    const LoaderOptions& options);

}  // namespace scardlab::engine
