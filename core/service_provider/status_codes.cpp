#include "core/service_provider/status_codes.h"

#include <array>

namespace scardlab::service_provider {

namespace {

constexpr std::string_view success = "ISO/IEC 7816-4 clause 5.6, table 5: normal processing";
constexpr std::string_view warning = "ISO/IEC 7816-4 clause 5.6, tables 5 and 6: warning, the process is completed";
constexpr std::string_view general = "ISO/IEC 7816-4 clause 5.6, table 5; Smart Card Return Values";
constexpr std::string_view specific = "ISO/IEC 7816-4 clause 5.6, table 6; Smart Card Return Values";
constexpr std::string_view verifying = "ISO/IEC 7816-4 clause 11.5.6; Smart Card Return Values";
constexpr std::string_view proving = "ISO/IEC 7816-4 clause 11.5.4; Smart Card Return Values";
constexpr std::string_view on_binary = "ISO/IEC 7816-4 clause 11.2.3; Smart Card Return Values";
constexpr std::string_view on_record = "ISO/IEC 7816-4 clause 11.3.3; Smart Card Return Values";

constexpr Hresult done = Hresult::S_OK_, failed = Hresult::E_FAIL_, not_known = Hresult::E_NOTIMPL_,
                  bad_argument = Hresult::E_INVALIDARG_;

using enum Operation;

/// Rows for one operation stand before the row for the others, single values before masks.
constexpr std::array table{
    StatusRow{0x9000, 0xFFFF, other, done, success},
    StatusRow{0x6100, 0xFF00, other, done, success},

    // Warnings. 6281: what was read may be corrupt. 6286: no input from a sensor.
    StatusRow{0x6281, 0xFFFF, other, failed, warning},
    StatusRow{0x6282, 0xFFFF, other, hr::end_of_file, on_binary},
    StatusRow{0x6286, 0xFFFF, other, failed, warning},
    StatusRow{0x6200, 0xFF00, other, done, warning},
    StatusRow{0x6300, 0xFFFF, verify, hr::wrong_chv, verifying},
    StatusRow{0x63C0, 0xFFFF, verify, hr::chv_blocked, verifying},
    StatusRow{0x63C0, 0xFFF0, verify, hr::wrong_chv, verifying},
    StatusRow{0x6300, 0xFFFF, authenticate, hr::security_violation, proving},
    StatusRow{0x63C0, 0xFFF0, authenticate, hr::security_violation, proving},
    StatusRow{0x63C0, 0xFFF0, write, done, warning},
    StatusRow{0x63C0, 0xFFF0, manage_file, done, warning},
    StatusRow{0x6381, 0xFFFF, other, done, warning},
    StatusRow{0x6300, 0xFF00, other, failed, general},

    // Execution errors.
    StatusRow{0x6481, 0xFFFF, other, hr::no_access, specific},
    StatusRow{0x6400, 0xFF00, other, failed, general},
    StatusRow{0x6500, 0xFF00, other, failed, general},
    StatusRow{0x6600, 0xFF00, other, hr::security_violation, general},

    // Checking errors.
    StatusRow{0x6700, 0xFF00, write, hr::write_too_many, general},
    StatusRow{0x6700, 0xFF00, verify, hr::invalid_chv, general},
    StatusRow{0x6700, 0xFF00, other, bad_argument, general},
    StatusRow{0x6883, 0xFFFF, other, failed, specific},
    StatusRow{0x6800, 0xFF00, other, not_known, general},

    StatusRow{0x6900, 0xFFFF, other, hr::no_access, general},
    StatusRow{0x6981, 0xFFFF, change_directory, hr::no_dir, specific},
    StatusRow{0x6981, 0xFFFF, open_file, hr::no_file, specific},
    StatusRow{0x6981, 0xFFFF, other, hr::no_access, specific},
    StatusRow{0x6982, 0xFFFF, verify, hr::card_not_authenticated, specific},
    StatusRow{0x6982, 0xFFFF, other, hr::security_violation, specific},
    StatusRow{0x6983, 0xFFFF, authenticate, hr::no_access, specific},
    StatusRow{0x6983, 0xFFFF, other, hr::chv_blocked, specific},
    StatusRow{0x6984, 0xFFFF, verify, hr::invalid_chv, specific},
    StatusRow{0x6984, 0xFFFF, other, hr::no_access, specific},
    StatusRow{0x6985, 0xFFFF, verify, hr::security_violation, specific},
    StatusRow{0x6985, 0xFFFF, authenticate, hr::security_violation, specific},
    StatusRow{0x6985, 0xFFFF, other, hr::no_access, specific},
    StatusRow{0x6986, 0xFFFF, other, hr::no_file, specific},
    StatusRow{0x6987, 0xFFFF, other, hr::security_violation, specific},
    StatusRow{0x6988, 0xFFFF, other, hr::security_violation, specific},

    StatusRow{0x6A00, 0xFFFF, other, bad_argument, general},
    StatusRow{0x6A80, 0xFFFF, verify, hr::invalid_chv, specific},
    StatusRow{0x6A80, 0xFFFF, other, bad_argument, specific},
    StatusRow{0x6A81, 0xFFFF, other, not_known, specific},
    StatusRow{0x6A82, 0xFFFF, change_directory, hr::dir_not_found, specific},
    StatusRow{0x6A82, 0xFFFF, other, hr::file_not_found, specific},
    StatusRow{0x6A83, 0xFFFF, read, hr::end_of_file, on_record},
    StatusRow{0x6A83, 0xFFFF, other, hr::bad_seek, on_record},
    StatusRow{0x6A84, 0xFFFF, other, hr::write_too_many, specific},
    StatusRow{0x6A85, 0xFFFF, other, bad_argument, specific},
    StatusRow{0x6A86, 0xFFFF, verify, hr::invalid_chv, specific},
    StatusRow{0x6A86, 0xFFFF, other, not_known, specific},
    StatusRow{0x6A87, 0xFFFF, verify, hr::invalid_chv, specific},
    StatusRow{0x6A87, 0xFFFF, other, bad_argument, specific},
    StatusRow{0x6A88, 0xFFFF, verify, hr::invalid_chv, verifying},
    StatusRow{0x6A88, 0xFFFF, authenticate, hr::no_access, proving},
    StatusRow{0x6A88, 0xFFFF, other, hr::file_not_found, specific},
    StatusRow{0x6A89, 0xFFFF, other, bad_argument, specific},
    StatusRow{0x6A8A, 0xFFFF, other, bad_argument, specific},

    StatusRow{0x6B00, 0xFFFF, read, hr::end_of_file, on_binary},
    StatusRow{0x6B00, 0xFFFF, write, hr::bad_seek, on_binary},
    StatusRow{0x6B00, 0xFFFF, verify, hr::invalid_chv, general},
    StatusRow{0x6B00, 0xFFFF, other, not_known, general},
    StatusRow{0x6C00, 0xFF00, other, failed, general},
    StatusRow{0x6D00, 0xFFFF, write, hr::read_only_card, general},
    StatusRow{0x6D00, 0xFFFF, other, not_known, general},
    StatusRow{0x6E00, 0xFFFF, other, not_known, general},
    StatusRow{0x6F00, 0xFFFF, other, failed, general},
};

}  // namespace

std::span<const StatusRow> status_table() {
    return table;
}

Hresult from_status(iso7816::StatusWord status, Operation operation) {
    for (const StatusRow& row : table) {
        if ((status.value & row.mask) == row.value && (row.operation == operation || row.operation == other)) {
            return row.result;
        }
    }
    return failed;
}

}  // namespace scardlab::service_provider
