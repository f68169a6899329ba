#include "emulator/iso7816/tpdu.h"

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
    if (command.extended) {
        return tl::make_unexpected(ApduError{4, "extended length fields, expected a short command APDU for T=0"});
    }
    if (looks_like_sw1(command.ins)) {
        return tl::make_unexpected(
            ApduError{1, "INS is " + to_hex(command_apdu.subspan(1, 1)) + ", and T=0 has no INS of 6X or 9X"});
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

}  // namespace scardlab::iso7816
