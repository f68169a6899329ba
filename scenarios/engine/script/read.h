#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/resource_manager/resource_manager.h"
#include "emulator/iso7816/bytes.h"
#include "scenarios/engine/script/node.h"
#include "scenarios/engine/script/problems.h"
#include "scenarios/engine/script/words.h"

namespace scardlab::engine::script {

/// A map whose keys are known. Unknown keys, and a node that is no map, are reported when it is made.
class Fields {
  public:
    /// `what` names the map in messages: "a step".
    Fields(const Node& node, std::string_view what, const std::vector<std::string>& known, Problems& problems);

    const Node* find(std::string_view key) const;
    /// Reports a missing key at the start of the map; `expected` says what belongs there.
    const Node* require(std::string_view key, std::string_view expected) const;

  private:
    const Node& node_;
    Problems& problems_;
};

// Readers of one value. `what` names the value in messages ("a title"); what does not fit is reported and answered
// with a default.

/// Text that is not empty.
std::string read_text(const Node& node, std::string_view what, Problems& problems);
/// "true" or "false".
bool read_bool(const Node& node, Problems& problems);
/// Decimal without leading zeros, or 0x and hexadecimal digits.
std::uint32_t read_number(const Node& node, std::uint32_t least, std::uint32_t most, Problems& problems);
/// The number when the text is one in either form that fits 32 bits.
std::optional<std::uint32_t> number_in(std::string_view text);
/// "N ms" or "N s", at most a day.
std::chrono::milliseconds read_duration(const Node& node, Problems& problems);
/// Hexadecimal text of `least` to `most` bytes.
iso7816::Bytes read_hex(const Node& node, std::size_t least, std::size_t most, Problems& problems);
/// Hexadecimal text, {text: "..."} for its characters, {repeat: A5, times: 255}, or a list of such pieces.
iso7816::Bytes read_content(const Node& node, std::size_t least, std::size_t most, Problems& problems);
/// One of the words.
std::uint32_t read_word(const Node& node, Words words, Problems& problems);
/// One of the words, or a number.
std::uint32_t read_word_or_number(const Node& node, Words words, Problems& problems);
/// Bits: one word or a list of words of the table, or a number.
std::uint32_t read_bits(const Node& node, Words words, Problems& problems);
/// T0, T1, RAW, T15, none, several joined with '|' or in a list, or a number.
resource_manager::Protocols read_protocols(const Node& node, Problems& problems);

/// A list that is not empty; its elements, or none when reported.
const std::vector<Node>& read_list(const Node& node, std::string_view what, Problems& problems);

/// "one of a, b, c"
std::string one_of(const std::vector<std::string>& words);

}  // namespace scardlab::engine::script
