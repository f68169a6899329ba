#include "tests/pcscd/client.h"

#include <winscard.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include "emulator/iso7816/bytes.h"

namespace scardlab::engine {

namespace {

constexpr DWORD longest_wait = 10'000;

Code code(LONG result) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%08lX", static_cast<unsigned long>(result) & 0xFFFFFFFFUL);
    return text.data();
}

Client::ReaderView view(const SCARD_READERSTATE& state) {
    return {(state.dwEventState & SCARD_STATE_PRESENT) != 0, (state.dwEventState & SCARD_STATE_MUTE) != 0,
            static_cast<unsigned>(state.dwEventState >> 16 & 0xFFFF)};
}

}  // namespace

Client::Client() {
    establish();
}

Client::~Client() {
    SCardReleaseContext(context_);
}

void Client::establish() {
    if (context_ != 0) {
        SCardReleaseContext(context_);
    }
    if (const auto result = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_);
        result != SCARD_S_SUCCESS) {
        throw std::runtime_error("SCardEstablishContext: " + code(result));
    }
}

Code Client::connect(const std::string& reader, unsigned protocols) {
    return code(SCardConnect(context_, reader.c_str(), SCARD_SHARE_SHARED, protocols, &card_, &protocol_));
}

Code Client::reconnect(unsigned protocols, unsigned initialization) {
    return code(SCardReconnect(card_, SCARD_SHARE_SHARED, protocols, initialization, &protocol_));
}

Code Client::transmit(const std::vector<std::uint8_t>& command) {
    const SCARD_IO_REQUEST send{protocol_, sizeof(SCARD_IO_REQUEST)};
    SCARD_IO_REQUEST receive{77, sizeof(SCARD_IO_REQUEST)};
    std::array<std::uint8_t, 300> buffer{};
    DWORD length = buffer.size();
    const std::uint8_t nothing = 0;  // libpcsclite wants an address for an empty command too
    const auto result = SCardTransmit(card_, &send, command.empty() ? &nothing : command.data(), command.size(),
                                      &receive, buffer.data(), &length);
    response_ = result == SCARD_S_SUCCESS ? iso7816::to_hex({buffer.data(), length}) : "";
    received_pci_ = receive.dwProtocol;
    return code(result);
}

Code Client::status() {
    return code(SCardStatus(card_, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
}

Client::ReaderView Client::look(const std::string& reader) {
    SCARD_READERSTATE state{};
    state.szReader = reader.c_str();
    if (const auto result = SCardGetStatusChange(context_, 0, &state, 1);
        result != SCARD_S_SUCCESS && result != SCARD_E_TIMEOUT) {
        throw std::runtime_error("SCardGetStatusChange: " + code(result));
    }
    return view(state);
}

template <typename Predicate>
bool Client::await(const std::string& reader, Predicate wanted) {
    SCARD_READERSTATE state{};
    state.szReader = reader.c_str();
    LONG result = SCARD_S_SUCCESS;
    while (result == SCARD_S_SUCCESS) {
        result = SCardGetStatusChange(context_, longest_wait, &state, 1);
        if (wanted(view(state))) {
            return true;
        }
        state.dwCurrentState = state.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
    }
    return false;
}

bool Client::await_presence(const std::string& reader, bool present) {
    return await(reader, [present](const ReaderView& seen) { return seen.present == present; });
}

bool Client::await_count(const std::string& reader, unsigned count) {
    return await(reader, [count](const ReaderView& seen) { return seen.count >= count; });
}

std::vector<std::string> Client::readers() {
    std::array<char, 4096> names{};
    DWORD length = names.size();
    std::vector<std::string> result;
    if (SCardListReaders(context_, nullptr, names.data(), &length) == SCARD_S_SUCCESS) {
        for (const char* name = names.data(); *name != '\0'; name += result.back().size() + 1) {
            result.emplace_back(name);
        }
    }
    return result;
}

}  // namespace scardlab::engine
