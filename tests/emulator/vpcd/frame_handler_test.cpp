#include <boost/test/unit_test.hpp>

#include "emulator/vpcd/link/link.h"
#include "tests/emulator/vpcd/fake_ifd.h"

namespace scardlab::vpcd {

namespace {

using ifd::IfdCode;
using iso7816::Bytes;

struct Fixture {
    Fixture() { reader.atr = dual_protocol_atr(); }

    FrameHandler::Answer handle(Bytes body) {
        frame = std::move(body);
        return handler.handle(frame);
    }
    /// Hexadecimal answer, "-" for none, "removed".
    std::string ask(Bytes body) {
        const auto answer = handle(std::move(body));
        if (answer.removed) {
            BOOST_TEST(!answer.send);
            return "removed";
        }
        return answer.send ? iso7816::to_hex(answer.body) : "-";
    }

    ifd::VirtualClock clock;
    FakeIfd reader{clock};
    FrameHandler handler{reader};
    Bytes frame;
};

const Bytes off{0}, on{1}, reset{2}, get_atr{4};
const std::string atr_text = "3B 80 80 01 01";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(emulator_vpcd_frame_handler, Fixture)

BOOST_AUTO_TEST_CASE(power_actions_reach_the_reader_and_have_no_answer) {
    BOOST_TEST(ask(on) == "-");
    BOOST_TEST(ask(reset) == "-");
    BOOST_TEST(ask(off) == "-");
    BOOST_TEST(reader.calls == (std::vector<std::string>{"up", "reset", "down"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_atr_is_that_of_the_last_power_action_and_stays_after_power_off) {
    BOOST_TEST(ask(get_atr) == "00");  // none yet: one byte keeps the presence true
    ask(on);
    BOOST_TEST(ask(get_atr) == atr_text);
    ask(off);
    BOOST_TEST(ask(get_atr) == atr_text);
}

BOOST_AUTO_TEST_CASE(a_mute_card_has_an_atr_that_vpcd_refuses_until_it_answers_a_reset) {
    ask(on);
    reader.power_code = IfdCode::error_power_action;
    BOOST_TEST((handle(reset).code == IfdCode::error_power_action));
    BOOST_TEST(handle(get_atr).body.size() == 34u);
    BOOST_TEST(handle(get_atr).body.size() == 34u);
    reader.power_code = IfdCode::success;
    ask(reset);
    BOOST_TEST(ask(get_atr) == atr_text);
}

BOOST_AUTO_TEST_CASE(power_off_ends_a_failed_power_action) {
    reader.power_code = IfdCode::error_power_action;
    ask(on);
    ask(off);
    BOOST_TEST(ask(get_atr) == "00");
}

BOOST_AUTO_TEST_CASE(a_new_connection_does_not_know_the_old_atr) {
    ask(on);
    handler.connection_opened();
    BOOST_TEST(ask(get_atr) == "00");
}

BOOST_AUTO_TEST_CASE(a_lost_host_deactivates_the_card) {
    ask(on);
    handler.connection_lost();
    BOOST_TEST(reader.calls.back() == "down");
}

BOOST_AUTO_TEST_CASE(a_pps_request_sets_the_protocol_and_is_answered_by_itself) {
    BOOST_TEST(ask({0xFF, 0x01, 0xFE}) == "FF 01 FE");
    BOOST_TEST(ask({0xFF, 0x00, 0xFF}) == "FF 00 FF");
    BOOST_TEST(ask({0xFF, 0x11, 0x96, 0x78}) == "FF 11 96 78");
    BOOST_TEST(reader.calls == (std::vector<std::string>{"protocol T1", "protocol T0", "protocol T1"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_refused_pps_is_answered_by_its_code) {
    for (const auto code : {IfdCode::pts_failure, IfdCode::protocol_not_supported, IfdCode::communication_error}) {
        reader.protocol_code = code;
        const auto answer = handle({0xFF, 0x01, 0xFE});
        BOOST_TEST(iso7816::to_hex(answer.body) == iso7816::to_hex(Bytes{failure_body(code)}));
        BOOST_TEST((answer.code == code));
    }
}

BOOST_AUTO_TEST_CASE(a_pps_for_another_protocol_than_t0_and_t1_is_not_supported) {
    BOOST_TEST(ask({0xFF, 0x02, 0xFD}) == "07");
    BOOST_TEST(reader.calls.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_whole_valid_pps_goes_to_the_card) {
    const std::vector<Bytes> bodies{{0xFF, 0x01, 0xFF},                    // PCK wrong
                                    {0xFF, 0xCA, 0x00, 0x00, 0x00},        // pseudo-APDU of PC/SC part 3
                                    {0xFF, 0x01, 0xFE, 0x00},              // longer than PPS0 says
                                    {0xFF, 0x01},                          // too short
                                    {0xFF, 0x82, 0x00, 0x00, 0x06, 0x7B},  // bit 8 of PPS0
                                    {0x00, 0xA4, 0x00, 0x00},
                                    {0x03},
                                    {0x70}};
    for (const auto& body : bodies) {
        BOOST_TEST_CONTEXT(iso7816::to_hex(body)) {
            BOOST_TEST(ask(body) == "90 00");
            BOOST_TEST(reader.calls.back() == iso7816::to_hex(body));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_failed_exchange_is_answered_by_its_code_in_one_byte) {
    const std::vector<std::pair<IfdCode, std::string>> table{{IfdCode::response_timeout, "0D"},
                                                             {IfdCode::communication_error, "0C"},
                                                             {IfdCode::no_such_device, "11"},
                                                             {IfdCode::error_tag, "0C"}};
    for (const auto& [code, body] : table) {
        reader.transmit_code = code;
        BOOST_TEST(ask({0x00, 0xB0, 0x00, 0x00}) == body);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_is_never_empty_nor_longer_than_a_frame) {
    for (const auto size : {std::size_t{0}, std::size_t{1}, std::size_t{65'536}}) {
        reader.response.assign(size, 0x90);
        BOOST_TEST(ask({0x00, 0xB0, 0x00, 0x00}) == "0C");
    }
}

BOOST_AUTO_TEST_CASE(a_card_that_leaves_during_an_exchange_has_no_answer) {
    const auto leave = [this] { reader.remove(); };
    reader.during_transmit = leave;
    BOOST_TEST(ask({0x00, 0xB0, 0x00, 0x00}) == "removed");
    reader.present = true;
    reader.during_power = leave;
    BOOST_TEST(ask(on) == "removed");
    BOOST_TEST(ask({0xFF, 0x01, 0xFE}) == "removed");
}

BOOST_AUTO_TEST_CASE(a_card_that_is_missed_and_still_there_is_told_of_by_a_code) {
    reader.transmit_code = reader.power_code = IfdCode::icc_not_present;
    BOOST_TEST(ask({0x00, 0xB0, 0x00, 0x00}) == "10");
    BOOST_TEST(ask(on) == "-");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::vpcd
