// Every method of ISCardFileAccess with every code: what the card answers, what the attachment does, what the arguments
// are.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/core/service_provider/scripted_card.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using fakes::hex;

namespace {

constexpr auto by_any = ReferenceType::SC_TYPE_BY_ANY;
constexpr Hresult ok = Hresult::S_OK_;

/// Outputs with values that a failure must leave.
struct Outputs {
    std::string path = "untouched";
    std::vector<std::string> list{"untouched"};
    FileHandle handle{99};
    std::uint32_t count = 8;
    iso7816::Bytes bytes;

    bool untouched() const {
        return path == "untouched" && list.size() == 1 && list[0] == "untouched" && handle.value == 99 && count == 8 &&
               bytes.empty();
    }
};

struct Desk : ScriptedCard {
    Desk() : ScriptedCard(plain_card()) {
        first("00 CA 01 E0", "46 49 4C 53 6F 01 01 00 90 00");
        first("00 CA 01 E1", "6A 88");
        channel.answer_to_reset = hex("3B 85 80 01 80 73 F7 41 DB 9B");
        BOOST_REQUIRE(files->Open(by_any, "6F01", &file) == ok);
        BOOST_REQUIRE(files->Open(by_any, "6F02", &records) == ok);
        BOOST_REQUIRE(files->Open(by_any, "6F03", &cyclic) == ok);
    }
    Desk(const Desk&) = delete;

    std::unique_ptr<ISCardFileAccess> files = make_iscard_file_access(channel);
    FileHandle file, records, cyclic;
};

struct Method {
    const char* name;
    std::function<Hresult(Desk&, Outputs&)> call;
};
std::ostream& operator<<(std::ostream& out, const Method& method) {
    return out << method.name;
}

const iso7816::Bytes wanted_tag{0x82, 0x00}, parameters{0x82, 0x01, 0x01, 0x80, 0x01, 0x02}, object{0xC0, 0x01, 0x07},
    two_bytes{1, 2};

const Method methods[] = {
    {"ChangeDir", [](Desk& desk, Outputs&) { return desk.files->ChangeDir(by_any, "7F10"); }},
    {"GetCurrentDir", [](Desk& desk, Outputs& out) { return desk.files->GetCurrentDir(&out.path); }},
    {"Directory",
     [](Desk& desk, Outputs& out) { return desk.files->Directory(FileType::SC_TYPE_ALL_FILES, &out.list); }},
    {"Open", [](Desk& desk, Outputs& out) { return desk.files->Open(by_any, "6F01", &out.handle); }},
    {"Seek", [](Desk& desk, Outputs&) { return desk.files->Seek(desk.file, SeekFrom::SC_SEEK_FROM_BEGINNING, 0); }},
    {"Seek in records",
     [](Desk& desk, Outputs&) { return desk.files->Seek(desk.records, SeekFrom::SC_SEEK_FROM_END, -3); }},
    {"Read", [](Desk& desk, Outputs& out) { return desk.files->Read(desk.file, &out.count, 0, &out.bytes); }},
    {"Read of records",
     [](Desk& desk, Outputs& out) { return desk.files->Read(desk.records, &out.count, 0, &out.bytes); }},
    {"Write", [](Desk& desk, Outputs&) { return desk.files->Write(desk.file, two_bytes, 0, nullptr); }},
    {"Write of a record", [](Desk& desk, Outputs&) { return desk.files->Write(desk.records, two_bytes, 0, nullptr); }},
    {"Write to a cycle", [](Desk& desk, Outputs&) { return desk.files->Write(desk.cyclic, two_bytes, 0, nullptr); }},
    {"Create", [](Desk& desk, Outputs&) { return desk.files->Create(by_any, "6F09", parameters, 0, {}); }},
    {"Delete", [](Desk& desk, Outputs&) { return desk.files->Delete(by_any, "6F01", 0); }},
    {"Invalidate", [](Desk& desk, Outputs&) { return desk.files->Invalidate(by_any, "6F01", 0); }},
    {"Rehabilitate", [](Desk& desk, Outputs&) { return desk.files->Rehabilitate(by_any, "6F01", 0); }},
    {"GetProperties",
     [](Desk& desk, Outputs& out) { return desk.files->GetProperties(by_any, "6F01", 0, &out.bytes); }},
    {"SetProperties", [](Desk& desk, Outputs&) { return desk.files->SetProperties(by_any, "7F10", 0, object); }},
    {"GetFileCapabilities",
     [](Desk& desk, Outputs& out) { return desk.files->GetFileCapabilities(&out.bytes, &out.count, 0); }},
};

const Method& method(std::string_view name) {
    return *std::find_if(std::begin(methods), std::end(methods), [&](const Method& each) { return name == each.name; });
}

/// What a method answers when the card answers `status` to the command that begins so.
struct Row {
    const char* method;
    const char* command;
    const char* status;
    const char* result;
};
std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << row.method << ", " << row.command << " answered " << row.status;
}

const Row rows[] = {
    {"ChangeDir", "00 A4", "6A 82", "SCARD_E_DIR_NOT_FOUND"},
    {"ChangeDir", "00 A4 08", "62 83", "S_OK"},
    {"ChangeDir", "00 A4 08", "69 81", "SCARD_E_NO_DIR"},
    {"ChangeDir", "00 A4 08", "62 07 80 02 00 08 82 01 01 90 00", "SCARD_E_NO_DIR"},
    {"ChangeDir", "00 A4 08", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"ChangeDir", "00 A4", "6D 00", "E_NOTIMPL"},
    {"GetCurrentDir", "00 A4", "6A 82", "SCARD_E_DIR_NOT_FOUND"},
    {"GetCurrentDir", "00 A4", "6F 00", "E_FAIL"},
    {"Directory", "00 A4", "6A 82", "SCARD_E_DIR_NOT_FOUND"},
    {"Directory", "00 CA", "6A 88", "E_NOTIMPL"},
    {"Directory", "00 CA", "6D 00", "E_NOTIMPL"},
    {"Directory", "00 CA 01 E1", "69 82", "E_NOTIMPL"},  // half a list is none
    {"Open", "00 A4 08", "6A 82", "SCARD_E_FILE_NOT_FOUND"},
    {"Open", "00 A4", "6A 82", "SCARD_E_DIR_NOT_FOUND"},
    {"Open", "00 A4 08", "62 07 82 01 38 83 02 6F 01 90 00", "SCARD_E_NO_FILE"},
    {"Open", "00 A4 08", "62 09 80 02 00 08 82 01 01 88 00 62 83", "S_OK"},
    {"Open", "00 A4 08", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Open", "00 A4 08", "69 81", "SCARD_E_NO_FILE"},
    {"Open", "00 A4 08", "69 85", "SCARD_E_NO_ACCESS"},
    {"Seek", "00 A4 08", "6A 82", "SCARD_E_FILE_NOT_FOUND"},
    {"Seek in records", "00 B2 03", "6A 83", "SCARD_E_BAD_SEEK"},
    {"Seek in records", "00 B2", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Read", "00 B0", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Read", "00 B0", "69 85", "SCARD_E_NO_ACCESS"},
    {"Read", "00 B0", "69 81", "SCARD_E_NO_ACCESS"},
    {"Read", "00 B0", "69 86", "SCARD_E_NO_FILE"},
    {"Read", "00 B0", "6B 00", "SCARD_W_EOF"},
    {"Read", "00 B0", "62 82", "SCARD_W_EOF"},
    {"Read", "00 B0", "62 81", "E_FAIL"},
    {"Read", "00 B0", "65 81", "E_FAIL"},
    {"Read", "00 B0", "69 88", "SCARD_W_SECURITY_VIOLATION"},
    {"Read", "00 B0", "6D 00", "E_NOTIMPL"},
    {"Read", "00 B0", "6E 00", "E_NOTIMPL"},
    {"Read", "00 A4 08", "62 07 82 05 02 41 00 02 03 90 00", "SCARD_E_INVALID_HANDLE"},
    {"Read of records", "00 B2 01", "6A 83", "SCARD_W_EOF"},
    {"Read of records", "00 B2 03", "6A 83", "S_OK"},
    {"Read of records", "00 B2 02", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Write", "00 D6", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Write", "00 D6", "69 85", "SCARD_E_NO_ACCESS"},
    {"Write", "00 D6", "6A 84", "SCARD_E_WRITE_TOO_MANY"},
    {"Write", "00 D6", "67 00", "SCARD_E_WRITE_TOO_MANY"},
    {"Write", "00 D6", "6B 00", "SCARD_E_BAD_SEEK"},
    {"Write", "00 D6", "65 81", "E_FAIL"},
    {"Write", "00 D6", "63 C2", "S_OK"},
    {"Write", "00 D6", "6D 00", "SCARD_E_READ_ONLY_CARD"},
    {"Write of a record", "00 DC", "6A 83", "S_OK"},  // it is appended
    {"Write of a record", "00 D", "6D 00", "SCARD_E_READ_ONLY_CARD"},
    {"Write to a cycle", "00 E2", "6D 00", "E_NOTIMPL"},
    {"Write to a cycle", "00 E2", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Write to a cycle", "00 E2", "6A 84", "SCARD_E_WRITE_TOO_MANY"},
    {"Create", "00 E0", "6A 89", "E_INVALIDARG"},
    {"Create", "00 E0", "6A 8A", "E_INVALIDARG"},
    {"Create", "00 E0", "6A 80", "E_INVALIDARG"},
    {"Create", "00 E0", "6A 84", "SCARD_E_WRITE_TOO_MANY"},
    {"Create", "00 E0", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Create", "00 E0", "6D 00", "E_NOTIMPL"},
    {"Create", "00 A4 00", "6A 82", "SCARD_E_DIR_NOT_FOUND"},
    {"Delete", "00 E4", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Delete", "00 E4", "69 85", "SCARD_E_NO_ACCESS"},
    {"Delete", "00 E4", "6D 00", "E_NOTIMPL"},
    {"Delete", "00 A4 08", "6A 82", "SCARD_E_FILE_NOT_FOUND"},
    {"Delete", "00 A4", "6A 82", "SCARD_E_DIR_NOT_FOUND"},
    {"Invalidate", "00 04", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"Invalidate", "00 04", "6D 00", "E_NOTIMPL"},
    {"Invalidate", "00 A4 08", "6A 82", "SCARD_E_FILE_NOT_FOUND"},
    {"Rehabilitate", "00 44", "69 85", "SCARD_E_NO_ACCESS"},
    {"Rehabilitate", "00 44", "6D 00", "E_NOTIMPL"},
    {"GetProperties", "00 A4 08", "6A 82", "SCARD_E_FILE_NOT_FOUND"},
    {"GetProperties", "00 A4 08", "90 00", "E_NOTIMPL"},  // no file control parameters
    {"SetProperties", "00 DA", "69 82", "SCARD_W_SECURITY_VIOLATION"},
    {"SetProperties", "00 DA", "6A 84", "SCARD_E_WRITE_TOO_MANY"},
    {"SetProperties", "00 DA", "6A 80", "E_INVALIDARG"},
    {"SetProperties", "00 DA", "6D 00", "E_NOTIMPL"},
    {"SetProperties", "00 A4 08", "6A 82", "SCARD_E_FILE_NOT_FOUND"},
    {"GetFileCapabilities", "00 A4", "6F 00", "E_FAIL"},
};

/// Codes of the attachment that pass through as they are.
constexpr Hresult passing[] = {Hresult::E_PENDING_, Hresult::E_OUTOFMEMORY_, hr::reset_card,
                               hr::removed_card,    hr::invalid_handle,      hr::card_not_authenticated};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_file_codes)

BOOST_DATA_TEST_CASE(every_method_answers_what_the_table_makes_of_the_card, data::make(rows), row) {
    Desk desk;
    desk.first(row.command, row.status);
    Outputs outputs;
    const Hresult result = method(row.method).call(desk, outputs);
    BOOST_TEST(name(result) == row.result);
    if (result != ok) {
        BOOST_TEST(outputs.untouched());
    }
    BOOST_TEST(desk.channel.holds() == 0);
}

BOOST_DATA_TEST_CASE(every_method_passes_codes_of_the_attachment_and_goes_on_afterwards, data::make(methods), each) {
    for (const Hresult code : passing) {
        BOOST_TEST_CONTEXT(name(code)) {
            Desk desk;
            Outputs outputs;
            desk.commands();
            desk.channel.begun = code;
            BOOST_TEST(each.call(desk, outputs) == code);
            BOOST_TEST(desk.commands().empty());  // nothing was done
            desk.channel.begun = ok;
            desk.failing = "00 A4";
            desk.at_command = code;
            BOOST_TEST(each.call(desk, outputs) == code);
            desk.failing.clear();
            desk.channel.ended = code;  // all is done, and the answer is still that the card or its manager is gone
            BOOST_TEST(each.call(desk, outputs) == (code == Hresult::E_PENDING_ ? Hresult::E_FAIL_ : code));
            BOOST_TEST(outputs.untouched());
            desk.channel.ended = ok;
            BOOST_TEST(each.call(desk, outputs) == ok);
            BOOST_TEST(desk.channel.holds() == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_null_output_is_e_pointer_and_nothing_is_sent) {
    Desk desk;
    desk.channel.calls();
    std::uint32_t count = 1;
    iso7816::Bytes bytes;
    BOOST_TEST(desk.files->GetCurrentDir(nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(desk.files->Directory(FileType::SC_TYPE_FILES, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(desk.files->Open(by_any, "6F01", nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(desk.files->Read(desk.file, nullptr, 0, &bytes) == Hresult::E_POINTER_);
    BOOST_TEST(desk.files->Read(desk.file, &count, 0, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(desk.files->GetProperties(by_any, "6F01", 0, nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(desk.files->GetFileCapabilities(nullptr, &count, 0) == Hresult::E_POINTER_);
    BOOST_TEST(desk.files->GetFileCapabilities(&bytes, nullptr, 0) == Hresult::E_POINTER_);
    BOOST_TEST(desk.channel.calls().empty());
}

BOOST_AUTO_TEST_CASE(an_argument_that_cannot_be_is_e_invalidarg) {
    Desk desk;
    const Hresult invalid = Hresult::E_INVALIDARG_;
    const ReferenceType no_type{4};
    const FileFlags no_flag = 4;
    std::string path;
    std::vector<std::string> list;
    FileHandle handle;
    std::uint32_t count = 1;
    iso7816::Bytes bytes;
    BOOST_TEST(desk.files->ChangeDir(no_type, "7F10") == invalid);
    BOOST_TEST(desk.files->ChangeDir(by_any, "") == invalid);
    BOOST_TEST(desk.files->ChangeDir(ReferenceType::SC_TYPE_BY_SHORT, "3") == invalid);
    BOOST_TEST(desk.files->ChangeDir(by_any, "3") == invalid);
    BOOST_TEST(desk.files->Directory(FileType{8}, &list) == invalid);
    BOOST_TEST(desk.files->Open(no_type, "6F01", &handle) == invalid);
    BOOST_TEST(desk.files->Open(by_any, "6F0", &handle) == invalid);
    BOOST_TEST(desk.files->Seek(desk.file, SeekFrom{3}, 0) == invalid);
    BOOST_TEST(desk.files->Read(desk.file, &count, no_flag, &bytes) == invalid);
    BOOST_TEST(desk.files->Write(desk.file, two_bytes, no_flag, nullptr) == invalid);
    BOOST_TEST(desk.files->Create(by_any, "6F09", parameters, no_flag, {}) == invalid);
    BOOST_TEST(desk.files->Delete(by_any, "6F01", no_flag) == invalid);
    BOOST_TEST(desk.files->Delete(no_type, "6F01", 0) == invalid);
    BOOST_TEST(desk.files->Invalidate(by_any, "6F01", no_flag) == invalid);
    BOOST_TEST(desk.files->Rehabilitate(by_any, "6F01", no_flag) == invalid);
    BOOST_TEST(desk.files->GetProperties(by_any, "6F01", no_flag, &bytes) == invalid);
    bytes = hex("82 01 00");  // an object wanted has no value
    BOOST_TEST(desk.files->GetProperties(by_any, "6F01", 0, &bytes) == invalid);
    bytes = hex("82");
    BOOST_TEST(desk.files->GetProperties(by_any, "6F01", 0, &bytes) == invalid);
    BOOST_TEST(desk.files->SetProperties(by_any, "7F10", no_flag, object) == invalid);
    BOOST_TEST(desk.files->SetProperties(by_any, "7F10", 0, hex("C0 05 01")) == invalid);
    BOOST_TEST(desk.files->SetProperties(by_any, "7F10", 0, hex("DF 81 01 01 07")) == invalid);
    BOOST_TEST(desk.files->GetFileCapabilities(&bytes, &count, no_flag) == invalid);
    BOOST_TEST(desk.channel.holds() == 0);
}

BOOST_AUTO_TEST_CASE(what_lives_in_a_session_dies_with_it) {
    Desk desk;
    BOOST_TEST(desk.files->ChangeDir(by_any, "7F10") == ok);
    const FileHandle dead[] = {desk.file, desk.records, {0}, {4711}};
    ++desk.channel.session_number;
    std::uint32_t count = 1;
    iso7816::Bytes bytes;
    std::string path;
    BOOST_TEST(desk.files->GetCurrentDir(&path) == ok);
    BOOST_TEST(path == "3F00");
    desk.commands();
    for (const FileHandle handle : dead) {
        std::uint32_t written = 9;
        BOOST_TEST(desk.files->Read(handle, &count, 0, &bytes) == hr::invalid_handle);
        BOOST_TEST(desk.files->Write(handle, two_bytes, 0, &written) == hr::invalid_handle);
        BOOST_TEST(written == 0U);
        BOOST_TEST(desk.files->Seek(handle, SeekFrom::SC_SEEK_FROM_END, 0) == hr::invalid_handle);
        BOOST_TEST(desk.files->Close(handle) == hr::invalid_handle);
    }
    BOOST_TEST(desk.commands().empty());
    FileHandle handle;
    BOOST_TEST(desk.files->Open(by_any, "6F01", &handle) == ok);
    BOOST_TEST(handle.value > desk.cyclic.value);  // numbers are not used again
}

BOOST_AUTO_TEST_CASE(a_handle_is_dead_when_the_session_ends_while_its_method_waits) {
    Desk desk;
    BOOST_TEST(desk.files->ChangeDir(by_any, "7F10") == ok);
    desk.channel.at_hold = [&] { ++desk.channel.session_number; };
    std::uint32_t count = 1;
    iso7816::Bytes bytes;
    desk.commands();
    BOOST_TEST(desk.files->Read(desk.file, &count, 0, &bytes) == hr::invalid_handle);
    BOOST_TEST(desk.commands().empty());
    std::string path;
    BOOST_TEST(desk.files->GetCurrentDir(&path) == ok);
    BOOST_TEST(path == "3F00");
}

BOOST_AUTO_TEST_CASE(close_takes_its_turn_and_knows_that_the_session_is_another) {
    Desk desk;
    desk.channel.turn = hr::invalid_handle;
    BOOST_TEST(desk.files->Close(desk.file) == hr::invalid_handle);
    desk.channel.turn = ok;
    BOOST_TEST(desk.files->Close(desk.file) == ok);
    BOOST_TEST(desk.files->Close(desk.file) == hr::invalid_handle);
    ++desk.channel.session_number;
    BOOST_TEST(desk.files->Close(desk.records) == hr::invalid_handle);
    BOOST_TEST(desk.channel.turns() == 0);
}

BOOST_AUTO_TEST_CASE(what_was_written_before_a_failure_is_counted) {
    Desk desk;
    desk.channel.answer_to_reset.clear();  // short length
    desk.first("00 A4 08 04 02 6F 01", "62 0B 80 02 03 E8 82 01 01 83 02 6F 01 90 00");
    desk.first("00 D6 01 FE", "65 81");
    std::uint32_t written = 0;
    BOOST_TEST(desk.files->Write(desk.file, fakes::counting(1000), 0, &written) == Hresult::E_FAIL_);
    BOOST_TEST(written == 510U);
    std::uint32_t count = 8;
    iso7816::Bytes bytes;
    BOOST_TEST(desk.files->Read(desk.file, &count, 0, &bytes) == ok);  // it stands where it stood
    BOOST_TEST(bytes == hex("00 01 02 03 04 05 06 07"));
}

BOOST_AUTO_TEST_SUITE_END()
