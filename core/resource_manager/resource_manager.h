#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::resource_manager {

/// What an SCard verb answers: pcsc-lite's numbers, narrowed to 32 bits (pcsclite.h).
enum class Code : std::uint32_t {
    success = 0x00000000,
    internal_error = 0x80100001,
    cancelled = 0x80100002,
    invalid_handle = 0x80100003,
    invalid_parameter = 0x80100004,
    no_memory = 0x80100006,
    insufficient_buffer = 0x80100008,
    unknown_reader = 0x80100009,
    timeout = 0x8010000A,
    sharing_violation = 0x8010000B,
    no_smartcard = 0x8010000C,
    proto_mismatch = 0x8010000F,
    not_ready = 0x80100010,
    invalid_value = 0x80100011,
    comm_error = 0x80100013,
    not_transacted = 0x80100016,
    reader_unavailable = 0x80100017,
    no_service = 0x8010001D,
    service_stopped = 0x8010001E,
    unsupported_feature = 0x8010001F,
    no_readers_available = 0x8010002E,
    server_too_busy = 0x80100031,
    unsupported_card = 0x80100065,
    unresponsive_card = 0x80100066,
    unpowered_card = 0x80100067,
    reset_card = 0x80100068,
    removed_card = 0x80100069,
    /// Never told to an application: the call would block now. Nothing has been done that a second call with the same
    /// arguments does not do again (where pcsc-lite's client retries, the retry has the same effect). The caller calls
    /// again later: after any other call, or after ResourceManager::retry_after of time. Only the embedded manager
    /// answers it.
    not_yet = 0xFFFFFFFF,
};

/// "SCARD_W_RESET_CARD" and so on; "" for a number without a name.
std::string_view name(Code code);
/// The code with that name, with or without "SCARD_"; nullopt if there is none.
std::optional<Code> code_named(std::string_view name);

/// Any value can be passed: the resource manager judges it.
enum class ShareMode : std::uint32_t { exclusive = 1, shared = 2, direct = 3 };
/// What happens to the card: dwInitialization of Reconnect, dwDisposition of Disconnect and EndTransaction.
enum class Disposition : std::uint32_t { leave = 0, reset = 1, unpower = 2, eject = 3 };
/// Bits of protocols: T0 1, T1 2, RAW 4, T15 8.
using Protocols = std::uint32_t;
inline constexpr Protocols protocol_undefined = 0, protocol_t0 = 1, protocol_t1 = 2, protocol_raw = 4, protocol_t15 = 8;

/// Bits of the reader state that SCardStatus reports in its lower 16 bits (pcsclite.h).
using StateBits = std::uint32_t;
inline constexpr StateBits state_unknown = 0x01, state_absent = 0x02, state_present = 0x04, state_swallowed = 0x08,
                           state_powered = 0x10, state_negotiable = 0x20, state_specific = 0x40;

/// SCARD_ATTR_ICC_PRESENCE (reader.h; PC/SC part 3): one byte, 0 no card, 1 present, 2 swallowed. What the driver sees
/// now, not what the resource manager believes; many drivers do not answer it.
inline constexpr std::uint32_t attribute_icc_presence = 0x0009'0300;

/// SCARDCONTEXT and SCARDHANDLE: 0 is never a valid one.
struct Context {
    std::int64_t value = 0;
    friend bool operator==(Context, Context) = default;
};
struct Handle {
    std::int64_t value = 0;
    friend bool operator==(Handle, Handle) = default;
};

struct ConnectResult {
    Code code = Code::success;
    Handle handle;
    Protocols active_protocol = protocol_undefined;
};

struct ReconnectResult {
    Code code = Code::success;
    Protocols active_protocol = protocol_undefined;
};

struct StatusResult {
    Code code = Code::success;
    std::string reader;
    StateBits state = 0;            ///< lower 16 bits of pdwState
    std::uint16_t event_count = 0;  ///< upper 16 bits of pdwState
    Protocols protocol = protocol_undefined;
    iso7816::Atr atr;  ///< empty when there is none
};

/// Bits of dwCurrentState and dwEventState (pcsclite.h).
using WatchBits = std::uint32_t;
inline constexpr WatchBits watch_unaware = 0, watch_ignore = 0x01, watch_changed = 0x02, watch_unknown = 0x04,
                           watch_unavailable = 0x08, watch_empty = 0x10, watch_present = 0x20, watch_atrmatch = 0x40,
                           watch_exclusive = 0x80, watch_inuse = 0x100, watch_mute = 0x200, watch_unpowered = 0x400;

/// SCARD_READERSTATE.
struct ReaderState {
    std::string reader;
    std::uint32_t current_state = 0;  ///< in: what the caller believes, event counter in the upper half
    std::uint32_t event_state = 0;    ///< out: what is, event counter in the upper half
    iso7816::Bytes atr;               ///< out
};

class Caller;

/// The SCard verbs of PC/SC part 5 as pcsc-lite has them (winscard.h). Every verb answers one of the codes that rule
/// numbers (scenarios/rules.yaml) give it.
///
/// Threads: the embedded manager belongs to one thread. The libpcsclite adapter may be used from any thread, but one
/// context from one thread at a time, cancel() excepted.
class ResourceManager {
  public:
    virtual ~ResourceManager() = default;

    /// SCardEstablishContext. no_service when no daemon answers.
    virtual Code establish_context(Context& context) = 0;
    /// SCardReleaseContext; closes the context's handles as rule X1 says.
    virtual Code release_context(Context context) = 0;
    /// SCardListReaders, in slot order. no_readers_available when there is none.
    virtual Code list_readers(Context context, std::vector<std::string>& readers) = 0;
    /// SCardGetStatusChange. `timeout` nullopt is INFINITE. not_yet: nothing to tell and the timeout has not passed;
    /// the timeout counts from the first call with these arguments until a call that answers otherwise.
    virtual Code get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                                   std::span<ReaderState> states) = 0;
    /// SCardCancel: ends a waiting get_status_change of that context with cancelled.
    virtual Code cancel(Context context) = 0;

    /// SCardConnect (rules C1 to C13, N1 to N5).
    virtual ConnectResult connect(Context context, std::string_view reader, ShareMode share, Protocols preferred) = 0;
    /// SCardReconnect (rules R1 to R24).
    virtual ReconnectResult reconnect(Handle handle, ShareMode share, Protocols preferred,
                                      Disposition initialization) = 0;
    /// SCardDisconnect (rules D1 to D6).
    virtual Code disconnect(Handle handle, Disposition disposition) = 0;
    /// SCardBeginTransaction (rule B1).
    virtual Code begin_transaction(Handle handle) = 0;
    /// SCardEndTransaction (rules B2 to B5).
    virtual Code end_transaction(Handle handle, Disposition disposition) = 0;
    /// SCardStatus (rule S1). Never blocks for the card.
    virtual StatusResult status(Handle handle) = 0;
    /// SCardTransmit (rules T1 to T5). `pci` is dwProtocol of pioSendPci. `response` is cleared first and keeps its
    /// capacity; `receive_limit` is the size of the caller's buffer.
    virtual Code transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& response,
                          std::size_t receive_limit = 65'538) = 0;
    /// SCardControl (rule K1).
    virtual Code control(Handle handle, std::uint32_t control_code, iso7816::ByteView input,
                         iso7816::Bytes& output) = 0;
    /// SCardGetAttrib (rule A1).
    virtual Code get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) = 0;

    /// A way to these verbs that bounds every wait (caller.h); this object outlives it. As this class has it: verbs
    /// answer not_yet where they would wait, deadlines count by the steady clock.
    virtual std::unique_ptr<Caller> make_caller();

    /// How long a caller that was answered not_yet waits before it tries again: pcsc-lite's 100 ms.
    static constexpr std::chrono::milliseconds retry_after{100};
};

}  // namespace scardlab::resource_manager
