#include <boost/test/unit_test.hpp>

#include <rapidcheck/boost_test.h>

#include "emulator/iso7816/block_t1.h"
#include "tests/emulator/iso7816/support.h"

namespace scardlab::iso7816 {
namespace {

constexpr std::array edc_kinds{EdcKind::lrc, EdcKind::crc};

std::vector<std::uint8_t> valid_pcbs() {
    std::vector<std::uint8_t> values;
    for (unsigned value = 0; value <= 0xFF; ++value) {
        const auto byte = static_cast<std::uint8_t>(value);
        if (Pcb{byte}.kind() != Pcb::Kind::invalid) {
            values.push_back(byte);
        }
    }
    return values;
}

Bytes any_inf() {
    const auto size = *rc::gen::inRange<std::size_t>(0, BlockT1::max_inf + 1);
    return *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
}

BOOST_AUTO_TEST_SUITE(iso7816_block_t1)

// ISO/IEC 7816-3 clause 11.3.2.2
BOOST_AUTO_TEST_CASE(pcb_values_are_those_of_clause_11_3_2_2) {
    struct Row {
        Pcb pcb;
        int value;
        Pcb::Kind kind;
    };
    for (const Row& row : {Row{Pcb::i(false, false), 0x00, Pcb::Kind::i_block},
                           {Pcb::i(true, false), 0x40, Pcb::Kind::i_block},
                           {Pcb::i(false, true), 0x20, Pcb::Kind::i_block},
                           {Pcb::i(true, true), 0x60, Pcb::Kind::i_block},
                           {Pcb::r(false, RBlockError::none), 0x80, Pcb::Kind::r_block},
                           {Pcb::r(true, RBlockError::none), 0x90, Pcb::Kind::r_block},
                           {Pcb::r(false, RBlockError::edc_or_parity), 0x81, Pcb::Kind::r_block},
                           {Pcb::r(true, RBlockError::other), 0x92, Pcb::Kind::r_block},
                           {Pcb::s_request(SBlock::resynch), 0xC0, Pcb::Kind::s_request},
                           {Pcb::s_response(SBlock::resynch), 0xE0, Pcb::Kind::s_response},
                           {Pcb::s_request(SBlock::ifs), 0xC1, Pcb::Kind::s_request},
                           {Pcb::s_response(SBlock::ifs), 0xE1, Pcb::Kind::s_response},
                           {Pcb::s_request(SBlock::abort), 0xC2, Pcb::Kind::s_request},
                           {Pcb::s_response(SBlock::abort), 0xE2, Pcb::Kind::s_response},
                           {Pcb::s_request(SBlock::wtx), 0xC3, Pcb::Kind::s_request},
                           {Pcb::s_response(SBlock::wtx), 0xE3, Pcb::Kind::s_response}}) {
        BOOST_TEST_CONTEXT(std::hex << row.value) {
            BOOST_TEST(int{row.pcb.value} == row.value);
            BOOST_CHECK(row.pcb.kind() == row.kind);
        }
    }
}

BOOST_AUTO_TEST_CASE(only_the_values_that_the_standard_defines_are_valid) {
    // Four I-blocks, two times three R-blocks, four S-blocks each way.
    BOOST_TEST(valid_pcbs().size() == 4U + 6U + 8U);
    for (const int value : {0x01, 0x10, 0x41, 0x83, 0x8F, 0xA0, 0xB1, 0xC4, 0xDF, 0xE4, 0xFF}) {
        BOOST_TEST_CONTEXT(std::hex << value) {
            BOOST_CHECK(Pcb{static_cast<std::uint8_t>(value)}.kind() == Pcb::Kind::invalid);
        }
    }
}

BOOST_AUTO_TEST_CASE(fields_of_a_pcb_read_back) {
    for (const bool sequence : {false, true}) {
        for (const bool more : {false, true}) {
            BOOST_TEST(Pcb::i(sequence, more).sequence() == sequence);
            BOOST_TEST(Pcb::i(sequence, more).more_data() == more);
        }
        for (const RBlockError error : {RBlockError::none, RBlockError::edc_or_parity, RBlockError::other}) {
            BOOST_TEST(Pcb::r(sequence, error).sequence() == sequence);
            BOOST_CHECK(Pcb::r(sequence, error).r_error() == error);
        }
    }
    for (const SBlock type : {SBlock::resynch, SBlock::ifs, SBlock::abort, SBlock::wtx}) {
        BOOST_CHECK(Pcb::s_request(type).s_type() == type);
        BOOST_CHECK(Pcb::s_response(type).s_type() == type);
    }
}

// ISO/IEC 7816-3 clause 11.3.4
BOOST_AUTO_TEST_CASE(check_codes_have_their_known_values) {
    const Bytes digits{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
    BOOST_TEST(crc(digits) == 0x6F91);  // the check value of CRC-16/MCRF4XX
    BOOST_TEST(crc({}) == 0xFFFF);
    BOOST_TEST(int{lrc(digits)} == 0x31);
    BOOST_TEST(int{lrc({})} == 0);
}

// Blocks that were recorded between real readers and a card (OsEID, doc/T1_CRC.txt).
BOOST_AUTO_TEST_CASE(recorded_blocks_with_crc_are_read_and_written) {
    for (const char* text :
         {"00 C1 01 FE 54 4E", "00 E1 01 FE 57 75", "00 00 05 00 A4 00 00 00 B8 DA", "00 90 00 20 6E", "00 80 00 B5 FF",
          "00 00 00 39 33", "00 60 07 00 02 8A 01 AA 90 00 A6 33",
          "00 20 14 6F 17 81 02 7F FF 82 01 38 83 02 3F 00 86 03 11 3F FF 85 02 10 29", "00 C1 01 F8 31 78",
          "00 E1 01 F8 32 43"}) {
        BOOST_TEST_CONTEXT(text) {
            const Bytes bytes = hex(text);
            const auto block = BlockT1::parse(bytes, EdcKind::crc);
            BOOST_REQUIRE(block);
            BlockT1::Encoded out;
            block->encode(EdcKind::crc, out);
            BOOST_TEST(to_hex(out.view()) == text);
        }
    }
}

// ISO/IEC 7816-3 clause 11.3
BOOST_AUTO_TEST_CASE(blocks_with_lrc_are_read_and_written) {
    BlockT1::Encoded out;
    const Bytes select = hex("00 A4 00 00 02 3F 00");
    BlockT1{0x00, Pcb::i(true, false), select}.encode(EdcKind::lrc, out);
    BOOST_TEST(to_hex(out.view()) == "00 40 07 00 A4 00 00 02 3F 00 DE");
    const Bytes ifs = hex("FE");
    BlockT1{0x00, Pcb::s_request(SBlock::ifs), ifs}.encode(EdcKind::lrc, out);
    BOOST_TEST(to_hex(out.view()) == "00 C1 01 FE 3E");
    BlockT1{0x12, Pcb::r(false, RBlockError::edc_or_parity), {}}.encode(EdcKind::lrc, out);
    BOOST_TEST(to_hex(out.view()) == "12 81 00 93");
}

BOOST_AUTO_TEST_CASE(an_error_says_its_kind_and_where) {
    struct Row {
        const char* bytes;
        EdcKind edc;
        BlockError::Kind kind;
        std::size_t offset;
        const char* message;
    };
    using Kind = BlockError::Kind;
    for (const Row& row : {Row{"", EdcKind::lrc, Kind::too_short, 0, "found 0 bytes, expected at least 4"},
                           {"00 00 00", EdcKind::lrc, Kind::too_short, 3, "found 3 bytes, expected at least 4"},
                           {"00 00 00 00", EdcKind::crc, Kind::too_short, 4, "found 4 bytes, expected at least 5"},
                           {"00 00 FF 00", EdcKind::lrc, Kind::length, 2, "LEN is FF, which is reserved"},
                           {"00 00 02 AA A8", EdcKind::lrc, Kind::length, 2, "LEN announces 2 bytes, found 1"},
                           {"00 00 00 AA AA", EdcKind::lrc, Kind::length, 2, "LEN announces 0 bytes, found 1"},
                           {"00 40 01 AA EA", EdcKind::lrc, Kind::edc, 4, "EDC is EA, expected EB"},
                           {"00 C1 01 FE 4E 54", EdcKind::crc, Kind::edc, 4, "EDC is 4E 54, expected 54 4E"},
                           {"00 01 00 01", EdcKind::lrc, Kind::pcb, 1, "PCB is 01, which is reserved"}}) {
        BOOST_TEST_CONTEXT(row.bytes) {
            const auto block = BlockT1::parse(hex(row.bytes), row.edc);
            BOOST_REQUIRE(!block);
            BOOST_CHECK(block.error().kind == row.kind);
            BOOST_TEST(block.error().offset == row.offset);
            BOOST_TEST(block.error().message == row.message);
        }
    }
}

RC_BOOST_PROP(any_block_reads_back_as_it_was, ()) {
    const Bytes inf = any_inf();
    const BlockT1 block{*rc::gen::arbitrary<std::uint8_t>(), Pcb{*rc::gen::elementOf(valid_pcbs())}, inf};
    for (const EdcKind edc : edc_kinds) {
        BlockT1::Encoded out;
        block.encode(edc, out);
        RC_ASSERT(out.size == BlockT1::prologue_size + inf.size() + edc_size(edc));
        const auto parsed = BlockT1::parse(out.view(), edc);
        RC_ASSERT(parsed.has_value());
        RC_ASSERT(parsed->nad == block.nad);
        RC_ASSERT(parsed->pcb == block.pcb);
        RC_ASSERT(Bytes(parsed->inf.begin(), parsed->inf.end()) == inf);
    }
}

RC_BOOST_PROP(every_single_wrong_bit_is_an_error, ()) {
    const Bytes inf = any_inf();
    const BlockT1 block{*rc::gen::arbitrary<std::uint8_t>(), Pcb{*rc::gen::elementOf(valid_pcbs())}, inf};
    for (const EdcKind edc : edc_kinds) {
        BlockT1::Encoded out;
        block.encode(edc, out);
        for (std::size_t bit = 0; bit < out.size * 8; ++bit) {
            const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
            out.bytes[bit / 8] = static_cast<std::uint8_t>(out.bytes[bit / 8] ^ mask);
            const auto parsed = BlockT1::parse(out.view(), edc);
            RC_ASSERT(!parsed.has_value());
            RC_ASSERT(parsed.error().offset <= out.size);
            RC_ASSERT((parsed.error().kind == BlockError::Kind::length) == (bit / 8 == 2));
            out.bytes[bit / 8] = static_cast<std::uint8_t>(out.bytes[bit / 8] ^ mask);
        }
    }
}

RC_BOOST_PROP(a_reserved_pcb_is_an_error_although_the_edc_is_right, (std::uint8_t value)) {
    const Pcb pcb{value};
    RC_PRE(pcb.kind() == Pcb::Kind::invalid);
    for (const EdcKind edc : edc_kinds) {
        BlockT1::Encoded out;
        BlockT1{0, pcb, {}}.encode(edc, out);
        const auto parsed = BlockT1::parse(out.view(), edc);
        RC_ASSERT(!parsed.has_value());
        RC_ASSERT(parsed.error().kind == BlockError::Kind::pcb);
    }
}

RC_BOOST_PROP(any_bytes_give_a_block_or_an_error_inside_them, (const Bytes& bytes)) {
    for (const EdcKind edc : edc_kinds) {
        const auto parsed = BlockT1::parse(bytes, edc);
        RC_ASSERT(parsed.has_value() || parsed.error().offset <= bytes.size());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace scardlab::iso7816
