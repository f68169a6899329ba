#pragma once

#include <optional>

#include "emulator/icc/state.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::icc {

/// Bytes in a block of the cipher, which is the length of a challenge: 16 for AES, 8 for triple DES.
std::size_t block_size(KeyProfile::Algorithm algorithm);

/// `data`, a whole number of blocks, in CBC mode with an initial value of zeros and without padding: one block is what
/// ECB makes of it. nullopt when the key's length does not fit its algorithm, the data are not whole blocks, or the
/// cipher cannot be computed.
std::optional<iso7816::Bytes> encrypt(const Key& key, iso7816::ByteView data);
std::optional<iso7816::Bytes> decrypt(const Key& key, iso7816::ByteView data);

}  // namespace scardlab::icc
