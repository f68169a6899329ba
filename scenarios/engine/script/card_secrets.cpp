#include <algorithm>
#include <array>
#include <utility>

#include "scenarios/engine/script/card.h"

namespace scardlab::engine::script {
namespace {

using icc::ChvProfile;
using icc::KeyProfile;
using Algorithm = KeyProfile::Algorithm;
using Usage = KeyProfile::Usage;

constexpr std::uint32_t most_references = 31;  // five bits of P2, ISO/IEC 7816-4:2013 clause 11.5.1
constexpr std::uint32_t most_tries = 15;       // 63Cx
constexpr std::size_t longest_chv = 255;
constexpr std::size_t longest_data_object = 32'768;

constexpr std::array algorithm_words{Word{"aes128", static_cast<std::uint32_t>(Algorithm::aes128)},
                                     Word{"aes192", static_cast<std::uint32_t>(Algorithm::aes192)},
                                     Word{"aes256", static_cast<std::uint32_t>(Algorithm::aes256)},
                                     Word{"tdes", static_cast<std::uint32_t>(Algorithm::tdes)}};

constexpr std::array usage_words{Word{"any", static_cast<std::uint32_t>(Usage::any)},
                                 Word{"internal", static_cast<std::uint32_t>(Usage::internal)},
                                 Word{"external", static_cast<std::uint32_t>(Usage::external)}};

/// Lengths of a key in bytes, the second for two-key triple DES.
std::pair<std::size_t, std::size_t> key_lengths(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::aes128:
            return {16, 16};
        case Algorithm::aes192:
            return {24, 24};
        case Algorithm::aes256:
            return {32, 32};
        case Algorithm::tdes:
            return {24, 16};
    }
    return {};
}

std::uint8_t read_tries(const Node* node, std::uint8_t when_absent, Problems& problems) {
    return node == nullptr ? when_absent : static_cast<std::uint8_t>(read_number(*node, 1, most_tries, problems));
}

/// A reference, once in its list.
template <class T>
std::uint8_t read_reference(const Fields& fields, std::string_view meaning, std::uint8_t added,
                            const std::vector<T>& others, Problems& problems) {
    const Node* const node = fields.require("reference", meaning);
    if (node == nullptr) {
        return 0;
    }
    const auto reference = static_cast<std::uint8_t>(read_number(*node, 1, most_references, problems) | added);
    if (std::any_of(others.begin(), others.end(), [&](const T& other) { return other.reference == reference; })) {
        problems.found(node->place, "reference " + in_quotes(node->text) + " twice", "each reference once");
    }
    return reference;
}

/// minimum_length and maximum_length, which the value fits: when they are absent, the usual ones are stretched to it.
void read_lengths(const Fields& fields, const Node& value, ChvProfile& chv, Problems& problems) {
    const auto length = static_cast<std::uint8_t>(std::clamp<std::size_t>(chv.value.size(), 1, longest_chv));
    chv.minimum_length = std::min(chv.minimum_length, length);
    chv.maximum_length = std::max(chv.maximum_length, length);
    const Node* const least = fields.find("minimum_length");
    const Node* const most = fields.find("maximum_length");
    if (least != nullptr) {
        chv.minimum_length = static_cast<std::uint8_t>(read_number(*least, 1, longest_chv, problems));
    }
    if (most != nullptr) {
        chv.maximum_length = static_cast<std::uint8_t>(read_number(*most, 1, longest_chv, problems));
        if (chv.maximum_length < chv.minimum_length) {
            problems.found(most->place, "a maximum_length of " + in_quotes(most->text),
                           "at least the minimum_length, " + std::to_string(chv.minimum_length));
        }
    }
    if (length < chv.minimum_length || length > chv.maximum_length) {
        problems.found(value.place, "a value of " + std::to_string(chv.value.size()) + " bytes",
                       std::to_string(chv.minimum_length) + " to " + std::to_string(chv.maximum_length) +
                           ", as minimum_length and maximum_length say");
    }
}

void read_unblock(const Node& node, ChvProfile& chv, Problems& problems) {
    const Fields fields(node, "unblock", {"value", "tries"}, problems);
    if (const Node* const value = fields.require("value", "the resetting code of RESET RETRY COUNTER")) {
        chv.unblock_value = read_content(*value, 1, longest_chv, problems);
    }
    chv.unblock_tries = read_tries(fields.find("tries"), chv.unblock_tries, problems);
}

std::uint8_t read_reset_key(const Node& node, const std::vector<std::uint8_t>& keys, Problems& problems) {
    const auto key = static_cast<std::uint8_t>(read_number(node, 1, most_references, problems));
    if (!problems.any() && std::ranges::find(keys, key) == keys.end()) {
        problems.found(node.place, "reset_key " + in_quotes(node.text), external_key_expected);
    }
    return key;
}

ChvProfile read_chv(const Node& item, bool local, const std::vector<ChvProfile>& others,
                    const std::vector<std::uint8_t>& keys, Problems& problems) {
    const Fields fields(item, "a CHV",
                        {"reference", "value", "tries", "unblock", "reset_key", "enabled", "can_be_disabled",
                         "minimum_length", "maximum_length"},
                        problems);
    ChvProfile chv;
    chv.reference =
        read_reference(fields, "P2 of VERIFY, 1 to 31", local ? specific_reference : std::uint8_t{0}, others, problems);
    if (const Node* const value = fields.require("value", "hexadecimal, or {text: \"1234\"}")) {
        chv.value = read_content(*value, 1, longest_chv, problems);
        read_lengths(fields, *value, chv, problems);
    }
    chv.tries = read_tries(fields.find("tries"), chv.tries, problems);
    if (const Node* const unblock = fields.find("unblock")) {
        read_unblock(*unblock, chv, problems);
    }
    if (const Node* const reset_key = fields.find("reset_key")) {
        chv.reset_key = read_reset_key(*reset_key, keys, problems);
    }
    if (const Node* const enabled = fields.find("enabled")) {
        chv.enabled = read_bool(*enabled, problems);
    }
    if (const Node* const can_be_disabled = fields.find("can_be_disabled")) {
        chv.can_be_disabled = read_bool(*can_be_disabled, problems);
    }
    return chv;
}

/// Whether the key makes session keys, which it must be fit for.
bool read_secure_messaging(const Node& node, const KeyProfile& key, Problems& problems) {
    const bool wanted = read_bool(node, problems);
    if (wanted && !problems.any() && (key.algorithm == Algorithm::tdes || key.usage != Usage::external)) {
        problems.found(node.place, "secure_messaging for such a key", "an AES key of usage external");
    }
    return wanted;
}

/// Tags that P1 P2 of GET DATA can name: BER-TLV of one byte (0040 to 00FE) or of two (4000 to FFFF), and 0100 to 02FE
/// for the issuer and for simple TLV (ISO/IEC 7816-4:2013 clause 11.4.3).
bool can_be_named(std::uint16_t tag) {
    return (tag >= 0x0040 && tag <= 0x00FE) || (tag >= 0x0100 && tag <= 0x02FE) || tag >= 0x4000;
}

}  // namespace

std::vector<std::uint8_t> external_keys(const std::vector<KeyProfile>& keys) {
    std::vector<std::uint8_t> references;
    for (const KeyProfile& key : keys) {
        if (key.usage != Usage::internal) {
            references.push_back(key.reference);
        }
    }
    return references;
}

std::vector<ChvProfile> read_chvs(const Node& node, bool local, const std::vector<std::uint8_t>& keys,
                                  Problems& problems) {
    std::vector<ChvProfile> chvs;
    for (const Node& item : read_list(node, "a list of CHVs", problems)) {
        chvs.push_back(read_chv(item, local, chvs, keys, problems));
    }
    return chvs;
}

std::vector<KeyProfile> read_keys(const Node& node, Problems& problems) {
    std::vector<KeyProfile> keys;
    for (const Node& item : read_list(node, "a list of keys", problems)) {
        const Fields fields(item, "a key", {"reference", "algorithm", "value", "tries", "usage", "secure_messaging"},
                            problems);
        KeyProfile key;
        key.reference = read_reference(fields, "P2 of EXTERNAL AUTHENTICATE, 1 to 31", std::uint8_t{0}, keys, problems);
        const Node* const algorithm = fields.require("algorithm", one_of(texts(algorithm_words)));
        const Node* const value = fields.require("value", "hexadecimal");
        if (algorithm != nullptr && value != nullptr) {
            key.algorithm = static_cast<Algorithm>(read_word(*algorithm, algorithm_words, problems));
            const auto [length, other] = key_lengths(key.algorithm);
            key.value = read_hex(*value, 0, longest_chv, problems);
            if (key.value.size() != length && key.value.size() != other) {
                problems.found(value->place, "a key of " + std::to_string(key.value.size()) + " bytes",
                               std::to_string(length) + (other == length ? "" : " or " + std::to_string(other)) +
                                   " bytes for " + algorithm->text);
            }
        }
        key.tries = read_tries(fields.find("tries"), key.tries, problems);
        if (const Node* const usage = fields.find("usage")) {
            key.usage = static_cast<Usage>(read_word(*usage, usage_words, problems));
        }
        if (const Node* const secure_messaging = fields.find("secure_messaging")) {
            key.secure_messaging = read_secure_messaging(*secure_messaging, key, problems);
        }
        keys.push_back(std::move(key));
    }
    return keys;
}

std::vector<icc::DataObject> read_data_objects(const Node& node, Problems& problems) {
    std::vector<icc::DataObject> objects;
    for (const Node& item : read_list(node, "a list of data objects", problems)) {
        const Fields fields(item, "a data object", {"tag", "value"}, problems);
        icc::DataObject object;
        if (const Node* const tag = fields.require("tag", "one or two bytes in hexadecimal")) {
            for (const std::uint8_t byte : read_hex(*tag, 1, 2, problems)) {
                object.tag = static_cast<std::uint16_t>(object.tag << 8 | byte);
            }
            if (!can_be_named(object.tag)) {
                problems.found(tag->place, "tag " + in_quotes(tag->text),
                               "one of 40 to FE, 0100 to 02FE or 4000 to FFFF, which GET DATA can name");
            }
            if (std::any_of(objects.begin(), objects.end(),
                            [&](const icc::DataObject& other) { return other.tag == object.tag; })) {
                problems.found(tag->place, "tag " + in_quotes(tag->text) + " twice", "each tag once in a DF");
            }
        }
        if (const Node* const value = fields.require("value", "hexadecimal, or {text: \"...\"}")) {
            object.value = read_content(*value, 0, longest_data_object, problems);
        }
        objects.push_back(std::move(object));
    }
    return objects;
}

}  // namespace scardlab::engine::script
