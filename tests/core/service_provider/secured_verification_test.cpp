#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "core/service_provider/iscard_auth.h"
#include "core/service_provider/iscard_verify.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/fakes/secure_card.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using fakes::text;
using iso7816::Bytes;

namespace {

constexpr VerifyFlags secured = SC_FL_IHV_SECURE_MESSAGING;
const std::uint8_t key_references[] = {3, 4, 5};

struct Bench : CardBench {
    explicit Bench(resource_manager::Protocols preferred = resource_manager::protocol_t1)
        : CardBench(fakes::secure_card(), preferred) {
        BOOST_REQUIRE_EQUAL(alice->CreateCHVerification(&chv), Hresult::S_OK_);
        BOOST_REQUIRE_EQUAL(alice->CreateCardAuth(&auth), Hresult::S_OK_);
    }
    static Hresult open_channel(ISCardAuth& by, std::uint8_t reference) {
        AuthParameters parameters;
        parameters.reference = reference;
        parameters.secure_messaging = true;
        for (const icc::KeyProfile& key : fakes::secure_card().keys) {
            if (key.reference == reference) {
                parameters.key = key.value;
            }
        }
        return by.APP_Auth(AuthAlgorithm::aes, parameters, {});
    }
    Hresult open_channel(std::uint8_t reference = 3) { return open_channel(*auth, reference); }
    /// Whether the card has seen those bytes at its contacts.
    bool saw(const Bytes& bytes) const {
        const icc::ContactLog& log = card.log();
        return std::ranges::any_of(log.entries(), [&](const icc::ContactLog::Entry& entry) {
            const iso7816::ByteView seen = log.bytes(entry);
            return std::search(seen.begin(), seen.end(), bytes.begin(), bytes.end()) != seen.end();
        });
    }

    std::unique_ptr<ISCardVerify> chv;
    std::unique_ptr<ISCardAuth> auth;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_secured_verification)

BOOST_DATA_TEST_CASE(codes_go_to_the_card_enciphered, data::make(key_references) * data::make(each_protocol), reference,
                     protocol) {
    Bench bench(protocol);
    BOOST_REQUIRE(bench.open_channel(reference) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), secured, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.run("00 20 00 01") == "90 00");
    BOOST_TEST(bench.chv->ChangeCode(text("1234"), text("55555"), secured, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->ChangeCode(text("55555"), {}, secured | SC_FL_IHV_DISABLE, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->ChangeCode(text("55555"), {}, secured | SC_FL_IHV_ENABLE, 1) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Unblock(text("99999999"), text("666666"), secured, 1) == Hresult::S_OK_);
    for (const char* const code : {"1234", "55555", "99999999", "666666"}) {
        BOOST_TEST(!bench.saw(text(code)), code);
    }
    BOOST_TEST(bench.chv->Verify(text("666666"), 0, 1) == Hresult::S_OK_);  // plain commands are still allowed
    BOOST_TEST(bench.saw(text("666666")));
}

BOOST_DATA_TEST_CASE(a_wrong_code_under_protection_costs_a_try_and_keeps_the_channel, data::make(each_protocol),
                     protocol) {
    Bench bench(protocol);
    BOOST_REQUIRE(bench.open_channel() == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("0000"), secured, 1) == hr::wrong_chv);
    BOOST_TEST(bench.chv->tries_left() == 2);
    BOOST_TEST(bench.chv->Verify(text("1234"), secured, 9) == hr::invalid_chv);
    BOOST_TEST(bench.chv->Verify(text("1234"), secured, 1) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(without_a_channel_no_code_goes_out) {
    Bench bench;
    BOOST_TEST(bench.chv->Verify(text("1234"), secured, 1) == hr::card_not_authenticated);
    BOOST_REQUIRE(bench.open_channel() == Hresult::S_OK_);
    BOOST_REQUIRE(bench.alice->Reconnect(resource_manager::ShareMode::shared, bench.protocols,
                                         resource_manager::Disposition::reset) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), secured, 1) == hr::card_not_authenticated);
    BOOST_TEST(!bench.saw(text("1234")));
    BOOST_TEST(bench.run("00 20 00 01") == "63 C3");
}

BOOST_AUTO_TEST_CASE(another_applications_channel_ends_ours_and_costs_no_try) {
    Bench bench;
    const auto bob = bench.application();
    std::unique_ptr<ISCardAuth> of_bob;
    BOOST_REQUIRE(bob->CreateCardAuth(&of_bob) == Hresult::S_OK_);
    BOOST_REQUIRE(bench.open_channel() == Hresult::S_OK_);
    BOOST_REQUIRE(Bench::open_channel(*of_bob, 4) == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), secured, 1) == hr::security_violation);
    BOOST_TEST(bench.chv->Verify(text("1234"), secured, 1) == hr::card_not_authenticated);
    BOOST_TEST(bench.run("00 20 00 01") == "63 C3");
    BOOST_REQUIRE(bench.open_channel() == Hresult::S_OK_);
    BOOST_TEST(bench.chv->Verify(text("1234"), secured, 1) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_SUITE_END()
