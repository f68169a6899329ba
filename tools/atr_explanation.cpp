#include "tools/atr_explanation.h"

#include <fmt/format.h>

#include <functional>
#include <utility>
#include <vector>

#include "core/resource_manager/embedded/protocol_choice.h"
#include "emulator/ifd/ifd.h"
#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/timing.h"
#include "tools/atr_findings.h"
#include "tools/atr_layout.h"
#include "tools/historical_bytes.h"
#include "tools/interface_bytes.h"

namespace scardlab::tools {

namespace {

using resource_manager::Negotiated;

/// A reader that answers every request for a protocol alike, so that the choice is pcsc-lite's alone.
class AnsweringReader final : public ifd::Ifd {
  public:
    explicit AnsweringReader(ifd::IfdCode answer) : answer_(answer) {}
    ifd::IfdCode power_icc(ifd::PowerAction, iso7816::Atr&) override { return ifd::IfdCode::success; }
    ifd::IfdCode set_protocol(iso7816::Protocol) override { return answer_; }
    ifd::IfdCode transmit(iso7816::ByteView, iso7816::Bytes&) override { return ifd::IfdCode::communication_error; }
    ifd::IfdCode presence() override { return ifd::IfdCode::success; }
    void set_presence_listener(std::function<void()>) override {}

  private:
    ifd::IfdCode answer_;
};

std::string row(std::size_t offset, std::string_view field, iso7816::ByteView bytes, std::string_view meaning) {
    return fmt::format("{:6}  {:<10}  {}  {}\n", offset, field, iso7816::to_hex(bytes), meaning);
}

/// TA1's rate as far as it is not reserved, else the default.
iso7816::TransmissionRate rate_of(const std::vector<AtrElement>& elements) {
    for (const AtrElement& element : elements) {
        if (element.byte.letter == 'A' && element.byte.group == 1) {
            return iso7816::rate_from_ta1(element.byte.value).value_or(iso7816::TransmissionRate{});
        }
    }
    return {};
}

/// All historical bytes in characters, then each field of them.
std::string explain_historical(std::size_t offset, iso7816::ByteView bytes) {
    std::string characters;
    for (const std::uint8_t byte : bytes) {
        characters += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
    }
    std::string text = row(offset, "historical", bytes, fmt::format("\"{}\"", characters));
    for (const HistoricalField& field : decode_historical_bytes(bytes).fields) {
        text += row(offset + field.offset, "  " + field.name, bytes.subspan(field.offset, field.size), field.meaning);
    }
    return text;
}

std::string explain(const AtrElement& element, iso7816::ByteView atr, iso7816::TransmissionRate rate) {
    const iso7816::ByteView bytes = atr.subspan(element.offset, element.size);
    switch (element.kind) {
        case AtrElement::Kind::ts:
            return row(element.offset, "TS", bytes, meaning_of_ts(bytes[0]));
        case AtrElement::Kind::t0:
            return row(element.offset, "T0", bytes, meaning_of_t0(bytes[0]));
        case AtrElement::Kind::interface_byte:
            return row(element.offset, fmt::format("T{}{}", element.byte.letter, element.byte.group), bytes,
                       meaning_of(element.byte, rate));
        case AtrElement::Kind::historical_bytes:
            return explain_historical(element.offset, bytes);
        case AtrElement::Kind::check_byte: {
            const std::uint8_t right = right_check_byte(atr, element.offset);
            return row(element.offset, "TCK", bytes,
                       bytes[0] == right ? "correct" : fmt::format("wrong, {:02X} would be right", right));
        }
        case AtrElement::Kind::surplus:
            return row(element.offset, "?", bytes, "after the end of the ATR");
    }
    return {};
}

/// Every byte that is there.
std::string byte_table(iso7816::ByteView bytes) {
    const std::vector<AtrElement> elements = lay_out_atr(bytes);
    const iso7816::TransmissionRate rate = rate_of(elements);
    std::string text;
    for (const AtrElement& element : elements) {
        text += explain(element, bytes, rate);
    }
    return text;
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

std::string times(const iso7816::Atr& atr, iso7816::TransmissionRate rate, iso7816::Protocol protocol) {
    const iso7816::Timing timing = iso7816::timing_for(atr, rate, protocol);
    if (protocol == iso7816::Protocol::t0) {
        return fmt::format("T=0        GT {}, WT {} at F/D = {}/{}\n", duration(timing.guard_time),
                           duration(timing.waiting_time), rate.f, rate.d);
    }
    return fmt::format("T=1        CGT {}, CWT {}, BWT {}, BGT {} at F/D = {}/{}; IFSC {} bytes, {}\n",
                       duration(timing.guard_time), duration(timing.character_waiting), duration(timing.block_waiting),
                       duration(timing.block_guard), rate.f, rate.d, atr.ifsc(),
                       atr.edc_kind() == iso7816::EdcKind::crc ? "CRC" : "LRC");
}

/// Classes and clock stop: of the first TA for T=15, or what holds without it.
std::string operating_conditions(const iso7816::Atr& atr) {
    std::string classes;
    for (unsigned i = 0; i < 3; ++i) {
        if ((atr.operating_classes() & (1U << i)) != 0) {
            classes += fmt::format("{}{}", classes.empty() ? "" : " ", "ABC"[i]);
        }
    }
    constexpr std::string_view stop[] = {"not supported", "in state L", "in state H", "in either state"};
    return fmt::format("Classes    {}{}\nClock stop {}\n", classes.empty() ? "none" : classes,
                       atr.has_global_groups() ? "" : " (not told)", stop[static_cast<unsigned>(atr.clock_stop())]);
}

/// What the bytes amount to.
std::string summary(const iso7816::Atr& atr) {
    const auto offered = atr.offered_protocols();
    std::string protocols;
    for (std::size_t i = 0; i < offered.count; ++i) {
        protocols += fmt::format("{}T={}{}", i == 0 ? "" : ", ", offered.t[i], i == 0 ? " (first)" : "");
    }
    std::string text = fmt::format("TCK        {}\nOffered    {}\n", verdict(atr.tck()),
                                   protocols.empty() ? "no protocol" : protocols);
    const auto specific = atr.specific_mode();
    text += specific ? fmt::format("Mode       specific: T={} without a PPS{}\n", specific->t,
                                   specific->implicit_rate ? ", at a rate that the ATR does not tell; the times below "
                                                             "are at that of TA1"
                                                           : "")
                     : std::string("Mode       negotiable: a PPS may choose protocol and rate\n");
    const iso7816::TransmissionRate rate = iso7816::rate_from_ta1(atr.ta1()).value_or(iso7816::TransmissionRate{});
    for (const auto protocol : {iso7816::Protocol::t0, iso7816::Protocol::t1}) {
        if (atr.offers(protocol)) {
            text += times(atr, rate, protocol);
        }
    }
    return text + operating_conditions(atr);
}

std::string_view name_of(const Negotiated& result) {
    return result.code != resource_manager::Code::success     ? resource_manager::name(result.code)
           : result.protocol == resource_manager::protocol_t1 ? "T=1"
           : result.protocol == resource_manager::protocol_t0 ? "T=0"
                                                              : "no protocol";
}

/// Rules N1 to N4, with the masks that applications pass and what an IFD handler may answer.
std::string choices(iso7816::ByteView bytes) {
    using namespace resource_manager;
    const OfferedProtocols offered = offered_protocols(bytes);
    std::string seen;
    const std::pair<const char*, Protocols> protocols[] = {
        {"T=0", protocol_t0}, {"T=1", protocol_t1}, {"T=15", protocol_t15}};
    for (const auto& [name, bit] : protocols) {
        if ((offered.available & bit) != 0) {
            seen += fmt::format("{}{}{}", seen.empty() ? "" : ", ", name, bit == offered.first ? " (first)" : "");
        }
    }
    std::string text = fmt::format(
        "pcsc-lite 1.9.9 sees on offer {} (rule N2), and chooses by one IFDHSetProtocolParameters (N1, N3)\n",
        seen.empty() ? "nothing" : seen);
    const std::pair<const char*, Protocols> masks[] = {
        {"T0", protocol_t0}, {"T1", protocol_t1}, {"T0|T1", protocol_t0 | protocol_t1}};
    for (const auto& [name, mask] : masks) {
        const auto answered = [&, chosen_from = mask](ifd::IfdCode answer) {
            AnsweringReader reader(answer);
            return negotiate_protocol(reader, chosen_from, offered);
        };
        const Negotiated chosen = answered(ifd::IfdCode::success);
        text += fmt::format("  preferred {:<5}  {}", name, name_of(chosen));
        if (chosen.code == Code::success) {
            text += fmt::format("; handler fails: {}; refuses the protocol: {}; sets none: {} (N4)",
                                name_of(answered(ifd::IfdCode::pts_failure)),
                                name_of(answered(ifd::IfdCode::protocol_not_supported)),
                                name_of(answered(ifd::IfdCode::not_supported)));
        }
        text += '\n';
    }
    return text;
}

std::string findings(iso7816::ByteView bytes) {
    std::string text;
    for (const AtrFinding& finding : findings_of(bytes)) {
        text += fmt::format("Wrong      byte {}: {}\n", finding.offset, finding.message);
    }
    return text.empty() ? "Wrong      nothing\n" : text;
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
    result.text += choices(bytes) + findings(bytes);
    return result;
}

}  // namespace scardlab::tools
