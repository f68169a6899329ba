#include "core/service_provider/challenge_response.h"

#include <utility>

#include "core/service_provider/status_codes.h"

namespace scardlab::service_provider {

std::optional<iso7816::BlockCipher> cipher_of(AuthAlgorithm algorithm) {
    switch (algorithm) {
        case AuthAlgorithm::aes:
            return iso7816::BlockCipher::aes;
        case AuthAlgorithm::tdes:
            return iso7816::BlockCipher::tdes;
    }
    return std::nullopt;
}

Hresult from_cipher(iso7816::CipherError error) {
    return error == iso7816::CipherError::wrong_length ? Hresult::E_INVALIDARG_ : Hresult::E_FAIL_;
}

Hresult answer_of(CardChannel& channel, const iso7816::CommandApdu& command, iso7816::Bytes& data) {
    iso7816::Bytes response;
    response.reserve(command.ne + 2);  // memory that lacks must lack before the card has done something
    if (const Hresult result = channel.exchange(command, false, response); result != Hresult::S_OK_) {
        return result;
    }
    const auto parsed = iso7816::ResponseApdu::parse(response);
    if (!parsed) {
        return Hresult::E_FAIL_;
    }
    if (const Hresult result = from_status(parsed->status, Operation::authenticate); result != Hresult::S_OK_) {
        return result;
    }
    response.resize(response.size() - 2);
    data = std::move(response);
    return Hresult::S_OK_;
}

Hresult get_challenge(CardChannel& channel, std::uint32_t length, iso7816::Bytes& challenge) {
    iso7816::CommandApdu command;
    command.ins = 0x84;
    command.ne = length;
    command.extended = length >= 256;  // a short Le of 256 would mean "as many as you like"
    iso7816::Bytes data;
    if (const Hresult result = answer_of(channel, command, data); result != Hresult::S_OK_) {
        return result;
    }
    if (data.size() != length) {
        return Hresult::E_FAIL_;
    }
    challenge = std::move(data);
    return Hresult::S_OK_;
}

}  // namespace scardlab::service_provider
