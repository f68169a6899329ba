#pragma once

#include <optional>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/hresult.h"
#include "core/service_provider/iscard_auth.h"
#include "emulator/iso7816/block_cipher.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

/// The cipher of an algorithm; nullopt for a number that is none.
std::optional<iso7816::BlockCipher> cipher_of(AuthAlgorithm algorithm);

/// What a cipher that has made nothing means for a method: E_INVALIDARG, or E_FAIL when it cannot be computed.
Hresult from_cipher(iso7816::CipherError error);

/// What the card answers to a command: S_OK and its data, the code of what it refuses with
/// (status_codes.h, Operation::authenticate), or a code of the channel. E_FAIL: a response that is too short.
Hresult answer_of(CardChannel& channel, const iso7816::CommandApdu& command, iso7816::Bytes& data);

/// GET CHALLENGE (ISO/IEC 7816-4 clause 11.5.3): 1 to 65,535 bytes; E_FAIL when the card gives another number.
Hresult get_challenge(CardChannel& channel, std::uint32_t length, iso7816::Bytes& challenge);

}  // namespace scardlab::service_provider
