#include "core/service_provider/crypto_provider.h"

#include <algorithm>
#include <new>
#include <utility>

#include "core/service_provider/challenge_response.h"
#include "core/service_provider/hold.h"

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;

constexpr std::uint32_t most_random_bytes = 65'536;

class CryptoProvider final : public ICardCryptoProvider {
  public:
    explicit CryptoProvider(CardChannel& channel) : channel_(channel) {}

    Hresult Random(std::uint32_t length, Bytes* random) override {
        return made(random, [&](Bytes& bytes) {
            if (length == 0 || length > most_random_bytes) {
                return Hresult::E_INVALIDARG_;
            }
            Hold hold(channel_);
            return hold.begun() == Hresult::S_OK_ ? hold.end(gather(length, bytes)) : hold.begun();
        });
    }
    Hresult Encipher(AuthAlgorithm algorithm, ByteView key, ByteView initial_value, ByteView data,
                     Bytes* cryptogram) override {
        return made(cryptogram, [&](Bytes& bytes) {
            const auto cipher = cipher_of(algorithm);
            return cipher ? told(iso7816::encrypt_cbc(*cipher, key, data, initial_value), bytes)
                          : Hresult::E_INVALIDARG_;
        });
    }
    Hresult Decipher(AuthAlgorithm algorithm, ByteView key, ByteView initial_value, ByteView cryptogram,
                     Bytes* data) override {
        return made(data, [&](Bytes& bytes) {
            const auto cipher = cipher_of(algorithm);
            return cipher ? told(iso7816::decrypt_cbc(*cipher, key, cryptogram, initial_value), bytes)
                          : Hresult::E_INVALIDARG_;
        });
    }
    Hresult Mac(ByteView key, ByteView data, Bytes* mac) override {
        return made(mac, [&](Bytes& bytes) { return told(iso7816::cmac(key, data), bytes); });
    }

  private:
    /// Carries out what makes an output, which changes only when it succeeds.
    template <class Make>
    static Hresult made(Bytes* output, Make&& make) noexcept {
        if (output == nullptr) {
            return Hresult::E_POINTER_;
        }
        try {
            Bytes bytes;
            const Hresult result = std::forward<Make>(make)(bytes);
            if (result == Hresult::S_OK_) {
                *output = std::move(bytes);
            }
            return result;
        } catch (const std::bad_alloc&) {
            return Hresult::E_OUTOFMEMORY_;
        }
    }
    /// No data make no bytes.
    static Hresult told(tl::expected<Bytes, iso7816::CipherError>&& result, Bytes& bytes) {
        if (!result) {
            return from_cipher(result.error());
        }
        bytes = *std::move(result);
        return bytes.empty() ? Hresult::E_INVALIDARG_ : Hresult::S_OK_;
    }
    Hresult gather(std::uint32_t length, Bytes& bytes) {
        constexpr std::uint32_t largest_short = 255;
        bytes.reserve(length);
        Bytes part;
        while (bytes.size() < length) {
            const auto left = static_cast<std::uint32_t>(length - bytes.size());
            const Hresult result = get_challenge(channel_, std::min(left, largest_short), part);
            if (result != Hresult::S_OK_) {
                return result;
            }
            bytes.insert(bytes.end(), part.begin(), part.end());
        }
        return Hresult::S_OK_;
    }

    CardChannel& channel_;
};

}  // namespace

Hresult make_crypto_provider(CardChannel& channel, const std::any&, std::unique_ptr<CardInterface>* created) {
    try {
        *created = std::make_unique<CryptoProvider>(channel);
        return Hresult::S_OK_;
    } catch (const std::bad_alloc&) {
        return Hresult::E_OUTOFMEMORY_;
    }
}

}  // namespace scardlab::service_provider
