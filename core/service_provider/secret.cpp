#include "core/service_provider/secret.h"

#include <openssl/crypto.h>

namespace scardlab::service_provider {

Secret::Secret(std::initializer_list<iso7816::ByteView> parts) {
    std::size_t size = 0;
    for (const iso7816::ByteView part : parts) {
        size += part.size();
    }
    bytes_.reserve(size);  // growth would leave a copy behind
    for (const iso7816::ByteView part : parts) {
        bytes_.insert(bytes_.end(), part.begin(), part.end());
    }
}

Secret::~Secret() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

bool is_equal_secret(iso7816::ByteView left, iso7816::ByteView right) {
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace scardlab::service_provider
