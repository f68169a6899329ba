#include <boost/test/unit_test.hpp>

#include "tests/scenarios/engine/loader_support.h"
#include "tests/scenarios/engine/schema.h"

using namespace scardlab;
using namespace scardlab::engine;
using namespace scardlab::engine::testing;
using icc::AccessRule;
using icc::FileKind;
using icc::LifeCycle;
using icc::Operation;
using iso7816::Bytes;

namespace {

icc::Profile profile_of(const std::string& text) {
    const std::string whole = "profile: A card\natr: {protocols: [T0, T1]}\n" + text;
    auto profile = parse_profile(whole, "folder/a_card.yaml");
    BOOST_REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text()));
    const auto refusal = card_schema().refusal(whole);
    BOOST_TEST(!refusal.has_value(), "the schema refuses it: " << refusal.value_or(""));
    return *std::move(profile);
}

icc::FileProfile ef_of(const std::string& fields) {
    return profile_of("files:\n  - {ef: 6F03, " + fields + "}\n").mf.children.at(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_card_contents)

BOOST_AUTO_TEST_CASE(records_of_a_fixed_size_are_filled_up) {
    const icc::FileProfile file =
        ef_of("type: linear_fixed, sfi: 3, record_size: 4, capacity: 10, records: [01 02, {text: abcd}]");
    BOOST_TEST((file.kind == FileKind::linear_fixed_ef && file.short_identifier == 3));
    BOOST_TEST((file.record_size == 4 && file.record_capacity == 10));
    BOOST_TEST((file.records == std::vector<Bytes>{{0x01, 0x02, 0xFF, 0xFF}, {'a', 'b', 'c', 'd'}}));
    BOOST_TEST(file.content.empty());
}

BOOST_AUTO_TEST_CASE(records_give_size_and_capacity_when_these_are_absent) {
    const icc::FileProfile variable = ef_of("type: linear_variable, records: [01, 01 02 03, 01 02]");
    BOOST_TEST((variable.kind == FileKind::linear_variable_ef));
    BOOST_TEST((variable.record_size == 3 && variable.record_capacity == 3));
    BOOST_TEST((variable.records == std::vector<Bytes>{{1}, {1, 2, 3}, {1, 2}}));
    const icc::FileProfile cyclic = ef_of("type: cyclic, records: [01, 01 02]");
    BOOST_TEST((cyclic.kind == FileKind::cyclic_ef && cyclic.record_size == 2 && cyclic.record_capacity == 2));
    BOOST_TEST((cyclic.records == std::vector<Bytes>{{0x01, 0xFF}, {0x01, 0x02}}));
}

BOOST_AUTO_TEST_CASE(a_file_may_begin_without_records) {
    const icc::FileProfile file = ef_of("type: cyclic, record_size: 254, capacity: 254");
    BOOST_TEST((file.record_size == 254 && file.record_capacity == 254 && file.records.empty()));
    BOOST_TEST((ef_of("type: transparent, size: 3").content == Bytes{0xFF, 0xFF, 0xFF}));
}

BOOST_AUTO_TEST_CASE(every_operation_has_its_rule) {
    const icc::Profile profile = profile_of(R"(chv:
  - {reference: 1, value: 31323334}
  - {reference: 2, value: 31323334}
keys:
  - {reference: 3, algorithm: aes128, value: 000102030405060708090A0B0C0D0E0F}
mf: {create_ef: chv 1, create_df: key 3, delete_child: never, read: always, update: chv 2, activate: chv 1, deactivate: chv 2, terminate: chv 1 and key 3}
files:
  - {ef: 2F00, size: 1, read: chv 1, update: key 3, write: chv 2 and key 3, activate: chv 2, deactivate: never, terminate: always, delete: key 0x3}
  - df: 7F10
    chv: [{reference: 1, value: {text: "local"}}]
    read: local chv 1
    update: local chv 1 and key 3
    activate: never
    deactivate: key 3
    terminate: chv 1
    delete: chv 2
    create_ef: key 3
    create_df: local chv 1
    delete_child: chv 1
    files:
      - {df: 7F11, files: [{ef: 6F01, size: 1, read: local chv 1}]}
)");
    using Kind = AccessRule::Kind;
    const std::array<AccessRule, icc::operation_count> rules[]{{{{Kind::always, 0, 0},
                                                                 {Kind::chv, 2, 0},
                                                                 {},
                                                                 {Kind::chv, 2, 0},
                                                                 {Kind::chv, 1, 0},
                                                                 {Kind::chv_and_key, 1, 3},
                                                                 {},
                                                                 {Kind::chv, 1, 0},
                                                                 {Kind::key, 0, 3},
                                                                 {Kind::never, 0, 0}}},
                                                               {{{Kind::chv, 1, 0},
                                                                 {Kind::key, 0, 3},
                                                                 {Kind::chv_and_key, 2, 3},
                                                                 {Kind::never, 0, 0},
                                                                 {Kind::chv, 2, 0},
                                                                 {Kind::always, 0, 0},
                                                                 {Kind::key, 0, 3},
                                                                 {},
                                                                 {},
                                                                 {}}},
                                                               {{{Kind::chv, 0x81, 0},
                                                                 {Kind::chv_and_key, 0x81, 3},
                                                                 {},
                                                                 {Kind::key, 0, 3},
                                                                 {Kind::never, 0, 0},
                                                                 {Kind::chv, 1, 0},
                                                                 {Kind::chv, 2, 0},
                                                                 {Kind::key, 0, 3},
                                                                 {Kind::chv, 0x81, 0},
                                                                 {Kind::chv, 1, 0}}}};
    const icc::FileProfile* const files[]{&profile.mf, &profile.mf.children.at(0), &profile.mf.children.at(1)};
    for (std::size_t i = 0; i < std::size(files); ++i) {
        for (std::size_t operation = 0; operation < icc::operation_count; ++operation) {
            BOOST_TEST((files[i]->access[static_cast<Operation>(operation)] == rules[i][operation]),
                       "file " << i << " operation " << operation);
        }
    }
    const icc::FileProfile& df = profile.mf.children[1];
    BOOST_TEST(int{df.chvs.at(0).reference} == 0x81);
    BOOST_TEST((df.children.at(0).children.at(0).access[Operation::read] == AccessRule{Kind::chv, 0x81, 0}));
}

BOOST_AUTO_TEST_CASE(files_begin_in_any_state_and_hold_data_objects) {
    const std::pair<std::string, LifeCycle> states[]{{"creation", LifeCycle::creation},
                                                     {"initialisation", LifeCycle::initialisation},
                                                     {"deactivated", LifeCycle::deactivated},
                                                     {"activated", LifeCycle::activated},
                                                     {"terminated", LifeCycle::terminated}};
    for (const auto& [word, state] : states) {
        const icc::Profile profile =
            profile_of("mf: {state: " + word + "}\nfiles:\n  - {ef: 6F03, size: 1, state: " + word +
                       "}\n  - {df: 7F10, state: " + word + "}\n");
        BOOST_TEST((profile.mf.life_cycle == state && profile.mf.children[0].life_cycle == state &&
                    profile.mf.children[1].life_cycle == state));
    }
    BOOST_TEST((ef_of("size: 1").life_cycle == LifeCycle::activated));

    const icc::Profile profile =
        profile_of(R"(mf: {aid: 3F00 3F00 01, data_objects: [{tag: 5F50, value: {text: "url"}}]}
files:
  - {df: 7F10, data_objects: [{tag: 40, value: ""}, {tag: 01 00, value: 01}, {tag: FE, value: 02 03}]}
)");
    BOOST_TEST((profile.mf.aid == Bytes{0x3F, 0x00, 0x3F, 0x00, 0x01}));
    BOOST_TEST((profile.mf.data_objects == std::vector<icc::DataObject>{{0x5F50, {'u', 'r', 'l'}}}));
    BOOST_TEST((profile.mf.children[0].data_objects ==
                std::vector<icc::DataObject>{{0x40, {}}, {0x0100, {1}}, {0xFE, {2, 3}}}));
}

BOOST_AUTO_TEST_CASE(a_chv_has_what_it_takes_to_unblock_change_and_disable_it) {
    const icc::Profile profile = profile_of(R"(chv:
  - {reference: 1, value: {text: "1234"}}
  - {reference: 31, value: 313233343536, tries: 15, unblock: {value: {text: "12345678"}, tries: 3}, enabled: false, can_be_disabled: false, minimum_length: 6, maximum_length: 8}
  - {reference: 2, value: 31 32, unblock: {value: 00}}
  - {reference: 3, value: {text: "a value of 20 bytes!"}}
)");
    const icc::ChvProfile& plain = profile.chvs.at(0);
    BOOST_TEST((plain.tries == 3 && plain.unblock_value.empty() && plain.enabled && plain.can_be_disabled));
    BOOST_TEST((plain.minimum_length == 4 && plain.maximum_length == 16));
    const icc::ChvProfile& full = profile.chvs.at(1);
    BOOST_TEST((full.reference == 31 && full.tries == 15 &&
                full.unblock_value == Bytes{'1', '2', '3', '4', '5', '6', '7', '8'}));
    BOOST_TEST((full.unblock_tries == 3 && !full.enabled && !full.can_be_disabled));
    BOOST_TEST((full.minimum_length == 6 && full.maximum_length == 8));
    BOOST_TEST((profile.chvs.at(2).minimum_length == 2 && profile.chvs.at(2).unblock_tries == 10));
    BOOST_TEST(profile.chvs.at(3).maximum_length == 20);
}

BOOST_AUTO_TEST_CASE(a_key_has_a_usage_and_a_chv_may_name_the_key_that_resets_it) {
    using Usage = icc::KeyProfile::Usage;
    const std::string key = ", algorithm: aes128, value: \"" + std::string(32, '0') + "\"";
    const icc::Profile profile = profile_of(
        "chv:\n  - {reference: 1, value: 31323334, reset_key: 3}\n  - {reference: 2, value: "
        "31323334}\nkeys: [{reference: 1" +
        key + "}, {reference: 2" + key + ", usage: internal}, {reference: 3" + key +
        ", usage: external}, {reference: 4" + key +
        ", usage: any}]\n"
        "files: [{df: 7F10, chv: [{reference: 1, value: 31323334, reset_key: 4}]}]\n");
    const Usage expected[] = {Usage::any, Usage::internal, Usage::external, Usage::any};
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        BOOST_TEST((profile.keys.at(i).usage == expected[i]));
    }
    BOOST_TEST((profile.chvs.at(0).reset_key == 3 && profile.chvs.at(1).reset_key == 0));
    BOOST_TEST(int{profile.mf.children.at(0).chvs.at(0).reset_key} == 4);
}

BOOST_AUTO_TEST_CASE(an_access_rule_may_demand_secure_messaging_where_a_key_makes_it) {
    const std::string zeros = std::string(32, '0');
    const icc::Profile profile = profile_of(
        "chv: [{reference: 1, value: 31323334}]\n"
        "keys: [{reference: 5, algorithm: aes128, usage: external, secure_messaging: true, value: \"" +
        zeros + "\"}, {reference: 6, algorithm: aes128, usage: external, secure_messaging: false, value: \"" + zeros +
        "\"}]\n"
        "mf: {read: secure messaging, update: chv 1 with secure messaging, create_ef: key 6 with secure messaging, "
        "create_df: chv 1 and key 6 with secure messaging, delete_child: chv 1}\n");
    BOOST_TEST((profile.keys.at(0).secure_messaging && !profile.keys.at(1).secure_messaging));
    using Kind = AccessRule::Kind;
    const icc::AccessRules& rules = profile.mf.access;
    BOOST_TEST((rules[Operation::read] == AccessRule{Kind::always, 0, 0, true}));
    BOOST_TEST((rules[Operation::update] == AccessRule{Kind::chv, 1, 0, true}));
    BOOST_TEST((rules[Operation::create_ef] == AccessRule{Kind::key, 0, 6, true}));
    BOOST_TEST((rules[Operation::create_df] == AccessRule{Kind::chv_and_key, 1, 6, true}));
    BOOST_TEST((rules[Operation::delete_child] == AccessRule{Kind::chv, 1, 0, false}));
}

BOOST_AUTO_TEST_CASE(keys_have_the_length_of_their_algorithm) {
    using Algorithm = icc::KeyProfile::Algorithm;
    const std::tuple<std::string, Algorithm, std::size_t> kinds[]{{"aes128", Algorithm::aes128, 16},
                                                                  {"aes192", Algorithm::aes192, 24},
                                                                  {"aes256", Algorithm::aes256, 32},
                                                                  {"tdes", Algorithm::tdes, 16},
                                                                  {"tdes", Algorithm::tdes, 24}};
    for (const auto& [word, algorithm, length] : kinds) {
        std::string value;
        for (std::size_t i = 0; i < length; ++i) {
            value += "A5";
        }
        const icc::Profile profile =
            profile_of("keys: [{reference: 31, algorithm: " + word + ", value: " + value +
                       ", tries: 2}, {reference: 1, algorithm: aes128, value: \"" + std::string(32, '0') + "\"}]\n");
        BOOST_TEST((profile.keys.at(0).reference == 31 && profile.keys[0].algorithm == algorithm));
        BOOST_TEST((profile.keys[0].value == Bytes(length, 0xA5) && profile.keys[0].tries == 2));
        BOOST_TEST(profile.keys.at(1).tries == 15);
    }
}

BOOST_AUTO_TEST_CASE(classes_and_channels_are_those_of_the_card) {
    BOOST_TEST(int{profile_of("").operating_classes} == 7);
    BOOST_TEST(int{profile_of("classes: [A, C]\n").operating_classes} == 5);
    BOOST_TEST(int{profile_of("classes: [B]\n").operating_classes} == 2);
    BOOST_TEST(int{profile_of("channels: 1\n").channels} == 1);
    BOOST_TEST(int{profile_of("").channels} == 4);
}

BOOST_AUTO_TEST_CASE(the_atr_tells_classes_and_clock_stop_by_t15) {
    const auto atr = [](const std::string& fields) {
        const auto profile = parse_profile("profile: A card\natr: {" + fields + "}\n", "a.yaml");
        BOOST_REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text()));
        return profile->cold_atr;
    };
    BOOST_TEST(iso7816::to_hex(atr("protocols: [T0], classes: [A, B]").bytes()) == "3B 80 80 1F 03 1C");
    const iso7816::Atr both = atr("protocols: [T0, T1], ifsc: 254, classes: [B, C], clock_stop: state_h");
    BOOST_TEST(int{both.operating_classes()} == 6);
    BOOST_TEST((both.clock_stop() == iso7816::ClockStop::state_h));
    BOOST_TEST(int{both.ifsc()} == 254);
    BOOST_TEST((both.tck() == iso7816::Atr::Tck::correct));
    const iso7816::Atr stop = atr("protocols: [T1], clock_stop: no_preference");
    BOOST_TEST((stop.clock_stop() == iso7816::ClockStop::no_preference));
    BOOST_TEST(int{stop.operating_classes()} == 1);
}

BOOST_AUTO_TEST_CASE(every_quirk_is_read) {
    const icc::IccQuirks quirks = profile_of(R"(quirks:
  activation: {mute: true, mute_when_cold: true, mute_when_warm: true, answer_delay: 0, character_spacing: 9600, ts: 3E, wrong_tck: true, surplus: 2}
  characters: {parity_error_every: 7, never_repeats: true, guard_time: 11, answer_delay: 1000}
  pps: {answer: garbled}
  t0: {null_bytes: 3, one_byte_at_a_time: true, wrong_procedure_byte: true}
  t1: {wtx: 30, ifs: 254, bad_edc_every: 5, wrong_sequence: true, no_resynch: true}
  commands: {surplus: 300, no_extended: true}
)")
                                      .quirks;
    const auto& activation = quirks.activation;
    BOOST_TEST((activation.mute && activation.mute_when_cold && activation.mute_when_warm && activation.wrong_tck));
    BOOST_TEST((activation.answer_delay == 0U && activation.character_spacing == 9600U));
    BOOST_TEST((activation.ts == 0x3E && activation.surplus == 2));
    BOOST_TEST((quirks.characters.parity_error_every == 7 && quirks.characters.never_repeats));
    BOOST_TEST((quirks.characters.guard_time == 11U && quirks.characters.answer_delay == 1000U));
    BOOST_TEST((quirks.pps.answer == icc::IccQuirks::PpsExchange::Answer::garbled));
    BOOST_TEST((quirks.t0.null_bytes == 3 && quirks.t0.one_byte_at_a_time && quirks.t0.wrong_procedure_byte));
    BOOST_TEST((quirks.t1.wtx == 30 && quirks.t1.ifs == 254 && quirks.t1.bad_edc_every == 5));
    BOOST_TEST((quirks.t1.wrong_sequence && quirks.t1.no_resynch));
    BOOST_TEST((quirks.commands.surplus == 300 && quirks.commands.no_extended));

    const icc::IccQuirks none = profile_of("quirks: {activation: {mute: false}}\n").quirks;
    BOOST_TEST((!none.activation.mute && !none.activation.answer_delay && !none.characters.guard_time));
    BOOST_TEST((!none.t0.one_byte_at_a_time && none.t1.wtx == 0 && !none.commands.no_extended));
}

BOOST_AUTO_TEST_SUITE_END()
