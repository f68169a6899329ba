#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/resource_manager/resource_manager.h"
#include "core/service_provider/card_events.h"
#include "core/service_provider/iscard_auth.h"
#include "core/service_provider/iscard_file_access.h"
#include "emulator/icc/profile.h"
#include "emulator/ifd/fault.h"
#include "emulator/ifd/reader.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::engine {

/// A place in a script; lines and columns count from 1.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;
    /// "file:line:column"
    std::string text() const;
};

/// What is wrong with a script, and what would be right.
struct ScriptError {
    Place place;
    std::string message;
    /// "file:line:column: message"
    std::string text() const { return place.text() + ": " + message; }
};

/// Where a scenario runs.
enum class TargetKind : std::uint8_t { embedded, pcscd, vpcd };
std::string_view name(TargetKind target);
std::optional<TargetKind> target_named(std::string_view name);

/// What an application can be told to do. In a script a method of another interface than ISCardManage has its
/// interface before it: FileAccess.Open.
enum class Method : std::uint8_t {
    // ISCardManage
    AttachByIFD,
    AttachByHandle,
    Detach,
    Reconnect,
    SCardLock,
    SCardUnlock,
    Status,
    Transmit,
    CreateInterface,
    // ISCardFileAccess
    FileAccessChangeDir,
    FileAccessGetCurrentDir,
    FileAccessDirectory,
    FileAccessOpen,
    FileAccessClose,
    FileAccessSeek,
    FileAccessRead,
    FileAccessWrite,
    FileAccessCreate,
    FileAccessDelete,
    FileAccessInvalidate,
    FileAccessRehabilitate,
    FileAccessGetProperties,
    FileAccessSetProperties,
    FileAccessGetFileCapabilities,
    // ISCardVerify
    CHVerificationVerify,
    CHVerificationChangeCode,
    CHVerificationUnblock,
    CHVerificationResetSecurityState,
    // ISCardAuth
    CardAuthGetChallenge,
    CardAuthAPP_Auth,
    CardAuthICC_Auth,
    CardAuthUser_Auth,
    // CardEvents
    WaitForEvent,
    CancelWait,
    // the resource manager's verbs
    SCardConnect,
    SCardReconnect,
    SCardDisconnect,
    SCardBeginTransaction,
    SCardEndTransaction,
    SCardTransmit,
    SCardStatus,
    SCardGetStatusChange,
    SCardCancel,
    SCardControl,
    SCardGetAttrib,
    SCardListReaders,
};
std::string_view name(Method method);
std::optional<Method> method_named(std::string_view name);
/// SCardCancel, CancelWait: what an application calls only to end another call of its own, which is blocked. Detach
/// ends one too.
bool ends_a_wait(Method method);

/// Bits of `flags:` for the methods of ISCardAuth.
inline constexpr std::uint32_t auth_flag_local = 1, auth_flag_secure_messaging = 2;

/// Arguments of a call, all optional; which of them a method takes is in script::facts(). Names as in `with:`.
struct Arguments {
    std::optional<std::string> reader;  ///< reader: NAME (default: the target's first)
    std::optional<std::string>
        handle_of;  ///< handle: of bob (AttachByHandle); "own" = the handle of its own SCardConnect
    std::optional<std::int64_t>
        foreign_handle;  ///< the number of that other application's handle; the world fills it in
    std::optional<resource_manager::ShareMode> share;             ///< share: exclusive|shared|direct|NUMBER
    std::optional<resource_manager::Protocols> protocols;         ///< protocols: T0|T1|RAW|T0,T1 combinations|NUMBER
    std::optional<resource_manager::Disposition> initialization;  ///< initialization: leave|reset|unpower|eject|NUMBER
    std::optional<resource_manager::Disposition> disposition;     ///< disposition: the same words
    std::optional<resource_manager::Protocols> pci;        ///< pci: T0|T1|RAW|NUMBER (SCardTransmit; default: active)
    std::optional<iso7816::Bytes> apdu;                    ///< apdu: hexadecimal
    std::optional<iso7816::Bytes> input;                   ///< input: hexadecimal (SCardControl)
    std::optional<std::uint32_t> control_code, attribute;  ///< NUMBER
    std::optional<std::uint32_t> receive_limit;            ///< receive_limit: NUMBER
    std::optional<std::uint32_t> current_state;            ///< current_state: list of empty|present|... or NUMBER
    std::optional<bool> remembered;                        ///< remembered: true = current state is the last event state
    std::optional<std::chrono::milliseconds>
        timeout;  ///< timeout: "500 ms"; SCardGetStatusChange, WaitForEvent: default infinite
    // the interfaces
    std::optional<std::chrono::milliseconds> bound;       ///< bound: "500 ms"; both WaitBounds, for this call
    std::optional<std::string> name, guid;                ///< of CreateInterface
    std::optional<std::string> path;                      ///< path: 3F00/7F10/6F01
    std::optional<service_provider::ReferenceType> type;  ///< type: by_name|by_id|by_short|by_any (default)|NUMBER
    std::optional<service_provider::FileType> file_type;  ///< file_type: directories|files|all_files|...|NUMBER
    std::optional<std::string> as;    ///< as: the script's own name for the file that Open opens (default: file)
    std::optional<std::string> file;  ///< file: a name that an Open gave (default: what was opened last)
    std::optional<service_provider::SeekFrom> from;  ///< from: begin|end|relative|NUMBER
    std::optional<std::int32_t> offset;
    std::optional<std::uint32_t> count;
    std::optional<std::uint32_t> flags;                        ///< flags: words of the method's interface, or NUMBER
    std::optional<iso7816::Bytes> data, tlvs;                  ///< bytes
    std::optional<iso7816::Bytes> code, old_code, new_code;    ///< bytes
    std::optional<std::uint8_t> reference;                     ///< reference: NUMBER (default 1)
    std::optional<service_provider::AuthAlgorithm> algorithm;  ///< algorithm: aes (default)|tdes|NUMBER
    std::optional<iso7816::Bytes> key;                         ///< key: hexadecimal
    std::optional<std::uint32_t> length;                       ///< length: NUMBER (GetChallenge)
    std::optional<service_provider::EventMask> events;         ///< events: list of insertion|removal|... or NUMBER
};

/// An expected status word: hexadecimal digits, 'x' for any digit ("90 00", "61 xx", "63 Cx").
struct StatusWordPattern {
    std::uint16_t value = 0;
    std::uint16_t mask = 0xFFFF;
    std::string text;
};

/// What a step must be told. An absent part is not looked at, except that code defaults to success (and sw to 90 00
/// where there is an APDU and neither sw nor an error code is expected).
struct Expectation {
    bool any = false;                 ///< expect: any
    bool blocks = false;              ///< expect: blocks
    std::optional<std::string> code;  ///< "S_OK", "SCARD_W_RESET_CARD", "E_FAIL", checked by the loader
    std::optional<StatusWordPattern> sw;
    std::optional<iso7816::Bytes> data;  ///< response data without SW1SW2; data or tlvs of a file
    std::optional<resource_manager::Protocols> protocol;
    std::optional<std::vector<std::string>> state;  ///< words: present absent powered negotiable ... (SCardStatus bits,
                                                    ///< SCardGetStatusChange bits, or the one CardState of Status)
    std::optional<iso7816::Bytes> atr;
    std::optional<std::int64_t> count;  ///< reader events since the scenario began; data objects read or written
    std::optional<std::string> path;    ///< GetCurrentDir
    std::optional<std::vector<std::string>> list;  ///< Directory, in any order
    std::optional<std::string> event;              ///< WaitForEvent: insertion, removal, ...
    std::optional<std::uint8_t> tries;             ///< left, as a wrong CHV was told
    std::optional<std::string> because;            ///< reason given with a per-target expectation
};

/// alice: Method
struct CallStep {
    std::string application;
    Method method = Method::Status;
    Arguments arguments;
};
/// alice: resumes
struct ResumesStep {
    std::string application;
};
/// alice: dies
struct DiesStep {
    std::string application;
};
/// card: insert | remove | swap | mute | unmute
struct CardStep {
    enum class Action : std::uint8_t { insert, remove, swap, mute, unmute } action = Action::insert;
    std::optional<icc::Profile>
        profile;  ///< insert and swap may name one (with: {profile: NAME}); insert without one puts the last card back
};
/// reader: unplug | plug | fail | recover
struct ReaderStep {
    enum class Action : std::uint8_t { unplug, plug, fail, recover } action = Action::unplug;
    /// plug may name one (with: {number: 1}): the resource manager has forgotten the reader and finds it anew, under
    /// that number (the NN of its name), because others have the numbers below.
    std::optional<unsigned> number;
};
/// service: stop | start | restart | freeze | thaw
struct ServiceStep {
    enum class Action : std::uint8_t { stop, start, restart, freeze, thaw } action = Action::restart;
};

/// plan: {at: ..., do: ...}, counted from the step on; one plan fires once.
struct PlanStep {
    ifd::Fault fault;
};
/// clock: advance
struct ClockStep {
    std::chrono::milliseconds advance{0};
};

/// One element of card_saw.
struct SawElement {
    enum class Kind : std::uint8_t {
        anything,  ///< ...
        inserted,
        removed,
        cold_reset,
        warm_reset,
        atr,
        deactivation,
        pps,      ///< "pps T1" or "pps T1 95": t holds the protocol, pps1 the rate that was asked for
        command,  ///< hexadecimal: bytes of the command as the card saw it
    } kind = Kind::anything;
    std::uint8_t t = 0;
    iso7816::Bytes bytes;
    std::string text;                    ///< as written
    std::optional<std::uint8_t> pps1{};  ///< of pps, 11 when the request has none; absent: not looked at
    bool open_end = false;               ///< of command, "0C B0 ...": its first bytes, whatever follows
};
struct CardSawStep {
    std::vector<SawElement> elements;
};

struct Step {
    Place place;
    std::string text;  ///< "alice: Reconnect" as written, for messages
    std::variant<CallStep, ResumesStep, DiesStep, CardStep, ReaderStep, ServiceStep, PlanStep, ClockStep, CardSawStep>
        what;
    Expectation expect;
    std::map<TargetKind, Expectation> on;  ///< per-target expectations, each with because
    std::chrono::milliseconds within{5000};
};

/// One case: a scenario with its for_each values filled in.
struct Scenario {
    std::string id;     ///< path below the catalogue without .yaml, "/value" appended for each for_each value
    std::string title;  ///< scenario:
    std::string file;
    std::vector<std::string> proves;
    std::string card_name;  ///< as written after card:, "" when the reader starts empty (card: none)
    std::optional<icc::Profile> card;
    ifd::ReaderOptions reader;  ///< reader:
    std::vector<Step> steps;
    std::vector<TargetKind> targets{TargetKind::embedded, TargetKind::pcscd, TargetKind::vpcd};
    std::string because;  ///< why targets is restricted

    bool runs_on(TargetKind target) const;
};

}  // namespace scardlab::engine
