#include "emulator/vpcd/bridge/client_threads.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace scardlab::vpcd {

namespace {

pid_t this_thread() {
    thread_local const auto id = static_cast<pid_t>(::syscall(SYS_gettid));
    return id;
}

/// The calls in which a client thread of pcscd waits: for a request, or for a lock that another application holds.
bool is_waiting_call(long number) {
#ifdef SYS_poll
    if (number == SYS_poll) {
        return true;
    }
#endif
    return number == SYS_ppoll || number == SYS_nanosleep || number == SYS_clock_nanosleep;
}

bool is_back(pid_t thread) {
    std::array<char, 64> path{};
    std::snprintf(path.data(), path.size(), "/proc/self/task/%d/syscall", static_cast<int>(thread));
    const int fd = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return true;
    }
    std::array<char, 128> text{};
    const auto size = ::read(fd, text.data(), text.size() - 1);
    ::close(fd);
    if (size <= 0) {
        return true;
    }
    char* end = nullptr;
    const long number = std::strtol(text.data(), &end, 10);  // or the word "running"
    return end != text.data() && is_waiting_call(number);
}

}  // namespace

void ClientThreads::entered() {
    const auto last = threads_.begin() + static_cast<std::ptrdiff_t>(count_);
    if (std::find(threads_.begin(), last, this_thread()) != last) {
        return;
    }
    if (count_ == most) {
        std::move(threads_.begin() + 1, threads_.end(), threads_.begin());
        --count_;
    }
    threads_[count_++] = this_thread();
}

bool ClientThreads::all_back() {
    const auto last = threads_.begin() + static_cast<std::ptrdiff_t>(count_);
    count_ = static_cast<std::size_t>(std::remove_if(threads_.begin(), last, is_back) - threads_.begin());
    return count_ == 0;
}

}  // namespace scardlab::vpcd
