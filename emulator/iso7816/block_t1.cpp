#include "emulator/iso7816/block_t1.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace scardlab::iso7816 {
namespace {

constexpr std::uint8_t r_block = 0x80;
constexpr std::uint8_t s_block = 0xC0;
constexpr std::uint8_t i_sequence = 0x40;
constexpr std::uint8_t i_more_data = 0x20;
constexpr std::uint8_t r_sequence = 0x10;
constexpr std::uint8_t s_response_bit = 0x20;
constexpr std::uint8_t reserved_len = 0xFF;

constexpr std::array<std::uint16_t, 256> make_crc_table() {
    std::array<std::uint16_t, 256> table{};
    for (unsigned i = 0; i < table.size(); ++i) {
        unsigned value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1) ^ 0x8408U : value >> 1;
        }
        table[i] = static_cast<std::uint16_t>(value);
    }
    return table;
}

constexpr auto crc_table = make_crc_table();

/// Writes the EDC of `covered` to `out`, most significant byte first.
void write_edc(EdcKind kind, ByteView covered, std::uint8_t* out) {
    if (kind == EdcKind::lrc) {
        out[0] = lrc(covered);
        return;
    }
    const std::uint16_t value = crc(covered);
    out[0] = static_cast<std::uint8_t>(value >> 8);
    out[1] = static_cast<std::uint8_t>(value & 0xFF);
}

tl::unexpected<BlockError> block_error(BlockError::Kind kind, std::size_t offset, std::string message) {
    return tl::make_unexpected(BlockError{kind, offset, std::move(message)});
}

}  // namespace

Pcb::Kind Pcb::kind() const {
    if ((value & 0x80) == 0) {
        return (value & 0x1F) == 0 ? Kind::i_block : Kind::invalid;
    }
    if ((value & 0xC0) == r_block) {
        const bool known = (value & 0x20) == 0 && (value & 0x0F) <= static_cast<std::uint8_t>(RBlockError::other);
        return known ? Kind::r_block : Kind::invalid;
    }
    if ((value & 0x1F) > static_cast<std::uint8_t>(SBlock::wtx)) {
        return Kind::invalid;
    }
    return (value & s_response_bit) != 0 ? Kind::s_response : Kind::s_request;
}

bool Pcb::sequence() const {
    const std::uint8_t bit = (value & 0x80) == 0 ? i_sequence : r_sequence;
    return (value & bit) != 0;
}

bool Pcb::more_data() const {
    return (value & i_more_data) != 0;
}

SBlock Pcb::s_type() const {
    return static_cast<SBlock>(value & 0x1F);
}

RBlockError Pcb::r_error() const {
    return static_cast<RBlockError>(value & 0x0F);
}

Pcb Pcb::i(bool sequence, bool more_data) {
    return {static_cast<std::uint8_t>((sequence ? i_sequence : 0) | (more_data ? i_more_data : 0))};
}

Pcb Pcb::r(bool sequence, RBlockError error) {
    return {static_cast<std::uint8_t>(r_block | (sequence ? r_sequence : 0) | static_cast<std::uint8_t>(error))};
}

Pcb Pcb::s_request(SBlock type) {
    return {static_cast<std::uint8_t>(s_block | static_cast<std::uint8_t>(type))};
}

Pcb Pcb::s_response(SBlock type) {
    return {static_cast<std::uint8_t>(s_block | s_response_bit | static_cast<std::uint8_t>(type))};
}

std::uint8_t lrc(ByteView bytes) {
    unsigned sum = 0;
    for (const std::uint8_t byte : bytes) {
        sum ^= byte;
    }
    return static_cast<std::uint8_t>(sum);
}

std::uint16_t crc(ByteView bytes) {
    unsigned value = 0xFFFF;
    for (const std::uint8_t byte : bytes) {
        value = (value >> 8) ^ crc_table[(value ^ byte) & 0xFF];
    }
    return static_cast<std::uint16_t>(value);
}

void BlockT1::encode(EdcKind edc, Encoded& out) const {
    assert(inf.size() <= max_inf);
    out.bytes[0] = nad;
    out.bytes[1] = pcb.value;
    out.bytes[2] = static_cast<std::uint8_t>(inf.size());
    std::copy(inf.begin(), inf.end(), out.bytes.begin() + prologue_size);
    const std::size_t covered = prologue_size + inf.size();
    write_edc(edc, {out.bytes.data(), covered}, out.bytes.data() + covered);
    out.size = covered + edc_size(edc);
}

tl::expected<BlockT1, BlockError> BlockT1::parse(ByteView bytes, EdcKind edc) {
    const std::size_t overhead = prologue_size + edc_size(edc);
    if (bytes.size() < overhead) {
        return block_error(
            BlockError::Kind::too_short, bytes.size(),
            "found " + std::to_string(bytes.size()) + " bytes, expected at least " + std::to_string(overhead));
    }
    const std::uint8_t len = bytes[2];
    if (len == reserved_len) {
        return block_error(BlockError::Kind::length, 2, "LEN is FF, which is reserved");
    }
    if (bytes.size() != overhead + len) {
        return block_error(
            BlockError::Kind::length, 2,
            "LEN announces " + std::to_string(len) + " bytes, found " + std::to_string(bytes.size() - overhead));
    }
    const std::size_t covered = prologue_size + len;
    std::array<std::uint8_t, 2> expected{};
    write_edc(edc, bytes.first(covered), expected.data());
    const ByteView found = bytes.subspan(covered);
    if (!std::equal(found.begin(), found.end(), expected.begin())) {
        return block_error(BlockError::Kind::edc, covered,
                           "EDC is " + to_hex(found) + ", expected " + to_hex({expected.data(), found.size()}));
    }
    const Pcb pcb{bytes[1]};
    if (pcb.kind() == Pcb::Kind::invalid) {
        return block_error(BlockError::Kind::pcb, 1, "PCB is " + to_hex(bytes.subspan(1, 1)) + ", which is reserved");
    }
    return BlockT1{bytes[0], pcb, bytes.subspan(prologue_size, len)};
}

}  // namespace scardlab::iso7816
