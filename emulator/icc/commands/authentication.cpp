#include <algorithm>
#include <optional>
#include <utility>

#include "emulator/icc/commands/access.h"
#include "emulator/icc/commands/handlers.h"
#include "emulator/icc/commands/secret.h"
#include "emulator/icc/crypto.h"

namespace scardlab::icc::commands {

namespace {

/// splitmix64: reproducible, which a laboratory needs more than unpredictability.
std::uint64_t next_random(std::uint64_t& seed) {
    std::uint64_t z = (seed += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

bool ends_with(ByteView bytes, ByteView end) {
    return bytes.size() >= end.size() &&
           std::equal(end.begin(), end.end(), bytes.end() - static_cast<std::ptrdiff_t>(end.size()));
}

/// The key of P2, with the algorithm that it is of (P1 = 00), for one use. Errors: 6A86, 6A88, 6984 it has another.
tl::expected<Key*, StatusWord> referenced_key(const CommandApdu& command, const Card& card, KeyProfile::Usage usage) {
    constexpr std::uint8_t reserved = 0x60;
    if (command.p1 != 0 || (command.p2 & reserved) != 0) {
        return tl::make_unexpected(sw::incorrect_p1_p2);
    }
    Key* const key = find_key(card.state, command.p2);
    if (key == nullptr) {
        return tl::make_unexpected(sw::reference_not_found);
    }
    if (key->usage != KeyProfile::Usage::any && key->usage != usage) {
        return tl::make_unexpected(sw::reference_not_usable);
    }
    return key;
}

/// What MUTUAL AUTHENTICATE brings.
struct Proof {
    Bytes answer;
    std::optional<iso7816::SecureSession> keys;
};

/// nullopt: the ciphers cannot be computed.
std::optional<Proof> proof_of(const Key& key, ByteView rnd_icc, ByteView rnd_ifd) {
    Bytes both(rnd_icc.begin(), rnd_icc.end());
    both.insert(both.end(), rnd_ifd.begin(), rnd_ifd.end());
    auto answer = encrypt(key, both);
    if (!answer) {
        return std::nullopt;
    }
    if (!key.secure_messaging || key.algorithm == KeyProfile::Algorithm::tdes) {
        return Proof{*std::move(answer), std::nullopt};
    }
    auto keys = iso7816::derive_session(key.value, rnd_icc, rnd_ifd);
    return keys ? std::optional(Proof{*std::move(answer), *std::move(keys)}) : std::nullopt;
}

/// EXTERNAL or MUTUAL AUTHENTICATE with a fit challenge, which is gone afterwards.
StatusWord authenticate(const CommandApdu& command, const Card& card, Key& key, Bytes& data) {
    const Bytes challenge = card.session.challenge;
    card.session.challenge.clear();
    const bool mutual = command.data.size() > challenge.size();
    const std::optional<Bytes> told = decrypt(key, command.data);
    if (!told) {
        return sw::reference_not_usable;
    }
    std::optional<Proof> proof;
    if (mutual) {
        proof = proof_of(key, challenge, ByteView(*told).first(challenge.size()));
        if (!proof) {
            return sw::reference_not_usable;
        }
    }
    const std::uint8_t reference = key.reference;
    const StatusWord status = attempt(
        card, {key.tries_left, key.tries}, [&] { return ends_with(*told, challenge); }, [] {});
    if (status == sw::success) {
        set_authenticated(card, reference);
    } else if (is_wrong_secret(status)) {
        set_not_authenticated(card, reference);
    }
    if (status == sw::success && proof) {
        data = std::move(proof->answer);
        if (proof->keys) {
            card.session.secure_messaging = {*std::move(proof->keys), card.channel_number};
        }
    }
    return status;
}

}  // namespace

StatusWord get_challenge(const CommandApdu& command, const Card& card, Bytes& data) {
    if (command.p1 != 0 || command.p2 != 0) {
        return sw::incorrect_p1_p2;
    }
    if (!command.data.empty() || command.ne == 0) {
        return sw::wrong_length;
    }
    constexpr std::uint32_t default_length = 8;
    const std::uint32_t count = wants_all(command) ? default_length : command.ne;
    std::uint64_t seed = card.state.random_seed;
    while (data.size() < count) {
        std::uint64_t word = next_random(seed);
        for (int i = 0; i < 8 && data.size() < count; ++i, word >>= 8) {
            data.push_back(static_cast<std::uint8_t>(word & 0xFF));
        }
    }
    if (card.exact_le && count < command.ne) {
        return sw::success;  // only the length is told: the challenge is for the command that repeats this one
    }
    if (!commit(card, [&] { card.state.random_seed = seed; })) {
        data.clear();
        return sw::memory_failure;
    }
    card.session.challenge = data;
    return sw::success;
}

StatusWord internal_authenticate(const CommandApdu& command, const Card& card, Bytes& data) {
    const auto key = referenced_key(command, card, KeyProfile::Usage::internal);
    if (!key) {
        return key.error();
    }
    if (command.data.size() != block_size((*key)->algorithm)) {
        return sw::wrong_length;
    }
    if (std::ranges::equal(command.data, card.session.challenge)) {
        return sw::conditions_not_satisfied;
    }
    auto cryptogram = encrypt(**key, command.data);
    if (!cryptogram) {
        return sw::reference_not_usable;
    }
    data = *std::move(cryptogram);
    return sw::success;
}

StatusWord external_authenticate(const CommandApdu& command, const Card& card, Bytes& data) {
    const auto found = referenced_key(command, card, KeyProfile::Usage::external);
    if (!found) {
        return found.error();
    }
    Key& key = **found;
    if (command.data.empty()) {
        return is_authenticated(card, key.reference) ? sw::success
               : key.tries_left == 0                 ? sw::method_blocked
                                                     : sw::tries_left(key.tries_left);
    }
    const std::size_t block = block_size(key.algorithm);
    if (command.data.size() != block && command.data.size() != 2 * block) {
        return sw::wrong_length;
    }
    if (command.data.size() == 2 * block && command.ne < 2 * block) {
        return sw::wrong_length;
    }
    if (key.tries_left == 0) {
        return sw::method_blocked;
    }
    if (card.session.challenge.size() != block) {
        return sw::conditions_not_satisfied;
    }
    return authenticate(command, card, key, data);
}

}  // namespace scardlab::icc::commands
