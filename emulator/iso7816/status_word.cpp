#include "emulator/iso7816/status_word.h"

#include <algorithm>
#include <array>

namespace scardlab::iso7816 {
namespace {

struct Meaning {
    std::uint16_t value;
    std::string_view text;
};

/// The single values of ISO/IEC 7816-4:2013 tables 5 and 6, in ascending order.
constexpr std::array meanings = std::to_array<Meaning>({
    {0x6200, "No information given (non-volatile memory unchanged)"},
    {0x6281, "Part of returned data may be corrupted"},
    {0x6282, "End of file or record reached before reading Ne bytes, or unsuccessful search"},
    {0x6283, "Selected file deactivated"},
    {0x6284, "File or data control information not formatted as the standard requires"},
    {0x6285, "Selected file in termination state"},
    {0x6286, "No input data available from a sensor on the card"},
    {0x6287, "At least one of the referenced records is deactivated"},
    {0x6300, "No information given (non-volatile memory may have changed)"},
    {0x6340, "Unsuccessful comparison"},
    {0x6381, "File filled up by the last write"},
    {0x6400, "Execution error (non-volatile memory unchanged)"},
    {0x6401, "Immediate response required by the card"},
    {0x6481, "Logical channel shared access denied"},
    {0x6482, "Logical channel opening denied"},
    {0x6500, "No information given (execution error, non-volatile memory may have changed)"},
    {0x6581, "Memory failure"},
    {0x6600, "Security-related issues"},
    {0x6700, "Wrong length"},
    {0x6701, "Command APDU format not compliant with the standard"},
    {0x6702, "Lc is not the one expected"},
    {0x6800, "Functions in CLA not supported"},
    {0x6881, "Logical channel not supported"},
    {0x6882, "Secure messaging not supported"},
    {0x6883, "Last command of the chain expected"},
    {0x6884, "Command chaining not supported"},
    {0x6900, "Command not allowed"},
    {0x6981, "Command incompatible with file structure"},
    {0x6982, "Security status not satisfied"},
    {0x6983, "Authentication method blocked"},
    {0x6984, "Reference data not usable"},
    {0x6985, "Conditions of use not satisfied"},
    {0x6986, "Command not allowed (no current EF)"},
    {0x6987, "Expected secure messaging data objects missing"},
    {0x6988, "Incorrect secure messaging data objects"},
    {0x6A00, "Wrong parameters P1-P2"},
    {0x6A80, "Incorrect parameters in the command data field"},
    {0x6A81, "Function not supported"},
    {0x6A82, "File or application not found"},
    {0x6A83, "Record not found"},
    {0x6A84, "Not enough memory space in the file"},
    {0x6A85, "Nc inconsistent with TLV structure"},
    {0x6A86, "Incorrect parameters P1-P2"},
    {0x6A87, "Nc inconsistent with parameters P1-P2"},
    {0x6A88, "Referenced data or reference data not found"},
    {0x6A89, "File already exists"},
    {0x6A8A, "DF name already exists"},
    {0x6B00, "Wrong parameters P1-P2"},
    {0x6D00, "Instruction code not supported or invalid"},
    {0x6E00, "Class not supported"},
    {0x6F00, "No precise diagnosis"},
    {0x9000, "Normal processing"},
});

constexpr bool is_ascending() {
    for (std::size_t i = 1; i < meanings.size(); ++i) {
        if (meanings[i - 1].value >= meanings[i].value) {
            return false;
        }
    }
    return true;
}
static_assert(is_ascending(), "meaning() searches the table by halves");

/// The ranges of the same tables, whose SW2 carries a number.
std::string_view meaning_of_range(StatusWord status) {
    constexpr std::uint8_t first_triggering = 0x02;
    constexpr std::uint8_t last_triggering = 0x80;
    const bool triggering = status.sw2() >= first_triggering && status.sw2() <= last_triggering;
    switch (status.sw1()) {
        case 0x61:
            return "Normal processing, SW2 encodes the number of data bytes still available";
        case 0x62:
        case 0x64:
            return triggering ? "Triggering by the card, SW2 encodes the length of the query" : "";
        case 0x63:
            return (status.sw2() & 0xF0) == 0xC0 ? "Counter, from 0 to 15, in the low four bits of SW2" : "";
        case 0x6C:
            return "Wrong Le field, SW2 encodes the exact number of available data bytes";
        default:
            return "";
    }
}

}  // namespace

std::string_view meaning(StatusWord status) {
    const auto* const found = std::ranges::lower_bound(meanings, status.value, {}, &Meaning::value);
    if (found != meanings.end() && found->value == status.value) {
        return found->text;
    }
    return meaning_of_range(status);
}

}  // namespace scardlab::iso7816
