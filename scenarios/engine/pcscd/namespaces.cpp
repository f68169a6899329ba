#include "scenarios/engine/pcscd/namespaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace scardlab::engine {

namespace {

/// In the private /run, so that a copy of the process recognises it after exec too.
constexpr const char* marker = "/run/.scardlab-private";

std::string reason() {
    return std::generic_category().message(errno);
}

tl::unexpected<EnvironmentError> failure(std::string message) {
    return tl::unexpected(EnvironmentError{std::move(message)});
}

bool write_file(const char* path, std::string_view text, int flags = O_WRONLY) {
    const int fd = ::open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    const auto written = ::write(fd, text.data(), text.size());
    const int saved = errno;
    ::close(fd);
    errno = saved;
    return written == static_cast<ssize_t>(text.size());
}

std::size_t thread_count() {
    std::error_code error;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator item("/proc/self/task", error), end; !error && item != end;
         item.increment(error)) {
        ++count;
    }
    return count;
}

tl::expected<void, EnvironmentError> unshare_all() {
    constexpr int without_user = CLONE_NEWNS | CLONE_NEWNET;
    const auto uid = ::geteuid(), gid = ::getegid();
    if (::unshare(CLONE_NEWUSER | without_user) != 0) {
        const auto why = reason();
        if (uid == 0 && ::unshare(without_user) == 0) {
            return {};
        }
        return failure(
            fmt::format("namespaces are forbidden here (unshare: {}): allow user namespaces "
                        "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone), or give a "
                        "container the right to create them",
                        why));
    }
    // gid_map may be written by an ordinary user only after setgroups has been given up
    if (!write_file("/proc/self/setgroups", "deny") && errno != ENOENT) {
        return failure(fmt::format("cannot write /proc/self/setgroups: {}", reason()));
    }
    if (!write_file("/proc/self/uid_map", fmt::format("0 {} 1", uid)) ||
        !write_file("/proc/self/gid_map", fmt::format("0 {} 1", gid))) {
        return failure(fmt::format("cannot map user {} to root in a user namespace: {}", uid, reason()));
    }
    return {};
}

tl::expected<void, EnvironmentError> raise_loopback() {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
    bool up = fd >= 0 && ::ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    if (up) {
        request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
        up = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    }
    const auto why = reason();
    if (fd >= 0) {
        ::close(fd);
    }
    if (!up) {
        return failure(fmt::format("cannot raise the private loopback interface: {}", why));
    }
    return {};
}

}  // namespace

tl::expected<void, EnvironmentError> enter_private_namespaces() {
    if (thread_count() > 1) {
        return failure("private namespaces can be entered only by a process with one thread");
    }
    if (auto entered = unshare_all(); !entered) {
        return entered;
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        return failure(fmt::format("cannot make the mounts private: {}", reason()));
    }
    if (::mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64m") != 0) {
        return failure(fmt::format("cannot mount a private /run: {}", reason()));
    }
    if (!write_file(marker, "", O_WRONLY | O_CREAT)) {
        return failure(fmt::format("cannot write to the private /run: {}", reason()));
    }
    return raise_loopback();
}

bool in_private_namespaces() {
    return ::access(marker, F_OK) == 0;
}

}  // namespace scardlab::engine
