#include "core/service_provider/attachment_channel.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/service_provider/iscard_manage.h"
#include "core/service_provider/secret.h"
#include "core/service_provider/secured_exchange.h"

namespace scardlab::service_provider {

namespace {

/// More than any response can need: 65,536 bytes in parts of one byte.
constexpr unsigned most_parts = 70'000;

constexpr std::uint8_t get_response = 0xC0, bytes_available = 0x61, wrong_le = 0x6C;
constexpr std::uint32_t short_ne = 256;
constexpr std::size_t all_there_are = SIZE_MAX;

/// CLA of GET RESPONSE: the channel of the command, without its secure messaging and chaining; a proprietary class
/// stays what it is.
constexpr std::uint8_t get_response_class(std::uint8_t cla) {
    if ((cla & 0x80) != 0) {
        return cla;
    }
    return static_cast<std::uint8_t>((cla & 0x40) != 0 ? cla & 0x4F : cla & 0x03);
}

}  // namespace

Hresult AttachmentChannel::exchange(const iso7816::CommandApdu& command, bool secured, iso7816::Bytes& response) {
    if (secured) {
        return manage_.attached()
                   ? secured_exchange(
                         *this, command, [this](auto sent, auto& whole) { return whole_response(sent, whole); },
                         response)
                   : hr::invalid_handle;
    }
    const Secret sent(command.encode());
    return whole_response(sent.view(), response);
}

/// GET RESPONSE while the card says 61xx, the command once more with the Le that 6Cxx tells (ISO/IEC 7816-3 clause
/// 12.2). No more than Ne bytes are fetched, unless Ne is all there are (Le 00); none for a command without Le.
Hresult AttachmentChannel::whole_response(iso7816::ByteView command, iso7816::Bytes& response) {
    response.clear();
    const auto parsed = iso7816::CommandApdu::parse(command);
    if (!parsed) {
        return manage_.Transmit(command, response);
    }
    const std::size_t most = parsed->ne == short_ne ? all_there_are : parsed->ne;
    iso7816::CommandApdu next = *parsed;
    bool corrected = false;
    for (unsigned parts = 0; parts < most_parts; ++parts) {
        const Secret sent(next.encode());
        const Hresult result = manage_.Transmit(sent.view(), part_);
        if (result != Hresult::S_OK_) {
            response.clear();
            return result;
        }
        const std::uint8_t sw1 = part_[part_.size() - 2];
        const std::uint8_t sw2 = part_.back();
        const std::uint32_t told = sw2 == 0 ? short_ne : sw2;
        if (sw1 == wrong_le && next.ne != 0 && !corrected) {
            next.ne = told;
            corrected = true;
            continue;
        }
        response.insert(response.end(), part_.begin(), part_.end() - 2);
        if (sw1 != bytes_available || most == 0) {
            response.insert(response.end(), {sw1, sw2});
            return Hresult::S_OK_;
        }
        if (response.size() >= most) {
            response.insert(response.end(), {0x90, 0x00});
            return Hresult::S_OK_;
        }
        const auto ne = static_cast<std::uint32_t>(std::min<std::size_t>(told, most - response.size()));
        next = {get_response_class(command[0]), get_response, 0x00, 0x00, {}, ne, false};
        corrected = false;
    }
    return Hresult::E_FAIL_;
}

Hresult AttachmentChannel::begin_hold() {
    if (holds_ == 0 && locked_in_session_ != session()) {
        locked_in_session_.reset();
    }
    if (holds_ == 0 && !owner_.alone()) {
        const Hresult result = manage_.SCardLock();
        if (result != Hresult::S_OK_) {
            return result;
        }
        locked_in_session_ = session();
    }
    ++holds_;
    return Hresult::S_OK_;
}

Hresult AttachmentChannel::end_hold() {
    if (holds_ == 0 || --holds_ > 0 || !locked_in_session_) {
        return Hresult::S_OK_;
    }
    const Hresult result = manage_.SCardUnlock(resource_manager::Disposition::leave);
    if (result == Hresult::S_OK_) {
        locked_in_session_.reset();
    }
    return result;
}

Hresult AttachmentChannel::atr(iso7816::Bytes& atr) {
    return manage_.Atr(atr);
}

SecureChannel* AttachmentChannel::secure_channel() {
    if (secure_ && secure_session_ != session()) {
        secure_.reset();
    }
    return secure_.get();
}

void AttachmentChannel::set_secure_channel(std::unique_ptr<SecureChannel> channel) {
    secure_ = std::move(channel);
    secure_session_ = session();
}

}  // namespace scardlab::service_provider
