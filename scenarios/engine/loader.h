#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/engine/scenario.h"

namespace scardlab::engine {

/// Where card profiles are looked up by name: <folder>/<name>.yaml.
struct LoaderOptions {
    std::filesystem::path catalogue;  ///< root that scenario ids are relative to
    std::filesystem::path cards;      ///< folder of card profiles
};

/// Reads a scenario file into its cases (one without for_each). All errors carry file:line:column.
tl::expected<std::vector<Scenario>, ScriptError> load_scenario(const std::filesystem::path& file,
                                                               const LoaderOptions& options);
/// The same from text; `file` is used for places and the id.
tl::expected<std::vector<Scenario>, ScriptError> parse_scenario(std::string_view text, const std::string& file,
                                                                const LoaderOptions& options);

/// Reads a card profile, by name (looked up in options.cards) or by path (contains '/' or ends in .yaml).
/// `place` is where it was asked for: an unknown name is reported there, with the nearest known name.
tl::expected<icc::Profile, ScriptError> load_profile(const std::string& name_or_path, const LoaderOptions& options,
                                                     const Place& place);
tl::expected<icc::Profile, ScriptError> parse_profile(std::string_view text, const std::string& file);

/// Names of the profiles in a folder, sorted.
std::vector<std::string> profile_names(const std::filesystem::path& cards);

/// The word of `known` nearest to `word` (edit distance at most 3 and less than half its length), or "".
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace scardlab::engine
