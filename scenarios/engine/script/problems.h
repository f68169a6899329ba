#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/engine/scenario.h"

namespace scardlab::engine::script {

/// Collects what is wrong with a script. The first problem is kept: readers go on with defaults after it, and their
/// caller asks first() before it uses what they read.
class Problems {
  public:
    /// "found FOUND; expected EXPECTED (did you mean SUGGESTION?)", the last part only when there is a suggestion.
    void found(const Place& place, std::string_view found, std::string_view expected, std::string_view suggestion = {});
    void report(ScriptError error);

    bool any() const { return first_.has_value(); }
    const std::optional<ScriptError>& first() const { return first_; }

  private:
    std::optional<ScriptError> first_;
};

/// 'text' for a message: one line, at most 60 bytes of it.
std::string in_quotes(std::string_view text);

/// "a, b, c"
std::string joined(const std::vector<std::string>& words);

}  // namespace scardlab::engine::script
