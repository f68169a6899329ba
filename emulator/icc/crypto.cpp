#include "emulator/icc/crypto.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

namespace scardlab::icc {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;
using Algorithm = KeyProfile::Algorithm;

constexpr std::size_t largest_block = 16;
constexpr std::size_t two_key_tdes = 16;

const EVP_CIPHER* cipher_of(const Key& key) {
    switch (key.algorithm) {
        case Algorithm::aes128:
            return EVP_aes_128_cbc();
        case Algorithm::aes192:
            return EVP_aes_192_cbc();
        case Algorithm::aes256:
            return EVP_aes_256_cbc();
        case Algorithm::tdes:
            return key.value.size() == two_key_tdes ? EVP_des_ede_cbc() : EVP_des_ede3_cbc();
    }
    return nullptr;
}

Bytes run(const Key& key, ByteView data, bool encrypting) {
    const EVP_CIPHER* const cipher = cipher_of(key);
    if (static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher)) != key.value.size() ||
        data.size() % block_size(key.algorithm) != 0) {
        return {};
    }
    const std::array<std::uint8_t, largest_block> initial_value{};
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  &EVP_CIPHER_CTX_free);
    Bytes result(data.size());
    int count = 0;
    const bool done =
        context != nullptr &&
        EVP_CipherInit_ex2(context.get(), cipher, key.value.data(), initial_value.data(), encrypting ? 1 : 0,
                           nullptr) == 1 &&
        EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
        EVP_CipherUpdate(context.get(), result.data(), &count, data.data(), static_cast<int>(data.size())) == 1 &&
        static_cast<std::size_t>(count) == data.size();
    return done ? result : Bytes{};
}

}  // namespace

std::size_t block_size(Algorithm algorithm) {
    return algorithm == Algorithm::tdes ? 8 : 16;
}

Bytes encrypt(const Key& key, ByteView data) {
    return run(key, data, true);
}

Bytes decrypt(const Key& key, ByteView data) {
    return run(key, data, false);
}

}  // namespace scardlab::icc
