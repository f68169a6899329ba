#include "tools/atr_explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>

#include "core/resource_manager/embedded/protocol_choice.h"
#include "emulator/ifd/ifd.h"
#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/timing.h"
#include "tools/interface_bytes.h"

namespace scardlab::tools {

namespace {

/// A reader that puts every protocol into force, so that the choice is pcsc-lite's alone.
class WillingReader final : public ifd::Ifd {
  public:
    ifd::IfdCode power_icc(ifd::PowerAction, iso7816::Atr&) override { return ifd::IfdCode::success; }
    ifd::IfdCode set_protocol(iso7816::Protocol) override { return ifd::IfdCode::success; }
    ifd::IfdCode transmit(iso7816::ByteView, iso7816::Bytes&) override { return ifd::IfdCode::communication_error; }
    ifd::IfdCode presence() override { return ifd::IfdCode::success; }
    void set_presence_listener(std::function<void()>) override {}
};

/// Lines of the table of bytes.
class Table {
  public:
    explicit Table(iso7816::ByteView bytes) : bytes_(bytes) {}

    bool at_end() const { return at_ == bytes_.size(); }
    std::size_t left() const { return bytes_.size() - at_; }
    /// One line for the next `count` bytes.
    iso7816::ByteView take(std::size_t count, std::string_view field, const std::string& meaning) {
        const iso7816::ByteView taken = bytes_.subspan(at_, count);
        fmt::format_to(std::back_inserter(text_), "{:6}  {:<10}  {}  {}\n", at_, field, iso7816::to_hex(taken),
                       meaning);
        at_ += count;
        return taken;
    }
    std::uint8_t next() const { return bytes_[at_]; }
    std::string text() && { return std::move(text_); }

  private:
    iso7816::ByteView bytes_;
    std::size_t at_ = 0;
    std::string text_;
};

/// TCK, right after the historical bytes.
void explain_check_byte(Table& table, iso7816::ByteView bytes) {
    if (table.at_end()) {
        return;
    }
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() - table.left());
    const auto right = std::accumulate(std::next(bytes.begin()), end, std::uint8_t{0},
                                       [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a ^ b); });
    table.take(1, "TCK", table.next() == right ? "correct" : fmt::format("wrong, {:02X} would be right", right));
}

std::string explain_historical(iso7816::ByteView bytes) {
    std::string characters;
    for (const std::uint8_t byte : bytes) {
        characters += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
    }
    return fmt::format("\"{}\"", characters);
}

/// Every byte that is there; stops where they end.
std::string byte_table(iso7816::ByteView bytes) {
    Table table(bytes);
    if (table.at_end()) {
        return {};
    }
    table.take(1, "TS", meaning_of_ts(table.next()));
    if (table.at_end()) {
        return std::move(table).text();
    }
    const std::uint8_t t0 = table.next();
    table.take(1, "T0", meaning_of_t0(t0));
    std::uint8_t presence = t0;
    std::optional<std::uint8_t> protocol;
    bool check_byte = false;
    for (unsigned group = 1; (presence & 0xF0) != 0; ++group) {
        const std::uint8_t announced = presence;
        presence = 0;
        for (unsigned column = 0; column < 4; ++column) {
            if ((announced & (0x10U << column)) == 0) {
                continue;
            }
            if (table.at_end()) {
                return std::move(table).text();
            }
            const InterfaceByte byte{"ABCD"[column], group, protocol, table.next()};
            table.take(1, fmt::format("T{}{}", byte.letter, group), meaning_of(byte));
            if (byte.letter == 'D') {
                presence = byte.value;
                protocol = static_cast<std::uint8_t>(byte.value & 0x0F);
                check_byte = check_byte || *protocol != 0;
            }
        }
    }
    if (const std::size_t historical = std::min<std::size_t>(t0 & 0x0F, table.left()); historical != 0) {
        const iso7816::ByteView shown = bytes.subspan(bytes.size() - table.left(), historical);
        table.take(historical, "historical", explain_historical(shown));
    }
    if (check_byte) {
        explain_check_byte(table, bytes);
    }
    if (!table.at_end()) {
        table.take(table.left(), "?", "after the end of the ATR");
    }
    return std::move(table).text();
}

std::string_view verdict(iso7816::Atr::Tck tck) {
    switch (tck) {
        case iso7816::Atr::Tck::absent_as_expected:
            return "absent, as it must be when only T=0 is indicated";
        case iso7816::Atr::Tck::correct:
            return "correct";
        case iso7816::Atr::Tck::wrong:
            return "wrong (pcsc-lite does not verify it)";
        case iso7816::Atr::Tck::missing:
            return "missing, though a T other than 0 is indicated (pcsc-lite does not ask for it)";
    }
    return "";
}

/// What the bytes amount to.
std::string summary(const iso7816::Atr& atr) {
    const auto offered = atr.offered_protocols();
    std::string protocols;
    for (std::size_t i = 0; i < offered.count; ++i) {
        protocols += fmt::format("{}T={}{}", i == 0 ? "" : ", ", offered.t[i], i == 0 ? " (first)" : "");
    }
    std::string text = fmt::format("TCK        {}\nOffered    {}\n", verdict(atr.tck()), protocols);
    const auto specific = atr.specific_mode();
    text += specific ? fmt::format("Mode       specific: T={} without a PPS\n", specific->t)
                     : std::string("Mode       negotiable: a PPS may choose protocol and rate\n");
    const iso7816::TransmissionRate rate = iso7816::rate_from_ta1(atr.ta1()).value_or(iso7816::TransmissionRate{});
    for (const auto protocol : {iso7816::Protocol::t0, iso7816::Protocol::t1}) {
        if (!atr.offers(protocol)) {
            continue;
        }
        const iso7816::Timing timing = iso7816::timing_for(atr, rate, protocol);
        text += protocol == iso7816::Protocol::t0
                    ? fmt::format("T=0        GT {} cycles, WT {} cycles at F/D = {}/{}\n", timing.guard_time.count,
                                  timing.waiting_time.count, rate.f, rate.d)
                    : fmt::format(
                          "T=1        CGT {} cycles, CWT {} cycles, BWT {} cycles at F/D = {}/{}; IFSC {} bytes, "
                          "{}\n",
                          timing.guard_time.count, timing.character_waiting.count, timing.block_waiting.count, rate.f,
                          rate.d, atr.ifsc(), atr.edc_kind() == iso7816::EdcKind::crc ? "CRC" : "LRC");
    }
    return text;
}

std::string choices(iso7816::ByteView bytes) {
    using namespace resource_manager;
    std::string text = "pcsc-lite 1.9.9 chooses (rules N1 to N3)\n";
    const OfferedProtocols offered = offered_protocols(bytes);
    WillingReader reader;
    const std::pair<const char*, Protocols> masks[] = {
        {"T0", protocol_t0}, {"T1", protocol_t1}, {"T0|T1", protocol_t0 | protocol_t1}};
    for (const auto& [name, mask] : masks) {
        const Negotiated result = negotiate_protocol(reader, mask, offered);
        const std::string_view chosen = result.code != Code::success     ? resource_manager::name(result.code)
                                        : result.protocol == protocol_t1 ? "T=1"
                                                                         : "T=0";
        text += fmt::format("  preferred {:<5}  {}\n", name, chosen);
    }
    return text;
}

}  // namespace

AtrExplanation explain_atr(iso7816::ByteView bytes) {
    AtrExplanation result;
    result.text =
        fmt::format("ATR {} ({} bytes)\noffset  field       meaning\n", iso7816::to_hex(bytes), bytes.size()) +
        byte_table(bytes);
    if (const auto atr = iso7816::Atr::parse(bytes)) {
        result.text += summary(*atr);
    } else {
        result.error = fmt::format("byte {}: {}", atr.error().offset, atr.error().message);
    }
    result.text += choices(bytes);
    return result;
}

}  // namespace scardlab::tools
