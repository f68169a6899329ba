#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "core/service_provider/iscard_auth.h"
#include "emulator/iso7816/block_cipher.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/core/service_provider/programmed_channel.h"
#include "tests/fakes/no_ciphers.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using iso7816::BlockCipher;
using iso7816::Bytes;
using iso7816::ByteView;

namespace {

Bytes joined(ByteView left, ByteView right) {
    Bytes both(left.begin(), left.end());
    both.insert(both.end(), right.begin(), right.end());
    return both;
}

/// The card's side of MUTUAL AUTHENTICATE with one AES key, as handlers.h describes it.
struct MutualCard {
    Bytes key;
    Bytes rnd_icc = fakes::counting(16, 0xA0);
    Bytes rnd_ifd{};
    bool genuine = true;  ///< false: its cryptogram is that of another key
    std::uint16_t refuses = 0;

    static ProgrammedChannel::Answer told(Bytes response) {
        response.insert(response.end(), {0x90, 0x00});
        return {Hresult::S_OK_, response};
    }
    ProgrammedChannel::Answer operator()(const iso7816::CommandApdu& command) {
        if (command.ins == 0x84) {
            return told(rnd_icc);
        }
        if (refuses != 0) {
            return {Hresult::S_OK_,
                    {static_cast<std::uint8_t>(refuses >> 8), static_cast<std::uint8_t>(refuses & 0xFF)}};
        }
        const Bytes plain = iso7816::decrypt_cbc(BlockCipher::aes, key, command.data).value();
        BOOST_REQUIRE_EQUAL(plain.size(), 32U);
        BOOST_TEST(std::equal(rnd_icc.begin(), rnd_icc.end(), plain.begin() + 16));
        rnd_ifd.assign(plain.begin(), plain.begin() + 16);
        Bytes answer = iso7816::encrypt_cbc(BlockCipher::aes, key, joined(rnd_icc, rnd_ifd)).value();
        if (!genuine) {
            answer.back() = static_cast<std::uint8_t>(answer.back() ^ 1);
        }
        return told(answer);
    }
};

struct Bench {
    explicit Bench(std::size_t key_length = 16) {
        card.key = fakes::counting(key_length, 0x30);
        channel.card = [this](const iso7816::CommandApdu& command) { return card(command); };
        parameters.reference = 5;
        parameters.key = card.key;
        parameters.secure_messaging = true;
    }

    MutualCard card;
    ProgrammedChannel channel;
    std::unique_ptr<ISCardAuth> auth = make_iscard_auth(channel);
    AuthParameters parameters;
};

const std::size_t key_lengths[] = {16, 24, 32};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_mutual_authentication)

BOOST_DATA_TEST_CASE(both_sides_have_the_session_keys_of_their_random_numbers, data::make(key_lengths), length) {
    Bench bench(length);
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::S_OK_);
    BOOST_REQUIRE(bench.channel.secure_channel() != nullptr);
    const iso7816::SecureSession& ours = bench.channel.secure_channel()->session();
    const iso7816::SecureSession cards =
        iso7816::derive_session(bench.card.key, bench.card.rnd_icc, bench.card.rnd_ifd).value();
    BOOST_TEST(ours.encryption_key == cards.encryption_key, boost::test_tools::per_element());
    BOOST_TEST(ours.mac_key == cards.mac_key, boost::test_tools::per_element());
    BOOST_TEST(ours.counter == cards.counter, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_random_numbers_of_the_application_come_from_its_source) {
    Bench bench;
    const auto auth = make_iscard_auth(bench.channel, [](std::span<std::uint8_t> bytes) {
        std::ranges::fill(bytes, std::uint8_t{0x5A});
        return true;
    });
    BOOST_TEST(auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::S_OK_);
    BOOST_TEST(bench.card.rnd_ifd == Bytes(16, 0x5A), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_random_numbers_nothing_is_proved) {
    Bench bench;
    const auto auth = make_iscard_auth(bench.channel, [](std::span<std::uint8_t>) { return false; });
    Bytes challenge;
    BOOST_TEST(auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::E_FAIL_);
    BOOST_TEST(auth->ICC_Auth(AuthAlgorithm::aes, bench.parameters, &challenge) == Hresult::E_FAIL_);
    BOOST_TEST(challenge.empty());
    BOOST_TEST(bench.card.rnd_ifd.empty());
    const std::vector<std::string> expected{"begin", "00 84 00 00 10", "end", "begin", "end"};
    BOOST_TEST(bench.channel.calls() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_ciphers_nothing_is_sent_and_no_card_is_believed) {
    Bench bench;
    const auto auth = make_iscard_auth(bench.channel, [](std::span<std::uint8_t> bytes) {
        std::ranges::fill(bytes, std::uint8_t{0x5A});
        return true;
    });
    bench.channel.card = [](const iso7816::CommandApdu& command) {  // a card that knows no key
        return MutualCard::told(Bytes(command.ins == 0x82 ? 0 : 16, 0x66));
    };
    AuthParameters simple = bench.parameters;
    simple.secure_messaging = false;
    Bytes challenge(16, 0x77);
    const fakes::NoCiphers none;
    BOOST_TEST(auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::E_FAIL_);
    BOOST_TEST(auth->APP_Auth(AuthAlgorithm::aes, simple, {}) == Hresult::E_FAIL_);
    BOOST_TEST(auth->User_Auth(AuthAlgorithm::aes, simple, bench.card.key) == Hresult::E_FAIL_);
    BOOST_TEST(auth->ICC_Auth(AuthAlgorithm::aes, simple, &challenge) == Hresult::E_FAIL_);
    BOOST_TEST(challenge == Bytes(16, 0x77), boost::test_tools::per_element());
    BOOST_TEST(bench.channel.secure_channel() == nullptr);
    const std::vector<std::string> expected{
        "begin", "00 84 00 00 10", "end", "begin", "00 84 00 00 10", "end", "begin", "00 84 00 00 10",
        "end",   "begin",          "end"};
    BOOST_TEST(bench.channel.calls() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_challenge_and_the_answer_go_out_under_one_hold) {
    Bench bench;
    bench.parameters.local = true;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::S_OK_);
    const std::vector<std::string> calls = bench.channel.calls();
    BOOST_REQUIRE_EQUAL(calls.size(), 4U);
    BOOST_TEST(calls[0] == "begin");
    BOOST_TEST(calls[1] == "00 84 00 00 10");
    BOOST_TEST(calls[2].substr(0, 15) == "00 82 00 85 20 ");
    BOOST_TEST(calls[2].substr(calls[2].size() - 3) == " 20");
    BOOST_TEST(calls[3] == "end");
}

BOOST_AUTO_TEST_CASE(the_random_number_of_this_side_is_another_each_time) {
    Bench bench;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::S_OK_);
    const Bytes first = bench.card.rnd_ifd;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::S_OK_);
    BOOST_TEST(first != bench.card.rnd_ifd);
}

BOOST_AUTO_TEST_CASE(a_card_with_a_wrong_cryptogram_gets_no_channel_and_loses_the_one_it_had) {
    Bench bench;
    BOOST_REQUIRE(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::S_OK_);
    bench.card.genuine = false;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == hr::card_not_authenticated);
    BOOST_TEST(bench.channel.secure_channel() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_card_that_refuses_keeps_the_channel_as_it_is) {
    Bench bench;
    bench.card.refuses = 0x63C1;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == hr::security_violation);
    BOOST_TEST(bench.channel.secure_channel() == nullptr);
    bench.card.refuses = 0;
    BOOST_REQUIRE(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == Hresult::S_OK_);
    const SecureChannel* const present = bench.channel.secure_channel();
    bench.card.refuses = 0x6983;
    BOOST_TEST(bench.auth->APP_Auth(AuthAlgorithm::aes, bench.parameters, {}) == hr::no_access);
    BOOST_TEST(bench.channel.secure_channel() == present);
}

BOOST_AUTO_TEST_CASE(the_users_key_opens_a_channel_as_well) {
    Bench bench;
    bench.parameters.key.clear();
    BOOST_TEST(bench.auth->User_Auth(AuthAlgorithm::aes, bench.parameters, bench.card.key) == Hresult::S_OK_);
    BOOST_TEST(bench.channel.secure_channel() != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
