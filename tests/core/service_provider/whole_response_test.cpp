// How a channel brings the whole response to a command.
#include <boost/test/unit_test.hpp>

#include "core/service_provider/attachment_channel.h"
#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_resource_manager.h"
#include "tests/fakes/card_profiles.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using iso7816::Bytes;
using iso7816::CommandApdu;

namespace {

struct Owner final : AttachmentChannel::Owner {
    std::uint64_t session() const override { return 1; }
    bool alone() const override { return true; }
    Hresult begin_method() override { return Hresult::S_OK_; }
    void end_method() override {}
};

struct Channel {
    Channel() { BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_); }

    /// The response, or the code; commands are what was sent for it.
    std::string run(const CommandApdu& command, std::vector<std::string> answers) {
        for (const std::string& answer : answers) {
            manager.responses.push_back(fakes::hex(answer));
        }
        manager.commands.clear();
        Bytes response;
        const Hresult result = channel.exchange(command, false, response);
        commands.clear();
        for (const Bytes& sent : manager.commands) {
            commands.push_back(iso7816::to_hex(sent));
        }
        BOOST_TEST(manager.responses.empty());
        return result == Hresult::S_OK_ ? iso7816::to_hex(response) : name(result);
    }

    ProgrammedResourceManager manager;
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager, own_context);
    Owner owner;
    AttachmentChannel channel{*card, owner};
    std::vector<std::string> commands;
};

using Calls = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_whole_response, Channel)

// ISO/IEC 7816-3 clause 12.2
BOOST_AUTO_TEST_CASE(get_response_fetches_all_there_is_for_le_00) {
    BOOST_TEST(run({0x00, 0xA4, 0x00, 0x00, {}, 256}, {"61 02", "AA BB 61 01", "CC 90 00"}) == "AA BB CC 90 00");
    BOOST_TEST(commands == (Calls{"00 A4 00 00 00", "00 C0 00 00 02", "00 C0 00 00 01"}),
               boost::test_tools::per_element());
    BOOST_TEST(run({0x00, 0xA4, 0x00, 0x00, {}, 256}, {"AA 61 00", "BB 62 83"}) == "AA BB 62 83");
    BOOST_TEST(commands.back() == "00 C0 00 00 00");
    BOOST_TEST(run({0x00, 0xA4, 0x00, 0x00, {}, 256}, {"AA 61 05", "65 81"}) == "AA 65 81");
}

BOOST_AUTO_TEST_CASE(no_more_than_ne_is_fetched) {
    BOOST_TEST(run({0x00, 0xCA, 0x00, 0x00, {}, 3}, {"61 05", "01 02 03 61 02"}) == "01 02 03 90 00");
    BOOST_TEST(commands == (Calls{"00 CA 00 00 03", "00 C0 00 00 03"}), boost::test_tools::per_element());
    BOOST_TEST(run({0x00, 0xCA, 0x00, 0x00, {}, 300},
                   {"61 00", iso7816::to_hex(Bytes(256, 7)) + " 61 60", iso7816::to_hex(Bytes(44, 8)) + " 90 00"}) ==
               iso7816::to_hex(Bytes(256, 7)) + ' ' + iso7816::to_hex(Bytes(44, 8)) + " 90 00");
    BOOST_TEST(commands == (Calls{"00 CA 00 00 00 01 2C", "00 C0 00 00 00", "00 C0 00 00 2C"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_command_without_le_fetches_nothing) {
    BOOST_TEST(run({0x00, 0x82, 0x00, 0x01, {}, 0}, {"61 08"}) == "61 08");
    BOOST_TEST(run({0x00, 0x82, 0x00, 0x01, {}, 0}, {"6C 08"}) == "6C 08");
    const Bytes field{1, 2};
    BOOST_TEST(run({0x00, 0xD6, 0x00, 0x00, field, 0}, {"6C 05"}) == "6C 05");
    BOOST_TEST(commands.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_right_le_is_sent_once_in_the_form_of_the_command) {
    BOOST_TEST(run({0x00, 0xB0, 0x00, 0x00, {}, 256}, {"6C 02", "AA BB 90 00"}) == "AA BB 90 00");
    BOOST_TEST(commands.back() == "00 B0 00 00 02");
    BOOST_TEST(run({0x00, 0xB0, 0x00, 0x00, {}, 2}, {"6C 00", iso7816::to_hex(Bytes(256, 1)) + " 90 00"}) ==
               iso7816::to_hex(Bytes(256, 1)) + " 90 00");
    BOOST_TEST(commands.back() == "00 B0 00 00 00");
    BOOST_TEST(run({0x00, 0xB0, 0x00, 0x00, {}, 1000}, {"6C 02", "AA BB 90 00"}) == "AA BB 90 00");
    BOOST_TEST(commands.back() == "00 B0 00 00 00 00 02");
    const Bytes field{0x3F, 0x6C};
    BOOST_TEST(run({0x00, 0xA4, 0x00, 0x00, field, 256}, {"6C 02", "AA BB 90 00"}) == "AA BB 90 00");
    BOOST_TEST(commands.back() == "00 A4 00 00 02 3F 6C 02");
    BOOST_TEST(run({0x00, 0xB0, 0x00, 0x00, {}, 256}, {"6C 02", "6C 03"}) == "6C 03");
    BOOST_TEST(run({0x00, 0xB0, 0x00, 0x00, {}, 256}, {"61 09", "6C 02", "AA BB 90 00"}) == "AA BB 90 00");
    BOOST_TEST(commands.back() == "00 C0 00 00 02");
}

BOOST_AUTO_TEST_CASE(get_response_goes_to_the_channel_of_the_command) {
    const std::pair<std::uint8_t, const char*> classes[] = {{0x00, "00"}, {0x03, "03"}, {0x0E, "02"}, {0x12, "02"},
                                                            {0x41, "41"}, {0x6F, "4F"}, {0x80, "80"}, {0xA0, "A0"}};
    for (const auto& [cla, expected] : classes) {
        run({cla, 0xA4, 0x00, 0x00, {}, 256}, {"61 01", "AA 90 00"});
        BOOST_TEST(commands.back() == std::string(expected) + " C0 00 00 01");
    }
}

BOOST_AUTO_TEST_CASE(a_code_of_the_resource_manager_ends_it) {
    manager.transmits = {Code::success, Code::reset_card};
    Bytes response{1};
    manager.responses = {fakes::hex("61 05")};
    BOOST_TEST(channel.exchange({0x00, 0xA4, 0x00, 0x00, {}, 256}, false, response) == hr::reset_card);
    BOOST_TEST(response.empty());
}

BOOST_AUTO_TEST_CASE(a_card_that_never_ends_is_given_up) {
    manager.response = fakes::hex("61 01");
    manager.recording = false;
    Bytes response;
    BOOST_TEST(channel.exchange({0x00, 0xA4, 0x00, 0x00, {}, 256}, false, response) == Hresult::E_FAIL_);
}

BOOST_AUTO_TEST_SUITE_END()
