#include "core/service_provider/iscard_auth.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "emulator/iso7816/block_cipher.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/core/service_provider/programmed_channel.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using iso7816::BlockCipher;
using iso7816::Bytes;

namespace {

using Algorithm = icc::KeyProfile::Algorithm;
using Usage = icc::KeyProfile::Usage;

/// A key of the card by its reference, and what it opens: EF 70xx, update.
struct CardKey {
    std::uint8_t reference;
    AuthAlgorithm algorithm;
    Algorithm in_card;
    std::size_t length;
};

const CardKey card_keys[] = {
    {1, AuthAlgorithm::aes, Algorithm::aes128, 16}, {2, AuthAlgorithm::aes, Algorithm::aes192, 24},
    {3, AuthAlgorithm::aes, Algorithm::aes256, 32}, {4, AuthAlgorithm::tdes, Algorithm::tdes, 16},
    {5, AuthAlgorithm::tdes, Algorithm::tdes, 24},
};

std::ostream& operator<<(std::ostream& out, const CardKey& key) {
    return out << (key.algorithm == AuthAlgorithm::aes ? "AES " : "triple DES ") << key.length;
}

Bytes value_of(const CardKey& key) {
    return fakes::counting(key.length, 0x10U * key.reference);
}

/// The keys above, two tries each; 6 serves the card alone, 7 the other side alone.
icc::Profile card_with_keys() {
    icc::Profile profile = fakes::command_card();
    profile.keys.clear();
    for (const CardKey& key : card_keys) {
        profile.keys.push_back({key.reference, key.in_card, value_of(key), 2, Usage::any});
        auto guarded = fakes::ef(static_cast<std::uint16_t>(0x7000 + key.reference), {}, Bytes(1), fakes::always, {});
        guarded.access[icc::Operation::update] = {icc::AccessRule::Kind::key, 0, key.reference};
        profile.mf.children.push_back(guarded);
    }
    profile.keys.push_back({6, Algorithm::aes128, fakes::counting(16), 2, Usage::internal});
    profile.keys.push_back({7, Algorithm::aes128, fakes::counting(16), 2, Usage::external});
    profile.chvs[0].reset_key = 0;
    return profile;
}

struct Bench : CardBench {
    explicit Bench(resource_manager::Protocols preferred = resource_manager::protocol_t1)
        : CardBench(card_with_keys(), preferred) {
        BOOST_REQUIRE_EQUAL(alice->CreateCardAuth(&auth), Hresult::S_OK_);
    }
    /// UPDATE BINARY of what the key opens.
    std::string guarded(const CardKey& key) {
        const std::string identifier = iso7816::to_hex(Bytes{0x70, key.reference});
        BOOST_REQUIRE_EQUAL(run("00 A4 00 0C 02 " + identifier), "90 00");
        return run("00 D6 00 00 01 AA");
    }

    std::unique_ptr<ISCardAuth> auth;
};

AuthParameters with_key(const CardKey& key) {
    AuthParameters parameters;
    parameters.reference = key.reference;
    parameters.key = value_of(key);
    return parameters;
}

AuthParameters with_another_value(const CardKey& key) {
    AuthParameters parameters = with_key(key);
    parameters.key.front() = static_cast<std::uint8_t>(parameters.key.front() ^ 0x10);  // not a parity bit of DES
    return parameters;
}

AuthParameters without_key(std::uint8_t reference) {
    AuthParameters parameters;
    parameters.reference = reference;
    return parameters;
}

BlockCipher cipher_of(const CardKey& key) {
    return key.algorithm == AuthAlgorithm::aes ? BlockCipher::aes : BlockCipher::tdes;
}

std::uint32_t block_of(const CardKey& key) {
    return static_cast<std::uint32_t>(iso7816::block_size(cipher_of(key)));
}

const char* const opened = "90 00";
const char* const closed = "69 82";

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_iscard_auth)

// ISO/IEC 7816-4 clause 11.5.4
BOOST_DATA_TEST_CASE(the_application_proves_itself_with_a_key_until_a_reset,
                     data::make(card_keys) * data::make(each_protocol), key, protocol) {
    Bench bench(protocol);
    BOOST_TEST(bench.guarded(key) == closed);
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, with_key(key), {}) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded(key) == opened);
    BOOST_TEST(bench.alice->Reconnect(resource_manager::ShareMode::shared, protocol,
                                      resource_manager::Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded(key) == closed);
}

// ISO/IEC 7816-4 clause 11.5.3
BOOST_DATA_TEST_CASE(the_application_proves_itself_by_a_cryptogram_of_its_own,
                     data::make(card_keys) * data::make(each_protocol), key, protocol) {
    Bench bench(protocol);
    Bytes challenge{1, 2, 3};
    BOOST_TEST(bench.auth->GetChallenge(key.algorithm, 0, {}, &challenge) == Hresult::S_OK_);
    BOOST_TEST(challenge.size() == block_of(key));
    const Bytes cryptogram = iso7816::encrypt_cbc(cipher_of(key), value_of(key), challenge).value();
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, without_key(key.reference), cryptogram) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded(key) == opened);
    // The challenge has served.
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, without_key(key.reference), cryptogram) == hr::security_violation);
}

BOOST_DATA_TEST_CASE(the_user_proves_himself_with_a_key_of_his_own, data::make(card_keys), key) {
    Bench bench;
    BOOST_TEST(bench.auth->User_Auth(key.algorithm, without_key(key.reference), value_of(key)) == Hresult::S_OK_);
    BOOST_TEST(bench.guarded(key) == opened);
    AuthParameters other = without_key(key.reference);
    other.key = Bytes(3);  // is not looked at
    BOOST_TEST(bench.auth->User_Auth(key.algorithm, other, Bytes(key.length)) == hr::security_violation);
    BOOST_TEST(bench.guarded(key) == closed);
}

// ISO/IEC 7816-4 clause 11.5.2
BOOST_DATA_TEST_CASE(the_card_proves_itself, data::make(card_keys) * data::make(each_protocol), key, protocol) {
    Bench bench(protocol);
    const Bytes challenge = fakes::counting(block_of(key), 0x80);
    const Bytes expected = iso7816::encrypt_cbc(cipher_of(key), value_of(key), challenge).value();
    Bytes told = challenge;
    BOOST_TEST(bench.auth->ICC_Auth(key.algorithm, without_key(key.reference), &told) == Hresult::S_OK_);
    BOOST_TEST(told == expected, boost::test_tools::per_element());
    told = challenge;
    BOOST_TEST(bench.auth->ICC_Auth(key.algorithm, with_key(key), &told) == Hresult::S_OK_);
    BOOST_TEST(told == expected, boost::test_tools::per_element());
    Bytes random;
    BOOST_TEST(bench.auth->ICC_Auth(key.algorithm, with_key(key), &random) == Hresult::S_OK_);
    BOOST_TEST(random.size() == block_of(key));
    Bytes again;
    BOOST_TEST(bench.auth->ICC_Auth(key.algorithm, with_key(key), &again) == Hresult::S_OK_);
    BOOST_TEST(random != again);
}

BOOST_DATA_TEST_CASE(a_card_with_another_key_is_not_authenticated, data::make(card_keys), key) {
    Bench bench;
    const AuthParameters parameters = with_another_value(key);
    const Bytes challenge(block_of(key), 7);
    Bytes told = challenge;
    BOOST_TEST(bench.auth->ICC_Auth(key.algorithm, parameters, &told) == hr::card_not_authenticated);
    BOOST_TEST(told == challenge, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_wrong_key_is_refused_and_blocks_in_the_end, data::make(card_keys), key) {
    Bench bench;
    const AuthParameters parameters = with_another_value(key);
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, parameters, {}) == hr::security_violation);
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, parameters, {}) == hr::security_violation);
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, with_key(key), {}) == hr::no_access);
    BOOST_TEST(bench.guarded(key) == closed);
}

BOOST_AUTO_TEST_CASE(a_key_serves_the_side_that_it_is_for) {
    Bench bench;
    AuthParameters parameters = without_key(6);
    parameters.key = fakes::counting(16);
    Bytes none;
    BOOST_TEST(bench.auth->ICC_Auth(AuthAlgorithm::aes, parameters, &none) == Hresult::S_OK_);
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, parameters, {}) == hr::no_access);
    parameters.reference = 7;
    none.clear();
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, parameters, {}) == Hresult::S_OK_);
    BOOST_TEST(bench.auth->ICC_Auth(AuthAlgorithm::aes, parameters, &none) == hr::no_access);
    parameters.reference = 8;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, parameters, {}) == hr::no_access);  // there is none
    parameters.reference = 7;
    parameters.local = true;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, parameters, {}) == hr::no_access);
    BOOST_TEST(none.empty());
}

BOOST_AUTO_TEST_CASE(the_cards_own_challenge_is_not_answered_by_the_card) {
    Bench bench;
    Bytes challenge;
    BOOST_REQUIRE(bench.auth->GetChallenge(AuthAlgorithm::aes, 0, {}, &challenge) == Hresult::S_OK_);
    BOOST_TEST(bench.auth->ICC_Auth(AuthAlgorithm::aes, without_key(1), &challenge) == hr::security_violation);
}

BOOST_DATA_TEST_CASE(a_challenge_has_the_length_that_is_asked_for, data::make(each_protocol), protocol) {
    Bench bench(protocol);
    for (const std::uint32_t length : {1U, 7U, 8U, 16U, 128U, 255U}) {
        Bytes challenge;
        BOOST_TEST(bench.auth->GetChallenge(AuthAlgorithm::tdes, length, {}, &challenge) == Hresult::S_OK_);
        BOOST_TEST(challenge.size() == length);
    }
    Bytes challenge{9};
    BOOST_TEST(bench.auth->GetChallenge(AuthAlgorithm::aes, 65'536, {}, &challenge) == Hresult::E_INVALIDARG_);
    BOOST_TEST(challenge == Bytes{9}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_challenge_of_more_than_a_short_le_tells_is_asked_for_by_an_extended_one) {
    ProgrammedChannel channel;
    channel.card = [](const iso7816::CommandApdu& command) {
        Bytes response(command.ne, 9);
        response.insert(response.end(), {0x90, 0x00});
        return ProgrammedChannel::Answer{Hresult::S_OK_, response};
    };
    const auto auth = make_iscard_auth(channel);
    // Le 00 and 0000 mean all there are.
    for (const auto& [length, command] : {std::pair{255U, "00 84 00 00 FF"}, std::pair{256U, "00 84 00 00 00 01 00"},
                                          std::pair{65'535U, "00 84 00 00 00 FF FF"}}) {
        Bytes challenge;
        BOOST_TEST(auth->GetChallenge(AuthAlgorithm::aes, length, {}, &challenge) == Hresult::S_OK_);
        BOOST_TEST(challenge.size() == length);
        BOOST_TEST(channel.calls()[1] == command);
    }
    Bytes challenge{7};
    BOOST_TEST(auth->GetChallenge(AuthAlgorithm::aes, 65'536, {}, &challenge) == Hresult::E_INVALIDARG_);
    BOOST_TEST(channel.calls().empty());
    BOOST_TEST(challenge == Bytes{7}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nobody_comes_between_the_challenge_and_the_answer) {
    Bench bench;
    const auto bob = bench.application();
    const CardKey& key = card_keys[0];
    BOOST_REQUIRE(bob->SCardLock() == Hresult::S_OK_);
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, with_key(key), {}) == Hresult::E_PENDING_);
    // Nothing was done: the challenge that Bob has got is the card's.
    iso7816::Bytes response;
    BOOST_REQUIRE(bob->Transmit(fakes::hex("00 84 00 00 10"), response) == Hresult::S_OK_);
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, with_key(key), {}) == Hresult::E_PENDING_);
    response.resize(16);
    const Bytes cryptogram = iso7816::encrypt_cbc(BlockCipher::aes, value_of(key), response).value();
    BOOST_TEST(bench.run(*bob, "00 82 00 01 10 " + iso7816::to_hex(cryptogram)) == "90 00");
    BOOST_REQUIRE(bob->SCardUnlock(resource_manager::Disposition::leave) == Hresult::S_OK_);
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, with_key(key), {}) == Hresult::S_OK_);
    BOOST_TEST(bench.run(*bob, "00 B0 9E 00 01") == "30 90 00");  // and the card is free again
}

BOOST_AUTO_TEST_CASE(arguments_that_make_no_sense_are_refused_before_the_card_is_asked) {
    Bench bench;
    const CardKey& key = card_keys[0];
    const Bytes block(16, 7);
    const AuthAlgorithm unknown{9};
    Bytes output = block;
    const auto parameters_with = [&](std::uint8_t reference, std::size_t length) {
        AuthParameters parameters = without_key(reference);
        parameters.key.resize(length);
        return parameters;
    };
    const auto both = [&](AuthAlgorithm algorithm, const AuthParameters& parameters) {
        BOOST_TEST(bench.auth->APP_Auth(algorithm, parameters, block) == Hresult::E_INVALIDARG_);
        BOOST_TEST(bench.auth->ICC_Auth(algorithm, parameters, &output) == Hresult::E_INVALIDARG_);
    };
    both(unknown, with_key(key));
    both(AuthAlgorithm::aes, parameters_with(0, 16));
    both(AuthAlgorithm::aes, parameters_with(32, 16));
    for (const std::size_t length : {1U, 8U, 15U, 17U, 33U}) {
        both(AuthAlgorithm::aes, parameters_with(1, length));
        BOOST_TEST(bench.auth->User_Auth(AuthAlgorithm::aes, without_key(1), Bytes(length)) == Hresult::E_INVALIDARG_);
    }
    both(AuthAlgorithm::tdes, parameters_with(4, 32));
    BOOST_TEST(bench.auth->User_Auth(AuthAlgorithm::aes, with_key(key), {}) == Hresult::E_INVALIDARG_);
    BOOST_TEST(bench.auth->GetChallenge(unknown, 8, {}, &output) == Hresult::E_INVALIDARG_);
    for (const std::size_t length : {0U, 8U, 15U, 32U}) {
        BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, without_key(1), Bytes(length)) == Hresult::E_INVALIDARG_);
        Bytes given(length);
        BOOST_TEST(bench.auth->ICC_Auth(AuthAlgorithm::aes, without_key(1), &given) == Hresult::E_INVALIDARG_);
        BOOST_TEST(given.size() == length);
    }
    AuthParameters secured = with_key(card_keys[3]);
    secured.secure_messaging = true;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::tdes, secured, {}) == Hresult::E_INVALIDARG_);
    secured = without_key(1);
    secured.secure_messaging = true;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, secured, block) == Hresult::E_INVALIDARG_);
    BOOST_TEST(output == block, boost::test_tools::per_element());
    BOOST_TEST(bench.auth->GetChallenge(AuthAlgorithm::aes, 8, {}, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(bench.auth->ICC_Auth(AuthAlgorithm::aes, with_key(key), nullptr) == Hresult::E_POINTER_);
}

BOOST_AUTO_TEST_CASE(a_detached_object_has_no_card) {
    Bench bench;
    BOOST_REQUIRE(bench.alice->Detach() == Hresult::S_OK_);
    Bytes output;
    const CardKey& key = card_keys[0];
    BOOST_TEST(bench.auth->GetChallenge(key.algorithm, 0, {}, &output) == hr::invalid_handle);
    BOOST_TEST(bench.auth->APP_Auth(key.algorithm, with_key(key), {}) == hr::invalid_handle);
    BOOST_TEST(bench.auth->ICC_Auth(key.algorithm, with_key(key), &output) == hr::invalid_handle);
    BOOST_TEST(bench.auth->User_Auth(key.algorithm, with_key(key), value_of(key)) == hr::invalid_handle);
    BOOST_TEST(output.empty());
}

BOOST_AUTO_TEST_SUITE_END()
