#pragma once

#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/icc/profile.h"
#include "emulator/iso7816/bytes.h"

/// Cards for tests, all with the same files:
///
///     MF 3F00
///       EF 2F00   SFI 30, 10 bytes, read always, update never
///       DF 5015   name "A0 00 00 00 63 50 15"
///         EF 5031   SFI 1, 40 bytes, read always, update CHV 1
///         EF 5032   SFI 2, 600 bytes, read CHV 1, update CHV 2
///         EF 5033   SFI 3, 700 bytes, read and update always
///         DF 5100   name "A0 00 00 00 63 51"
///           EF 5101   4 bytes, read always, update always
///       DF 4F00   no name
///         EF 4F01   SFI 4, 5 bytes, read never, update always
///
/// CHV 1 is "1234" with 3 tries, CHV 2 is "87654321" with 2.
namespace scardlab::fakes {

inline iso7816::Bytes hex(std::string_view text) {
    return iso7816::parse_hex(text).value();
}

inline iso7816::Atr atr(std::string_view text) {
    return iso7816::Atr::parse(hex(text)).value();
}

/// `count` bytes first, first + 1, ...
inline iso7816::Bytes counting(std::size_t count, unsigned first = 0) {
    iso7816::Bytes bytes(count);
    std::iota(bytes.begin(), bytes.end(), static_cast<std::uint8_t>(first));
    return bytes;
}

inline iso7816::Bytes text(std::string_view characters) {
    return {characters.begin(), characters.end()};
}

inline constexpr icc::AccessRule always{};
inline constexpr icc::AccessRule never{icc::AccessRule::Kind::never, 0, 0};
inline constexpr icc::AccessRule chv(std::uint8_t reference) {
    return {icc::AccessRule::Kind::chv, reference, 0};
}

inline icc::FileProfile ef(std::uint16_t identifier, std::optional<std::uint8_t> short_identifier,
                           iso7816::Bytes content, icc::AccessRule read, icc::AccessRule update) {
    icc::FileProfile file;
    file.kind = icc::FileKind::transparent_ef;
    file.identifier = identifier;
    file.short_identifier = short_identifier;
    file.content = std::move(content);
    file.access[icc::Operation::read] = read;
    file.access[icc::Operation::update] = update;
    return file;
}

inline icc::FileProfile df(std::uint16_t identifier, iso7816::Bytes name, std::vector<icc::FileProfile> children) {
    icc::FileProfile file;
    file.identifier = identifier;
    file.aid = std::move(name);
    file.children = std::move(children);
    return file;
}

inline icc::FileProfile file_tree() {
    const auto inner = df(0x5100, hex("A0 00 00 00 63 51"), {ef(0x5101, {}, counting(4, 0xC0), always, always)});
    const auto outer = df(0x5015, hex("A0 00 00 00 63 50 15"),
                          {ef(0x5031, std::uint8_t{1}, counting(40), always, chv(1)),
                           ef(0x5032, std::uint8_t{2}, counting(600, 7), chv(1), chv(2)),
                           ef(0x5033, std::uint8_t{3}, counting(700, 3), always, always), inner});
    const auto other = df(0x4F00, {}, {ef(0x4F01, std::uint8_t{4}, counting(5), never, always)});
    return df(0x3F00, {}, {ef(0x2F00, std::uint8_t{30}, text("0123456789"), always, never), outer, other});
}

/// A card with that ATR.
inline icc::Profile card_with(std::string name, std::string_view cold_atr) {
    icc::Profile profile;
    profile.name = std::move(name);
    profile.cold_atr = atr(cold_atr);
    profile.mf = file_tree();
    icc::ChvProfile first;
    first.value = text("1234");
    icc::ChvProfile second;
    second.reference = 2;
    second.value = text("87654321");
    second.tries = 2;
    profile.chvs = {first, second};
    return profile;
}

/// T=0 and T=1, in this order, default rate.
inline icc::Profile dual_protocol() {
    return card_with("dual_protocol", "3B 80 80 01 01");
}
/// T=1 before T=0.
inline icc::Profile dual_protocol_t1_first() {
    return card_with("dual_protocol_t1_first", "3B 80 81 00 01");
}
/// T=0 and T=1, TA1 = 95: F = 512, D = 16; waiting integers as in the others.
inline icc::Profile dual_protocol_fast() {
    return card_with("dual_protocol_fast", "3B 90 95 80 01 84");
}
inline icc::Profile t0_only() {
    return card_with("t0_only", "3B 02 14 50");
}
inline icc::Profile t1_only() {
    return card_with("t1_only", "3B 80 01 81");
}
/// T=1 with CRC and IFSC 64.
inline icc::Profile t1_crc() {
    return card_with("t1_crc", "3B 80 81 51 40 01 11");
}
/// Specific mode: T=1 at TA1 = 95.
inline icc::Profile specific_t1() {
    return card_with("specific_t1", "3B 90 95 11 01 15");
}
/// Dual protocol that answers a warm reset with the historical byte 57.
inline icc::Profile warm_atr_differs() {
    icc::Profile profile = dual_protocol();
    profile.name = "warm_atr_differs";
    profile.warm_atr = atr("3B 81 80 01 57 57");
    return profile;
}

}  // namespace scardlab::fakes
