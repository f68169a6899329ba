#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/resource_manager/resource_manager.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::engine {

/// What a call of an application came back with. Only the parts that the method has are set.
struct Reply {
    std::string code;                        ///< name of the HRESULT or SCARD code
    std::optional<iso7816::Bytes> response;  ///< data and SW1SW2, or the output of SCardControl, SCardGetAttrib, or of
                                             ///< a method that tells data or tlvs
    std::optional<resource_manager::Protocols> protocol;  ///< active protocol
    std::optional<std::vector<std::string>> state;        ///< words for the state bits or the CardState
    std::optional<iso7816::Bytes> atr;
    std::optional<std::uint16_t> event_count;  ///< the reader's event counter
    std::optional<std::vector<std::string>> readers;
    std::optional<std::uint32_t> count;            ///< data objects read or written, bytes of capabilities
    std::optional<std::string> path;               ///< the current directory
    std::optional<std::vector<std::string>> list;  ///< names of files
    std::optional<std::string> event;              ///< word of an event
    std::optional<int> tries;                      ///< left for a CHV
    std::optional<std::int64_t> handle;            ///< number of the handle that its own SCardConnect made
    unsigned handles = 0;                          ///< handles that the application holds after the call
    std::string holds;                             ///< the same in words, for a message

    friend bool operator==(const Reply&, const Reply&) = default;
};

/// S_OK or SCARD_S_SUCCESS.
bool is_success(const Reply& reply);
/// One line: "S_OK T1 90 00".
std::string describe(const Reply& reply);
/// "T0", "T1", "RAW", "none", or a number.
std::string protocol_word(resource_manager::Protocols protocol);

/// JSON, for an application that is a process of its own. The reply of text that to_json did not make is nullopt.
std::string to_json(const Reply& reply);
std::optional<Reply> reply_from_json(const std::string& text);

}  // namespace scardlab::engine
