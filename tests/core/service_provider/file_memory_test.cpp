// ISCardFileAccess when memory runs out: E_OUTOFMEMORY, and everything as before.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <functional>
#include <new>
#include <utility>

#include "tests/core/service_provider/scripted_card.h"

namespace {

/// So many allocations succeed before one fails; negative: all do.
long allocations_left = -1;
bool fails_once = false;  ///< and those after that one succeed

void* limited(std::size_t size) {
    if (allocations_left == 0) {
        allocations_left -= fails_once ? 1 : 0;
        throw std::bad_alloc();
    }
    allocations_left -= allocations_left > 0 ? 1 : 0;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
    return limited(size);
}
void* operator new[](std::size_t size) {
    return limited(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

using namespace scardlab;
using namespace scardlab::service_provider;
using namespace scardlab::service_provider::test;
using fakes::hex;

namespace {

constexpr auto by_any = ReferenceType::SC_TYPE_BY_ANY;
constexpr Hresult ok = Hresult::S_OK_;

struct Desk : ScriptedCard {
    Desk() : ScriptedCard(plain_card()) {
        channel.recording = false;
        first("00 CA 01 E0", "46 49 4C 53 6F 01 01 08 90 00");
        first("00 CA 01 E1", "6A 88");
        channel.answer_to_reset = hex("3B 85 80 01 80 73 F7 41 DB 9B");
        BOOST_REQUIRE(files->Open(by_any, "6F01", &file) == ok);
        BOOST_REQUIRE(files->Open(by_any, "6F02", &records) == ok);
    }

    std::unique_ptr<ISCardFileAccess> files = make_iscard_file_access(channel);
    FileHandle file, records, opened;
    std::string path = "untouched";
    std::vector<std::string> list{"untouched"};
    std::uint32_t count = 8;
    iso7816::Bytes bytes;
};

const iso7816::Bytes parameters{0x82, 0x01, 0x01}, object{0xC0, 0x01, 0x07}, two_bytes{1, 2};

struct Method {
    const char* name;
    std::function<Hresult(Desk&)> call;
};
std::ostream& operator<<(std::ostream& out, const Method& method) {
    return out << method.name;
}

const Method methods[] = {
    {"ChangeDir", [](Desk& desk) { return desk.files->ChangeDir(by_any, "A000000018"); }},
    {"GetCurrentDir", [](Desk& desk) { return desk.files->GetCurrentDir(&desk.path); }},
    {"Directory", [](Desk& desk) { return desk.files->Directory(FileType::SC_TYPE_ALL_FILES, &desk.list); }},
    {"Open", [](Desk& desk) { return desk.files->Open(by_any, "1", &desk.opened); }},
    {"Seek", [](Desk& desk) { return desk.files->Seek(desk.records, SeekFrom::SC_SEEK_FROM_END, 0); }},
    {"Read", [](Desk& desk) { return desk.files->Read(desk.file, &desk.count, 0, &desk.bytes); }},
    {"Read of records", [](Desk& desk) { return desk.files->Read(desk.records, &desk.count, 0, &desk.bytes); }},
    {"Write", [](Desk& desk) { return desk.files->Write(desk.file, two_bytes, 0, nullptr); }},
    {"Write of a record", [](Desk& desk) { return desk.files->Write(desk.records, two_bytes, 0, nullptr); }},
    {"Create", [](Desk& desk) { return desk.files->Create(by_any, "6F01", parameters, 0, two_bytes); }},
    {"Delete", [](Desk& desk) { return desk.files->Delete(by_any, "6F01", 0); }},
    {"Invalidate", [](Desk& desk) { return desk.files->Invalidate(by_any, "6F01", 0); }},
    {"Rehabilitate", [](Desk& desk) { return desk.files->Rehabilitate(by_any, "6F01", 0); }},
    {"GetProperties", [](Desk& desk) { return desk.files->GetProperties(by_any, "6F01", 0, &desk.bytes); }},
    {"SetProperties", [](Desk& desk) { return desk.files->SetProperties(by_any, "7F10", 0, object); }},
    {"GetFileCapabilities", [](Desk& desk) { return desk.files->GetFileCapabilities(&desk.bytes, &desk.count, 0); }},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_file_memory)

BOOST_DATA_TEST_CASE(memory_that_runs_out_anywhere_leaves_the_object_as_it_was, boost::unit_test::data::make(methods),
                     method) {
    long failures = 0;
    for (Hresult result = Hresult::E_OUTOFMEMORY_; result != ok; ++failures) {
        Desk desk;
        allocations_left = failures;
        result = method.call(desk);
        allocations_left = -1;
        if (result != ok) {
            BOOST_REQUIRE_EQUAL(result, Hresult::E_OUTOFMEMORY_);
            BOOST_TEST(desk.path == "untouched");
            BOOST_TEST(desk.list.front() == "untouched");
            BOOST_TEST(desk.opened.value == 0U);
            BOOST_TEST(desk.count == 8U);
            BOOST_TEST(desk.bytes.empty());
        }
        BOOST_TEST(desk.channel.holds() == 0);
        // Files stand where they stood, and the current directory is what it was.
        if (result != ok) {
            BOOST_TEST(desk.files->Read(desk.records, &desk.count, 0, &desk.bytes) == ok);
            BOOST_TEST(desk.count == 3U);
            BOOST_TEST(desk.files->GetCurrentDir(&desk.path) == ok);
            BOOST_TEST(desk.path == "3F00");
            FileHandle next;
            BOOST_TEST(desk.files->Open(by_any, "6F01", &next) == ok);
            BOOST_TEST(next.value > desk.records.value);
        }
        BOOST_REQUIRE(failures < 2'000);
    }
    BOOST_TEST(failures > 3);  // it does allocate
}

BOOST_AUTO_TEST_CASE(a_file_that_could_not_be_filled_for_want_of_memory_is_not_on_the_card) {
    const iso7816::Bytes content = fakes::counting(600);
    long failures = 0;
    for (Hresult result = Hresult::E_OUTOFMEMORY_; result != ok; ++failures) {
        Desk desk;
        bool is_there = false;
        const auto other_commands = desk.channel.card;
        desk.channel.card = [&](const iso7816::CommandApdu& command) {
            const long left = std::exchange(allocations_left, -1);  // the card has memory of its own
            is_there = command.ins == 0xE0 || (is_there && command.ins != 0xE4);
            auto answer = other_commands(command);
            allocations_left = left;
            return answer;
        };
        fails_once = true;
        allocations_left = failures;
        result = desk.files->Create(by_any, "6F01", parameters, SC_FL_NONE, content);
        allocations_left = -1;
        fails_once = false;
        BOOST_TEST((result == ok || result == Hresult::E_OUTOFMEMORY_));
        BOOST_TEST(is_there == (result == ok), failures);
        BOOST_REQUIRE(failures < 2'000);
    }
    BOOST_TEST(failures > 3);
}

BOOST_AUTO_TEST_SUITE_END()
