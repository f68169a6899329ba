#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "emulator/icc/image/file_door.h"

namespace scardlab::tests {

/// Files in memory, of one folder "/", that tell what has reached the disk: content by a sync of the file, names by a
/// sync of the folder.
class MemoryDoor final : public icc::FileDoor {
  public:
    Result<Entry> entry(const std::string& path) override;
    Result<std::string> link_target(const std::string& path) override;
    Result<std::string> real_folder(const std::string& path) override;
    Result<void> check_writable(const std::string& folder) override;
    Result<int> open(const std::string& path, Open how) override;
    Result<std::size_t> read(int descriptor, std::span<std::uint8_t> into) override;
    Result<std::size_t> write(int descriptor, iso7816::ByteView bytes) override;
    Result<void> sync(int descriptor) override;
    Result<void> close(int descriptor) override;
    Result<Lock> lock(int descriptor) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;

    /// Most bytes that one write takes.
    std::size_t write_limit = SIZE_MAX;

    /// The disk after the process has died: everything that it did is there.
    MemoryDoor after_kill() const;
    /// Every disk that a power failure may leave now: of the changes of names since the folder was synced any may be
    /// lost (in any order), and of a file that was not synced the content may be the earlier one, half of the new one,
    /// zeros, or the new one.
    std::vector<MemoryDoor> after_power_failure() const;

    std::set<std::string> names() const;
    const iso7816::Bytes& content(const std::string& path) const { return inodes_.at(names_.at(path)).content; }
    void put(const std::string& path, iso7816::Bytes content);

  private:
    using Inode = std::size_t;
    struct File {
        iso7816::Bytes content;
        iso7816::Bytes synced;
    };
    /// Names that change at once; no inode: the name goes.
    using Change = std::vector<std::pair<std::string, std::optional<Inode>>>;
    struct Opened {
        bool folder = false;
        Inode inode = 0;
        std::size_t at = 0;
    };
    static void apply(const Change& change, std::map<std::string, Inode>& names);
    void change_names(Change change);
    void forget_nameless_files();
    MemoryDoor disk(std::map<std::string, Inode> names) const;

    std::map<Inode, File> inodes_;
    Inode next_inode_ = 0;
    std::map<std::string, Inode> names_, synced_names_;
    std::vector<Change> unsynced_;
    std::map<int, Opened> open_;
    std::set<Inode> locked_;
    int next_descriptor_ = 3;
};

/// Passes every call on to another door, after `before` has heard of it. An error that `before` returns is the call's
/// result.
class WatchedDoor final : public icc::FileDoor {
  public:
    using Before = std::function<std::error_code(const std::string& call)>;
    explicit WatchedDoor(icc::FileDoor& door) : door_(door) {}

    Before before;
    bool syncs_do_nothing = false;

    Result<Entry> entry(const std::string& path) override {
        return pass<Entry>("entry", [&] { return door_.entry(path); });
    }
    Result<std::string> link_target(const std::string& path) override {
        return pass<std::string>("link_target", [&] { return door_.link_target(path); });
    }
    Result<std::string> real_folder(const std::string& path) override {
        return pass<std::string>("real_folder", [&] { return door_.real_folder(path); });
    }
    Result<void> check_writable(const std::string& folder) override {
        return pass<void>("check_writable", [&] { return door_.check_writable(folder); });
    }
    Result<int> open(const std::string& path, Open how) override {
        constexpr const char* kinds[] = {"open existing", "open fresh", "open lock", "open folder"};
        return pass<int>(kinds[static_cast<int>(how)], [&] { return door_.open(path, how); });
    }
    Result<std::size_t> read(int descriptor, std::span<std::uint8_t> into) override {
        return pass<std::size_t>("read", [&] { return door_.read(descriptor, into); });
    }
    Result<std::size_t> write(int descriptor, iso7816::ByteView bytes) override {
        return pass<std::size_t>("write", [&] { return door_.write(descriptor, bytes); });
    }
    Result<void> sync(int descriptor) override {
        return pass<void>("sync", [&] { return syncs_do_nothing ? Result<void>() : door_.sync(descriptor); });
    }
    Result<void> close(int descriptor) override {
        return pass<void>("close", [&] { return door_.close(descriptor); });
    }
    Result<Lock> lock(int descriptor) override {
        return pass<Lock>("lock", [&] { return door_.lock(descriptor); });
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        return pass<void>("rename", [&] { return door_.rename(from, to); });
    }
    Result<void> remove(const std::string& path) override {
        return pass<void>("remove", [&] { return door_.remove(path); });
    }

  private:
    template <class T, class Call>
    Result<T> pass(const char* name, Call call) {
        if (before) {
            if (const std::error_code error = before(name)) {
                return tl::make_unexpected(error);
            }
        }
        return call();
    }

    icc::FileDoor& door_;
};

}  // namespace scardlab::tests
