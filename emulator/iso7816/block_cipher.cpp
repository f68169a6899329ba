#include "emulator/iso7816/block_cipher.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

namespace scardlab::iso7816 {

namespace {

constexpr std::size_t largest_block = 16;
using Block = std::array<std::uint8_t, largest_block>;

/// The cipher in CBC mode with a key of that length; nullptr: there is none.
const EVP_CIPHER* cipher_of(BlockCipher cipher, std::size_t key_length) {
    if (!is_key_length(cipher, key_length)) {
        return nullptr;
    }
    if (cipher == BlockCipher::tdes) {
        return key_length == 16 ? EVP_des_ede_cbc() : EVP_des_ede3_cbc();
    }
    return key_length == 16 ? EVP_aes_128_cbc() : key_length == 24 ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
}

Bytes run(BlockCipher cipher, ByteView key, ByteView data, ByteView initial_value, bool encrypting) {
    const EVP_CIPHER* const mode = cipher_of(cipher, key.size());
    const std::size_t block = block_size(cipher);
    if (mode == nullptr || data.size() % block != 0 || (!initial_value.empty() && initial_value.size() != block)) {
        return {};
    }
    Block start{};
    std::ranges::copy(initial_value, start.begin());
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  &EVP_CIPHER_CTX_free);
    Bytes result(data.size());
    int count = 0;
    const bool done =
        context != nullptr &&
        EVP_CipherInit_ex2(context.get(), mode, key.data(), start.data(), encrypting ? 1 : 0, nullptr) == 1 &&
        EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
        EVP_CipherUpdate(context.get(), result.data(), &count, data.data(), static_cast<int>(data.size())) == 1 &&
        static_cast<std::size_t>(count) == data.size();
    return done ? result : Bytes{};
}

/// Twice a block as an element of GF(2^128) (NIST SP 800-38B, its generation of subkeys).
Block doubled(const Block& block) {
    constexpr unsigned reduction = 0x87;
    Block result{};
    unsigned carry = 0;
    for (std::size_t i = block.size(); i-- > 0;) {
        const unsigned shifted = (unsigned{block[i]} << 1) | carry;
        result[i] = static_cast<std::uint8_t>(shifted & 0xFF);
        carry = shifted >> 8;
    }
    if (carry != 0) {
        result.back() = static_cast<std::uint8_t>(result.back() ^ reduction);
    }
    return result;
}

}  // namespace

Bytes encrypt_cbc(BlockCipher cipher, ByteView key, ByteView data, ByteView initial_value) {
    return run(cipher, key, data, initial_value, true);
}

Bytes decrypt_cbc(BlockCipher cipher, ByteView key, ByteView data, ByteView initial_value) {
    return run(cipher, key, data, initial_value, false);
}

Bytes cmac(ByteView key, ByteView data) {
    Block subkey{};
    const Bytes enciphered = encrypt_cbc(BlockCipher::aes, key, subkey);
    if (enciphered.empty()) {
        return {};
    }
    std::ranges::copy(enciphered, subkey.begin());
    const bool whole = !data.empty() && data.size() % largest_block == 0;
    subkey = whole ? doubled(subkey) : doubled(doubled(subkey));
    Bytes message(data.begin(), data.end());
    if (!whole) {
        message.push_back(0x80);
        message.resize((message.size() + largest_block - 1) / largest_block * largest_block);
    }
    const std::size_t last = message.size() - largest_block;
    for (std::size_t i = 0; i < largest_block; ++i) {
        message[last + i] = static_cast<std::uint8_t>(message[last + i] ^ subkey[i]);
    }
    const Bytes chained = encrypt_cbc(BlockCipher::aes, key, message);
    return chained.empty() ? Bytes{} : Bytes(chained.end() - largest_block, chained.end());
}

}  // namespace scardlab::iso7816
