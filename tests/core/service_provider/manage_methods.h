#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/service_provider/iscard_manage.h"

namespace scardlab::service_provider::test {

/// A method of ISCardManage, and a call of it that succeeds on a usable card.
struct Method {
    const char* name;
    std::function<Hresult(ISCardManage&)> call;
    bool attaches = false;
    bool needs_attachment = true;
    const char* verb = nullptr;  ///< of ProgrammedResourceManager's notes, that the call makes
};

/// All of them. codes_test.cpp compares the list with the header.
inline const std::vector<Method>& manage_methods() {
    using resource_manager::Disposition;
    static const std::vector<Method> methods{
        {"AttachByHandle", [](ISCardManage& card) { return card.AttachByHandle(resource_manager::Handle{100}); }, true,
         true, "status"},
        {"AttachByIFD", [](ISCardManage& card) { return card.AttachByIFD("Lab 00 00"); }, true, true, "connect"},
        {"Detach", [](ISCardManage& card) { return card.Detach(); }, false, true, "disconnect"},
        {"Reconnect", [](ISCardManage& card) { return card.Reconnect(); }, false, true, "reconnect"},
        {"SCardLock", [](ISCardManage& card) { return card.SCardLock(); }, false, true, "begin"},
        {"SCardUnlock", [](ISCardManage& card) { return card.SCardUnlock(Disposition::leave); }, false, true, "end"},
        {"Status",
         [](ISCardManage& card) {
             CardState state{};
             resource_manager::Protocols protocols = 0;
             return card.Status(&state, &protocols);
         },
         false, true, "status"},
        {"Transmit",
         [](ISCardManage& card) {
             iso7816::Bytes response;
             static constexpr std::uint8_t select[]{0x00, 0xA4, 0x00, 0x0C};
             return card.Transmit(select, response);
         },
         false, true, "transmit"},
        {"Atr",
         [](ISCardManage& card) {
             iso7816::Bytes atr;
             return card.Atr(atr);
         },
         false, true, "status"},
        {"CreateFileAccess",
         [](ISCardManage& card) {
             std::unique_ptr<ISCardFileAccess> created;
             return card.CreateFileAccess(&created);
         }},
        {"CreateCardAuth",
         [](ISCardManage& card) {
             std::unique_ptr<ISCardAuth> created;
             return card.CreateCardAuth(&created);
         }},
        {"CreateCHVerification",
         [](ISCardManage& card) {
             std::unique_ptr<ISCardVerify> created;
             return card.CreateCHVerification(&created);
         }},
        {"CreateInterface",
         [](ISCardManage& card) {
             std::unique_ptr<CardInterface> created;
             return card.CreateInterface(std::nullopt, "CryptoProvider", {}, &created);
         }},
        {"CreateEvents",
         [](ISCardManage& card) {
             std::unique_ptr<CardEvents> created;
             return card.CreateEvents(&created);
         }},
        {"SetBounds", [](ISCardManage& card) { return card.SetBounds({}); }, false, false},
    };
    return methods;
}

}  // namespace scardlab::service_provider::test
