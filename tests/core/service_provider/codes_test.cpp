// Every method of ISCardManage with every code that its header documents, each really answered.
#include <boost/test/unit_test.hpp>
#include <functional>

#include "core/service_provider/iscard_manage.h"
#include "tests/core/service_provider/card_bench.h"
#include "tests/core/service_provider/documented_codes.h"
#include "tests/core/service_provider/manage_methods.h"
#include "tests/core/service_provider/printing.h"
#include "tests/core/service_provider/programmed_resource_manager.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;

namespace {

/// A programmed resource manager and an object on it.
struct Desk {
    ProgrammedResourceManager manager;
    std::unique_ptr<ISCardManage> card = make_iscard_manage(manager, own_context);

    explicit Desk(bool attached = true) {
        if (attached) {
            BOOST_REQUIRE(card->AttachByIFD("Lab 00 00") == Hresult::S_OK_);
        }
    }
    /// Every verb answers that code from now on.
    void answer(Code code) {
        for (int i = 0; i < 8; ++i) {
            manager.connects.push_back({code, {}, 0});
            manager.reconnects.push_back({code, 0});
            manager.statuses.push_back(ProgrammedResourceManager::failing(code));
            for (auto* queue :
                 {&manager.disconnects, &manager.begins, &manager.ends, &manager.transmits, &manager.lists}) {
                queue->push_back(code);
            }
        }
    }
};

/// An application on the emulated card, shared, and another one.
struct TwoOnACard : CardBench {
    std::unique_ptr<ISCardManage> bob = application();
    explicit TwoOnACard(icc::Profile profile = fakes::command_card()) : CardBench(std::move(profile)) {}

    /// Makes a call until it is no longer E_PENDING, while time passes.
    Hresult wait(const std::function<Hresult()>& call) {
        Hresult result = call();
        for (int i = 0; i < 4'000 && result == Hresult::E_PENDING_; ++i) {
            clock.advance(resource_manager::ResourceManager::retry_after);
            manager.run_due();
            result = call();
        }
        return result;
    }
};

const Method& method_named(std::string_view name) {
    for (const Method& method : manage_methods()) {
        if (method.name == name) {
            return method;
        }
    }
    throw std::logic_error(std::string(name));
}

/// One documented code of one method, and how it comes about.
struct Row {
    const char* method;
    const char* code;
    std::function<Hresult()> provoke;
};

const auto shared = ShareMode::shared;
const auto exclusive = ShareMode::exclusive;
const auto leave = Disposition::leave;
const Disposition unknown_disposition{9};

std::vector<Row> attach_rows() {
    return {
        {"AttachByHandle", "E_INVALIDARG", [] { return Desk(false).card->AttachByHandle(Handle{}); }},
        {"AttachByHandle", "E_FAIL", [] { return Desk().card->AttachByHandle(Handle{100}); }},
        {"AttachByHandle", "SCARD_E_NO_SERVICE",
         [] {
             Desk desk(false);
             desk.answer(Code::no_service);
             return desk.card->AttachByHandle(Handle{100});
         }},
        {"AttachByIFD", "E_INVALIDARG",
         [] {
             Desk desk(false);
             desk.answer(Code::unknown_reader);
             return desk.card->AttachByIFD("Lab 07 00");
         }},
        {"AttachByIFD", "E_FAIL", [] { return Desk().card->AttachByIFD("Lab 00 00"); }},
        {"Detach", "E_INVALIDARG", [] { return Desk().card->Detach(unknown_disposition); }},
        {"SCardUnlock", "E_INVALIDARG", [] { return Desk().card->SCardUnlock(unknown_disposition); }},
        {"Status", "E_POINTER",
         [] {
             Protocols protocols = 0;
             return Desk().card->Status(nullptr, &protocols);
         }},
        {"Transmit", "SCARD_W_REMOVED_CARD",
         [] {
             Desk desk;
             desk.manager.response = {0x90};  // a success without SW1SW2
             iso7816::Bytes response;
             return desk.card->Transmit(iso7816::Bytes{0, 0xB0, 0, 0}, response);
         }},
        {"CreateFileAccess", "E_POINTER", [] { return Desk().card->CreateFileAccess(nullptr); }},
        {"CreateCardAuth", "E_POINTER", [] { return Desk().card->CreateCardAuth(nullptr); }},
        {"CreateCHVerification", "E_POINTER", [] { return Desk().card->CreateCHVerification(nullptr); }},
        {"CreateInterface", "E_INVALIDARG",
         [] {
             std::unique_ptr<CardInterface> created;
             return Desk().card->CreateInterface(std::nullopt, "Unknown", {}, &created);
         }},
        {"CreateEvents", "SCARD_E_READER_UNAVAILABLE",
         [] {  // nothing has told which reader the borrowed handle is of
             Desk desk(false);
             desk.manager.statuses.push_back(ProgrammedResourceManager::failing(Code::reset_card));
             BOOST_REQUIRE_EQUAL(desk.card->AttachByHandle(Handle{100}), Hresult::S_OK_);
             std::unique_ptr<CardEvents> created;
             return desk.card->CreateEvents(&created);
         }},
        {"SetBounds", "E_INVALIDARG",
         [] {
             return Desk().card->SetBounds({std::chrono::seconds(1), {}});
         }},
    };
}

std::vector<Row> reconnect_rows() {
    return {
        {"Reconnect", "SCARD_E_NO_SMARTCARD",
         [] {
             CardBench bench;
             bench.reader.remove();
             return bench.alice->Reconnect();
         }},
        {"Reconnect", "SCARD_W_UNRESPONSIVE_CARD",
         [] {
             CardBench bench;
             bench.card.set_mute(true);
             return bench.alice->Reconnect(shared, t0_or_t1, Disposition::unpower);
         }},
        {"Reconnect", "SCARD_E_PROTO_MISMATCH",
         [] {
             CardBench bench;
             return bench.alice->Reconnect(shared, resource_manager::protocol_t0, leave);  // T=1 is in force
         }},
        {"Reconnect", "SCARD_E_SHARING_VIOLATION",
         [] {
             TwoOnACard bench;
             return bench.wait([&] { return bench.alice->Reconnect(exclusive, t0_or_t1, leave); });
         }},
        {"Reconnect", "SCARD_E_INVALID_VALUE",
         [] { return CardBench().alice->Reconnect(shared, t0_or_t1, Disposition::eject); }},
        {"Reconnect", "SCARD_E_READER_UNAVAILABLE",
         [] {
             CardBench bench;
             bench.manager.remove_reader(bench.name);
             return bench.alice->Reconnect();
         }},
        {"Reconnect", "SCARD_E_NO_SERVICE",
         [] {
             CardBench bench;
             bench.manager.stop();
             return bench.alice->Reconnect();
         }},
        {"Reconnect", "SCARD_E_INVALID_HANDLE",
         [] {  // its owner has given the handle back
             CardBench bench;
             const auto borrower = make_iscard_manage(bench.manager);
             BOOST_REQUIRE_EQUAL(borrower->AttachByHandle(bench.alice->handle()), Hresult::S_OK_);
             bench.alice->Detach();
             return borrower->Reconnect();
         }},
        {"Reconnect", "SCARD_F_COMM_ERROR",
         [] {
             Desk desk(false);
             BOOST_REQUIRE_EQUAL(desk.card->AttachByHandle(Handle{100}), Hresult::S_OK_);
             desk.answer(Code::comm_error);
             return desk.card->Reconnect();
         }},
    };
}

/// Success of each method, and what each answers when nothing is attached, when memory runs out, when it would wait.
std::vector<Row> common_rows() {
    std::vector<Row> rows;
    for (const Method& method : manage_methods()) {
        rows.push_back({method.name, "S_OK", [&method] {
                            const Desk desk(!method.attaches);
                            return method.call(*desk.card);
                        }});
        if (!method.attaches && method.needs_attachment) {
            rows.push_back({method.name, "SCARD_E_INVALID_HANDLE", [&method] {
                                const Desk desk(false);
                                return method.call(*desk.card);
                            }});
        }
        if (method.verb != nullptr) {
            rows.push_back({method.name, "E_OUTOFMEMORY", [&method] {
                                Desk desk(!method.attaches);
                                desk.manager.memory_runs_out_at[method.verb] = 0;
                                return method.call(*desk.card);
                            }});
            rows.push_back({method.name, "E_PENDING", [&method] {
                                Desk desk(!method.attaches);
                                desk.answer(Code::not_yet);
                                return method.call(*desk.card);
                            }});
        }
    }
    return rows;
}

std::vector<Row> all_rows() {
    std::vector<Row> rows = common_rows();
    for (auto part : {attach_rows(), reconnect_rows()}) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
}

const std::filesystem::path headers = std::filesystem::path(SCARDLAB_SOURCE_DIR) / "core/service_provider";

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_codes)

BOOST_AUTO_TEST_CASE(every_code_of_the_table_is_answered) {
    for (const Row& row : all_rows()) {
        BOOST_TEST_CONTEXT(row.method << " " << row.code) {
            BOOST_TEST(name(row.provoke()) == row.code);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_table_has_every_method_and_every_code_of_the_header) {
    std::map<std::string, std::set<std::string>> in_table;
    for (const Row& row : all_rows()) {
        in_table[row.method].insert(row.code);
    }
    // E_OUTOFMEMORY where no verb of the resource manager is made: allocation_failure_test.cpp.
    for (const auto& [method, codes] : documented_codes(headers / "iscard_manage.h", "ISCardManage")) {
        BOOST_TEST_CONTEXT(method) {
            BOOST_TEST(in_table.contains(method));
            for (const std::string& code : codes) {
                BOOST_TEST((in_table[method].contains(code) || code == "E_OUTOFMEMORY"), code);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_method_answers_every_code_of_its_verb) {
    for (std::uint32_t number = 0x8010'0001; number <= 0x8010'0069; ++number) {
        const Code code{number};
        if (resource_manager::name(code).empty()) {
            continue;
        }
        for (const char* method : {"SCardLock", "SCardUnlock", "Status", "Transmit", "Atr"}) {
            Desk desk;
            desk.answer(code);
            BOOST_TEST_CONTEXT(method << " " << resource_manager::name(code)) {
                BOOST_TEST(method_named(method).call(*desk.card) == from_code(code));
                BOOST_TEST(desk.card->attached());
            }
        }
        Desk desk(false);
        desk.answer(code);
        const Hresult expected = code == Code::unknown_reader ? Hresult::E_INVALIDARG_ : from_code(code);
        BOOST_TEST_CONTEXT("AttachByIFD " << resource_manager::name(code)) {
            BOOST_TEST(desk.card->AttachByIFD("Lab 00 00") == expected);
            BOOST_TEST(!desk.card->attached());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_bound_that_passes_tells_what_was_waited_for) {
    TwoOnACard bench;
    BOOST_REQUIRE(bench.bob->SCardLock() == Hresult::S_OK_);
    const auto sharing_violation = from_code(Code::sharing_violation);
    for (const char* method : {"Reconnect", "SCardLock", "Transmit", "Status"}) {
        BOOST_TEST_CONTEXT(method) {
            const auto before = bench.clock.now();
            BOOST_REQUIRE(bench.alice->SetBounds({std::chrono::seconds(2), std::chrono::seconds(2)}) == Hresult::S_OK_);
            BOOST_TEST(bench.wait([&] { return method_named(method).call(*bench.alice); }) == sharing_violation);
            BOOST_TEST((bench.clock.now() - before >= std::chrono::seconds(2)));
            BOOST_TEST((bench.clock.now() - before < std::chrono::seconds(3)));
            BOOST_TEST(bench.alice->attached());
        }
    }
    bench.manager.freeze();
    for (const char* method : {"Reconnect", "SCardLock", "Transmit", "Status"}) {
        BOOST_TEST_CONTEXT(method << " of a resource manager that does not answer") {
            BOOST_TEST(bench.wait([&] { return method_named(method).call(*bench.alice); }) ==
                       from_code(Code::server_too_busy));
        }
    }
    bench.manager.thaw();
    BOOST_REQUIRE(bench.bob->SCardUnlock(leave) == Hresult::S_OK_);
    BOOST_TEST(bench.wait([&] { return bench.alice->Reconnect(); }) == Hresult::S_OK_);
}

BOOST_AUTO_TEST_CASE(a_null_output_of_any_interface_is_e_pointer) {
    CardBench bench;
    ISCardManage& card = *bench.alice;
    CardState state{};
    Protocols protocols = 0;
    const Hresult pointer = Hresult::E_POINTER_;
    BOOST_TEST(card.Status(nullptr, &protocols) == pointer);
    BOOST_TEST(card.Status(&state, nullptr) == pointer);
    BOOST_TEST(card.CreateFileAccess(nullptr) == pointer);
    BOOST_TEST(card.CreateCardAuth(nullptr) == pointer);
    BOOST_TEST(card.CreateCHVerification(nullptr) == pointer);
    BOOST_TEST(card.CreateInterface(std::nullopt, "CryptoProvider", {}, nullptr) == pointer);
    BOOST_TEST(card.CreateEvents(nullptr) == pointer);

    std::unique_ptr<ISCardFileAccess> files;
    BOOST_REQUIRE(card.CreateFileAccess(&files) == Hresult::S_OK_);
    const auto by_any = ReferenceType::SC_TYPE_BY_ANY;
    std::uint32_t count = 1;
    iso7816::Bytes data;
    FileHandle file;
    BOOST_REQUIRE(files->Open(by_any, "3F00/2F00", &file) == Hresult::S_OK_);
    BOOST_TEST(files->GetCurrentDir(nullptr) == pointer);
    BOOST_TEST(files->Directory(FileType::SC_TYPE_FILES, nullptr) == pointer);
    BOOST_TEST(files->Open(by_any, "3F00/2F00", nullptr) == pointer);
    BOOST_TEST(files->Read(file, nullptr, SC_FL_NONE, &data) == pointer);
    BOOST_TEST(files->Read(file, &count, SC_FL_NONE, nullptr) == pointer);
    BOOST_TEST(files->GetProperties(by_any, "3F00/2F00", SC_FL_NONE, nullptr) == pointer);
    BOOST_TEST(files->GetFileCapabilities(nullptr, &count, SC_FL_NONE) == pointer);
    BOOST_TEST(files->GetFileCapabilities(&data, nullptr, SC_FL_NONE) == pointer);

    std::unique_ptr<ISCardAuth> auth;
    BOOST_REQUIRE(card.CreateCardAuth(&auth) == Hresult::S_OK_);
    BOOST_TEST(auth->GetChallenge(AuthAlgorithm::aes, 0, {}, nullptr) == pointer);
    BOOST_TEST(auth->ICC_Auth(AuthAlgorithm::aes, {}, nullptr) == pointer);

    std::unique_ptr<CardEvents> events;
    BOOST_REQUIRE(card.CreateEvents(&events) == Hresult::S_OK_);
    BOOST_TEST(events->Wait(event_all, std::chrono::milliseconds(0), nullptr) == pointer);
}

BOOST_AUTO_TEST_SUITE_END()
