#pragma once

#include <optional>
#include <vector>

#include "scenarios/engine/script/read.h"

namespace scardlab::engine::script {

/// Reads `atr:` or `warm_atr:` of a card profile: hexadecimal text, or a map of fields.
iso7816::Atr read_atr(const Node& node, Problems& problems);

/// Operating classes: a list of A, B and C, each once, as bits A = 1, B = 2, C = 4.
std::uint8_t read_classes(const Node& node, Problems& problems);

/// What P2 of VERIFY adds to a reference that is specific to a DF (ISO/IEC 7816-4:2013 clause 11.5.1).
inline constexpr std::uint8_t specific_reference = 0x80;

/// Reads `chv:` of a card, or of a DF (`local`: their references get specific_reference). `keys` are those that a
/// reset_key may name.
std::vector<icc::ChvProfile> read_chvs(const Node& node, bool local, const std::vector<std::uint8_t>& keys,
                                       Problems& problems);
/// Reads `keys:`.
std::vector<icc::KeyProfile> read_keys(const Node& node, Problems& problems);
/// Reads `data_objects:` of a DF or of the MF.
std::vector<icc::DataObject> read_data_objects(const Node& node, Problems& problems);

/// The CHVs and keys that an access rule may name where it stands.
struct Credentials {
    std::vector<std::uint8_t> chvs;  ///< references, specific ones of the DFs around included
    std::vector<std::uint8_t> keys;  ///< of usage external or any
    bool secure_messaging = false;   ///< one of them makes session keys
};

/// What a place that names a key expects.
inline constexpr const char* external_key_expected = "a reference that is defined under keys, of usage external or any";

/// The references of the keys that the other side can be asked to prove.
std::vector<std::uint8_t> external_keys(const std::vector<icc::KeyProfile>& keys);

/// Reads an access rule: always, never, secure messaging, or [local] chv N, key N, [local] chv N and key M, each also
/// with secure messaging.
icc::AccessRule read_access(const Node& node, const Credentials& known, Problems& problems);

/// The keys of a file's map that are access rules, by what the file is.
enum class RuleSet : std::uint8_t { ef, df, mf };
/// Their names, for Fields.
std::vector<std::string> rule_keys(RuleSet set);
/// Reads those that are there.
icc::AccessRules read_rules(const Fields& fields, RuleSet set, const Credentials& known, Problems& problems);

/// state: creation, initialisation, deactivated, activated or terminated; activated when the node is absent.
icc::LifeCycle read_life_cycle(const Node* node, Problems& problems);

/// Reads `files:` and `mf:` of a card (either may be absent) into the MF.
icc::FileProfile read_file_tree(const Node* files, const Node* mf, const Credentials& known, Problems& problems);

/// Reads `quirks:`. `profile` holds the answers to reset that they must fit.
icc::IccQuirks read_quirks(const Node& node, const icc::Profile& profile, Problems& problems);

/// Reads a whole card profile, all but its name.
icc::Profile read_card_profile(const Node& root, Problems& problems);

}  // namespace scardlab::engine::script
