#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scardlab::engine::testing {

/// A JSON Schema of scenarios/schema, used as an editor uses it: on YAML, with scalars typed by YAML 1.2's core schema.
class Schema {
  public:
    explicit Schema(const std::string& file);
    ~Schema();

    /// What the schema has against the YAML text; nullopt when it is valid.
    std::optional<std::string> refusal(const std::string& yaml) const;

    /// The strings that the schema lists under /definitions/<name>/enum.
    std::vector<std::string> words(const std::string& definition) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

const Schema& scenario_schema();
const Schema& card_schema();

}  // namespace scardlab::engine::testing
