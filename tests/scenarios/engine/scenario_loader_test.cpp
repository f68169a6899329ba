#include <boost/test/unit_test.hpp>

#include "tests/scenarios/engine/loader_support.h"

using namespace scardlab;
using namespace scardlab::engine;
using namespace scardlab::engine::testing;
using namespace std::chrono_literals;
using iso7816::Bytes;
using resource_manager::Disposition;
using resource_manager::ShareMode;

namespace {

std::vector<Scenario> cases_of(const std::string& text, const std::string& file = "a.yaml") {
    auto scenarios = parse_scenario(text, file, options());
    BOOST_REQUIRE_MESSAGE(scenarios.has_value(), (scenarios ? "" : scenarios.error().text()));
    return *std::move(scenarios);
}

Arguments arguments_of(const std::string& method, const std::string& with) {
    const auto steps = steps_of("  - alice: " + method + "\n    with: " + with + "\n");
    return std::get<CallStep>(steps.at(0).what).arguments;
}

Expectation expectation_of(const std::string& method, const std::string& expect) {
    return steps_of("  - alice: " + method + "\n    expect: " + expect + "\n").at(0).expect;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_scenario_loader)

BOOST_AUTO_TEST_CASE(a_whole_scenario_is_read) {
    const auto scenarios = cases_of(R"(scenario: A reset is reported
proves: [E1, E2, R6]
card: dual_protocol
targets: [embedded, pcscd]
because: needs the protocol
steps:
  - alice: AttachByIFD
  - bob: Reconnect
    with: {initialization: reset}
    within: 500 ms
  - alice: Transmit
    with: {apdu: 00 A4 00 00 02 3F 00}
    expect: SCARD_W_RESET_CARD
    on: {pcscd: {expect: any, because: Q5}}
  - card_saw: [cold_reset, atr, pps T1, "00 A4 00 00 02 3F 00", ...]
)",
                                    (options().catalogue / "reset/is_reported.yaml").string());
    BOOST_REQUIRE(scenarios.size() == 1);
    const Scenario& scenario = scenarios[0];
    BOOST_TEST(scenario.id == "reset/is_reported");
    BOOST_TEST(scenario.title == "A reset is reported");
    BOOST_TEST((scenario.proves == std::vector<std::string>{"E1", "E2", "R6"}));
    BOOST_TEST(scenario.card_name == "dual_protocol");
    BOOST_REQUIRE(scenario.card.has_value());
    BOOST_TEST(scenario.card->name == "dual_protocol");
    BOOST_TEST((scenario.targets == std::vector{TargetKind::embedded, TargetKind::pcscd}));
    BOOST_TEST(scenario.runs_on(TargetKind::pcscd));
    BOOST_TEST(!scenario.runs_on(TargetKind::vpcd));
    BOOST_TEST(scenario.because == "needs the protocol");
    BOOST_REQUIRE(scenario.steps.size() == 4);

    BOOST_TEST(scenario.steps[0].text == "alice: AttachByIFD");
    BOOST_TEST(scenario.steps[0].place.line == 7);
    BOOST_TEST(scenario.steps[0].place.column == 5);
    BOOST_TEST((scenario.steps[0].within == 5s));
    BOOST_TEST(!scenario.steps[0].expect.code.has_value());

    const auto& reconnect = std::get<CallStep>(scenario.steps[1].what);
    BOOST_TEST(reconnect.application == "bob");
    BOOST_TEST((reconnect.method == Method::Reconnect));
    BOOST_TEST((reconnect.arguments.initialization == Disposition::reset));
    BOOST_TEST(!reconnect.arguments.share.has_value());
    BOOST_TEST((scenario.steps[1].within == 500ms));

    const Step& transmit = scenario.steps[2];
    BOOST_TEST((std::get<CallStep>(transmit.what).arguments.apdu == Bytes{0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00}));
    BOOST_TEST(transmit.expect.code.value() == "SCARD_W_RESET_CARD");
    BOOST_TEST(transmit.on.at(TargetKind::pcscd).any);
    BOOST_TEST(transmit.on.at(TargetKind::pcscd).because.value() == "Q5");

    const auto& saw = std::get<CardSawStep>(scenario.steps[3].what).elements;
    using Kind = SawElement::Kind;
    BOOST_REQUIRE(saw.size() == 5);
    BOOST_TEST((saw[0].kind == Kind::cold_reset && saw[1].kind == Kind::atr && saw[2].kind == Kind::pps));
    BOOST_TEST(saw[2].t == 1);
    BOOST_TEST((saw[3].kind == Kind::command && saw[3].bytes == Bytes{0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00}));
    BOOST_TEST((saw[4].kind == Kind::anything));
}

BOOST_AUTO_TEST_CASE(an_empty_reader_has_no_card) {
    const auto scenarios = cases_of(
        "scenario: A title\nproves: [E1]\ncard: none\nsteps:\n  - card: insert\n    with: {profile: t0_only}\n"
        "  - card: remove\n  - card: insert\n");
    BOOST_TEST(scenarios[0].card_name.empty());
    BOOST_TEST(!scenarios[0].card.has_value());
    BOOST_TEST(std::get<CardStep>(scenarios[0].steps[0].what).profile->name == "t0_only");
    BOOST_TEST(!std::get<CardStep>(scenarios[0].steps[2].what).profile.has_value());
}

BOOST_AUTO_TEST_CASE(a_card_can_be_named_by_a_path_from_the_scenario) {
    const std::string file = (options().catalogue / "reset/a.yaml").string();
    const auto scenarios =
        cases_of("scenario: A title\nproves: [E1]\ncard: ../cards/mute.yaml\nsteps:\n  - alice: Status\n", file);
    BOOST_TEST(scenarios[0].card->name == "mute");
    BOOST_TEST(scenarios[0].card->quirks.activation.mute);
}

BOOST_AUTO_TEST_CASE(a_scenario_says_what_its_reader_is_built_like) {
    const auto reader = [](const std::string& fields) {
        return cases_of("scenario: A title\nproves: [E1]\ncard: none\n" + fields + "steps:\n  - alice: Status\n")
            .at(0)
            .reader;
    };
    using iso7816::OperatingClass;
    const ifd::ReaderOptions plain = reader("");
    BOOST_TEST((plain.clock_period == ifd::Reader::default_clock_period && !plain.check_tck));
    BOOST_TEST((plain.classes == std::vector{OperatingClass::a}));
    const ifd::ReaderOptions other = reader("reader: {clock: 3580 kHz, classes: [C, B, A], check_tck: true}\n");
    BOOST_TEST((other.clock_period == 279ns && other.check_tck));
    BOOST_TEST((other.classes == std::vector{OperatingClass::c, OperatingClass::b, OperatingClass::a}));
    BOOST_TEST((reader("reader: {clock: 5 MHz}\n").clock_period == 200ns));
    BOOST_TEST((reader("reader: {clock: 1000 kHz}\n").clock_period == 1000ns));
    BOOST_TEST((reader("reader: {classes: [B]}\n").classes == std::vector{OperatingClass::b}));
}

BOOST_AUTO_TEST_CASE(every_method_is_read_by_its_name) {
    for (int number = 0; number <= static_cast<int>(Method::SCardListReaders); ++number) {
        const auto method = static_cast<Method>(number);
        BOOST_TEST_CONTEXT(name(method)) {
            BOOST_TEST(!name(method).empty());
            BOOST_TEST((method_named(name(method)) == method));
        }
    }
    BOOST_TEST(!method_named("Attach").has_value());
}

BOOST_AUTO_TEST_CASE(every_argument_is_read) {
    const Arguments connect = arguments_of("SCardConnect", "{reader: Reader 0, share: exclusive, protocols: T0|T1}");
    BOOST_TEST(connect.reader.value() == "Reader 0");
    BOOST_TEST((connect.share == ShareMode::exclusive));
    BOOST_TEST(connect.protocols.value() == 3U);
    BOOST_TEST((arguments_of("SCardConnect", "{share: 9}").share == ShareMode{9}));
    BOOST_TEST((arguments_of("SCardReconnect", "{initialization: eject}").initialization == Disposition::eject));
    BOOST_TEST((arguments_of("SCardDisconnect", "{disposition: 0x7}").disposition == Disposition{7}));

    const Arguments transmit = arguments_of("SCardTransmit", "{apdu: 00A40000, pci: RAW, receive_limit: 2}");
    BOOST_TEST((transmit.apdu == Bytes{0x00, 0xA4, 0x00, 0x00}));
    BOOST_TEST(transmit.pci.value() == 4U);
    BOOST_TEST(transmit.receive_limit.value() == 2U);

    const Arguments control = arguments_of("SCardControl", "{control_code: 0x42000D48, input: \"\"}");
    BOOST_TEST(control.control_code.value() == 0x42000D48U);
    BOOST_TEST(control.input.value().empty());
    BOOST_TEST(arguments_of("SCardGetAttrib", "{attribute: 0x90303}").attribute.value() == 0x90303U);

    const Arguments watch = arguments_of("SCardGetStatusChange", "{current_state: [present, inuse], timeout: 6 s}");
    BOOST_TEST(watch.current_state.value() == 0x120U);
    BOOST_TEST((watch.timeout == 6s));
    BOOST_TEST(arguments_of("SCardGetStatusChange", "{current_state: unaware}").current_state.value() == 0U);
    BOOST_TEST(arguments_of("SCardGetStatusChange", "{remembered: true}").remembered.value());
}

BOOST_AUTO_TEST_CASE(protocols_are_words_lists_or_numbers) {
    const std::pair<std::string, std::uint32_t> forms[]{
        {"T0", 1}, {"T1", 2},          {"RAW", 4},      {"T15", 8},  {"none", 0}, {"T0|T1", 3},
        {"3", 3},  {"0x1000", 0x1000}, {"T0 | RAW", 5}, {"[T1]", 2}, {"0", 0},    {"[T0, T1, RAW]", 7}};
    for (const auto& [text, bits] : forms) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(arguments_of("SCardConnect", "{protocols: " + text + "}").protocols.value() == bits);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_handle_is_ones_own_or_of_another_application) {
    const auto steps = steps_of(
        "  - bob: SCardConnect\n  - alice: AttachByHandle\n    with: {handle: of bob}\n"
        "  - bob: AttachByHandle\n    with: {handle: own}\n");
    BOOST_TEST(std::get<CallStep>(steps[1].what).arguments.handle_of.value() == "bob");
    BOOST_TEST(std::get<CallStep>(steps[2].what).arguments.handle_of.value() == "own");
}

BOOST_AUTO_TEST_CASE(an_expectation_is_a_word_or_a_map) {
    BOOST_TEST(expectation_of("Status", "any").any);
    BOOST_TEST(expectation_of("SCardLock", "blocks").blocks);
    BOOST_TEST(expectation_of("SCardStatus", "SCARD_W_REMOVED_CARD").code.value() == "SCARD_W_REMOVED_CARD");
    BOOST_TEST(expectation_of("Status", "{code: S_OK}").code.value() == "S_OK");

    const Expectation status =
        expectation_of("SCardStatus", "{protocol: none, state: [present, powered], atr: 3B 00, count: 2}");
    BOOST_TEST(status.protocol.value() == 0U);
    BOOST_TEST((status.state == std::vector<std::string>{"present", "powered"}));
    BOOST_TEST((status.atr == Bytes{0x3B, 0x00}));
    BOOST_TEST(status.count.value() == 2);
    BOOST_TEST(!status.sw.has_value());

    BOOST_TEST((expectation_of("Status", "{state: negotiable, protocol: T1}").state ==
                std::vector<std::string>{"negotiable"}));
    BOOST_TEST((expectation_of("SCardGetStatusChange", "{state: [changed, mute]}").state ==
                std::vector<std::string>{"changed", "mute"}));
}

BOOST_AUTO_TEST_CASE(status_words_may_leave_digits_open) {
    const std::tuple<std::string, std::uint16_t, std::uint16_t, std::string> forms[]{
        {"90 00", 0x9000, 0xFFFF, "90 00"}, {"9000", 0x9000, 0xFFFF, "90 00"},  {"\"6100\"", 0x6100, 0xFFFF, "61 00"},
        {"61xx", 0x6100, 0xFF00, "61 xx"},  {"63 cX", 0x63C0, 0xFFF0, "63 Cx"}, {"xx xx", 0, 0, "xx xx"}};
    for (const auto& [text, value, mask, shown] : forms) {
        BOOST_TEST_CONTEXT(text) {
            const auto steps =
                steps_of("  - alice: Transmit\n    with: {apdu: 00}\n    expect: {sw: " + text + ", data: 01 02}\n");
            const Expectation& expect = steps.at(0).expect;
            BOOST_TEST(expect.sw.value().value == value);
            BOOST_TEST(expect.sw->mask == mask);
            BOOST_TEST(expect.sw->text == shown);
            BOOST_TEST((expect.data == Bytes{1, 2}));
        }
    }
}

BOOST_AUTO_TEST_CASE(expected_data_may_be_text_or_empty) {
    const auto data = [](const std::string& text) {
        return steps_of("  - alice: Transmit\n    with: {apdu: 00}\n    expect: {data: " + text + "}\n")
            .at(0)
            .expect.data.value();
    };
    BOOST_TEST((data("{text: AB}") == Bytes{0x41, 0x42}));
    BOOST_TEST(data("\"\"").empty());
}

BOOST_AUTO_TEST_CASE(bytes_are_written_as_hexadecimal_text_repetitions_or_a_list_of_them) {
    const std::pair<std::string, Bytes> forms[]{
        {"00 A4", {0x00, 0xA4}},
        {"{text: AB}", {0x41, 0x42}},
        {"{repeat: 01 02, times: 2}", {1, 2, 1, 2}},
        {"[00 20 00 01 04, {text: \"1234\"}]", {0x00, 0x20, 0x00, 0x01, 0x04, '1', '2', '3', '4'}},
        {"[00, [01, {repeat: FF, times: 3}], {text: x}]", {0x00, 0x01, 0xFF, 0xFF, 0xFF, 'x'}}};
    for (const auto& [text, bytes] : forms) {
        BOOST_TEST_CONTEXT(text) {
            const auto steps =
                steps_of("  - alice: Transmit\n    with: {apdu: " + text + "}\n    expect: {data: " + text +
                         "}\n  - card_saw: [" + (text.front() == '0' ? text : "[" + text + "]") + "]\n");
            BOOST_TEST((std::get<CallStep>(steps.at(0).what).arguments.apdu == bytes));
            BOOST_TEST((steps[0].expect.data == bytes));
            BOOST_TEST((std::get<CardSawStep>(steps.at(1).what).elements.at(0).bytes == bytes));
        }
    }
}

BOOST_AUTO_TEST_CASE(blocked_calls_resume_and_applications_die) {
    const auto steps = steps_of(
        "  - alice: SCardLock\n  - bob: SCardLock\n    expect: blocks\n  - alice: dies\n"
        "  - bob: resumes\n    expect: SCARD_W_RESET_CARD\n    within: 1 s\n"
        "  - bob: SCardGetStatusChange\n    expect: blocks\n  - bob: SCardCancel\n"
        "  - bob: resumes\n    expect: SCARD_E_CANCELLED\n  - alice: AttachByIFD\n");
    BOOST_TEST(steps[1].expect.blocks);
    BOOST_TEST(std::get<DiesStep>(steps[2].what).application == "alice");
    BOOST_TEST(std::get<ResumesStep>(steps[3].what).application == "bob");
    BOOST_TEST(steps[3].expect.code.value() == "SCARD_W_RESET_CARD");
    BOOST_TEST(std::get<ResumesStep>(steps[6].what).application == "bob");
}

BOOST_AUTO_TEST_CASE(card_reader_and_clock_are_moved) {
    const auto steps = steps_of(
        "  - card: remove\n  - card: insert\n  - card: swap\n    with: {profile: other_card}\n  - card: mute\n"
        "  - card: unmute\n  - reader: unplug\n  - reader: plug\n  - reader: fail\n  - reader: recover\n"
        "  - clock: {advance: 6 s}\n");
    using CardAction = CardStep::Action;
    const CardAction card[]{CardAction::remove, CardAction::insert, CardAction::swap, CardAction::mute,
                            CardAction::unmute};
    for (std::size_t i = 0; i < std::size(card); ++i) {
        BOOST_TEST((std::get<CardStep>(steps[i].what).action == card[i]));
    }
    BOOST_TEST(std::get<CardStep>(steps[2].what).profile->name == "other_card");
    using ReaderAction = ReaderStep::Action;
    const ReaderAction reader[]{ReaderAction::unplug, ReaderAction::plug, ReaderAction::fail, ReaderAction::recover};
    for (std::size_t i = 0; i < std::size(reader); ++i) {
        BOOST_TEST((std::get<ReaderStep>(steps[5 + i].what).action == reader[i]));
    }
    BOOST_TEST((std::get<ClockStep>(steps[9].what).advance == 6s));
    BOOST_TEST(steps[9].text == "clock: {advance: 6 s}");
}

BOOST_AUTO_TEST_CASE(the_reader_comes_back_under_another_number_and_the_service_ends_and_begins) {
    const auto steps = steps_of(
        "  - reader: plug\n    with: {number: 1}\n  - reader: plug\n  - service: stop\n  - service: start\n"
        "  - service: restart\n  - service: freeze\n  - service: thaw\n");
    BOOST_TEST(std::get<ReaderStep>(steps[0].what).number.value() == 1);
    BOOST_TEST(!std::get<ReaderStep>(steps[1].what).number);
    using Action = ServiceStep::Action;
    const Action service[]{Action::stop, Action::start, Action::restart, Action::freeze, Action::thaw};
    for (std::size_t i = 0; i < std::size(service); ++i) {
        BOOST_TEST((std::get<ServiceStep>(steps[2 + i].what).action == service[i]));
    }
}

BOOST_AUTO_TEST_CASE(what_the_card_saw_is_a_flow_or_a_block_list) {
    const auto steps = steps_of(
        "  - card_saw:\n      - inserted\n      - cold_reset\n      - warm_reset\n      - atr\n      - pps T0\n"
        "      - pps T1\n      - pps T1 95\n      - 00A4 0000\n      - deactivation\n      - removed\n      - ...\n"
        "      - 0C B0 ...\n");
    const auto& saw = std::get<CardSawStep>(steps[0].what).elements;
    using Kind = SawElement::Kind;
    const Kind kinds[]{Kind::inserted,     Kind::cold_reset, Kind::warm_reset, Kind::atr,
                       Kind::pps,          Kind::pps,        Kind::pps,        Kind::command,
                       Kind::deactivation, Kind::removed,    Kind::anything,   Kind::command};
    BOOST_REQUIRE(saw.size() == std::size(kinds));
    for (std::size_t i = 0; i < saw.size(); ++i) {
        BOOST_TEST((saw[i].kind == kinds[i]), saw[i].text);
    }
    BOOST_TEST((saw[4].t == 0 && !saw[4].pps1));
    BOOST_TEST((saw[5].t == 1 && !saw[5].pps1));
    BOOST_TEST((saw[6].t == 1 && saw[6].pps1 == 0x95));
    BOOST_TEST((saw[7].text == "00A4 0000" && !saw[7].open_end));
    BOOST_TEST((saw[11].bytes == iso7816::Bytes{0x0C, 0xB0} && saw[11].open_end));
}

BOOST_AUTO_TEST_CASE(for_each_makes_a_case_of_every_combination_in_order) {
    const auto scenarios = cases_of(
        "scenario: Reconnect with ${init} to ${protocol}\nproves: [R6]\ncard: ${card}\n"
        "for_each: {card: [dual_protocol, t1_first], init: [reset, unpower], protocol: [T0, T1]}\n"
        "steps:\n  - \"${init}er\": AttachByIFD\n"
        "  - alice: Reconnect\n    with: {initialization: \"${init}\", protocols: \"${protocol}\"}\n"
        "    expect: {protocol: \"${protocol}\"}\n  - card_saw: [..., \"pps ${protocol}\"]\n",
        (options().catalogue / "protocol_switch/follows.yaml").string());
    BOOST_REQUIRE(scenarios.size() == 8);
    std::vector<std::string> ids;
    for (const Scenario& scenario : scenarios) {
        ids.push_back(scenario.id);
    }
    const std::string base = "protocol_switch/follows";
    BOOST_TEST((ids == std::vector<std::string>{base + "/dual_protocol/reset/T0", base + "/dual_protocol/reset/T1",
                                                base + "/dual_protocol/unpower/T0", base + "/dual_protocol/unpower/T1",
                                                base + "/t1_first/reset/T0", base + "/t1_first/reset/T1",
                                                base + "/t1_first/unpower/T0", base + "/t1_first/unpower/T1"}));
    const Scenario& last = scenarios.back();
    BOOST_TEST(last.title == "Reconnect with unpower to T1");
    BOOST_TEST(last.card->name == "t1_first");
    BOOST_TEST(std::get<CallStep>(last.steps[0].what).application == "unpowerer");
    const Arguments& arguments = std::get<CallStep>(last.steps[1].what).arguments;
    BOOST_TEST((arguments.initialization == Disposition::unpower));
    BOOST_TEST(arguments.protocols.value() == 2U);
    BOOST_TEST(last.steps[1].expect.protocol.value() == 2U);
    BOOST_TEST(last.steps[1].place.line == 7);
    BOOST_TEST(std::get<CardSawStep>(last.steps[2].what).elements[1].t == 1);
}

BOOST_AUTO_TEST_CASE(a_case_reads_as_the_scenario_with_the_value_written_out) {
    const std::string body = "proves: [E1]\ncard: dual_protocol\nsteps:\n  - alice: Reconnect\n    with: {share: ";
    const auto cases =
        cases_of("scenario: Share ${mode}\nfor_each: {mode: [exclusive, shared]}\n" + body + "\"${mode}\"}\n");
    BOOST_REQUIRE(cases.size() == 2);
    for (const Scenario& each : cases) {
        const std::string mode = each.id.substr(each.id.find('/') + 1);
        BOOST_TEST_CONTEXT(mode) {
            const auto written = cases_of("scenario: Share " + mode + "\n\n" + body + mode + "}\n");
            BOOST_TEST(each.title == written[0].title);
            BOOST_TEST(each.steps[0].text == written[0].steps[0].text);
            BOOST_TEST(each.steps[0].place.text() == written[0].steps[0].place.text());
            BOOST_TEST((std::get<CallStep>(each.steps[0].what).arguments.share ==
                        std::get<CallStep>(written[0].steps[0].what).arguments.share));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_nearest_word_is_close_and_shares_more_than_half) {
    const std::vector<std::string> known{"Reconnect", "Detach", "AttachByIFD", "T0"};
    BOOST_TEST(nearest("Recconect", known) == "Reconnect");
    BOOST_TEST(nearest("reconnect", known) == "Reconnect");
    BOOST_TEST(nearest("Dettach", known) == "Detach");
    BOOST_TEST(nearest("Detcah", known) == "Detach");
    BOOST_TEST(nearest("T2", known).empty());
    BOOST_TEST(nearest("Transmit", known).empty());
    BOOST_TEST(nearest("AttachByHandle", known).empty());
    BOOST_TEST(nearest("", known).empty());
    BOOST_TEST(nearest("x", {}).empty());
}

BOOST_AUTO_TEST_CASE(targets_are_known_by_name) {
    for (const TargetKind target : {TargetKind::embedded, TargetKind::pcscd, TargetKind::vpcd}) {
        BOOST_TEST((target_named(name(target)) == target));
    }
    BOOST_TEST(!target_named("windows").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
