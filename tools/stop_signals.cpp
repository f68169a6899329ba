#include "tools/stop_signals.h"

#include <pthread.h>

#include <ctime>
#include <utility>

namespace scardlab::tools {

StopSignals::StopSignals(std::function<void()> on_stop) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    waiter_ = std::thread([signals = signals_, on_stop = std::move(on_stop)] {
        int signal = 0;
        sigwait(&signals, &signal);
        on_stop();
    });
}

StopSignals::~StopSignals() {
    pthread_kill(waiter_.native_handle(), SIGTERM);
    waiter_.join();
    // A second Ctrl-C says nothing new: it is not to end the program when it is let through again.
    const timespec at_once{};
    while (sigtimedwait(&signals_, nullptr, &at_once) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace scardlab::tools
