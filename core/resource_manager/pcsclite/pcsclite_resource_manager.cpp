#include "core/resource_manager/pcsclite/pcsclite_resource_manager.h"

#include <winscard.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/resource_manager/pcsclite/blocking_caller.h"

namespace scardlab::resource_manager {
namespace {

/// LONG and DWORD have 64 bits on Linux; codes arrive in the lower 32, positive.
Code code_of(LONG rv) {
    return static_cast<Code>(static_cast<std::uint32_t>(rv));
}

DWORD dword(ShareMode share) {
    return static_cast<std::uint32_t>(share);
}
DWORD dword(Disposition disposition) {
    return static_cast<std::uint32_t>(disposition);
}
Protocols narrow(DWORD value) {
    return static_cast<Protocols>(value);
}

/// libpcsclite refuses a null pointer even for no bytes.
const std::uint8_t* data_of(iso7816::ByteView bytes) {
    static constexpr std::uint8_t nothing = 0;
    return bytes.data() != nullptr ? bytes.data() : &nothing;
}

/// One per thread, so that a transmit does not clear 64 KiB each time.
std::array<std::uint8_t, MAX_BUFFER_SIZE_EXTENDED>& receive_buffer() {
    thread_local std::array<std::uint8_t, MAX_BUFFER_SIZE_EXTENDED> buffer;
    return buffer;
}

SCARD_READERSTATE to_pcsc(const ReaderState& state) {
    SCARD_READERSTATE pcsc{};
    pcsc.szReader = state.reader.c_str();
    pcsc.dwCurrentState = state.current_state;
    return pcsc;
}

void from_pcsc(const SCARD_READERSTATE& pcsc, ReaderState& state) {
    state.event_state = narrow(pcsc.dwEventState);
    const std::size_t length = std::min<std::size_t>(pcsc.cbAtr, sizeof pcsc.rgbAtr);
    state.atr.assign(pcsc.rgbAtr, pcsc.rgbAtr + length);
}

class PcscliteResourceManager final : public ResourceManager {
  public:
    Code establish_context(Context& context) override;
    Code release_context(Context context) override { return code_of(SCardReleaseContext(context.value)); }
    Code list_readers(Context context, std::vector<std::string>& readers) override;
    Code get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                           std::span<ReaderState> states) override;
    Code cancel(Context context) override { return code_of(SCardCancel(context.value)); }
    ConnectResult connect(Context context, std::string_view reader, ShareMode share, Protocols preferred) override;
    ReconnectResult reconnect(Handle handle, ShareMode share, Protocols preferred, Disposition initialization) override;
    Code disconnect(Handle handle, Disposition disposition) override {
        return code_of(SCardDisconnect(handle.value, dword(disposition)));
    }
    Code begin_transaction(Handle handle) override { return code_of(SCardBeginTransaction(handle.value)); }
    Code end_transaction(Handle handle, Disposition disposition) override {
        return code_of(SCardEndTransaction(handle.value, dword(disposition)));
    }
    StatusResult status(Handle handle) override;
    Code transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& response,
                  std::size_t receive_limit) override;
    Code control(Handle handle, std::uint32_t control_code, iso7816::ByteView input, iso7816::Bytes& output) override;
    Code get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) override;
    std::unique_ptr<Caller> make_caller() override;
};

Code PcscliteResourceManager::establish_context(Context& context) {
    SCARDCONTEXT established = 0;
    const Code code = code_of(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &established));
    context.value = established;
    return code;
}

Code PcscliteResourceManager::list_readers(Context context, std::vector<std::string>& readers) {
    readers.clear();
    std::string names;
    DWORD length = 0;
    LONG rv = SCardListReaders(context.value, nullptr, nullptr, &length);
    while (rv == SCARD_S_SUCCESS) {
        names.resize(length);
        rv = SCardListReaders(context.value, nullptr, names.data(), &length);
        if (rv == SCARD_S_SUCCESS) {
            break;
        }
        if (code_of(rv) == Code::insufficient_buffer) {
            rv = SCARD_S_SUCCESS;  // a reader has come since; `length` is the new need
        }
    }
    for (std::string_view rest = names; rv == SCARD_S_SUCCESS && !rest.empty() && rest.front() != '\0';) {
        const std::string_view name = rest.substr(0, rest.find('\0'));
        readers.emplace_back(name);
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
    return code_of(rv);
}

Code PcscliteResourceManager::get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                                                std::span<ReaderState> states) {
    std::vector<SCARD_READERSTATE> pcsc;
    pcsc.reserve(states.size());
    for (const ReaderState& state : states) {
        pcsc.push_back(to_pcsc(state));
        pcsc.back().dwEventState = state.event_state;
    }
    constexpr std::int64_t infinite = INFINITE;
    const std::int64_t wait = timeout ? std::clamp<std::int64_t>(timeout->count(), 0, infinite) : infinite;
    const Code code =
        code_of(SCardGetStatusChange(context.value, static_cast<DWORD>(wait), pcsc.data(), states.size()));
    for (std::size_t i = 0; i < states.size(); ++i) {
        from_pcsc(pcsc[i], states[i]);
    }
    return code;
}

ConnectResult PcscliteResourceManager::connect(Context context, std::string_view reader, ShareMode share,
                                               Protocols preferred) {
    SCARDHANDLE card = 0;
    DWORD active = 0;
    const std::string name(reader);
    const Code code = code_of(SCardConnect(context.value, name.c_str(), dword(share), preferred, &card, &active));
    return {code, Handle{card}, narrow(active)};
}

ReconnectResult PcscliteResourceManager::reconnect(Handle handle, ShareMode share, Protocols preferred,
                                                   Disposition initialization) {
    DWORD active = 0;
    const Code code = code_of(SCardReconnect(handle.value, dword(share), preferred, dword(initialization), &active));
    return {code, narrow(active)};
}

StatusResult PcscliteResourceManager::status(Handle handle) {
    std::array<char, MAX_READERNAME + 1> name{};
    std::array<std::uint8_t, MAX_ATR_SIZE> atr{};
    DWORD name_length = name.size();
    DWORD atr_length = atr.size();
    DWORD state = 0;
    DWORD protocol = 0;
    StatusResult result;
    result.code =
        code_of(SCardStatus(handle.value, name.data(), &name_length, &state, &protocol, atr.data(), &atr_length));
    if (result.code != Code::success) {
        return result;
    }
    result.reader = name.data();
    result.state = static_cast<StateBits>(state & 0xFFFF);
    result.event_count = static_cast<std::uint16_t>(state >> 16);
    result.protocol = narrow(protocol);
    const iso7816::ByteView bytes(atr.data(), std::min<std::size_t>(atr_length, atr.size()));
    result.atr = iso7816::Atr::parse(bytes).value_or(iso7816::Atr{});
    return result;
}

Code PcscliteResourceManager::transmit(Handle handle, Protocols pci, iso7816::ByteView command,
                                       iso7816::Bytes& response, std::size_t receive_limit) {
    response.clear();
    auto& buffer = receive_buffer();
    const SCARD_IO_REQUEST send_pci{pci, sizeof(SCARD_IO_REQUEST)};
    DWORD length = std::min(receive_limit, buffer.size());
    const Code code = code_of(
        SCardTransmit(handle.value, &send_pci, data_of(command), command.size(), nullptr, buffer.data(), &length));
    if (code == Code::success) {
        response.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length));
    }
    return code;
}

Code PcscliteResourceManager::control(Handle handle, std::uint32_t control_code, iso7816::ByteView input,
                                      iso7816::Bytes& output) {
    output.clear();
    auto& buffer = receive_buffer();
    DWORD length = 0;
    const Code code = code_of(
        SCardControl(handle.value, control_code, data_of(input), input.size(), buffer.data(), buffer.size(), &length));
    if (code == Code::success) {
        output.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length));
    }
    return code;
}

Code PcscliteResourceManager::get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) {
    value.clear();
    std::array<std::uint8_t, MAX_BUFFER_SIZE> buffer{};
    DWORD length = buffer.size();
    const Code code = code_of(SCardGetAttrib(handle.value, attribute, buffer.data(), &length));
    if (code == Code::success) {
        value.assign(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length));
    }
    return code;
}

std::unique_ptr<Caller> PcscliteResourceManager::make_caller() {
    const bool repeats = std::getenv("PCSCLITE_NO_BLOCKING") == nullptr;
    return std::make_unique<BlockingCaller>(
        BlockingService{make_pcsclite_resource_manager, make_pcscd_probe(), repeats});
}

}  // namespace

std::unique_ptr<ResourceManager> make_pcsclite_resource_manager() {
    return std::make_unique<PcscliteResourceManager>();
}

}  // namespace scardlab::resource_manager
