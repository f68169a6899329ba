#pragma once

#include <any>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/service_provider/interface_registry.h"
#include "core/service_provider/iscard_auth.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

inline constexpr std::string_view crypto_provider_name = "CryptoProvider";
/// {8D4F1B6A-52C3-4E0B-9A77-3C5E61F0D2B4}
inline constexpr Guid crypto_provider_guid{
    {0x8D, 0x4F, 0x1B, 0x6A, 0x52, 0xC3, 0x4E, 0x0B, 0x9A, 0x77, 0x3C, 0x5E, 0x61, 0xF0, 0xD2, 0xB4}};

/// The standard interface "CryptoProvider" (PC/SC part 6), which asks for no user data. What part 6 puts behind this
/// name (generation, import and export of keys, signatures, hashes, bulk ciphers in the card) needs a card with PERFORM
/// SECURITY OPERATION. What a card for challenge-response has is random bytes, and one block enciphered by INTERNAL
/// AUTHENTICATE, which is ISCardAuth::ICC_Auth. So here are the card's random bytes, and the other half of its
/// protocols: the ciphers that its keys are for, with keys that the caller keeps. Those make the cryptograms for
/// APP_Auth without a key and check those of ICC_Auth.
///
/// E_POINTER: a null output. On failure the outputs are untouched. Threads and lifetime as ISCardAuth.
class ICardCryptoProvider : public CardInterface {
  public:
    /// `length` bytes (1 to 65,536) of the card's random generator, by as many GET CHALLENGE as it takes. The challenge
    /// that waited for APP_Auth is gone afterwards. E_INVALIDARG: another length; E_FAIL: the card gives none; codes of
    /// ISCardAuth::GetChallenge.
    virtual Hresult Random(std::uint32_t length, iso7816::Bytes* random) = 0;

    /// CBC without padding, by this object alone; an empty `initial_value` is zeros, with which one block is the card's
    /// cryptogram of a challenge. E_INVALIDARG: an unknown algorithm, a key, an initial value or data of a wrong
    /// length, no data; E_FAIL: the cipher cannot be computed (OpenSSL does not allow it, or lacks memory);
    /// E_OUTOFMEMORY.
    virtual Hresult Encipher(AuthAlgorithm algorithm, iso7816::ByteView key, iso7816::ByteView initial_value,
                             iso7816::ByteView data, iso7816::Bytes* cryptogram) = 0;
    virtual Hresult Decipher(AuthAlgorithm algorithm, iso7816::ByteView key, iso7816::ByteView initial_value,
                             iso7816::ByteView cryptogram, iso7816::Bytes* data) = 0;
    /// AES-CMAC, 16 bytes, by this object alone. E_INVALIDARG: no key of AES; E_FAIL and
    /// E_OUTOFMEMORY as above.
    virtual Hresult Mac(iso7816::ByteView key, iso7816::ByteView data, iso7816::Bytes* mac) = 0;
};

/// The maker that the registry has under crypto_provider_guid and crypto_provider_name; *created is an
/// ICardCryptoProvider. S_OK or E_OUTOFMEMORY.
Hresult make_crypto_provider(CardChannel& channel, const std::any& user_data, std::unique_ptr<CardInterface>* created);

}  // namespace scardlab::service_provider
