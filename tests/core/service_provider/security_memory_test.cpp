// What the methods of ISCardVerify, ISCardAuth, ICardCryptoProvider and InterfaceRegistry do when memory runs out at
// any of their allocations, and which codes they leave in memory.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "core/service_provider/crypto_provider.h"
#include "core/service_provider/iscard_auth.h"
#include "core/service_provider/iscard_verify.h"
#include "core/service_provider/secret.h"
#include "emulator/iso7816/block_cipher.h"
#include "emulator/iso7816/secure_messaging.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/core/service_provider/programmed_channel.h"
#include "tests/core/service_provider/programmed_resource_manager.h"
#include "tests/core/service_provider/watched_memory.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using iso7816::Bytes;

namespace {

const Bytes right_code = fakes::text("1234"), unblocking_code = fakes::text("99999999"), block(16, 7);

AuthParameters key_one() {
    AuthParameters parameters;
    parameters.key = fakes::counting(16);
    return parameters;
}

constexpr Guid own_guid{{1}};

/// A card with that key, which is right in all that it is asked, and takes every code.
ProgrammedChannel::Answer obliging_card(const Bytes& key, const iso7816::CommandApdu& command) {
    using iso7816::BlockCipher;
    Bytes response;
    if (command.ins == 0x84) {
        response.assign(command.ne, 9);
    } else if (command.ins == 0x88) {
        response = iso7816::encrypt_cbc(BlockCipher::aes, key, command.data).value();
    } else if (command.ins == 0x82 && command.ne != 0) {
        const Bytes plain = iso7816::decrypt_cbc(BlockCipher::aes, key, command.data).value();
        Bytes turned(plain.begin() + 16, plain.end());
        turned.insert(turned.end(), plain.begin(), plain.begin() + 16);
        response = iso7816::encrypt_cbc(BlockCipher::aes, key, turned).value();
    } else if (command.ins == 0x20 && command.p1 == 0 && command.data.empty()) {
        return {Hresult::S_OK_, {0x63, 0xC3}};
    }
    response.insert(response.end(), {0x90, 0x00});
    return {Hresult::S_OK_, response};
}

/// All that can be made on a channel, and an application that makes it. The card of the channel is not an emulated one:
/// that would share its memory with the application, and real ones do not.
struct Objects : CardBench {
    Objects() {
        channel.recording = false;
        channel.card = [this](const iso7816::CommandApdu& command) { return obliging_card(parameters.key, command); };
        BOOST_REQUIRE(make_crypto_provider(channel, {}, &made) == Hresult::S_OK_);
        crypto = dynamic_cast<ICardCryptoProvider*>(made.get());
    }

    ProgrammedChannel channel;
    std::unique_ptr<ISCardVerify> chv = make_iscard_verify(channel);
    std::unique_ptr<ISCardAuth> auth = make_iscard_auth(channel);
    std::unique_ptr<CardInterface> made, created;
    std::unique_ptr<ISCardAuth> another_auth;
    std::unique_ptr<ISCardVerify> another_chv;
    ICardCryptoProvider* crypto = nullptr;
    InterfaceRegistry registry;
    AuthParameters parameters = key_one();
    Bytes output{0x77};
    Bytes challenge = block;
};

struct Method {
    const char* name;
    Hresult (*call)(Objects&);
};

std::ostream& operator<<(std::ostream& out, const Method& method) {
    return out << method.name;
}

const Method methods[] = {
    {"Verify", [](Objects& o) { return o.chv->Verify(right_code, 0, 1); }},
    {"ChangeCode", [](Objects& o) { return o.chv->ChangeCode(right_code, right_code, 0, 1); }},
    {"ChangeCode, disable", [](Objects& o) { return o.chv->ChangeCode(right_code, {}, SC_FL_IHV_DISABLE, 1); }},
    {"Unblock", [](Objects& o) { return o.chv->Unblock(unblocking_code, right_code, 0, 1); }},
    {"ResetSecurityState", [](Objects& o) { return o.chv->ResetSecurityState(); }},
    {"GetChallenge", [](Objects& o) { return o.auth->GetChallenge(AuthAlgorithm::aes, 0, o.parameters, &o.output); }},
    {"APP_Auth", [](Objects& o) { return o.auth->APP_Auth(AuthAlgorithm::aes, o.parameters, {}); }},
    {"APP_Auth with secure messaging",
     [](Objects& o) {
         o.parameters.secure_messaging = true;
         return o.auth->APP_Auth(AuthAlgorithm::aes, o.parameters, {});
     }},
    {"User_Auth", [](Objects& o) { return o.auth->User_Auth(AuthAlgorithm::aes, o.parameters, o.parameters.key); }},
    {"ICC_Auth", [](Objects& o) { return o.auth->ICC_Auth(AuthAlgorithm::aes, o.parameters, &o.challenge); }},
    {"Random", [](Objects& o) { return o.crypto->Random(300, &o.output); }},
    {"Encipher",
     [](Objects& o) { return o.crypto->Encipher(AuthAlgorithm::aes, o.parameters.key, {}, block, &o.output); }},
    {"Decipher",
     [](Objects& o) { return o.crypto->Decipher(AuthAlgorithm::aes, o.parameters.key, {}, block, &o.output); }},
    {"Mac", [](Objects& o) { return o.crypto->Mac(o.parameters.key, block, &o.output); }},
    {"InterfaceRegistry::add",
     [](Objects& o) { return o.registry.add(own_guid, "a name that needs memory of its own", make_crypto_provider); }},
    {"InterfaceRegistry::create",
     [](Objects& o) { return o.registry.create({}, "CryptoProvider", o.channel, {}, &o.created); }},
    {"CreateCardAuth", [](Objects& o) { return o.alice->CreateCardAuth(&o.another_auth); }},
    {"CreateCHVerification", [](Objects& o) { return o.alice->CreateCHVerification(&o.another_chv); }},
    {"CreateInterface", [](Objects& o) { return o.alice->CreateInterface({}, "CryptoProvider", {}, &o.created); }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_security_memory)

BOOST_DATA_TEST_CASE(wherever_memory_runs_out_the_method_says_so_and_succeeds_afterwards, data::make(methods), method) {
    for (std::size_t after = 0;; ++after) {
        Objects objects;
        const auto card = std::exchange(objects.channel.card, nullptr);
        objects.channel.answer({0x63, 0xC2});
        BOOST_REQUIRE(objects.chv->Verify(block, 0, 1) == hr::wrong_chv);
        objects.channel.card = card;
        bool ran_out = false;
        Hresult result{};
        {
            const MemoryRunsOut shortage(after);
            result = method.call(objects);
            ran_out = shortage.has_run_out();
        }
        if (!ran_out) {
            BOOST_TEST(result == Hresult::S_OK_);
            BOOST_TEST(after > 0U);
            break;
        }
        BOOST_REQUIRE_MESSAGE(result == Hresult::E_OUTOFMEMORY_, name(result) << " after " << after);
        BOOST_REQUIRE(objects.output == Bytes{0x77});
        BOOST_REQUIRE(objects.challenge == block);
        BOOST_REQUIRE(objects.created == nullptr);
        BOOST_REQUIRE(objects.another_auth == nullptr);
        BOOST_REQUIRE(objects.another_chv == nullptr);
        BOOST_REQUIRE_EQUAL(objects.chv->tries_left(), 2);
        BOOST_REQUIRE_EQUAL(objects.channel.holds(), 0);
        BOOST_REQUIRE_EQUAL(objects.channel.turns(), 0);
        BOOST_REQUIRE(objects.channel.secure_channel() == nullptr);
        BOOST_REQUIRE(method.call(objects) == Hresult::S_OK_);
    }
}

BOOST_AUTO_TEST_CASE(memory_that_is_given_back_with_a_code_in_it_is_seen) {
    const Bytes code = fakes::text("a code to be seen");
    const Watch watch(code);
    { const Bytes copy = code; }
    BOOST_TEST(watch.sightings() == 1U);
}

BOOST_AUTO_TEST_CASE(codes_are_wiped_before_a_method_returns) {
    ProgrammedChannel channel;
    channel.recording = false;
    const std::unique_ptr<ISCardVerify> chv = make_iscard_verify(channel);
    const Bytes code = fakes::text("a code to be kept"), other = fakes::text("another");
    const Watch watch(code);
    for (const Hresult result : {Hresult::S_OK_, hr::removed_card}) {
        channel.card = [=](const iso7816::CommandApdu&) { return ProgrammedChannel::Answer{result, {0x90, 0x00}}; };
        BOOST_TEST(chv->Verify(code, 0, 1) == result);
        BOOST_TEST(chv->ChangeCode(code, other, 0, 1) == result);
        BOOST_TEST(chv->ChangeCode(other, code, 0, 1) == result);
        BOOST_TEST(chv->Unblock(code, other, 0, 1) == result);
        BOOST_TEST(chv->Unblock(code, {}, 0, 1) == result);
    }
    channel.card = [](const iso7816::CommandApdu&) -> ProgrammedChannel::Answer { throw std::bad_alloc(); };
    BOOST_TEST(chv->ChangeCode(code, other, 0, 1) == Hresult::E_OUTOFMEMORY_);
    BOOST_TEST(watch.sightings() == 0U);
}

BOOST_AUTO_TEST_CASE(an_attachment_wipes_the_commands_that_carry_codes) {
    ProgrammedResourceManager manager;
    const std::unique_ptr<ISCardManage> card = make_iscard_manage(manager, own_context);
    BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    std::unique_ptr<ISCardVerify> chv;
    BOOST_REQUIRE(card->CreateCHVerification(&chv) == Hresult::S_OK_);
    const Bytes code = fakes::text("a code to be kept"), other = fakes::text("another");
    const Watch watch(code);
    BOOST_TEST(chv->Verify(code, 0, 1) == Hresult::S_OK_);
    BOOST_TEST(chv->ChangeCode(other, code, 0, 1) == Hresult::S_OK_);
    manager.transmits = {Code::removed_card};
    BOOST_TEST(chv->Unblock(other, code, 0, 1) == hr::removed_card);
    BOOST_TEST(watch.sightings() == 0U);
}

BOOST_AUTO_TEST_CASE(secure_messaging_wipes_what_it_enciphers) {
    const Bytes code = fakes::text("a code to be kept");
    iso7816::SecureSession session = iso7816::derive_session(fakes::counting(16), block, block).value();
    iso7816::CommandApdu command;
    command.ins = 0x20;
    command.data = code;
    const Watch watch(code);
    BOOST_TEST(!iso7816::protect_command(session, command).empty());
    BOOST_TEST(watch.sightings() == 0U);
}

BOOST_AUTO_TEST_CASE(keys_are_derived_without_a_trace) {
    for (const std::size_t length : {16U, 24U, 32U}) {
        const auto keys = iso7816::derive_session(fakes::counting(length), block, block);
        for (const Bytes& key : {keys->encryption_key, keys->mac_key}) {
            for (const std::size_t first : {std::size_t{0}, length - 8}) {
                const iso7816::SecureSession kept = *keys;
                const Watch watch(iso7816::ByteView(key).subspan(first, 8));
                auto again = iso7816::derive_session(fakes::counting(length), block, block);
                BOOST_TEST(watch.sightings() == 0U);
                BOOST_TEST((*again == kept));
                std::ranges::fill(again->encryption_key, std::uint8_t{0});
                std::ranges::fill(again->mac_key, std::uint8_t{0});
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_mac_leaves_no_subkey_in_memory) {
    // RFC 4493 clause 4: AES-128(key, 0), K1 and K2
    const Bytes key = fakes::hex("2B7E151628AED2A6ABF7158809CF4F3C");
    for (const char* const subkey :
         {"7DF76B0C1AB899B33E42F047B91B546F", "FBEED618357133667C85E08F7236A8DE", "F7DDAC306AE266CCF90BC11EE46D513B"}) {
        const Bytes whole(16), part(5);  // the last block of a message is the subkey where the data are zeros
        const Bytes watched = fakes::hex(subkey);
        const Watch watch(watched);
        BOOST_TEST(iso7816::cmac(key, whole).has_value());
        BOOST_TEST(iso7816::cmac(key, part).has_value());
        BOOST_TEST(watch.sightings() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_hold_that_could_not_be_ended_for_lack_of_memory_is_ended_with_the_next) {
    ProgrammedResourceManager manager;
    const std::unique_ptr<ISCardManage> card = make_iscard_manage(manager, own_context);
    BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    std::unique_ptr<ISCardVerify> chv;
    BOOST_REQUIRE(card->CreateCHVerification(&chv) == Hresult::S_OK_);
    const auto verbs_of_verify = [&](Hresult expected) {
        manager.calls();
        BOOST_TEST(chv->Verify(right_code, 0, 1) == expected);
        std::string verbs;
        for (const std::string& call : manager.calls()) {
            verbs += call.substr(0, call.find(' ')) + ' ';
        }
        return verbs;
    };
    manager.memory_runs_out_at = {{"end", 0}};
    BOOST_TEST(verbs_of_verify(Hresult::E_OUTOFMEMORY_) == "begin transmit end ");
    BOOST_TEST(verbs_of_verify(Hresult::E_OUTOFMEMORY_) == "transmit end ");
    manager.memory_runs_out_at.clear();
    BOOST_TEST(verbs_of_verify(Hresult::S_OK_) == "transmit end ");
    BOOST_TEST(verbs_of_verify(Hresult::S_OK_) == "begin transmit end ");
    manager.memory_runs_out_at = {{"end", 0}};
    BOOST_TEST(verbs_of_verify(Hresult::E_OUTOFMEMORY_) == "begin transmit end ");
    manager.memory_runs_out_at.clear();
    BOOST_REQUIRE(card->Detach() == Hresult::S_OK_);  // which ends it as well
    BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
    BOOST_REQUIRE(card->SCardLock() == Hresult::S_OK_);
    BOOST_TEST(verbs_of_verify(Hresult::S_OK_) == "transmit ");  // the lock is the application's
}

BOOST_AUTO_TEST_CASE(equal_secrets_have_the_same_bytes) {
    BOOST_TEST(is_equal_secret(Bytes{1, 2, 3}, Bytes{1, 2, 3}));
    BOOST_TEST(!is_equal_secret(Bytes{1, 2, 3}, Bytes{1, 2, 4}));
    BOOST_TEST(!is_equal_secret(Bytes{1, 2, 3}, Bytes{1, 2}));
    BOOST_TEST(is_equal_secret({}, {}));
}

BOOST_AUTO_TEST_SUITE_END()
