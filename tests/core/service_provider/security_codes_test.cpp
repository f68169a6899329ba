// Every method of ISCardVerify, ISCardAuth and ICardCryptoProvider that talks to the card, with every code that it is
// documented to answer.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/service_provider/crypto_provider.h"
#include "core/service_provider/iscard_auth.h"
#include "core/service_provider/iscard_verify.h"
#include "core/service_provider/status_codes.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_channel.h"
#include "tests/fakes/card_profiles.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using fakes::text;
using iso7816::Bytes;

namespace {

constexpr auto code_of(resource_manager::Code code) {
    return static_cast<Hresult>(code);
}

AuthParameters aes_key() {
    AuthParameters parameters;
    parameters.key = Bytes(16, 3);
    return parameters;
}

struct Objects {
    ProgrammedChannel channel;
    std::unique_ptr<ISCardVerify> chv = make_iscard_verify(channel);
    std::unique_ptr<ISCardAuth> auth = make_iscard_auth(channel);
    std::unique_ptr<CardInterface> crypto;
    Bytes output;

    Objects() {
        BOOST_REQUIRE(make_crypto_provider(channel, {}, &crypto) == Hresult::S_OK_);
        channel.card = [this](const iso7816::CommandApdu& command) { return answer(command); };
    }

    /// A card that gives challenges, and answers everything else with one status word or code.
    ProgrammedChannel::Answer answer(const iso7816::CommandApdu& command) const {
        constexpr std::uint8_t get_challenge = 0x84;
        if (command.ins == get_challenge && !challenges_too) {
            Bytes challenge(command.ne, 9);
            challenge.insert(challenge.end(), {0x90, 0x00});
            return {Hresult::S_OK_, challenge};
        }
        return {result, {static_cast<std::uint8_t>(status >> 8), static_cast<std::uint8_t>(status & 0xFF)}};
    }

    Hresult result = Hresult::S_OK_;
    std::uint16_t status = 0x9000;
    bool challenges_too = false;
};

struct Method {
    const char* name;
    Operation operation;
    Hresult (*call)(Objects&);
};

std::ostream& operator<<(std::ostream& out, const Method& method) {
    return out << method.name;
}

const Method methods[] = {
    {"Verify", Operation::verify, [](Objects& o) { return o.chv->Verify(text("1234"), 0, 1); }},
    {"ChangeCode", Operation::verify,
     [](Objects& o) { return o.chv->ChangeCode(text("1234"), text("4321"), SC_FL_IHV_LOCAL, 31); }},
    {"ChangeCode, enable", Operation::verify,
     [](Objects& o) { return o.chv->ChangeCode(text("1234"), {}, SC_FL_IHV_ENABLE, 1); }},
    {"ChangeCode, disable", Operation::verify,
     [](Objects& o) { return o.chv->ChangeCode(text("1234"), {}, SC_FL_IHV_DISABLE, 1); }},
    {"Unblock", Operation::verify, [](Objects& o) { return o.chv->Unblock(text("1234"), text("4321"), 0, 1); }},
    {"Unblock without a new code", Operation::verify,
     [](Objects& o) { return o.chv->Unblock(text("1234"), {}, SC_FL_IHV_GLOBAL, 1); }},
    {"APP_Auth with a key", Operation::authenticate,
     [](Objects& o) { return o.auth->APP_Auth(AuthAlgorithm::aes, aes_key(), {}); }},
    {"APP_Auth with a cryptogram", Operation::authenticate,
     [](Objects& o) { return o.auth->APP_Auth(AuthAlgorithm::tdes, {}, Bytes(8)); }},
    {"APP_Auth with secure messaging", Operation::authenticate,
     [](Objects& o) {
         AuthParameters parameters = aes_key();
         parameters.secure_messaging = true;
         return o.auth->APP_Auth(AuthAlgorithm::aes, parameters, {});
     }},
    {"User_Auth", Operation::authenticate,
     [](Objects& o) { return o.auth->User_Auth(AuthAlgorithm::aes, {}, Bytes(24, 1)); }},
    {"ICC_Auth", Operation::authenticate,
     [](Objects& o) { return o.auth->ICC_Auth(AuthAlgorithm::aes, aes_key(), &o.output); }},
    {"GetChallenge", Operation::authenticate,
     [](Objects& o) {
         o.challenges_too = true;
         return o.auth->GetChallenge(AuthAlgorithm::aes, 0, {}, &o.output);
     }},
    {"Random", Operation::authenticate,
     [](Objects& o) {
         o.challenges_too = true;
         return dynamic_cast<ICardCryptoProvider&>(*o.crypto).Random(9, &o.output);
     }},
};

/// What a card refuses with; each of the documented smart card codes comes of one of them.
struct Refusal {
    std::uint16_t status;
    Hresult verifying;
    Hresult authenticating;
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << std::hex << refusal.status << std::dec;
}

// ISO/IEC 7816-4 clause 11.5.4, 11.5.6
const Refusal refusals[] = {
    {0x6300, hr::wrong_chv, hr::security_violation},
    {0x63C0, hr::chv_blocked, hr::security_violation},
    {0x63C1, hr::wrong_chv, hr::security_violation},
    {0x63CF, hr::wrong_chv, hr::security_violation},
    {0x6581, Hresult::E_FAIL_, Hresult::E_FAIL_},
    {0x6700, hr::invalid_chv, Hresult::E_INVALIDARG_},
    {0x6982, hr::card_not_authenticated, hr::security_violation},
    {0x6983, hr::chv_blocked, hr::no_access},
    {0x6984, hr::invalid_chv, hr::no_access},
    {0x6985, hr::security_violation, hr::security_violation},
    {0x6A80, hr::invalid_chv, Hresult::E_INVALIDARG_},
    {0x6A81, Hresult::E_NOTIMPL_, Hresult::E_NOTIMPL_},
    {0x6A86, hr::invalid_chv, Hresult::E_NOTIMPL_},
    {0x6A88, hr::invalid_chv, hr::no_access},
    {0x6D00, Hresult::E_NOTIMPL_, Hresult::E_NOTIMPL_},
    {0x6E00, Hresult::E_NOTIMPL_, Hresult::E_NOTIMPL_},
    {0x6F00, Hresult::E_FAIL_, Hresult::E_FAIL_},
};

/// Codes of the channel.
const Hresult passed_on[] = {
    Hresult::E_PENDING_,
    Hresult::E_OUTOFMEMORY_,
    Hresult::E_FAIL_,
    hr::invalid_handle,
    hr::security_violation,
    hr::card_not_authenticated,
    code_of(resource_manager::Code::cancelled),
    code_of(resource_manager::Code::timeout),
    code_of(resource_manager::Code::sharing_violation),
    code_of(resource_manager::Code::server_too_busy),
    code_of(resource_manager::Code::not_transacted),
    code_of(resource_manager::Code::comm_error),
    code_of(resource_manager::Code::no_service),
    code_of(resource_manager::Code::reader_unavailable),
    code_of(resource_manager::Code::no_smartcard),
    code_of(resource_manager::Code::unresponsive_card),
    code_of(resource_manager::Code::unpowered_card),
    code_of(resource_manager::Code::reset_card),
    code_of(resource_manager::Code::removed_card),
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_security_codes)

BOOST_DATA_TEST_CASE(what_a_card_refuses_with_is_told_by_its_code, data::make(methods) * data::make(refusals), method,
                     refusal) {
    Objects objects;
    objects.status = refusal.status;
    objects.output = Bytes(16, 0x77);
    BOOST_TEST(method.call(objects) ==
               (method.operation == Operation::verify ? refusal.verifying : refusal.authenticating));
    BOOST_TEST(objects.channel.holds() == 0);
    BOOST_TEST(objects.output == Bytes(16, 0x77), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(codes_of_the_channel_are_passed_on, data::make(methods) * data::make(passed_on), method, code) {
    Objects objects;
    objects.output = Bytes(16, 0x77);
    objects.result = code;
    BOOST_TEST(method.call(objects) == code);
    BOOST_TEST(objects.channel.holds() == 0);
    objects.channel.calls();
    objects.channel.begun = code;
    BOOST_TEST(method.call(objects) == code);
    BOOST_TEST(objects.channel.calls() == std::vector<std::string>{"begin"}, boost::test_tools::per_element());
    objects.channel.turn = code;
    objects.channel.begun = Hresult::S_OK_;
    BOOST_TEST(method.call(objects) == code);
    BOOST_TEST(objects.channel.calls().empty());
    BOOST_TEST(objects.channel.holds() == 0);
    BOOST_TEST(objects.channel.turns() == 0);
    BOOST_TEST(objects.output == Bytes(16, 0x77), boost::test_tools::per_element());
    BOOST_TEST(objects.chv->tries_left() == -1);
}

BOOST_DATA_TEST_CASE(a_response_without_a_status_word_is_e_fail, data::make(methods), method) {
    Objects objects;
    objects.output = Bytes(16, 0x77);
    objects.channel.card = [](const iso7816::CommandApdu&) {
        return ProgrammedChannel::Answer{Hresult::S_OK_, {0x90}};
    };
    BOOST_TEST(method.call(objects) == Hresult::E_FAIL_);
    BOOST_TEST(objects.output == Bytes(16, 0x77), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_hold_that_cannot_be_ended_is_no_success_and_no_other_failure) {
    for (const Method& method : methods) {
        if (method.operation != Operation::verify) {
            continue;  // their success needs an answer: see the next case
        }
        BOOST_TEST_CONTEXT(method) {
            Objects objects;
            objects.channel.ended = hr::removed_card;
            BOOST_TEST(method.call(objects) == hr::removed_card);
            objects.status = 0x63C2;
            BOOST_TEST(method.call(objects) == hr::wrong_chv);
            BOOST_TEST(objects.chv->tries_left() == 2);
        }
    }
}

BOOST_AUTO_TEST_CASE(outputs_stay_when_the_hold_cannot_be_ended) {
    Objects objects;
    objects.channel.ended = hr::removed_card;
    objects.output = Bytes(16, 0x77);
    BOOST_TEST(objects.auth->GetChallenge(AuthAlgorithm::aes, 0, {}, &objects.output) == hr::removed_card);
    BOOST_TEST(dynamic_cast<ICardCryptoProvider&>(*objects.crypto).Random(9, &objects.output) == hr::removed_card);
    objects.channel.card = [](const iso7816::CommandApdu&) {
        Bytes response(16, 9);
        response.insert(response.end(), {0x90, 0x00});
        return ProgrammedChannel::Answer{Hresult::S_OK_, response};
    };
    BOOST_TEST(objects.auth->ICC_Auth(AuthAlgorithm::aes, {}, &objects.output) == hr::removed_card);
    BOOST_TEST(objects.output == Bytes(16, 0x77), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(answers_of_a_wrong_length_are_no_proof) {
    Objects objects;
    for (const std::size_t length : {0U, 15U, 17U, 32U}) {
        BOOST_TEST_CONTEXT(length) {
            objects.channel.card = [length](const iso7816::CommandApdu&) {
                Bytes response(length, 9);
                response.insert(response.end(), {0x90, 0x00});
                return ProgrammedChannel::Answer{Hresult::S_OK_, response};
            };
            objects.output = Bytes(16, 0x77);
            BOOST_TEST(objects.auth->ICC_Auth(AuthAlgorithm::aes, {}, &objects.output) == hr::card_not_authenticated);
            BOOST_TEST(objects.auth->GetChallenge(AuthAlgorithm::aes, 0, {}, &objects.output) == Hresult::E_FAIL_);
            BOOST_TEST(objects.auth->APP_Auth(AuthAlgorithm::aes, aes_key(), {}) == Hresult::E_FAIL_);
            BOOST_TEST(objects.output == Bytes(16, 0x77), boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
