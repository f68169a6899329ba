#include "core/service_provider/iscard_manage.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "core/resource_manager/caller.h"
#include "core/service_provider/attachment.h"
#include "core/service_provider/attachment_channel.h"
#include "core/service_provider/attachment_events.h"
#include "core/service_provider/in_turn.h"
#include "core/service_provider/method_queue.h"

namespace scardlab::service_provider {

namespace {

using resource_manager::Code;
using resource_manager::Context;
using resource_manager::Disposition;
using resource_manager::Handle;
using resource_manager::Protocols;
using resource_manager::ResourceManager;
using resource_manager::ShareMode;

/// Methods that can be answered E_PENDING and made again.
enum class Pending : std::uint8_t {
    none,
    attach,
    detach,
    reconnect,
    lock,
    unlock,
    status,
    transmit,
    of_interface,  ///< any of ISCardFileAccess, ISCardAuth, ISCardVerify
};

constexpr auto cancelled = static_cast<Hresult>(Code::cancelled);

/// What SCardStatus may take when an event waits for it: a question and its answer.
constexpr std::chrono::milliseconds look_time{50};

std::unique_ptr<ISCardFileAccess> make_file_access_in_turn(CardChannel& channel) {
    return in_turn(channel, make_iscard_file_access(channel));
}

class Manage final : public ISCardManage, private AttachmentChannel::Owner, private EventOwner {
  public:
    Manage(ResourceManager& manager, std::optional<Context> context, RandomSource random)
        : manager_(manager),
          caller_(manager.make_caller()),
          waits_(caller_->waits()),
          attachment_(*caller_, context),
          channel_(*this, *this),
          random_(std::move(random)) {}
    ~Manage() override { caller_->set_deadline(caller_->now() + bounds_.sharing); }
    Manage(const Manage&) = delete;
    Manage& operator=(const Manage&) = delete;

    Hresult AttachByHandle(Handle hICC) override {
        return bounded(Pending::attach, &WaitBounds::sharing,
                       [&] { return attachment_.attach_by_handle(hICC, std::nullopt); });
    }
    Hresult AttachByHandle(Handle hICC, AttachOptions options) override {
        return bounded(Pending::attach, &WaitBounds::sharing,
                       [&] { return attachment_.attach_by_handle(hICC, options); });
    }
    Hresult AttachByIFD(std::string_view reader) override { return AttachByIFD(reader, AttachOptions{}); }
    Hresult AttachByIFD(std::string_view reader, AttachOptions options) override {
        return bounded(Pending::attach, &WaitBounds::sharing,
                       [&] { return attachment_.attach_by_ifd(reader, options); });
    }
    Hresult Detach(Disposition disposition) override {
        end_others();
        return bounded(Pending::detach, &WaitBounds::sharing, [&] {
            const Hresult result = attachment_.detach(disposition);
            if (result == Hresult::S_OK_) {
                end_events();
            }
            return result;
        });
    }
    Hresult Reconnect() override {
        return bounded(Pending::reconnect, &WaitBounds::sharing,
                       [&] { return attachment_.reconnect(attachment_.options(), Disposition::leave); });
    }
    Hresult Reconnect(ShareMode share, Protocols protocols, Disposition initialization) override {
        return bounded(Pending::reconnect, &WaitBounds::sharing, [&] {
            return attachment_.reconnect({share, protocols}, initialization);
        });
    }
    Hresult SCardLock() override {
        return bounded(Pending::lock, &WaitBounds::sharing, [&] { return lock_within_sharing(); });
    }
    Hresult SCardUnlock(Disposition disposition) override {
        return bounded(Pending::unlock, &WaitBounds::sharing, [&] {
            const Hresult result = attachment_.unlock(disposition);
            // Rule B4: the caller is told of its own reset too.
            own_reset_ = own_reset_ || disposition == Disposition::reset || disposition == Disposition::unpower;
            return result;
        });
    }
    Hresult Status(CardState* state, Protocols* protocols) override {
        return bounded(Pending::status, &WaitBounds::sharing, [&] { return attachment_.status(state, protocols); });
    }
    Hresult Transmit(iso7816::ByteView command, iso7816::Bytes& response) override {
        return bounded(Pending::transmit, &WaitBounds::card, [&] { return attachment_.transmit(command, response); });
    }
    Hresult Atr(iso7816::Bytes& atr) override {
        return bounded(Pending::status, &WaitBounds::sharing, [&] { return attachment_.atr(atr); });
    }

    Hresult CreateFileAccess(std::unique_ptr<ISCardFileAccess>* file_access) override {
        return create(file_access, make_file_access_in_turn);
    }
    Hresult CreateCardAuth(std::unique_ptr<ISCardAuth>* card_auth) override {
        return create(card_auth, [this](CardChannel& channel) { return make_iscard_auth(channel, random_); });
    }
    Hresult CreateCHVerification(std::unique_ptr<ISCardVerify>* verification) override {
        return create(verification, make_iscard_verify);
    }
    Hresult CreateInterface(const std::optional<Guid>& guid, std::string_view name, const std::any& user_data,
                            std::unique_ptr<CardInterface>* created) override {
        try {
            return attached() ? interfaces().create(guid, name, channel_, user_data, created) : hr::invalid_handle;
        } catch (const std::bad_alloc&) {  // the registry is made at its first use
            return Hresult::E_OUTOFMEMORY_;
        }
    }
    Hresult CreateEvents(std::unique_ptr<CardEvents>* events) override {
        return bounded(Pending::status, &WaitBounds::sharing, [&] {
            if (!attachment_.attached()) {
                return hr::invalid_handle;
            }
            if (events == nullptr) {
                return Hresult::E_POINTER_;
            }
            if (attachment_.reader().empty()) {
                return from_code(Code::reader_unavailable);
            }
            std::unique_ptr<AttachmentEvents> created = make_attachment_events(manager_, attachment_.reader(), *this);
            const std::lock_guard lock(shown_mutex_);
            events_.push_back(created.get());
            *events = std::move(created);
            return Hresult::S_OK_;
        });
    }

    WaitBounds bounds() const override {
        const std::lock_guard lock(shown_mutex_);
        return bounds_;
    }
    Hresult SetBounds(WaitBounds bounds) override {
        if (bounds.sharing.count() <= 0 || bounds.card.count() <= 0) {
            return Hresult::E_INVALIDARG_;
        }
        const std::lock_guard lock(shown_mutex_);
        bounds_ = bounds;
        return Hresult::S_OK_;
    }

    bool attached() const override { return handle() != Handle{}; }
    Handle handle() const override { return waits_ ? shown().handle : attachment_.handle(); }
    Context context() const override { return waits_ ? shown().context : attachment_.context(); }
    Protocols active_protocol() const override {
        return waits_ ? shown().active_protocol : attachment_.active_protocol();
    }

  private:
    /// What the getters tell while a method may be running in another thread.
    struct Shown {
        Handle handle;
        Context context;
        Protocols active_protocol = resource_manager::protocol_undefined;
    };

    std::uint64_t session() const override { return attachment_.session(); }
    bool alone() const override { return attachment_.alone(); }
    Hresult begin_method() override {
        const Hresult result = enter(Pending::of_interface, &WaitBounds::card);
        within_interface_ += result == Hresult::S_OK_ ? 1U : 0U;
        return result;
    }
    void end_method() override {
        if (--within_interface_ == 0 && !std::exchange(interface_pending_, false)) {
            pending_ = Pending::none;
        }
        leave();
    }

    /// Makes another interface on the channel.
    template <class Interface, class Make>
    Hresult create(std::unique_ptr<Interface>* output, Make make) noexcept {
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

    // Without waiting, and without a trace of its own in what a pending method waits for.
    Look look_for_reset() override {
        if (waits_) {
            const MethodQueue::Entry entry = queue_.enter(MethodQueue::Time(caller_->now()));
            if (entry == MethodQueue::Entry::nested) {
                queue_.leave();  // a method of this thread runs, whose deadline stays
            }
            if (entry != MethodQueue::Entry::entered) {
                return Look::unknown;
            }
        }
        Look seen = Look::unknown;
        try {
            caller_->set_deadline(caller_->now() + (caller_->changes() ? std::chrono::milliseconds{0} : look_time));
            CardState state{};
            Protocols protocols = resource_manager::protocol_undefined;
            const Hresult result = attachment_.status(&state, &protocols);
            const bool reset = result == static_cast<Hresult>(Code::reset_card);
            own_reset_ = own_reset_ && reset;
            seen = result == Hresult::S_OK_ || (reset && own_reset_) ? Look::in_order
                   : reset                                           ? Look::reset
                                                                     : Look::unknown;
        } catch (const std::bad_alloc&) {
            seen = Look::unknown;
        }
        leave();
        return seen;
    }
    void forget(CardEvents& events) override {
        const std::lock_guard lock(shown_mutex_);
        std::erase(events_, &events);
    }
    void end_events() {
        const std::lock_guard lock(shown_mutex_);
        for (AttachmentEvents* events : events_) {
            events->detached();
        }
        events_.clear();
    }

    Shown shown() const {
        const std::lock_guard lock(shown_mutex_);
        return shown_;
    }

    /// Begins a method: waits for those of other threads, and sets its deadline, unless it is part of another method.
    Hresult enter(Pending method, std::chrono::milliseconds WaitBounds::*bound) {
        if (waits_) {
            return enter_queue(method, bound);
        }
        if (within_interface_ > 0) {
            return Hresult::S_OK_;
        }
        if (ended_ == method) {
            ended_ = Pending::none;
            return cancelled;
        }
        if (pending_ != method) {
            pending_ = method;
            lock_deadline_.reset();
            deadline_ = caller_->now() + bounds_.*bound;
        }
        return Hresult::S_OK_;
    }
    Hresult enter_queue(Pending method, std::chrono::milliseconds WaitBounds::*bound) {
        using Entry = MethodQueue::Entry;
        const std::chrono::nanoseconds deadline = caller_->now() + bounds().*bound;
        const MethodQueue::Time until{deadline};
        Entry entry = Entry::ended;
        if (method == Pending::detach) {
            entry = queue_.enter_first(until, [this] { caller_->interrupt(); });
            if (entry != Entry::nested) {
                caller_->clear_interrupt();
            }
        } else {
            entry = queue_.enter(until);
        }
        if (entry == Entry::timed_out || entry == Entry::ended) {
            return entry == Entry::ended ? cancelled : from_code(Code::sharing_violation);
        }
        if (entry == Entry::entered) {
            deadline_ = deadline;
            caller_->set_deadline(deadline);
        }
        return Hresult::S_OK_;
    }
    void leave() {
        if (waits_) {
            {
                const std::lock_guard lock(shown_mutex_);
                shown_ = {attachment_.handle(), attachment_.context(), attachment_.active_protocol()};
            }
            queue_.leave();
        }
    }

    /// In a method of an interface, whose bound is `card`, the lock has that of SCardLock as well. The caller's
    /// deadline, where there is one, is the method's again afterwards.
    Hresult lock_within_sharing() {
        struct Restored {
            ~Restored() { manage.caller_->set_deadline(manage.deadline_); }
            Manage& manage;
        };
        const std::chrono::nanoseconds until = caller_->now() + bounds().sharing;
        const Restored restored{*this};
        caller_->set_deadline(std::min(deadline_, until));
        const Hresult result = attachment_.lock();
        if (result != Hresult::E_PENDING_) {
            lock_deadline_.reset();
        } else if (!lock_deadline_) {
            lock_deadline_ = until;
        }
        return result;
    }

    /// What a method answers that would wait where callers do not.
    Hresult pending_until_deadline() {
        if (caller_->now() >= std::min(deadline_, lock_deadline_.value_or(deadline_))) {
            lock_deadline_.reset();
            return from_code(caller_->give_up(attachment_.context()));
        }
        interface_pending_ = within_interface_ > 0;
        return Hresult::E_PENDING_;
    }

    /// Where callers do not wait, a method that was answered E_PENDING is what Detach ends.
    void end_others() {
        if (!waits_ && pending_ != Pending::none && pending_ != Pending::detach) {
            ended_ = std::exchange(pending_, Pending::none);
            caller_->give_up(attachment_.context());
        }
    }

    /// Runs a method within its bound; memory that runs out in it is E_OUTOFMEMORY.
    template <typename Method>
    Hresult bounded(Pending method, std::chrono::milliseconds WaitBounds::*bound, Method&& run) noexcept {
        Hresult result = enter(method, bound);
        if (result != Hresult::S_OK_) {
            return result;
        }
        try {
            result = std::forward<Method>(run)();
            if (result == Hresult::E_PENDING_) {
                result = pending_until_deadline();
            }
        } catch (const std::bad_alloc&) {
            result = Hresult::E_OUTOFMEMORY_;
        }
        if (result != Hresult::E_PENDING_ && within_interface_ == 0) {
            pending_ = Pending::none;
            if ((method == Pending::attach || method == Pending::reconnect) && result == Hresult::S_OK_) {
                own_reset_ = false;
            }
            if (method == Pending::attach && result == Hresult::S_OK_) {
                ended_ = Pending::none;  // what was ended belonged to the attachment before
            }
        }
        leave();
        return result;
    }

    ResourceManager& manager_;
    std::unique_ptr<resource_manager::Caller> caller_;
    const bool waits_;
    Attachment attachment_;
    AttachmentChannel channel_;
    RandomSource random_;
    MethodQueue queue_;
    bool own_reset_ = false;          ///< the reset that SCardStatus tells of may be this object's
    mutable std::mutex shown_mutex_;  ///< guards the next three
    std::vector<AttachmentEvents*> events_;
    Shown shown_;
    WaitBounds bounds_;
    unsigned within_interface_ = 0;         ///< methods of other interfaces that run, one within the other
    std::chrono::nanoseconds deadline_{0};  ///< of the method that runs, or was answered E_PENDING
    // Where callers do not wait:
    Pending pending_ = Pending::none;                        ///< the method that was answered E_PENDING
    Pending ended_ = Pending::none;                          ///< the one of them that Detach has ended, until it knows
    bool interface_pending_ = false;                         ///< a method of another interface was answered E_PENDING
    std::optional<std::chrono::nanoseconds> lock_deadline_;  ///< of a lock that was answered E_PENDING
};

}  // namespace

std::unique_ptr<ISCardManage> make_iscard_manage(ResourceManager& manager, RandomSource random) {
    return std::make_unique<Manage>(manager, std::nullopt, std::move(random));
}

std::unique_ptr<ISCardManage> make_iscard_manage(ResourceManager& manager, Context context) {
    return std::make_unique<Manage>(manager, context, system_random);
}

}  // namespace scardlab::service_provider
