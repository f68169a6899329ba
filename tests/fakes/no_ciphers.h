#pragma once

#include <openssl/evp.h>

namespace scardlab::fakes {

/// While it lives, OpenSSL gives no cipher, as on a machine whose settings ask for a provider that is not there.
class NoCiphers {
  public:
    NoCiphers() { EVP_set_default_properties(nullptr, "provider=none"); }
    ~NoCiphers() { EVP_set_default_properties(nullptr, ""); }
    NoCiphers(const NoCiphers&) = delete;
    NoCiphers& operator=(const NoCiphers&) = delete;
};

}  // namespace scardlab::fakes
