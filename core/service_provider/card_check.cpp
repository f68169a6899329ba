// Attachment's part that finds out what is true of the card.
#include <array>

#include "core/service_provider/attachment.h"
#include "core/service_provider/scoped_handle.h"

namespace scardlab::service_provider {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Disposition;
using resource_manager::Handle;
using resource_manager::Protocols;
using resource_manager::ReaderState;
using resource_manager::ShareMode;
using resource_manager::StatusResult;

namespace {

/// GET DATA of tag 0000, which names no data object (ISO/IEC 7816-4 clause 11.4.3): any card refuses it, and whatever
/// the refusal ends (a chain of commands, data that GET RESPONSE would bring, secure messaging) the failed exchange
/// before it has ended already. Neither current file nor security status nor a counter changes.
constexpr std::array<std::uint8_t, 5> harmless_command{0x00, 0xCA, 0x00, 0x00, 0x00};

/// A transaction that ends with the scope.
class ScopedTransaction {
  public:
    ScopedTransaction(resource_manager::ResourceManager& manager, Handle handle)
        : manager_(manager), handle_(handle), begun_(manager.begin_transaction(handle)) {}
    ~ScopedTransaction() {
        try {
            if (begun_ == Code::success) {
                manager_.end_transaction(handle_, Disposition::leave);
            }
        } catch (const std::bad_alloc&) {
            // It ends with the handle.
        }
    }
    ScopedTransaction(const ScopedTransaction&) = delete;
    ScopedTransaction& operator=(const ScopedTransaction&) = delete;

    Code begun() const { return begun_; }

  private:
    resource_manager::ResourceManager& manager_;
    Handle handle_;
    Code begun_;
};

}  // namespace

std::optional<Attachment::Look> Attachment::look(const std::string& reader) {
    std::array<ReaderState, 1> states;
    states[0].reader = reader;
    if (verbs().get_status_change(context_, std::chrono::milliseconds(0), states) != Code::success) {
        return std::nullopt;
    }
    return Look{states[0].event_state & 0xFFFF, static_cast<std::uint16_t>(states[0].event_state >> 16),
                !states[0].atr.empty()};
}

/// Whether the card in the reader has not answered its last reset, and so nobody.
bool Attachment::is_silent() {
    const auto seen = look(reader_);
    return seen && (seen->state & resource_manager::watch_present) != 0 &&
           (!seen->has_atr || (seen->state & resource_manager::watch_mute) != 0);
}

/// Rule G1: the counter counts each removal that was seen.
bool Attachment::no_removal_since_known() {
    const auto seen = look(reader_);
    return seen && present_count_ && *present_count_ == seen->event_count;
}

/// success, no_smartcard, unsupported_feature where the driver does not say, not_yet.
Code Attachment::driver_sees_card(Handle handle) {
    iso7816::Bytes presence;
    const Code code = verbs().get_attrib(handle, resource_manager::attribute_icc_presence, presence);
    if (code == Code::success && !presence.empty()) {
        return presence[0] != 0 ? Code::success : Code::no_smartcard;
    }
    return code == Code::not_yet ? code : Code::unsupported_feature;
}

/// The resource manager says that the reader is empty. no_smartcard: it is; success: it is not (rules R11, T5).
Code Attachment::is_in_reader(const StatusResult& before) {
    Code seen = Code::unsupported_feature;
    if (before.code == Code::success) {
        seen = driver_sees_card(handle_);
    } else if (may_visit(before)) {
        // A handle of its own has nothing pending that would keep the driver from being asked (rule E8).
        const ConnectResult visit = verbs().connect(context_, reader_, ShareMode::direct, 0);
        if (visit.code == Code::not_yet) {
            return visit.code;
        }
        if (visit.code == Code::success) {
            ScopedHandle visitor(verbs());
            visitor.own(visit.handle);
            seen = driver_sees_card(visit.handle);
        }
    }
    if (seen != Code::unsupported_feature) {
        return seen;
    }
    // No other handle has a removal to be told of when this one has the reader for itself and has not been told of one.
    const bool sure = alone() && before.code != Code::removed_card;
    return sure || no_removal_since_known() ? Code::success : Code::no_smartcard;
}

/// Whether the card answers at all. unresponsive_card: it does not; another code: it cannot be asked now.
Code Attachment::answers(Handle handle, Protocols protocol) {
    if (protocol != resource_manager::protocol_t0 && protocol != resource_manager::protocol_t1) {
        return Code::success;
    }
    const ScopedTransaction transaction(verbs(), handle);
    if (transaction.begun() != Code::success) {
        return transaction.begun();
    }
    iso7816::Bytes response;
    const Code code = verbs().transmit(handle, protocol, harmless_command, response);
    switch (code) {
        case Code::success:
            return response.size() < 2 ? Code::unresponsive_card : Code::success;
        case Code::not_transacted:
        case Code::comm_error:
            return Code::unresponsive_card;
        case Code::removed_card:
            return Code::no_smartcard;
        default:
            return code;
    }
}

}  // namespace scardlab::service_provider
