#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/secure_channel.h"

namespace scardlab::service_provider {

class ISCardManage;

/// The CardChannel of an ISCardManage: commands go through its Transmit, SCardLock and SCardUnlock, and so keep its
/// bounds and its threading.
class AttachmentChannel final : public CardChannel {
  public:
    /// What the channel must know of its owner besides the methods of ISCardManage.
    class Owner {
      public:
        virtual ~Owner() = default;
        virtual std::uint64_t session() const = 0;
        /// No other application can come between two calls: exclusive, or a transaction of its own.
        virtual bool alone() const = 0;
        virtual Hresult begin_method() = 0;
        virtual void end_method() = 0;
    };

    AttachmentChannel(ISCardManage& manage, Owner& owner) : manage_(manage), owner_(owner) {}

    Hresult exchange(const iso7816::CommandApdu& command, bool secured, iso7816::Bytes& response) override;
    Hresult begin_method() override { return owner_.begin_method(); }
    void end_method() override { owner_.end_method(); }
    /// Where the end of the last hold has failed, the lock is still there, and is taken over.
    Hresult begin_hold() override;
    Hresult end_hold() override;
    std::uint64_t session() const override { return owner_.session(); }
    Hresult atr(iso7816::Bytes& atr) override;
    SecureChannel* secure_channel() override;
    void set_secure_channel(std::unique_ptr<SecureChannel> channel) override;

  private:
    Hresult whole_response(iso7816::ByteView command, iso7816::Bytes& response);

    ISCardManage& manage_;
    Owner& owner_;
    std::unique_ptr<SecureChannel> secure_;
    std::uint64_t secure_session_ = 0;  ///< the session that secure_ belongs to
    unsigned holds_ = 0;
    std::optional<std::uint64_t> locked_in_session_;  ///< a hold has taken a lock, which has not been given back
    iso7816::Bytes part_;
};

}  // namespace scardlab::service_provider
