#pragma once

#include <cstdint>
#include <memory>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/hresult.h"
#include "core/service_provider/random_source.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

/// Challenge-response by a symmetric cipher, one block in the card's way (ISO/IEC 7816-4): the
/// challenge enciphered, CBC with zeros as the initial value.
enum class AuthAlgorithm : std::uint8_t { aes, tdes };

struct AuthParameters {
    std::uint8_t reference = 1;  ///< number of the key, 1 to 31
    bool local = false;          ///< a key of the current directory
    /// The key (AES 16, 24, 32 bytes; triple DES 16 or 24), when this object shall compute the cryptogram; empty:
    /// `data` holds it.
    iso7816::Bytes key{};
    /// APP_Auth with an AES key: by MUTUAL AUTHENTICATE, and both sides derive session keys for secure messaging. That
    /// a card makes none with this key shows at the first protected command: SCARD_W_SECURITY_VIOLATION, and the
    /// channel is closed.
    bool secure_messaging = false;
};

/// Authentication between application and card, on the attachment that it was created on.
///
/// Arguments are looked at before the attachment. E_POINTER: a null output. E_INVALIDARG: an unknown algorithm, a key
/// or data of a wrong length, a reference out of range, secure_messaging without a key of AES. What the card answers
/// becomes (status_codes.h, Operation::authenticate): SCARD_W_SECURITY_VIOLATION (it refuses our cryptogram, or its
/// conditions do not hold: no challenge waits, or its own is to be answered by itself), SCARD_E_NO_ACCESS (the key is
/// blocked, not for this use, or there is none), E_NOTIMPL (it does not know the command).
/// SCARD_W_CARD_NOT_AUTHENTICATED: the card's cryptogram is wrong. Besides E_FAIL (an answer of a wrong length, no
/// random bytes, a cipher that cannot be computed: then nothing is proved or believed), E_OUTOFMEMORY, E_PENDING
/// (nothing was done) and the smart card codes of the attachment's Transmit and SCardLock. Outputs are untouched unless
/// S_OK is returned.
///
/// Each method holds the card while it lasts (CardChannel::begin_hold), so no other application's GET CHALLENGE comes
/// between ours and its answer; who calls GetChallenge and then APP_Auth does so under SCardLock. An authentication
/// lives in the card's session, which all applications share. Keys are copied by nobody here. Must not outlive its
/// ISCardManage. Threads as ISCardManage.
class ISCardAuth {
  public:
    virtual ~ISCardAuth() = default;

    /// GET CHALLENGE: `length` bytes, at most 65,535 (0: as many as a block of the algorithm has). *challenge is
    /// replaced. The parameters are not looked at.
    virtual Hresult GetChallenge(AuthAlgorithm algorithm, std::uint32_t length, const AuthParameters& parameters,
                                 iso7816::Bytes* challenge) = 0;
    /// The application proves itself: EXTERNAL AUTHENTICATE. With parameters.key the challenge is asked for and
    /// enciphered here and `data` is not looked at; without, `data` is the cryptogram of the last challenge.
    virtual Hresult APP_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, iso7816::ByteView data) = 0;
    /// The card proves itself: INTERNAL AUTHENTICATE of the challenge in *data (empty: a random one is made), which
    /// becomes the card's cryptogram. With parameters.key it is checked, else that is left to the caller, who must then
    /// give the challenge (E_INVALIDARG).
    virtual Hresult ICC_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, iso7816::Bytes* data) = 0;
    /// The user proves himself by a secret key of his own, `data`, as in APP_Auth with a key (parameters.key is not
    /// looked at).
    virtual Hresult User_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, iso7816::ByteView data) = 0;
};

/// `channel` outlives the object. `random` makes the challenges of the application.
std::unique_ptr<ISCardAuth> make_iscard_auth(CardChannel& channel, RandomSource random = system_random);

}  // namespace scardlab::service_provider
