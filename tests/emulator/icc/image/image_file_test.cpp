#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <iterator>

#include "emulator/icc/image/image_file.h"
#include "emulator/icc/image/posix_door.h"
#include "tests/emulator/icc/image/memory_door.h"
#include "tests/fakes/card_profiles.h"
#include "tests/fakes/temporary_folder.h"

namespace scardlab::tests {

namespace {

using icc::ImageFile;
using icc::ImageFileError;
using iso7816::Bytes;
namespace fs = std::filesystem;

const icc::Profile profile = fakes::dual_protocol();
const icc::IccState fresh_state = icc::personalise(profile);
const icc::IccState written_state = [] {
    icc::IccState state = fresh_state;
    state.chvs[0].tries_left = 1;
    return state;
}();

auto open_image(icc::FileDoor& door, const std::string& path, const icc::Profile& of = profile,
                ImageFile::OtherProfile other = ImageFile::OtherProfile::refuse) {
    return ImageFile::open(path, of, other, door);
}

struct RealFolder {
    fakes::TemporaryFolder folder;
    icc::PosixDoor files;
    std::string path = folder.path() + "/card.image";

    /// What opening it says.
    ImageFileError refusal(const std::string& of) {
        auto image = open_image(files, of);
        BOOST_REQUIRE(!image.has_value());
        BOOST_TEST(image.error().message.find('\n') == std::string::npos);
        return image.error();
    }
    ImageFileError refusal() { return refusal(path); }
    void check_unusable(const std::string& of, const std::string& message) {
        const ImageFileError error = refusal(of);
        BOOST_TEST((error.kind == ImageFileError::Kind::unusable));
        BOOST_TEST(error.message == message);
    }
    Bytes content() const {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void put(const Bytes& bytes) const {
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
};

mode_t mode_of(const std::string& path) {
    struct stat found {};
    BOOST_REQUIRE(stat(path.c_str(), &found) == 0);
    return found.st_mode & 0777U;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_image_image_file)

BOOST_AUTO_TEST_CASE(the_first_use_makes_it_and_the_next_finds_what_was_saved) {
    RealFolder real;
    {
        const auto image = open_image(real.files, real.path);
        BOOST_REQUIRE(image.has_value());
        BOOST_TEST((*image)->fresh());
        BOOST_TEST(((*image)->found() == fresh_state));
        BOOST_TEST((*image)->save(written_state));
    }
    const auto image = open_image(real.files, real.path);
    BOOST_REQUIRE(image.has_value());
    BOOST_TEST(!(*image)->fresh());
    BOOST_TEST(((*image)->found() == written_state));
    BOOST_TEST((real.folder.names() == std::set<std::string>{"card.image", "card.image.scardlab-lock"}));
}

BOOST_AUTO_TEST_CASE(only_its_owner_may_read_it) {
    RealFolder real;
    const mode_t before = umask(0);
    const auto image = open_image(real.files, real.path);
    BOOST_REQUIRE(image.has_value());
    BOOST_TEST(mode_of(real.path) == 0600U);
    chmod(real.path.c_str(), 0666);
    BOOST_TEST((*image)->save(written_state));
    BOOST_TEST(mode_of(real.path) == 0600U);
    BOOST_TEST(mode_of(real.path + ".scardlab-lock") == 0600U);
    umask(before);
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_is_removed) {
    RealFolder real;
    std::ofstream(real.path + ".scardlab-new") << "half an image";
    BOOST_REQUIRE(open_image(real.files, real.path).has_value());
    BOOST_TEST(!fs::exists(real.path + ".scardlab-new"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_refused_gets_no_companions_and_what_stands_beside_it_stays) {
    RealFolder real;
    const auto put_beside = [&] { std::ofstream(real.path + ".scardlab-new") << "not ours"; };
    const std::set<std::string> names{"card.image", "card.image.scardlab-new"};
    put_beside();
    real.put(fakes::text("name: dual_protocol"));
    BOOST_TEST((real.refusal().kind == ImageFileError::Kind::bad_image));
    BOOST_TEST((real.folder.names() == names));

    real.put(icc::encode_image(icc::origin_of(fakes::t0_only()), icc::personalise(fakes::t0_only())));
    BOOST_TEST((real.refusal().kind == ImageFileError::Kind::other_profile));
    BOOST_TEST((real.folder.names() == names));

    real.put(icc::encode_image(icc::origin_of(profile), written_state));
    BOOST_REQUIRE(open_image(real.files, real.path).has_value());
    BOOST_TEST((real.folder.names() == std::set<std::string>{"card.image", "card.image.scardlab-lock"}));
}

BOOST_AUTO_TEST_CASE(a_folder_where_a_save_writes_is_named) {
    RealFolder real;
    const std::string in_the_way = real.path + ".scardlab-new";
    const std::string message =
        real.path + ": " + in_the_way + ", where a save writes, is there and cannot be removed: Is a directory";
    fs::create_directory(in_the_way);
    real.check_unusable(real.path, message);
    BOOST_TEST(!fs::exists(real.path));
    real.put(icc::encode_image(icc::origin_of(profile), written_state));
    real.check_unusable(real.path, message);
    fs::remove(in_the_way);
    BOOST_TEST(open_image(real.files, real.path).has_value());
}

BOOST_AUTO_TEST_CASE(an_image_that_changes_before_it_is_locked_is_read_as_it_is_then) {
    MemoryDoor disk;
    BOOST_REQUIRE(open_image(disk, "/card").has_value());
    for (const bool damaged : {false, true}) {
        WatchedDoor door(disk);
        door.before = [&](const std::string& call) {
            if (call == "open lock") {
                Bytes bytes = icc::encode_image(icc::origin_of(profile), written_state);
                bytes.resize(bytes.size() - (damaged ? 1 : 0));
                disk.put("/card", bytes);
            }
            return std::error_code();
        };
        const auto image = open_image(door, "/card");
        BOOST_REQUIRE(image.has_value() == !damaged);
        BOOST_TEST((damaged ? image.error().kind == ImageFileError::Kind::bad_image
                            : (*image)->found() == written_state && !(*image)->fresh()));
    }
}

BOOST_AUTO_TEST_CASE(a_hard_link_keeps_the_state_of_before_the_first_save) {
    RealFolder real;
    const std::string other = real.folder.path() + "/other.image";
    BOOST_REQUIRE(open_image(real.files, real.path).has_value());
    fs::create_hard_link(real.path, other);
    BOOST_TEST((*open_image(real.files, real.path))->save(written_state));
    BOOST_TEST(((*open_image(real.files, real.path))->found() == written_state));
    BOOST_TEST(((*open_image(real.files, other))->found() == fresh_state));
}

BOOST_AUTO_TEST_CASE(a_save_writes_syncs_renames_and_syncs_the_folder) {
    MemoryDoor disk;
    WatchedDoor door(disk);
    const auto image = open_image(door, "/card");
    BOOST_REQUIRE(image.has_value());
    std::vector<std::string> calls;
    door.before = [&](const std::string& call) {
        calls.push_back(call);
        return std::error_code();
    };
    BOOST_TEST((*image)->save(written_state));
    door.before = nullptr;
    BOOST_TEST((calls == std::vector<std::string>{"remove", "open fresh", "write", "sync", "close", "rename", "sync"}));
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_stays_and_its_target_is_replaced) {
    RealFolder real;
    fs::create_directory(real.folder.path() + "/store");
    const std::string target = real.folder.path() + "/store/real.image";
    fs::create_symlink("store/real.image", real.path);  // leads to nothing yet
    fs::create_symlink(real.path, real.folder.path() + "/twice");
    {
        const auto image = open_image(real.files, real.path);
        BOOST_REQUIRE(image.has_value());
        BOOST_TEST((*image)->fresh());
        BOOST_TEST((*image)->save(written_state));
    }
    BOOST_TEST(fs::is_symlink(real.path));
    BOOST_TEST(fs::is_regular_file(fs::symlink_status(target)));
    const auto image = open_image(real.files, real.folder.path() + "/twice");
    BOOST_REQUIRE(image.has_value());
    BOOST_TEST(((*image)->found() == written_state));
    BOOST_TEST((real.folder.names() == std::set<std::string>{"card.image", "store", "twice"}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_an_image_file_is_refused_in_one_line) {
    RealFolder real;
    const std::string folder = real.folder.path();
    real.check_unusable(folder, folder + ": is no regular file");
    real.check_unusable("/dev/null", "/dev/null: is no regular file");
    BOOST_REQUIRE(mkfifo((folder + "/fifo").c_str(), 0600) == 0);
    real.check_unusable(folder + "/fifo", folder + "/fifo: is no regular file");
    real.check_unusable(folder + "/missing/card",
                        folder + "/missing/card: the folder " + folder + "/missing: No such file or directory");
    real.check_unusable(folder + "/missing/", folder + "/missing/: names no file");
    real.check_unusable("", ": names no file");
    std::ofstream(folder + "/file") << "x";
    real.check_unusable(folder + "/file/card", folder + "/file/card: cannot be found: Not a directory");
    fs::create_symlink("loop", folder + "/loop");
    real.check_unusable(folder + "/loop", folder + "/loop: cannot be found: Too many levels of symbolic links");
    const std::string name(300, 'x');
    real.check_unusable(folder + "/" + name, folder + "/" + name + ": cannot be found: File name too long");
    BOOST_TEST((real.refusal("/proc/card").kind == ImageFileError::Kind::unusable));  // nobody can write there
    BOOST_TEST((real.folder.names() == std::set<std::string>{"fifo", "file", "loop"}));
}

BOOST_AUTO_TEST_CASE(a_user_without_permission_is_refused_and_nothing_changes) {
    RealFolder real;
    BOOST_REQUIRE(open_image(real.files, real.path).has_value());
    const Bytes before = real.content();
    chmod(real.folder.path().c_str(), 0755);
    if (geteuid() != 0) {
        BOOST_TEST_MESSAGE("not root: permissions of this user are taken away, not another's tried");
    }
    const auto refused_as_other = [&](mode_t folder_mode, mode_t file_mode) {
        chmod(real.folder.path().c_str(), folder_mode);
        chmod(real.path.c_str(), file_mode);
        const pid_t child = fork();
        if (child == 0) {
            constexpr uid_t nobody = 65'534;
            if (geteuid() == 0 && setuid(nobody) != 0) {
                _exit(1);
            }
            const auto image = open_image(real.files, real.path);
            const bool refused = !image && image.error().kind == ImageFileError::Kind::unusable &&
                                 image.error().message.ends_with("Permission denied");
            _exit(refused ? 0 : 1);
        }
        int status = -1;
        BOOST_REQUIRE(waitpid(child, &status, 0) == child);
        chmod(real.folder.path().c_str(), 0755);
        return status == 0;
    };
    BOOST_TEST(refused_as_other(0555, 0644));  // read-only folder
    BOOST_TEST(refused_as_other(0777, 0444));  // the lock, or the image, is not his to write
    BOOST_TEST(refused_as_other(0000, 0644));
    BOOST_TEST((real.content() == before));
}

BOOST_AUTO_TEST_CASE(a_damaged_image_is_refused_with_its_byte_and_stays_as_it_is) {
    RealFolder real;
    BOOST_REQUIRE(open_image(real.files, real.path).has_value());
    Bytes bytes = real.content();
    bytes[100] ^= 1;
    real.put(bytes);
    const ImageFileError error = real.refusal();
    BOOST_TEST((error.kind == ImageFileError::Kind::bad_image));
    BOOST_TEST(error.message.starts_with(real.path + ": byte " + std::to_string(bytes.size() - 32) + ": checksum "));
    BOOST_TEST((real.content() == bytes));

    real.put({});
    BOOST_TEST(real.refusal().message == real.path + ": byte 0: the image ends after 0 bytes, expected 48");
    BOOST_TEST(real.content().empty());
}

BOOST_AUTO_TEST_CASE(a_file_larger_than_any_image_is_not_read_to_its_end) {
    RealFolder real;
    constexpr std::uint64_t size = 1ULL << 40;
    const auto check = [&](const std::string& message) {
        fs::resize_file(real.path, size);
        const ImageFileError error = real.refusal();
        BOOST_TEST((error.kind == ImageFileError::Kind::bad_image));
        BOOST_TEST(error.message == real.path + message);
        BOOST_TEST((real.folder.names() == std::set<std::string>{"card.image"}));
    };
    std::ofstream(real.path) << "x";
    check(": byte 0: 78, expected 89 of a card image's magic number");
    real.put(icc::encode_image(icc::origin_of(profile), fresh_state));
    check(": byte 16777216: the image goes on, expected at most 16777216 bytes");
}

BOOST_AUTO_TEST_CASE(the_image_of_another_profile_is_refused_unless_accepted_and_keeps_its_origin) {
    RealFolder real;
    BOOST_TEST((*open_image(real.files, real.path))->save(written_state));
    const auto refused = open_image(real.files, real.path, fakes::t0_only());
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().kind == ImageFileError::Kind::other_profile));
    BOOST_TEST(refused.error().message.starts_with(
        real.path + ": byte 16: the image of a card of profile 'dual_protocol' (fingerprint "));
    BOOST_TEST(refused.error().message.find("expected 't0_only' (") != std::string::npos);

    icc::Profile changed = profile;
    changed.chvs[0].tries = 5;
    BOOST_TEST((open_image(real.files, real.path, changed).error().kind == ImageFileError::Kind::other_profile));
    {
        const auto accepted = open_image(real.files, real.path, changed, ImageFile::OtherProfile::accept);
        BOOST_REQUIRE(accepted.has_value());
        BOOST_TEST(((*accepted)->found() == written_state));
        BOOST_TEST((*accepted)->save(fresh_state));
    }
    const auto again = open_image(real.files, real.path);
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(((*again)->found() == fresh_state));
}

BOOST_AUTO_TEST_CASE(a_state_that_could_not_be_read_again_is_not_written) {
    MemoryDoor disk;
    const auto image = open_image(disk, "/card");
    BOOST_REQUIRE(image.has_value());
    icc::IccState broken = fresh_state;
    broken.chvs[0].df = 99;
    BOOST_TEST(!(*image)->save(broken));
    broken = fresh_state;
    broken.files[3].content.resize(65'536);
    BOOST_TEST(!(*image)->save(broken));
    broken = fresh_state;
    broken.files.resize(4'000, broken.files[3]);
    for (std::size_t i = 10; i < 300; ++i) {
        broken.files[i].content.resize(65'535);
    }
    BOOST_TEST(!(*image)->save(broken));  // larger than any image
    BOOST_TEST((icc::decode_image(disk.content("/card"))->state == fresh_state));

    icc::Profile nameless = profile;
    nameless.name = std::string(256, 'x');
    const auto refused = open_image(disk, "/other", nameless);
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().kind == ImageFileError::Kind::unusable));
    BOOST_TEST((disk.names() == std::set<std::string>{"/card", "/card.scardlab-lock", "/other.scardlab-lock"}));
}

BOOST_AUTO_TEST_CASE(a_file_system_that_is_full_keeps_the_old_state) {
    RealFolder real;
    const pid_t child = fork();
    if (child == 0) {
        const auto image = open_image(real.files, real.path);
        signal(SIGXFSZ, SIG_IGN);
        const rlimit no_more{1'000, 1'000};  // the first write is cut short there, the next one fails
        const bool limited = setrlimit(RLIMIT_FSIZE, &no_more) == 0;
        _exit(image && limited && !(*image)->save(written_state) ? 0 : 1);
    }
    int status = -1;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
    BOOST_TEST(!fs::exists(real.path + ".scardlab-new"));
    const auto image = open_image(real.files, real.path);
    BOOST_REQUIRE(image.has_value());
    BOOST_TEST(((*image)->found() == fresh_state));
}

BOOST_AUTO_TEST_CASE(each_call_that_fails_while_it_is_opened_or_made_is_told_in_one_line) {
    for (const bool made : {false, true}) {
        unsigned failing = 1;
        for (bool failed = true; failed; ++failing) {
            MemoryDoor disk;
            if (made) {
                BOOST_REQUIRE(open_image(disk, "/card").has_value());
            }
            WatchedDoor door(disk);
            unsigned calls = 0;
            std::string call;
            door.before = [&](const std::string& name) {
                call = ++calls == failing ? name : call;
                return calls == failing ? std::make_error_code(std::errc::io_error) : std::error_code();
            };
            const auto image = open_image(door, "/card");
            failed = calls >= failing;
            door.before = nullptr;
            if (image) {
                BOOST_TEST((call == "" || call == "remove" || (made && call == "close")), call);
                continue;
            }
            BOOST_TEST((image.error().kind == ImageFileError::Kind::unusable), call);
            BOOST_TEST(image.error().message.starts_with("/card: "), image.error().message);
            BOOST_TEST(image.error().message.ends_with(": Input/output error"), image.error().message);
            const auto again = open_image(disk, "/card");
            BOOST_REQUIRE(again.has_value());
            BOOST_TEST((*again)->fresh() == !made);  // nothing is left of an image that could not be made
        }
        BOOST_TEST(failing > 8U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
