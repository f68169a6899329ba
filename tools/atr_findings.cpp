#include "tools/atr_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "emulator/iso7816/atr.h"
#include "emulator/iso7816/timing.h"
#include "tools/atr_layout.h"
#include "tools/historical_bytes.h"

namespace scardlab::tools {

namespace {

constexpr std::uint8_t t_global = 15;

/// Collects findings while it goes through the interface bytes in their order.
class InterfaceByteRules {
  public:
    InterfaceByteRules(const std::vector<AtrElement>& elements, std::vector<AtrFinding>& findings)
        : elements_(elements), findings_(findings) {}

    void check() {
        for (const AtrElement& element : elements_) {
            if (element.kind == AtrElement::Kind::interface_byte) {
                at_ = element.offset;
                check(element.byte);
            }
        }
    }

  private:
    void report(std::string message) { findings_.push_back({at_, std::move(message)}); }

    void check(const InterfaceByte& byte) {
        if (byte.letter == 'D') {
            check_protocol(byte);
        } else if (byte.group == 1) {
            check_rate(byte);
        } else if (byte.group == 2) {
            check_second_group(byte);
        } else {
            check_specific(byte);
        }
    }

    /// TD: T values ascend, 15 is not the first, 2 to 13 are reserved (clause 8.2.3).
    void check_protocol(const InterfaceByte& byte) {
        const auto t = static_cast<std::uint8_t>(byte.value & 0x0F);
        if (t == t_global && byte.group == 1) {
            report("TD1 indicates T=15, which is no protocol and cannot be the first");
        }
        if (last_t_ && t < *last_t_) {
            report(fmt::format("T={} after T={}: the T values must ascend", t, *last_t_));
        }
        if (t > 1 && t < 14) {
            report(fmt::format("T={} is reserved", t));
        }
        last_t_ = t;
    }

    /// TA1 (clause 8.3, tables 7 and 8).
    void check_rate(const InterfaceByte& byte) {
        if (byte.letter != 'A') {
            return;
        }
        if (!iso7816::clock_rate_conversion(static_cast<std::uint8_t>(byte.value >> 4))) {
            report(fmt::format("Fi index {} of TA1 is reserved", byte.value >> 4));
        }
        if (!iso7816::baud_rate_adjustment(static_cast<std::uint8_t>(byte.value & 0x0F))) {
            report(fmt::format("Di index {} of TA1 is reserved", byte.value & 0x0F));
        }
    }

    /// TA2 and TC2 (clauses 8.3 and 10.2).
    void check_second_group(const InterfaceByte& byte) {
        if (byte.letter == 'A') {
            check_specific_mode(byte.value);
        }
        if (byte.letter == 'C' && byte.value == 0) {
            report("WI = 0 of TC2 is reserved");
        }
        if (byte.letter == 'C' && !offers(0)) {
            report("TC2 is specific to T=0, which no TD offers");
        }
    }

    void check_specific_mode(std::uint8_t ta2) {
        const int t = ta2 & 0x0F;
        const int first = first_offered();
        if (t != first) {
            report(fmt::format("TA2 sets T={} in force, TD1 offers T={} first{}", t, first,
                               offers(t) ? "" : fmt::format(", no TD offers T={}", t)));
        }
        if ((ta2 & 0x60) != 0) {
            report("bits 7 and 6 of TA2 are reserved, they must be 0");
        }
    }

    /// Groups from 3 on: the first byte of a kind for its T counts (clauses 8.3 and 11.4).
    void check_specific(const InterfaceByte& byte) {
        const std::uint8_t t = byte.protocol.value_or(0);
        if (t == 0) {
            report(fmt::format("T{}{} for T=0 is reserved", byte.letter, byte.group));
        }
        if (t != 1 && t != t_global) {
            return;
        }
        const std::size_t column = static_cast<std::size_t>(byte.letter - 'A');
        bool& seen = seen_[t == 1 ? 0 : 1][column];
        if (seen) {
            report(fmt::format("T{}{} is the second T{} for T={}, only the first counts", byte.letter, byte.group,
                               byte.letter, t));
        } else {
            seen = true;
            t == 1 ? check_t1(byte) : check_t15(byte);
        }
    }

    void check_t1(const InterfaceByte& byte) {
        if (byte.letter == 'A' && (byte.value == 0 || byte.value == 255)) {
            report(fmt::format("IFSC = {} is reserved", byte.value));
        }
        if (byte.letter == 'B' && byte.value >> 4 > 9) {
            report(fmt::format("BWI = {} is reserved", byte.value >> 4));
        }
        if (byte.letter == 'C' && byte.value > 1) {
            report(fmt::format("bits 8 to 2 of T{}{} for T=1 are reserved, they must be 0", byte.letter, byte.group));
        }
    }

    void check_t15(const InterfaceByte& byte) {
        constexpr std::array<int, 6> allowed{1, 2, 4, 3, 6, 7};  // A, B, C, AB, BC, ABC
        const int classes = byte.value & 0x3F;
        if (byte.letter == 'A' && std::find(allowed.begin(), allowed.end(), classes) == allowed.end()) {
            report(fmt::format("Y = {} is a reserved combination of classes of operating conditions", classes));
        }
        if (byte.letter == 'C') {
            report(fmt::format("TC{} for T=15 is reserved", byte.group));
        }
    }

    bool offers(int t) const {
        return std::any_of(elements_.begin(), elements_.end(), [t](const AtrElement& element) {
            return element.kind == AtrElement::Kind::interface_byte && element.byte.letter == 'D' &&
                   (element.byte.value & 0x0F) == t;
        });
    }

    /// T of TD1, which is there when there is a second group.
    int first_offered() const {
        const auto td1 = std::find_if(elements_.begin(), elements_.end(), [](const AtrElement& element) {
            return element.byte.letter == 'D' && element.byte.group == 1;
        });
        return td1 == elements_.end() ? 0 : td1->byte.value & 0x0F;
    }

    const std::vector<AtrElement>& elements_;
    std::vector<AtrFinding>& findings_;
    std::size_t at_ = 0;
    std::optional<std::uint8_t> last_t_;
    bool seen_[2][3] = {};
};

void check_ends(iso7816::ByteView bytes, const AtrElement& element, std::vector<AtrFinding>& findings) {
    if (element.kind == AtrElement::Kind::historical_bytes) {
        for (const HistoricalFault& fault :
             decode_historical_bytes(bytes.subspan(element.offset, element.size)).faults) {
            findings.push_back({element.offset + fault.offset, fault.message});
        }
    }
    if (element.kind == AtrElement::Kind::check_byte) {
        const std::uint8_t right = right_check_byte(bytes, element.offset);
        if (const std::uint8_t tck = bytes[element.offset]; tck != right) {
            findings.push_back({element.offset, fmt::format("TCK is {:02X}, {:02X} would be right", tck, right)});
        }
    }
}

}  // namespace

std::vector<AtrFinding> findings_of(iso7816::ByteView bytes) {
    std::vector<AtrFinding> findings;
    const std::vector<AtrElement> elements = lay_out_atr(bytes);
    InterfaceByteRules(elements, findings).check();
    for (const AtrElement& element : elements) {
        check_ends(bytes, element, findings);
    }
    if (const auto atr = iso7816::Atr::parse(bytes); !atr) {
        findings.push_back({atr.error().offset, atr.error().message});
    } else if (atr->tck() == iso7816::Atr::Tck::missing) {
        findings.push_back({bytes.size(), fmt::format("TCK is missing, {:02X} would be right: a TD indicates a T "
                                                      "other than 0",
                                                      right_check_byte(bytes, bytes.size()))});
    }
    std::stable_sort(findings.begin(), findings.end(),
                     [](const AtrFinding& a, const AtrFinding& b) { return a.offset < b.offset; });
    return findings;
}

}  // namespace scardlab::tools
