#include "core/service_provider/iscard_manage.h"

#include <new>
#include <utility>

#include "core/resource_manager/caller.h"
#include "core/service_provider/attachment.h"
#include "core/service_provider/attachment_channel.h"

namespace scardlab::service_provider {

namespace {

using resource_manager::Context;
using resource_manager::Disposition;
using resource_manager::Handle;
using resource_manager::Protocols;
using resource_manager::ResourceManager;
using resource_manager::ShareMode;

/// Methods that can be answered E_PENDING and made again.
enum class Pending : std::uint8_t { none, attach, detach, reconnect, lock, unlock, status, transmit };

class Manage final : public ISCardManage, private AttachmentChannel::Owner {
  public:
    Manage(ResourceManager& manager, std::optional<Context> context)
        : caller_(manager.make_caller()), attachment_(*caller_, context), channel_(*this, *this) {}

    Hresult AttachByHandle(Handle hICC) override {
        return bounded(Pending::attach, bounds_.sharing,
                       [&] { return attachment_.attach_by_handle(hICC, std::nullopt); });
    }
    Hresult AttachByHandle(Handle hICC, AttachOptions options) override {
        return bounded(Pending::attach, bounds_.sharing, [&] { return attachment_.attach_by_handle(hICC, options); });
    }
    Hresult AttachByIFD(std::string_view reader) override { return AttachByIFD(reader, AttachOptions{}); }
    Hresult AttachByIFD(std::string_view reader, AttachOptions options) override {
        return bounded(Pending::attach, bounds_.sharing, [&] { return attachment_.attach_by_ifd(reader, options); });
    }
    Hresult Detach(Disposition disposition) override {
        return bounded(Pending::detach, bounds_.sharing, [&] { return attachment_.detach(disposition); });
    }
    Hresult Reconnect() override {
        const AttachOptions options = attachment_.options();
        return Reconnect(options.share, options.protocols, Disposition::leave);
    }
    Hresult Reconnect(ShareMode share, Protocols protocols, Disposition initialization) override {
        return bounded(Pending::reconnect, bounds_.sharing, [&] {
            return attachment_.reconnect({share, protocols}, initialization);
        });
    }
    Hresult SCardLock() override {
        return bounded(Pending::lock, bounds_.sharing, [&] { return attachment_.lock(); });
    }
    Hresult SCardUnlock(Disposition disposition) override {
        return bounded(Pending::unlock, bounds_.sharing, [&] { return attachment_.unlock(disposition); });
    }
    Hresult Status(CardState* state, Protocols* protocols) override {
        return bounded(Pending::status, bounds_.sharing, [&] { return attachment_.status(state, protocols); });
    }
    Hresult Transmit(iso7816::ByteView command, iso7816::Bytes& response) override {
        return bounded(Pending::transmit, bounds_.card, [&] { return attachment_.transmit(command, response); });
    }
    Hresult Atr(iso7816::Bytes& atr) override {
        return bounded(Pending::status, bounds_.sharing, [&] { return attachment_.atr(atr); });
    }

    Hresult CreateFileAccess(std::unique_ptr<ISCardFileAccess>*) override { return Hresult::E_NOTIMPL_; }
    Hresult CreateCardAuth(std::unique_ptr<ISCardAuth>* card_auth) override {
        return create(card_auth, make_iscard_auth);
    }
    Hresult CreateCHVerification(std::unique_ptr<ISCardVerify>* verification) override {
        return create(verification, make_iscard_verify);
    }
    Hresult CreateInterface(const std::optional<Guid>& guid, std::string_view name, const std::any& user_data,
                            std::unique_ptr<CardInterface>* created) override {
        return attached() ? interfaces().create(guid, name, channel_, user_data, created) : hr::invalid_handle;
    }
    Hresult CreateEvents(std::unique_ptr<CardEvents>*) override { return Hresult::E_NOTIMPL_; }

    WaitBounds bounds() const override { return bounds_; }
    Hresult SetBounds(WaitBounds bounds) override {
        if (bounds.sharing.count() <= 0 || bounds.card.count() <= 0) {
            return Hresult::E_INVALIDARG_;
        }
        bounds_ = bounds;
        return Hresult::S_OK_;
    }

    bool attached() const override { return attachment_.attached(); }
    Handle handle() const override { return attachment_.handle(); }
    Context context() const override { return attachment_.context(); }
    Protocols active_protocol() const override { return attachment_.active_protocol(); }

  private:
    std::uint64_t session() const override { return attachment_.session(); }
    bool alone() const override { return attachment_.alone(); }

    /// Makes another interface on the channel.
    template <typename Interface>
    Hresult create(std::unique_ptr<Interface>* output, std::unique_ptr<Interface> (*make)(CardChannel&)) noexcept {
        if (!attached()) {
            return hr::invalid_handle;
        }
        if (output == nullptr) {
            return Hresult::E_POINTER_;
        }
        try {
            *output = make(channel_);
            return Hresult::S_OK_;
        } catch (const std::bad_alloc&) {
            return Hresult::E_OUTOFMEMORY_;
        }
    }

    /// Runs a method within its bound; memory that runs out in it is E_OUTOFMEMORY.
    template <typename Method>
    Hresult bounded(Pending method, std::chrono::milliseconds bound, Method&& run) noexcept {
        try {
            if (pending_ != method) {
                pending_ = method;
                deadline_ = caller_->now() + bound;
                caller_->set_deadline(deadline_);
            }
            Hresult result = std::forward<Method>(run)();
            if (result == Hresult::E_PENDING_) {
                if (caller_->now() < deadline_) {
                    return result;
                }
                result = from_code(caller_->give_up(attachment_.context()));
            }
            pending_ = Pending::none;
            return result;
        } catch (const std::bad_alloc&) {
            pending_ = Pending::none;
            return Hresult::E_OUTOFMEMORY_;
        }
    }

    std::unique_ptr<resource_manager::Caller> caller_;
    Attachment attachment_;
    AttachmentChannel channel_;
    WaitBounds bounds_;
    Pending pending_ = Pending::none;  ///< the method that was answered E_PENDING
    std::chrono::nanoseconds deadline_{0};
};

}  // namespace

std::unique_ptr<ISCardManage> make_iscard_manage(ResourceManager& manager) {
    return std::make_unique<Manage>(manager, std::nullopt);
}

std::unique_ptr<ISCardManage> make_iscard_manage(ResourceManager& manager, Context context) {
    return std::make_unique<Manage>(manager, context);
}

}  // namespace scardlab::service_provider
