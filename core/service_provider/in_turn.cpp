#include "core/service_provider/in_turn.h"

#include <utility>

#include "core/service_provider/hold.h"

namespace scardlab::service_provider {

namespace {

template <typename Method>
Hresult take_turn(CardChannel& channel, Method method) {
    const Turn turn(channel);
    return turn.begun() == Hresult::S_OK_ ? method() : turn.begun();
}

class FileAccessInTurn final : public ISCardFileAccess {
  public:
    FileAccessInTurn(CardChannel& channel, std::unique_ptr<ISCardFileAccess> inner)
        : channel_(channel), inner_(std::move(inner)) {}

    Hresult ChangeDir(ReferenceType type, std::string_view directory) override {
        return take_turn(channel_, [&] { return inner_->ChangeDir(type, directory); });
    }
    Hresult GetCurrentDir(std::string* path) override {
        return take_turn(channel_, [&] { return inner_->GetCurrentDir(path); });
    }
    Hresult Directory(FileType type, std::vector<std::string>* list) override {
        return take_turn(channel_, [&] { return inner_->Directory(type, list); });
    }
    Hresult Open(ReferenceType type, std::string_view path, FileHandle* file) override {
        return take_turn(channel_, [&] { return inner_->Open(type, path, file); });
    }
    Hresult Close(FileHandle file) override {
        return take_turn(channel_, [&] { return inner_->Close(file); });
    }
    Hresult Seek(FileHandle file, SeekFrom from, std::int32_t offset) override {
        return take_turn(channel_, [&] { return inner_->Seek(file, from, offset); });
    }
    Hresult Read(FileHandle file, std::uint32_t* count, FileFlags flags, iso7816::Bytes* data) override {
        return take_turn(channel_, [&] { return inner_->Read(file, count, flags, data); });
    }
    Hresult Write(FileHandle file, iso7816::ByteView data, FileFlags flags, std::uint32_t* written) override {
        return take_turn(channel_, [&] { return inner_->Write(file, data, flags, written); });
    }
    Hresult Create(ReferenceType type, std::string_view path, iso7816::ByteView parameters, FileFlags flags,
                   iso7816::ByteView data) override {
        return take_turn(channel_, [&] { return inner_->Create(type, path, parameters, flags, data); });
    }
    Hresult Delete(ReferenceType type, std::string_view path, FileFlags flags) override {
        return take_turn(channel_, [&] { return inner_->Delete(type, path, flags); });
    }
    Hresult Invalidate(ReferenceType type, std::string_view path, FileFlags flags) override {
        return take_turn(channel_, [&] { return inner_->Invalidate(type, path, flags); });
    }
    Hresult Rehabilitate(ReferenceType type, std::string_view path, FileFlags flags) override {
        return take_turn(channel_, [&] { return inner_->Rehabilitate(type, path, flags); });
    }
    Hresult GetProperties(ReferenceType type, std::string_view path, FileFlags flags, iso7816::Bytes* tlvs) override {
        return take_turn(channel_, [&] { return inner_->GetProperties(type, path, flags, tlvs); });
    }
    Hresult SetProperties(ReferenceType type, std::string_view path, FileFlags flags, iso7816::ByteView tlvs) override {
        return take_turn(channel_, [&] { return inner_->SetProperties(type, path, flags, tlvs); });
    }
    Hresult GetFileCapabilities(iso7816::Bytes* tlvs, std::uint32_t* count, FileFlags flags) override {
        return take_turn(channel_, [&] { return inner_->GetFileCapabilities(tlvs, count, flags); });
    }

  private:
    CardChannel& channel_;
    const std::unique_ptr<ISCardFileAccess> inner_;
};

}  // namespace

std::unique_ptr<ISCardFileAccess> in_turn(CardChannel& channel, std::unique_ptr<ISCardFileAccess> inner) {
    return std::make_unique<FileAccessInTurn>(channel, std::move(inner));
}

}  // namespace scardlab::service_provider
