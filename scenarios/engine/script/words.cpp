#include "scenarios/engine/script/words.h"

#include <array>

#include "core/service_provider/hresult.h"

namespace scardlab::engine::script {
namespace {

namespace rm = resource_manager;

constexpr std::array share_table{Word{"exclusive", 1}, Word{"shared", 2}, Word{"direct", 3}};
constexpr std::array disposition_table{Word{"leave", 0}, Word{"reset", 1}, Word{"unpower", 2}, Word{"eject", 3}};
constexpr std::array protocol_table{Word{"none", rm::protocol_undefined}, Word{"T0", rm::protocol_t0},
                                    Word{"T1", rm::protocol_t1}, Word{"RAW", rm::protocol_raw},
                                    Word{"T15", rm::protocol_t15}};
constexpr std::array status_table{Word{"unknown", rm::state_unknown},  Word{"absent", rm::state_absent},
                                  Word{"present", rm::state_present},  Word{"swallowed", rm::state_swallowed},
                                  Word{"powered", rm::state_powered},  Word{"negotiable", rm::state_negotiable},
                                  Word{"specific", rm::state_specific}};
constexpr std::array watch_table{Word{"unaware", rm::watch_unaware},
                                 Word{"ignore", rm::watch_ignore},
                                 Word{"changed", rm::watch_changed},
                                 Word{"unknown", rm::watch_unknown},
                                 Word{"unavailable", rm::watch_unavailable},
                                 Word{"empty", rm::watch_empty},
                                 Word{"present", rm::watch_present},
                                 Word{"atrmatch", rm::watch_atrmatch},
                                 Word{"exclusive", rm::watch_exclusive},
                                 Word{"inuse", rm::watch_inuse},
                                 Word{"mute", rm::watch_mute},
                                 Word{"unpowered", rm::watch_unpowered}};

constexpr std::uint32_t first_code = 0x8010'0001, last_code = 0x8010'006F;  // winscard.h's smart card codes

const std::vector<MethodFacts>& method_table() {
    static const std::vector<MethodFacts> table{
        {Method::AttachByIFD, "AttachByIFD", true, 0, {"reader", "share", "protocols"}, {"protocol"}},
        {Method::AttachByHandle, "AttachByHandle", true, 0, {"handle", "share", "protocols"}, {"protocol"}},
        {Method::Detach, "Detach", true, 0, {"disposition"}, {}},
        {Method::Reconnect, "Reconnect", true, 0, {"share", "protocols", "initialization"}, {"protocol"}},
        {Method::SCardLock, "SCardLock", true, 0, {}, {}},
        {Method::SCardUnlock, "SCardUnlock", true, 0, {"disposition"}, {}},
        {Method::Status, "Status", true, 0, {}, {"state", "protocol", "atr"}},
        {Method::Transmit, "Transmit", true, 1, {"apdu"}, {"sw", "data"}},
        {Method::SCardConnect, "SCardConnect", false, 0, {"reader", "share", "protocols"}, {"protocol"}},
        {Method::SCardReconnect, "SCardReconnect", false, 0, {"share", "protocols", "initialization"}, {"protocol"}},
        {Method::SCardDisconnect, "SCardDisconnect", false, 0, {"disposition"}, {}},
        {Method::SCardBeginTransaction, "SCardBeginTransaction", false, 0, {}, {}},
        {Method::SCardEndTransaction, "SCardEndTransaction", false, 0, {"disposition"}, {}},
        {Method::SCardTransmit, "SCardTransmit", false, 1, {"apdu", "pci", "receive_limit"}, {"sw", "data"}},
        {Method::SCardStatus, "SCardStatus", false, 0, {}, {"state", "protocol", "atr", "count"}},
        {Method::SCardGetStatusChange,
         "SCardGetStatusChange",
         false,
         0,
         {"reader", "current_state", "remembered", "timeout"},
         {"state", "atr", "count"}},
        {Method::SCardCancel, "SCardCancel", false, 0, {}, {}},
        {Method::SCardControl, "SCardControl", false, 1, {"control_code", "input"}, {"data"}},
        {Method::SCardGetAttrib, "SCardGetAttrib", false, 1, {"attribute"}, {"data"}},
        {Method::SCardListReaders, "SCardListReaders", false, 0, {}, {}},
    };
    return table;
}

}  // namespace

Words share_modes() {
    return share_table;
}
Words dispositions() {
    return disposition_table;
}
Words protocol_words() {
    return protocol_table;
}
Words status_words() {
    return status_table;
}
Words watch_words() {
    return watch_table;
}

std::span<const MethodFacts> all_methods() {
    return method_table();
}

const MethodFacts& facts(Method method) {
    return method_table()[static_cast<std::size_t>(method)];
}

std::vector<std::string> texts(Words words) {
    std::vector<std::string> all;
    for (const Word& word : words) {
        all.emplace_back(word.text);
    }
    return all;
}

bool is_code_name(const std::string& text, bool of_interface) {
    if (of_interface) {
        const auto result = service_provider::hresult_named(text);
        return result && *result != service_provider::Hresult::E_PENDING_ && service_provider::name(*result) == text;
    }
    const auto code = rm::code_named(text);
    return code && rm::name(*code) == text;
}

std::vector<std::string> code_names(bool of_interface) {
    std::vector<std::string> names;
    if (of_interface) {
        using service_provider::Hresult;
        for (const Hresult result : {Hresult::S_OK_, Hresult::E_NOTIMPL_, Hresult::E_POINTER_, Hresult::E_FAIL_,
                                     Hresult::E_OUTOFMEMORY_, Hresult::E_INVALIDARG_}) {
            names.push_back(service_provider::name(result));
        }
    } else {
        names.emplace_back(resource_manager::name(rm::Code::success));
    }
    for (std::uint32_t code = first_code; code <= last_code; ++code) {
        std::string name = of_interface ? service_provider::name(service_provider::Hresult{code})
                                        : std::string(resource_manager::name(rm::Code{code}));
        if (is_code_name(name, of_interface)) {
            names.push_back(std::move(name));
        }
    }
    return names;
}

}  // namespace scardlab::engine::script
