#include "core/resource_manager/embedded/protocol_choice.h"

#include <optional>

namespace scardlab::resource_manager {
namespace {

using ifd::IfdCode;

/// Interface bytes one after another.
class InterfaceBytes {
  public:
    explicit InterfaceBytes(iso7816::ByteView atr) : atr_(atr) {}

    /// The next byte if `announced` and there; nullopt otherwise.
    std::optional<std::uint8_t> next(bool announced) {
        if (!announced) {
            return std::nullopt;
        }
        const std::size_t at = at_++;
        return at < atr_.size() ? std::optional(atr_[at]) : std::nullopt;
    }
    bool past_the_end() const { return at_ > atr_.size(); }

  private:
    iso7816::ByteView atr_;
    std::size_t at_ = 2;
};

/// T0 and T1 as bits, 0 for the others.
constexpr Protocols usable(std::uint8_t t) {
    return t == 0 ? protocol_t0 : t == 1 ? protocol_t1 : protocol_undefined;
}

}  // namespace

OfferedProtocols offered_protocols(iso7816::ByteView atr) {
    OfferedProtocols offered;
    if (atr.size() < 2 || (atr[0] != 0x3B && atr[0] != 0x3F)) {
        return offered;
    }
    InterfaceBytes bytes(atr);
    auto announced = static_cast<std::uint8_t>(atr[1] >> 4);
    for (int group = 1; group == 1 || announced != 0; ++group) {
        const auto ta = bytes.next((announced & 1) != 0);
        bytes.next((announced & 2) != 0);
        bytes.next((announced & 4) != 0);
        const auto td = bytes.next((announced & 8) != 0);
        announced = 0;
        if (td) {
            announced = static_cast<std::uint8_t>(*td >> 4);
            const auto t = static_cast<std::uint8_t>(*td & 0x0F);
            if (offered.first == protocol_undefined) {
                offered.first = usable(t);
                if (offered.first == protocol_undefined) {
                    return offered;
                }
            }
            offered.available |= t == 15 ? protocol_t15 : usable(t);
        }
        if (group == 2 && ta) {
            const Protocols specific = usable(*ta & 0x0F);
            if (specific == protocol_undefined) {
                return offered;
            }
            offered = {specific, specific};
        }
        if (bytes.past_the_end()) {
            return offered;
        }
    }
    if (offered.first == protocol_undefined) {
        offered.first = protocol_t0;
        offered.available |= protocol_t0;
    }
    return offered;
}

Negotiated negotiate_protocol(ifd::Ifd& ifd, Protocols preferred, OfferedProtocols offered) {
    if ((preferred & protocol_any_old) != 0) {
        preferred = protocol_t0 | protocol_t1;
    }
    preferred &= offered.available;
    if ((preferred & (protocol_t0 | protocol_t1)) == 0) {
        return {Code::proto_mismatch};
    }
    const Protocols chosen = (preferred & protocol_t1) != 0 ? protocol_t1 : protocol_t0;
    switch (ifd.set_protocol(chosen == protocol_t1 ? iso7816::Protocol::t1 : iso7816::Protocol::t0)) {
        case IfdCode::success:
            return {Code::success, chosen};
        case IfdCode::not_supported:
            // quirk N4: the first offered protocol is taken, even one that nobody asked for.
            return {Code::success, offered.first};
        case IfdCode::protocol_not_supported:
        case IfdCode::error_not_supported:
            if (offered.first != preferred) {
                return {Code::success, offered.first};
            }
            return {Code::unresponsive_card};
        default:
            return {Code::unresponsive_card};
    }
}

}  // namespace scardlab::resource_manager
