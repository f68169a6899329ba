#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "core/service_provider/iscard_verify.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_channel.h"
#include "tests/fakes/card_profiles.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using fakes::text;
using iso7816::Bytes;

namespace {

using Calls = std::vector<std::string>;

struct Fixture {
    ProgrammedChannel channel;
    std::unique_ptr<ISCardVerify> chv = make_iscard_verify(channel);

    /// The one command that a method sent.
    std::string sent() {
        const Calls calls = channel.calls();
        BOOST_REQUIRE_EQUAL(calls.size(), 3U);
        BOOST_TEST(calls.front() == "begin");
        BOOST_TEST(calls.back() == "end");
        return calls[1];
    }
    /// How many commands ResetSecurityState sends to a card that answers each as `card` says.
    std::size_t commands_of_reset(Hresult expected = Hresult::S_OK_) {
        channel.calls();
        BOOST_TEST(chv->ResetSecurityState() == expected);
        BOOST_TEST(channel.turns() == 0);
        return channel.calls().size() - 2;
    }
    /// A card that knows the references of `known`, and answers them with `status`, others with `unknown`. What it has
    /// forgotten it says not to be verified when it is asked.
    void card_knows(std::vector<std::uint8_t> known, std::uint16_t status = 0x9000, std::uint16_t unknown = 0x6A88) {
        channel.card = [=](const iso7816::CommandApdu& command) {
            const bool is_known = std::find(known.begin(), known.end(), command.p2) != known.end();
            const bool asked_again = is_known && status == 0x9000 && command.p1 == 0;
            const unsigned word = asked_again ? 0x63C3 : is_known ? status : unknown;
            return ProgrammedChannel::Answer{
                Hresult::S_OK_, {static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word & 0xFF)}};
        };
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_chv_commands, Fixture)

// ISO/IEC 7816-4 clause 11.5.6 to 11.5.10
BOOST_AUTO_TEST_CASE(each_method_sends_its_command) {
    constexpr VerifyFlags local = SC_FL_IHV_LOCAL, secured = SC_FL_IHV_SECURE_MESSAGING;
    BOOST_TEST(chv->Verify(text("12"), 0, 1) == Hresult::S_OK_);
    BOOST_TEST(sent() == "00 20 00 01 02 31 32");
    BOOST_TEST(chv->Verify(text("12"), local, 31) == Hresult::S_OK_);
    BOOST_TEST(sent() == "00 20 00 9F 02 31 32");
    BOOST_TEST(chv->Verify(text("12"), local | secured, 2) == Hresult::S_OK_);
    BOOST_TEST(sent() == "secured 00 20 00 82 02 31 32");
    BOOST_TEST(chv->ChangeCode(text("12"), text("345"), SC_FL_IHV_GLOBAL, 3) == Hresult::S_OK_);
    BOOST_TEST(sent() == "00 24 00 03 05 31 32 33 34 35");
    BOOST_TEST(chv->ChangeCode(text("12"), {}, SC_FL_IHV_DISABLE, 3) == Hresult::S_OK_);
    BOOST_TEST(sent() == "00 26 00 03 02 31 32");
    BOOST_TEST(chv->ChangeCode(text("12"), {}, SC_FL_IHV_ENABLE | local, 3) == Hresult::S_OK_);
    BOOST_TEST(sent() == "00 28 00 83 02 31 32");
    BOOST_TEST(chv->Unblock(text("12"), {}, 0, 3) == Hresult::S_OK_);
    BOOST_TEST(sent() == "00 2C 01 03 02 31 32");
    BOOST_TEST(chv->Unblock(text("12"), text("345"), secured, 3) == Hresult::S_OK_);
    BOOST_TEST(sent() == "secured 00 2C 00 03 05 31 32 33 34 35");
}

BOOST_AUTO_TEST_CASE(flags_and_references_that_make_no_sense_are_refused_unasked) {
    constexpr VerifyFlags both = SC_FL_IHV_GLOBAL | SC_FL_IHV_LOCAL, switches = SC_FL_IHV_ENABLE | SC_FL_IHV_DISABLE;
    const Bytes code = text("1234");
    const Hresult invalid = Hresult::E_INVALIDARG_;
    for (const VerifyFlags flags : {both, VerifyFlags{32}, VerifyFlags{0x80000000}}) {
        BOOST_TEST(chv->Verify(code, flags, 1) == invalid);
        BOOST_TEST(chv->ChangeCode(code, code, flags, 1) == invalid);
        BOOST_TEST(chv->Unblock(code, code, flags, 1) == invalid);
    }
    for (const std::uint8_t reference : {std::uint8_t{0}, std::uint8_t{32}, std::uint8_t{129}, std::uint8_t{255}}) {
        BOOST_TEST(chv->Verify(code, 0, reference) == invalid);
        BOOST_TEST(chv->ChangeCode(code, code, 0, reference) == invalid);
        BOOST_TEST(chv->Unblock(code, code, 0, reference) == invalid);
    }
    for (const VerifyFlags flags : {SC_FL_IHV_ENABLE, SC_FL_IHV_DISABLE}) {
        BOOST_TEST(chv->Verify(code, flags, 1) == invalid);
        BOOST_TEST(chv->Unblock(code, code, flags, 1) == invalid);
        BOOST_TEST(chv->ChangeCode(code, code, flags, 1) == invalid);
    }
    BOOST_TEST(chv->ChangeCode(code, {}, switches, 1) == invalid);
    BOOST_TEST(channel.calls().empty());
}

BOOST_AUTO_TEST_CASE(codes_without_a_byte_or_too_long_for_a_command_are_invalid_and_not_sent) {
    const Bytes code = text("1234"), longest(255, '1'), too_long(256, '1');
    for (const Bytes& wrong : {Bytes{}, too_long}) {
        BOOST_TEST(chv->Verify(wrong, 0, 1) == hr::invalid_chv);
        BOOST_TEST(chv->ChangeCode(wrong, code, 0, 1) == hr::invalid_chv);
        BOOST_TEST(chv->ChangeCode(code, wrong, 0, 1) == hr::invalid_chv);
        BOOST_TEST(chv->ChangeCode(wrong, {}, SC_FL_IHV_ENABLE, 1) == hr::invalid_chv);
        BOOST_TEST(chv->ChangeCode(wrong, {}, SC_FL_IHV_DISABLE, 1) == hr::invalid_chv);
        BOOST_TEST(chv->Unblock(wrong, code, 0, 1) == hr::invalid_chv);
        BOOST_TEST(chv->Unblock(wrong, {}, 0, 1) == hr::invalid_chv);
    }
    BOOST_TEST(chv->Unblock(code, too_long, 0, 1) == hr::invalid_chv);
    BOOST_TEST(chv->ChangeCode(Bytes(128), Bytes(128), 0, 1) == hr::invalid_chv);
    BOOST_TEST(channel.calls().empty());
    BOOST_TEST(chv->Verify(longest, 0, 1) == Hresult::S_OK_);
    BOOST_TEST(chv->ChangeCode(Bytes(128), Bytes(127), 0, 1) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(tries_left_is_what_the_card_told_last) {
    struct Row {
        std::uint16_t status;
        int tries_left;
    };
    // ISO/IEC 7816-4 clause 11.5.6
    const Row rows[] = {
        {0x63C2, 2}, {0x6985, 2}, {0x63CF, 15}, {0x6300, -1}, {0x63C1, 1},
        {0x6581, 1}, {0x63C0, 0}, {0x9000, -1}, {0x6983, 0},  {0x6A88, 0},
    };
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(std::hex << row.status) {
            channel.answer({static_cast<std::uint8_t>(row.status >> 8), static_cast<std::uint8_t>(row.status & 0xFF)});
            chv->Verify(text("1234"), 0, 1);
            BOOST_TEST(chv->tries_left() == row.tries_left);
        }
    }
    channel.answers.push_back({hr::removed_card, {}});
    chv->Verify(text("1234"), 0, 1);
    BOOST_TEST(chv->tries_left() == 0);
}

BOOST_AUTO_TEST_CASE(a_reset_of_the_security_state_asks_for_every_reference_and_later_for_those_that_can_be) {
    card_knows({0x01, 0x02, 0x81}, 0x63C3);
    BOOST_TEST(commands_of_reset() == 62);
    BOOST_TEST(commands_of_reset() == 33);  // two global ones, and all local ones: the directory may be another
    channel.session_number = 2;             // and the card too
    card_knows({0x05, 0x81}, 0x63C3);
    BOOST_TEST(commands_of_reset() == 62);
    BOOST_TEST(commands_of_reset() == 32);
}

BOOST_AUTO_TEST_CASE(a_reset_of_the_security_state_sends_verify_with_p1_ff) {
    card_knows({});
    BOOST_REQUIRE(chv->ResetSecurityState() == Hresult::S_OK_);
    const Calls calls = channel.calls();
    BOOST_REQUIRE_EQUAL(calls.size(), 64U);
    BOOST_TEST(calls[0] == "begin");
    BOOST_TEST(calls[1] == "00 20 FF 01");
    BOOST_TEST(calls[2] == "00 20 FF 81");
    BOOST_TEST(calls[62] == "00 20 FF 9F");
    BOOST_TEST(calls[63] == "end");
}

BOOST_AUTO_TEST_CASE(what_is_not_verified_need_not_be_forgotten) {
    constexpr std::uint16_t words[] = {0x6300, 0x63C3, 0x6983, 0x6984};
    for (const std::uint16_t status : words) {
        BOOST_TEST_CONTEXT(std::hex << status) {
            channel.session_number += 1;
            card_knows({0x01, 0x82}, status);
            BOOST_TEST(commands_of_reset() == 62);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_a_card_says_to_have_forgotten_is_asked_for_once_more) {
    card_knows({0x01, 0x82});
    BOOST_REQUIRE(chv->ResetSecurityState() == Hresult::S_OK_);
    const Calls calls = channel.calls();
    BOOST_REQUIRE_EQUAL(calls.size(), 66U);
    BOOST_TEST(calls[1] == "00 20 FF 01");
    BOOST_TEST(calls[2] == "00 20 00 01");
    BOOST_TEST(calls[5] == "00 20 FF 82");
    BOOST_TEST(calls[6] == "00 20 00 82");
}

BOOST_AUTO_TEST_CASE(a_card_that_overlooks_p1_has_forgotten_nothing) {
    channel.card = [](const iso7816::CommandApdu& command) {  // 01 is verified, the others are not
        return ProgrammedChannel::Answer{Hresult::S_OK_, command.p2 == 0x01 ? Bytes{0x90, 0x00} : Bytes{0x63, 0xC3}};
    };
    BOOST_TEST(commands_of_reset(Hresult::E_NOTIMPL_) == 63);
}

BOOST_AUTO_TEST_CASE(a_chv_that_need_not_be_verified_keeps_no_other_from_being_forgotten) {
    channel.card = [](const iso7816::CommandApdu& command) {  // 01 need not be verified, 02 is
        const bool required = command.p2 == 0x02 && command.p1 == 0;
        const bool known = command.p2 == 0x01 || command.p2 == 0x02;
        return ProgrammedChannel::Answer{Hresult::S_OK_, required ? iso7816::Bytes{0x63, 0xC3}
                                                         : known  ? iso7816::Bytes{0x90, 0x00}
                                                                  : iso7816::Bytes{0x6A, 0x88}};
    };
    BOOST_TEST(commands_of_reset() == 64);
}

BOOST_AUTO_TEST_CASE(a_card_that_takes_no_p1_ff_cannot_forget) {
    constexpr std::uint16_t words[] = {0x6A86, 0x6B00, 0x6A81};
    for (const std::uint16_t refusal : words) {
        BOOST_TEST_CONTEXT(std::hex << refusal) {
            channel.session_number += 1;
            card_knows({}, 0x9000, refusal);
            BOOST_TEST(commands_of_reset(Hresult::E_NOTIMPL_) == 62);
            channel.session_number += 1;
            card_knows({0x01}, 0x9000, refusal);  // it takes P1 = FF, but not every P2
            BOOST_TEST(commands_of_reset() == 63);
        }
    }
    card_knows({}, 0x9000, 0x6D00);
    BOOST_TEST(commands_of_reset(Hresult::E_NOTIMPL_) == 1);
}

BOOST_AUTO_TEST_CASE(a_reset_of_the_security_state_ends_at_the_first_failure_and_can_be_made_again) {
    card_knows({0x01, 0x02}, 0x6581);
    BOOST_TEST(commands_of_reset(Hresult::E_FAIL_) == 1);
    card_knows({0x02}, 0x6982);
    BOOST_TEST(commands_of_reset(hr::card_not_authenticated) == 3);
    channel.card = nullptr;
    channel.answers = {{Hresult::S_OK_, {0x90, 0x00}}, {Hresult::S_OK_, {0x63, 0xC3}}, {hr::removed_card, {}}};
    BOOST_TEST(commands_of_reset(hr::removed_card) == 3);  // 81 twice, and 02: 01 is known to be no CHV
    channel.answers = {{Hresult::S_OK_, {0x90, 0x00}}, {hr::removed_card, {}}};
    BOOST_TEST(commands_of_reset(hr::removed_card) == 2);
    BOOST_TEST(channel.holds() == 0);
    channel.begun = Hresult::E_PENDING_;
    BOOST_TEST(chv->ResetSecurityState() == Hresult::E_PENDING_);
    channel.begun = Hresult::S_OK_;
    channel.ended = hr::removed_card;
    card_knows({0x01, 0x02});
    BOOST_TEST(chv->ResetSecurityState() == hr::removed_card);
}

BOOST_AUTO_TEST_SUITE_END()
