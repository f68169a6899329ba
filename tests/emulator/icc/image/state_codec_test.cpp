#include <rapidcheck/boost_test.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <ostream>

#include "emulator/icc/image/state_codec.h"
#include "tests/emulator/icc/image/state_generator.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

namespace {

using icc::ImageError;
using iso7816::Bytes;
using iso7816::ByteView;

/// A state that is not well formed, and what decoding says of it.
struct Broken {
    const char* name;
    std::function<void(icc::IccState&)> spoil;
    const char* message;
};

std::ostream& operator<<(std::ostream& out, const Broken& broken) {
    return out << broken.name;
}

constexpr icc::FileIndex transparent = 1, fixed = 2, variable = 3, cyclic = 4, df = 5;

const Broken broken_states[] = {
    {"no_files", [](auto& s) { s.files.clear(); }, "the first file is no MF, expected a DF that is its own parent"},
    {"mf_is_an_ef", [](auto& s) { s.files[0].kind = icc::FileKind::transparent_ef; },
     "the first file is no MF, expected a DF that is its own parent"},
    {"mf_is_deleted", [](auto& s) { s.files[0].exists = false; },
     "the first file is no MF, expected a DF that is its own parent"},
    {"mf_has_a_parent", [](auto& s) { s.files[0].parent = df; },
     "the first file is no MF, expected a DF that is its own parent"},
    {"parent_beyond_the_files", [](auto& s) { s.files[df].parent = 6; }, "the parent is file 6, expected one below 6"},
    {"deleted_file_with_a_parent_beyond",
     [](auto& s) {
         s.files[df].exists = false;
         s.files[df].parent = 6;
     },
     "the parent is file 6, expected one below 6"},
    {"parent_is_an_ef", [](auto& s) { s.files[df].parent = fixed; }, "the parent is file 2, expected a DF of the MF"},
    {"parent_is_deleted",
     [](auto& s) {
         s.files[df].exists = false;
         s.files[cyclic].parent = df;
     },
     "the parent is file 5, expected a DF of the MF"},
    {"df_is_its_own_parent", [](auto& s) { s.files[df].parent = df; }, "the parent is file 5, expected a DF of the MF"},
    {"two_dfs_are_each_other_s_parent",
     [](auto& s) {
         s.files.push_back(s.files[df]);
         s.files[df].parent = 6;
         s.files[6].parent = df;
     },
     "the parent is file 6, expected a DF of the MF"},
    {"chv_beyond_the_files", [](auto& s) { s.chvs[0].df = 6; }, "the CHV's DF is file 6, expected one below 6"},
    {"chv_in_an_ef", [](auto& s) { s.chvs[0].df = fixed; }, "the CHV's DF is file 2, expected a DF"},
    {"chv_in_a_deleted_df",
     [](auto& s) {
         s.files[df].exists = false;
         s.chvs[0].df = df;
     },
     "the CHV's DF is file 5, expected a DF"},
    {"unknown_kind", [](auto& s) { s.files[df].kind = icc::FileKind{5}; }, "kind of file is 05, expected 00 to 04"},
    {"unknown_life_cycle", [](auto& s) { s.files[df].life_cycle = icc::LifeCycle{2}; },
     "life cycle status is 02, expected 01, 03, 04, 05 or 0C"},
    {"unknown_access_rule",
     [](auto& s) { s.files[df].access[icc::Operation::delete_child].kind = icc::AccessRule::Kind{5}; },
     "kind of access rule is 05, expected 00 to 04"},
    {"short_identifier_0", [](auto& s) { s.files[fixed].short_identifier = 0; },
     "short identifier is 0, expected 1 to 30"},
    {"short_identifier_31", [](auto& s) { s.files[fixed].short_identifier = 31; },
     "short identifier is 31, expected 1 to 30"},
    {"long_df_name", [](auto& s) { s.files[df].aid.resize(17); }, "length of a DF name is 17, expected 0 to 16"},
    {"content_of_a_df", [](auto& s) { s.files[df].content = {1}; }, "content, expected none in such a file"},
    {"content_too_long", [](auto& s) { s.files[transparent].content.resize(65'536); },
     "length of a content is 65536, expected 0 to 65535"},
    {"records_of_a_transparent_ef", [](auto& s) { s.files[transparent].records = {{1}}; },
     "records, expected none in a file of that kind"},
    {"record_too_short", [](auto& s) { s.files[fixed].records[1] = {1}; }, "a record of another size than the file's"},
    {"record_too_long",
     [](auto& s) {
         s.files[variable].records[1] = {1, 2, 3};
     },
     "a record of another size than the file's"},
    {"too_many_records", [](auto& s) { s.files[cyclic].record_capacity = 1; }, "more records than its capacity"},
    {"record_size_0", [](auto& s) { s.files[variable].record_size = 0; },
     "record size or capacity out of range, expected 1 to 254"},
    {"record_capacity_255", [](auto& s) { s.files[variable].record_capacity = 255; },
     "record size or capacity out of range, expected 1 to 254"},
    {"data_objects_of_an_ef",
     [](auto& s) {
         s.files[fixed].data_objects = {{0x5F50, {}}};
     },
     "data objects, expected none in an EF"},
    {"tries_gained", [](auto& s) { s.chvs[0].tries_left = 4; }, "fewer tries than are left"},
    {"too_many_tries", [](auto& s) { s.chvs[0].tries = 16; }, "tries is 16, expected 0 to 15"},
    {"too_many_tries_to_unblock", [](auto& s) { s.chvs[0].unblock_tries_left = 16; },
     "tries left to unblock is 16, expected 0 to 15"},
    {"tries_to_unblock_gained", [](auto& s) { s.chvs[0].unblock_tries_left = 11; },
     "fewer tries to unblock than are left"},
    {"long_chv", [](auto& s) { s.chvs[0].value.resize(256); }, "length of a CHV is 256, expected 0 to 255"},
    {"key_of_another_length", [](auto& s) { s.keys[0].algorithm = icc::KeyProfile::Algorithm::aes256; },
     "a key of another length than its algorithm's"},
    {"unknown_algorithm", [](auto& s) { s.keys[0].algorithm = icc::KeyProfile::Algorithm{4}; },
     "algorithm is 04, expected 00 to 03"},
    {"unknown_usage", [](auto& s) { s.keys[0].usage = icc::KeyProfile::Usage{3}; },
     "usage of a key is 03, expected 00 to 02"},
    {"tries_of_a_key_gained", [](auto& s) { s.keys[0].tries = 14; }, "fewer tries than are left"},
    {"too_many_files", [](auto& s) { s.files.resize(icc::max_entries + 1); },
     "number of files is 4097, expected 0 to 4096"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(icc_image_state_codec)

RC_BOOST_PROP(every_state_is_read_as_it_was_written, ()) {
    const icc::IccState state = *stored_states();
    const auto decoded = icc::decode_state(icc::encode_state(state));
    if (!decoded) {
        RC_FAIL(decoded.error().message);
    }
    RC_ASSERT(*decoded == state);
}

BOOST_AUTO_TEST_CASE(the_layout_of_version_2_is_this) {
    icc::IccState state;
    state.files.resize(1);
    state.files[0].identifier = 0x3F00;
    state.files[0].access[icc::Operation::read] = fakes::chv(2);
    state.files[0].access[icc::Operation::update].secure_messaging = true;
    state.files[0].data_objects = {{0x5F50, {0x55, 0x56}}};
    state.chvs = {{1, 0, fakes::text("12"), 2, 3, fakes::text("9"), 9, 10, 7, true, false, 4, 16}};
    state.keys = {
        {7, icc::KeyProfile::Algorithm::tdes, fakes::counting(16), 14, 15, icc::KeyProfile::Usage::external, true}};
    state.terminated = true;
    state.random_seed = 0x0102030405060708;
    std::string rules = "02 02 00 00 00 00 00 01 ";
    for (std::size_t i = 2; i < icc::operation_count; ++i) {
        rules += "00 00 00 00 ";
    }
    BOOST_TEST(
        iso7816::to_hex(icc::encode_state(state)) ==
        "00 00 00 01 "                                          // one file
        "00 01 3F 00 00 00 00 00 00 00 "                        // kind, exists, identifier, no SFI, no name
        "00 00 00 00 00 00 00 00 00 00 " +                      // no content, no records, their size and capacity
            rules +                                             // an access rule for each operation
            "05 00 00 00 01 5F 50 00 00 00 02 55 56 "           // activated, one data object
            "00 00 00 00 "                                      // parent
            "00 00 00 01 01 00 00 00 00 "                       // one CHV, its reference, its DF
            "00 00 00 02 31 32 02 03 00 00 00 01 39 09 0A 07 "  // value, tries, resetting code, tries, reset key
            "01 00 04 10 "                                      // enabled, cannot be disabled, lengths
            "00 00 00 01 07 03 00 00 00 10 "                    // one key, its reference, algorithm, length
            "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 0E 0F 02 01 "  // value, tries, usage, secure messaging
            "01 01 02 03 04 05 06 07 08");                                  // terminated, seed
}

BOOST_DATA_TEST_CASE(a_state_that_no_card_has_is_refused, boost::unit_test::data::make(broken_states), broken) {
    icc::IccState state = small_state();
    BOOST_REQUIRE(icc::decode_state(icc::encode_state(state)).has_value());
    broken.spoil(state);
    const Bytes payload = icc::encode_state(state);
    const auto decoded = icc::decode_state(payload);
    BOOST_REQUIRE(!decoded.has_value());
    BOOST_TEST((decoded.error().kind == ImageError::Kind::field));
    BOOST_TEST(decoded.error().message == broken.message);
    BOOST_TEST(decoded.error().offset <= payload.size());
}

BOOST_AUTO_TEST_CASE(an_error_names_the_byte_of_the_field) {
    icc::IccState state = small_state();
    const Bytes before = icc::encode_state(state);
    const auto offset_of_error = [&](std::size_t changed_byte, std::uint8_t value) {
        Bytes payload = before;
        payload[changed_byte] = value;
        const auto decoded = icc::decode_state(payload);
        BOOST_REQUIRE(!decoded.has_value());
        return decoded.error().offset;
    };
    const auto first_difference = [&] {
        const Bytes after = icc::encode_state(state);
        return static_cast<std::size_t>(std::mismatch(before.begin(), before.end(), after.begin()).first -
                                        before.begin());
    };
    BOOST_TEST(offset_of_error(4, 9) == 4U);  // kind of the first file
    state.files[df].life_cycle = icc::LifeCycle::terminated;
    BOOST_TEST(offset_of_error(first_difference(), 9) == first_difference());
    state = small_state();
    state.files[cyclic].parent = 1;
    BOOST_TEST(offset_of_error(first_difference(), 1) == first_difference() - 3);  // the lowest of four bytes
    state = small_state();
    state.chvs[0].df = 1;
    BOOST_TEST(offset_of_error(first_difference(), 1) == first_difference() - 3);
    BOOST_TEST(offset_of_error(before.size() - 9, 2) == before.size() - 9);  // terminated
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused_at_its_end) {
    const Bytes payload = icc::encode_state(small_state());
    for (std::size_t size = 0; size < payload.size(); ++size) {
        const auto decoded = icc::decode_state(ByteView(payload).first(size));
        BOOST_REQUIRE(!decoded.has_value());
        BOOST_TEST((decoded.error().kind == ImageError::Kind::truncated));
        BOOST_TEST(decoded.error().offset == size);
    }
}

BOOST_AUTO_TEST_CASE(a_surplus_byte_is_refused) {
    Bytes payload = icc::encode_state(small_state());
    payload.push_back(0);
    const auto decoded = icc::decode_state(payload);
    BOOST_REQUIRE(!decoded.has_value());
    BOOST_TEST((decoded.error().kind == ImageError::Kind::surplus));
    BOOST_TEST(decoded.error().offset == payload.size() - 1);
    BOOST_TEST(decoded.error().message == "1 bytes follow the stored state, expected none");
}

RC_BOOST_PROP(a_changed_payload_is_refused_or_is_another_state_that_is_written_so, ()) {
    Bytes payload = icc::encode_state(*stored_states());
    for (int changes = *rc::gen::inRange(1, 4); changes > 0; --changes) {
        payload[*rc::gen::inRange<std::size_t>(0, payload.size())] = *rc::gen::arbitrary<std::uint8_t>();
    }
    const auto decoded = icc::decode_state(payload);
    if (decoded) {
        RC_ASSERT(icc::encode_state(*decoded) == payload);
    } else {
        RC_ASSERT(decoded.error().offset <= payload.size());
    }
}

RC_BOOST_PROP(any_bytes_are_refused_or_written_so, (const Bytes& payload)) {
    const auto decoded = icc::decode_state(payload);
    RC_ASSERT((decoded ? icc::encode_state(*decoded) == payload : decoded.error().offset <= payload.size()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace scardlab::tests
