#include "core/service_provider/secure_channel.h"

#include <openssl/crypto.h>

namespace scardlab::service_provider {

SecureChannel::~SecureChannel() {
    OPENSSL_cleanse(session_.encryption_key.data(), session_.encryption_key.size());
    OPENSSL_cleanse(session_.mac_key.data(), session_.mac_key.size());
}

}  // namespace scardlab::service_provider
