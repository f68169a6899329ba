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
/// `reference` is the number of the CHV, 1 to 31; SC_FL_IHV_LOCAL asks for the one of the directory that is current on
/// the card, which other applications can change unless the card is locked (SCardLock), GLOBAL (or neither) for the
/// card's. Arguments are looked at before the attachment: E_INVALIDARG for both, another bit, a reference out of range;
/// SCARD_E_INVALID_CHV for an empty code or more than 255 bytes, both codes of a method together, and nothing is sent.
///
/// What the card answers becomes (status_codes.h, Operation::verify): SCARD_W_WRONG_CHV (tries are left),
/// SCARD_W_CHV_BLOCKED (none are, or this was the last), SCARD_E_INVALID_CHV (a code of a length or form that the CHV
/// cannot have, no such CHV, one that need not be verified, one without unblocking code), SCARD_W_SECURITY_VIOLATION
/// (its conditions do not hold: the requirement is so already, or may not be switched off),
/// SCARD_W_CARD_NOT_AUTHENTICATED (another proof is needed first, or SC_FL_IHV_SECURE_MESSAGING without a channel of
/// ISCardAuth::APP_Auth), E_NOTIMPL (the card does not know the command). Besides E_OUTOFMEMORY, E_PENDING (nothing was
/// done) and the smart card codes of the attachment's Transmit and SCardLock. Each method holds the card while it lasts
/// (CardChannel::begin_hold).
///
/// A verified CHV lives in the card's session, which all applications share. Codes that this object copies are wiped
/// from memory before a method returns. Must not outlive its ISCardManage. Threads as ISCardManage.
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
    /// Forgets what was verified, by whichever application, for every CHV of the card and of the current directory that
    /// the card knows, without a reset (VERIFY with P1 = FF, ISO/IEC 7816-4 clause 11.5.6). No command tells which
    /// references a card knows, so each is asked for: 31 local ones, and the 31 global ones the first time in a
    /// session, later those of them that the card did not answer with 6A88. S_OK also when nothing was verified.
    /// Where the card answers 9000 it is asked (P1 = 00, no data) whether it has: one that overlooks P1 has not.
    /// E_NOTIMPL: the card takes no P1 = FF, or does not show of any CHV that it does, while some are verified still or
    /// need not be (it answers 9000 for both). After any other failure a part may be forgotten.
    virtual Hresult ResetSecurityState() = 0;

    /// Tries that are left, as the card told with the last SCARD_W_WRONG_CHV or SCARD_W_CHV_BLOCKED of this object; of
    /// the unblocking code after Unblock. -1: it told none, or a code was right since.
    virtual int tries_left() const = 0;
};

/// `channel` outlives the object.
std::unique_ptr<ISCardVerify> make_iscard_verify(CardChannel& channel);

}  // namespace scardlab::service_provider
