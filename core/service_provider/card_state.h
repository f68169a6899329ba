#pragma once

#include <cstdint>
#include <string_view>

#include "core/resource_manager/resource_manager.h"

namespace scardlab::service_provider {

/// ISCardManage::Status's enumeration (Microsoft Learn, ISCardManage::get_Status): one value, the most advanced that
/// holds, not pcsc-lite's bit field. The words mean what they mean in Windows' SCardStatus: NEGOTIABLEMODE is a card
/// that was reset and awaits the choice of a protocol, SPECIFICMODE one with a protocol in force. pcscd never sets its
/// bit SPECIFIC: it is derived from NEGOTIABLE together with an active protocol T=0, T=1 or T=15 (RAW is chosen without
/// the card and stays NEGOTIABLEMODE). A mute card is SWALLOWED, an unpowered one PRESENT, a failed reader UNKNOWN.
enum class CardState : std::uint8_t { UNKNOWN, ABSENT, PRESENT, SWALLOWED, POWERED, NEGOTIABLEMODE, SPECIFICMODE };

/// "ABSENT", "PRESENT", ...
std::string_view name(CardState state);

/// The state for pcsc-lite's bits and the active protocol of the same SCardStatus.
CardState card_state(resource_manager::StateBits state, resource_manager::Protocols active_protocol);

}  // namespace scardlab::service_provider
