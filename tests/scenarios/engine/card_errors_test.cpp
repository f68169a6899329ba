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
    {"files:\n  - {ef: 2F00, size: 2, update: @chv}\n", "always, never, or chv and its reference", refuses},
    {"files:\n  - {ef: 2F00, size: 2, update: @sometimes}\n", "always, never, or chv and its reference", refuses},
    {"files:\n  - {df: 7F10, aid: @00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10}\n", "17 bytes", refuses},
    {"files:\n  - {df: 7F10, aid: A0 00}\n  - {df: 7F20, aid: @A000}\n", "AID A0 00 twice", accepts},
    {"files:\n  - {df: 7F10, @size: 4}\n", "key 'size' in a DF", refuses},
    {"files:\n  - {df: 7F10, files: @[]}\n", "an empty list", refuses},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_card_errors)

BOOST_AUTO_TEST_CASE(mistakes_in_a_card_profile_are_refused_at_their_place) {
    for (const BadFile& bad : top_level_errors) {
        check_profile(bad);
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
