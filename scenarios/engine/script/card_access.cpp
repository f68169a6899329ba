#include <algorithm>
#include <array>
#include <utility>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/script/card.h"

namespace scardlab::engine::script {
namespace {

using icc::AccessRule;
using icc::LifeCycle;
using icc::Operation;

constexpr std::string_view grammar =
    "always, never, chv N, local chv N, key N, or chv N and key M, also with secure messaging, or secure messaging";
constexpr std::string_view secure_messaging = "secure messaging";
constexpr std::string_view with_secure_messaging = " with secure messaging";

struct RuleKey {
    std::string_view key;
    Operation operation;
    bool of_ef, of_df, of_mf;
};
constexpr std::array rule_table{
    RuleKey{"read", Operation::read, true, true, true},
    RuleKey{"update", Operation::update, true, true, true},
    RuleKey{"write", Operation::write, true, false, false},
    RuleKey{"activate", Operation::activate, true, true, true},
    RuleKey{"deactivate", Operation::deactivate, true, true, true},
    RuleKey{"terminate", Operation::terminate, true, true, true},
    RuleKey{"delete", Operation::delete_self, true, true, false},
    RuleKey{"create_ef", Operation::create_ef, false, true, true},
    RuleKey{"create_df", Operation::create_df, false, true, true},
    RuleKey{"delete_child", Operation::delete_child, false, true, true},
};

bool belongs(const RuleKey& rule, RuleSet set) {
    return set == RuleSet::ef ? rule.of_ef : set == RuleSet::df ? rule.of_df : rule.of_mf;
}

constexpr std::array life_cycle_words{Word{"creation", static_cast<std::uint32_t>(LifeCycle::creation)},
                                      Word{"initialisation", static_cast<std::uint32_t>(LifeCycle::initialisation)},
                                      Word{"deactivated", static_cast<std::uint32_t>(LifeCycle::deactivated)},
                                      Word{"activated", static_cast<std::uint32_t>(LifeCycle::activated)},
                                      Word{"terminated", static_cast<std::uint32_t>(LifeCycle::terminated)}};

/// Takes `word` and the blank behind it from the front of the text.
bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) {
        return false;
    }
    text.remove_prefix(word.size());
    return true;
}

/// Takes the number at the front of the text.
std::optional<std::uint8_t> take_number(std::string_view& text) {
    const std::string_view digits = text.substr(0, text.find(' '));
    const auto number = number_in(digits);
    if (!number || *number > 31) {
        return std::nullopt;
    }
    text.remove_prefix(digits.size());
    return static_cast<std::uint8_t>(*number);
}

/// "chv N", "local chv N", "key N", "chv N and key M", or "secure messaging", which can also follow each; nullopt when
/// it is none of them.
std::optional<AccessRule> parse_credentials(std::string_view text) {
    if (text == secure_messaging) {
        return AccessRule{AccessRule::Kind::always, 0, 0, true};
    }
    AccessRule rule{AccessRule::Kind::key, 0, 0, text.ends_with(with_secure_messaging)};
    if (rule.secure_messaging) {
        text.remove_suffix(with_secure_messaging.size());
    }
    const bool local = take(text, "local ");
    if (take(text, "chv ")) {
        const auto chv = take_number(text);
        if (!chv) {
            return std::nullopt;
        }
        rule.chv = static_cast<std::uint8_t>(*chv | (local ? specific_reference : 0));
        rule.kind = AccessRule::Kind::chv;
        if (text.empty()) {
            return rule;
        }
        rule.kind = AccessRule::Kind::chv_and_key;
        if (!take(text, " and ")) {
            return std::nullopt;
        }
    } else if (local) {
        return std::nullopt;
    }
    const auto key = take(text, "key ") ? take_number(text) : std::nullopt;
    if (!key || !text.empty()) {
        return std::nullopt;
    }
    rule.key = *key;
    return rule;
}

bool contains(const std::vector<std::uint8_t>& references, std::uint8_t reference) {
    return std::find(references.begin(), references.end(), reference) != references.end();
}

}  // namespace

AccessRule read_access(const Node& node, const Credentials& known, Problems& problems) {
    if (node.is_scalar() && (node.text == "always" || node.text == "never")) {
        return {node.text == "always" ? AccessRule::Kind::always : AccessRule::Kind::never, 0, 0};
    }
    const auto rule = node.is_scalar() ? parse_credentials(node.text) : std::nullopt;
    if (!rule) {
        problems.found(node.place, node.described(), grammar,
                       node.is_scalar() ? nearest(node.text, {"always", "never", std::string(secure_messaging)}) : "");
        return {};
    }
    using Kind = AccessRule::Kind;
    const bool names_chv = rule->kind == Kind::chv || rule->kind == Kind::chv_and_key;
    const bool names_key = rule->kind == Kind::key || rule->kind == Kind::chv_and_key;
    if (names_chv && !contains(known.chvs, rule->chv)) {
        const bool local = (rule->chv & specific_reference) != 0;
        problems.found(node.place, in_quotes(node.text) + ", which the card does not have",
                       local ? "a reference that is defined under chv of this DF, or of one around it"
                             : "a reference that is defined under chv");
    }
    if (names_key && !contains(known.keys, rule->key)) {
        problems.found(node.place, in_quotes(node.text) + ", which no key of the card can satisfy",
                       external_key_expected);
    }
    if (rule->secure_messaging && !known.secure_messaging) {
        problems.found(node.place, in_quotes(node.text) + ", which no key of the card can satisfy",
                       "a key with secure_messaging: true");
    }
    return *rule;
}

std::vector<std::string> rule_keys(RuleSet set) {
    std::vector<std::string> keys;
    for (const RuleKey& rule : rule_table) {
        if (belongs(rule, set)) {
            keys.emplace_back(rule.key);
        }
    }
    return keys;
}

icc::AccessRules read_rules(const Fields& fields, RuleSet set, const Credentials& known, Problems& problems) {
    icc::AccessRules rules;
    for (const RuleKey& rule : rule_table) {
        const Node* const node = belongs(rule, set) ? fields.find(rule.key) : nullptr;
        if (node != nullptr) {
            rules[rule.operation] = read_access(*node, known, problems);
        }
    }
    return rules;
}

LifeCycle read_life_cycle(const Node* node, Problems& problems) {
    return node == nullptr ? LifeCycle::activated
                           : static_cast<LifeCycle>(read_word(*node, life_cycle_words, problems));
}

}  // namespace scardlab::engine::script
