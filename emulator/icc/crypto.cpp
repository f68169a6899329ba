#include "emulator/icc/crypto.h"

#include "emulator/iso7816/block_cipher.h"

namespace scardlab::icc {

namespace {

using iso7816::BlockCipher;
using iso7816::Bytes;
using iso7816::ByteView;
using Algorithm = KeyProfile::Algorithm;
using CipherFunction = decltype(iso7816::encrypt_cbc);

BlockCipher cipher_of(Algorithm algorithm) {
    return algorithm == Algorithm::tdes ? BlockCipher::tdes : BlockCipher::aes;
}

bool is_of_its_length(const Key& key) {
    switch (key.algorithm) {
        case Algorithm::aes128:
            return key.value.size() == 16;
        case Algorithm::aes192:
            return key.value.size() == 24;
        case Algorithm::aes256:
            return key.value.size() == 32;
        case Algorithm::tdes:
            return iso7816::is_key_length(BlockCipher::tdes, key.value.size());
    }
    return false;
}

std::optional<Bytes> run(CipherFunction& function, const Key& key, ByteView data) {
    if (!is_of_its_length(key)) {
        return std::nullopt;
    }
    auto result = function(cipher_of(key.algorithm), key.value, data, {});
    return result ? std::optional(*std::move(result)) : std::nullopt;
}

}  // namespace

std::size_t block_size(Algorithm algorithm) {
    return iso7816::block_size(cipher_of(algorithm));
}

std::optional<Bytes> encrypt(const Key& key, ByteView data) {
    return run(iso7816::encrypt_cbc, key, data);
}

std::optional<Bytes> decrypt(const Key& key, ByteView data) {
    return run(iso7816::decrypt_cbc, key, data);
}

}  // namespace scardlab::icc
