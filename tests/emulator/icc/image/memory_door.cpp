#include "tests/emulator/icc/image/memory_door.h"

#include <algorithm>

namespace scardlab::tests {

namespace {

tl::unexpected<std::error_code> failure(std::errc error) {
    return tl::make_unexpected(std::make_error_code(error));
}

}  // namespace

icc::FileDoor::Result<icc::FileDoor::Entry> MemoryDoor::entry(const std::string& path) {
    return names_.contains(path) ? Entry::regular : Entry::missing;
}

icc::FileDoor::Result<std::string> MemoryDoor::link_target(const std::string&) {
    return failure(std::errc::invalid_argument);
}

icc::FileDoor::Result<std::string> MemoryDoor::real_folder(const std::string& path) {
    return path == "/" ? Result<std::string>("/") : failure(std::errc::no_such_file_or_directory);
}

icc::FileDoor::Result<void> MemoryDoor::check_writable(const std::string&) {
    return {};
}

icc::FileDoor::Result<int> MemoryDoor::open(const std::string& path, Open how) {
    const auto found = names_.find(path);
    Opened opened;
    if (how == Open::folder) {
        opened.folder = true;
    } else if (found != names_.end()) {
        if (how == Open::fresh) {
            return failure(std::errc::file_exists);
        }
        opened.inode = found->second;
    } else {
        if (how == Open::existing) {
            return failure(std::errc::no_such_file_or_directory);
        }
        opened.inode = next_inode_++;
        inodes_[opened.inode] = {};
        change_names({{path, opened.inode}});
    }
    open_[next_descriptor_] = opened;
    return next_descriptor_++;
}

icc::FileDoor::Result<std::size_t> MemoryDoor::read(int descriptor, std::span<std::uint8_t> into) {
    Opened& opened = open_.at(descriptor);
    const iso7816::Bytes& content = inodes_[opened.inode].content;
    const std::size_t count = std::min(into.size(), content.size() - opened.at);
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(opened.at), count, into.begin());
    opened.at += count;
    return count;
}

icc::FileDoor::Result<std::size_t> MemoryDoor::write(int descriptor, iso7816::ByteView bytes) {
    const iso7816::ByteView taken = bytes.first(std::min(bytes.size(), write_limit));
    iso7816::Bytes& content = inodes_[open_.at(descriptor).inode].content;
    content.insert(content.end(), taken.begin(), taken.end());
    return taken.size();
}

icc::FileDoor::Result<void> MemoryDoor::sync(int descriptor) {
    const Opened& opened = open_.at(descriptor);
    if (opened.folder) {
        synced_names_ = names_;
        unsynced_.clear();
        forget_nameless_files();
    } else {
        inodes_[opened.inode].synced = inodes_[opened.inode].content;
    }
    return {};
}

icc::FileDoor::Result<void> MemoryDoor::close(int descriptor) {
    const auto opened = open_.find(descriptor);
    if (opened == open_.end()) {
        return failure(std::errc::bad_file_descriptor);
    }
    locked_.erase(opened->second.inode);
    open_.erase(opened);
    return {};
}

icc::FileDoor::Result<icc::FileDoor::Lock> MemoryDoor::lock(int descriptor) {
    return Lock{locked_.insert(open_.at(descriptor).inode).second, std::nullopt};
}

icc::FileDoor::Result<void> MemoryDoor::rename(const std::string& from, const std::string& to) {
    const auto found = names_.find(from);
    if (found == names_.end()) {
        return failure(std::errc::no_such_file_or_directory);
    }
    change_names({{to, found->second}, {from, std::nullopt}});
    return {};
}

icc::FileDoor::Result<void> MemoryDoor::remove(const std::string& path) {
    if (!names_.contains(path)) {
        return failure(std::errc::no_such_file_or_directory);
    }
    change_names({{path, std::nullopt}});
    return {};
}

MemoryDoor MemoryDoor::after_kill() const {
    return disk(names_);
}

std::vector<MemoryDoor> MemoryDoor::after_power_failure() const {
    std::vector<MemoryDoor> disks;
    for (std::size_t kept = 0; kept < std::size_t{1} << unsynced_.size(); ++kept) {
        std::map<std::string, Inode> names = synced_names_;
        for (std::size_t i = 0; i < unsynced_.size(); ++i) {
            if ((kept >> i & 1) != 0) {
                apply(unsynced_[i], names);
            }
        }
        using Remains = iso7816::Bytes (*)(const File&);
        for (const Remains remains : std::initializer_list<Remains>{
                 [](const File& file) { return file.synced; }, [](const File& file) { return file.content; },
                 [](const File& file) {
                     return iso7816::Bytes(file.content.begin(),
                                           file.content.begin() + static_cast<std::ptrdiff_t>(file.content.size() / 2));
                 },
                 [](const File& file) { return iso7816::Bytes(file.content.size()); }}) {
            disks.push_back(disk(names));
            for (auto& [inode, file] : disks.back().inodes_) {
                file.content = file.content == file.synced ? file.content : remains(file);
                file.synced = file.content;
            }
        }
    }
    return disks;
}

std::set<std::string> MemoryDoor::names() const {
    std::set<std::string> found;
    for (const auto& [name, inode] : names_) {
        found.insert(name);
    }
    return found;
}

void MemoryDoor::put(const std::string& path, iso7816::Bytes content) {
    change_names({{path, next_inode_}});
    inodes_[next_inode_++] = {content, content};
    synced_names_ = names_;
}

void MemoryDoor::apply(const Change& change, std::map<std::string, Inode>& names) {
    for (const auto& [name, inode] : change) {
        if (inode) {
            names[name] = *inode;
        } else {
            names.erase(name);
        }
    }
}

void MemoryDoor::change_names(Change change) {
    apply(change, names_);
    unsynced_.push_back(std::move(change));
}

void MemoryDoor::forget_nameless_files() {
    std::set<Inode> known;
    for (const auto& [name, inode] : names_) {
        known.insert(inode);
    }
    for (const auto& [descriptor, opened] : open_) {
        known.insert(opened.inode);
    }
    std::erase_if(inodes_, [&](const auto& entry) { return !known.contains(entry.first); });
}

MemoryDoor MemoryDoor::disk(std::map<std::string, Inode> names) const {
    MemoryDoor other;
    other.inodes_ = inodes_;
    other.next_inode_ = next_inode_;
    other.write_limit = write_limit;
    other.names_ = names;
    other.synced_names_ = std::move(names);
    return other;
}

}  // namespace scardlab::tests
