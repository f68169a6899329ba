#include <boost/test/unit_test.hpp>

#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/status_word.h"

namespace scardlab::iso7816 {
namespace {

BOOST_AUTO_TEST_SUITE(iso7816_status_word)

// ISO/IEC 7816-4 clause 5.6
BOOST_AUTO_TEST_CASE(every_value_of_the_tables_has_a_meaning) {
    struct Row {
        std::uint16_t value;
        std::string_view text;
    };
    for (const Row& row : {Row{0x9000, "Normal processing"},
                           {0x6110, "Normal processing, SW2 encodes the number of data bytes still available"},
                           {0x6200, "No information given (non-volatile memory unchanged)"},
                           {0x6202, "Triggering by the card, SW2 encodes the length of the query"},
                           {0x6280, "Triggering by the card, SW2 encodes the length of the query"},
                           {0x6281, "Part of returned data may be corrupted"},
                           {0x6283, "Selected file deactivated"},
                           {0x6286, "No input data available from a sensor on the card"},
                           {0x6300, "No information given (non-volatile memory may have changed)"},
                           {0x6381, "File filled up by the last write"},
                           {0x63C2, "Counter, from 0 to 15, in the low four bits of SW2"},
                           {0x6400, "Execution error (non-volatile memory unchanged)"},
                           {0x6401, "Immediate response required by the card"},
                           {0x6440, "Triggering by the card, SW2 encodes the length of the query"},
                           {0x6482, "Logical channel opening denied"},
                           {0x6581, "Memory failure"},
                           {0x6700, "Wrong length"},
                           {0x6883, "Last command of the chain expected"},
                           {0x6982, "Security status not satisfied"},
                           {0x6986, "Command not allowed (no current EF)"},
                           {0x6A82, "File or application not found"},
                           {0x6A88, "Referenced data or reference data not found"},
                           {0x6A8A, "DF name already exists"},
                           {0x6B00, "Wrong parameters P1-P2"},
                           {0x6C00, "Wrong Le field, SW2 encodes the exact number of available data bytes"},
                           {0x6D00, "Instruction code not supported or invalid"},
                           {0x6E00, "Class not supported"},
                           {0x6F00, "No precise diagnosis"}}) {
        BOOST_TEST_CONTEXT(std::hex << row.value) {
            BOOST_TEST(meaning({row.value}) == row.text);
        }
    }
}

BOOST_AUTO_TEST_CASE(consecutive_values_of_a_row_group_are_all_known) {
    struct Range {
        std::uint16_t first, last;
    };
    for (const Range& range : {Range{0x6281, 0x6287},
                               {0x63C0, 0x63CF},
                               {0x6481, 0x6482},
                               {0x6700, 0x6702},
                               {0x6881, 0x6884},
                               {0x6981, 0x6988},
                               {0x6A80, 0x6A8A},
                               {0x6100, 0x61FF},
                               {0x6C00, 0x6CFF}}) {
        for (unsigned value = range.first; value <= range.last; ++value) {
            BOOST_TEST_CONTEXT(std::hex << value) {
                BOOST_TEST(!meaning({static_cast<std::uint16_t>(value)}).empty());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(proprietary_and_reserved_values_have_none) {
    for (const unsigned value :
         {0x0000U, 0x6000U, 0x6201U, 0x62F1U, 0x63B0U, 0x6483U, 0x65C0U, 0x67FFU, 0x6885U, 0x6989U, 0x6A8BU, 0x6B01U,
          0x6D01U, 0x6E01U, 0x6F01U, 0x9001U, 0x9100U, 0x9F12U, 0xFFFFU}) {
        BOOST_TEST_CONTEXT(std::hex << value) {
            BOOST_TEST(meaning({static_cast<std::uint16_t>(value)}) == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(named_constants_are_in_the_tables) {
    for (const StatusWord status : {sw::success,
                                    sw::end_of_file,
                                    sw::verification_failed,
                                    sw::memory_failure,
                                    sw::wrong_length,
                                    sw::channel_not_supported,
                                    sw::chaining_not_supported,
                                    sw::incompatible_file,
                                    sw::security_not_satisfied,
                                    sw::method_blocked,
                                    sw::conditions_not_satisfied,
                                    sw::no_current_ef,
                                    sw::secure_messaging_objects_missing,
                                    sw::secure_messaging_objects_wrong,
                                    sw::wrong_data,
                                    sw::function_not_supported,
                                    sw::file_not_found,
                                    sw::record_not_found,
                                    sw::incorrect_p1_p2,
                                    sw::reference_not_found,
                                    sw::wrong_parameters,
                                    sw::instruction_not_supported,
                                    sw::class_not_supported,
                                    sw::no_precise_diagnosis}) {
        BOOST_TEST_CONTEXT(std::hex << status.value) {
            BOOST_TEST(!meaning(status).empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(only_9000_and_61xx_are_success) {
    for (unsigned value = 0; value <= 0xFFFF; ++value) {
        const StatusWord status{static_cast<std::uint16_t>(value)};
        BOOST_REQUIRE(status.is_success() == (value == 0x9000 || value >> 8 == 0x61));
    }
}

BOOST_AUTO_TEST_CASE(numbers_go_into_sw2) {
    BOOST_TEST(sw::bytes_available(1).value == 0x6101);
    BOOST_TEST(sw::bytes_available(256).value == 0x6100);
    BOOST_TEST(sw::exact_le(5).value == 0x6C05);
    BOOST_TEST(sw::exact_le(256).value == 0x6C00);
    BOOST_TEST(sw::tries_left(0).value == 0x63C0);
    BOOST_TEST(sw::tries_left(3).value == 0x63C3);
    BOOST_TEST(sw::tries_left(99).value == 0x63CF);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
