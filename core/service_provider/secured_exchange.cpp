#include "core/service_provider/secured_exchange.h"

#include <utility>

#include "core/service_provider/hold.h"
#include "core/service_provider/secure_channel.h"

namespace scardlab::service_provider {

namespace {

/// Keeps the counters of both sides in step, or closes the secure channel.
class InStep {
  public:
    explicit InStep(CardChannel& channel) : channel_(channel), before_(channel.secure_channel()->session().counter) {}
    ~InStep() {
        if (card_ == Card::may_have_counted) {
            channel_.set_secure_channel(nullptr);
            return;
        }
        SecureChannel* const present = channel_.secure_channel();
        if (card_ == Card::has_not_counted && present != nullptr) {
            present->session().counter = before_;
        }
    }
    InStep(const InStep&) = delete;
    InStep& operator=(const InStep&) = delete;

    enum class Card : std::uint8_t { has_not_counted, may_have_counted, has_counted };
    void card(Card card) { card_ = card; }

  private:
    CardChannel& channel_;
    decltype(iso7816::SecureSession::counter) before_;
    Card card_ = Card::has_not_counted;
};

/// On a card that is held.
Hresult exchange_held(CardChannel& channel, const iso7816::CommandApdu& command, const WholeExchange& send,
                      iso7816::Bytes& response) {
    InStep in_step(channel);
    iso7816::SecureSession& keys = channel.secure_channel()->session();
    const iso7816::Bytes secured = iso7816::protect_command(keys, command);
    if (secured.empty()) {
        return Hresult::E_FAIL_;
    }
    iso7816::Bytes answer;
    in_step.card(InStep::Card::may_have_counted);
    const Hresult result = send(secured, answer);
    if (result != Hresult::S_OK_) {
        if (result == Hresult::E_PENDING_) {
            in_step.card(InStep::Card::has_not_counted);  // nothing was sent
        }
        return result;
    }
    auto plain = iso7816::unprotect_response(keys, answer);
    if (!plain) {
        return hr::security_violation;
    }
    in_step.card(InStep::Card::has_counted);
    response = *std::move(plain);
    return Hresult::S_OK_;
}

}  // namespace

Hresult secured_exchange(CardChannel& channel, const iso7816::CommandApdu& command, const WholeExchange& send,
                         iso7816::Bytes& response) {
    if (command.data.size() > iso7816::most_protected_nc) {
        return Hresult::E_INVALIDARG_;
    }
    const Turn turn(channel);  // one pair of counters, one exchange at a time
    if (turn.begun() != Hresult::S_OK_) {
        return turn.begun();
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
