#include "emulator/iso7816/secure_messaging.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <string_view>

#include "emulator/iso7816/block_cipher.h"
#include "emulator/iso7816/tlv.h"

namespace scardlab::iso7816 {

namespace {

constexpr std::size_t block = block_size(BlockCipher::aes);
constexpr std::size_t mac_size = 8;
constexpr std::uint8_t padding_mark = 0x80;
constexpr std::uint8_t padding_indicator = 0x01;

constexpr std::uint32_t tag_cryptogram_of_objects = 0x85;
constexpr std::uint32_t tag_cryptogram = 0x87;
constexpr std::uint32_t tag_mac = 0x8E;
constexpr std::uint32_t tag_le = 0x97;
constexpr std::uint32_t tag_status = 0x99;

constexpr std::size_t padded_size(std::size_t size) {
    return (size / block + 1) * block;
}

Bytes padded(ByteView bytes) {
    Bytes result;
    result.reserve(padded_size(bytes.size()));  // growth would leave a copy of what may be secret
    result.assign(bytes.begin(), bytes.end());
    result.push_back(padding_mark);
    result.resize(padded_size(bytes.size()));
    return result;
}

void append(Bytes& bytes, ByteView more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_u32(Bytes& bytes, std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(value >> shift & 0xFF));
    }
}

using CipherResult = tl::expected<Bytes, CipherError>;

void wipe(Bytes& bytes) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
}

CipherResult derive_key(ByteView key, std::string_view label, ByteView rnd_icc, ByteView rnd_ifd) {
    Bytes derived;
    derived.reserve(padded_size(key.size()));  // growth would leave a copy
    for (std::size_t counter = 1; derived.size() < key.size(); ++counter) {
        Bytes input;
        append_u32(input, counter);
        input.insert(input.end(), label.begin(), label.end());
        input.push_back(0x00);
        append(input, rnd_icc);
        append(input, rnd_ifd);
        append_u32(input, 8 * key.size());
        CipherResult part = cmac(key, input);
        if (!part) {
            wipe(derived);
            return part;
        }
        append(derived, *part);
        wipe(*part);
    }
    OPENSSL_cleanse(derived.data() + key.size(), derived.size() - key.size());
    derived.resize(key.size());
    return derived;
}

void advance(SecureSession& session) {
    for (auto digit = session.counter.rbegin(); digit != session.counter.rend() && ++*digit == 0; ++digit) {
    }
}

CipherResult initial_value(const SecureSession& session) {
    return encrypt_cbc(BlockCipher::aes, session.encryption_key, session.counter);
}

CipherResult encipher(const SecureSession& session, ByteView data) {
    const CipherResult start = initial_value(session);
    if (!start) {
        return start;
    }
    Bytes plain = padded(data);
    CipherResult cryptogram = encrypt_cbc(BlockCipher::aes, session.encryption_key, plain, *start);
    wipe(plain);
    return cryptogram;
}

/// One byte or more; nullopt when it is not what encipher() makes of any.
std::optional<Bytes> decipher(const SecureSession& session, ByteView cryptogram) {
    const CipherResult start = initial_value(session);
    if (!start) {
        return std::nullopt;
    }
    auto data = decrypt_cbc(BlockCipher::aes, session.encryption_key, cryptogram, *start);
    if (!data) {
        return std::nullopt;
    }
    while (!data->empty() && data->back() == 0x00) {
        data->pop_back();
    }
    const bool marked = !data->empty() && data->back() == padding_mark;
    if (!marked || data->size() == 1 || padded_size(data->size() - 1) != cryptogram.size()) {
        return std::nullopt;
    }
    data->pop_back();
    return *std::move(data);
}

/// Nothing for no data. False: it cannot be enciphered.
bool append_cryptogram(Bytes& objects, std::uint32_t tag, const SecureSession& session, ByteView data) {
    if (data.empty()) {
        return true;
    }
    CipherResult value = encipher(session, data);
    if (!value) {
        return false;
    }
    if (tag == tag_cryptogram) {
        value->insert(value->begin(), padding_indicator);
    }
    append_tlv(objects, tag, *value);
    return true;
}

/// What DO 8E has to be. `header`: of a command, none for a response.
CipherResult mac_of(const SecureSession& session, ByteView header, ByteView objects) {
    Bytes input(session.counter.begin(), session.counter.end());
    if (!header.empty()) {
        append(input, padded(header));
    }
    if (!objects.empty()) {
        append(input, padded(objects));
    }
    CipherResult mac = cmac(session.mac_key, input);
    if (mac) {
        mac->resize(mac_size);
    }
    return mac;
}

/// DO 8E over the objects before it. False: it cannot be computed.
bool append_mac(Bytes& objects, const SecureSession& session, ByteView header) {
    const CipherResult mac = mac_of(session, header, objects);
    if (mac) {
        append_tlv(objects, tag_mac, *mac);
    }
    return mac.has_value();
}

tl::unexpected<SecureMessagingError> missing(std::string message) {
    return tl::make_unexpected(SecureMessagingError{sw::secure_messaging_objects_missing.value, std::move(message)});
}

tl::unexpected<SecureMessagingError> wrong(std::string message) {
    return tl::make_unexpected(SecureMessagingError{sw::secure_messaging_objects_wrong.value, std::move(message)});
}

/// The data objects of a command or response, which are in their order.
struct Objects {
    std::optional<Tlv> cryptogram;
    std::optional<ByteView> rest;  ///< DO 97 of a command, DO 99 of a response
    ByteView mac;
    ByteView covered;  ///< those before DO 8E
};

std::string at_byte(std::size_t offset, std::string_view what) {
    return "byte " + std::to_string(offset) + " of the data: " + std::string(what);
}

tl::expected<Objects, SecureMessagingError> read_objects(ByteView bytes, std::uint32_t tag_rest) {
    Objects objects;
    std::size_t end = 0;
    for (TlvReader reader(bytes); !reader.at_end();) {
        const std::size_t begin = end;
        const auto object = reader.next();
        if (!object) {
            return wrong(at_byte(object.error().offset, object.error().message));
        }
        end = static_cast<std::size_t>(object->value.data() - bytes.data()) + object->value.size();
        const bool is_cryptogram = object->tag == tag_cryptogram || object->tag == tag_cryptogram_of_objects;
        if (is_cryptogram && !objects.cryptogram && !objects.rest) {
            objects.cryptogram = *object;
        } else if (object->tag == tag_rest && !objects.rest) {
            objects.rest = object->value;
        } else if (object->tag == tag_mac && end == bytes.size()) {
            objects.mac = object->value;
            objects.covered = bytes.first(begin);
            return objects;
        } else {
            return wrong(at_byte(begin, "a data object that is not expected there"));
        }
    }
    return missing("DO 8E is missing");
}

bool is_authentic(const SecureSession& session, ByteView header, const Objects& objects) {
    const CipherResult expected = mac_of(session, header, objects.covered);
    return expected && objects.mac.size() == mac_size &&
           CRYPTO_memcmp(expected->data(), objects.mac.data(), mac_size) == 0;
}

/// The data in a cryptogram; nullopt when it is wrong.
std::optional<Bytes> data_in(const SecureSession& session, const Tlv& cryptogram) {
    ByteView value = cryptogram.value;
    if (cryptogram.tag == tag_cryptogram) {
        if (value.empty() || value.front() != padding_indicator) {
            return std::nullopt;
        }
        value = value.subspan(1);
    }
    return decipher(session, value);
}

/// Ne from DO 97; false when it is not of one or two bytes.
bool take_le(ByteView le, CommandApdu& command) {
    if (le.size() == 1) {
        command.ne = le[0] == 0 ? 256U : le[0];
    } else if (le.size() == 2) {
        const std::uint32_t ne = static_cast<std::uint32_t>(le[0]) << 8 | le[1];
        command.ne = ne == 0 ? 65'536U : ne;
        command.extended = true;
    }
    return le.size() == 1 || le.size() == 2;
}

bool is_extended(const CommandApdu& command) {
    return command.extended || command.data.size() > 255 || command.ne > 256;
}

}  // namespace

tl::expected<SecureSession, CipherError> derive_session(ByteView key, ByteView rnd_icc, ByteView rnd_ifd) {
    CipherResult encryption_key = derive_key(key, "ENC", rnd_icc, rnd_ifd);
    if (!encryption_key) {
        return tl::make_unexpected(encryption_key.error());
    }
    CipherResult mac_key = derive_key(key, "MAC", rnd_icc, rnd_ifd);
    if (!mac_key) {
        wipe(*encryption_key);
        return tl::make_unexpected(mac_key.error());
    }
    return SecureSession{*std::move(encryption_key), *std::move(mac_key), {}};
}

std::size_t protected_response_size(std::size_t nr) {
    constexpr std::size_t status_and_mac = 4 + 2 + mac_size;
    if (nr == 0) {
        return status_and_mac;
    }
    const std::size_t value = 1 + padded_size(nr);
    const std::size_t length_field = value < 0x80 ? 1 : value <= 0xFF ? 2 : 3;
    return 1 + length_field + value + status_and_mac;
}

Bytes protect_command(SecureSession& session, const CommandApdu& command) {
    if (command.data.size() > most_protected_nc) {
        return {};
    }
    advance(session);
    CommandApdu secured = command;
    secured.cla = static_cast<std::uint8_t>(command.cla | secure_messaging_bits(command.cla));
    const bool odd = (command.ins & 1) != 0;
    Bytes objects;
    if (!append_cryptogram(objects, odd ? tag_cryptogram_of_objects : tag_cryptogram, session, command.data)) {
        return {};
    }
    if (command.ne != 0) {
        const auto low = static_cast<std::uint8_t>(command.ne & 0xFF);
        const auto high = static_cast<std::uint8_t>(command.ne >> 8 & 0xFF);
        append_tlv(objects, tag_le, is_extended(command) ? Bytes{high, low} : Bytes{low});
    }
    if (!append_mac(objects, session, Bytes{secured.cla, command.ins, command.p1, command.p2})) {
        return {};
    }
    secured.data = objects;
    secured.extended = command.extended || objects.size() > 255 || protected_response_size(command.ne) > 256;
    secured.ne = secured.extended ? 65'536 : 256;
    return secured.encode();
}

Bytes protect_response(SecureSession& session, const ResponseApdu& response) {
    advance(session);
    Bytes objects;
    if (!append_cryptogram(objects, tag_cryptogram, session, response.data)) {
        return {};
    }
    append_tlv(objects, tag_status, Bytes{response.status.sw1(), response.status.sw2()});
    if (!append_mac(objects, session, {})) {
        return {};
    }
    return ResponseApdu{objects, response.status}.encode();
}

tl::expected<Bytes, SecureMessagingError> unprotect_command(SecureSession& session, const CommandApdu& command) {
    advance(session);
    const auto objects = read_objects(command.data, tag_le);
    if (!objects) {
        return tl::make_unexpected(objects.error());
    }
    if (!is_authentic(session, Bytes{command.cla, command.ins, command.p1, command.p2}, *objects)) {
        return wrong("DO 8E is not the MAC of the command");
    }
    const auto plain_class = static_cast<std::uint8_t>(command.cla & ~secure_messaging_bits(command.cla));
    CommandApdu plain{plain_class, command.ins, command.p1, command.p2, {}, 0, false};
    if (objects->rest && !take_le(*objects->rest, plain)) {
        return wrong("DO 97 has neither one byte nor two");
    }
    std::optional<Bytes> data;
    if (objects->cryptogram) {
        const bool odd = (command.ins & 1) != 0;
        if (objects->cryptogram->tag != (odd ? tag_cryptogram_of_objects : tag_cryptogram)) {
            return wrong("DO 85 belongs to an odd INS, DO 87 to an even one");
        }
        data = data_in(session, *objects->cryptogram);
        if (!data) {
            return wrong("the cryptogram is not one of padded data");
        }
        plain.data = *data;
    }
    return plain.encode();
}

tl::expected<Bytes, SecureMessagingError> unprotect_response(SecureSession& session, ByteView response) {
    advance(session);
    const auto apdu = ResponseApdu::parse(response);
    if (!apdu) {
        return wrong(apdu.error().message);
    }
    if (apdu->data.empty()) {
        const StatusWord status = apdu->status == sw::success ? sw::secure_messaging_objects_wrong : apdu->status;
        return tl::make_unexpected(SecureMessagingError{status.value, "the response is not protected"});
    }
    const auto objects = read_objects(apdu->data, tag_status);
    if (!objects) {
        return tl::make_unexpected(objects.error());
    }
    if (!is_authentic(session, {}, *objects)) {
        return wrong("DO 8E is not the MAC of the response");
    }
    if (!objects->rest) {
        return missing("DO 99 is missing");
    }
    if (!std::ranges::equal(*objects->rest, response.last(2))) {
        return wrong("DO 99 is not SW1SW2");
    }
    std::optional<Bytes> plain = Bytes{};
    if (objects->cryptogram) {
        plain = data_in(session, *objects->cryptogram);
        if (!plain) {
            return wrong("the cryptogram is not one of padded data");
        }
    }
    append(*plain, *objects->rest);
    return *std::move(plain);
}

}  // namespace scardlab::iso7816
