#include "emulator/iso7816/tpdu.h"

#include <algorithm>
#include <utility>

namespace scardlab::iso7816 {
namespace {

/// 6X and 9X: SW1 values, which an INS must not look like (clause 10.3.2).
constexpr bool looks_like_sw1(std::uint8_t byte) {
    return (byte & 0xF0) == 0x60 || (byte & 0xF0) == 0x90;
}

}  // namespace

ProcedureByte classify_procedure_byte(std::uint8_t byte, std::uint8_t ins) {
    constexpr std::uint8_t null_byte = 0x60;
    if (byte == null_byte) {
        return ProcedureByte::null;
    }
    if (looks_like_sw1(byte)) {
        return ProcedureByte::sw1;
    }
    if (byte == ins) {
        return ProcedureByte::ack_all;
    }
    if (byte == (ins ^ 0xFF)) {
        return ProcedureByte::ack_one;
    }
    return ProcedureByte::invalid;
}

tl::expected<T0Command, ApduError> map_to_t0(ByteView command_apdu) {
    auto parsed = CommandApdu::parse(command_apdu);
    if (!parsed) {
        return tl::make_unexpected(std::move(parsed.error()));
    }
    const CommandApdu& command = *parsed;
    if (looks_like_sw1(command.ins)) {
        return tl::make_unexpected(
            ApduError{1, "INS is " + to_hex(command_apdu.subspan(1, 1)) + ", and T=0 has no INS of 6X or 9X"});
    }
    if (command.data.size() > 255 || command.ne > 256) {
        return envelope_part(command_apdu, 0);
    }
    T0Command tpdu;
    tpdu.header = {command.cla, command.ins, command.p1, command.p2, 0};
    if (!command.data.empty()) {
        tpdu.header[4] = static_cast<std::uint8_t>(command.data.size());
        tpdu.direction = T0Direction::to_card;
        tpdu.data = command.data;
    } else if (command.ne != 0) {
        tpdu.header[4] = static_cast<std::uint8_t>(command.ne & 0xFF);
        tpdu.direction = T0Direction::from_card;
        tpdu.expected = command.ne;
    }
    return tpdu;
}

T0Command envelope_part(ByteView command_apdu, std::size_t offset) {
    constexpr std::uint8_t ins_envelope = 0xC2;
    constexpr std::size_t largest_part = 255;
    constexpr std::size_t le_size = 2;
    const std::size_t left = command_apdu.size() - offset;
    const std::size_t count = left == largest_part + le_size ? largest_part - le_size : std::min(left, largest_part);
    T0Command tpdu;
    tpdu.header = {command_apdu[0], ins_envelope, 0, 0, static_cast<std::uint8_t>(count)};
    tpdu.direction = T0Direction::to_card;
    tpdu.data = command_apdu.subspan(offset, count);
    tpdu.envelope = command_apdu;
    return tpdu;
}

ApduExtent extent_of(ByteView bytes) {
    constexpr std::size_t header_size = 4;
    constexpr std::size_t wide_size = header_size + 3;  // with an extended length field
    const std::size_t size = bytes.size();
    if (size < header_size) {
        return ApduExtent::part;
    }
    if (size <= header_size + 1) {
        return ApduExtent::whole;
    }
    const bool wide = bytes[header_size] == 0;
    if (wide && size <= wide_size) {
        return size == wide_size ? ApduExtent::whole : ApduExtent::part;
    }
    const std::size_t nc = wide ? static_cast<std::size_t>(bytes[5] << 8 | bytes[6]) : bytes[header_size];
    const std::size_t without_le = (wide ? wide_size : header_size + 1) + nc;
    const std::size_t with_le = without_le + (wide ? 2 : 1);
    if (nc == 0 || size > with_le) {
        return ApduExtent::malformed;
    }
    return size == without_le || size == with_le ? ApduExtent::whole : ApduExtent::part;
}

}  // namespace scardlab::iso7816
