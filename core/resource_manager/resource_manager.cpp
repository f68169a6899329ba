#include "core/resource_manager/resource_manager.h"

#include <algorithm>
#include <array>

#include "core/resource_manager/caller.h"

namespace scardlab::resource_manager {
namespace {

struct NamedCode {
    Code code;
    std::string_view name;
};

constexpr std::string_view prefix = "SCARD_";

/// Code::not_yet is absent: it is never told to an application.
constexpr std::array named_codes{
    NamedCode{Code::success, "SCARD_S_SUCCESS"},
    NamedCode{Code::internal_error, "SCARD_F_INTERNAL_ERROR"},
    NamedCode{Code::cancelled, "SCARD_E_CANCELLED"},
    NamedCode{Code::invalid_handle, "SCARD_E_INVALID_HANDLE"},
    NamedCode{Code::invalid_parameter, "SCARD_E_INVALID_PARAMETER"},
    NamedCode{Code::no_memory, "SCARD_E_NO_MEMORY"},
    NamedCode{Code::insufficient_buffer, "SCARD_E_INSUFFICIENT_BUFFER"},
    NamedCode{Code::unknown_reader, "SCARD_E_UNKNOWN_READER"},
    NamedCode{Code::timeout, "SCARD_E_TIMEOUT"},
    NamedCode{Code::sharing_violation, "SCARD_E_SHARING_VIOLATION"},
    NamedCode{Code::no_smartcard, "SCARD_E_NO_SMARTCARD"},
    NamedCode{Code::proto_mismatch, "SCARD_E_PROTO_MISMATCH"},
    NamedCode{Code::not_ready, "SCARD_E_NOT_READY"},
    NamedCode{Code::invalid_value, "SCARD_E_INVALID_VALUE"},
    NamedCode{Code::comm_error, "SCARD_F_COMM_ERROR"},
    NamedCode{Code::not_transacted, "SCARD_E_NOT_TRANSACTED"},
    NamedCode{Code::reader_unavailable, "SCARD_E_READER_UNAVAILABLE"},
    NamedCode{Code::no_service, "SCARD_E_NO_SERVICE"},
    NamedCode{Code::service_stopped, "SCARD_E_SERVICE_STOPPED"},
    NamedCode{Code::unsupported_feature, "SCARD_E_UNSUPPORTED_FEATURE"},
    NamedCode{Code::no_readers_available, "SCARD_E_NO_READERS_AVAILABLE"},
    NamedCode{Code::server_too_busy, "SCARD_E_SERVER_TOO_BUSY"},
    NamedCode{Code::unsupported_card, "SCARD_W_UNSUPPORTED_CARD"},
    NamedCode{Code::unresponsive_card, "SCARD_W_UNRESPONSIVE_CARD"},
    NamedCode{Code::unpowered_card, "SCARD_W_UNPOWERED_CARD"},
    NamedCode{Code::reset_card, "SCARD_W_RESET_CARD"},
    NamedCode{Code::removed_card, "SCARD_W_REMOVED_CARD"},
};

class DirectCaller final : public Caller {
  public:
    explicit DirectCaller(ResourceManager& manager) : manager_(manager) {}

    ResourceManager& verbs() override { return manager_; }
    bool waits() const override { return false; }
    std::chrono::nanoseconds now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
    void set_deadline(std::chrono::nanoseconds) override {}
    Code give_up(Context) override { return Code::sharing_violation; }
    void interrupt() override {}
    void clear_interrupt() override {}
    std::optional<std::uint64_t> changes() const override { return std::nullopt; }
    Code await_change(std::uint64_t) override { return Code::not_yet; }
    Code await_service() override { return Code::not_yet; }

  private:
    ResourceManager& manager_;
};

}  // namespace

std::string_view name(Code code) {
    const auto found = std::ranges::find(named_codes, code, &NamedCode::code);
    return found == named_codes.end() ? std::string_view{} : found->name;
}

std::optional<Code> code_named(std::string_view name) {
    if (name.starts_with(prefix)) {
        name.remove_prefix(prefix.size());
    }
    for (const NamedCode& candidate : named_codes) {
        if (candidate.name.substr(prefix.size()) == name) {
            return candidate.code;
        }
    }
    return std::nullopt;
}

std::unique_ptr<Caller> ResourceManager::make_caller() {
    return std::make_unique<DirectCaller>(*this);
}

}  // namespace scardlab::resource_manager
