#include "core/service_provider/random_source.h"

#include <openssl/rand.h>

namespace scardlab::service_provider {

bool system_random(std::span<std::uint8_t> bytes) {
    return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

}  // namespace scardlab::service_provider
