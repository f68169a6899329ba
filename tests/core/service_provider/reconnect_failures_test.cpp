#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <ostream>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_resource_manager.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;

namespace {

constexpr AttachOptions as_attached{ShareMode::shared, resource_manager::protocol_t1};

/// A state in which Reconnect goes another way than in the others.
struct Way {
    const char* name;
    AttachOptions options;
    std::function<void(ProgrammedResourceManager&, ISCardManage&)> prepare;
    AttachOptions asked = options;
    Disposition how = Disposition::leave;
};
std::ostream& operator<<(std::ostream& out, const Way& way) {
    return out << way.name;
}

void is_pending(ProgrammedResourceManager& manager, Code code) {
    manager.statuses = {ProgrammedResourceManager::failing(code)};
}
void exchange_fails(ProgrammedResourceManager& manager, ISCardManage& card) {
    manager.transmits = {Code::not_transacted, Code::not_transacted};
    iso7816::Bytes response;
    card.Transmit(iso7816::Bytes(5), response);
}
void nothing(ProgrammedResourceManager&, ISCardManage&) {}

const AttachOptions exclusively{ShareMode::exclusive, resource_manager::protocol_t1};
const AttachOptions directly{ShareMode::direct, 0};

const std::vector<Way> ways{
    {"nothing has happened", as_attached, nothing},
    {"the card was removed", as_attached, [](auto& manager, auto&) { is_pending(manager, Code::removed_card); }},
    {"it holds transactions", as_attached,
     [](auto& manager, auto& card) {
         card.SCardLock();
         card.SCardLock();
         is_pending(manager, Code::reset_card);
     }},
    {"an exchange has failed", as_attached, [](auto& manager, auto& card) { exchange_fails(manager, card); }},
    {"the reader is believed empty", as_attached,
     [](auto& manager, auto&) {
         is_pending(manager, Code::reset_card);
         manager.connects = {{Code::no_smartcard, {}, 0}};
         manager.icc_presence = 2;
     }},
    {"the card does not answer", as_attached,
     [](auto& manager, auto&) {
         manager.reconnects = {{Code::unresponsive_card, 0}};
     }},
    {"removed in exclusive use", exclusively, [](auto& manager, auto&) { is_pending(manager, Code::removed_card); }},
    {"from exclusive to shared", exclusively, nothing, as_attached},
    {"from shared to exclusive, reset", as_attached, nothing, exclusively, Disposition::reset},
    {"directly, empty", directly,
     [](auto& manager, auto&) {
         manager.reconnects = {{Code::no_smartcard, 0}};
     }},
    {"the handle is dead", as_attached, [](auto& manager, auto&) { is_pending(manager, Code::invalid_handle); }},
    {"the handle is dead, unpower", as_attached,
     [](auto& manager, auto&) { is_pending(manager, Code::invalid_handle); }, as_attached, Disposition::unpower},
    {"the reader is back under another number", as_attached,
     [](auto& manager, auto&) {
         is_pending(manager, Code::invalid_handle);
         manager.connects = {{Code::unknown_reader, {}, 0}};
         manager.readers = {"Lab 07 00"};
     }},
    {"the resource manager was restarted", as_attached,
     [](auto& manager, auto& card) {
         exchange_fails(manager, card);
         is_pending(manager, Code::no_service);
         manager.connects = {{Code::no_service, {}, 0}};
     }},
};

constexpr Code failures[]{
    Code::internal_error,     Code::cancelled,         Code::invalid_handle,    Code::no_memory,
    Code::unknown_reader,     Code::timeout,           Code::sharing_violation, Code::no_smartcard,
    Code::proto_mismatch,     Code::invalid_value,     Code::comm_error,        Code::not_transacted,
    Code::reader_unavailable, Code::no_service,        Code::service_stopped,   Code::unsupported_feature,
    Code::server_too_busy,    Code::unresponsive_card, Code::unpowered_card,    Code::reset_card,
    Code::removed_card,       Code::not_yet,
};

struct Bench {
    explicit Bench(const Way& way) {
        manager.readers = {"Lab 00 00"};
        BOOST_REQUIRE(card->AttachByIFD("Lab 00 00", way.options) == Hresult::S_OK_);
        manager.calls();
        way.prepare(manager, *card);
        manager.calls();
    }
    Hresult reconnect(const Way& way) { return card->Reconnect(way.asked.share, way.asked.protocols, way.how); }

    ProgrammedResourceManager manager;
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager);
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_reconnect_failures)

/// Whatever fails, at whichever call, and be it memory: the object is attached as it was, and the next Reconnect, with
/// nothing in its way, succeeds.
BOOST_DATA_TEST_CASE(after_any_failure_of_any_call_the_object_is_attached_as_it_was_and_reconnects, data::make(ways)) {
    const Way& way = sample;
    std::size_t steps = 0;
    {
        Bench bench(way);
        BOOST_REQUIRE(bench.reconnect(way) == Hresult::S_OK_);
        steps = bench.manager.calls().size();
    }
    for (std::size_t step = 0; step < steps; ++step) {
        for (const Code failure : failures) {
            Bench bench(way);
            bench.manager.fails_after = static_cast<int>(step);
            bench.manager.failure = failure;
            const Hresult result = bench.reconnect(way);
            const Calls made = bench.manager.calls();
            bench.manager.fails_after.reset();
            BOOST_TEST_CONTEXT(resource_manager::name(failure) << " at " << made.at(std::min(step, made.size() - 1))) {
                BOOST_TEST(bench.card->attached());
                if (failure == Code::no_memory) {
                    BOOST_TEST((result == Hresult::E_OUTOFMEMORY_ || result == Hresult::S_OK_));
                }
                if (result != Hresult::S_OK_) {
                    // What was queued for the first Reconnect is gone; nothing else is wrong any more.
                    bench.manager.statuses.clear();
                    bench.manager.connects.clear();
                    bench.manager.reconnects.clear();
                    bench.manager.transmits.clear();
                    bench.manager.readers.push_back("Lab 00 00");
                    BOOST_TEST(bench.card->Reconnect() == Hresult::S_OK_);
                    const Calls calls = bench.manager.calls();
                    const std::string share = std::to_string(static_cast<int>(way.options.share));
                    const std::string as_it_was = " " + share + " " + std::to_string(way.options.protocols);
                    BOOST_TEST(std::ranges::any_of(
                        calls, [&](const std::string& call) { return call.find(as_it_was) != std::string::npos; }));
                    BOOST_TEST(bench.card->Reconnect() == Hresult::S_OK_);
                }
                BOOST_TEST(bench.card->Detach() == Hresult::S_OK_);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
