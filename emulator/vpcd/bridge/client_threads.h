#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>

namespace scardlab::vpcd {

/// The threads of pcscd that serve applications and have called a slot lately.
///
/// pcscd's client threads write the reader's state (absent after IFD_ICC_NOT_PRESENT, mute after a failed power action)
/// some time *after* the handler has returned, without a lock against its event thread (winscard.c: SCardTransmit,
/// SCardReconnect). When the event thread has seen the next card meanwhile, a late "absent" stays for good. So the
/// event thread is not told of a movement before every client thread is back where it waits for its application's
/// next request. A thread's place is read from /proc/self/task/TID/syscall; where that cannot be read, it counts as
/// back.
class ClientThreads {
  public:
    /// The calling thread is one of them and is inside a call.
    void entered();
    /// Whether all are back (or have ended); forgets those that are.
    bool all_back();

  private:
    static constexpr std::size_t most = 16;  ///< remembered; pcscd has one for each application
    std::array<pid_t, most> threads_{};
    std::size_t count_ = 0;
};

}  // namespace scardlab::vpcd
