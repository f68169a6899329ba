// ISCardFileAccess beside other applications, resets and passwords, on an emulated card.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/core/service_provider/file_bench.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using fakes::hex;
using fakes::text;
using resource_manager::Disposition;
using resource_manager::ShareMode;

BOOST_AUTO_TEST_SUITE(core_service_provider_file_sharing)

BOOST_DATA_TEST_CASE(what_another_application_selects_is_never_read, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    const auto bob = bench.application();
    std::unique_ptr<ISCardFileAccess> files;
    BOOST_REQUIRE_EQUAL(bob->CreateFileAccess(&files), ok);
    const FileHandle mine = bench.open("5015/5033");
    BOOST_TEST(bench.read(mine, 2) == "03 04");
    BOOST_TEST(bench.run(*bob, "00 A4 08 0C 04 60 00 60 01") == "90 00");
    BOOST_TEST(bench.read(mine, 2) == "05 06");
    FileHandle his;
    BOOST_TEST(files->Open(by_any, "7F00/7F01", &his) == ok);
    BOOST_TEST(bench.write(mine, "AA BB") == ok);
    std::uint32_t count = 4;
    iso7816::Bytes content;
    BOOST_TEST(files->Read(his, &count, SC_FL_NONE, &content) == ok);
    BOOST_TEST(iso7816::to_hex(content) == "05 06 07 08");
    BOOST_TEST(bench.files->Seek(mine, from_beginning, 3) == ok);
    BOOST_TEST(bench.read(mine, 4) == "06 AA BB 09");
    BOOST_TEST(bench.files->ChangeDir(by_id, "6000") == ok);
    BOOST_TEST(files->ChangeDir(by_id, "5015") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/6000");
    BOOST_TEST(bench.read(bench.open("6001"), 1) == "11 01 02 03");
}

BOOST_DATA_TEST_CASE(commands_of_the_application_itself_mislead_nothing_even_when_it_is_alone,
                     data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    BOOST_TEST(bench.alice->SCardLock() == ok);
    const FileHandle mine = bench.open("5015/5033");
    BOOST_TEST(bench.read(mine, 2) == "03 04");
    BOOST_TEST(bench.run("00 A4 08 0C 04 60 00 60 01") == "90 00");
    BOOST_TEST(bench.read(mine, 2) == "05 06");
    BOOST_TEST(bench.alice->SCardUnlock(Disposition::leave) == ok);
}

BOOST_DATA_TEST_CASE(while_another_application_has_the_card_a_method_is_pending_and_has_done_nothing,
                     data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    const auto bob = bench.application();
    const FileHandle mine = bench.open("5015/5033");
    BOOST_TEST(bob->SCardLock() == ok);
    BOOST_TEST(bench.read(mine, 2) == "E_PENDING");
    BOOST_TEST(bench.write(mine, "AA BB") == Hresult::E_PENDING_);
    BOOST_TEST(bench.files->ChangeDir(by_id, "6000") == Hresult::E_PENDING_);
    BOOST_TEST(bob->SCardUnlock(Disposition::leave) == ok);
    BOOST_TEST(bench.read(mine, 2) == "03 04");
    BOOST_TEST(bench.current_directory() == "3F00");
    BOOST_TEST(bob->SCardLock() == ok);  // nobody was left holding the card
    BOOST_TEST(bob->SCardUnlock(Disposition::leave) == ok);
}

BOOST_DATA_TEST_CASE(after_a_foreign_reset_handles_are_told_of_it_and_die_with_reconnect, data::make(each_protocol),
                     protocol) {
    FileBench bench(protocol);
    const auto bob = bench.application();
    const FileHandle mine = bench.open("5015/5033");
    BOOST_TEST(bench.files->ChangeDir(by_id, "6000") == ok);
    BOOST_TEST(bob->Reconnect(ShareMode::shared, protocol, Disposition::reset) == ok);
    BOOST_TEST(bench.read(mine, 2) == "SCARD_W_RESET_CARD");
    BOOST_TEST(bench.current_directory() == "SCARD_W_RESET_CARD");
    BOOST_TEST(bench.alice->Reconnect() == ok);
    BOOST_TEST(bench.read(mine, 2) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(bench.current_directory() == "3F00");
    BOOST_TEST(!(bench.open("5015/5033") == mine));
    BOOST_TEST(bench.alice->Detach() == ok);
    BOOST_TEST(bench.current_directory() == "SCARD_E_INVALID_HANDLE");
}

BOOST_DATA_TEST_CASE(access_rules_decide_and_their_refusal_changes_nothing, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    const FileHandle secret = bench.open("5015/5032"), guarded = bench.open("5015/5031"), closed = bench.open("4F00/4");
    BOOST_TEST(bench.read(secret, 1) == "SCARD_W_SECURITY_VIOLATION");
    BOOST_TEST(bench.read(closed, 1) == "SCARD_W_SECURITY_VIOLATION");
    BOOST_TEST(bench.write(closed, "01") == ok);
    BOOST_TEST(bench.read(guarded, 1) == "00");
    BOOST_TEST(bench.write(guarded, "AA") == hr::security_violation);
    BOOST_TEST(bench.run("00 20 00 01 04 31 32 33 34") == "90 00");
    BOOST_TEST(bench.write(guarded, "AA") == ok);
    BOOST_TEST(bench.files->Seek(guarded, from_beginning, 0) == ok);
    BOOST_TEST(bench.read(guarded, 3) == "00 AA 02");
    BOOST_TEST(bench.read(secret, 2) == "07 08");
    const FileHandle sleeping = bench.open("7F00/7F03");
    BOOST_TEST(bench.read(sleeping, 1) == "SCARD_E_NO_ACCESS");
}

BOOST_DATA_TEST_CASE(a_password_of_a_directory_stays_verified_while_its_files_are_worked_on, data::make(each_protocol),
                     protocol) {
    FileBench bench(protocol);
    BOOST_TEST(bench.files->ChangeDir(by_name, "A00000006360") == ok);
    BOOST_TEST(bench.run("00 20 00 81 04 35 36 37 38") == "90 00");
    const FileHandle guarded = bench.open("6004");
    BOOST_TEST(bench.read(guarded, 4) == "00 00 00 00");
    BOOST_TEST(bench.read(bench.open("3"), 1) == "02 02 02");
    BOOST_TEST(bench.list(FileType::SC_TYPE_FIXED_EF) == "6001");
    BOOST_TEST(bench.current_directory() == "3F00/6000");
    BOOST_TEST(bench.read(guarded, 4) == "00 00 00 00");
    BOOST_TEST(bench.files->ChangeDir(by_any, "/5015") == ok);
    BOOST_TEST(bench.files->Seek(guarded, from_beginning, 0) == ok);
    BOOST_TEST(bench.read(guarded, 4) == "SCARD_W_SECURITY_VIOLATION");
}

// ISO/IEC 7816-9 clause 6.1, 6.2, 6.3, 6.4
BOOST_DATA_TEST_CASE(files_are_created_filled_deactivated_activated_and_deleted, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    ISCardFileAccess& files = *bench.files;
    BOOST_TEST(files.ChangeDir(by_id, "4F00") == ok);
    BOOST_TEST(files.Create(by_any, "4F10", hex("82 01 01"), SC_FL_NONE, text("hello")) == ok);
    BOOST_TEST(bench.read(bench.open("4F10"), 99) == "68 65 6C 6C 6F");
    BOOST_TEST(files.Create(by_any, "4F10", hex("82 01 01"), SC_FL_NONE, text("hello")) == Hresult::E_INVALIDARG_);
    BOOST_TEST(files.Create(by_any, "4F11", hex("62 07 82 01 01 80 02 00 03"), SC_FL_NONE, text("hello")) == ok);
    BOOST_TEST(bench.read(bench.open("4F11"), 99) == "68 65 6C 6C 6F");
    BOOST_TEST(files.Create(by_any, "4F12", hex("82 01 01 80 02 00 03"), SC_FL_PREALLOCATED, text("hello")) ==
               hr::write_too_many);
    BOOST_TEST(files.Create(by_any, "4F12", hex("82 01 01 80 02 00 08"), SC_FL_PREALLOCATED, text("hello")) == ok);
    BOOST_TEST(bench.read(bench.open("4F12"), 99) == "68 65 6C 6C 6F 00 00 00");
    BOOST_TEST(files.Create(by_short, "9", hex("82 01 01 83 02 4F 13"), SC_FL_NONE, text("x")) == ok);
    BOOST_TEST(bench.read(bench.open("9"), 99) == "78");
    BOOST_TEST(files.Create(by_any, "4F14", hex("82 05 02 41 00 02 04"), SC_FL_NONE, hex("01 02 03 04")) == ok);
    BOOST_TEST(bench.read(bench.open("4F14"), 99) == "01 02 03 04");
    BOOST_TEST(files.Create(by_any, "4F15", hex("82 05 02 41 00 02 04"), SC_FL_NONE, hex("01 02 03")) ==
               Hresult::E_INVALIDARG_);
    BOOST_TEST(files.Create(by_any, "4F15", hex("82 05 02 41 00 02 01"), SC_FL_NONE, hex("01 02 03 04")) ==
               hr::write_too_many);  // two records where one fits: deleted again
    BOOST_TEST(files.Create(by_name, "A000000099", hex("82 01 38 83 02 4F 20"), SC_FL_NONE, {}) == ok);
    BOOST_TEST(bench.list(FileType::SC_TYPE_ALL_FILES) == "4F01 4F10 4F11 4F12 4F13 4F14 4F20");
    BOOST_TEST(files.Create(by_any, "4F20/4F21", hex("82 01 01"), SC_FL_NONE, text("deep")) == ok);

    const FileHandle file = bench.open("4F10");
    BOOST_TEST(files.Invalidate(by_any, "4F10", SC_FL_NONE) == ok);
    BOOST_TEST(bench.read(file, 1) == "SCARD_E_NO_ACCESS");
    BOOST_TEST(files.Rehabilitate(by_any, "4F10", SC_FL_NONE) == ok);
    BOOST_TEST(bench.read(file, 1) == "68");
    BOOST_TEST(files.Delete(by_any, "4F10", SC_FL_NONE) == ok);
    BOOST_TEST(bench.read(file, 1) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(files.Delete(by_any, "4F10", SC_FL_NONE) == hr::file_not_found);
    BOOST_TEST(files.Delete(by_any, "/", SC_FL_NONE) == hr::no_access);
    BOOST_TEST(files.ChangeDir(by_name, "A000000099") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/4F00/4F20");
    BOOST_TEST(files.Delete(by_any, "/4F00", SC_FL_NONE) == ok);
    BOOST_TEST(bench.current_directory() == "3F00");
}

BOOST_DATA_TEST_CASE(the_successor_of_a_deleted_file_is_another_file, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    ISCardFileAccess& files = *bench.files;
    const auto create = [&](std::string_view path, std::string_view content) {
        BOOST_TEST(files.Create(by_any, path, hex("82 01 01"), SC_FL_NONE, text(content)) == ok);
    };
    BOOST_TEST(files.ChangeDir(by_id, "4F00") == ok);
    BOOST_TEST(files.Create(by_name, "A000000099", hex("82 01 38 83 02 4F 20"), SC_FL_NONE, {}) == ok);
    create("4F10", "aa");
    create("4F11", "cc");
    create("4F20/4F21", "dd");
    const FileHandle deleted = bench.open("4F10"), beside = bench.open("4F11"), below = bench.open("4F20/4F21"),
                     by_its_name = bench.open("A000000099/4F21");
    BOOST_TEST(files.Delete(by_any, "4F10", SC_FL_NONE) == ok);
    create("4F10", "bb");
    BOOST_TEST(bench.read(deleted, 2) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(bench.read(bench.open("4F10"), 2) == "62 62");
    BOOST_TEST(bench.read(beside, 1) == "63");
    BOOST_TEST(bench.read(below, 1) == "64");
    BOOST_TEST(bench.read(by_its_name, 1) == "64");

    BOOST_TEST(files.ChangeDir(by_id, "4F20") == ok);
    BOOST_TEST(files.Delete(by_any, "/4F00/4F20", SC_FL_NONE) == ok);
    BOOST_TEST(bench.current_directory() == "3F00/4F00");
    BOOST_TEST(files.Create(by_name, "A000000099", hex("82 01 38 83 02 4F 20"), SC_FL_NONE, {}) == ok);
    create("4F20/4F21", "ee");
    BOOST_TEST(bench.read(below, 1) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(bench.read(by_its_name, 1) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(bench.read(beside, 1) == "63");
}

BOOST_DATA_TEST_CASE(a_handle_of_one_object_is_none_of_another, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    std::unique_ptr<ISCardFileAccess> files;
    BOOST_REQUIRE_EQUAL(bench.alice->CreateFileAccess(&files), ok);
    FileHandle his;
    BOOST_TEST(bench.read(bench.open("5015/5033"), 2) == "03 04");
    BOOST_TEST(files->Open(by_any, "7F00/7F01", &his) == ok);
    BOOST_TEST(bench.read(his, 2) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(bench.files->Close(his) == hr::invalid_handle);
    BOOST_TEST(files->Close(his) == ok);
}

// ISO/IEC 7816-4 clause 7.4.3, 11.4, 11.4.3
BOOST_DATA_TEST_CASE(properties_are_those_of_the_file_control_and_of_the_data_objects, data::make(each_protocol),
                     protocol) {
    FileBench bench(protocol);
    const auto properties = [&](std::string_view path, std::string_view wanted) {
        iso7816::Bytes tlvs = hex(wanted);
        const Hresult result = bench.files->GetProperties(by_any, path, SC_FL_NONE, &tlvs);
        return result == ok ? iso7816::to_hex(tlvs) : name(result);
    };
    BOOST_TEST(properties("5015/5031", "") == "80 02 00 28 82 01 41 83 02 50 31 88 01 08");
    BOOST_TEST(properties("5015/5031", "83 00 80 00 8A 00") == "83 02 50 31 80 02 00 28");
    BOOST_TEST(properties("5015/1", "83 00") == "83 02 50 31");
    BOOST_TEST(properties("6000", "42 00 84 00 C1 00") == "42 02 CA FE 84 06 A0 00 00 00 63 60");
    BOOST_TEST(properties("/", "5F 50 00") == "5F 50 02 BE EF");
    BOOST_TEST(bench.files->SetProperties(by_any, "6000", SC_FL_NONE, hex("42 01 07 C1 01 08")) == ok);
    BOOST_TEST(properties("6000", "42 00 C1 00") == "42 01 07 C1 01 08");
    BOOST_TEST(bench.files->SetProperties(by_any, "6000/6001", SC_FL_NONE, hex("42 01 07")) == Hresult::E_NOTIMPL_);
    iso7816::Bytes tlvs;
    std::uint32_t count = 100;
    BOOST_TEST(bench.files->GetFileCapabilities(&tlvs, &count, SC_FL_NONE) == Hresult::E_NOTIMPL_);
    FileBench extended(protocol, extended_file_card());
    BOOST_TEST(extended.files->GetFileCapabilities(&tlvs, &count, SC_FL_NONE) == ok);
    BOOST_TEST(iso7816::to_hex(tlvs) == "47 03 F7 41 DB");
}

BOOST_AUTO_TEST_CASE(an_application_that_is_not_attached_has_no_file_access) {
    FileBench bench;
    std::unique_ptr<ISCardFileAccess> files;
    BOOST_TEST(bench.alice->CreateFileAccess(nullptr) == Hresult::E_POINTER_);
    BOOST_TEST(bench.alice->Detach() == ok);
    BOOST_TEST(bench.alice->CreateFileAccess(&files) == hr::invalid_handle);
    BOOST_TEST(!files);
    std::string path = "untouched";
    BOOST_TEST(bench.files->GetCurrentDir(&path) == hr::invalid_handle);
    BOOST_TEST(path == "untouched");
}

BOOST_AUTO_TEST_SUITE_END()
