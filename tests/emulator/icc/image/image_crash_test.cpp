#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "emulator/icc/image/image_file.h"
#include "emulator/icc/image/posix_door.h"
#include "tests/emulator/icc/image/memory_door.h"
#include "tests/fakes/card_profiles.h"
#include "tests/fakes/temporary_folder.h"

namespace scardlab::tests {

namespace {

using icc::ImageFile;

const icc::Profile profile = fakes::dual_protocol();
const icc::IccState first = icc::personalise(profile);
/// A larger image than the first, so that no part of one passes for a part of the other.
const icc::IccState second = [] {
    icc::IccState state = first;
    state.files[3].content.assign(900, 0x77);
    state.chvs[0].tries_left = 1;
    return state;
}();
constexpr const char* path = "/card.image";

auto open_image(icc::FileDoor& door, const std::string& at = path) {
    return ImageFile::open(at, profile, ImageFile::OtherProfile::refuse, door);
}

/// Thrown in the place of a system call, as the process would end there.
struct ProcessEnds {};

/// Runs `action` until its `last`th call, which does not happen; how many calls came.
template <class Action>
unsigned run_until_call(WatchedDoor& door, unsigned last, Action action) {
    unsigned calls = 0;
    door.before = [&](const std::string&) -> std::error_code {
        if (++calls == last) {
            throw ProcessEnds{};
        }
        return {};
    };
    try {
        action();
    } catch (const ProcessEnds&) {
    }
    door.before = nullptr;
    return calls;
}

/// Runs `action`, whose `failing`th call fails and is named in `call`; whether it came.
template <class Action>
bool fail_call(WatchedDoor& door, unsigned failing, std::string& call, Action action) {
    unsigned calls = 0;
    door.before = [&](const std::string& name) {
        if (++calls != failing) {
            return std::error_code();
        }
        call = name;
        return std::make_error_code(std::errc::no_space_on_device);
    };
    action();
    door.before = nullptr;
    return calls >= failing;
}

/// What the next process finds on that disk; nullopt when it finds an image that it cannot read. The folder must be
/// clean afterwards.
std::optional<icc::IccState> found_on(MemoryDoor disk) {
    const auto image = open_image(disk);
    if (!image) {
        return std::nullopt;
    }
    BOOST_TEST((disk.names() == std::set<std::string>{path, std::string(path) + ".scardlab-lock"}));
    return (*image)->found();
}

/// All disks that a death of the process, or of the machine, may leave now.
std::vector<MemoryDoor> disks_after_a_crash(const MemoryDoor& disk) {
    std::vector<MemoryDoor> disks = disk.after_power_failure();
    disks.push_back(disk.after_kill());
    return disks;
}

/// Saves `second` over `first` and ends before call `last` (0: never), on a disk whose syncs may do nothing. Gives all
/// disks that may be left, and whether that call came.
std::pair<std::vector<MemoryDoor>, bool> crash_in_save(unsigned last, bool syncs_do_nothing) {
    MemoryDoor disk;
    disk.write_limit = 500;
    WatchedDoor door(disk);
    BOOST_REQUIRE(open_image(door).has_value());
    const auto image = open_image(door);
    BOOST_REQUIRE(image.has_value());
    door.syncs_do_nothing = syncs_do_nothing;
    const unsigned calls = run_until_call(door, last, [&] { BOOST_TEST((*image)->save(second)); });
    return {disks_after_a_crash(disk), calls >= last};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_image_crash)

BOOST_AUTO_TEST_CASE(a_crash_before_any_call_of_a_save_leaves_the_old_or_the_new_state) {
    bool old_seen = false;
    bool new_seen = false;
    unsigned calls = 0;
    for (unsigned last = 1;; ++last) {
        const auto [disks, crashed] = crash_in_save(last, false);
        if (!crashed) {
            break;
        }
        calls = last;
        for (const MemoryDoor& disk : disks) {
            const auto found = found_on(disk);
            BOOST_TEST((found == first || found == second), "before call " << last);
            old_seen = old_seen || found == first;
            new_seen = new_seen || found == second;
        }
    }
    const std::size_t size = icc::encode_image(icc::origin_of(profile), second).size();
    BOOST_TEST(calls == 6 + (size + 499) / 500);  // remove, open, writes, sync, close, rename, sync
    BOOST_TEST(old_seen);
    BOOST_TEST(new_seen);
}

BOOST_AUTO_TEST_CASE(a_state_that_was_saved_survives_every_crash) {
    const auto [disks, crashed] = crash_in_save(1'000, false);
    BOOST_TEST(!crashed);
    for (const MemoryDoor& disk : disks) {
        BOOST_TEST((found_on(disk) == second));
    }
}

BOOST_AUTO_TEST_CASE(without_its_syncs_the_same_crashes_would_lose_it) {
    const auto [disks, crashed] = crash_in_save(1'000, true);
    bool unreadable = false;
    bool forgotten = false;
    for (const MemoryDoor& disk : disks) {
        const auto found = found_on(disk);
        unreadable = unreadable || !found;
        forgotten = forgotten || found == first;
    }
    BOOST_TEST(unreadable);
    BOOST_TEST(forgotten);
}

BOOST_AUTO_TEST_CASE(a_crash_while_the_image_is_made_leaves_none_or_a_whole_one) {
    unsigned last = 1;
    for (bool crashed = true; crashed; ++last) {
        MemoryDoor disk;
        WatchedDoor door(disk);
        tl::expected<std::unique_ptr<ImageFile>, icc::ImageFileError> image;
        crashed = run_until_call(door, last, [&] { image = open_image(door); }) >= last;
        for (const MemoryDoor& left : disks_after_a_crash(disk)) {
            BOOST_TEST((found_on(left) == first), "before call " << last);  // made again, or read
        }
    }
    BOOST_TEST(last > 10U);
}

BOOST_AUTO_TEST_CASE(a_call_that_fails_reports_false_and_keeps_the_old_state) {
    for (const bool old_was_saved : {false, true}) {  // or found when the image was opened
        const icc::IccState& before = old_was_saved ? second : first;
        const icc::IccState& after = old_was_saved ? first : second;
        unsigned failing = 1;
        for (bool failed = true; failed; ++failing) {
            MemoryDoor disk;
            disk.write_limit = 500;
            WatchedDoor door(disk);
            BOOST_REQUIRE(open_image(door).has_value());
            const auto image = open_image(door);
            BOOST_REQUIRE(image.has_value());
            BOOST_TEST((!old_was_saved || (*image)->save(before)));
            std::string call;
            failed = fail_call(door, failing, call, [&] {
                const bool saved = (*image)->save(after);
                const bool harmless = call.empty() || call == "remove";  // there was nothing to remove
                BOOST_TEST(saved == harmless, call);
                BOOST_TEST((found_on(disk.after_kill()) == (saved ? after : before)), call);
            });
            for (const MemoryDoor& left : disk.after_power_failure()) {
                const auto found = found_on(left);
                BOOST_TEST((found == first || found == second), call);
            }
            BOOST_TEST((disk.names() == std::set<std::string>{path, std::string(path) + ".scardlab-lock"}), call);
            BOOST_TEST((*image)->save(after));  // and the next one succeeds
            for (const MemoryDoor& left : disks_after_a_crash(disk)) {
                BOOST_TEST((found_on(left) == after));
            }
        }
        BOOST_TEST(failing > 11U);
    }
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_from_some_call_on_keeps_the_old_state_or_the_new) {
    for (unsigned failing = 1; failing < 20; ++failing) {
        MemoryDoor disk;
        WatchedDoor door(disk);
        const auto image = open_image(door);
        BOOST_REQUIRE(image.has_value());
        unsigned calls = 0;
        door.before = [&](const std::string&) {
            return ++calls >= failing ? std::make_error_code(std::errc::io_error) : std::error_code();
        };
        const bool saved = (*image)->save(second);
        door.before = nullptr;
        for (const MemoryDoor& left : disks_after_a_crash(disk)) {
            const auto found = found_on(left);
            BOOST_TEST((found == second || (!saved && found == first)), "from call " << failing);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_process_that_ends_before_any_call_of_a_save_leaves_the_old_or_the_new_file) {
    constexpr int never_came = 7;
    bool crashed = true;
    unsigned last = 1;
    for (; crashed; ++last) {
        const fakes::TemporaryFolder folder;
        const std::string real = folder.path() + "/card.image";
        const pid_t child = fork();
        if (child == 0) {
            icc::PosixDoor files;
            WatchedDoor door(files);
            const auto image = open_image(door, real);
            unsigned calls = 0;
            door.before = [&](const std::string&) -> std::error_code {
                if (++calls == last) {
                    _exit(0);
                }
                return {};
            };
            _exit(image && (*image)->save(second) ? never_came : 1);
        }
        int status = -1;
        BOOST_REQUIRE(waitpid(child, &status, 0) == child);
        BOOST_REQUIRE(WIFEXITED(status));
        crashed = WEXITSTATUS(status) == 0;
        BOOST_TEST((crashed || WEXITSTATUS(status) == never_came));

        icc::PosixDoor files;
        const auto image = open_image(files, real);
        BOOST_REQUIRE(image.has_value());
        BOOST_TEST(!(*image)->fresh());
        const bool renamed = last > 6;  // remove, open, write, sync, close, rename, sync
        BOOST_TEST(((*image)->found() == (renamed ? second : first)), "before call " << last);
        BOOST_TEST((folder.names() == std::set<std::string>{"card.image", "card.image.scardlab-lock"}));
    }
    BOOST_TEST(last == 9U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
