#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

#include "core/service_provider/status_codes.h"
#include "tests/core/service_provider/printing.h"

using namespace scardlab;
using namespace scardlab::service_provider;
using iso7816::StatusWord;

namespace {

using enum Operation;

/// What one status word means, as the names that Windows documents.
struct Sample {
    std::uint16_t status;
    Operation operation;
    std::string_view result;
};

std::ostream& operator<<(std::ostream& out, const Sample& sample) {
    return out << std::hex << sample.status << std::dec << " in operation " << static_cast<int>(sample.operation);
}

constexpr Operation all_operations[] = {change_directory, open_file, read,         write,
                                        manage_file,      verify,    authenticate, other};

/// At least one for each row of the table.
constexpr Sample samples[] = {
    {0x9000, read, "S_OK"},
    {0x9000, verify, "S_OK"},
    {0x6110, other, "S_OK"},
    {0x6281, read, "E_FAIL"},
    {0x6282, read, "SCARD_W_EOF"},
    {0x6282, other, "SCARD_W_EOF"},
    {0x6283, open_file, "S_OK"},
    {0x6283, change_directory, "S_OK"},
    {0x6285, open_file, "S_OK"},
    {0x6286, other, "E_FAIL"},
    {0x6200, write, "S_OK"},
    {0x6300, verify, "SCARD_W_WRONG_CHV"},
    {0x63C0, verify, "SCARD_W_CHV_BLOCKED"},
    {0x63C1, verify, "SCARD_W_WRONG_CHV"},
    {0x63CF, verify, "SCARD_W_WRONG_CHV"},
    {0x6300, authenticate, "SCARD_W_SECURITY_VIOLATION"},
    {0x63C2, authenticate, "SCARD_W_SECURITY_VIOLATION"},
    {0x63C2, write, "S_OK"},
    {0x63C2, manage_file, "S_OK"},
    {0x6381, write, "S_OK"},
    {0x6300, read, "E_FAIL"},
    {0x63C2, read, "E_FAIL"},
    {0x6400, read, "E_FAIL"},
    {0x6481, open_file, "SCARD_E_NO_ACCESS"},
    {0x6482, other, "E_FAIL"},
    {0x6581, write, "E_FAIL"},
    {0x6600, other, "SCARD_W_SECURITY_VIOLATION"},
    {0x6700, write, "SCARD_E_WRITE_TOO_MANY"},
    {0x6700, verify, "SCARD_E_INVALID_CHV"},
    {0x6700, manage_file, "E_INVALIDARG"},
    {0x6883, other, "E_FAIL"},
    {0x6881, other, "E_NOTIMPL"},
    {0x6882, read, "E_NOTIMPL"},
    {0x6884, other, "E_NOTIMPL"},
    {0x6900, other, "SCARD_E_NO_ACCESS"},
    {0x6981, change_directory, "SCARD_E_NO_DIR"},
    {0x6981, open_file, "SCARD_E_NO_FILE"},
    {0x6981, read, "SCARD_E_NO_ACCESS"},
    {0x6982, verify, "SCARD_W_CARD_NOT_AUTHENTICATED"},
    {0x6982, read, "SCARD_W_SECURITY_VIOLATION"},
    {0x6982, write, "SCARD_W_SECURITY_VIOLATION"},
    {0x6982, authenticate, "SCARD_W_SECURITY_VIOLATION"},
    {0x6983, authenticate, "SCARD_E_NO_ACCESS"},
    {0x6983, verify, "SCARD_W_CHV_BLOCKED"},
    {0x6984, verify, "SCARD_E_INVALID_CHV"},
    {0x6984, authenticate, "SCARD_E_NO_ACCESS"},
    {0x6985, verify, "SCARD_W_SECURITY_VIOLATION"},
    {0x6985, authenticate, "SCARD_W_SECURITY_VIOLATION"},
    {0x6985, read, "SCARD_E_NO_ACCESS"},
    {0x6986, read, "SCARD_E_NO_FILE"},
    {0x6987, read, "SCARD_W_SECURITY_VIOLATION"},
    {0x6988, write, "SCARD_W_SECURITY_VIOLATION"},
    {0x6A00, other, "E_INVALIDARG"},
    {0x6A80, verify, "SCARD_E_INVALID_CHV"},
    {0x6A80, manage_file, "E_INVALIDARG"},
    {0x6A81, write, "E_NOTIMPL"},
    {0x6A82, change_directory, "SCARD_E_DIR_NOT_FOUND"},
    {0x6A82, open_file, "SCARD_E_FILE_NOT_FOUND"},
    {0x6A82, manage_file, "SCARD_E_FILE_NOT_FOUND"},
    {0x6A83, read, "SCARD_W_EOF"},
    {0x6A83, write, "SCARD_E_BAD_SEEK"},
    {0x6A84, write, "SCARD_E_WRITE_TOO_MANY"},
    {0x6A84, manage_file, "SCARD_E_WRITE_TOO_MANY"},
    {0x6A85, other, "E_INVALIDARG"},
    {0x6A86, verify, "SCARD_E_INVALID_CHV"},
    {0x6A86, open_file, "E_NOTIMPL"},
    {0x6A87, verify, "SCARD_E_INVALID_CHV"},
    {0x6A87, manage_file, "E_INVALIDARG"},
    {0x6A88, verify, "SCARD_E_INVALID_CHV"},
    {0x6A88, authenticate, "SCARD_E_NO_ACCESS"},
    {0x6A88, other, "SCARD_E_FILE_NOT_FOUND"},
    {0x6A89, manage_file, "E_INVALIDARG"},
    {0x6A8A, manage_file, "E_INVALIDARG"},
    {0x6B00, read, "SCARD_W_EOF"},
    {0x6B00, write, "SCARD_E_BAD_SEEK"},
    {0x6B00, verify, "SCARD_E_INVALID_CHV"},
    {0x6B00, other, "E_NOTIMPL"},
    {0x6C10, read, "E_FAIL"},
    {0x6D00, write, "SCARD_E_READ_ONLY_CARD"},
    {0x6D00, manage_file, "E_NOTIMPL"},
    {0x6D00, other, "E_NOTIMPL"},
    {0x6E00, read, "E_NOTIMPL"},
    {0x6F00, read, "E_FAIL"},
};

/// The row that from_status() takes for that status word in that operation.
const StatusRow* row_for(std::uint16_t status, Operation operation) {
    for (const StatusRow& row : status_table()) {
        if ((status & row.mask) == row.value && (row.operation == operation || row.operation == other)) {
            return &row;
        }
    }
    return nullptr;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_service_provider_status_codes)

// ISO/IEC 7816-4 clause 5.6, 11.2.3, 11.3.3, 11.5.4, 11.5.6
BOOST_DATA_TEST_CASE(a_status_word_is_the_smart_card_code_that_windows_documents, boost::unit_test::data::make(samples),
                     sample) {
    BOOST_TEST(name(from_status(StatusWord{sample.status}, sample.operation)) == sample.result);
}

BOOST_AUTO_TEST_CASE(every_row_has_a_sample_and_a_source_and_decides_something) {
    std::set<const StatusRow*> shown;
    for (const Sample& sample : samples) {
        shown.insert(row_for(sample.status, sample.operation));
    }
    for (const StatusRow& row : status_table()) {
        BOOST_TEST_CONTEXT(std::hex << row.value << " under " << row.mask << std::dec << ", operation "
                                    << static_cast<int>(row.operation)) {
            BOOST_TEST(shown.count(&row) == 1U);
            BOOST_TEST(row.source.starts_with("ISO/IEC 7816-4 clause "));
            BOOST_TEST((row.value & ~row.mask) == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_status_word_that_the_standard_names_has_a_row_in_every_operation) {
    unsigned named = 0;
    for (unsigned value = 0x6000; value <= 0x9FFF; ++value) {
        const StatusWord status{static_cast<std::uint16_t>(value)};
        if (iso7816::meaning(status).empty()) {
            continue;
        }
        ++named;
        for (const Operation operation : all_operations) {
            BOOST_TEST_CONTEXT(std::hex << value << std::dec << " in operation " << static_cast<int>(operation)) {
                BOOST_TEST(row_for(status.value, operation) != nullptr);
            }
        }
    }
    BOOST_TEST(named > 40U);
}

BOOST_AUTO_TEST_CASE(nothing_but_a_completed_process_is_s_ok) {
    for (unsigned value = 0; value <= 0xFFFF; ++value) {
        const bool completed = value == 0x9000 || (value >= 0x6100 && value <= 0x63FF);
        for (const Operation operation : all_operations) {
            const Hresult result = from_status(StatusWord{static_cast<std::uint16_t>(value)}, operation);
            if (!completed && result == Hresult::S_OK_) {
                BOOST_ERROR(std::hex << value << " is S_OK");
            }
        }
    }
    for (const std::uint16_t proprietary : {std::uint16_t{0x9F10}, std::uint16_t{0x0000}, std::uint16_t{0x6A8F}}) {
        BOOST_TEST(from_status(StatusWord{proprietary}, Operation::read) == Hresult::E_FAIL_);
    }
}

BOOST_AUTO_TEST_SUITE_END()
