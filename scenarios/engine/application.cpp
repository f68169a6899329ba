#include "scenarios/engine/application.h"

#include <utility>

#include "scenarios/engine/script/words.h"
#include "scenarios/engine/state_words.h"

namespace scardlab::engine {

namespace {

namespace rm = resource_manager;
namespace sp = service_provider;

constexpr rm::Protocols any_protocol = rm::protocol_t0 | rm::protocol_t1;

/// Bounds of the waits of one call.
class Bounds {
  public:
    Bounds(sp::ISCardManage& manage, std::optional<std::chrono::milliseconds> bound)
        : manage_(manage), before_(manage.bounds()) {
        if (bound) {
            manage_.SetBounds({*bound, *bound});
        }
    }
    ~Bounds() { manage_.SetBounds(before_); }
    Bounds(const Bounds&) = delete;
    Bounds& operator=(const Bounds&) = delete;

  private:
    sp::ISCardManage& manage_;
    sp::WaitBounds before_;
};

/// A handle that no resource manager gives.
constexpr rm::Handle unknown_handle{-1};

}  // namespace

Application::Application(rm::ResourceManager& manager, std::string default_reader, bool shared_manager,
                         sp::RandomSource random)
    : manager_(manager),
      default_reader_(std::move(default_reader)),
      shared_manager_(shared_manager),
      established_(manager.establish_context(context_)),
      manage_(sp::make_iscard_manage(manager, std::move(random))),
      interfaces_(*manage_) {}

Application::~Application() {
    if (established_ == rm::Code::success) {
        manager_.release_context(context_);
    }
}

unsigned Application::handles() const {
    const bool borrowed = raw_handle_ && manage_->attached() && manage_->handle() == *raw_handle_;
    return (raw_handle_ ? 1U : 0U) + (manage_->attached() && !borrowed ? 1U : 0U);
}

std::string Application::holds() const {
    std::string text;
    if (manage_->attached()) {
        text = "an attachment in " + protocol_word(manage_->active_protocol());
    }
    if (raw_handle_) {
        text += (text.empty() ? "" : ", ") + std::string("a handle of its own in ") + protocol_word(raw_protocol_);
    }
    return text.empty() ? "nothing" : text;
}

std::optional<Reply> Application::finish(sp::Hresult result, Reply reply) const {
    if (result == sp::Hresult::E_PENDING_) {
        return std::nullopt;
    }
    reply.code = sp::name(result);
    reply.handle = raw_handle_number();
    reply.handles = handles();
    reply.holds = holds();
    return reply;
}

std::optional<Reply> Application::finish(rm::Code code, Reply reply) const {
    if (code == rm::Code::not_yet) {
        return std::nullopt;
    }
    reply.code = rm::name(code);
    if (reply.code.empty()) {
        reply.code = sp::name(sp::from_code(code));  // a number without a name, in hexadecimal
    }
    reply.handle = raw_handle_number();
    reply.handles = handles();
    reply.holds = holds();
    return reply;
}

rm::Handle Application::raw_handle() const {
    return raw_handle_.value_or(manage_->handle());
}

std::string Application::reader(const Arguments& arguments) const {
    return arguments.reader.value_or(default_reader_);
}

Reply Application::cancel(Method method, const Arguments& arguments) {
    Reply reply;  // of this object only the context and what takes care of itself: another thread may be in a call
    switch (method) {
        case Method::CancelWait:
            reply.code = sp::name(interfaces_.cancel_wait());
            break;
        case Method::Detach:
            reply.code = sp::name(manage_->Detach(arguments.disposition.value_or(rm::Disposition::leave)));
            break;
        default:
            reply.code = std::string(rm::name(manager_.cancel(context_)));
            break;
    }
    return reply;
}

std::vector<rm::Context> Application::contexts() const {
    return {context_, manage_->context()};
}

std::optional<Reply> Application::call(Method method, const Arguments& arguments) {
    if (ends_a_wait(method)) {
        return cancel(method, arguments);
    }
    return script::facts(method).of_interface ? interface_call(method, arguments) : raw_call(method, arguments);
}

std::optional<Reply> Application::interface_call(Method method, const Arguments& arguments) {
    const Bounds bounds(*manage_, arguments.bound);
    switch (method) {
        case Method::AttachByIFD:
        case Method::AttachByHandle:
            return attach(method, arguments);
        case Method::Detach:
            return finish(manage_->Detach(arguments.disposition.value_or(rm::Disposition::leave)));
        case Method::Reconnect:
            return reconnect(arguments);
        case Method::SCardLock:
            return finish(manage_->SCardLock());
        case Method::SCardUnlock:
            return finish(manage_->SCardUnlock(arguments.disposition.value_or(rm::Disposition::leave)));
        case Method::Status:
            return status();
        case Method::Transmit:
            return transmit(arguments);
        default: {
            Reply reply;
            const sp::Hresult result = interfaces_.call(method, arguments, reply);
            return finish(result, std::move(reply));
        }
    }
}

std::optional<std::int64_t> Application::raw_handle_number() const {
    return raw_handle_ ? std::optional(raw_handle_->value) : std::nullopt;
}

/// libpcsclite looks handles up in a table of the process (rule R1). A manager that serves several applications knows
/// them all, so the boundary between the processes that these stand for is drawn here.
rm::Handle Application::handle_to_attach(const Arguments& arguments) const {
    if (arguments.handle_of.value_or("own") == "own") {
        return raw_handle_.value_or(rm::Handle{});
    }
    return shared_manager_ || !arguments.foreign_handle ? unknown_handle : rm::Handle{*arguments.foreign_handle};
}

std::optional<Reply> Application::attach(Method method, const Arguments& arguments) {
    sp::AttachOptions options;
    options.share = arguments.share.value_or(options.share);
    options.protocols = arguments.protocols.value_or(options.protocols);
    sp::Hresult result;
    if (method == Method::AttachByIFD) {
        result = manage_->AttachByIFD(reader(arguments), options);
    } else {
        result = manage_->AttachByHandle(handle_to_attach(arguments), options);
    }
    Reply reply;
    if (result == sp::Hresult::S_OK_) {
        reply.protocol = manage_->active_protocol();
    }
    return finish(result, std::move(reply));
}

std::optional<Reply> Application::reconnect(const Arguments& arguments) {
    const bool extended = arguments.share || arguments.protocols || arguments.initialization;
    const sp::Hresult result = extended ? manage_->Reconnect(arguments.share.value_or(rm::ShareMode::shared),
                                                             arguments.protocols.value_or(any_protocol),
                                                             arguments.initialization.value_or(rm::Disposition::leave))
                                        : manage_->Reconnect();
    Reply reply;
    if (result == sp::Hresult::S_OK_) {
        reply.protocol = manage_->active_protocol();
    }
    return finish(result, std::move(reply));
}

std::optional<Reply> Application::status() {
    sp::CardState state{};
    rm::Protocols protocols = 0;
    const sp::Hresult result = manage_->Status(&state, &protocols);
    Reply reply;
    if (result == sp::Hresult::S_OK_) {
        reply.state = std::vector<std::string>{word(state)};
        reply.protocol = protocols;
        iso7816::Bytes atr;
        if (manage_->Atr(atr) == sp::Hresult::S_OK_) {
            reply.atr = std::move(atr);
        }
    }
    return finish(result, std::move(reply));
}

std::optional<Reply> Application::transmit(const Arguments& arguments) {
    iso7816::Bytes response;
    const sp::Hresult result = manage_->Transmit(arguments.apdu.value_or(iso7816::Bytes{}), response);
    Reply reply;
    if (result == sp::Hresult::S_OK_) {
        reply.response = std::move(response);
    }
    return finish(result, std::move(reply));
}

}  // namespace scardlab::engine
