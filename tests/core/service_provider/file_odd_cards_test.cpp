// ISCardFileAccess on cards that do not know all commands, or answer oddly.
#include <boost/test/unit_test.hpp>

#include "tests/core/service_provider/scripted_card.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using fakes::hex;
using Calls = std::vector<std::string>;

namespace {

constexpr auto by_any = ReferenceType::SC_TYPE_BY_ANY;
constexpr Hresult ok = Hresult::S_OK_;

struct Desk : ScriptedCard {
    explicit Desk(std::vector<Row> rows = plain_card()) : ScriptedCard(std::move(rows)) {}

    FileHandle open(std::string_view path) {
        FileHandle handle;
        BOOST_REQUIRE_EQUAL(files->Open(by_any, path, &handle), ok);
        commands();
        return handle;
    }
    std::string read(FileHandle file, std::uint32_t count, FileFlags flags = SC_FL_NONE) {
        iso7816::Bytes data;
        const Hresult result = files->Read(file, &count, flags, &data);
        return result == ok ? iso7816::to_hex(data) : name(result);
    }
    std::string list(FileType type) {
        std::vector<std::string> names;
        const Hresult result = files->Directory(type, &names);
        std::string text = result == ok ? "" : name(result);
        for (const std::string& each : names) {
            text += (text.empty() ? "" : " ") + each;
        }
        return text;
    }

    std::unique_ptr<ISCardFileAccess> files = make_iscard_file_access(channel);
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_file_odd_cards)

// ISO/IEC 7816-4 clause 11.1.1
BOOST_AUTO_TEST_CASE(a_card_without_paths_is_gone_down_step_by_step) {
    Desk desk({{"00 A4 08", "6A 86"},
               {"00 A4 00 04 02 3F 00", "62 03 82 01 38 90 00"},
               {"00 A4 01 04 02 7F 10", "62 03 82 01 38 90 00"},
               {"00 A4 02 04 02 6F 01", "62 07 80 02 00 08 82 01 01 90 00"},
               {"00 A4", "6A 82"},
               {"00 B0 00 00", "AA BB 90 00"}});
    FileHandle handle;
    BOOST_TEST(desk.files->Open(by_any, "7F10/6F01", &handle) == ok);
    BOOST_TEST(
        desk.commands() == (Calls{"00 A4 08 04 04 7F 10 6F 01 00", "00 A4 08 00 04 7F 10 6F 01 00",
                                  "00 A4 00 04 02 3F 00 00", "00 A4 01 04 02 7F 10 00", "00 A4 02 04 02 6F 01 00"}),
        boost::test_tools::per_element());
    BOOST_TEST(desk.read(handle, 2) == "AA BB");
    BOOST_TEST(desk.files->Open(by_any, "7F10/6F09", &handle) == hr::file_not_found);
    BOOST_TEST(desk.files->Open(by_any, "7F11/6F01", &handle) == hr::dir_not_found);
    BOOST_TEST(desk.files->ChangeDir(by_any, "7F10") == ok);
}

BOOST_AUTO_TEST_CASE(a_card_that_knows_nothing_but_identifiers_will_do) {
    Desk desk({{"00 A4 00 04", "6A 86"},
               {"00 A4 00 00 02 3F 00", "6F 03 82 01 38 90 00"},
               {"00 A4 00 00 02 7F 10", "6F 03 82 01 38 90 00"},
               {"00 A4 00 00 02 6F 01", "6F 07 80 02 00 08 82 01 01 90 00"},
               {"00 A4 00 00", "6A 82"},
               {"00 A4", "6A 86"},
               {"00 B0 00 00", "AA BB 90 00"}});
    BOOST_TEST(desk.read(desk.open("7F10/6F01"), 2) == "AA BB");
}

BOOST_AUTO_TEST_CASE(a_file_of_which_the_card_tells_nothing_is_looked_at) {
    Desk desk({{"00 A4 08 04 02 6F 01", "90 00"},
               {"00 B0 00 00 01", "41 90 00"},
               {"00 B0 00 01 01", "42 90 00"},
               {"00 B0 00 02 01", "43 90 00"},
               {"00 B0 00 00 64", "41 42 43 62 82"},
               {"00 B0", "6B 00"}});
    const FileHandle file = desk.open("6F01");
    BOOST_TEST(desk.read(file, 100) == "41 42 43");
    BOOST_TEST(desk.read(file, 100) == "SCARD_W_EOF");
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_FROM_END, -1) == ok);  // at 2: found by halves
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_RELATIVE, 2) == hr::bad_seek);
    BOOST_TEST(desk.read(file, 1) == "43");
}

BOOST_AUTO_TEST_CASE(records_of_which_the_card_tells_nothing_are_found_by_reading) {
    Desk desk({{"00 A4 08 04 02 6F 02", "90 00"},
               {"00 B0", "69 81"},
               {"00 B2 01 04", "31 62 82"},
               {"00 B2 02 04", "32 33 90 00"},
               {"00 B2", "6A 83"},
               {"00 DC 01", "90 00"},
               {"00 DC", "6A 83"},
               {"00 E2", "90 00"}});
    const FileHandle file = desk.open("6F02");
    BOOST_TEST(desk.read(file, 9) == "31 32 33");
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_FROM_END, -2) == ok);
    BOOST_TEST(desk.files->Write(file, hex("77"), SC_FL_NONE, nullptr) == ok);
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_FROM_END, 0) == ok);
    desk.commands();
    BOOST_TEST(desk.files->Write(file, hex("78"), SC_FL_NONE, nullptr) == ok);
    const Calls commands = desk.commands();
    BOOST_TEST(commands.at(commands.size() - 2) == "00 DC 03 04 01 78");
    BOOST_TEST(commands.back() == "00 E2 00 00 01 78");
}

// ISO/IEC 7816-4 clause 11.2.2, 11.3.2
BOOST_AUTO_TEST_CASE(a_short_identifier_names_the_file_in_every_command_where_the_card_has_no_list) {
    Desk desk({{"00 A4 00 04 02 3F 00", "62 03 82 01 38 90 00"},
               {"00 CA", "6A 88"},
               {"00 B0 83", "69 81"},
               {"00 B2 01 1C", "6A 83"},
               {"00 DC", "6A 83"},
               {"00 E2 00 18", "90 00"},
               {"00 B0 84", "55 90 00"},
               {"00 B0 00 00", "55 66 90 00"},
               {"00 B0 85", "6A 82"},
               {"00 B0 86", "69 82"},
               {"00 A4", "6A 82"}});
    const FileHandle empty = desk.open("3");
    BOOST_TEST(desk.read(empty, 1) == "SCARD_W_EOF");
    BOOST_TEST(desk.files->Write(empty, hex("01 02"), SC_FL_NONE, nullptr) == ok);
    BOOST_TEST(desk.commands().back() == "00 E2 00 18 02 01 02");
    const FileHandle bytes = desk.open("4");
    BOOST_TEST(desk.read(bytes, 2) == "55 66");
    FileHandle handle;
    BOOST_TEST(desk.files->Open(by_any, "5", &handle) == hr::file_not_found);
    BOOST_TEST(desk.files->Open(by_any, "6", &handle) == hr::security_violation);
    BOOST_TEST(desk.files->Open(by_any, "7F20/3", &handle) == hr::dir_not_found);
    BOOST_TEST(desk.files->Delete(by_any, "4", SC_FL_NONE) == Hresult::E_NOTIMPL_);
    BOOST_TEST(desk.files->Invalidate(by_any, "3", SC_FL_NONE) == Hresult::E_NOTIMPL_);
    iso7816::Bytes properties;
    BOOST_TEST(desk.files->GetProperties(by_any, "4", SC_FL_NONE, &properties) == Hresult::E_NOTIMPL_);
}

BOOST_AUTO_TEST_CASE(far_bytes_take_commands_with_an_odd_instruction) {
    Desk desk({{"00 A4", "62 0C 80 04 00 01 20 00 82 01 01 83 01 00 90 00"},
               {"00 B1 00 00 04 54 02 80 00", "53 02 41 42 90 00"},
               {"00 B1 00 00 06 54 04 00 01 00 00", "53 01 43 90 00"},
               {"00 B1 00 00 04 54 02 90 00", "54 01 43 90 00"},
               {"00 D7 00 00 09 54 02 80 00 53 03 01 02 03", "90 00"},
               {"00 D6 7F FF 01 09", "90 00"},
               {"00 D7", "6D 00"}});
    const FileHandle file = desk.open("6F01");
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_FROM_BEGINNING, 0x8000) == ok);
    BOOST_TEST(desk.read(file, 2) == "41 42");
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_FROM_BEGINNING, 0x10000) == ok);
    BOOST_TEST(desk.read(file, 1) == "43");
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_FROM_BEGINNING, 0x9000) == ok);
    BOOST_TEST(desk.read(file, 1) == "E_FAIL");  // not the object that was asked for
    BOOST_TEST(desk.files->Write(file, hex("01"), SC_FL_NONE, nullptr) == Hresult::E_NOTIMPL_);
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_FROM_BEGINNING, 0x8000) == ok);
    std::uint32_t written = 99;
    BOOST_TEST(desk.files->Write(file, hex("01 02 03"), SC_FL_NONE, &written) == ok);
    BOOST_TEST(written == 3U);
}

BOOST_AUTO_TEST_CASE(a_card_that_refuses_the_extended_length_it_announced_is_spoken_to_in_short) {
    Desk desk({{"00 A4", "62 07 80 02 02 00 82 01 01 90 00"},
               {"00 B0 00 00 00 02 00", "67 00"},
               {"00 B0 00 00 00", iso7816::to_hex(iso7816::Bytes(256, 0x11)) + " 90 00"},
               {"00 B0 01 00 00", iso7816::to_hex(iso7816::Bytes(256, 0x22)) + " 90 00"},
               {"00 D6 00 00 00 01 2C", "67 00"},
               {"00 D6", "90 00"}});
    desk.channel.answer_to_reset = fakes::hex("3B 85 80 01 80 73 F7 41 DB 9B");
    const FileHandle file = desk.open("6F01");
    std::uint32_t count = 512;
    iso7816::Bytes content;
    BOOST_TEST(desk.files->Read(file, &count, SC_FL_NONE, &content) == ok);
    BOOST_TEST(content.size() == 512U);
    BOOST_TEST(content.back() == 0x22);
    BOOST_TEST(desk.commands().size() == 4U);

    Desk writer({{"00 A4", "62 07 80 02 02 00 82 01 01 90 00"}, {"00 D6 00 00 00", "67 00"}, {"00 D6", "90 00"}});
    writer.channel.answer_to_reset = desk.channel.answer_to_reset;
    const FileHandle other = writer.open("6F01");
    std::uint32_t written = 0;
    BOOST_TEST(writer.files->Write(other, fakes::counting(300), SC_FL_NONE, &written) == ok);
    BOOST_TEST(written == 300U);
    BOOST_TEST(writer.commands().size() == 4U);
}

BOOST_AUTO_TEST_CASE(what_a_card_sends_unasked_is_not_taken_and_what_it_sends_in_pieces_is_put_together) {
    Desk desk;
    desk.first("00 B0 00 00 04", "01 02 90 00");
    desk.first("00 B0 00 02 02", "03 90 00");
    desk.first("00 B0 00 03 01", "04 90 00");
    const FileHandle file = desk.open("6F01");
    BOOST_TEST(desk.read(file, 4) == "01 02 03 04");
    desk.first("00 B0 00 04 02", "05 06 07 90 00");
    BOOST_TEST(desk.read(file, 2) == "E_FAIL");
    desk.first("00 B0 00 04 02", "62 81");
    BOOST_TEST(desk.read(file, 2) == "E_FAIL");
    const FileHandle records = desk.open("6F02");
    desk.first("00 B2 01 04 02", "11 11 11 90 00");
    BOOST_TEST(desk.read(records, 1) == "E_FAIL");
}

// ISO/IEC 7816-4 clause 12.2.1
BOOST_AUTO_TEST_CASE(a_card_without_a_list_tells_its_applications_by_ef_dir) {
    Desk desk;
    desk.first("00 A4 08 04 02 2F 00", "62 03 82 01 04 90 00");
    desk.first("00 B2 01 04", "61 0F 4F 05 A0 00 00 00 18 51 04 3F 00 7F 10 50 00 62 82");
    desk.first("00 B2 02 04", "61 07 4F 05 A0 00 00 00 19 90 00");
    desk.first("00 B2 03 04", "6A 83");
    BOOST_TEST(desk.list(FileType::SC_TYPE_DIRECTORIES) == "7F10 A000000019");
    BOOST_TEST(desk.list(FileType::SC_TYPE_DIRECTORY_FILE) == "7F10 A000000019");
    BOOST_TEST(desk.list(FileType::SC_TYPE_FILES) == "E_NOTIMPL");
    BOOST_TEST(desk.files->ChangeDir(by_any, "7F10") == ok);
    BOOST_TEST(desk.list(FileType::SC_TYPE_DIRECTORIES) == "E_NOTIMPL");
    BOOST_TEST(desk.files->ChangeDir(by_any, "/") == ok);
    desk.first("00 CA 01 E0", "01 02 03 04 05 06 90 00");  // another card's own data
    BOOST_TEST(desk.list(FileType::SC_TYPE_DIRECTORIES) == "7F10 A000000019");
    desk.first("00 A4 08 04 02 2F 00", "6A 82");
    BOOST_TEST(desk.list(FileType::SC_TYPE_DIRECTORIES) == "E_NOTIMPL");
}

BOOST_AUTO_TEST_CASE(a_name_whose_place_the_card_does_not_tell_stays_a_name) {
    Desk desk;
    desk.first("00 A4 08 04 02 7F 10", "6A 82");
    BOOST_TEST(desk.files->ChangeDir(by_any, "A000000018") == ok);
    std::string path;
    BOOST_TEST(desk.files->GetCurrentDir(&path) == ok);
    BOOST_TEST(path == "3F00/A000000018");
    BOOST_TEST(desk.files->ChangeDir(by_any, "..") == Hresult::E_NOTIMPL_);
    desk.first("00 A4 09 04 02 6F 07", "62 07 80 02 00 08 82 01 01 90 00");
    BOOST_TEST(desk.read(desk.open("6F07"), 8) == "00 01 02 03 04 05 06 07");
}

BOOST_AUTO_TEST_CASE(the_beginning_of_a_name_is_completed_by_the_card) {
    Desk desk;
    desk.first("00 A4 08 04 02 7F 10", "6A 82");
    desk.first("00 A4 04 04 04 A0 00 00 00", "62 0E 82 01 38 83 02 7F 10 84 05 A0 00 00 00 18 90 00");
    BOOST_TEST(desk.files->ChangeDir(by_any, "A0000000") == ok);
    std::string path;
    BOOST_TEST(desk.files->GetCurrentDir(&path) == ok);
    BOOST_TEST(path == "3F00/A000000018");
}

// ISO/IEC 7816-4 clause 12.2.1, 12.2.2
BOOST_AUTO_TEST_CASE(ef_dir_and_ef_atr_that_are_kept_from_being_read_tell_nothing) {
    Desk desk;
    desk.channel.answer_to_reset = fakes::hex("3B 85 80 01 80 73 F7 41 DB 9B");
    desk.first("00 A4 08 04 02 2F 00", "69 82");
    desk.first("00 A4 08 04 02 2F 01", "69 82");
    const auto capabilities = [&desk] {
        iso7816::Bytes tlvs;
        std::uint32_t count = 100;
        BOOST_TEST(desk.files->GetFileCapabilities(&tlvs, &count, SC_FL_NONE) == ok);
        return iso7816::to_hex(tlvs);
    };
    BOOST_TEST(desk.list(FileType::SC_TYPE_DIRECTORIES) == "E_NOTIMPL");
    BOOST_TEST(capabilities() == "47 03 F7 41 DB");
    desk.first("00 A4 08 04 02 2F 00", "62 03 82 01 04 90 00");
    desk.first("00 A4 08 04 02 2F 01", "62 07 80 02 00 0F 82 01 01 90 00");
    desk.first("00 B2", "69 82");
    desk.first("00 B0", "69 82");
    BOOST_TEST(desk.list(FileType::SC_TYPE_DIRECTORIES) == "E_NOTIMPL");
    BOOST_TEST(capabilities() == "47 03 F7 41 DB");
}

BOOST_AUTO_TEST_CASE(a_file_that_has_become_another_is_not_read) {
    Desk desk;
    const FileHandle file = desk.open("6F01");
    desk.first("00 A4 08 04 02 6F 01", "62 0B 82 05 02 41 00 02 03 83 02 6F 01 90 00");
    BOOST_TEST(desk.read(file, 1) == "SCARD_E_INVALID_HANDLE");
    const FileHandle records = desk.open("6F02");
    desk.first("00 A4 08 04 02 6F 02", "62 0B 82 05 02 41 00 05 03 83 02 6F 02 90 00");
    BOOST_TEST(desk.read(records, 1) == "SCARD_E_INVALID_HANDLE");
}

// ISO/IEC 7816-4 clause 12.1.1, 12.2.2
BOOST_AUTO_TEST_CASE(capabilities_come_from_historical_bytes_and_ef_atr) {
    Desk desk;
    iso7816::Bytes tlvs{1};
    std::uint32_t count = 100;
    BOOST_TEST(desk.files->GetFileCapabilities(&tlvs, &count, SC_FL_NONE) == Hresult::E_NOTIMPL_);
    BOOST_TEST(tlvs == iso7816::Bytes{1});
    desk.channel.answer_to_reset = fakes::hex("3B 85 80 01 80 73 F7 41 DB 9B");
    BOOST_TEST(desk.files->GetFileCapabilities(&tlvs, &count, SC_FL_NONE) == ok);
    BOOST_TEST(iso7816::to_hex(tlvs) == "47 03 F7 41 DB");
    BOOST_TEST(count == 5U);
    desk.first("00 A4 08 04 02 2F 01", "62 07 80 02 00 0F 82 01 01 90 00");
    desk.first("00 B0 00 00 0F", "43 01 85 7F 66 08 02 02 01 F4 02 02 03 E8 FF 90 00");
    count = 100;
    BOOST_TEST(desk.files->GetFileCapabilities(&tlvs, &count, SC_FL_NONE) == ok);
    BOOST_TEST(iso7816::to_hex(tlvs) == "47 03 F7 41 DB 7F 66 08 02 02 01 F4 02 02 03 E8");
    BOOST_TEST(count == 16U);
    count = 15;
    BOOST_TEST(desk.files->GetFileCapabilities(&tlvs, &count, SC_FL_NONE) == ok);
    BOOST_TEST(iso7816::to_hex(tlvs) == "47 03 F7 41 DB");
    BOOST_TEST(count == 16U);

    desk.first("00 A4 08 04 02 6F 01", "62 07 80 02 07 D0 82 01 01 90 00");
    desk.first("00 D6", "90 00");
    const FileHandle file = desk.open("6F01");
    BOOST_TEST(desk.files->Write(file, fakes::counting(600), SC_FL_NONE, nullptr) == ok);
    const Calls commands = desk.commands();
    BOOST_REQUIRE(commands.size() == 3U);  // 500 bytes are the longest command: 491 of them data
    BOOST_TEST(commands[1].starts_with("00 D6 00 00 00 01 EB"));
    BOOST_TEST(commands[2].starts_with("00 D6 01 EB 6D"));
}

BOOST_AUTO_TEST_CASE(a_record_that_a_response_may_have_cut_is_not_taken) {
    Desk desk({{"00 A4 08 04 02 6F 02", "62 07 82 05 04 41 00 F0 03 90 00"},
               {"00 A4 08 04 02 6F 03", "62 07 82 05 04 41 01 2C 03 90 00"},
               {"00 B2 01 04 DF", iso7816::to_hex(iso7816::Bytes(223, 1)) + " 90 00"},
               {"00 B2 01 04 00", iso7816::to_hex(iso7816::Bytes(256, 1)) + " 90 00"}});
    const FileHandle longest_fits = desk.open("6F02"), too_long = desk.open("6F03");
    BOOST_TEST(desk.read(longest_fits, 1, SC_FL_SECURE_MESSAGING) == "E_NOTIMPL");
    BOOST_TEST(desk.read(too_long, 1) == "E_NOTIMPL");
}

BOOST_AUTO_TEST_CASE(secure_messaging_covers_every_command_of_a_method_and_leaves_room_for_itself) {
    Desk desk;
    desk.channel.answer_to_reset = fakes::hex("3B 85 80 01 80 73 F7 41 DB 9B");  // it may refuse that length after all
    desk.first("00 A4 08 04 02 6F 01", "62 07 80 02 01 2C 82 01 01 90 00");
    desk.first("00 B0 00 00", iso7816::to_hex(iso7816::Bytes(223, 1)) + " 90 00");
    desk.first("00 B0 00 DF", iso7816::to_hex(iso7816::Bytes(77, 2)) + " 90 00");
    const FileHandle file = desk.open("6F01");
    std::uint32_t count = 300;
    iso7816::Bytes content;
    BOOST_TEST(desk.files->Read(file, &count, SC_FL_SECURE_MESSAGING, &content) == ok);
    BOOST_TEST(count == 300U);
    const Calls expected{"secured 00 A4 08 04 02 6F 01 DF", "secured 00 B0 00 00 DF", "secured 00 B0 00 DF 4D"};
    BOOST_TEST(desk.commands() == expected, boost::test_tools::per_element());
    BOOST_TEST(desk.files->Seek(file, SeekFrom::SC_SEEK_FROM_BEGINNING, 0) == ok);
    desk.commands();
    BOOST_TEST(desk.files->Read(file, &count, SC_FL_SECURE_MESSAGING, &content) == ok);
    BOOST_TEST(desk.commands() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
