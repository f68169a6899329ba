#include <boost/test/unit_test.hpp>

#include "tests/scenarios/engine/loader_support.h"

using namespace scardlab::engine;
using namespace scardlab::engine::testing;

namespace {

constexpr auto refuses = BadFile::Schema::refuses;
constexpr auto accepts = BadFile::Schema::accepts;
constexpr auto not_yaml = BadFile::Schema::not_yaml;

const BadFile top_level_errors[]{
    {"profile: A card\natr: 3B 00\n@atr: 3B 00\n", "key 'atr' twice", not_yaml},
    {"@atr: 3B 00\n", "no profile", refuses},
    {"@profile: A card\n", "no atr", refuses},
    {"profile: @[a]\natr: 3B 00\n", "one sentence", refuses},
    {"profile: A card\natr: 3B 00\n@warm_art: 3B 00\n", "(did you mean warm_atr?)", refuses},
    {"profile: A card\natr: 3B 00\nlargest_inf: @255\n", "a number from 1 to 254", refuses},
    {"profile: A card\natr: 3B 00\nquirks: @{}\n", "an empty map", refuses},
    {"profile: A card\natr: 3B 00\nquirks: {@aktivation: {mute: true}}\n", "(did you mean activation?)", refuses},
    {"profile: A card\natr: 3B 00\nquirks: {activation: {mute: @1}}\n", "true or false", refuses},
    {"profile: A card\natr: 3B 00\nquirks: {pps: {answer: @refused}}\n", "(did you mean refuse?)", refuses},
    {"profile: A card\natr: 3B 00\nchv: @[]\n", "an empty list", refuses},
    {"profile: A card\natr: 3B 00\nchv:\n  - @{reference: 1}\n", "no value", refuses},
    {"profile: A card\natr: 3B 00\nchv:\n  - @{value: 31}\n", "no reference", refuses},
    {"profile: A card\natr: 3B 00\nchv:\n  - {reference: @32, value: 31}\n", "a number from 1 to 31", refuses},
    {"profile: A card\natr: 3B 00\nchv:\n  - {reference: 1, value: 31, tries: @16}\n", "a number from 1 to 15",
     refuses},
    {"profile: A card\natr: 3B 00\nchv:\n  - {reference: 1, value: 31}\n  - {reference: @1, value: 32}\n",
     "reference '1' twice", accepts},
    {"profile: A card\natr: 3B 00\nchv:\n  - {reference: 1, value: @\"\"}\n", "0 bytes", accepts},
    {"profile: A card\natr: 3B 00\nchv:\n  - {reference: 1, value: {text: @\"\"}}\n", "text of 1 to 255 bytes",
     accepts},
    {"profile: A card\natr: 3B 00\nchv:\n  - {reference: 1, value: {@txt: \"1234\"}}\n", "(did you mean text?)",
     refuses},
    {"profile: A card\natr: 3B 00\nclasses: [A, @D]\n", "one of A, B, C", refuses},
    {"profile: A card\natr: 3B 00\nclasses: [A, @A]\n", "class 'A' twice", refuses},
    {"profile: A card\natr: 3B 00\nclasses: @A\n", "a list of A, B and C", refuses},
    {"profile: A card\natr: 3B 00\nchannels: @5\n", "a number from 1 to 4", refuses},
};

const BadFile secret_errors[]{
    {"chv: [{reference: 1, value: 31323334, unblock: @{tries: 3}}]\n", "no value", refuses},
    {"chv: [{reference: 1, value: 31323334, unblock: {value: 31, tries: @16}}]\n", "a number from 1 to 15", refuses},
    {"chv: [{reference: 1, value: 31323334, unblock: {@valeu: 31}}]\n", "(did you mean value?)", refuses},
    {"chv: [{reference: 1, value: 31323334, enabled: @1}]\n", "true or false", refuses},
    {"chv: [{reference: 1, value: 31323334, can_be_disabled: @no}]\n", "true or false", refuses},
    {"chv: [{reference: 1, value: @31323334, minimum_length: 5}]\n", "a value of 4 bytes; expected 5 to 16", accepts},
    {"chv: [{reference: 1, value: @31323334, maximum_length: 3, minimum_length: 2}]\n", "expected 2 to 3", accepts},
    {"chv: [{reference: 1, value: 31323334, minimum_length: 6, maximum_length: @5}]\n", "at least the minimum_length",
     accepts},
    {"chv: [{reference: 1, value: 31323334, maximum_length: @256}]\n", "a number from 1 to 255", refuses},
    {"chv: [{reference: 1, value: 31323334, reset_key: @0}]\n", "a number from 1 to 31", refuses},
    {"chv: [{reference: 1, value: 31323334, reset_key: @1}]\n", "of usage external or any", accepts},
    {"keys: [{reference: 1, algorithm: aes128, usage: @intern, value: \"00000000000000000000000000000000\"}]\n",
     "(did you mean internal?)", refuses},
    {"keys: [{reference: 1, algorithm: aes128, usage: internal, value: \"00000000000000000000000000000000\"}]\n"
     "chv: [{reference: 1, value: 31323334, reset_key: @1}]\n",
     "of usage external or any", accepts},
    {"keys: [{reference: 1, algorithm: aes128, usage: internal, value: \"00000000000000000000000000000000\"}]\n"
     "mf: {create_ef: @key 1}\n",
     "which no key of the card can satisfy", accepts},
    {"keys: [{reference: 1, algorithm: aes128, secure_messaging: @true, value: "
     "\"00000000000000000000000000000000\"}]\n",
     "an AES key of usage external", accepts},
    {"keys: [{reference: 1, algorithm: tdes, usage: external, secure_messaging: @true, value: "
     "\"00000000000000000000000000000000\"}]\n",
     "an AES key of usage external", accepts},
    {"keys: [{reference: 1, algorithm: aes128, usage: external, secure_messaging: @yes, value: "
     "\"00000000000000000000000000000000\"}]\n",
     "true or false", refuses},
    {"keys: [{reference: 1, algorithm: aes128, usage: external, value: \"00000000000000000000000000000000\"}]\n"
     "mf: {create_ef: @key 1 with secure messaging}\n",
     "a key with secure_messaging: true", accepts},
    {"mf: {create_ef: @secure messaging}\n", "a key with secure_messaging: true", accepts},
    {"mf: {create_ef: @secure mesaging}\n", "(did you mean secure messaging?)", refuses},
    {"mf: {create_ef: @never with secure messaging}\n", "also with secure messaging", refuses},
    {"keys: @[]\n", "an empty list", refuses},
    {"keys: [@{reference: 1, algorithm: aes128}]\n", "no value", refuses},
    {"keys: [@{reference: 1, value: 00}]\n", "no algorithm", refuses},
    {"keys: [{reference: 1, algorithm: @aes129, value: 00}]\n", "(did you mean aes128?)", refuses},
    {"keys: [{reference: 1, algorithm: aes128, value: @000102}]\n", "a key of 3 bytes; expected 16 bytes for aes128",
     accepts},
    {"keys: [{reference: 1, algorithm: tdes, value: @000102}]\n", "expected 24 or 16 bytes for tdes", accepts},
    {"keys: [{reference: @0, algorithm: tdes, value: 00}]\n", "a number from 1 to 31", refuses},
    {"keys: [{reference: 1, algorithm: aes128, value: \"00000000000000000000000000000000\"}, {reference: @1, "
     "algorithm: "
     "aes128, value: \"00000000000000000000000000000000\"}]\n",
     "reference '1' twice", accepts},
    {"mf: {data_objects: @[]}\n", "an empty list", refuses},
    {"mf: {data_objects: [@{tag: 40}]}\n", "no value", refuses},
    {"mf: {data_objects: [{tag: @3F, value: 00}]}\n", "which GET DATA can name", accepts},
    {"mf: {data_objects: [{tag: @FF, value: 00}]}\n", "which GET DATA can name", accepts},
    {"mf: {data_objects: [{tag: @02FF, value: 00}]}\n", "which GET DATA can name", accepts},
    {"mf: {data_objects: [{tag: 50, value: 00}, {tag: @0050, value: 00}]}\n", "tag '0050' twice", accepts},
    {"mf: {data_objects: [{tag: @01 02 03, value: 00}]}\n", "3 bytes", refuses},
    {"mf: {data_objects: [{tag: 5F50, value: 00}, {tag: @5f 50, value: 00}]}\n", "tag '5f 50' twice", accepts},
    {"mf: {@delete: never}\n", "key 'delete' in mf", refuses},
    {"mf: {@creat_ef: never}\n", "(did you mean create_ef?)", refuses},
    {"mf: {create_ef: @chv 1}\n", "which the card does not have", accepts},
};

const BadFile quirk_errors[]{
    {"activation: {@mute_when_wram: true}", "(did you mean mute_when_warm?)", refuses},
    {"activation: {answer_delay: @soon}", "a number from 0 to 100000000", refuses},
    {"activation: {character_spacing: @1000001}", "a number from 0 to 1000000", refuses},
    {"activation: {ts: @3B 00}", "2 bytes", refuses},
    {"activation: {surplus: @0}", "a number from 1 to 255", refuses},
    {"activation: @{}", "an empty map", refuses},
    {"characters: {parity_error_every: @0}", "a number from 1", refuses},
    {"characters: {never_repeats: @maybe}", "true or false", refuses},
    {"characters: {@gard_time: 12}", "(did you mean guard_time?)", refuses},
    {"pps: {answer: @garble}", "(did you mean garbled?)", refuses},
    {"t0: {null_bytes: @256}", "a number from 1 to 255", refuses},
    {"t0: {@wtx: 1}", "key 'wtx' in quirks of t0", refuses},
    {"t1: {wtx: @0}", "a number from 1 to 255", refuses},
    {"t1: {ifs: @255}", "a number from 1 to 254", refuses},
    {"t1: {@no_resync: true}", "(did you mean no_resynch?)", refuses},
    {"commands: {surplus: @65536}", "a number from 1 to 65535", refuses},
    {"@command: {surplus: 1}", "(did you mean commands?)", refuses},
};

const BadFile atr_errors[]{
    {"profile: A card\natr: 3B 0@G\n", "hexadecimal", refuses},
    {"profile: A card\natr: @3B\n", "1 bytes", accepts},
    {"profile: A card\natr: @3A 00\n", "an answer to reset", accepts},
    {"profile: A card\natr: 3B 00 @00\n", "an answer to reset", accepts},
    {"profile: A card\natr: @{ta1: 95}\n", "no protocols", refuses},
    {"profile: A card\natr: {protocols: @[]}\n", "an empty list", refuses},
    {"profile: A card\natr: {protocols: [T0, @T2]}\n", "'T2'", refuses},
    {"profile: A card\natr: {protocols: [T0, @T0]}\n", "protocol 'T0' twice", refuses},
    {"profile: A card\natr: {protocols: [T0], @t1a: 95}\n", "key 't1a' in an ATR", refuses},
    {"profile: A card\natr: {protocols: [T0], ta1: @95 96}\n", "2 bytes", refuses},
    {"profile: A card\natr: {protocols: [T0], ifsc: @254}\n", "ifsc without T=1", accepts},
    {"profile: A card\natr: {protocols: [T1], waiting_integer: @10}\n", "waiting_integer without T=0", accepts},
    {"profile: A card\natr: {protocols: [T0], specific_mode: @T1}\n", "specific mode 'T1'", accepts},
    {"profile: A card\natr: {protocols: [T0], convention: @invers}\n", "(did you mean inverse?)", refuses},
    {"profile: A card\natr: {protocols: [T0], edc: @lcr}\n", "one of lrc, crc", refuses},
    {"profile: A card\natr: {protocols: [T0], historical: {text: @\"sixteen letters!\"}}\n", "text of 0 to 15 bytes",
     accepts},
    {"profile: A card\natr: {protocols: [T0], classes: @[A, C]}\n", "classes that follow each other", accepts},
    {"profile: A card\natr: {protocols: [T0], classes: [@D]}\n", "one of A, B, C", refuses},
    {"profile: A card\natr: {protocols: [T0], clock_stop: @state_x}\n", "(did you mean state_l?)", refuses},
    {"profile: A card\natr: 3B 00\nquirks: {activation: {wrong_tck: @true}}\n", "an ATR without TCK", accepts},
    {"profile: A card\natr: {protocols: [T1]}\nquirks: {t0: @{null_bytes: 1}}\n", "quirks of t0 without T=0", accepts},
    {"profile: A card\natr: 3B 00\nquirks: {t1: @{wtx: 1}}\n", "quirks of t1 without T=1", accepts},
    {"profile: A card\natr: 3B 00\nwarm_atr: {protocols: [T0], cwi: @16}\n", "a number from 0 to 15", refuses},
};

const BadFile file_errors[]{
    {"files: @[]\n", "an empty list", refuses},
    {"files:\n  - @2F00\n", "a file: a map with df or ef", refuses},
    {"files:\n  - @{sfi: 1}\n", "neither or both of df and ef", refuses},
    {"files:\n  - @{df: 7F10, ef: 2F00}\n", "neither or both of df and ef", refuses},
    {"files:\n  - @{ef: 2F00}\n", "an EF without size and content", refuses},
    {"files:\n  - {ef: 2F@0, size: 1}\n", "hexadecimal", refuses},
    {"files:\n  - {ef: @2F, size: 1}\n", "1 bytes", refuses},
    {"files:\n  - {ef: @3F00, size: 1}\n", "which is reserved", refuses},
    {"files:\n  - {ef: 2F00, size: 1}\n  - {ef: @2F00, size: 1}\n", "identifier '2F00' twice in one DF", accepts},
    {"files:\n  - {ef: 2F00, size: 1}\n  - {df: @2f00}\n", "identifier '2f00' twice in one DF", accepts},
    {"files:\n  - df: 7F10\n    files:\n      - {ef: 6F01, size: 1}\n      - {ef: @6F01, size: 1}\n",
     "identifier '6F01' twice", accepts},
    {"files:\n  - {ef: 2F00, sfi: @31, size: 1}\n", "a number from 1 to 30", refuses},
    {"files:\n  - {ef: 2F00, sfi: @0, size: 1}\n", "a number from 1 to 30", refuses},
    {"files:\n  - {ef: 2F00, sfi: 1, size: 1}\n  - {ef: 2F01, sfi: @1, size: 1}\n", "sfi '1' twice", accepts},
    {"files:\n  - {ef: 2F00, size: @0}\n", "a number from 1 to 32768", refuses},
    {"files:\n  - {ef: 2F00, size: 2, content: @01 02 03}\n", "a content of 3 bytes", accepts},
    {"files:\n  - {ef: 2F00, size: 2, content: @{text: \"abc\"}}\n", "at most the size, 2", accepts},
    {"files:\n  - {ef: 2F00, size: 2, @contend: 01}\n", "(did you mean content?)", refuses},
    {"files:\n  - {ef: 2F00, size: 2, read: @chv 1}\n", "'chv 1', which the card does not have", accepts},
    {"files:\n  - {ef: 2F00, size: 2, update: @chv}\n", "always, never, chv N", refuses},
    {"files:\n  - {ef: 2F00, size: 2, update: @sometimes}\n", "always, never, chv N", refuses},
    // ISO/IEC 7816-4 clause 5.3.1.1
    {"files:\n  - {df: 7F10, aid: @00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10}\n", "17 bytes", refuses},
    {"files:\n  - {df: 7F10, aid: A0 00}\n  - {df: 7F20, aid: @A000}\n", "AID A0 00 twice", accepts},
    {"files:\n  - {df: 7F10, @size: 4}\n", "key 'size' in a DF", refuses},
    {"files:\n  - {df: 7F10, files: @[]}\n", "an empty list", refuses},
    {"files:\n  - {df: 7F10, @write: never}\n", "key 'write' in a DF", refuses},
    {"files:\n  - {ef: 2F00, size: 1, @create_ef: never}\n", "key 'create_ef' in an EF", refuses},
    {"files:\n  - {ef: 2F00, size: 1, read: @key 1}\n", "which no key of the card can satisfy", accepts},
    {"files:\n  - {ef: 2F00, size: 1, read: @local chv 1}\n", "under chv of this DF", accepts},
    {"files:\n  - {ef: 2F00, size: 1, read: @local key 1}\n", "always, never, chv N", refuses},
    {"files:\n  - {ef: 2F00, size: 1, read: @chv 1 or key 1}\n", "always, never, chv N", refuses},
    {"files:\n  - {ef: 2F00, size: 1, read: @chv 1 and}\n", "always, never, chv N", refuses},
    {"files:\n  - {ef: 2F00, size: 1, read: @allways}\n", "(did you mean always?)", refuses},
    {"files:\n  - {ef: 2F00, size: 1, state: @active}\n", "'active'; expected one of creation", refuses},
    {"files:\n  - {ef: 2F00, type: @linear, size: 1}\n", "one of transparent, linear_fixed", refuses},
    {"files:\n  - {ef: 2F00, size: 1, records: @[01]}\n", "records of a transparent EF", refuses},
    {"files:\n  - {ef: 2F00, size: 1, record_size: @1}\n", "record_size of a transparent EF", refuses},
    {"files:\n  - {ef: 2F00, size: 1, capacity: @1}\n", "capacity of a transparent EF", refuses},
    {"files:\n  - {ef: 2F00, type: cyclic, records: [01], size: @1}\n", "size of an EF with records", refuses},
    {"files:\n  - {ef: 2F00, type: cyclic, records: [01], content: @01}\n", "content of an EF with records", refuses},
    {"files:\n  - @{ef: 2F00, type: cyclic, capacity: 1}\n", "neither records nor both", refuses},
    {"files:\n  - @{ef: 2F00, type: linear_fixed, record_size: 1}\n", "neither records nor both", refuses},
    {"files:\n  - {ef: 2F00, type: linear_fixed, records: @[]}\n", "an empty list", refuses},
    {"files:\n  - {ef: 2F00, type: linear_fixed, records: [01, @\"\"]}\n", "0 bytes", accepts},
    {"files:\n  - {ef: 2F00, type: linear_fixed, record_size: 2, records: [01, @01 02 03]}\n",
     "a record of 3 bytes; expected at most the record_size, 2", accepts},
    {"files:\n  - {ef: 2F00, type: cyclic, capacity: 2, records: [01, 02, @03]}\n", "more records than the capacity",
     accepts},
    {"files:\n  - {ef: 2F00, type: cyclic, record_size: @255, capacity: 1}\n", "a number from 1 to 254", refuses},
    {"files:\n  - {ef: 2F00, type: cyclic, record_size: 1, capacity: @0}\n", "a number from 1 to 254", refuses},
    {"files:\n  - df: 7F10\n    chv: [{reference: 1, value: 31323334}, {reference: @1, value: 31323334}]\n",
     "reference '1' twice", accepts},
    {"files:\n  - df: 7F10\n    chv: [{reference: 1, value: 31323334}]\n  - {df: 7F20, read: @local chv 1}\n",
     "which the card does not have", accepts},
    {"files:\n  - df: 7F10\n    chv: [{reference: 1, value: 31323334}]\n    read: @chv 1\n",
     "which the card does not have", accepts},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_card_errors)

BOOST_AUTO_TEST_CASE(mistakes_in_a_card_profile_are_refused_at_their_place) {
    for (const BadFile& bad : top_level_errors) {
        check_profile(bad);
    }
}

BOOST_AUTO_TEST_CASE(mistakes_in_chvs_keys_and_data_objects_are_refused_at_their_place) {
    for (const BadFile& bad : secret_errors) {
        const std::string text = "profile: A card\natr: 3B 00\n" + std::string(bad.text);
        check_profile({text, bad.fragment, bad.schema});
    }
}

BOOST_AUTO_TEST_CASE(mistakes_in_quirks_are_refused_at_their_place) {
    for (const BadFile& bad : quirk_errors) {
        const std::string text =
            "profile: A card\natr: {protocols: [T0, T1]}\nquirks:\n  " + std::string(bad.text) + "\n";
        check_profile({text, bad.fragment, bad.schema});
    }
}

BOOST_AUTO_TEST_CASE(mistakes_in_an_atr_are_refused_at_their_place) {
    for (const BadFile& bad : atr_errors) {
        check_profile(bad);
    }
}

BOOST_AUTO_TEST_CASE(mistakes_in_files_are_refused_at_their_place) {
    for (const BadFile& bad : file_errors) {
        const std::string text = "profile: A card\natr: 3B 00\n" + std::string(bad.text);
        check_profile({text, bad.fragment, bad.schema});
    }
}

BOOST_AUTO_TEST_SUITE_END()
