#pragma once

#include <span>
#include <string_view>

#include "core/service_provider/hresult.h"
#include "emulator/iso7816/status_word.h"

namespace scardlab::service_provider {

/// What was being done when the card answered: the same status word can mean another thing (6A82 is "no such directory"
/// on the way to a file, "no such file" at its end).
enum class Operation : std::uint8_t {
    change_directory,
    open_file,
    read,
    write,
    manage_file,
    verify,
    authenticate,
    other
};

/// One row of the table: a status word under a mask, in an operation (other: in every one that has no row of its own;
/// such a row stands after those of single operations).
struct StatusRow {
    std::uint16_t value;
    std::uint16_t mask;
    Operation operation;
    Hresult result;
    std::string_view source;  ///< clause of ISO/IEC 7816-4 and the page of the smart card code
};

/// The whole table, first match first.
std::span<const StatusRow> status_table();

/// The smart card code that Windows documents for what the card answered; S_OK for 9000, 61xx and the warnings that
/// leave the work done. E_FAIL for what the table does not know.
Hresult from_status(iso7816::StatusWord status, Operation operation);

}  // namespace scardlab::service_provider
