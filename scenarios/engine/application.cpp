#include "scenarios/engine/application.h"

#include <utility>

#include "scenarios/engine/state_words.h"

namespace scardlab::engine {

namespace {

namespace rm = resource_manager;
namespace sp = service_provider;

constexpr rm::Protocols any_protocol = rm::protocol_t0 | rm::protocol_t1;
/// A handle that no resource manager gives.
constexpr rm::Handle unknown_handle{-1};

}  // namespace

Application::Application(rm::ResourceManager& manager, std::string default_reader, bool shared_manager)
    : manager_(manager),
      default_reader_(std::move(default_reader)),
      shared_manager_(shared_manager),
      established_(manager.establish_context(context_)) {
    manage_ = sp::make_iscard_manage(manager_, context_);
}

Application::~Application() {
    manage_.reset();
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

Reply Application::cancel() {
    Reply reply;  // nothing of this object is read but the context: another thread may be in a call
    reply.code = rm::name(manager_.cancel(context_));
    return reply;
}

std::optional<Reply> Application::call(Method method, const Arguments& arguments) {
    if (established_ != rm::Code::success) {
        return finish(established_);
    }
    switch (method) {
        case Method::AttachByIFD:
        case Method::AttachByHandle:
        case Method::Detach:
        case Method::Reconnect:
        case Method::SCardLock:
        case Method::SCardUnlock:
        case Method::Status:
        case Method::Transmit:
            return interface_call(method, arguments);
        default:
            return raw_call(method, arguments);
    }
}

std::optional<Reply> Application::interface_call(Method method, const Arguments& arguments) {
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
        default:
            return transmit(arguments);
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

std::optional<Reply> Application::raw_call(Method method, const Arguments& arguments) {
    switch (method) {
        case Method::SCardConnect:
            return raw_connect(arguments);
        case Method::SCardReconnect:
            return raw_reconnect(arguments);
        case Method::SCardDisconnect:
            return raw_disconnect(arguments);
        case Method::SCardBeginTransaction:
            return finish(manager_.begin_transaction(raw_handle()));
        case Method::SCardEndTransaction:
            return finish(
                manager_.end_transaction(raw_handle(), arguments.disposition.value_or(rm::Disposition::leave)));
        case Method::SCardTransmit:
            return raw_transmit(arguments);
        case Method::SCardStatus:
            return raw_status();
        case Method::SCardGetStatusChange:
            return raw_status_change(arguments);
        case Method::SCardCancel:
            return cancel();
        default:
            return raw_bytes(method, arguments);
    }
}

std::optional<Reply> Application::raw_connect(const Arguments& arguments) {
    const rm::ConnectResult result =
        manager_.connect(context_, reader(arguments), arguments.share.value_or(rm::ShareMode::shared),
                         arguments.protocols.value_or(any_protocol));
    Reply reply;
    if (result.code == rm::Code::success) {
        raw_handle_ = result.handle;
        raw_protocol_ = result.active_protocol;
        reply.protocol = result.active_protocol;
    }
    return finish(result.code, std::move(reply));
}

std::optional<Reply> Application::raw_reconnect(const Arguments& arguments) {
    const rm::ReconnectResult result = manager_.reconnect(raw_handle(), arguments.share.value_or(rm::ShareMode::shared),
                                                          arguments.protocols.value_or(any_protocol),
                                                          arguments.initialization.value_or(rm::Disposition::leave));
    Reply reply;
    if (result.code == rm::Code::success) {
        raw_protocol_ = result.active_protocol;
        reply.protocol = result.active_protocol;
    }
    return finish(result.code, std::move(reply));
}

std::optional<Reply> Application::raw_disconnect(const Arguments& arguments) {
    const rm::Code code = manager_.disconnect(raw_handle(), arguments.disposition.value_or(rm::Disposition::leave));
    if (code == rm::Code::success) {
        raw_handle_.reset();
    }
    return finish(code);
}

std::optional<Reply> Application::raw_transmit(const Arguments& arguments) {
    const rm::Protocols in_force = raw_handle_ ? raw_protocol_ : manage_->active_protocol();
    iso7816::Bytes response;
    const rm::Code code =
        manager_.transmit(raw_handle(), arguments.pci.value_or(in_force), arguments.apdu.value_or(iso7816::Bytes{}),
                          response, arguments.receive_limit.value_or(65'538));
    Reply reply;
    if (code == rm::Code::success) {
        reply.response = std::move(response);
    }
    return finish(code, std::move(reply));
}

std::optional<Reply> Application::raw_status() {
    const rm::StatusResult result = manager_.status(raw_handle());
    Reply reply;
    if (result.code == rm::Code::success) {
        reply.state = words(result.state);
        reply.protocol = result.protocol;
        reply.event_count = result.event_count;
        const auto atr = result.atr.bytes();
        reply.atr = iso7816::Bytes(atr.begin(), atr.end());
    }
    return finish(result.code, std::move(reply));
}

std::optional<Reply> Application::raw_status_change(const Arguments& arguments) {
    std::vector<rm::ReaderState> states(1);
    states[0].reader = reader(arguments);
    states[0].current_state =
        arguments.remembered.value_or(false) ? last_event_state_ : arguments.current_state.value_or(rm::watch_unaware);
    const rm::Code code = manager_.get_status_change(context_, arguments.timeout, states);
    Reply reply;
    if (code == rm::Code::success) {
        last_event_state_ = states[0].event_state & ~rm::watch_changed;
        reply.state = watch_words(states[0].event_state & 0xFFFF);
        reply.event_count = static_cast<std::uint16_t>(states[0].event_state >> 16);
        reply.atr = states[0].atr;
    }
    return finish(code, std::move(reply));
}

std::optional<Reply> Application::raw_bytes(Method method, const Arguments& arguments) {
    Reply reply;
    iso7816::Bytes output;
    rm::Code code;
    if (method == Method::SCardListReaders) {
        std::vector<std::string> readers;
        code = manager_.list_readers(context_, readers);
        if (code == rm::Code::success) {
            reply.readers = std::move(readers);
        }
        return finish(code, std::move(reply));
    }
    if (method == Method::SCardControl) {
        code = manager_.control(raw_handle(), arguments.control_code.value_or(0),
                                arguments.input.value_or(iso7816::Bytes{}), output);
    } else {
        code = manager_.get_attrib(raw_handle(), arguments.attribute.value_or(0), output);
    }
    if (code == rm::Code::success) {
        reply.response = std::move(output);
    }
    return finish(code, std::move(reply));
}

}  // namespace scardlab::engine
