#pragma once

#include <cstdint>
#include <string_view>

namespace scardlab::iso7816 {

/// SW1SW2 (ISO/IEC 7816-4:2013 clause 5.6, tables 5 and 6).
struct StatusWord {
    std::uint16_t value = 0x9000;

    constexpr std::uint8_t sw1() const { return static_cast<std::uint8_t>(value >> 8); }
    constexpr std::uint8_t sw2() const { return static_cast<std::uint8_t>(value & 0xFF); }
    /// 9000 or 61xx.
    constexpr bool is_success() const { return value == 0x9000 || sw1() == 0x61; }
    friend constexpr bool operator==(StatusWord, StatusWord) = default;
};

namespace sw {
inline constexpr StatusWord success{0x9000};
inline constexpr StatusWord end_of_file{0x6282};
inline constexpr StatusWord selected_file_deactivated{0x6283};
inline constexpr StatusWord selected_file_terminated{0x6285};
inline constexpr StatusWord verification_failed{0x6300};  ///< 63Cx: x tries left
inline constexpr StatusWord channel_opening_denied{0x6482};
inline constexpr StatusWord memory_failure{0x6581};
inline constexpr StatusWord wrong_length{0x6700};
inline constexpr StatusWord channel_not_supported{0x6881};
inline constexpr StatusWord secure_messaging_not_supported{0x6882};
inline constexpr StatusWord last_of_chain_expected{0x6883};
inline constexpr StatusWord chaining_not_supported{0x6884};
inline constexpr StatusWord incompatible_file{0x6981};
inline constexpr StatusWord security_not_satisfied{0x6982};
inline constexpr StatusWord method_blocked{0x6983};
inline constexpr StatusWord reference_not_usable{0x6984};
inline constexpr StatusWord conditions_not_satisfied{0x6985};
inline constexpr StatusWord no_current_ef{0x6986};
inline constexpr StatusWord secure_messaging_objects_missing{0x6987};
inline constexpr StatusWord secure_messaging_objects_wrong{0x6988};
inline constexpr StatusWord wrong_data{0x6A80};
inline constexpr StatusWord function_not_supported{0x6A81};
inline constexpr StatusWord file_not_found{0x6A82};
inline constexpr StatusWord record_not_found{0x6A83};
inline constexpr StatusWord not_enough_memory{0x6A84};
inline constexpr StatusWord incorrect_p1_p2{0x6A86};
inline constexpr StatusWord nc_inconsistent_with_p1_p2{0x6A87};
inline constexpr StatusWord reference_not_found{0x6A88};
inline constexpr StatusWord file_exists{0x6A89};
inline constexpr StatusWord df_name_exists{0x6A8A};
inline constexpr StatusWord wrong_parameters{0x6B00};
inline constexpr StatusWord instruction_not_supported{0x6D00};
inline constexpr StatusWord class_not_supported{0x6E00};
inline constexpr StatusWord no_precise_diagnosis{0x6F00};

/// 61xx: n bytes are available (n = 256 is coded 00).
constexpr StatusWord bytes_available(unsigned n) {
    return {static_cast<std::uint16_t>(0x6100 | (n & 0xFF))};
}
/// 6Cxx: wrong Le, n is right.
constexpr StatusWord exact_le(unsigned n) {
    return {static_cast<std::uint16_t>(0x6C00 | (n & 0xFF))};
}
/// 63Cx: x tries left.
constexpr StatusWord tries_left(unsigned x) {
    return {static_cast<std::uint16_t>(0x63C0 | (x > 15 ? 15 : x))};
}
}  // namespace sw

/// The meaning in the standard's words (ISO/IEC 7816-4:2013 tables 5 and 6), "" for a proprietary or reserved value.
std::string_view meaning(StatusWord status);

}  // namespace scardlab::iso7816
