#include "core/service_provider/attachment_channel.h"

#include <utility>

#include "core/service_provider/iscard_manage.h"

namespace scardlab::service_provider {

namespace {

/// More than any response can need: 65,536 bytes in parts of one byte.
constexpr unsigned most_parts = 70'000;

}  // namespace

Hresult AttachmentChannel::exchange(const iso7816::CommandApdu& command, bool secured, iso7816::Bytes& response) {
    if (secured) {
        return Hresult{0x8010006F};  // SCARD_W_CARD_NOT_AUTHENTICATED
    }
    return whole_response(command.encode(), response);
}

/// GET RESPONSE while the card says 61xx, the command anew with the Le that 6Cxx tells.
Hresult AttachmentChannel::whole_response(iso7816::ByteView command, iso7816::Bytes& response) {
    iso7816::Bytes next(command.begin(), command.end());
    response.clear();
    for (unsigned parts = 0; parts < most_parts; ++parts) {
        const Hresult result = manage_.Transmit(next, part_);
        if (result != Hresult::S_OK_) {
            return result;
        }
        const std::uint8_t sw1 = part_[part_.size() - 2];
        const std::uint8_t sw2 = part_.back();
        if (sw1 == 0x6C && next.size() >= 5 && next.back() != sw2) {
            next.back() = sw2;
            continue;
        }
        response.insert(response.end(), part_.begin(), part_.end() - 2);
        if (sw1 != 0x61) {
            response.insert(response.end(), part_.end() - 2, part_.end());
            return Hresult::S_OK_;
        }
        next = {static_cast<std::uint8_t>(command[0] & 0x03), 0xC0, 0x00, 0x00, sw2};
    }
    return Hresult::E_FAIL_;
}

Hresult AttachmentChannel::begin_hold() {
    if (holds_ == 0 && !owner_.alone()) {
        const Hresult result = manage_.SCardLock();
        if (result != Hresult::S_OK_) {
            return result;
        }
        locked_here_ = true;
        ++hold_number_;
    }
    ++holds_;
    return Hresult::S_OK_;
}

Hresult AttachmentChannel::end_hold() {
    if (holds_ > 0 && --holds_ == 0 && std::exchange(locked_here_, false)) {
        return manage_.SCardUnlock(resource_manager::Disposition::leave);
    }
    return Hresult::S_OK_;
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
