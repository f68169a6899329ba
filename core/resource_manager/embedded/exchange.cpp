// SCardStatus, SCardTransmit, SCardControl, SCardGetAttrib.
#include "core/resource_manager/embedded/impl.h"
#include "core/resource_manager/embedded/protocol_choice.h"

namespace scardlab::resource_manager {
namespace {

/// MAX_BUFFER_SIZE_EXTENDED (pcsclite.h).
constexpr std::size_t max_message = 4 + 3 + (1 << 16) + 3 + 2;

/// What attribute_icc_presence answers: no card, a card that the reader has whole.
constexpr std::uint8_t icc_absent = 0, icc_present = 2;

/// SCARD_ATTR_DEVICE_FRIENDLY_NAME and SCARD_ATTR_DEVICE_SYSTEM_NAME (reader.h).
constexpr std::uint32_t attribute_friendly_name = 0x7FFF0003, attribute_system_name = 0x7FFF0004;

/// winscard.c:1568-1590: whether the card can be spoken to in that protocol.
Code check_protocol(const ReaderStatus& status, Protocols pci) {
    if (pci == protocol_raw) {
        return Code::success;
    }
    if ((status.state & state_absent) != 0) {
        return Code::no_smartcard;
    }
    return pci == protocol_any_old || pci == status.protocol ? Code::success : Code::proto_mismatch;
}

/// The lookups that Control and GetAttrib share: no retry while another handle holds the lock.
Code check_untried(const OpenHandle* open) {
    if (open->reader == nullptr) {
        return open->dead ? Code::no_service : Code::invalid_value;
    }
    if (!open->reader->lock().open_to(open->handle)) {
        return Code::sharing_violation;
    }
    return open->reader->check_status();
}

}  // namespace

StatusResult EmbeddedResourceManager::Impl::status(Handle handle) {
    StatusResult result;
    OpenHandle* open = nullptr;
    if (result.code = look_up(handle, open); result.code != Code::success) {
        return result;
    }
    if (readers_.find(open->reader_name) == nullptr) {
        result.code = Code::reader_unavailable;
    } else if (open->reader == nullptr) {
        result.code = Code::invalid_value;  // another reader has the name now
    } else if (!open->reader->lock().open_to(handle)) {
        result.code = Code::not_yet;
    } else if (open->notice != Notice::none) {
        result.code = code_of(open->notice);
    } else {
        result.code = open->reader->check_status();
    }
    if (result.code != Code::success) {
        return result;
    }
    const ReaderStatus& status = open->reader->status();
    result.reader = open->reader_name;
    result.state = status.state;
    result.event_count = status.event_counter;
    result.protocol = status.protocol;
    result.atr = iso7816::Atr::parse(status.atr.bytes()).value_or(iso7816::Atr{});
    return result;
}

Code EmbeddedResourceManager::Impl::transmit(Handle handle, Protocols pci, iso7816::ByteView command,
                                             iso7816::Bytes& response, std::size_t receive_limit) {
    response.clear();
    OpenHandle* open = nullptr;
    if (const Code found = look_up(handle, open); found == Code::invalid_handle) {
        return found;
    }
    if (command.size() > max_message) {
        return Code::insufficient_buffer;
    }
    if (open->reader == nullptr) {
        return open->dead ? Code::no_service : Code::invalid_value;
    }
    Reader& reader = *open->reader;
    if (!reader.lock().open_to(handle)) {
        return Code::not_yet;
    }
    if (const Code code = reader.check_status(); code != Code::success) {
        return code;
    }
    if (open->notice != Notice::none) {
        return code_of(open->notice);
    }
    if (const Code code = check_protocol(reader.status(), pci); code != Code::success) {
        return code;
    }
    Code code = Code::success;
    switch (reader.transmit(command, response)) {
        case ifd::IfdCode::success:
            // quirk T3: the daemon's own buffer is large; the caller's is compared after the exchange.
            code = response.size() > receive_limit ? Code::insufficient_buffer : Code::success;
            break;
        case ifd::IfdCode::icc_not_present:
            reader.lose_card();
            code = Code::no_smartcard;
            break;
        case ifd::IfdCode::no_such_device:
            code = Code::reader_unavailable;
            break;
        default:
            code = Code::not_transacted;
    }
    if (code != Code::success) {
        response.clear();
    }
    return code;
}

Code EmbeddedResourceManager::Impl::control(Handle handle, iso7816::ByteView input, iso7816::Bytes& output) {
    output.clear();
    OpenHandle* open = nullptr;
    if (const Code found = look_up(handle, open); found == Code::invalid_handle) {
        return found;
    }
    if (input.size() > max_message) {
        return Code::insufficient_buffer;
    }
    const Code code = check_untried(open);
    // An Ifd has no control codes: the driver answers IFD_NOT_SUPPORTED, as vpcd 3.3 does (rule K1).
    return code == Code::success ? Code::unsupported_feature : code;
}

Code EmbeddedResourceManager::Impl::get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) {
    value.clear();
    OpenHandle* open = nullptr;
    if (const Code found = look_up(handle, open); found == Code::invalid_handle) {
        return found;
    }
    if (const Code code = check_untried(open); code != Code::success) {
        return code;
    }
    if (open->notice != Notice::none) {
        return code_of(open->notice);
    }
    if (attribute == attribute_friendly_name || attribute == attribute_system_name) {
        // quirk A1: vpcd's driver sets the length to 0 with its refusal, and pcscd then finds no room for its own
        // answer.
        return Code::insufficient_buffer;
    }
    if (attribute == attribute_icc_presence) {
        // As libccid has it: the reader itself is asked, whatever the daemon believes.
        switch (open->reader->presence()) {
            case ifd::IfdCode::success:
            case ifd::IfdCode::icc_present:
                value.push_back(icc_present);
                return Code::success;
            case ifd::IfdCode::icc_not_present:
                value.push_back(icc_absent);
                return Code::success;
            default:
                return Code::not_transacted;
        }
    }
    return Code::unsupported_feature;
}

}  // namespace scardlab::resource_manager
