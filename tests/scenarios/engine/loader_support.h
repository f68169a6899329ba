#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/engine/loader.h"

namespace scardlab::engine::testing {

/// The scenarios folder of the source tree, and its cards.
LoaderOptions options();

/// A file with one mistake.
struct BadFile {
    /// Whether the JSON Schema refuses the file too. not_yaml: it has what YAML libraries drop or refuse before a
    /// schema is asked (syntax errors, a key twice, aliases, tags).
    enum class Schema { refuses, accepts, not_yaml };

    std::string_view text;      ///< with '@' before the place of the mistake
    std::string_view fragment;  ///< of the message
    Schema schema;
};

/// Text without its '@', and the line and column where that stood (1, 1 without one).
struct Marked {
    std::string text;
    int line = 1;
    int column = 1;
};
Marked marked(std::string_view text);

/// A scenario whose steps are `steps`, with one '@' in them.
std::string with_steps(std::string_view steps);

/// The steps of a scenario that loads; fails the test when it does not.
std::vector<Step> steps_of(std::string_view steps);

/// Loads `bad` and compares the place, the message and the schema's answer.
void check_scenario(const BadFile& bad);
void check_profile(const BadFile& bad);

}  // namespace scardlab::engine::testing
