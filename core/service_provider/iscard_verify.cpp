#include "core/service_provider/iscard_verify.h"

#include <atomic>
#include <bitset>
#include <new>
#include <optional>
#include <utility>

#include "core/service_provider/hold.h"
#include "core/service_provider/secret.h"
#include "core/service_provider/status_codes.h"

namespace scardlab::service_provider {

namespace {

using iso7816::ByteView;
using iso7816::StatusWord;

namespace ins {
constexpr std::uint8_t verify = 0x20, change_reference_data = 0x24, disable_verification = 0x26,
                       enable_verification = 0x28, reset_retry_counter = 0x2C;
}  // namespace ins

constexpr VerifyFlags switches = SC_FL_IHV_ENABLE | SC_FL_IHV_DISABLE;
constexpr std::uint8_t largest_reference = 31;
constexpr std::uint8_t local = 0x80;           ///< P2: reference data of the current DF
constexpr std::size_t longest_code = 255;      ///< what a short command carries, both codes together
constexpr std::uint8_t log_out = 0xFF;         ///< P1 of VERIFY
constexpr std::uint8_t with_new_value = 0x00;  ///< P1 of RESET RETRY COUNTER
constexpr std::uint8_t code_alone = 0x01;

bool has(VerifyFlags flags, VerifyFlags bit) {
    return (flags & bit) != 0;
}

/// P2; nullopt when flags (of which only those `allowed` may be) or reference make no sense.
std::optional<std::uint8_t> parameter_of(VerifyFlags flags, VerifyFlags allowed, std::uint8_t reference) {
    constexpr VerifyFlags both = SC_FL_IHV_GLOBAL | SC_FL_IHV_LOCAL;
    if ((flags & ~(allowed | both | SC_FL_IHV_SECURE_MESSAGING)) != 0 || (flags & both) == both || reference == 0 ||
        reference > largest_reference) {
        return std::nullopt;
    }
    return has(flags, SC_FL_IHV_LOCAL) ? static_cast<std::uint8_t>(local | reference) : reference;
}

/// The card does not take P1 = FF, or this P2.
bool is_parameter_refused(StatusWord status) {
    return status == iso7816::sw::incorrect_p1_p2 || status == iso7816::sw::wrong_parameters ||
           status == iso7816::sw::function_not_supported;
}

/// The card has forgotten the verification, or says that there is none: tries are left, or none, or it is not required.
bool is_not_verified(StatusWord status) {
    return status.is_success() || status.sw1() == 0x63 || status == iso7816::sw::method_blocked ||
           status == iso7816::sw::reference_not_usable;
}

class Verification final : public ISCardVerify {
  public:
    explicit Verification(CardChannel& channel) : channel_(channel) {}

    Hresult Verify(ByteView code, VerifyFlags flags, std::uint8_t reference) override {
        return guarded([&] {
            const auto p2 = parameter_of(flags, 0, reference);
            return p2 ? present({ins::verify, 0, *p2}, {code}, flags) : Hresult::E_INVALIDARG_;
        });
    }

    Hresult ChangeCode(ByteView old_code, ByteView new_code, VerifyFlags flags, std::uint8_t reference) override {
        return guarded([&] {
            const auto p2 = parameter_of(flags, switches, reference);
            const VerifyFlags wanted = flags & switches;
            if (!p2 || wanted == switches || (wanted != 0 && !new_code.empty())) {
                return Hresult::E_INVALIDARG_;
            }
            if (wanted == 0) {
                return present({ins::change_reference_data, 0, *p2}, {old_code, new_code}, flags);
            }
            const bool enable = has(wanted, SC_FL_IHV_ENABLE);
            return present({enable ? ins::enable_verification : ins::disable_verification, 0, *p2}, {old_code}, flags);
        });
    }

    Hresult Unblock(ByteView unblocking_code, ByteView new_code, VerifyFlags flags, std::uint8_t reference) override {
        return guarded([&] {
            const auto p2 = parameter_of(flags, 0, reference);
            if (!p2) {
                return Hresult::E_INVALIDARG_;
            }
            return new_code.empty()
                       ? present({ins::reset_retry_counter, code_alone, *p2}, {unblocking_code}, flags)
                       : present({ins::reset_retry_counter, with_new_value, *p2}, {unblocking_code, new_code}, flags);
        });
    }

    Hresult ResetSecurityState() override {
        return guarded([&] {
            Hold hold(channel_);
            return hold.begun() == Hresult::S_OK_ ? hold.end(forget_all()) : hold.begun();
        });
    }

    int tries_left() const override { return tries_left_; }

  private:
    struct Header {
        std::uint8_t ins, p1, p2;
    };

    template <class Method>
    static Hresult guarded(Method&& method) noexcept {
        try {
            return std::forward<Method>(method)();
        } catch (const std::bad_alloc&) {
            return Hresult::E_OUTOFMEMORY_;
        }
    }

    /// A command that presents codes to the card.
    Hresult present(Header header, std::initializer_list<ByteView> codes, VerifyFlags flags) {
        for (const ByteView code : codes) {
            if (code.empty() || code.size() > longest_code) {
                return hr::invalid_chv;
            }
        }
        const Secret data(codes);
        if (data.view().size() > longest_code) {
            return hr::invalid_chv;
        }
        Hold hold(channel_);
        if (hold.begun() != Hresult::S_OK_) {
            return hold.begun();
        }
        StatusWord status;
        const Hresult sent = exchange(header, data.view(), has(flags, SC_FL_IHV_SECURE_MESSAGING), status);
        if (sent != Hresult::S_OK_) {
            return hold.end(sent);
        }
        note_tries(status);
        return hold.end(from_status(status, Operation::verify));
    }

    Hresult exchange(Header header, ByteView data, bool secured, StatusWord& status) {
        iso7816::CommandApdu command;
        command.ins = header.ins;
        command.p1 = header.p1;
        command.p2 = header.p2;
        command.data = data;
        if (const Hresult result = channel_.exchange(command, secured, response_); result != Hresult::S_OK_) {
            return result;
        }
        const auto response = iso7816::ResponseApdu::parse(response_);
        if (!response) {
            return Hresult::E_FAIL_;
        }
        status = response->status;
        return Hresult::S_OK_;
    }

    void note_tries(StatusWord status) {
        constexpr std::uint16_t counted = 0x63C0;
        if ((status.value & 0xFFF0) == counted) {
            tries_left_ = status.value & 0x0F;
        } else if (status == iso7816::sw::method_blocked) {
            tries_left_ = 0;
        } else if (status.is_success() || status == iso7816::sw::verification_failed) {
            tries_left_ = -1;
        }
    }

    /// The card is asked for each reference that it can have: nobody tells which of them other applications have
    /// verified. A global one that it does not know it will not know later in the session.
    Hresult forget_all() {
        if (std::exchange(known_in_session_, channel_.session()) != channel_.session()) {
            unknown_.reset();
        }
        bool taken = false;
        bool refused = false;
        Shown shown;
        for (std::uint8_t reference = 1; reference <= largest_reference; ++reference) {
            for (const std::uint8_t place : {std::uint8_t{0}, local}) {
                if (place != local && unknown_.test(reference)) {
                    continue;
                }
                StatusWord status;
                if (const Hresult sent = forget(static_cast<std::uint8_t>(place | reference), status, shown);
                    sent != Hresult::S_OK_) {
                    return sent;
                }
                if (status == iso7816::sw::reference_not_found) {
                    unknown_.set(reference, unknown_.test(reference) || place != local);
                } else if (is_parameter_refused(status)) {
                    refused = true;
                } else if (is_not_verified(status)) {
                    taken = true;
                } else {
                    return from_status(status, Operation::verify);
                }
            }
        }
        return (shown.unforgotten && !shown.forgotten) || (refused && !taken) ? Hresult::E_NOTIMPL_ : Hresult::S_OK_;
    }

    /// What the card has answered after the 9000 by which it says to have forgotten a verification.
    struct Shown {
        bool forgotten = false;    ///< a CHV is to be verified, so the card does take P1 = FF
        bool unforgotten = false;  ///< a CHV is verified, or need not be
    };

    /// A card that overlooks P1 takes the command for a question, and answers as to one.
    Hresult forget(std::uint8_t p2, StatusWord& status, Shown& shown) {
        const Hresult sent = exchange({ins::verify, log_out, p2}, {}, false, status);
        if (sent != Hresult::S_OK_ || !status.is_success()) {
            return sent;
        }
        StatusWord afterwards;
        const Hresult asked = exchange({ins::verify, 0, p2}, {}, false, afterwards);
        if (asked == Hresult::S_OK_) {
            (afterwards.is_success() ? shown.unforgotten : shown.forgotten) = true;
        }
        return asked;
    }

    CardChannel& channel_;
    iso7816::Bytes response_;
    std::atomic<int> tries_left_ = -1;            ///< any thread may ask; all else is of the method whose turn it is
    std::bitset<largest_reference + 1> unknown_;  ///< global references that the card does not know
    std::uint64_t known_in_session_ = 0;
};

}  // namespace

std::unique_ptr<ISCardVerify> make_iscard_verify(CardChannel& channel) {
    return std::make_unique<Verification>(channel);
}

}  // namespace scardlab::service_provider
