#include "scenarios/engine/application_interfaces.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace scardlab::engine {

namespace sp = service_provider;
using sp::Hresult;

namespace {

/// What the script means when it names no count: everything.
constexpr std::uint32_t everything = 65'536;

sp::ReferenceType type(const Arguments& arguments) {
    return arguments.type.value_or(sp::ReferenceType::SC_TYPE_BY_ANY);
}

std::string path(const Arguments& arguments) {
    return arguments.path.value_or("");
}

std::uint32_t flags(const Arguments& arguments) {
    return arguments.flags.value_or(0);
}

/// What one of the optional byte strings holds.
iso7816::ByteView bytes(const std::optional<iso7816::Bytes>& argument) {
    return argument ? iso7816::ByteView(*argument) : iso7816::ByteView();
}

/// Makes the interface when it is needed for the first time.
template <class Interface>
Hresult need(std::unique_ptr<Interface>& interface, sp::ISCardManage& manage,
             Hresult (sp::ISCardManage::*create)(std::unique_ptr<Interface>*)) {
    return interface ? Hresult::S_OK_ : (manage.*create)(&interface);
}

}  // namespace

std::string event_word(sp::EventMask event) {
    constexpr std::array<std::pair<sp::EventMask, const char*>, 5> words{{
        {sp::event_insertion, "insertion"},
        {sp::event_removal, "removal"},
        {sp::event_reset, "reset"},
        {sp::event_reader_gone, "reader_gone"},
        {sp::event_reader_back, "reader_back"},
    }};
    const auto* const found =
        std::find_if(words.begin(), words.end(), [event](const auto& each) { return each.first == event; });
    return found == words.end() ? std::to_string(event) : found->second;
}

Hresult ApplicationInterfaces::call(Method method, const Arguments& arguments, Reply& reply) {
    switch (method) {
        case Method::CreateInterface:
            return create_interface(arguments);
        case Method::WaitForEvent:
            return wait_for_event(arguments, reply);
        case Method::CHVerificationVerify:
        case Method::CHVerificationChangeCode:
        case Method::CHVerificationUnblock:
        case Method::CHVerificationResetSecurityState:
            return verification(method, arguments, reply);
        case Method::CardAuthGetChallenge:
        case Method::CardAuthAPP_Auth:
        case Method::CardAuthICC_Auth:
        case Method::CardAuthUser_Auth:
            return card_auth(method, arguments, reply);
        default:
            return file_access(method, arguments, reply);
    }
}

Hresult ApplicationInterfaces::file_access(Method method, const Arguments& arguments, Reply& reply) {
    if (const Hresult made = need(file_access_, manage_, &sp::ISCardManage::CreateFileAccess); made != Hresult::S_OK_) {
        return made;
    }
    switch (method) {
        case Method::FileAccessGetCurrentDir: {
            std::string current;
            const Hresult result = file_access_->GetCurrentDir(&current);
            reply.path = result == Hresult::S_OK_ ? std::optional(current) : std::nullopt;
            return result;
        }
        case Method::FileAccessDirectory: {
            std::vector<std::string> list;
            const Hresult result =
                file_access_->Directory(arguments.file_type.value_or(sp::FileType::SC_TYPE_ALL_FILES), &list);
            reply.list = result == Hresult::S_OK_ ? std::optional(list) : std::nullopt;
            return result;
        }
        case Method::FileAccessClose:
            return file_access_->Close(file(arguments));
        case Method::FileAccessSeek:
            return file_access_->Seek(file(arguments), arguments.from.value_or(sp::SeekFrom::SC_SEEK_FROM_BEGINNING),
                                      arguments.offset.value_or(0));
        case Method::FileAccessRead:
            return read(arguments, reply);
        case Method::FileAccessWrite:
            return write(arguments, reply);
        case Method::FileAccessGetFileCapabilities:
            return capabilities(arguments, reply);
        default:
            return files_by_path(method, arguments, reply);
    }
}

Hresult ApplicationInterfaces::files_by_path(Method method, const Arguments& arguments, Reply& reply) {
    switch (method) {
        case Method::FileAccessChangeDir:
            return file_access_->ChangeDir(type(arguments), path(arguments));
        case Method::FileAccessOpen:
            return open(arguments);
        case Method::FileAccessCreate:
            return file_access_->Create(type(arguments), path(arguments), bytes(arguments.tlvs), flags(arguments),
                                        bytes(arguments.data));
        case Method::FileAccessDelete:
            return file_access_->Delete(type(arguments), path(arguments), flags(arguments));
        case Method::FileAccessInvalidate:
            return file_access_->Invalidate(type(arguments), path(arguments), flags(arguments));
        case Method::FileAccessRehabilitate:
            return file_access_->Rehabilitate(type(arguments), path(arguments), flags(arguments));
        case Method::FileAccessSetProperties:
            return file_access_->SetProperties(type(arguments), path(arguments), flags(arguments),
                                               bytes(arguments.tlvs));
        default: {
            iso7816::Bytes tlvs = arguments.tlvs.value_or(iso7816::Bytes{});
            const Hresult result =
                file_access_->GetProperties(type(arguments), path(arguments), flags(arguments), &tlvs);
            reply.response = result == Hresult::S_OK_ ? std::optional(tlvs) : std::nullopt;
            return result;
        }
    }
}

/// A name whose Open failed is a handle that no card gave.
Hresult ApplicationInterfaces::open(const Arguments& arguments) {
    sp::FileHandle opened;
    const Hresult result = file_access_->Open(type(arguments), path(arguments), &opened);
    if (result != Hresult::E_PENDING_) {
        opened_last_ = arguments.as.value_or("file");
        files_[opened_last_] = opened;
    }
    return result;
}

sp::FileHandle ApplicationInterfaces::file(const Arguments& arguments) const {
    const auto found = files_.find(arguments.file.value_or(opened_last_));
    return found == files_.end() ? sp::FileHandle{} : found->second;
}

Hresult ApplicationInterfaces::read(const Arguments& arguments, Reply& reply) {
    std::uint32_t count = arguments.count.value_or(everything);
    iso7816::Bytes data;
    const Hresult result = file_access_->Read(file(arguments), &count, flags(arguments), &data);
    if (result == Hresult::S_OK_) {
        reply.count = count;
        reply.response = std::move(data);
    }
    return result;
}

Hresult ApplicationInterfaces::write(const Arguments& arguments, Reply& reply) {
    std::uint32_t written = 0;
    const Hresult result = file_access_->Write(file(arguments), bytes(arguments.data), flags(arguments), &written);
    reply.count = written;
    return result;
}

Hresult ApplicationInterfaces::capabilities(const Arguments& arguments, Reply& reply) {
    std::uint32_t count = arguments.count.value_or(everything);
    iso7816::Bytes tlvs;
    const Hresult result = file_access_->GetFileCapabilities(&tlvs, &count, flags(arguments));
    if (result == Hresult::S_OK_) {
        reply.count = count;
        reply.response = std::move(tlvs);
    }
    return result;
}

Hresult ApplicationInterfaces::verification(Method method, const Arguments& arguments, Reply& reply) {
    const Hresult made = need(verification_, manage_, &sp::ISCardManage::CreateCHVerification);
    if (made != Hresult::S_OK_) {
        return made;
    }
    const std::uint8_t reference = arguments.reference.value_or(std::uint8_t{1});
    Hresult result = Hresult::S_OK_;
    if (method == Method::CHVerificationVerify) {
        result = verification_->Verify(bytes(arguments.code), flags(arguments), reference);
    } else if (method == Method::CHVerificationChangeCode) {
        result = verification_->ChangeCode(bytes(arguments.old_code), bytes(arguments.new_code), flags(arguments),
                                           reference);
    } else if (method == Method::CHVerificationUnblock) {
        result = verification_->Unblock(bytes(arguments.code), bytes(arguments.new_code), flags(arguments), reference);
    } else {
        result = verification_->ResetSecurityState();
    }
    if ((result == sp::hr::wrong_chv || result == sp::hr::chv_blocked) && verification_->tries_left() >= 0) {
        reply.tries = verification_->tries_left();
    }
    return result;
}

Hresult ApplicationInterfaces::card_auth(Method method, const Arguments& arguments, Reply& reply) {
    if (const Hresult made = need(card_auth_, manage_, &sp::ISCardManage::CreateCardAuth); made != Hresult::S_OK_) {
        return made;
    }
    const sp::AuthAlgorithm algorithm = arguments.algorithm.value_or(sp::AuthAlgorithm::aes);
    sp::AuthParameters parameters;
    parameters.reference = arguments.reference.value_or(parameters.reference);
    parameters.local = (flags(arguments) & auth_flag_local) != 0;
    parameters.secure_messaging = (flags(arguments) & auth_flag_secure_messaging) != 0;
    if (method == Method::CardAuthUser_Auth) {
        return card_auth_->User_Auth(algorithm, parameters, bytes(arguments.key));
    }
    parameters.key = arguments.key.value_or(iso7816::Bytes{});
    if (method == Method::CardAuthAPP_Auth) {
        return card_auth_->APP_Auth(algorithm, parameters, bytes(arguments.data));
    }
    iso7816::Bytes data;
    Hresult result = Hresult::S_OK_;
    if (method == Method::CardAuthGetChallenge) {
        result = card_auth_->GetChallenge(algorithm, arguments.length.value_or(0), parameters, &data);
    } else {
        data = arguments.data.value_or(iso7816::Bytes{});
        result = card_auth_->ICC_Auth(algorithm, parameters, &data);
    }
    reply.response = result == Hresult::S_OK_ ? std::optional(data) : std::nullopt;
    return result;
}

/// The interface is made and let go again: a script has no words for what others register.
Hresult ApplicationInterfaces::create_interface(const Arguments& arguments) {
    std::unique_ptr<sp::CardInterface> created;
    const auto guid = arguments.guid ? sp::Guid::parse(*arguments.guid) : std::nullopt;
    return manage_.CreateInterface(guid, arguments.name.value_or(""), std::any(), &created);
}

Hresult ApplicationInterfaces::wait_for_event(const Arguments& arguments, Reply& reply) {
    {
        const std::lock_guard lock(events_mutex_);
        const Hresult made = need(events_, manage_, &sp::ISCardManage::CreateEvents);
        if (made != Hresult::S_OK_) {
            return made;
        }
        if (std::exchange(wait_cancelled_, false)) {
            events_->Cancel();
        }
    }
    sp::CardEvent event;
    const Hresult result = events_->Wait(arguments.events.value_or(sp::event_all), arguments.timeout, &event);
    if (result == Hresult::S_OK_) {
        reply.event = event_word(event.event);
        reply.event_count = event.event_count;
    }
    return result;
}

Hresult ApplicationInterfaces::cancel_wait() {
    const std::lock_guard lock(events_mutex_);
    if (!events_) {
        wait_cancelled_ = true;
        return Hresult::S_OK_;
    }
    return events_->Cancel();
}

}  // namespace scardlab::engine
