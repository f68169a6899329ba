#include <boost/test/unit_test.hpp>

#include "tests/scenarios/engine/loader_support.h"

using namespace scardlab::engine;
using namespace scardlab::engine::testing;

namespace {

constexpr auto refuses = BadFile::Schema::refuses;
constexpr auto accepts = BadFile::Schema::accepts;

const BadFile who_errors[]{
    {"  - @Status\n", "'Status'; expected a step", refuses},
    {"  - @{}\n", "a step without who", refuses},
    {"  - @expect: S_OK\n", "a step without who", refuses},
    {"  - alice: Status\n    @bob: Status\n", "key 'bob' in the step of 'alice'", refuses},
    {"  - alice: Status\n    @exepct: any\n", "(did you mean expect?)", refuses},
    {"  - @Alice: Status\n", "an application's name", refuses},
    {"  - @own: Status\n", "an application's name", refuses},
    {"  - @card-saw: [atr]\n", "(did you mean card_saw?)", refuses},
    {"  - @card_sah: [atr]\n", "(did you mean card_saw?)", refuses},
    {"  - alice: @Recconect\n", "(did you mean Reconnect?)", refuses},
    {"  - alice: @attachbyifd\n", "(did you mean AttachByIFD?)", refuses},
    {"  - @alice:\n", "nothing", refuses},
    {"  - alice: @[Status]\n", "a list", refuses},
    {"  - @alice: resumes\n", "has made no call", accepts},
    {"  - alice: Status\n  - @alicia: dies\n", "(did you mean alice?)", accepts},
    {"  - alice: Status\n  - alice: dies\n  - @alice: dies\n", "has made no call", accepts},
    {"  - alice: Status\n  - alice: @resumes\n", "did not block", accepts},
    {"  - alice: Status\n  - alice: dies\n    expect: @any\n", "expect for dies", refuses},
    {"  - alice: Status\n  - alice: dies\n    with: @{disposition: leave}\n", "with for dies", refuses},
    {"  - alice: SCardLock\n    expect: blocks\n  - alice: resumes\n    expect: @blocks\n",
     "blocks for a call that comes back", refuses},
    {"  - alice: Status\n    expect: any\n  - alice: @resumes\n", "did not block", accepts},
    {"  - alice: SCardLock\n    expect: blocks\n  - @alice: Status\n", "whose SCardLock is still blocked", accepts},
    {"  - alice: SCardLock\n    expect: blocks\n  - alice: Detach\n  - @alice: Status\n",
     "whose SCardLock is still blocked", accepts},
    {"  - alice: Status\n  - alice: dies\n    within: @1 s\n", "within for dies", refuses},
    {"  - alice: Status\n    within: @5\n", "a duration such as 500 ms or 6 s", refuses},
    {"  - alice: Status\n    within: @5 min\n", "a duration such as 500 ms or 6 s", refuses},
    {"  - alice: Status\n    within: @05 s\n", "a duration such as 500 ms or 6 s", refuses},
    {"  - alice: Status\n    within: @0 ms\n", "a duration that is not zero", accepts},
    {"  - alice: Status\n    within: @86401 s\n", "at most a day", accepts},
};

const BadFile argument_errors[]{
    {"  - alice: SCardStatus\n    with: @{reader: x}\n", "it takes none", refuses},
    {"  - alice: Reconnect\n    with: {@initialisation: reset}\n", "(did you mean initialization?)", refuses},
    {"  - alice: Reconnect\n    with: {@apdu: 00}\n", "key 'apdu' in the arguments of Reconnect", refuses},
    {"  - alice: Reconnect\n    with: @reset\n", "'reset'; expected the arguments of Reconnect: a map", refuses},
    {"  - alice: Reconnect\n    with: @{}\n", "an empty map", refuses},
    {"  - alice: Reconnect\n    with: {initialization: @rest}\n", "(did you mean reset?)", refuses},
    {"  - alice: Reconnect\n    with: {initialization: @010}\n", "or a number", accepts},
    {"  - alice: Reconnect\n    with: {initialization: @[reset]}\n", "a list", refuses},
    {"  - alice: Reconnect\n    with: {share: @0x1ffffffff}\n", "or a number", refuses},
    {"  - alice: Reconnect\n    with: {protocols: @T2}\n", "one of none, T0, T1, RAW, T15", refuses},
    {"  - alice: Reconnect\n    with: {protocols: T0|@T2}\n", "'T2'", refuses},
    {"  - alice: Reconnect\n    with: {protocols: [T0, @TO]}\n", "'TO'", refuses},
    {"  - alice: Reconnect\n    with: {protocols: @[]}\n", "an empty list", refuses},
    {"  - @alice: Transmit\n", "Transmit without apdu", refuses},
    {"  - @alice: SCardTransmit\n    with: {pci: T0}\n", "SCardTransmit without apdu", refuses},
    {"  - @alice: SCardControl\n", "SCardControl without control_code", refuses},
    {"  - @alice: SCardGetAttrib\n", "SCardGetAttrib without attribute", refuses},
    {"  - alice: Transmit\n    with: {apdu: 00 A4 0@G}\n", "hexadecimal", refuses},
    {"  - alice: Transmit\n    with: {apdu: \"00 A4 0@G\"}\n", "hexadecimal", refuses},
    {"  - alice: Transmit\n    with: {apdu: @\"\"}\n", "0 bytes", accepts},
    {"  - alice: Transmit\n    with: {apdu: [@0, 1]}\n", "hexadecimal", accepts},
    {"  - alice: Transmit\n    with: {apdu: @[]}\n", "an empty list", refuses},
    {"  - alice: Transmit\n    with: {apdu: [00, {@txet: abc}]}\n", "(did you mean text?)", refuses},
    {"  - alice: Transmit\n    with: {apdu: [00, @{repeat: A5}]}\n", "no times", refuses},
    {"  - alice: Transmit\n    with: {apdu: [00, @{times: 5}]}\n", "no repeat", refuses},
    {"  - alice: Transmit\n    with: {apdu: [00, {repeat: A5, times: @0}]}\n", "a number from 1", refuses},
    {"  - alice: Transmit\n    with: {apdu: @{repeat: A5A5, times: 65544}}\n", "1 to 65544 bytes", accepts},
    {"  - alice: Transmit\n    with: {apdu: @[{repeat: A5, times: 65544}, 00]}\n", "65545 bytes", accepts},
    {"  - alice: SCardTransmit\n    with: {apdu: 00, receive_limit: @-1}\n", "a number from 0", refuses},
    {"  - alice: SCardGetStatusChange\n    with: {current_state: [empty, @presnt]}\n", "(did you mean present?)",
     refuses},
    {"  - alice: SCardGetStatusChange\n    with: {remembered: @yes}\n", "true or false", refuses},
    {"  - alice: SCardGetStatusChange\n    with: @{remembered: true, current_state: empty}\n", "one of them", accepts},
    {"  - alice: SCardGetStatusChange\n    with: {timeout: @5}\n", "a duration", refuses},
    {"  - alice: AttachByHandle\n    with: {handle: @bob}\n", "own, or of and the name", refuses},
    {"  - alice: AttachByHandle\n    with: {handle: @of bob}\n", "which has made no call", accepts},
    {"  - alice: AttachByIFD\n  - alice: AttachByHandle\n    with: {handle: @own}\n", "has made no SCardConnect",
     accepts},
};

const BadFile expectation_errors[]{
    {"  - alice: Reconnect\n    expect: @SCARD_W_RESE_CARD\n", "(did you mean SCARD_W_RESET_CARD?)", refuses},
    {"  - alice: Reconnect\n    expect: @W_RESET_CARD\n", "(did you mean SCARD_W_RESET_CARD?)", refuses},
    {"  - alice: Reconnect\n    expect: @SCARD_S_SUCCESS\n", "(did you mean S_OK?)", refuses},
    {"  - alice: SCardStatus\n    expect: @S_OK\n", "(did you mean SCARD_S_SUCCESS?)", refuses},
    {"  - alice: SCardStatus\n    expect: @E_FAIL\n", "a code by name", refuses},
    {"  - alice: SCardStatus\n    expect: @NO_SMARTCARD\n", "(did you mean SCARD_E_NO_SMARTCARD?)", refuses},
    {"  - alice: Status\n    expect: @E_PENDING\n", "an HRESULT by name", refuses},
    {"  - alice: Status\n    expect: @block\n", "(did you mean blocks?)", refuses},
    {"  - alice: Status\n    @expect:\n", "nothing", refuses},
    {"  - alice: Status\n    expect: @[any]\n", "a list", refuses},
    {"  - alice: Status\n    expect: @{}\n", "an empty map", refuses},
    {"  - alice: Status\n    expect: {code: @any}\n", "an HRESULT by name", refuses},
    {"  - alice: Status\n    expect: {@stat: present}\n", "(did you mean state?)", refuses},
    {"  - alice: Status\n    expect: {@sw: 90 00}\n", "sw of Status; expected one of code, state, protocol, atr",
     refuses},
    {"  - alice: Detach\n    expect: {@protocol: T1}\n", "protocol of Detach; expected code", refuses},
    {"  - alice: SCardConnect\n    expect: {@atr: 3B 00}\n", "atr of SCardConnect", refuses},
    {"  - alice: Status\n    expect: {state: @presant}\n", "(did you mean present?)", refuses},
    {"  - alice: Status\n    expect: {state: @[present, powered]}\n", "several states of Status", refuses},
    {"  - alice: SCardStatus\n    expect: {state: [present, @empty]}\n", "'empty'", refuses},
    {"  - alice: SCardGetStatusChange\n    expect: {state: @negotiable}\n", "'negotiable'", refuses},
    {"  - alice: SCardGetStatusChange\n    expect: {state: @unaware}\n", "'unaware'", refuses},
    {"  - alice: SCardStatus\n    expect: {count: @many}\n", "a number", refuses},
    {"  - alice: SCardStatus\n    expect: {atr: 3@X}\n", "hexadecimal", refuses},
    {"  - alice: Transmit\n    with: {apdu: 00}\n    expect: {sw: @90}\n", "four hexadecimal digits", accepts},
    {"  - alice: Transmit\n    with: {apdu: 00}\n    expect: {sw: @90 0g}\n", "four hexadecimal digits", refuses},
    {"  - alice: Transmit\n    with: {apdu: 00}\n    expect: {sw: @90 00 00}\n", "four hexadecimal digits", refuses},
    {"  - alice: Transmit\n    with: {apdu: 00}\n    expect: {code: E_FAIL, @sw: 90 00}\n", "sw with E_FAIL", accepts},
    {"  - alice: Status\n    expect: {@state: absent, code: SCARD_E_NO_SMARTCARD}\n", "state with SCARD_E_NO_SMARTCARD",
     accepts},
    {"  - alice: Status\n    on: @{}\n", "an empty map", refuses},
    {"  - alice: Status\n    on: {@vpdc: {expect: any, because: Q5}}\n", "(did you mean vpcd?)", refuses},
    {"  - alice: Status\n    on: {vpcd: @{expect: any}}\n", "no because", refuses},
    {"  - alice: Status\n    on: {vpcd: @{because: Q5}}\n", "no expect", refuses},
    {"  - alice: Status\n    on: {vpcd: @any}\n", "'any'; expected on vpcd", refuses},
    {"  - alice: Status\n    on: {vpcd: {expect: {@sw: 90 00}, because: Q5}}\n", "sw of Status", accepts},
};

const BadFile prop_errors[]{
    {"  - card: @inert\n", "(did you mean insert?)", refuses},
    {"  - card: @swap\n", "swap without a profile", refuses},
    {"  - card: swap\n    with: {profile: @other_crad}\n", "(did you mean other_card?)", accepts},
    {"  - card: swap\n    with: {@profil: other_card}\n", "(did you mean profile?)", refuses},
    {"  - card: remove\n    with: @{profile: mute}\n", "with for remove", refuses},
    {"  - card: remove\n    expect: @any\n", "expect for card", refuses},
    {"  - card: remove\n    on: @{vpcd: {expect: any, because: Q5}}\n", "on for card", refuses},
    {"  - reader: @unplugg\n", "(did you mean unplug?)", refuses},
    {"  - reader: unplug\n    with: @{number: 1}\n", "with for unplug", refuses},
    {"  - reader: plug\n    with: {number: @16}\n", "a number from 0 to 15", refuses},
    {"  - service: @restrat\n", "(did you mean restart?)", refuses},
    {"  - service: restart\n    with: @{number: 1}\n", "with for service", refuses},
    {"  - plan: {at: next_reset, do: remove}\n    within: @1 s\n", "within for plan", refuses},
    {"  - clock: @advance\n", "'advance'; expected clock: a map with advance", refuses},
    {"  - clock: {@advanze: 6 s}\n", "(did you mean advance?)", refuses},
    {"  - clock: {advance: @6}\n", "a duration", refuses},
    {"  - card_saw: @atr\n", "a list of what the card saw", refuses},
    {"  - card_saw: @[]\n", "an empty list", refuses},
    {"  - card_saw: [cold_reset, @atrr]\n", "'atrr'", refuses},
    {"  - card_saw: [@cold_rest]\n", "(did you mean cold_reset?)", refuses},
    {"  - card_saw: [@pps T2]\n", "'pps T2'", refuses},
    {"  - card_saw: [@pps T10]\n", "'pps T10'", refuses},
    {"  - card_saw: [@pps T1 9]\n", "'pps T1 9'; expected pps T1, or pps T1 95", refuses},
    {"  - card_saw: [@pps T0 95 96]\n", "expected pps T0, or pps T0 95", refuses},
    {"  - card_saw: [atr, 00 A4 @0]\n", "hexadecimal", refuses},
    {"  - card_saw: [atr, 00 A4 @0 ...]\n", "hexadecimal", refuses},
    {"  - card_saw: [@00 A4 ......]\n", "'00 A4 ......'", refuses},
    {"  - card_saw: [@pps T1 ...]\n", "'pps T1 ...'", refuses},
    {"  - card_saw: [{@atr: 1}]\n", "key 'atr' in a content", refuses},
    {"  - card_saw: [@{}]\n", "an empty map", refuses},
    {"  - card_saw: [atr]\n    expect: @any\n", "expect for card_saw", refuses},
    {"  - card_saw: [atr]\n    on: @{vpcd: {expect: any, because: Q5}}\n", "on for card_saw", refuses},
    {"  - card: remove\n    within: @1 s\n", "within for card", refuses},
};

void check_steps(const BadFile& bad) {
    const std::string text = with_steps(bad.text);
    check_scenario({text, bad.fragment, bad.schema});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios_engine_step_errors)

BOOST_AUTO_TEST_CASE(steps_without_a_clear_who_and_what_are_refused_at_their_place) {
    for (const BadFile& bad : who_errors) {
        check_steps(bad);
    }
}

BOOST_AUTO_TEST_CASE(arguments_that_a_method_does_not_take_are_refused_at_their_place) {
    for (const BadFile& bad : argument_errors) {
        check_steps(bad);
    }
}

BOOST_AUTO_TEST_CASE(expectations_that_make_no_sense_are_refused_at_their_place) {
    for (const BadFile& bad : expectation_errors) {
        check_steps(bad);
    }
}

BOOST_AUTO_TEST_CASE(mistakes_about_card_reader_plan_clock_and_card_saw_are_refused_at_their_place) {
    for (const BadFile& bad : prop_errors) {
        check_steps(bad);
    }
}

BOOST_AUTO_TEST_CASE(an_insert_without_a_profile_is_refused_while_there_has_been_no_card) {
    check_scenario({"scenario: A title\nproves: [E1]\ncard: none\nsteps:\n  - card: @insert\n",
                    "there has been no card yet", accepts});
}

BOOST_AUTO_TEST_CASE(an_expectation_for_a_target_that_the_scenario_does_not_run_on_is_refused) {
    check_scenario(
        {"scenario: A title\nproves: [E1]\ntargets: [embedded, pcscd]\nbecause: Q5\ncard: none\nsteps:\n"
         "  - alice: Status\n    on: {@vpcd: {expect: any, because: Q5}}\n",
         "key 'vpcd' in on; expected one of embedded, pcscd", accepts});
}

BOOST_AUTO_TEST_SUITE_END()
