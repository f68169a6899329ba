#pragma once

#include <functional>

#include "core/service_provider/card_channel.h"
#include "emulator/iso7816/apdu.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

/// Sends a command as it is and brings its whole response (data and SW1SW2).
using WholeExchange = std::function<Hresult(iso7816::ByteView command, iso7816::Bytes& response)>;

/// CardChannel::exchange with `secured`, on a channel that is attached: protects the command, sends it by `send` and
/// takes the response out of its protection; as one method for other threads, and in a hold of the card, so that no
/// other application's command comes between the parts of a response. May throw std::bad_alloc: then the secure channel
/// is as before, or closed when the command was sent.
Hresult secured_exchange(CardChannel& channel, const iso7816::CommandApdu& command, const WholeExchange& send,
                         iso7816::Bytes& response);

}  // namespace scardlab::service_provider
