// Threads: the registry is used from several at a time; each case joins its own.
#include "core/service_provider/interface_registry.h"

#include <barrier>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

#include "core/service_provider/crypto_provider.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/core/service_provider/programmed_channel.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;

namespace {

constexpr Guid guid_of(std::uint8_t number) {
    Guid guid;
    guid.bytes[15] = number;
    return guid;
}

struct Purse final : CardInterface {
    explicit Purse(int currency) : currency_of(currency) {}
    int currency_of;
};

/// Wants a number as user data.
Hresult make_purse(CardChannel&, const std::any& user_data, std::unique_ptr<CardInterface>* created) {
    *created = std::make_unique<Purse>(std::any_cast<int>(user_data));
    return Hresult::S_OK_;
}

struct Fixture {
    InterfaceRegistry registry;
    ProgrammedChannel channel;
    std::unique_ptr<CardInterface> created;

    Hresult by_guid(const Guid& guid, const std::any& user_data = 978) {
        return registry.create(guid, {}, channel, user_data, &created);
    }
    Hresult by_name(std::string_view name, const std::any& user_data = 978) {
        return registry.create(std::nullopt, name, channel, user_data, &created);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_interface_registry, Fixture)

BOOST_AUTO_TEST_CASE(an_interface_is_made_by_guid_and_by_name_without_case) {
    BOOST_REQUIRE(registry.add(guid_of(1), "Purse", make_purse) == Hresult::S_OK_);
    BOOST_TEST(by_guid(guid_of(1), 756) == Hresult::S_OK_);
    BOOST_TEST(dynamic_cast<Purse&>(*created).currency_of == 756);
    for (const char* const name : {"Purse", "purse", "PURSE"}) {
        created.reset();
        BOOST_TEST(by_name(name) == Hresult::S_OK_);
        BOOST_REQUIRE(created != nullptr);
        BOOST_TEST(dynamic_cast<Purse&>(*created).currency_of == 978);
    }
}

BOOST_AUTO_TEST_CASE(the_guid_decides_when_there_is_one) {
    BOOST_REQUIRE(registry.add(guid_of(1), "Purse", make_purse) == Hresult::S_OK_);
    BOOST_TEST(registry.create(guid_of(2), "Purse", channel, 978, &created) == Hresult::E_INVALIDARG_);
    BOOST_TEST(registry.create(guid_of(1), "Anything", channel, 978, &created) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(an_unknown_interface_is_e_invalidarg_and_a_null_output_e_pointer) {
    BOOST_TEST(by_guid(guid_of(1)) == Hresult::E_INVALIDARG_);
    for (const char* const name : {"", "Purse", "CryptoProvide", "CryptoProvider "}) {
        BOOST_TEST(by_name(name) == Hresult::E_INVALIDARG_);
    }
    BOOST_TEST(registry.create(guid_of(1), "Purse", channel, {}, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(registry.create(std::nullopt, crypto_provider_name, channel, {}, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(created == nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_taken_or_empty_cannot_be_added) {
    BOOST_REQUIRE(registry.add(guid_of(1), "Purse", make_purse) == Hresult::S_OK_);
    BOOST_TEST(registry.add(guid_of(1), "Other", make_purse) == Hresult::E_INVALIDARG_);
    BOOST_TEST(registry.add(guid_of(2), "pURSE", make_purse) == Hresult::E_INVALIDARG_);
    BOOST_TEST(registry.add(guid_of(2), "cryptoprovider", make_purse) == Hresult::E_INVALIDARG_);
    BOOST_TEST(registry.add(crypto_provider_guid, "Other", make_purse) == Hresult::E_INVALIDARG_);
    BOOST_TEST(registry.add(guid_of(2), "", make_purse) == Hresult::E_INVALIDARG_);
    BOOST_TEST(registry.add(guid_of(2), "Other", nullptr) == Hresult::E_INVALIDARG_);
    BOOST_TEST(by_name("Other") == Hresult::E_INVALIDARG_);
}

BOOST_AUTO_TEST_CASE(what_is_removed_is_unknown_and_can_be_added_again) {
    BOOST_TEST(registry.remove(guid_of(1)) == Hresult::E_INVALIDARG_);
    BOOST_REQUIRE(registry.add(guid_of(1), "Purse", make_purse) == Hresult::S_OK_);
    BOOST_TEST(registry.remove(guid_of(1)) == Hresult::S_OK_);
    BOOST_TEST(registry.remove(guid_of(1)) == Hresult::E_INVALIDARG_);
    BOOST_TEST(by_guid(guid_of(1)) == Hresult::E_INVALIDARG_);
    BOOST_TEST(registry.add(guid_of(2), "Purse", make_purse) == Hresult::S_OK_);
    BOOST_TEST(by_name("Purse") == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_maker_that_fails_tells_why_and_leaves_the_output) {
    struct Row {
        const char* name;
        InterfaceMaker maker;
        Hresult expected;
    };
    const Row rows[] = {
        {"Answers",
         [](CardChannel&, const std::any&, std::unique_ptr<CardInterface>* made) {
             *made = std::make_unique<Purse>(1);
             return hr::no_access;
         },
         hr::no_access},
        {"Nothing", [](CardChannel&, const std::any&, std::unique_ptr<CardInterface>*) { return Hresult::S_OK_; },
         Hresult::E_FAIL_},
        {"Memory",
         [](CardChannel&, const std::any&, std::unique_ptr<CardInterface>*) -> Hresult { throw std::bad_alloc(); },
         Hresult::E_OUTOFMEMORY_},
        {"Other", [](CardChannel&, const std::any&, std::unique_ptr<CardInterface>*) -> Hresult { throw 7; },
         Hresult::E_FAIL_},
    };
    BOOST_REQUIRE(registry.add(guid_of(1), "Purse", make_purse) == Hresult::S_OK_);
    BOOST_REQUIRE(by_name("Purse") == Hresult::S_OK_);
    const CardInterface* const before = created.get();
    std::uint8_t number = 2;
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(row.name) {
            BOOST_REQUIRE(registry.add(guid_of(number), row.name, row.maker) == Hresult::S_OK_);
            BOOST_TEST(by_name(row.name) == row.expected);
            BOOST_TEST(by_guid(guid_of(number++)) == row.expected);
            BOOST_TEST(created.get() == before);
        }
    }
    BOOST_TEST(by_name("Purse", std::string("978")) == Hresult::E_INVALIDARG_);  // user data of another type
    BOOST_TEST(by_name("Purse", {}) == Hresult::E_INVALIDARG_);
    BOOST_TEST(created.get() == before);
}

BOOST_AUTO_TEST_CASE(a_maker_may_use_the_registry) {
    const InterfaceMaker maker = [this](CardChannel& given, const std::any& user_data,
                                        std::unique_ptr<CardInterface>* made) {
        registry.remove(guid_of(1));
        return registry.create(std::nullopt, "Purse", given, user_data, made);
    };
    BOOST_REQUIRE(registry.add(guid_of(1), "Wallet", maker) == Hresult::S_OK_);
    BOOST_REQUIRE(registry.add(guid_of(2), "Purse", make_purse) == Hresult::S_OK_);
    BOOST_TEST(by_name("Wallet", 840) == Hresult::S_OK_);
    BOOST_TEST(dynamic_cast<Purse&>(*created).currency_of == 840);
    BOOST_TEST(by_name("Wallet") == Hresult::E_INVALIDARG_);
}

BOOST_AUTO_TEST_CASE(any_thread_may_add_remove_and_create) {
    constexpr unsigned threads = 4;
    constexpr unsigned rounds = 500;
    std::barrier start(threads);
    std::vector<unsigned> succeeded(threads, 0);
    std::vector<std::thread> workers;
    for (unsigned worker = 0; worker < threads; ++worker) {
        workers.emplace_back([&, worker] {
            const Guid own = guid_of(static_cast<std::uint8_t>(worker + 1));
            const std::string name = "Purse " + std::to_string(worker);
            ProgrammedChannel card;
            std::unique_ptr<CardInterface> made;
            start.arrive_and_wait();
            for (unsigned i = 0; i < rounds; ++i) {
                const bool all = registry.add(own, name, make_purse) == Hresult::S_OK_ &&
                                 registry.create(own, {}, card, static_cast<int>(i), &made) == Hresult::S_OK_ &&
                                 dynamic_cast<Purse&>(*made).currency_of == static_cast<int>(i) &&
                                 registry.create({}, crypto_provider_name, card, {}, &made) == Hresult::S_OK_ &&
                                 registry.remove(own) == Hresult::S_OK_ &&
                                 registry.create(own, {}, card, 1, &made) == Hresult::E_INVALIDARG_;
                succeeded[worker] += all ? 1U : 0U;
            }
        });
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    BOOST_TEST(succeeded == std::vector<unsigned>(threads, rounds), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_guid_is_read_with_and_without_braces) {
    const Guid expected{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xAB, 0xCD, 0xEF, 0xAB, 0xCD, 0xEF}};
    BOOST_TEST((Guid::parse("{00010203-0405-0607-0809-abcdefABCDEF}") == expected));
    BOOST_TEST((Guid::parse("00010203-0405-0607-0809-ABCDEFABCDEF") == expected));
    BOOST_TEST((Guid::parse("{8D4F1B6A-52C3-4E0B-9A77-3C5E61F0D2B4}") == crypto_provider_guid));
    for (const char* const text :
         {"", "{}", "{00010203-0405-0607-0809-ABCDEFABCDEF", "00010203-0405-0607-0809-ABCDEFABCDEF}",
          "(00010203-0405-0607-0809-ABCDEFABCDEF)", "00010203040506070809ABCDEFABCDEF",
          "00010203-0405-0607-0809-ABCDEFABCDEG", "00010203-0405-0607-0809-ABCDEFABCDE",
          "00010203-0405-0607-0809-ABCDEFABCDEFA", "000102030-405-0607-0809-ABCDEFABCDEF",
          "{{00010203-0405-0607-0809-ABCDEFABCDEF}}", "0x010203-0405-0607-0809-ABCDEFABCDEF"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST((Guid::parse(text) == std::nullopt));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_attachment_creates_what_the_process_has_registered) {
    CardBench bench;
    BOOST_REQUIRE(interfaces().add(guid_of(1), "Purse", make_purse) == Hresult::S_OK_);
    BOOST_TEST(bench.alice->CreateInterface({}, "Purse", 826, &created) == Hresult::S_OK_);
    BOOST_TEST(dynamic_cast<Purse&>(*created).currency_of == 826);
    BOOST_TEST(bench.alice->CreateInterface(guid_of(1), "", 392, &created) == Hresult::S_OK_);
    BOOST_TEST(dynamic_cast<Purse&>(*created).currency_of == 392);
    BOOST_TEST(interfaces().remove(guid_of(1)) == Hresult::S_OK_);
    BOOST_TEST(bench.alice->CreateInterface({}, "Purse", 826, &created) == Hresult::E_INVALIDARG_);
    BOOST_TEST(bench.alice->CreateInterface({}, "CryptoProvider", {}, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(bench.alice->CreateInterface({}, "CryptoProvider", {}, &created) == Hresult::S_OK_);
    BOOST_TEST(dynamic_cast<ICardCryptoProvider*>(created.get()) != nullptr);
    BOOST_REQUIRE(bench.alice->Detach() == Hresult::S_OK_);
    BOOST_TEST(bench.alice->CreateInterface({}, "CryptoProvider", {}, nullptr) == hr::invalid_handle);
    BOOST_TEST(bench.alice->CreateCardAuth(nullptr) == hr::invalid_handle);
    BOOST_TEST(bench.alice->CreateCHVerification(nullptr) == hr::invalid_handle);
    BOOST_REQUIRE(bench.alice->AttachByIFD(bench.name) == Hresult::S_OK_);
    BOOST_TEST(bench.alice->CreateCardAuth(nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(bench.alice->CreateCHVerification(nullptr) == Hresult::E_POINTER_);
}

BOOST_AUTO_TEST_SUITE_END()
