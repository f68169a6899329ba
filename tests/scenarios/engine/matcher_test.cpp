#include "scenarios/engine/matcher.h"

#include <boost/test/unit_test.hpp>

using namespace scardlab;
using namespace scardlab::engine;

namespace {

Reply reply(std::string code) {
    Reply made;
    made.code = std::move(code);
    return made;
}

Reply answered(iso7816::Bytes response) {
    Reply made = reply("S_OK");
    made.response = std::move(response);
    return made;
}

SawElement element(SawElement::Kind kind, std::uint8_t t = 0, iso7816::Bytes bytes = {}) {
    return {kind, t, std::move(bytes), "text"};
}

SeenEvent event(icc::ContactEvent what, iso7816::Bytes bytes = {}) {
    return {what, {}, std::move(bytes), "text"};
}

using Kind = SawElement::Kind;
using Event = icc::ContactEvent;

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_matcher)

BOOST_AUTO_TEST_CASE(no_expectation_means_success_of_either_kind) {
    const Expectation nothing;
    BOOST_TEST(!mismatch(nothing, reply("S_OK"), false, 0));
    BOOST_TEST(!mismatch(nothing, reply("SCARD_S_SUCCESS"), false, 0));
    const auto wrong = mismatch(nothing, reply("SCARD_W_RESET_CARD"), false, 0);
    BOOST_REQUIRE(wrong);
    BOOST_TEST(wrong->expected == "success");
    BOOST_TEST(wrong->got == "SCARD_W_RESET_CARD");
}

BOOST_AUTO_TEST_CASE(a_named_code_fits_itself_alone) {
    Expectation expected;
    expected.code = "SCARD_W_RESET_CARD";
    BOOST_TEST(!mismatch(expected, reply("SCARD_W_RESET_CARD"), true, 0));
    BOOST_TEST(mismatch(expected, reply("SCARD_W_REMOVED_CARD"), true, 0).has_value());
    BOOST_TEST(mismatch(expected, reply("S_OK"), true, 0).has_value());
}

BOOST_AUTO_TEST_CASE(what_the_interfaces_tell_is_compared_part_by_part) {
    Reply got = reply("S_OK");
    got.path = "3F00/7F10";
    got.list = std::vector<std::string>{"6F01", "6F02"};
    got.event = "removal";
    got.count = 20;
    got.tries = 2;
    Expectation right;
    right.path = "3F00/7F10";
    right.list = std::vector<std::string>{"6F02", "6F01"};  // in any order
    right.event = "removal";
    right.count = 20;
    right.tries = std::uint8_t{2};
    BOOST_TEST(!mismatch(right, got, false, 7));
    Expectation wrong = right;
    wrong.path = "3F00";
    wrong.list = std::vector<std::string>{"6F01", "6F01"};
    wrong.event = "reset";
    wrong.count = 13;  // not counted from the first event
    wrong.tries = std::uint8_t{1};
    const auto all = mismatch(wrong, got, false, 7);
    BOOST_REQUIRE(all);
    BOOST_TEST(all->expected == "path 3F00, event reset, list 6F01 6F01, tries 1, count 13");
    BOOST_TEST(all->got == "path 3F00/7F10, event removal, list 6F01 6F02, tries 2, count 20");
    const auto nothing_told = mismatch(wrong, reply("S_OK"), false, 0);
    BOOST_REQUIRE(nothing_told);
    BOOST_TEST(nothing_told->got == "no path, no event, list , no tries, no count");
    BOOST_TEST(describe(right, false) == "success, count 20, path 3F00/7F10, list 6F02 6F01, event removal, tries 2");
}

BOOST_AUTO_TEST_CASE(an_apdu_without_expectation_must_answer_90_00) {
    const Expectation nothing;
    BOOST_TEST(!mismatch(nothing, answered({0x90, 0x00}), true, 0));
    const auto wrong = mismatch(nothing, answered({0x01, 0x6A, 0x82}), true, 0);
    BOOST_REQUIRE(wrong);
    BOOST_TEST(wrong->expected == "sw 90 00");
    BOOST_TEST(wrong->got == "sw 6A 82");
    BOOST_TEST(mismatch(nothing, answered({}), true, 0)->got == "no status word");
}

BOOST_AUTO_TEST_CASE(a_status_word_pattern_leaves_the_masked_digits_open) {
    Expectation expected;
    expected.sw = StatusWordPattern{0x6100, 0xFF00, "61 xx"};
    BOOST_TEST(!mismatch(expected, answered({0x61, 0x09}), true, 0));
    BOOST_TEST(mismatch(expected, answered({0x90, 0x00}), true, 0).has_value());
}

BOOST_AUTO_TEST_CASE(data_are_compared_without_the_status_word) {
    Expectation expected;
    expected.data = iso7816::Bytes{1, 2};
    BOOST_TEST(!mismatch(expected, answered({1, 2, 0x90, 0x00}), true, 0));
    BOOST_TEST(mismatch(expected, answered({1, 2, 3, 0x90, 0x00}), true, 0).has_value());
    BOOST_TEST(mismatch(expected, answered({1, 0x90, 0x00}), true, 0).has_value());
}

BOOST_AUTO_TEST_CASE(protocol_state_atr_and_count_are_each_compared) {
    Reply got = reply("SCARD_S_SUCCESS");
    got.protocol = resource_manager::protocol_t1;
    got.state = std::vector<std::string>{"present", "powered"};
    got.atr = iso7816::Bytes{0x3B, 0x00};
    got.event_count = 1;
    Expectation expected;
    expected.protocol = resource_manager::protocol_t1;
    expected.state = std::vector<std::string>{"powered", "present"};  // in any order
    expected.atr = iso7816::Bytes{0x3B, 0x00};
    expected.count = 3;  // counted from 65534, across the wrap
    BOOST_TEST(!mismatch(expected, got, false, 65'534));
    Reply other = got;
    other.protocol = resource_manager::protocol_t0;
    BOOST_TEST(mismatch(expected, other, false, 65'534)->got == "protocol T0");
    other = got;
    other.state->pop_back();
    BOOST_TEST(mismatch(expected, other, false, 65'534)->got == "state present");
    other = got;
    other.atr->push_back(1);
    BOOST_TEST(mismatch(expected, other, false, 65'534)->got == "atr 3B 00 01");
    other = got;
    other.event_count.reset();
    BOOST_TEST(mismatch(expected, other, false, 65'534)->got == "no count");
}

BOOST_AUTO_TEST_CASE(any_fits_everything) {
    Expectation expected;
    expected.any = true;
    BOOST_TEST(!mismatch(expected, reply("E_FAIL"), true, 0));
}

BOOST_AUTO_TEST_CASE(what_the_card_saw_is_compared_in_order_and_whole) {
    const std::vector<SeenEvent> seen{event(Event::cold_reset), event(Event::atr),
                                      event(Event::pps_request, {0xFF, 0x01, 0xFE}),
                                      event(Event::command, {0x00, 0xA4})};
    using List = std::vector<SawElement>;
    const List right{element(Kind::cold_reset), element(Kind::atr), element(Kind::pps, 1),
                     element(Kind::command, 0, {0x00, 0xA4})};
    BOOST_TEST(!mismatch(right, seen));
    List wrong = right;
    wrong.pop_back();
    BOOST_TEST(mismatch(wrong, seen).has_value());
    wrong = right;
    wrong[2].t = 0;
    BOOST_TEST(mismatch(wrong, seen).has_value());
    wrong = right;
    wrong[3].bytes = {0x00, 0xB0};
    BOOST_TEST(mismatch(wrong, seen).has_value());
    wrong = right;
    std::swap(wrong[0], wrong[1]);
    BOOST_TEST(mismatch(wrong, seen).has_value());
    BOOST_TEST(mismatch(List{}, seen).has_value());
}

BOOST_AUTO_TEST_CASE(three_dots_stand_for_any_number_of_events) {
    const std::vector<SeenEvent> seen{event(Event::cold_reset), event(Event::atr), event(Event::warm_reset),
                                      event(Event::atr)};
    using List = std::vector<SawElement>;
    BOOST_TEST(!mismatch(List{element(Kind::anything), element(Kind::atr)}, seen));
    BOOST_TEST(!mismatch(List{element(Kind::cold_reset), element(Kind::anything)}, seen));
    BOOST_TEST(!mismatch(List{element(Kind::anything), element(Kind::warm_reset), element(Kind::anything)}, seen));
    BOOST_TEST(!mismatch(List{element(Kind::anything)}, {}));
    BOOST_TEST(mismatch(List{element(Kind::anything), element(Kind::warm_reset)}, seen).has_value());
}

BOOST_AUTO_TEST_CASE(three_dots_at_the_end_of_a_command_stand_for_any_bytes) {
    const std::vector<SeenEvent> seen{event(Event::command, {0x0C, 0xB0, 0x00})};
    using List = std::vector<SawElement>;
    SawElement start = element(Kind::command, 0, {0x0C, 0xB0});
    BOOST_TEST(mismatch(List{start}, seen).has_value());
    start.open_end = true;
    BOOST_TEST(!mismatch(List{start}, seen));
    start.bytes = {0x0C, 0xB0, 0x00};
    BOOST_TEST(!mismatch(List{start}, seen));
    start.bytes = {0x0C, 0xB1};
    BOOST_TEST(mismatch(List{start}, seen).has_value());
    start.bytes = {0x0C, 0xB0, 0x00, 0x00};
    BOOST_TEST(mismatch(List{start}, seen).has_value());
    BOOST_TEST(mismatch(List{start}, {}).has_value());
}

BOOST_AUTO_TEST_CASE(many_dots_over_many_events_are_compared_without_delay) {
    std::vector<SawElement> dots;
    std::vector<SeenEvent> seen;
    for (int i = 0; i < 200; ++i) {
        dots.push_back(element(Kind::anything));
        dots.push_back(element(Kind::atr));
        seen.push_back(event(Event::cold_reset));
        seen.push_back(event(Event::atr));
    }
    BOOST_TEST(!mismatch(dots, seen));
    dots.push_back(element(Kind::warm_reset));
    BOOST_TEST(mismatch(dots, seen).has_value());
}

BOOST_AUTO_TEST_CASE(movements_and_deactivation_count_only_where_the_list_names_them) {
    const std::vector<SeenEvent> seen{event(Event::inserted), event(Event::cold_reset), event(Event::s_block),
                                      event(Event::response), event(Event::deactivation)};
    using List = std::vector<SawElement>;
    BOOST_TEST(!mismatch(List{element(Kind::cold_reset)}, seen));
    BOOST_TEST(!mismatch(List{element(Kind::cold_reset), element(Kind::deactivation)}, seen));
    BOOST_TEST(!mismatch(List{element(Kind::inserted), element(Kind::cold_reset)}, seen));
    BOOST_TEST(mismatch(List{element(Kind::deactivation), element(Kind::cold_reset)}, seen).has_value());
}

BOOST_AUTO_TEST_CASE(a_pps_is_compared_with_its_rate_when_the_list_names_one) {
    const std::vector<SeenEvent> seen{event(icc::ContactEvent::pps_request, {0xFF, 0x11, 0x95, 0x7B})};
    const auto pps = [](std::optional<std::uint8_t> rate) {
        return std::vector<SawElement>{{SawElement::Kind::pps, 1, {}, "text", rate}};
    };
    BOOST_TEST(!mismatch(pps({}), seen).has_value());
    BOOST_TEST(!mismatch(pps(0x95), seen).has_value());
    BOOST_TEST(mismatch(pps(0x96), seen).value().got == "[pps T1 95]");
    const std::vector<SeenEvent> without{event(icc::ContactEvent::pps_request, {0xFF, 0x01, 0xFE})};
    BOOST_TEST(mismatch(pps(0xFE), without).value().got == "[pps T1]");
    BOOST_TEST(!mismatch(pps(0x11), without).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
