#pragma once

#include <cstdint>
#include <memory>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/hresult.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

/// Bits of flags: where the CHV belongs, and what ChangeCode does besides.
using VerifyFlags = std::uint32_t;
inline constexpr VerifyFlags SC_FL_IHV_GLOBAL = 1, SC_FL_IHV_LOCAL = 2, SC_FL_IHV_ENABLE = 4, SC_FL_IHV_DISABLE = 8,
                             SC_FL_IHV_SECURE_MESSAGING = 16;

/// Card holder verification (ISO/IEC 7816-4: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER,
/// ENABLE and DISABLE VERIFICATION REQUIREMENT) on the attachment that it was created on.
///
/// `reference` is the number of the CHV, 1 to 31; SC_FL_IHV_LOCAL asks for the one of the current directory, GLOBAL (or
/// neither) for the card's. E_INVALIDARG: both, another bit, a reference out of range. Codes:
/// SCARD_W_WRONG_CHV (tries are left; tries_left() tells how many), SCARD_W_CHV_BLOCKED, SCARD_E_INVALID_CHV (a code of
/// a length or form that the CHV cannot have, or no such CHV), SCARD_W_SECURITY_VIOLATION, E_OUTOFMEMORY, E_PENDING,
/// and the smart card codes of the attachment's Transmit. A verified CHV lives in the card's session. Must not outlive
/// its ISCardManage. Threads as ISCardManage.
class ISCardVerify {
  public:
    virtual ~ISCardVerify() = default;

    virtual Hresult Verify(iso7816::ByteView code, VerifyFlags flags, std::uint8_t reference) = 0;
    /// With SC_FL_IHV_ENABLE or SC_FL_IHV_DISABLE (`new_code` empty): the requirement to verify is switched instead, by
    /// the present code.
    virtual Hresult ChangeCode(iso7816::ByteView old_code, iso7816::ByteView new_code, VerifyFlags flags,
                               std::uint8_t reference) = 0;
    /// RESET RETRY COUNTER with the unblocking code, and a new code unless it is empty.
    virtual Hresult Unblock(iso7816::ByteView unblocking_code, iso7816::ByteView new_code, VerifyFlags flags,
                            std::uint8_t reference) = 0;
    /// Forgets what was verified, for every CHV of the card and the current directory that the card knows, without a
    /// reset (VERIFY with P1 = FF, 7816-4 clause 11.5.6). S_OK also when nothing was verified.
    virtual Hresult ResetSecurityState() = 0;

    /// Tries that the card told with the last SCARD_W_WRONG_CHV; -1 when it told none.
    virtual int tries_left() const = 0;
};

/// `channel` outlives the object.
std::unique_ptr<ISCardVerify> make_iscard_verify(CardChannel& channel);

}  // namespace scardlab::service_provider
