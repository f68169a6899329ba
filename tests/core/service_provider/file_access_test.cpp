// ISCardFileAccess on an emulated card: what each method does.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include "tests/core/service_provider/file_bench.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
namespace data = boost::unit_test::data;
using fakes::hex;

BOOST_AUTO_TEST_SUITE(core_service_provider_file_access)

// ISO/IEC 7816-4 clause 11.1.1
BOOST_DATA_TEST_CASE(directories_are_changed_by_identifier_name_and_parent, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    BOOST_TEST(bench.current_directory() == "3F00");
    BOOST_TEST(bench.files->ChangeDir(by_id, "5015/5100") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/5015/5100");
    BOOST_TEST(bench.files->ChangeDir(by_id, "..") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/5015");
    BOOST_TEST(bench.files->ChangeDir(by_any, "../4F00") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/4F00");
    BOOST_TEST(bench.files->ChangeDir(by_any, "/6000/6100") == ok);
    BOOST_TEST(bench.files->ChangeDir(by_id, "6101") == hr::no_dir);
    BOOST_TEST(bench.files->ChangeDir(by_id, "6102") == hr::dir_not_found);
    BOOST_TEST(bench.files->ChangeDir(by_id, "/5015/5031/5100") == hr::dir_not_found);
    BOOST_TEST(bench.files->ChangeDir(by_name, "A0000000FF") == hr::dir_not_found);
    BOOST_TEST(bench.current_directory() == "3F00/6000/6100");
    BOOST_TEST(bench.files->ChangeDir(by_any, "/") == ok);
    BOOST_TEST(bench.files->ChangeDir(by_any, "..") == hr::dir_not_found);
    BOOST_TEST(bench.current_directory() == "3F00");
}

BOOST_DATA_TEST_CASE(a_directory_changed_to_by_name_is_known_by_its_path, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    BOOST_TEST(bench.files->ChangeDir(by_name, "A000000063") == ok);  // the beginning of more than one
    BOOST_TEST(bench.current_directory() == "3F00/5015");
    BOOST_TEST(bench.files->ChangeDir(by_name, "A00000006351") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/5015/5100");  // found by its parents
    BOOST_TEST(bench.files->ChangeDir(by_any, "A00000006360/6200") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/A00000006360/6200");
    BOOST_TEST(bench.files->ChangeDir(by_any, "3F00/A00000006360") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/6000");
}

BOOST_AUTO_TEST_CASE(a_name_is_not_taken_for_another_directory_of_the_same_identifier) {
    icc::Profile profile = file_card();
    profile.mf.children.push_back(fakes::df(0x5100, {}, {}));
    FileBench bench(resource_manager::protocol_t1, profile);
    BOOST_TEST(bench.files->ChangeDir(by_name, "A00000006351") == ok);
    BOOST_TEST(bench.current_directory() == "3F00/5015/5100");
    BOOST_TEST(bench.read(bench.open("5101"), 1) == "C0");
}

BOOST_DATA_TEST_CASE(a_directory_with_many_files_is_listed_whole, data::make(each_protocol), protocol) {
    icc::Profile profile = file_card();
    auto crowded = fakes::df(0x7000, {}, {});
    for (std::uint16_t i = 0; i < 200; ++i) {
        const auto identifier = static_cast<std::uint16_t>(0x7001 + i);
        crowded.children.push_back(fakes::ef(identifier, {}, {}, fakes::always, fakes::never));
    }
    profile.mf.children.push_back(crowded);
    FileBench bench(protocol, profile);
    std::vector<std::string> names;
    BOOST_TEST(bench.files->ChangeDir(by_id, "7000") == ok);
    BOOST_TEST(bench.files->Directory(FileType::SC_TYPE_TRANSPARENT_EF, &names) == ok);
    BOOST_REQUIRE(names.size() == 200U);
    BOOST_TEST(names.front() == "7001");
    BOOST_TEST(names.back() == "70C8");
}

BOOST_DATA_TEST_CASE(the_card_lists_its_files_by_type, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    BOOST_TEST(bench.list(FileType::SC_TYPE_ALL_FILES) == "2F00 5015 4F00 6000 7F00");
    BOOST_TEST(bench.list(FileType::SC_TYPE_DIRECTORIES) == "5015 4F00 6000 7F00");
    BOOST_TEST(bench.list(FileType::SC_TYPE_FILES) == "2F00");
    BOOST_TEST(bench.files->ChangeDir(by_id, "6000") == ok);
    BOOST_TEST(bench.list(FileType::SC_TYPE_DIRECTORY_FILE) == "6100 6200");
    BOOST_TEST(bench.list(FileType::SC_TYPE_TRANSPARENT_EF) == "6004");
    BOOST_TEST(bench.list(FileType::SC_TYPE_FIXED_EF) == "6001");
    BOOST_TEST(bench.list(FileType::SC_TYPE_VARIABLE_EF) == "6002");
    BOOST_TEST(bench.list(FileType::SC_TYPE_CYCLIC_EF) == "6003");
    BOOST_TEST(bench.files->ChangeDir(by_id, "6200") == ok);
    BOOST_TEST(bench.list(FileType::SC_TYPE_DIRECTORIES).empty());
}

BOOST_DATA_TEST_CASE(files_are_opened_by_every_kind_of_reference, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    BOOST_TEST(bench.read(bench.open("5015/5031", by_id), 3) == "00 01 02");
    BOOST_TEST(bench.read(bench.open("5015/3", by_short), 3) == "03 04 05");
    BOOST_TEST(bench.read(bench.open("5015/03"), 3) == "03 04 05");
    BOOST_TEST(bench.read(bench.open("A00000006360/6001"), 1) == "11 01 02 03");
    BOOST_TEST(bench.read(bench.open("/A00000006360/3"), 1) == "02 02 02");
    BOOST_TEST(bench.read(bench.open("3F00/2F00", by_id), 2) == "30 31");
    FileHandle handle{77};
    BOOST_TEST(bench.files->Open(by_id, "5015/5100", &handle) == hr::no_file);
    BOOST_TEST(bench.files->Open(by_name, "A00000006360", &handle) == hr::no_file);
    BOOST_TEST(bench.files->Open(by_any, "/", &handle) == hr::no_file);
    BOOST_TEST(bench.files->Open(by_id, "5015/5039", &handle) == hr::file_not_found);
    BOOST_TEST(bench.files->Open(by_id, "5016/5031", &handle) == hr::dir_not_found);
    BOOST_TEST(bench.files->Open(by_id, "5015/5031/5032", &handle) == hr::dir_not_found);
    BOOST_TEST(bench.files->Open(by_short, "5015/9", &handle) == hr::file_not_found);
    BOOST_TEST(bench.files->Open(by_short, "5016/9", &handle) == hr::dir_not_found);
    BOOST_TEST(handle.value == 77);
}

BOOST_DATA_TEST_CASE(reading_moves_on_and_ends_at_the_end, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    const FileHandle file = bench.open("2F00");
    BOOST_TEST(bench.read(file, 4) == "30 31 32 33");
    BOOST_TEST(bench.read(file, 100) == "34 35 36 37 38 39");
    BOOST_TEST(bench.read(file, 1) == "SCARD_W_EOF");
    BOOST_TEST(bench.read(file, 0) == "");
    const FileHandle other = bench.open("2F00");
    BOOST_TEST(!(other == file));
    BOOST_TEST(bench.read(other, 1) == "30");
    BOOST_TEST(bench.files->Close(file) == ok);
    BOOST_TEST(bench.files->Close(file) == hr::invalid_handle);
    BOOST_TEST(bench.read(file, 1) == "SCARD_E_INVALID_HANDLE");
    BOOST_TEST(bench.read(other, 1) == "31");
}

BOOST_DATA_TEST_CASE(seeking_stays_within_the_file, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    const FileHandle file = bench.open("2F00");
    BOOST_TEST(bench.files->Seek(file, from_end, -1) == ok);
    BOOST_TEST(bench.read(file, 5) == "39");
    BOOST_TEST(bench.files->Seek(file, relative, -3) == ok);
    BOOST_TEST(bench.read(file, 1) == "37");
    BOOST_TEST(bench.files->Seek(file, from_beginning, 10) == ok);
    BOOST_TEST(bench.read(file, 1) == "SCARD_W_EOF");
    BOOST_TEST(bench.files->Seek(file, from_beginning, 2) == ok);
    BOOST_TEST(bench.files->Seek(file, from_beginning, 11) == hr::bad_seek);
    BOOST_TEST(bench.files->Seek(file, from_beginning, -1) == hr::bad_seek);
    BOOST_TEST(bench.files->Seek(file, from_end, 1) == hr::bad_seek);
    BOOST_TEST(bench.files->Seek(file, from_end, INT32_MIN) == hr::bad_seek);
    BOOST_TEST(bench.files->Seek(file, relative, INT32_MAX) == hr::bad_seek);
    BOOST_TEST(bench.read(file, 1) == "32");

    const FileHandle records = bench.open("6000/6001");
    BOOST_TEST(bench.files->Seek(records, from_end, -1) == ok);
    BOOST_TEST(bench.read(records, 9) == "11 07 08 09");
    BOOST_TEST(bench.files->Seek(records, from_beginning, 3) == ok);
    BOOST_TEST(bench.files->Seek(records, from_beginning, 4) == hr::bad_seek);
    BOOST_TEST(bench.read(records, 9) == "SCARD_W_EOF");
}

// ISO/IEC 7816-4 clause 11.3.3, 11.3.5, 11.3.6
BOOST_DATA_TEST_CASE(records_are_read_written_and_appended_whole, data::make(each_protocol), protocol) {
    FileBench bench(protocol);
    const FileHandle fixed = bench.open("6000/6001");
    BOOST_TEST(bench.read(fixed, 2) == "11 01 02 03 22 04 05 06");
    BOOST_TEST(bench.write(fixed, "AA BB CC DD") == ok);
    BOOST_TEST(bench.read(fixed, 1) == "SCARD_W_EOF");
    BOOST_TEST(bench.write(fixed, "01 01 01 01") == ok);
    BOOST_TEST(bench.write(fixed, "02 02 02 02") == ok);
    BOOST_TEST(bench.write(fixed, "03 03 03 03") == hr::write_too_many);
    BOOST_TEST(bench.write(fixed, "03 03 03 03 03") == hr::write_too_many);
    BOOST_TEST(bench.write(fixed, "03 03 03") == Hresult::E_INVALIDARG_);
    BOOST_TEST(bench.write(fixed, "") == Hresult::E_INVALIDARG_);
    BOOST_TEST(bench.files->Seek(fixed, from_beginning, 2) == ok);
    BOOST_TEST(bench.read(fixed, 99) == "AA BB CC DD 01 01 01 01 02 02 02 02");

    const FileHandle variable = bench.open("6000/6002");
    BOOST_TEST(bench.read(variable, 2) == "31 32 33 34");
    BOOST_TEST(bench.write(variable, "61 62 63 64 65 66 67 68 69 6A") == ok);
    BOOST_TEST(bench.write(variable, "61 62 63 64 65 66 67 68 69 6A 6B") == hr::write_too_many);
    BOOST_TEST(bench.write(variable, "77") == ok);
    BOOST_TEST(bench.files->Seek(variable, from_beginning, 1) == ok);
    BOOST_TEST(bench.read(variable, 9) == "32 33 34 61 62 63 64 65 66 67 68 69 6A 77");

    const FileHandle cyclic = bench.open("6000/6003");
    BOOST_TEST(bench.write(cyclic, "03 03 03") == ok);
    BOOST_TEST(bench.read(cyclic, 9) == "02 02 02 01 01 01");
    BOOST_TEST(bench.write(cyclic, "04 04 04") == ok);
    BOOST_TEST(bench.files->Seek(cyclic, from_beginning, 0) == ok);
    BOOST_TEST(bench.read(cyclic, 9) == "04 04 04 03 03 03 02 02 02");
}

// ISO/IEC 7816-4 clause 11.2.2, 11.2.3, 11.2.5
BOOST_DATA_TEST_CASE(a_large_file_takes_several_commands, data::make(each_protocol) * data::make({false, true}),
                     protocol, extended) {
    FileBench bench(protocol, extended ? extended_file_card() : file_card());
    const FileHandle file = bench.open("7F00/7F01");
    std::uint32_t count = 30'000;
    iso7816::Bytes content;
    BOOST_TEST(bench.files->Read(file, &count, SC_FL_NONE, &content) == ok);
    BOOST_TEST(count == 20'000U);
    BOOST_TEST((content == fakes::counting(20'000, 5)));

    const iso7816::Bytes other = fakes::counting(19'990, 77);
    std::uint32_t written = 0;
    BOOST_TEST(bench.files->Seek(file, from_beginning, 10) == ok);
    BOOST_TEST(bench.files->Write(file, fakes::counting(19'991), SC_FL_NONE, &written) == hr::write_too_many);
    BOOST_TEST(written == 0U);
    BOOST_TEST(bench.files->Write(file, other, SC_FL_NONE, &written) == ok);
    BOOST_TEST(written == 19'990U);
    BOOST_TEST(bench.files->Seek(file, from_beginning, 8) == ok);
    count = 30'000;
    BOOST_TEST(bench.files->Read(file, &count, SC_FL_NONE, &content) == ok);
    BOOST_TEST(count == 19'992U);
    BOOST_TEST(content[0] == 5 + 8);
    BOOST_TEST(content[1] == 5 + 9);
    BOOST_TEST((iso7816::Bytes(content.begin() + 2, content.end()) == other));

    const FileHandle last = bench.open("7F00/7F02");
    BOOST_TEST(bench.files->Seek(last, from_end, -2) == ok);
    BOOST_TEST(bench.read(last, 9) == "07 08");
}

BOOST_AUTO_TEST_SUITE_END()
