#include "emulator/iso7816/block_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

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

using Result = tl::expected<Bytes, CipherError>;

Result run(BlockCipher cipher, ByteView key, ByteView data, ByteView initial_value, bool encrypting) {
    const EVP_CIPHER* const mode = cipher_of(cipher, key.size());
    const std::size_t block = block_size(cipher);
    if (mode == nullptr || data.size() % block != 0 || (!initial_value.empty() && initial_value.size() != block)) {
        return tl::make_unexpected(CipherError::wrong_length);
    }
    if (data.empty()) {
        return Bytes{};
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
    if (!done) {
        OPENSSL_cleanse(result.data(), result.size());
        return tl::make_unexpected(CipherError::failed);
    }
    return result;
}

/// Twice a block as an element of GF(2^128) (NIST SP 800-38B, its generation of subkeys).
void make_double(std::span<std::uint8_t> block) {
    constexpr unsigned reduction = 0x87;
    unsigned carry = 0;
    for (auto byte = block.rbegin(); byte != block.rend(); ++byte) {
        const unsigned shifted = (unsigned{*byte} << 1) | carry;
        *byte = static_cast<std::uint8_t>(shifted & 0xFF);
        carry = shifted >> 8;
    }
    if (carry != 0) {
        block.back() = static_cast<std::uint8_t>(block.back() ^ reduction);
    }
}

/// What NIST SP 800-38B enciphers to authenticate `data`: padded, the subkey added to its last block.
Bytes message_of(ByteView data, ByteView subkey) {
    Bytes message(data.begin(), data.end());
    if (message.empty() || message.size() % largest_block != 0) {
        message.push_back(0x80);
        message.resize((message.size() + largest_block - 1) / largest_block * largest_block);
    }
    std::ranges::transform(
        subkey, std::span<std::uint8_t>(message).last(largest_block), message.end() - largest_block,
        [](std::uint8_t left, std::uint8_t right) { return static_cast<std::uint8_t>(left ^ right); });
    return message;
}

}  // namespace

Result encrypt_cbc(BlockCipher cipher, ByteView key, ByteView data, ByteView initial_value) {
    return run(cipher, key, data, initial_value, true);
}

Result decrypt_cbc(BlockCipher cipher, ByteView key, ByteView data, ByteView initial_value) {
    return run(cipher, key, data, initial_value, false);
}

Result cmac(ByteView key, ByteView data) {
    Result subkey = encrypt_cbc(BlockCipher::aes, key, Block{});
    if (!subkey) {
        return subkey;
    }
    make_double(*subkey);
    if (data.empty() || data.size() % largest_block != 0) {
        make_double(*subkey);
    }
    Bytes message = message_of(data, *subkey);
    Result chained = encrypt_cbc(BlockCipher::aes, key, message);
    OPENSSL_cleanse(subkey->data(), subkey->size());
    OPENSSL_cleanse(message.data(), message.size());
    if (!chained) {
        return chained;
    }
    Bytes mac(chained->end() - largest_block, chained->end());
    OPENSSL_cleanse(chained->data(), chained->size());
    return mac;
}

}  // namespace scardlab::iso7816
