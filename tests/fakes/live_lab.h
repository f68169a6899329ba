#pragma once

#include <chrono>
#include <future>
#include <string>
#include <utility>

#include "core/resource_manager/caller.h"
#include "core/resource_manager/live/live_resource_manager.h"
#include "tests/fakes/fake_ifd.h"

namespace scardlab::fakes {

/// How long a case waits for what must come.
inline constexpr std::chrono::seconds patience{20};

/// Whether it comes.
template <typename Result>
bool comes(std::future<Result>& result) {
    return result.wait_for(patience) == std::future_status::ready;
}

/// Runs `work` in a thread of its own.
template <typename Work>
auto in_thread(Work work) {
    return std::async(std::launch::async, std::move(work));
}

/// A live resource manager with one reader on a fake Ifd, a card in it, and another application that may hold the lock.
struct LiveLab {
    LiveLab() : manager(clock) {
        ifd.stop_recording();
        ifd.insert();
        reader = manager.add_reader("Lab", ifd);
        manager.establish_context(other);
        other_handle = manager
                           .connect(other, reader, resource_manager::ShareMode::shared,
                                    resource_manager::protocol_t0 | resource_manager::protocol_t1)
                           .handle;
    }

    /// The other application's transaction.
    void lock() { manager.begin_transaction(other_handle); }
    void unlock() { manager.end_transaction(other_handle, resource_manager::Disposition::leave); }
    /// Moves the card, between verbs.
    template <typename Movement>
    void move(Movement movement) {
        manager.call([&](resource_manager::EmbeddedResourceManager&) { movement(ifd); });
    }

    ifd::VirtualClock clock;
    FakeIfd ifd;
    resource_manager::LiveResourceManager manager;
    std::string reader;
    resource_manager::Context other;
    resource_manager::Handle other_handle;
};

}  // namespace scardlab::fakes
