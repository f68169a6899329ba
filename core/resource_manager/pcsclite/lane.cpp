#include "core/resource_manager/pcsclite/lane.h"

#include <new>
#include <system_error>
#include <utility>

namespace scardlab::resource_manager {
namespace {

/// SCARD_ATTR_VENDOR_NAME: no driver asks its reader for it.
constexpr std::uint32_t cheap_attribute = 0x00010100;

}  // namespace

std::unique_ptr<Lane> Lane::make(std::unique_ptr<ResourceManager> verbs) {
    std::unique_ptr<Lane> lane(new Lane(std::move(verbs)));
    try {
        lane->thread_ = std::thread([raw = lane.get()] { raw->run(); });
    } catch (const std::system_error&) {
        return nullptr;
    }
    return lane;
}

void Lane::let_go(std::unique_ptr<Lane> lane) {
    std::unique_lock lock(lane->mutex_);
    if (lane->working_) {
        lane->ownerless_ = true;
        lane->given_up_ = true;
        lane->thread_.detach();
        lock.unlock();
        static_cast<void>(lane.release());  // the thread's now
        return;
    }
    lane->ending_ = true;
    lane->asked_.notify_all();
    lock.unlock();
    lane->thread_.join();
}

void Lane::start() {
    const std::lock_guard lock(mutex_);
    answer_.code = Code::success;
    working_ = true;
    given_up_ = false;
    asked_.notify_all();
}

Lane::Wait Lane::await_idle(Time until, const std::atomic<bool>& interrupted) {
    std::unique_lock lock(mutex_);
    const auto reached = [&] { return !working_ || interrupted; };
    if (until == Time::max()) {
        changed_.wait(lock, reached);
    } else {
        changed_.wait_until(lock, until, reached);
    }
    return !working_ ? Wait::over : interrupted ? Wait::interrupted : Wait::late;
}

bool Lane::idle() const {
    const std::lock_guard lock(mutex_);
    return !working_;
}

bool Lane::give_up() {
    const std::lock_guard lock(mutex_);
    given_up_ = working_;
    return working_;
}

bool Lane::close_when_idle() {
    const std::lock_guard lock(mutex_);
    closing_ = working_;
    return working_;
}

void Lane::poke() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

bool Lane::given_up() const {
    const std::lock_guard lock(mutex_);
    return given_up_;
}

/// Works without the mutex.
template <typename Work>
void Lane::out_of(std::unique_lock<std::mutex>& lock, Work work) {
    lock.unlock();
    try {
        work();
    } catch (const std::bad_alloc&) {
        answer_.code = Code::no_memory;
    }
    lock.lock();
}

void Lane::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        asked_.wait(lock, [this] { return working_ || ending_; });
        if (!working_) {
            return;
        }
        out_of(lock, [this] { perform(); });
        if (given_up_) {
            out_of(lock, [this] { undo(); });
        }
        if (closing_ || ownerless_) {
            out_of(lock, [this] { close(); });
        }
        working_ = false;
        if (ownerless_) {
            lock.unlock();
            delete this;
            return;
        }
        changed_.notify_all();
    }
}

void Lane::perform() {
    switch (request_.verb) {
        case Verb::establish:
            answer_.code = verbs_->establish_context(answer_.context);
            return;
        case Verb::release:
            answer_.code = verbs_->release_context(request_.context);
            return;
        case Verb::list:
            answer_.code = verbs_->list_readers(request_.context, answer_.readers);
            return;
        case Verb::watch:
            answer_.states = request_.states;
            answer_.code = verbs_->get_status_change(request_.context, request_.timeout, answer_.states);
            return;
        case Verb::cancel:
            answer_.code = verbs_->cancel(request_.context);
            return;
        case Verb::connect:
            connect();
            return;
        case Verb::close:
            close();
            return;
        default:
            break;
    }
    if (request_.ask_first) {
        answer_.code = verbs_->get_attrib(request_.handle, cheap_attribute, answer_.data);
        if (answer_.code == Code::sharing_violation || given_up()) {
            return;
        }
    }
    perform_on_handle();
}

void Lane::perform_on_handle() {
    const Handle handle = request_.handle;
    switch (request_.verb) {
        case Verb::reconnect: {
            const ReconnectResult result =
                verbs_->reconnect(handle, request_.share, request_.protocols, request_.disposition);
            answer_.code = result.code;
            answer_.protocol = result.active_protocol;
            return;
        }
        case Verb::disconnect:
            disconnect();
            return;
        case Verb::begin:
            answer_.code = verbs_->begin_transaction(handle);
            return;
        case Verb::end:
            answer_.code = verbs_->end_transaction(handle, request_.disposition);
            return;
        case Verb::status:
            answer_.status = verbs_->status(handle);
            answer_.code = answer_.status.code;
            return;
        case Verb::transmit:
            answer_.code =
                verbs_->transmit(handle, request_.protocols, request_.data, answer_.data, request_.receive_limit);
            return;
        case Verb::control:
            answer_.code = verbs_->control(handle, request_.number, request_.data, answer_.data);
            return;
        case Verb::attrib:
            answer_.code = verbs_->get_attrib(handle, request_.number, answer_.data);
            return;
        default:
            return;
    }
}

void Lane::connect() {
    answer_.handle = {};
    answer_.protocol = protocol_undefined;
    answer_.code = verbs_->establish_context(own_context_);
    if (answer_.code != Code::success) {
        own_context_ = {};
        return;
    }
    if (given_up()) {
        return;
    }
    const ConnectResult result = verbs_->connect(own_context_, request_.reader, request_.share, request_.protocols);
    answer_.code = result.code;
    answer_.protocol = result.active_protocol;
    answer_.handle = result.handle;
    if (result.code == Code::success) {
        own_handle_ = result.handle;
    } else {
        close();
    }
}

void Lane::disconnect() {
    answer_.code = verbs_->disconnect(request_.handle, request_.disposition);
    if (request_.handle == own_handle_ && answer_.code != Code::invalid_value) {
        own_handle_ = {};
        close();
    }
}

/// What nobody asked for any more. A handle of the lane's own whose command was at the card, or whose reset came late,
/// has been given up with it.
void Lane::undo() {
    switch (request_.verb) {
        case Verb::establish:
            if (answer_.code == Code::success) {
                verbs_->release_context(answer_.context);
            }
            return;
        case Verb::begin:
            if (answer_.code == Code::success) {
                verbs_->end_transaction(request_.handle, Disposition::leave);
            }
            return;
        case Verb::connect:
        case Verb::reconnect:
        case Verb::transmit:
        case Verb::control:
        case Verb::end:
        case Verb::disconnect:
            close();
            return;
        default:
            return;
    }
}

void Lane::close() {
    if (own_handle_ != Handle{}) {
        verbs_->disconnect(std::exchange(own_handle_, Handle{}), Disposition::leave);
    }
    if (own_context_ != Context{}) {
        verbs_->release_context(std::exchange(own_context_, Context{}));
    }
}

}  // namespace scardlab::resource_manager
