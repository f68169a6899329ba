#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/resource_manager/resource_manager.h"

namespace scardlab::resource_manager {

class Reader;

/// The event that a handle has pending: dwEventStatus (pcsc-lite readerfactory.h, RDR_CLIHANDLES). One value, the last
/// writer wins (rule E1).
enum class Notice : std::uint8_t { none, reset, removed };

/// RFCheckReaderEventState (readerfactory.c:1308): the code that a pending event answers. Looking does not clear it.
constexpr Code code_of(Notice notice) {
    return notice == Notice::reset ? Code::reset_card : notice == Notice::removed ? Code::removed_card : Code::success;
}

/// What the daemon and the client library know of one SCARDHANDLE. Neither share mode nor protocol is among it.
struct OpenHandle {
    Handle handle;
    Context owner;
    Reader* reader;  ///< null once the reader has vanished from the daemon
    Notice notice = Notice::none;
    std::string reader_name;  ///< the client library's copy, with which SCardStatus looks the reader up
    bool dead = false;        ///< its daemon has ended
};

/// All open handles, in the order of their numbers. Numbers start at 1 and are not used twice.
class HandleTable {
  public:
    OpenHandle& open(Context owner, Reader& reader, std::string reader_name);
    void close(Handle handle);

    /// nullptr if there is none. Valid until the next open() or close().
    OpenHandle* find(Handle handle);
    /// The context's handle that was opened first.
    OpenHandle* first_of(Context owner);
    std::size_t count_of(Context owner) const;
    std::size_t count_of(const Reader& reader) const;

    /// RFSetReaderEventState (readerfactory.c:1275) without its effect on the lock.
    void mark(const Reader& reader, Notice notice);
    /// The reader has vanished: its handles stay known to the clients, and dead.
    void forget(const Reader& reader);
    /// The daemon has ended: every handle stays known to its client, and dead.
    void bury();

  private:
    std::vector<OpenHandle> handles_;
    std::int64_t last_ = 0;
};

}  // namespace scardlab::resource_manager
