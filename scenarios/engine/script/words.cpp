#include "scenarios/engine/script/words.h"

#include <array>

#include "core/service_provider/hresult.h"
#include "core/service_provider/iscard_verify.h"

namespace scardlab::engine::script {
namespace {

namespace rm = resource_manager;
namespace sp = service_provider;

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

template <class Enum>
constexpr Word word(std::string_view text, Enum value) {
    return {text, static_cast<std::uint32_t>(value)};
}

constexpr std::array reference_table{
    word("by_name", sp::ReferenceType::SC_TYPE_BY_NAME), word("by_id", sp::ReferenceType::SC_TYPE_BY_ID),
    word("by_short", sp::ReferenceType::SC_TYPE_BY_SHORT), word("by_any", sp::ReferenceType::SC_TYPE_BY_ANY)};
constexpr std::array file_type_table{word("directories", sp::FileType::SC_TYPE_DIRECTORIES),
                                     word("files", sp::FileType::SC_TYPE_FILES),
                                     word("all_files", sp::FileType::SC_TYPE_ALL_FILES),
                                     word("directory_file", sp::FileType::SC_TYPE_DIRECTORY_FILE),
                                     word("transparent_ef", sp::FileType::SC_TYPE_TRANSPARENT_EF),
                                     word("fixed_ef", sp::FileType::SC_TYPE_FIXED_EF),
                                     word("cyclic_ef", sp::FileType::SC_TYPE_CYCLIC_EF),
                                     word("variable_ef", sp::FileType::SC_TYPE_VARIABLE_EF)};
constexpr std::array seek_table{word("begin", sp::SeekFrom::SC_SEEK_FROM_BEGINNING),
                                word("end", sp::SeekFrom::SC_SEEK_FROM_END),
                                word("relative", sp::SeekFrom::SC_SEEK_RELATIVE)};
constexpr std::array algorithm_table{word("aes", sp::AuthAlgorithm::aes), word("tdes", sp::AuthAlgorithm::tdes)};
constexpr std::array event_table{Word{"insertion", sp::event_insertion}, Word{"removal", sp::event_removal},
                                 Word{"reset", sp::event_reset}, Word{"reader_gone", sp::event_reader_gone},
                                 Word{"reader_back", sp::event_reader_back}};
constexpr std::array file_flag_table{Word{"secure_messaging", sp::SC_FL_SECURE_MESSAGING},
                                     Word{"preallocated", sp::SC_FL_PREALLOCATED}};
constexpr std::array verify_flag_table{Word{"global", sp::SC_FL_IHV_GLOBAL}, Word{"local", sp::SC_FL_IHV_LOCAL},
                                       Word{"enable", sp::SC_FL_IHV_ENABLE}, Word{"disable", sp::SC_FL_IHV_DISABLE},
                                       Word{"secure_messaging", sp::SC_FL_IHV_SECURE_MESSAGING}};
constexpr std::array auth_flag_table{Word{"local", auth_flag_local},
                                     Word{"secure_messaging", auth_flag_secure_messaging}};

constexpr std::uint32_t first_code = 0x8010'0001, last_code = 0x8010'006F;  // winscard.h's smart card codes

const std::vector<MethodFacts>& method_table() {
    static const std::vector<MethodFacts> table{
        {Method::AttachByIFD, "AttachByIFD", true, 0, {"reader", "share", "protocols", "bound"}, {"protocol"}},
        {Method::AttachByHandle, "AttachByHandle", true, 0, {"handle", "share", "protocols", "bound"}, {"protocol"}},
        {Method::Detach, "Detach", true, 0, {"disposition", "bound"}, {}},
        {Method::Reconnect, "Reconnect", true, 0, {"share", "protocols", "initialization", "bound"}, {"protocol"}},
        {Method::SCardLock, "SCardLock", true, 0, {"bound"}, {}},
        {Method::SCardUnlock, "SCardUnlock", true, 0, {"disposition", "bound"}, {}},
        {Method::Status, "Status", true, 0, {"bound"}, {"state", "protocol", "atr"}},
        {Method::Transmit, "Transmit", true, 1, {"apdu", "bound"}, {"sw", "data"}},
        {Method::CreateInterface, "CreateInterface", true, 0, {"name", "guid", "bound"}, {}},
        {Method::FileAccessChangeDir, "FileAccess.ChangeDir", true, 1, {"path", "type", "bound"}, {}},
        {Method::FileAccessGetCurrentDir, "FileAccess.GetCurrentDir", true, 0, {"bound"}, {"path"}},
        {Method::FileAccessDirectory, "FileAccess.Directory", true, 0, {"file_type", "bound"}, {"list"}},
        {Method::FileAccessOpen, "FileAccess.Open", true, 1, {"path", "type", "as", "bound"}, {}},
        {Method::FileAccessClose, "FileAccess.Close", true, 0, {"file", "bound"}, {}},
        {Method::FileAccessSeek, "FileAccess.Seek", true, 1, {"offset", "file", "from", "bound"}, {}},
        {Method::FileAccessRead, "FileAccess.Read", true, 0, {"file", "count", "flags", "bound"}, {"data", "count"}},
        {Method::FileAccessWrite,
         "FileAccess.Write",
         true,
         1,
         {"data", "file", "flags", "bound"},
         {"count"},
         {"count"}},
        {Method::FileAccessCreate,
         "FileAccess.Create",
         true,
         2,
         {"path", "tlvs", "type", "data", "flags", "bound"},
         {}},
        {Method::FileAccessDelete, "FileAccess.Delete", true, 1, {"path", "type", "flags", "bound"}, {}},
        {Method::FileAccessInvalidate, "FileAccess.Invalidate", true, 1, {"path", "type", "flags", "bound"}, {}},
        {Method::FileAccessRehabilitate, "FileAccess.Rehabilitate", true, 1, {"path", "type", "flags", "bound"}, {}},
        {Method::FileAccessGetProperties,
         "FileAccess.GetProperties",
         true,
         1,
         {"path", "tlvs", "type", "flags", "bound"},
         {"tlvs"}},
        {Method::FileAccessSetProperties,
         "FileAccess.SetProperties",
         true,
         2,
         {"path", "tlvs", "type", "flags", "bound"},
         {}},
        {Method::FileAccessGetFileCapabilities,
         "FileAccess.GetFileCapabilities",
         true,
         0,
         {"count", "flags", "bound"},
         {"tlvs", "count"}},
        {Method::CHVerificationVerify,
         "CHVerification.Verify",
         true,
         1,
         {"code", "reference", "flags", "bound"},
         {"tries"},
         {"tries"}},
        {Method::CHVerificationChangeCode,
         "CHVerification.ChangeCode",
         true,
         1,
         {"old_code", "new_code", "reference", "flags", "bound"},
         {"tries"},
         {"tries"}},
        {Method::CHVerificationUnblock,
         "CHVerification.Unblock",
         true,
         1,
         {"code", "new_code", "reference", "flags", "bound"},
         {"tries"},
         {"tries"}},
        {Method::CHVerificationResetSecurityState, "CHVerification.ResetSecurityState", true, 0, {"bound"}, {}},
        {Method::CardAuthGetChallenge,
         "CardAuth.GetChallenge",
         true,
         0,
         {"algorithm", "length", "reference", "flags", "bound"},
         {"data"}},
        {Method::CardAuthAPP_Auth,
         "CardAuth.APP_Auth",
         true,
         0,
         {"algorithm", "key", "data", "reference", "flags", "bound"},
         {}},
        {Method::CardAuthICC_Auth,
         "CardAuth.ICC_Auth",
         true,
         0,
         {"algorithm", "key", "data", "reference", "flags", "bound"},
         {"data"}},
        {Method::CardAuthUser_Auth,
         "CardAuth.User_Auth",
         true,
         1,
         {"key", "algorithm", "reference", "flags", "bound"},
         {}},
        {Method::WaitForEvent, "WaitForEvent", true, 0, {"events", "timeout"}, {"event", "count"}},
        {Method::CancelWait, "CancelWait", true, 0, {}, {}},
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

Words reference_types() {
    return reference_table;
}
Words file_types() {
    return file_type_table;
}
Words seek_origins() {
    return seek_table;
}
Words algorithms() {
    return algorithm_table;
}
Words event_words() {
    return event_table;
}
Words flag_words(Method method) {
    const std::string_view interface = facts(method).name.substr(0, facts(method).name.find('.'));
    if (interface == "CHVerification") {
        return verify_flag_table;
    }
    return interface == "CardAuth" ? Words(auth_flag_table) : Words(file_flag_table);
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
