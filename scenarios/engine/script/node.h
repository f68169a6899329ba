#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/engine/script/problems.h"

namespace scardlab::engine::script {

/// A node of a YAML document with its place. Scalars keep their text as written: whether it is a number, hexadecimal
/// or a word is decided by who reads it.
struct Node {
    enum class Kind : std::uint8_t { null, scalar, sequence, map };

    Kind kind = Kind::null;
    Place place;          ///< of its first character
    int text_column = 0;  ///< column where `text` stands literally in the file, 0 when it does not (escapes, folding)
    std::string text;     ///< scalar
    std::vector<Node> keys;   ///< map: scalars, each once; keys[i] belongs to items[i]
    std::vector<Node> items;  ///< sequence and map

    bool is_scalar() const { return kind == Kind::scalar; }
    bool is_sequence() const { return kind == Kind::sequence; }
    bool is_map() const { return kind == Kind::map; }
    /// The value of a key of a map, nullptr when there is none.
    const Node* find(std::string_view key) const;
    /// The place of a character of the text, as near as it is known.
    Place place_of(std::size_t offset) const;
    /// For messages: 'text', "a list", "a map", "nothing".
    std::string described() const;
    /// The node in flow style, on one line.
    std::string inline_text() const;
};

/// Reads a file of exactly one YAML document. Reported with their place: text that is not YAML, an empty file, a second
/// document, a key that is there twice or is not a scalar, anchors, aliases, tags.
std::optional<Node> read_yaml(std::string_view text, const std::string& file, Problems& problems);

}  // namespace scardlab::engine::script
