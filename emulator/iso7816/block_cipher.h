#pragma once

#include <tl/expected.hpp>

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

/// Why a cipher has made nothing.
enum class CipherError : std::uint8_t {
    wrong_length,  ///< the key, the data or the initial value has a length that does not fit
    failed,        ///< OpenSSL has no such cipher (its settings may forbid it), or no memory
};

/// `data`, a whole number of blocks, in CBC mode (NIST SP 800-38A) without padding. `initial_value` is one block; empty
/// stands for zeros, and then one block is what ECB makes of it.
tl::expected<Bytes, CipherError> encrypt_cbc(BlockCipher cipher, ByteView key, ByteView data,
                                             ByteView initial_value = {});
tl::expected<Bytes, CipherError> decrypt_cbc(BlockCipher cipher, ByteView key, ByteView data,
                                             ByteView initial_value = {});

/// AES-CMAC (RFC 4493, NIST SP 800-38B) of data of any length, 16 bytes. What it computes on the way is wiped from
/// memory: the subkeys, and where one key is derived from another the result as well.
tl::expected<Bytes, CipherError> cmac(ByteView key, ByteView data);

}  // namespace scardlab::iso7816
