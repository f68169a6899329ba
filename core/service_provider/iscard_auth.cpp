#include "core/service_provider/iscard_auth.h"

#include <new>
#include <optional>
#include <utility>

#include "core/service_provider/challenge_response.h"
#include "core/service_provider/hold.h"
#include "core/service_provider/secret.h"
#include "core/service_provider/secure_channel.h"

namespace scardlab::service_provider {

namespace {

using iso7816::BlockCipher;
using iso7816::Bytes;
using iso7816::ByteView;

namespace ins {
constexpr std::uint8_t external_authenticate = 0x82, internal_authenticate = 0x88;
}  // namespace ins

constexpr std::uint8_t largest_reference = 31;
constexpr std::uint8_t local = 0x80;                 ///< P2: a key of the current DF
constexpr std::uint32_t longest_challenge = 65'535;  ///< an extended Le of 0000 means all there are

/// A key of the card, and what the other side has of it.
struct KeyUse {
    BlockCipher cipher;
    std::uint8_t p2;
    ByteView key;  ///< empty: the caller computes

    std::uint32_t block() const { return static_cast<std::uint32_t>(iso7816::block_size(cipher)); }
};

/// nullopt: the algorithm, the reference or the key's length makes no sense.
std::optional<KeyUse> key_use(AuthAlgorithm algorithm, const AuthParameters& parameters, ByteView key) {
    const auto cipher = cipher_of(algorithm);
    if (!cipher || parameters.reference == 0 || parameters.reference > largest_reference ||
        (!key.empty() && !iso7816::is_key_length(*cipher, key.size()))) {
        return std::nullopt;
    }
    const auto p2 = static_cast<std::uint8_t>((parameters.local ? local : 0) | parameters.reference);
    return KeyUse{*cipher, p2, key};
}

iso7816::CommandApdu authenticate(std::uint8_t instruction, std::uint8_t p2, ByteView data, std::uint32_t ne) {
    iso7816::CommandApdu command;
    command.ins = instruction;
    command.p2 = p2;
    command.data = data;
    command.ne = ne;
    return command;
}

Bytes joined(ByteView left, ByteView right) {
    Bytes both(left.begin(), left.end());
    both.insert(both.end(), right.begin(), right.end());
    return both;
}

class Authentication final : public ISCardAuth {
  public:
    Authentication(CardChannel& channel, RandomSource random) : channel_(channel), random_(std::move(random)) {}

    Hresult GetChallenge(AuthAlgorithm algorithm, std::uint32_t length, const AuthParameters&,
                         Bytes* challenge) override {
        if (challenge == nullptr) {
            return Hresult::E_POINTER_;
        }
        const auto cipher = cipher_of(algorithm);
        if (!cipher || length > longest_challenge) {
            return Hresult::E_INVALIDARG_;
        }
        const auto count = length != 0 ? length : static_cast<std::uint32_t>(iso7816::block_size(*cipher));
        Bytes answer;
        const Hresult result = held([&] { return get_challenge(channel_, count, answer); });
        if (result == Hresult::S_OK_) {
            *challenge = std::move(answer);
        }
        return result;
    }

    Hresult APP_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, ByteView data) override {
        const auto use = key_use(algorithm, parameters, parameters.key);
        if (!use || (use->key.empty() && data.size() != use->block())) {
            return Hresult::E_INVALIDARG_;
        }
        if (!use->key.empty()) {
            return prove(*use, parameters.secure_messaging);
        }
        return parameters.secure_messaging ? Hresult::E_INVALIDARG_ : held([&] { return external(*use, data); });
    }

    Hresult ICC_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, Bytes* data) override {
        if (data == nullptr) {
            return Hresult::E_POINTER_;
        }
        const auto use = key_use(algorithm, parameters, parameters.key);
        if (!use || (data->empty() ? use->key.empty() : data->size() != use->block())) {
            return Hresult::E_INVALIDARG_;
        }
        Bytes answer;
        const Hresult result = held([&] { return challenge_card(*use, *data, answer); });
        if (result == Hresult::S_OK_) {
            *data = std::move(answer);
        }
        return result;
    }

    Hresult User_Auth(AuthAlgorithm algorithm, const AuthParameters& parameters, ByteView data) override {
        const auto use = key_use(algorithm, parameters, data);
        return use && !use->key.empty() ? prove(*use, parameters.secure_messaging) : Hresult::E_INVALIDARG_;
    }

  private:
    /// Holds the card while it is talked to, so that nobody asks it for another challenge between ours and the answer.
    template <class Method>
    Hresult held(Method&& method) noexcept {
        try {
            Hold hold(channel_);
            return hold.begun() == Hresult::S_OK_ ? hold.end(std::forward<Method>(method)()) : hold.begun();
        } catch (const std::bad_alloc&) {
            return Hresult::E_OUTOFMEMORY_;
        }
    }

    Hresult prove(const KeyUse& use, bool secure_messaging) {
        if (secure_messaging) {
            return use.cipher == BlockCipher::aes ? held([&] { return mutual(use); }) : Hresult::E_INVALIDARG_;
        }
        return held([&] {
            Bytes challenge;
            const Hresult result = get_challenge(channel_, use.block(), challenge);
            if (result != Hresult::S_OK_) {
                return result;
            }
            const auto cryptogram = iso7816::encrypt_cbc(use.cipher, use.key, challenge);
            return cryptogram ? external(use, *cryptogram) : from_cipher(cryptogram.error());
        });
    }

    Hresult external(const KeyUse& use, ByteView cryptogram) {
        Bytes none;
        return answer_of(channel_, authenticate(ins::external_authenticate, use.p2, cryptogram, 0), none);
    }

    /// MUTUAL AUTHENTICATE. All that needs memory is made before the card is asked: when it has accepted, its session
    /// keys are in force, and ours must be.
    Hresult mutual(const KeyUse& use) {
        Bytes rnd_icc;
        Bytes rnd_ifd(use.block());
        if (const Hresult result = get_challenge(channel_, use.block(), rnd_icc); result != Hresult::S_OK_) {
            return result;
        }
        if (!random_(rnd_ifd)) {
            return Hresult::E_FAIL_;
        }
        const auto request = iso7816::encrypt_cbc(use.cipher, use.key, joined(rnd_ifd, rnd_icc));
        const auto expected = iso7816::encrypt_cbc(use.cipher, use.key, joined(rnd_icc, rnd_ifd));
        auto keys = iso7816::derive_session(use.key, rnd_icc, rnd_ifd);
        if (!request || !expected || !keys) {
            return Hresult::E_FAIL_;  // the lengths fit
        }
        auto secure = std::make_unique<SecureChannel>(*std::move(keys));
        Bytes answer;
        const Hresult result =
            answer_of(channel_, authenticate(ins::external_authenticate, use.p2, *request, 2 * use.block()), answer);
        if (result != Hresult::S_OK_) {
            return result;
        }
        const bool genuine = is_equal_secret(answer, *expected);
        channel_.set_secure_channel(genuine ? std::move(secure) : nullptr);
        return genuine ? Hresult::S_OK_ : hr::card_not_authenticated;
    }

    Hresult challenge_card(const KeyUse& use, ByteView given, Bytes& answer) {
        Bytes challenge(given.begin(), given.end());
        if (challenge.empty()) {
            challenge.resize(use.block());
            if (!random_(challenge)) {
                return Hresult::E_FAIL_;
            }
        }
        std::optional<Bytes> expected;
        if (!use.key.empty()) {
            auto cryptogram = iso7816::encrypt_cbc(use.cipher, use.key, challenge);
            if (!cryptogram) {
                return from_cipher(cryptogram.error());
            }
            expected = *std::move(cryptogram);
        }
        const Hresult result =
            answer_of(channel_, authenticate(ins::internal_authenticate, use.p2, challenge, use.block()), answer);
        if (result != Hresult::S_OK_) {
            return result;
        }
        if (answer.size() != use.block() || (expected && !is_equal_secret(answer, *expected))) {
            return hr::card_not_authenticated;
        }
        return Hresult::S_OK_;
    }

    CardChannel& channel_;
    RandomSource random_;
};

}  // namespace

std::unique_ptr<ISCardAuth> make_iscard_auth(CardChannel& channel, RandomSource random) {
    return std::make_unique<Authentication>(channel, std::move(random));
}

}  // namespace scardlab::service_provider
