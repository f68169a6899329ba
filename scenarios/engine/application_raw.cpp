// The calls of an application that are the resource manager's own verbs, on a context and a handle of its own.
#include <utility>

#include "scenarios/engine/application.h"
#include "scenarios/engine/state_words.h"

namespace scardlab::engine {

namespace {

namespace rm = resource_manager;

constexpr rm::Protocols any_protocol = rm::protocol_t0 | rm::protocol_t1;

}  // namespace

std::optional<Reply> Application::raw_call(Method method, const Arguments& arguments) {
    if (established_ != rm::Code::success) {  // a context that has died stays dead, one that never was is tried again
        established_ = manager_.establish_context(context_);
        if (established_ != rm::Code::success) {
            return finish(established_);
        }
    }
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
