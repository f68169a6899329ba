#include "tests/scenarios/engine/schema.h"

#include <yaml-cpp/yaml.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

// valijson's headers are not clean under this project's warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

namespace scardlab::engine::testing {
namespace {

using nlohmann::json;

/// A plain scalar by YAML 1.2's core schema (chapter 10.3.2).
json typed(const std::string& text) {
    static const std::regex decimal("[-+]?[0-9]+"), hexadecimal("0x[0-9a-fA-F]+");
    static const std::regex real("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
        return nullptr;
    }
    if (text == "true" || text == "false") {
        return text == "true";
    }
    constexpr std::size_t longest_number = 18;
    if (text.size() <= longest_number && std::regex_match(text, decimal)) {
        return std::stoll(text);
    }
    if (text.size() <= longest_number && std::regex_match(text, hexadecimal)) {
        return std::stoll(text, nullptr, 16);
    }
    if (text.size() <= longest_number && std::regex_match(text, real)) {
        return std::strtod(text.c_str(), nullptr);
    }
    return text;
}

json to_json(const YAML::Node& node) {
    switch (node.Type()) {
        case YAML::NodeType::Scalar:
            return node.Tag() == "!" ? json(node.Scalar()) : typed(node.Scalar());
        case YAML::NodeType::Sequence: {
            json list = json::array();
            for (const YAML::Node& item : node) {
                list.push_back(to_json(item));
            }
            return list;
        }
        case YAML::NodeType::Map: {
            json map = json::object();
            for (const auto& pair : node) {
                map[pair.first.Scalar()] = to_json(pair.second);
            }
            return map;
        }
        default:
            return nullptr;
    }
}

}  // namespace

struct Schema::Parts {
    json document;
    valijson::Schema schema;
};

Schema::Schema(const std::string& file) : parts_(std::make_unique<Parts>()) {
    std::ifstream stream(std::string(SCARDLAB_SOURCE_DIR) + "/scenarios/schema/" + file);
    BOOST_REQUIRE_MESSAGE(stream.good(), file);
    parts_->document = json::parse(stream);
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(parts_->document), parts_->schema);
}

Schema::~Schema() = default;

std::optional<std::string> Schema::refusal(const std::string& yaml) const {
    const json document = to_json(YAML::Load(yaml));
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    valijson::ValidationResults results;
    if (validator.validate(parts_->schema, valijson::adapters::NlohmannJsonAdapter(document), &results)) {
        return std::nullopt;
    }
    std::string text;
    for (const auto& error : results) {
        for (const std::string& part : error.context) {
            text += part;
        }
        text += ": " + error.description + "\n";
    }
    return text;
}

std::vector<std::string> Schema::words(const std::string& definition) const {
    return parts_->document.at("definitions").at(definition).at("enum").get<std::vector<std::string>>();
}

const Schema& scenario_schema() {
    static const Schema schema("scenario.schema.json");
    return schema;
}

const Schema& card_schema() {
    static const Schema schema("card.schema.json");
    return schema;
}

}  // namespace scardlab::engine::testing
