#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>

#include "emulator/icc/image/image_file.h"
#include "emulator/icc/image/posix_door.h"
#include "tests/fakes/card_profiles.h"
#include "tests/fakes/temporary_folder.h"

namespace scardlab::tests {

namespace {

using icc::ImageFile;
using icc::ImageFileError;

const icc::Profile profile = fakes::dual_protocol();

auto open_image(icc::FileDoor& door, const std::string& path) {
    return ImageFile::open(path, profile, ImageFile::OtherProfile::refuse, door);
}

/// Another process that has the image, until it is ended.
class Holder {
  public:
    explicit Holder(const std::string& path) {
        std::array<int, 2> ready{};
        BOOST_REQUIRE(pipe(ready.data()) == 0);
        process_ = fork();
        if (process_ == 0) {
            icc::PosixDoor files;
            const auto image = open_image(files, path);
            const char held = image ? 'y' : 'n';
            if (write(ready[1], &held, 1) != 1) {
                _exit(1);
            }
            pause();
            _exit(0);
        }
        close(ready[1]);
        char held = 0;
        BOOST_REQUIRE(read(ready[0], &held, 1) == 1);
        BOOST_REQUIRE(held == 'y');
        close(ready[0]);
    }
    ~Holder() { kill_now(); }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

    pid_t process() const { return process_; }
    void kill_now() {
        if (process_ > 0) {
            kill(process_, SIGKILL);
            waitpid(process_, nullptr, 0);
            process_ = -1;
        }
    }

  private:
    pid_t process_ = -1;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_image_lock)

BOOST_AUTO_TEST_CASE(a_second_process_is_refused_and_told_who_has_it_until_that_one_is_killed) {
    const fakes::TemporaryFolder folder;
    const std::string path = folder.path() + "/card.image";
    Holder holder(path);
    icc::PosixDoor files;
    const auto refused = open_image(files, path);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().kind == ImageFileError::Kind::in_use));
    BOOST_TEST(refused.error().message == path + ": is in use by process " + std::to_string(holder.process()));
    holder.kill_now();
    const auto image = open_image(files, path);
    BOOST_REQUIRE(image.has_value());
    BOOST_TEST(!(*image)->fresh());
}

BOOST_AUTO_TEST_CASE(saving_does_not_let_another_in) {
    const fakes::TemporaryFolder folder;
    const std::string path = folder.path() + "/card.image";
    icc::PosixDoor files;
    const auto image = open_image(files, path);
    BOOST_REQUIRE(image.has_value());
    icc::IccState state = (*image)->found();
    for (int i = 0; i < 3; ++i) {
        ++state.random_seed;
        BOOST_TEST((*image)->save(state));
        const pid_t child = fork();
        if (child == 0) {
            icc::PosixDoor others;
            const auto second = open_image(others, path);
            _exit(!second && second.error().kind == ImageFileError::Kind::in_use ? 0 : 1);
        }
        int status = -1;
        BOOST_REQUIRE(waitpid(child, &status, 0) == child);
        BOOST_TEST(status == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_second_card_in_the_same_process_is_refused_too) {
    const fakes::TemporaryFolder folder;
    const std::string path = folder.path() + "/card.image";
    icc::PosixDoor files;
    auto image = open_image(files, path);
    BOOST_REQUIRE(image.has_value());
    for (int i = 0; i < 2; ++i) {
        const auto refused = open_image(files, path);
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST(refused.error().message == path + ": is in use by another card");
    }
    image->reset();
    BOOST_TEST(open_image(files, path).has_value());
}

BOOST_AUTO_TEST_CASE(two_names_of_one_image_have_one_lock) {
    const fakes::TemporaryFolder folder;
    const std::string path = folder.path() + "/card.image";
    std::filesystem::create_symlink("card.image", folder.path() + "/link");
    std::filesystem::create_directory_symlink(folder.path(), folder.path() + "/here");
    const Holder holder(path);
    icc::PosixDoor files;
    for (const char* other : {"/link", "/here/card.image", "/here/link", "/here/./card.image"}) {
        const auto refused = open_image(files, folder.path() + other);
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().kind == ImageFileError::Kind::in_use), other);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
