#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "tests/scenarios/engine/loader_support.h"
#include "tests/scenarios/engine/schema.h"

using namespace scardlab;
using namespace scardlab::engine;
using namespace scardlab::engine::testing;
using icc::AccessRule;
using iso7816::Bytes;

namespace {

icc::Profile profile_of(const std::string& text) {
    auto profile = parse_profile(text, "folder/a_card.yaml");
    BOOST_REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text()));
    const auto refusal = card_schema().refusal(text);
    BOOST_TEST(!refusal.has_value(), "the schema refuses it: " << refusal.value_or(""));
    return *std::move(profile);
}

std::string atr_of(const std::string& atr) {
    return iso7816::to_hex(profile_of("profile: A card\natr: " + atr + "\n").cold_atr.bytes());
}

icc::Profile card(const std::string& name) {
    auto profile = load_profile(name, options(), Place{"a.yaml", 3, 7});
    BOOST_REQUIRE_MESSAGE(profile.has_value(), (profile ? "" : profile.error().text()));
    return *std::move(profile);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_card_loader)

BOOST_AUTO_TEST_CASE(a_whole_profile_is_read) {
    const icc::Profile profile = profile_of(R"(profile: A card
atr: 3B 80 80 01 01
warm_atr: {protocols: [T1]}
largest_inf: 100
chv:
  - {reference: 1, value: {text: "1234"}}
  - {reference: 2, value: 01 02 03, tries: 5}
files:
  - {ef: 2F00, sfi: 1, size: 4, content: 01 02, update: never}
  - df: 7F10
    aid: A0 00 00 00 18
    files:
      - {ef: 6F01, content: {text: secret}, read: chv 1, update: chv 2}
      - {df: 5F00}
quirks:
  activation: {mute: true}
  pps: {answer: silent}
)");
    BOOST_TEST(profile.name == "a_card");
    BOOST_TEST(iso7816::to_hex(profile.cold_atr.bytes()) == "3B 80 80 01 01");
    BOOST_TEST(iso7816::to_hex(profile.warm_atr.value().bytes()) == "3B 80 01 81");
    BOOST_TEST(profile.largest_inf == 100);
    BOOST_REQUIRE(profile.chvs.size() == 2);
    BOOST_TEST((profile.chvs[0].reference == 1 && profile.chvs[0].tries == 3));
    BOOST_TEST((profile.chvs[0].value == Bytes{'1', '2', '3', '4'}));
    BOOST_TEST((profile.chvs[1].value == Bytes{1, 2, 3} && profile.chvs[1].tries == 5));
    BOOST_TEST(profile.quirks.activation.mute);
    BOOST_TEST((profile.quirks.pps.answer == icc::IccQuirks::PpsExchange::Answer::silent));

    BOOST_TEST(profile.mf.identifier == 0x3F00);
    BOOST_REQUIRE(profile.mf.children.size() == 2);
    const icc::FileProfile& ef = profile.mf.children[0];
    BOOST_TEST((ef.kind == icc::FileKind::transparent_ef && ef.identifier == 0x2F00));
    BOOST_TEST(ef.short_identifier.value() == 1);
    BOOST_TEST((ef.content == Bytes{0x01, 0x02, 0xFF, 0xFF}));
    BOOST_TEST((ef.access[icc::Operation::read] == AccessRule{AccessRule::Kind::always, 0, 0}));
    BOOST_TEST((ef.access[icc::Operation::update] == AccessRule{AccessRule::Kind::never, 0, 0}));
    const icc::FileProfile& df = profile.mf.children[1];
    BOOST_TEST((df.kind == icc::FileKind::df && df.identifier == 0x7F10));
    BOOST_TEST((df.aid == Bytes{0xA0, 0x00, 0x00, 0x00, 0x18}));
    BOOST_REQUIRE(df.children.size() == 2);
    BOOST_TEST((df.children[0].access[icc::Operation::read] == AccessRule{AccessRule::Kind::chv, 1, 0}));
    BOOST_TEST((df.children[0].access[icc::Operation::update] == AccessRule{AccessRule::Kind::chv, 2, 0}));
    BOOST_TEST(df.children[0].content.size() == 6U);
    BOOST_TEST(!df.children[0].short_identifier.has_value());
    BOOST_TEST((df.children[1].kind == icc::FileKind::df && df.children[1].children.empty()));
}

BOOST_AUTO_TEST_CASE(an_atr_is_built_from_its_fields) {
    BOOST_TEST(atr_of("{protocols: [T0]}") == "3B 00");
    BOOST_TEST(atr_of("{protocols: [T0], ta1: 95}") == "3B 10 95");
    BOOST_TEST(atr_of("{protocols: [T1]}") == "3B 80 01 81");
    BOOST_TEST(atr_of("{protocols: [T0, T1]}") == "3B 80 80 01 01");
    BOOST_TEST(atr_of("{protocols: [T1, T0]}") == "3B 80 81 00 01");
    BOOST_TEST(atr_of("{protocols: [T0], specific_mode: T0}") == "3B 80 10 80");
    BOOST_TEST(atr_of("{protocols: [T0, T1], specific_mode: T1}") == "3B 80 90 81 01 90");
    BOOST_TEST(atr_of("{protocols: [T0], waiting_integer: 20}") == "3B 80 40 14");
    BOOST_TEST(atr_of("{protocols: [T0], extra_guard_time: 2, historical: 41 42}") == "3B 42 02 41 42");
    BOOST_TEST(atr_of("{protocols: [T0], historical: {text: AB}}") == "3B 02 41 42");
    BOOST_TEST(atr_of("{protocols: [T0], convention: inverse}") == "3F 00");
}

BOOST_AUTO_TEST_CASE(parameters_of_t1_stand_where_the_reader_looks_for_them) {
    for (const std::string protocols : {"[T1]", "[T0, T1]", "[T1, T0]"}) {
        BOOST_TEST_CONTEXT(protocols) {
            const icc::Profile profile = profile_of("profile: A card\natr: {protocols: " + protocols +
                                                    ", ifsc: 254, bwi: 2, cwi: 5, edc: crc}\n");
            const iso7816::Atr& atr = profile.cold_atr;
            BOOST_TEST(atr.ifsc() == 254);
            BOOST_TEST(atr.bwi() == 2);
            BOOST_TEST(atr.cwi() == 5);
            BOOST_TEST((atr.edc_kind() == iso7816::EdcKind::crc));
            BOOST_TEST(int{atr.first_offered()} == (protocols.starts_with("[T1") ? 1 : 0));
            BOOST_TEST(atr.offers(iso7816::Protocol::t0) == (protocols != "[T1]"));
            BOOST_TEST(atr.offers(iso7816::Protocol::t1));
            BOOST_TEST((atr.tck() == iso7816::Atr::Tck::correct));
            BOOST_TEST(!atr.specific_mode().has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_profile_is_reported_where_it_was_asked_for) {
    const auto profile = load_profile("t0_onyl", options(), Place{"a.yaml", 3, 7});
    BOOST_REQUIRE(!profile);
    BOOST_TEST(profile.error().text().starts_with("a.yaml:3:7: found card profile 't0_onyl'; expected one of "));
    BOOST_TEST(profile.error().text().ends_with(", or a path (did you mean t0_only?)"));
}

BOOST_AUTO_TEST_CASE(profiles_of_a_folder_that_is_not_there_are_none) {
    BOOST_TEST(profile_names("nowhere").empty());
    const auto profile = load_profile("mute", LoaderOptions{"nowhere", "nowhere"}, Place{"a.yaml", 1, 1});
    BOOST_REQUIRE(!profile);
    BOOST_TEST(profile.error().message == "found card profile 'mute'; expected a profile in nowhere, which has none");
}

BOOST_AUTO_TEST_CASE(every_profile_of_the_catalogue_is_read_and_fits_the_schema) {
    const std::vector<std::string> names = profile_names(options().cards);
    BOOST_TEST(names.size() >= 35U);
    for (const std::string& name : names) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(card(name).name == name);
            std::ifstream file(options().cards / (name + ".yaml"));
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            const auto refusal = card_schema().refusal(text);
            BOOST_TEST(!refusal.has_value(), "the schema refuses it: " << refusal.value_or(""));
            BOOST_TEST(text.starts_with("# "), "no comment says what it is for");
        }
    }
}

BOOST_AUTO_TEST_CASE(the_cards_of_most_scenarios_have_the_same_files) {
    for (const std::string name :
         {"dual_protocol", "fast_up_to_4_mhz", "high_speed", "inverse_convention", "low_voltage", "other_card",
          "short_waits", "pps_refused", "pps_silent", "pps_without_rate", "slow_wtx", "specific_mode",
          "specific_mode_t0", "t0_only", "t1_first", "t1_only", "warm_atr_differs"}) {
        BOOST_TEST_CONTEXT(name) {
            const icc::Profile profile = card(name);
            BOOST_TEST(profile.name == name);
            BOOST_REQUIRE(profile.mf.children.size() == 2);
            const icc::FileProfile& ef = profile.mf.children[0];
            BOOST_TEST((ef.identifier == 0x2F00 && ef.short_identifier == 1));
            const std::string text(ef.content.begin(), ef.content.begin() + static_cast<std::ptrdiff_t>(name.size()));
            BOOST_TEST(text == name);
            const icc::FileProfile& df = profile.mf.children[1];
            BOOST_TEST(df.identifier == 0x7F10);
            BOOST_TEST(iso7816::to_hex(df.aid) == "A0 00 00 00 18 43 41 52 44 4C 41 42");
            BOOST_REQUIRE(df.children.size() == 2);
            const AccessRule chv{AccessRule::Kind::chv, 1}, always{};
            BOOST_TEST((df.children[0].identifier == 0x6F01 && df.children[0].access[icc::Operation::read] == chv &&
                        df.children[0].access[icc::Operation::update] == chv));
            BOOST_TEST((df.children[1].identifier == 0x6F02 && df.children[1].access[icc::Operation::read] == always));
            BOOST_REQUIRE(profile.chvs.size() == 1);
            BOOST_TEST((profile.chvs[0].reference == 1 && profile.chvs[0].tries == 3));
            BOOST_TEST((profile.chvs[0].value == Bytes{'1', '2', '3', '4'}));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_profiles_offer_what_their_names_say) {
    using Answer = icc::IccQuirks::PpsExchange::Answer;
    const auto offered = [](const iso7816::Atr& atr) {
        const auto list = atr.offered_protocols();
        return std::vector<int>(list.t.begin(), list.t.begin() + static_cast<std::ptrdiff_t>(list.count));
    };
    const std::string dual = iso7816::to_hex(card("dual_protocol").cold_atr.bytes());
    BOOST_TEST(dual.starts_with("3B 8"), dual);
    BOOST_TEST(dual.substr(6, 5) == "80 01", dual);
    BOOST_TEST((offered(card("dual_protocol").cold_atr) == std::vector{0, 1}));
    BOOST_TEST(int{card("dual_protocol").cold_atr.ta1()} == 0x11);
    BOOST_TEST((offered(card("t1_first").cold_atr) == std::vector{1, 0}));
    BOOST_TEST((offered(card("t0_only").cold_atr) == std::vector{0}));
    BOOST_TEST((offered(card("t1_only").cold_atr) == std::vector{1}));
    BOOST_TEST(int{card("specific_mode").cold_atr.specific_mode().value().t} == 1);
    BOOST_TEST(int{card("specific_mode_t0").cold_atr.specific_mode().value().t} == 0);
    BOOST_TEST(int{card("high_speed").cold_atr.ta1()} == 0x95);
    BOOST_TEST(int{card("pps_without_rate").cold_atr.ta1()} == 0x95);
    BOOST_TEST((card("pps_without_rate").quirks.pps.answer == Answer::without_pps1));
    BOOST_TEST((card("pps_refused").quirks.pps.answer == Answer::refuse));
    BOOST_TEST((card("pps_silent").quirks.pps.answer == Answer::silent));
    BOOST_TEST(card("mute").quirks.activation.mute);
    BOOST_TEST((card("inverse_convention").cold_atr.convention() == iso7816::Convention::inverse));
    BOOST_TEST(int{card("slow_wtx").quirks.t1.wtx} == 5);
    BOOST_TEST(card("extended_length").mf.children[1].children[2].content.size() == 32'768U);
    BOOST_TEST(int{card("extended_length").cold_atr.ifsc()} == 254);

    const icc::Profile warm = card("warm_atr_differs");
    BOOST_TEST((offered(warm.cold_atr) == std::vector{0, 1}));
    BOOST_TEST((offered(warm.warm_atr.value()) == std::vector{1}));
    const icc::Profile other = card("other_card"), first = card("dual_protocol");
    BOOST_TEST(!(other.cold_atr == first.cold_atr));
    BOOST_TEST((offered(other.cold_atr) == offered(first.cold_atr)));
    BOOST_TEST((other.mf.children[1].children[0].content != first.mf.children[1].children[0].content));
}

BOOST_AUTO_TEST_SUITE_END()
