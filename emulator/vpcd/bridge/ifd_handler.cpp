// The IFD handler functions that pcscd calls (PC/SC part 3; pcsc-lite's ifdhandler.h). What the bridge adds is in Slot;
// everything else goes to the stock driver as it came.
#include <array>
#include <cstring>

#include "emulator/vpcd/bridge/device_name.h"
#include "emulator/vpcd/bridge/log.h"
#include "emulator/vpcd/bridge/slot.h"
#include "emulator/vpcd/bridge/stock_driver.h"

#define SCARDLAB_IFD_HANDLER extern "C" __attribute__((visibility("default")))

namespace {

using scardlab::vpcd::Device;
using scardlab::vpcd::Slot;
using scardlab::vpcd::StockDriver;

constexpr DWORD scard_attr_atr_string = 0x00090303;
constexpr DWORD scard_attr_icc_presence = 0x00090300;

/// The stock driver serves one reader with two slots, and so do we.
constexpr std::size_t slot_count = 2;

/// Never destroyed: pcscd ends without waiting for the threads that are inside.
std::array<Slot, slot_count>& slots() {
    static auto& instance = *new std::array<Slot, slot_count>;
    return instance;
}

/// nullptr when it cannot be loaded, which is said once in the log.
const StockDriver* stock() {
    static const auto driver = [] {
        auto loaded = scardlab::vpcd::load_stock_driver(scardlab::vpcd::stock_driver_path());
        if (!loaded) {
            scardlab::vpcd::log_error(loaded.error());
        }
        return loaded;
    }();
    return driver ? &*driver : nullptr;
}

/// nullptr for a Lun that the stock driver does not serve, or without a driver.
Slot* slot_of(DWORD lun) {
    const auto index = lun & 0xFFFF;
    return stock() != nullptr && index < slot_count ? &slots()[index] : nullptr;
}

RESPONSECODE opened(RESPONSECODE code, DWORD lun, const Device& device) {
    Slot* slot = slot_of(lun);
    if (code != IFD_SUCCESS || slot == nullptr) {
        return code;
    }
    return slot->opened(*stock(), lun, device) ? IFD_SUCCESS : IFD_COMMUNICATION_ERROR;
}

RESPONSECODE wait_for_movement(DWORD lun, int timeout_ms) {
    Slot* slot = slot_of(lun);
    return slot != nullptr ? slot->wait(timeout_ms) : IFD_COMMUNICATION_ERROR;
}

RESPONSECODE stop_waiting(DWORD lun) {
    Slot* slot = slot_of(lun);
    return slot != nullptr ? slot->stop() : IFD_COMMUNICATION_ERROR;
}

template <typename Function>
RESPONSECODE give(Function* function, DWORD* length, UCHAR* value) {
    if (length == nullptr || value == nullptr || *length < sizeof function) {
        return IFD_ERROR_INSUFFICIENT_BUFFER;
    }
    std::memcpy(value, &function, sizeof function);
    *length = sizeof function;
    return IFD_SUCCESS;
}

}  // namespace

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel) {
    if (slot_of(Lun) == nullptr) {
        return IFD_COMMUNICATION_ERROR;
    }
    Device device;
    device.port = static_cast<std::uint16_t>(Channel);
    return opened(stock()->create_channel(Lun, Channel), Lun, device);
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName) {
    if (slot_of(Lun) == nullptr) {
        return IFD_COMMUNICATION_ERROR;
    }
    const auto device = scardlab::vpcd::parse_device_name(DeviceName);
    return opened(stock()->create_channel_by_name(Lun, DeviceName), Lun, device);
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHCloseChannel(DWORD Lun) {
    Slot* slot = slot_of(Lun);
    if (slot == nullptr) {
        return IFD_COMMUNICATION_ERROR;
    }
    slot->closed();
    return stock()->close_channel(Lun);
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length, PUCHAR Value) {
    Slot* slot = slot_of(Lun);
    if (slot == nullptr) {
        return IFD_COMMUNICATION_ERROR;
    }
    switch (Tag) {
        case TAG_IFD_POLLING_THREAD_WITH_TIMEOUT:
            slot->event_function_taken();
            return give(&wait_for_movement, Length, Value);
        case TAG_IFD_STOP_POLLING_THREAD:
            return give(&stop_waiting, Length, Value);
        case TAG_IFD_ATR:
        case scard_attr_atr_string:
            return slot->card_capability(Tag, Length, Value);
        case scard_attr_icc_presence:
            return slot->presence_capability(Length, Value);
        default:
            return stock()->get_capabilities(Lun, Tag, Length, Value);
    }
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length, PUCHAR Value) {
    return stock() != nullptr ? stock()->set_capabilities(Lun, Tag, Length, Value) : IFD_NOT_SUPPORTED;
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol, UCHAR Flags, UCHAR PTS1,
                                                            UCHAR PTS2, UCHAR PTS3) {
    Slot* slot = slot_of(Lun);
    return slot != nullptr ? slot->set_protocol(Protocol, Flags, PTS1, PTS2, PTS3) : IFD_COMMUNICATION_ERROR;
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr, PDWORD AtrLength) {
    Slot* slot = slot_of(Lun);
    return slot != nullptr ? slot->power(Action, Atr, AtrLength) : IFD_COMMUNICATION_ERROR;
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci, PUCHAR TxBuffer, DWORD TxLength,
                                                    PUCHAR RxBuffer, PDWORD RxLength, PSCARD_IO_HEADER RecvPci) {
    Slot* slot = slot_of(Lun);
    if (slot == nullptr || RxLength == nullptr || RecvPci == nullptr) {
        return IFD_COMMUNICATION_ERROR;
    }
    return slot->transmit(SendPci, TxBuffer, TxLength, RxBuffer, RxLength, RecvPci);
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHICCPresence(DWORD Lun) {
    Slot* slot = slot_of(Lun);
    return slot != nullptr ? slot->presence() : IFD_COMMUNICATION_ERROR;
}

SCARDLAB_IFD_HANDLER RESPONSECODE IFDHControl(DWORD Lun, DWORD dwControlCode, PUCHAR TxBuffer, DWORD TxLength,
                                              PUCHAR RxBuffer, DWORD RxLength, LPDWORD pdwBytesReturned) {
    return stock() != nullptr
               ? stock()->control(Lun, dwControlCode, TxBuffer, TxLength, RxBuffer, RxLength, pdwBytesReturned)
               : IFD_COMMUNICATION_ERROR;
}
