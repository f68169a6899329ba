#pragma once

#include "core/resource_manager/resource_manager.h"
#include "emulator/ifd/ifd.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::resource_manager {

/// SCARD_PROTOCOL_ANY_OLD, which old programs pass for T=0 | T=1.
inline constexpr Protocols protocol_any_old = 0x1000;

/// What an ATR offers in pcsc-lite's eyes.
struct OfferedProtocols {
    Protocols available = protocol_undefined;  ///< bits T0, T1, T15
    Protocols first = protocol_undefined;      ///< T0 or T1, the protocol of TD1 or of TA2
    friend bool operator==(const OfferedProtocols&, const OfferedProtocols&) = default;
};

/// Reads an ATR as pcsc-lite does (atrhandler.c:ATRDecodeAtr, rule N2), which is not as ISO/IEC 7816-3 clause 8 does:
/// any TD counts, TA2 replaces everything, no check byte is verified. Where it gives up, what was found until then
/// stays.
OfferedProtocols offered_protocols(iso7816::ByteView atr);

/// How a negotiation ended.
struct Negotiated {
    Code code = Code::success;  ///< success, proto_mismatch or unresponsive_card
    Protocols protocol = protocol_undefined;
};

/// Chooses a protocol and has the reader put it into force (prothandler.c:PHSetProtocol, rules N1, N3, N4): at most one
/// Ifd::set_protocol. `preferred` is the caller's mask, protocol_any_old included.
Negotiated negotiate_protocol(ifd::Ifd& ifd, Protocols preferred, OfferedProtocols offered);

}  // namespace scardlab::resource_manager
