#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/service_provider/hold.h"
#include "core/service_provider/open_files.h"

namespace scardlab::service_provider {

constexpr bool are_known(FileFlags flags) {
    return (flags & ~(SC_FL_SECURE_MESSAGING | SC_FL_PREALLOCATED)) == 0;
}

/// ISCardFileAccess over a channel. Between calls it keeps of the card only where files are; each method does its work
/// on the card first, and changes the object when all of it is done.
class FileAccess final : public ISCardFileAccess {
  public:
    explicit FileAccess(CardChannel& channel) : channel_(channel) {}

    Hresult ChangeDir(ReferenceType type, std::string_view directory) override;
    Hresult GetCurrentDir(std::string* path) override;
    Hresult Directory(FileType type, std::vector<std::string>* list) override;
    Hresult Open(ReferenceType type, std::string_view path, FileHandle* file) override;
    Hresult Close(FileHandle file) override;
    Hresult Seek(FileHandle file, SeekFrom from, std::int32_t offset) override;
    Hresult Read(FileHandle file, std::uint32_t* count, FileFlags flags, iso7816::Bytes* data) override;
    Hresult Write(FileHandle file, iso7816::ByteView data, FileFlags flags, std::uint32_t* written) override;
    Hresult Create(ReferenceType type, std::string_view path, iso7816::ByteView parameters, FileFlags flags,
                   iso7816::ByteView data) override;
    Hresult Delete(ReferenceType type, std::string_view path, FileFlags flags) override;
    Hresult Invalidate(ReferenceType type, std::string_view path, FileFlags flags) override {
        return manage(type, path, flags, deactivate_ins);
    }
    Hresult Rehabilitate(ReferenceType type, std::string_view path, FileFlags flags) override {
        return manage(type, path, flags, activate_ins);
    }
    Hresult GetProperties(ReferenceType type, std::string_view path, FileFlags flags, iso7816::Bytes* tlvs) override;
    Hresult SetProperties(ReferenceType type, std::string_view path, FileFlags flags, iso7816::ByteView tlvs) override;
    Hresult GetFileCapabilities(iso7816::Bytes* tlvs, std::uint32_t* count, FileFlags flags) override;

  private:
    static constexpr std::uint8_t deactivate_ins = 0x04, activate_ins = 0x44;

    template <typename Work, typename Commit>
    Hresult on_card(FileFlags flags, Work&& work, Commit&& commit) noexcept;
    /// What a path leads to, and for what.
    struct PathTo {
        ReferenceType type;
        std::string_view path;
        FileFlags flags;
        Operation operation;
    };
    template <typename Work, typename Commit>
    Hresult at_path(PathTo to, Work&& work, Commit&& commit) noexcept;
    template <typename Work, typename Commit>
    Hresult on_file(FileHandle handle, FileFlags flags, Work&& work, Commit&& commit) noexcept;

    void renew();
    Hresult learn_limits();
    Hresult manage(ReferenceType type, std::string_view path, FileFlags flags, std::uint8_t ins);

    CardChannel& channel_;
    FileSession session_;
};

/// Does work while other applications are kept out; then, when nothing failed, commits its outcome, which cannot fail.
template <typename Work, typename Commit>
Hresult FileAccess::on_card(FileFlags flags, Work&& work, Commit&& commit) noexcept {
    try {
        Hold hold(channel_);
        if (hold.begun() != Hresult::S_OK_) {
            return hold.begun();
        }
        renew();  // while no other thread can begin another session
        FileCommands commands(channel_, (flags & SC_FL_SECURE_MESSAGING) != 0, session_.limits);
        const Hresult result = hold.end(std::forward<Work>(work)(commands));
        if (result == Hresult::S_OK_) {
            std::forward<Commit>(commit)();
        }
        return result;
    } catch (const std::bad_alloc&) {
        return Hresult::E_OUTOFMEMORY_;
    }
}

/// On a file or directory of the present session that a path names, which `work` finds current on the card.
template <typename Work, typename Commit>
Hresult FileAccess::at_path(PathTo to, Work&& work, Commit&& commit) noexcept {
    if (!are_known(to.flags)) {
        return Hresult::E_INVALIDARG_;
    }
    return on_card(
        to.flags,
        [&](FileCommands& commands) {
            auto place = parse_path(to.type, to.path, session_.directory);
            if (!place) {
                return place.error();
            }
            SelectedFile file;
            const Hresult result = commands.select(*place, to.operation, file);
            return result == Hresult::S_OK_ ? work(commands, *place, file) : result;
        },
        std::forward<Commit>(commit));
}

/// On an open file, which `work` finds current on the card; it may move the position.
template <typename Work, typename Commit>
Hresult FileAccess::on_file(FileHandle handle, FileFlags flags, Work&& work, Commit&& commit) noexcept {
    if (!are_known(flags)) {
        return Hresult::E_INVALIDARG_;
    }
    OpenFile* open = nullptr;
    std::uint32_t position = 0;
    return on_card(
        flags,
        [&](FileCommands& commands) {
            const auto found = session_.files.find(handle.value);
            if (found == session_.files.end()) {
                return hr::invalid_handle;
            }
            open = &found->second;
            position = open->position;
            FilePlace place = open->place;
            SelectedFile file;
            const Hresult result = commands.select(place, Operation::open_file, file);
            if (result != Hresult::S_OK_) {
                return result;
            }
            return open->is(file.facts) ? work(commands, file, position) : hr::invalid_handle;
        },
        [&] {
            open->position = position;
            commit();
        });
}

}  // namespace scardlab::service_provider
