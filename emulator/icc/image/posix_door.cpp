#include "emulator/icc/image/posix_door.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

namespace scardlab::icc {

namespace {

tl::unexpected<std::error_code> last_error() {
    return tl::make_unexpected(std::error_code(errno, std::generic_category()));
}

FileDoor::Result<void> done_if(bool ok) {
    if (!ok) {
        return last_error();
    }
    return {};
}

/// Repeats a system call that a signal has interrupted.
template <class Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

int flags(FileDoor::Open how) {
    switch (how) {
        case FileDoor::Open::existing:
            return O_RDWR | O_NOFOLLOW | O_NONBLOCK;
        case FileDoor::Open::fresh:
            return O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
        case FileDoor::Open::lock:
            return O_RDWR | O_CREAT | O_NOFOLLOW;
        case FileDoor::Open::folder:
            return O_RDONLY | O_DIRECTORY;
    }
    return 0;
}

struct flock lock_of_byte(off_t byte) {
    struct flock request {};
    request.l_type = F_WRLCK;
    request.l_whence = SEEK_SET;
    request.l_start = byte;
    request.l_len = 1;
    return request;
}

// The lock is one of the open file description (two cards in one process exclude each other too), for which the kernel
// names no holder. So its owner takes one of the process as well, on the next byte, only to be named.
constexpr off_t exclusive_byte = 0;
constexpr off_t name_byte = 1;

}  // namespace

FileDoor::Result<FileDoor::Entry> PosixDoor::entry(const std::string& path) {
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0) {
        return errno == ENOENT ? Result<Entry>(Entry::missing) : Result<Entry>(last_error());
    }
    return S_ISREG(found.st_mode) ? Entry::regular : S_ISLNK(found.st_mode) ? Entry::link : Entry::other;
}

FileDoor::Result<std::string> PosixDoor::link_target(const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlink(path.c_str(), target.data(), target.size());
    if (size < 0) {
        return last_error();
    }
    return std::string(target.data(), static_cast<std::size_t>(size));
}

FileDoor::Result<std::string> PosixDoor::real_folder(const std::string& path) {
    std::array<char, PATH_MAX> resolved{};
    if (realpath(path.c_str(), resolved.data()) == nullptr) {
        return last_error();
    }
    return std::string(resolved.data());
}

FileDoor::Result<void> PosixDoor::check_writable(const std::string& folder) {
    return done_if(access(folder.c_str(), W_OK | X_OK) == 0);
}

FileDoor::Result<int> PosixDoor::open(const std::string& path, Open how) {
    constexpr mode_t owner_only = 0600;
    const int descriptor = uninterrupted([&] { return ::open(path.c_str(), flags(how) | O_CLOEXEC, owner_only); });
    return descriptor < 0 ? Result<int>(last_error()) : Result<int>(descriptor);
}

FileDoor::Result<std::size_t> PosixDoor::read(int descriptor, std::span<std::uint8_t> into) {
    const ssize_t count = uninterrupted([&] { return ::read(descriptor, into.data(), into.size()); });
    return count < 0 ? Result<std::size_t>(last_error()) : Result<std::size_t>(static_cast<std::size_t>(count));
}

FileDoor::Result<std::size_t> PosixDoor::write(int descriptor, iso7816::ByteView bytes) {
    const ssize_t count = uninterrupted([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    return count < 0 ? Result<std::size_t>(last_error()) : Result<std::size_t>(static_cast<std::size_t>(count));
}

FileDoor::Result<void> PosixDoor::sync(int descriptor) {
    return done_if(uninterrupted([&] { return fsync(descriptor); }) == 0);
}

FileDoor::Result<void> PosixDoor::close(int descriptor) {
    return done_if(::close(descriptor) == 0 || errno == EINTR);  // on Linux it is closed in either case
}

FileDoor::Result<FileDoor::Lock> PosixDoor::lock(int descriptor) {
    struct flock request = lock_of_byte(exclusive_byte);
    struct flock name = lock_of_byte(name_byte);
    if (fcntl(descriptor, F_OFD_SETLK, &request) == 0) {
        fcntl(descriptor, F_SETLK, &name);  // when this fails, the holder is just not named
        return Lock{true, std::nullopt};
    }
    if (errno != EAGAIN && errno != EACCES) {
        return last_error();
    }
    const bool told = fcntl(descriptor, F_GETLK, &name) == 0 && name.l_type != F_UNLCK && name.l_pid > 0;
    return Lock{false, told ? std::optional<int>(name.l_pid) : std::nullopt};
}

FileDoor::Result<void> PosixDoor::rename(const std::string& from, const std::string& to) {
    return done_if(std::rename(from.c_str(), to.c_str()) == 0);
}

FileDoor::Result<void> PosixDoor::remove(const std::string& path) {
    return done_if(unlink(path.c_str()) == 0);
}

}  // namespace scardlab::icc
