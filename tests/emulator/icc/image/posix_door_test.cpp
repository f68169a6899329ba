#include <array>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "emulator/icc/image/posix_door.h"
#include "tests/fakes/temporary_folder.h"

namespace scardlab::tests {

namespace {

using icc::FileDoor;

struct Files {
    Files() {
        std::ofstream(file) << "content";
        std::filesystem::create_symlink("file", link);
        std::filesystem::create_symlink("nothing", folder.path() + "/dangling");
    }
    /// Opens and closes it; the error, if any.
    std::error_code open(const std::string& path, FileDoor::Open how) {
        const auto opened = door.open(path, how);
        if (!opened) {
            return opened.error();
        }
        return door.close(*opened) ? std::error_code() : std::make_error_code(std::errc::io_error);
    }

    fakes::TemporaryFolder folder;
    std::string file = folder.path() + "/file", link = folder.path() + "/link", missing = folder.path() + "/missing";
    icc::PosixDoor door;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_image_posix_door)

BOOST_AUTO_TEST_CASE(a_fresh_file_is_never_one_that_is_there_nor_where_a_link_leads) {
    Files files;
    BOOST_TEST((files.open(files.file, FileDoor::Open::fresh) == std::errc::file_exists));
    BOOST_TEST((files.open(files.link, FileDoor::Open::fresh) == std::errc::file_exists));
    BOOST_TEST((files.open(files.folder.path() + "/dangling", FileDoor::Open::fresh) == std::errc::file_exists));
    BOOST_TEST(std::filesystem::file_size(files.file) == 7U);
    BOOST_TEST(!files.open(files.missing, FileDoor::Open::fresh));
}

BOOST_AUTO_TEST_CASE(no_link_is_followed) {
    Files files;
    for (const auto how : {FileDoor::Open::existing, FileDoor::Open::lock}) {
        BOOST_TEST((files.open(files.link, how) == std::errc::too_many_symbolic_link_levels));
        BOOST_TEST(!files.open(files.file, how));
    }
    BOOST_TEST((files.door.entry(files.link) == FileDoor::Entry::link));
    BOOST_TEST((files.door.link_target(files.link) == std::string("file")));
}

BOOST_AUTO_TEST_CASE(errors_are_those_of_the_system) {
    Files files;
    BOOST_TEST((files.open(files.missing, FileDoor::Open::existing) == std::errc::no_such_file_or_directory));
    BOOST_TEST((files.open(files.file, FileDoor::Open::folder) == std::errc::not_a_directory));
    BOOST_TEST((files.door.remove(files.missing).error() == std::errc::no_such_file_or_directory));
    BOOST_TEST((files.door.rename(files.missing, files.file).error() == std::errc::no_such_file_or_directory));
    BOOST_TEST((files.door.link_target(files.file).error() == std::errc::invalid_argument));
    BOOST_TEST((files.door.real_folder(files.missing).error() == std::errc::no_such_file_or_directory));
    constexpr int closed = 999'999;
    std::array<std::uint8_t, 1> byte{};
    BOOST_TEST((files.door.read(closed, byte).error() == std::errc::bad_file_descriptor));
    BOOST_TEST((files.door.write(closed, byte).error() == std::errc::bad_file_descriptor));
    BOOST_TEST((files.door.sync(closed).error() == std::errc::bad_file_descriptor));
    BOOST_TEST((files.door.close(closed).error() == std::errc::bad_file_descriptor));
    BOOST_TEST((files.door.lock(closed).error() == std::errc::bad_file_descriptor));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
