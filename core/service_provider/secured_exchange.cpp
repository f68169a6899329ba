#include "core/service_provider/secured_exchange.h"

#include <utility>

#include "core/service_provider/hold.h"
#include "core/service_provider/secure_channel.h"

namespace scardlab::service_provider {

namespace {

/// Keeps other threads out while it lives: one pair of counters, one exchange at a time.
class Method {
  public:
    explicit Method(CardChannel& channel) : channel_(channel), begun_(channel.begin_method()) {}
    ~Method() {
        if (begun_ == Hresult::S_OK_) {
            channel_.end_method();
        }
    }
    Method(const Method&) = delete;
    Method& operator=(const Method&) = delete;

    Hresult begun() const { return begun_; }

  private:
    CardChannel& channel_;
    Hresult begun_;
};

/// Closes the secure channel unless told that its counters are in step with the card's.
class InStep {
  public:
    explicit InStep(CardChannel& channel) : channel_(channel) {}
    ~InStep() {
        if (!kept_) {
            channel_.set_secure_channel(nullptr);
        }
    }
    InStep(const InStep&) = delete;
    InStep& operator=(const InStep&) = delete;

    void keep() { kept_ = true; }

  private:
    CardChannel& channel_;
    bool kept_ = false;
};

/// On a card that is held.
Hresult exchange_held(CardChannel& channel, const iso7816::CommandApdu& command, const WholeExchange& send,
                      iso7816::Bytes& response) {
    iso7816::SecureSession keys = channel.secure_channel()->session();
    const iso7816::Bytes secured = iso7816::protect_command(keys, command);
    iso7816::Bytes answer;
    InStep in_step(channel);
    const Hresult result = send(secured, answer);
    if (result != Hresult::S_OK_) {
        if (result == Hresult::E_PENDING_) {
            in_step.keep();  // nothing was sent
        }
        return result;
    }
    auto plain = iso7816::unprotect_response(keys, answer);
    if (!plain) {
        return hr::security_violation;
    }
    channel.secure_channel()->session() = std::move(keys);
    in_step.keep();
    response = *std::move(plain);
    return Hresult::S_OK_;
}

}  // namespace

Hresult secured_exchange(CardChannel& channel, const iso7816::CommandApdu& command, const WholeExchange& send,
                         iso7816::Bytes& response) {
    if (command.data.size() > iso7816::most_protected_nc) {
        return Hresult::E_INVALIDARG_;
    }
    const Method method(channel);
    if (method.begun() != Hresult::S_OK_) {
        return method.begun();
    }
    if (channel.secure_channel() == nullptr) {
        return hr::card_not_authenticated;
    }
    Hold hold(channel);
    if (hold.begun() != Hresult::S_OK_) {
        return hold.begun();
    }
    iso7816::Bytes plain;
    const Hresult result = hold.end(exchange_held(channel, command, send, plain));
    if (result == Hresult::S_OK_) {
        response = std::move(plain);
    }
    return result;
}

}  // namespace scardlab::service_provider
