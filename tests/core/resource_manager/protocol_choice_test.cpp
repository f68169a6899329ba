#include "core/resource_manager/embedded/protocol_choice.h"

#include <boost/test/unit_test.hpp>

#include "tests/core/resource_manager/lab.h"

namespace scardlab::tests {
namespace {

using ifd::IfdCode;
using resource_manager::Negotiated;
using resource_manager::offered_protocols;
using resource_manager::OfferedProtocols;

/// Rule N3's table: what an ATR allows. 0 stands for PROTO_MISMATCH.
struct Choice {
    const char* why;
    iso7816::Bytes atr;
    OfferedProtocols offered;
    Protocols for_t0, for_t1, for_any;
};

const std::vector<Choice> choices{
    {"no TD1", {0x3B, 0x00}, {t0, t0}, t0, 0, t0},
    {"TD1 says T=0", {0x3B, 0x80, 0x00}, {t0, t0}, t0, 0, t0},
    {"TA1 and no TD1", {0x3B, 0x10, 0x95}, {t0, t0}, t0, 0, t0},
    {"TA1 and T=0", {0x3B, 0x90, 0x95, 0x00}, {t0, t0}, t0, 0, t0},
    {"T=1 alone", {0x3B, 0x80, 0x01, 0x81}, {t1, t1}, 0, t1, t1},
    {"T=1 alone, TA1", {0x3B, 0x90, 0x95, 0x01, 0x04}, {t1, t1}, 0, t1, t1},
    {"T=0 first, T=1", {0x3B, 0x80, 0x80, 0x01, 0x01}, {any, t0}, t0, t1, t1},
    {"T=0 first, T=1, TA1", {0x3B, 0x90, 0x13, 0x80, 0x01, 0x02}, {any, t0}, t0, t1, t1},
    {"T=1 first, T=0", {0x3B, 0x80, 0x81, 0x00, 0x01}, {any, t1}, t0, t1, t1},
    {"TA2 says T=0", {0x3B, 0x80, 0x10, 0x00}, {t0, t0}, t0, 0, t0},
    {"TA2 says T=1 against TD1", {0x3B, 0x80, 0x10, 0x01}, {t1, t1}, 0, t1, t1},
    {"TA2 replaces both", {0x3B, 0x80, 0x90, 0x01, 0x01}, {t1, t1}, 0, t1, t1},
    {"TA2 with bit 8 set", {0x3B, 0x80, 0x10, 0x81}, {t1, t1}, 0, t1, t1},
    {"TA2 with another T: what was found stays", {0x3B, 0x80, 0x10, 0x02}, {t0, t0}, t0, 0, t0},
    {"T=15 first", {0x3B, 0x80, 0x1F, 0x00}, {0, 0}, 0, 0, 0},
    {"T=14 first", {0x3B, 0x80, 0x0E}, {0, 0}, 0, 0, 0},
    {"T=0, then T=15", {0x3B, 0x80, 0x80, 0x1F, 0x00}, {t0 | t15, t0}, t0, 0, t0},
    {"T=0, then T=2 (ignored)", {0x3B, 0x80, 0x80, 0x02}, {t0, t0}, t0, 0, t0},
    {"bad TS", {0x3A, 0x00}, {0, 0}, 0, 0, 0},
    {"inverse convention", {0x3F, 0x00}, {t0, t0}, t0, 0, t0},
    {"TS alone", {0x3B}, {0, 0}, 0, 0, 0},
    {"no ATR", {}, {0, 0}, 0, 0, 0},
    {"wrong TCK is nobody's business", {0x3B, 0x80, 0x01, 0x00}, {t1, t1}, 0, t1, t1},
};

/// Rule N4's table, for an ATR that offers `first` first and both.
struct Refusal {
    IfdCode answer;
    Protocols first, preferred;
    Code code;
    Protocols protocol;
};

const std::vector<Refusal> refusals{
    {IfdCode::success, t0, t1, Code::success, t1},
    {IfdCode::not_supported, t0, t1, Code::success, t0},
    {IfdCode::not_supported, t0, any, Code::success, t0},
    {IfdCode::not_supported, t0, t0, Code::success, t0},
    {IfdCode::error_not_supported, t0, t1, Code::success, t0},
    {IfdCode::error_not_supported, t0, any, Code::success, t0},
    {IfdCode::error_not_supported, t0, t0, Code::unresponsive_card, 0},
    {IfdCode::error_not_supported, t1, t1, Code::unresponsive_card, 0},
    {IfdCode::protocol_not_supported, t1, t0, Code::success, t1},
    {IfdCode::protocol_not_supported, t1, any, Code::success, t1},
    {IfdCode::protocol_not_supported, t0, t0, Code::unresponsive_card, 0},
    {IfdCode::pts_failure, t0, any, Code::unresponsive_card, 0},
    {IfdCode::communication_error, t0, t1, Code::unresponsive_card, 0},
    {IfdCode::response_timeout, t0, t0, Code::unresponsive_card, 0},
    {IfdCode::icc_not_present, t0, t0, Code::unresponsive_card, 0},
    {IfdCode::no_such_device, t0, t0, Code::unresponsive_card, 0},
};

const char* set_call(Protocols protocol) {
    return protocol == t1 ? "set T1" : "set T0";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_resource_manager_protocol_choice)

// N2
BOOST_AUTO_TEST_CASE(an_atr_offers_what_pcsc_lite_reads_in_it) {
    for (const Choice& choice : choices) {
        BOOST_TEST_CONTEXT(choice.why) {
            const OfferedProtocols offered = offered_protocols(choice.atr);
            BOOST_TEST(offered.available == choice.offered.available);
            BOOST_TEST(offered.first == choice.offered.first);
        }
    }
}

// N1, N3
BOOST_AUTO_TEST_CASE(t1_is_chosen_over_t0_and_a_mask_without_match_asks_nothing_of_the_reader) {
    for (const Choice& choice : choices) {
        const std::vector<std::pair<Protocols, Protocols>> expectations{
            {t0, choice.for_t0}, {t1, choice.for_t1}, {any, choice.for_any}, {any_old, choice.for_any}};
        for (const auto& [preferred, expected] : expectations) {
            BOOST_TEST_CONTEXT(choice.why << ", mask " << preferred) {
                fakes::FakeIfd ifd;
                const Negotiated negotiated =
                    resource_manager::negotiate_protocol(ifd, preferred, offered_protocols(choice.atr));
                BOOST_TEST(negotiated.code == (expected == 0 ? Code::proto_mismatch : Code::success));
                BOOST_TEST(negotiated.protocol == expected);
                BOOST_TEST(ifd.take_calls() == (expected == 0 ? Calls{} : Calls{set_call(expected)}),
                           boost::test_tools::per_element());
            }
        }
    }
}

// N3: T=15 alone cannot be negotiated even where the card offers it
BOOST_AUTO_TEST_CASE(t15_is_never_negotiated) {
    fakes::FakeIfd ifd;
    BOOST_TEST(resource_manager::negotiate_protocol(ifd, t15, {t0 | t15, t0}).code == Code::proto_mismatch);
    BOOST_TEST(ifd.take_calls().empty());
}

// N4
BOOST_AUTO_TEST_CASE(the_answer_to_set_protocol_decides_between_chosen_first_offered_and_failure) {
    for (const Refusal& refusal : refusals) {
        BOOST_TEST_CONTEXT("answer " << static_cast<int>(refusal.answer) << ", first " << refusal.first << ", mask "
                                     << refusal.preferred) {
            fakes::FakeIfd ifd;
            ifd.set_protocol_answer = refusal.answer;
            const Negotiated negotiated =
                resource_manager::negotiate_protocol(ifd, refusal.preferred, {any, refusal.first});
            BOOST_TEST(negotiated.code == refusal.code);
            BOOST_TEST(negotiated.protocol == refusal.protocol);
            BOOST_TEST(ifd.take_calls().size() == 1U);
        }
    }
}

// N3, N4 through the verbs
BOOST_AUTO_TEST_CASE(connect_and_reconnect_negotiate_alike) {
    for (const Refusal& refusal : refusals) {
        BOOST_TEST_CONTEXT("answer " << static_cast<int>(refusal.answer) << ", mask " << refusal.preferred) {
            Lab lab;
            const auto atr = refusal.first == t0 ? iso7816::Bytes{0x3B, 0x80, 0x80, 0x01, 0x01}
                                                 : iso7816::Bytes{0x3B, 0x80, 0x81, 0x00, 0x01};
            lab.ifd.set_atr(atr);
            lab.ifd.swap();
            lab.ifd.set_protocol_answer = refusal.answer;
            const ConnectResult connected = lab.connect(lab.alice, shared, refusal.preferred);
            BOOST_TEST(connected.code == refusal.code);
            BOOST_TEST(connected.active_protocol == refusal.protocol);
            BOOST_TEST((connected.handle.value != 0) == (refusal.code == Code::success));

            const Handle handle = lab.open(lab.bob, direct, undefined);
            const ReconnectResult again = lab.manager.reconnect(handle, shared, refusal.preferred, reset);
            BOOST_TEST(again.code == refusal.code);
            BOOST_TEST(again.active_protocol == refusal.protocol);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
