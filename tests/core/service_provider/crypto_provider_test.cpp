#include "core/service_provider/crypto_provider.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/core/service_provider/card_bench.h"
#include "tests/core/service_provider/programmed_channel.h"
#include "tests/fakes/no_ciphers.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using iso7816::Bytes;

namespace {

std::unique_ptr<ICardCryptoProvider> provider_on(CardChannel& channel) {
    std::unique_ptr<CardInterface> created;
    BOOST_REQUIRE_EQUAL(make_crypto_provider(channel, {}, &created), Hresult::S_OK_);
    return std::unique_ptr<ICardCryptoProvider>(dynamic_cast<ICardCryptoProvider*>(created.release()));
}

struct OnChannel {
    ProgrammedChannel channel;
    std::unique_ptr<ICardCryptoProvider> crypto = provider_on(channel);
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_crypto_provider)

// ISO/IEC 7816-4 clause 11.5.3
BOOST_DATA_TEST_CASE(random_bytes_are_the_cards_whatever_their_number, data::make(each_protocol), protocol) {
    CardBench bench(fakes::command_card(), protocol);
    std::unique_ptr<CardInterface> created;
    BOOST_REQUIRE(bench.alice->CreateInterface({}, "CryptoProvider", {}, &created) == Hresult::S_OK_);
    auto& crypto = dynamic_cast<ICardCryptoProvider&>(*created);
    for (const std::uint32_t length : {1U, 255U, 256U, 1000U}) {
        Bytes first, second;
        BOOST_TEST(crypto.Random(length, &first) == Hresult::S_OK_);
        BOOST_TEST(crypto.Random(length, &second) == Hresult::S_OK_);
        BOOST_TEST(first.size() == length);
        BOOST_TEST((length == 1 || first != second));
    }
    BOOST_REQUIRE(bench.alice->Detach() == Hresult::S_OK_);
    Bytes output{5};
    BOOST_TEST(crypto.Random(8, &output) == hr::invalid_handle);
    BOOST_TEST(output == Bytes{5}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(random_bytes_come_in_short_commands_under_one_hold, OnChannel) {
    channel.card = [](const iso7816::CommandApdu& command) {
        Bytes response(command.ne, 0x5A);
        response.insert(response.end(), {0x90, 0x00});
        return ProgrammedChannel::Answer{Hresult::S_OK_, response};
    };
    Bytes random;
    BOOST_TEST(crypto->Random(300, &random) == Hresult::S_OK_);
    BOOST_TEST(channel.calls() == (std::vector<std::string>{"begin", "00 84 00 00 FF", "00 84 00 00 2D", "end"}),
               boost::test_tools::per_element());
    BOOST_TEST(random == Bytes(300, 0x5A), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_card_without_random_bytes_leaves_the_output, OnChannel) {
    Bytes random{1, 2};
    channel.answer({0x6D, 0x00});
    BOOST_TEST(crypto->Random(8, &random) == Hresult::E_NOTIMPL_);
    channel.answer({1, 2, 3, 0x90, 0x00});
    BOOST_TEST(crypto->Random(8, &random) == Hresult::E_FAIL_);
    channel.answers.push_back({hr::removed_card, {}});
    BOOST_TEST(crypto->Random(8, &random) == hr::removed_card);
    channel.begun = Hresult::E_PENDING_;
    BOOST_TEST(crypto->Random(8, &random) == Hresult::E_PENDING_);
    channel.calls();
    BOOST_TEST(crypto->Random(0, &random) == Hresult::E_INVALIDARG_);
    BOOST_TEST(crypto->Random(65'537, &random) == Hresult::E_INVALIDARG_);
    BOOST_TEST(crypto->Random(8, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(channel.calls().empty());
    BOOST_TEST(channel.holds() == 0);
    BOOST_TEST(random == (Bytes{1, 2}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_ciphers_need_no_card, OnChannel) {
    // NIST SP 800-38A F.2.1 (first block), RFC 4493 clause 4 (example 2)
    const Bytes key = fakes::hex("2B7E151628AED2A6ABF7158809CF4F3C");
    const Bytes plain = fakes::hex("6BC1BEE22E409F96E93D7E117393172A");
    const Bytes start = fakes::counting(16);
    Bytes output;
    BOOST_TEST(crypto->Encipher(AuthAlgorithm::aes, key, start, plain, &output) == Hresult::S_OK_);
    BOOST_TEST(iso7816::to_hex(output, '\0') == "7649ABAC8119B246CEE98E9B12E9197D");
    BOOST_TEST(crypto->Decipher(AuthAlgorithm::aes, key, start, output, &output) == Hresult::S_OK_);
    BOOST_TEST(output == plain, boost::test_tools::per_element());
    BOOST_TEST(crypto->Mac(key, plain, &output) == Hresult::S_OK_);
    BOOST_TEST(iso7816::to_hex(output, '\0') == "070A16B46B4D4144F79BDD9DD04A287C");
    BOOST_TEST(channel.calls().empty());
}

BOOST_FIXTURE_TEST_CASE(a_cipher_that_cannot_be_computed_is_e_fail, OnChannel) {
    const Bytes key(16), block(16);
    Bytes output{7};
    const fakes::NoCiphers none;
    BOOST_TEST(crypto->Encipher(AuthAlgorithm::aes, key, {}, block, &output) == Hresult::E_FAIL_);
    BOOST_TEST(crypto->Decipher(AuthAlgorithm::aes, key, {}, block, &output) == Hresult::E_FAIL_);
    BOOST_TEST(crypto->Mac(key, block, &output) == Hresult::E_FAIL_);
    BOOST_TEST(output == Bytes{7}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_does_not_fit_a_cipher_is_e_invalidarg, OnChannel) {
    const Bytes key(16), block(16);
    Bytes output{7};
    const auto both = [&](AuthAlgorithm algorithm, const Bytes& with, const Bytes& start, const Bytes& text) {
        BOOST_TEST(crypto->Encipher(algorithm, with, start, text, &output) == Hresult::E_INVALIDARG_);
        BOOST_TEST(crypto->Decipher(algorithm, with, start, text, &output) == Hresult::E_INVALIDARG_);
    };
    both(AuthAlgorithm{9}, key, {}, block);
    both(AuthAlgorithm::aes, Bytes(15), {}, block);
    both(AuthAlgorithm::tdes, Bytes(32), {}, block);
    both(AuthAlgorithm::aes, key, Bytes(8), block);
    both(AuthAlgorithm::aes, key, {}, Bytes(17));
    both(AuthAlgorithm::aes, key, {}, {});
    BOOST_TEST(crypto->Mac(Bytes(8), block, &output) == Hresult::E_INVALIDARG_);
    BOOST_TEST(output == Bytes{7}, boost::test_tools::per_element());
    BOOST_TEST(crypto->Encipher(AuthAlgorithm::aes, key, {}, block, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(crypto->Decipher(AuthAlgorithm::aes, key, {}, block, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(crypto->Mac(key, block, nullptr) == Hresult::E_POINTER_);
}

BOOST_AUTO_TEST_SUITE_END()
