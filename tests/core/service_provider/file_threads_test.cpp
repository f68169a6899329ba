// Methods of one ISCardFileAccess from several threads, on the live manager.
#include <boost/test/unit_test.hpp>

#include "core/resource_manager/live/live_resource_manager.h"
#include "core/service_provider/iscard_manage.h"
#include "emulator/icc/icc.h"
#include "emulator/ifd/reader.h"
#include "tests/core/service_provider/printing.h"
#include "tests/fakes/command_card.h"
#include "tests/fakes/live_lab.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using fakes::comes;
using fakes::in_thread;

namespace {

constexpr Hresult ok = Hresult::S_OK_;
constexpr auto by_any = ReferenceType::SC_TYPE_BY_ANY;
constexpr int rounds = 50;

struct Desk {
    Desk() {
        ifd.insert(card);
        BOOST_REQUIRE(manage->AttachByIFD(manager.add_reader("Lab", ifd)) == ok);
        BOOST_REQUIRE(manage->CreateFileAccess(&files) == ok);
    }

    ifd::VirtualClock clock;
    icc::Icc card{fakes::command_card()};
    ifd::Reader ifd{clock};
    resource_manager::LiveResourceManager manager{clock};
    std::unique_ptr<ISCardManage> manage = make_iscard_manage(manager);
    std::unique_ptr<ISCardFileAccess> files;
};

/// How many of the rounds are good.
template <typename Round>
int good(Round round) {
    int count = 0;
    for (int i = 0; i < rounds; ++i) {
        count += round() ? 1 : 0;
    }
    return count;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(core_service_provider_file_threads, Desk)

BOOST_AUTO_TEST_CASE(threads_that_share_an_object_open_read_and_close_files_of_their_own) {
    const auto work = [this](const char* path, const char* content) {
        return good([&] {
            FileHandle file;
            std::uint32_t count = 2;
            iso7816::Bytes data;
            return files->Open(by_any, path, &file) == ok && files->Read(file, &count, SC_FL_NONE, &data) == ok &&
                   iso7816::to_hex(data) == content && files->Close(file) == ok;
        });
    };
    auto first = in_thread([&] { return work("5015/5033", "03 04"); });
    auto second = in_thread([&] { return work("5015/5031", "00 01"); });
    BOOST_REQUIRE(comes(first));
    BOOST_REQUIRE(comes(second));
    BOOST_TEST(first.get() == rounds);
    BOOST_TEST(second.get() == rounds);
}

BOOST_AUTO_TEST_CASE(sessions_end_in_one_thread_while_others_work_on_files_and_make_objects) {
    auto reconnects = in_thread([this] { return good([this] { return manage->Reconnect() == ok; }); });
    auto works = in_thread([this] {
        return good([this] {
            std::string path;
            FileHandle file;
            if (files->GetCurrentDir(&path) != ok || path != "3F00" || files->Open(by_any, "5015/5033", &file) != ok) {
                return false;
            }
            const Hresult closed = files->Close(file);
            return closed == ok || closed == hr::invalid_handle;
        });
    });
    auto creates = in_thread([this] {
        return good([this] {
            std::unique_ptr<ISCardFileAccess> made;
            return manage->CreateFileAccess(&made) == ok;
        });
    });
    for (auto* each : {&reconnects, &works, &creates}) {
        BOOST_REQUIRE(comes(*each));
        BOOST_TEST(each->get() == rounds);
    }
}

BOOST_AUTO_TEST_SUITE_END()
