#pragma once

#include <cstdint>
#include <memory>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/hresult.h"
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
    /// APP_Auth with an AES key: by MUTUAL AUTHENTICATE, and both sides derive session keys for secure messaging.
    bool secure_messaging = false;
};

/// Authentication between application and card, on the attachment that it was created on. E_INVALIDARG: an unknown
/// algorithm, a key or data of a wrong length, a reference out of range. Codes: SCARD_W_CARD_NOT_AUTHENTICATED (the
/// card's cryptogram is wrong, or secure messaging was asked without a channel), SCARD_W_SECURITY_VIOLATION (the card
/// refuses ours, or its conditions do not hold), SCARD_E_NO_ACCESS (the key is blocked or not for this use),
/// E_POINTER, E_OUTOFMEMORY, E_PENDING, and the smart card codes of the attachment's Transmit. An authentication lives
/// in the card's session. Must not outlive its ISCardManage. Threads as ISCardManage.
class ISCardAuth {
  public:
    virtual ~ISCardAuth() = default;

    /// GET CHALLENGE: `length` bytes (0: as many as a block of the algorithm has). *challenge is replaced.
    virtual Hresult GetChallenge(AuthAlgorithm algorithm, std::uint32_t length, const AuthParameters& parameters,
                                 iso7816::Bytes* challenge) = 0;
    /// The application proves itself: EXTERNAL AUTHENTICATE. With parameters.key the challenge is asked for and
    /// enciphered here and `data` is not looked at; without, `data` is the cryptogram of the last challenge.
    virtual Hresult APP_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, iso7816::ByteView data) = 0;
    /// The card proves itself: INTERNAL AUTHENTICATE of the challenge in *data (empty: a random one is made), which
    /// becomes the card's cryptogram. With parameters.key it is checked, else that is left to the caller.
    virtual Hresult ICC_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, iso7816::Bytes* data) = 0;
    /// The user proves himself by a secret key of his own, `data`, as in APP_Auth with a key (parameters.key is not
    /// looked at).
    virtual Hresult User_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, iso7816::ByteView data) = 0;
};

/// `channel` outlives the object.
std::unique_ptr<ISCardAuth> make_iscard_auth(CardChannel& channel);

}  // namespace scardlab::service_provider
