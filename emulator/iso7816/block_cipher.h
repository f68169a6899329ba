#pragma once

#include "emulator/iso7816/bytes.h"

namespace scardlab::iso7816 {

/// The symmetric block ciphers of cards: AES (FIPS 197) with keys of 16, 24 or 32 bytes, and triple DES (TDEA, NIST SP
/// 800-67) with keys of 16 bytes (the third is the first) or 24.
enum class BlockCipher : std::uint8_t { aes, tdes };

/// Bytes in a block: 16 of AES, 8 of triple DES.
constexpr std::size_t block_size(BlockCipher cipher) {
    return cipher == BlockCipher::tdes ? 8 : 16;
}
/// Whether a key of that many bytes is one of the cipher's.
constexpr bool is_key_length(BlockCipher cipher, std::size_t length) {
    return length == 16 || length == 24 || (length == 32 && cipher == BlockCipher::aes);
}

/// `data`, a whole number of blocks, in CBC mode (NIST SP 800-38A) without padding. `initial_value` is one block; empty
/// stands for zeros, and then one block is what ECB makes of it. No bytes when the key, the data or the initial value
/// has a length that does not fit.
Bytes encrypt_cbc(BlockCipher cipher, ByteView key, ByteView data, ByteView initial_value = {});
Bytes decrypt_cbc(BlockCipher cipher, ByteView key, ByteView data, ByteView initial_value = {});

/// AES-CMAC (RFC 4493, NIST SP 800-38B) of data of any length, 16 bytes. No bytes when the key has no length of AES.
Bytes cmac(ByteView key, ByteView data);

}  // namespace scardlab::iso7816
