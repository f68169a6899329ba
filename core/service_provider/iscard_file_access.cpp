// Directories, open files and what is in them.
#include "core/service_provider/iscard_file_access.h"

#include <atomic>

#include "core/service_provider/file_access.h"
#include "core/service_provider/file_lists.h"
#include "core/service_provider/file_transfer.h"
#include "emulator/iso7816/atr.h"

namespace scardlab::service_provider {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;

constexpr Hresult ok = Hresult::S_OK_;

/// The number of a file that is opened: another one in each object, so that none is taken for a file of another.
std::uint32_t new_handle() {
    static std::atomic<std::uint32_t> last = 0;
    return ++last;
}

}  // namespace

/// What belonged to an earlier session of the card is forgotten.
void FileAccess::renew() {
    if (session_.number != channel_.session()) {
        session_ = FileSession{};
        session_.number = channel_.session();
    }
}

/// How long commands may be in this session, from the answer to reset. Once a session.
Hresult FileAccess::learn_limits() {
    if (session_.limits_known) {
        return ok;
    }
    Bytes atr;
    const Hresult result = channel_.atr(atr);
    if (result != ok && result != Hresult::E_NOTIMPL_) {
        return result;
    }
    const auto parsed = iso7816::Atr::parse(atr);
    session_.limits = length_limits({}, parsed ? parsed->historical_bytes() : ByteView{});
    session_.limits_known = true;
    return ok;
}

Hresult FileAccess::ChangeDir(ReferenceType type, std::string_view directory) {
    FilePlace target;
    return at_path(
        {type, directory, SC_FL_NONE, Operation::change_directory},
        [&](FileCommands& commands, FilePlace& place, const SelectedFile& file) {
            if (!file.facts.is_directory()) {
                return hr::no_dir;
            }
            const bool named = !place.name.empty() && place.identifiers.empty();
            const Hresult result = named ? commands.find_place(file.facts, place) : ok;
            target = std::move(place);
            return result;
        },
        [&] { session_.directory = std::move(target); });
}

Hresult FileAccess::GetCurrentDir(std::string* path) {
    if (path == nullptr) {
        return Hresult::E_POINTER_;
    }
    std::string text;
    return on_card(
        SC_FL_NONE,
        [&](FileCommands& commands) {
            FilePlace place = session_.directory;
            SelectedFile directory;
            text = to_path(place);
            return commands.select(place, Operation::change_directory, directory);
        },
        [&] { *path = std::move(text); });
}

Hresult FileAccess::Directory(FileType type, std::vector<std::string>* list) {
    if (list == nullptr) {
        return Hresult::E_POINTER_;
    }
    if (type > FileType::SC_TYPE_VARIABLE_EF) {
        return Hresult::E_INVALIDARG_;
    }
    std::vector<std::string> names;
    return on_card(
        SC_FL_NONE,
        [&](FileCommands& commands) {
            FilePlace place = session_.directory;
            SelectedFile directory;
            const Hresult result = commands.select(place, Operation::change_directory, directory);
            return result == ok ? list_files(commands, place, type, names) : result;
        },
        [&] { *list = std::move(names); });
}

Hresult FileAccess::Open(ReferenceType type, std::string_view path, FileHandle* handle) {
    if (handle == nullptr) {
        return Hresult::E_POINTER_;
    }
    std::map<std::uint32_t, OpenFile> opened;
    const std::uint32_t number = new_handle();
    return at_path(
        {type, path, SC_FL_NONE, Operation::open_file},
        [&](FileCommands&, FilePlace& place, const SelectedFile& file) {
            if (file.facts.is_directory()) {
                return hr::no_file;
            }
            opened.emplace(number, OpenFile{std::move(place), *file.facts.type, file.facts.record_size, 0});
            return ok;
        },
        [&] {
            session_.files.merge(opened);
            *handle = FileHandle{number};
        });
}

Hresult FileAccess::Close(FileHandle file) {
    const Turn turn(channel_);
    if (turn.begun() != ok) {
        return turn.begun();
    }
    renew();
    return session_.files.erase(file.value) == 1 ? ok : hr::invalid_handle;
}

Hresult FileAccess::Seek(FileHandle handle, SeekFrom from, std::int32_t offset) {
    if (from > SeekFrom::SC_SEEK_RELATIVE) {
        return Hresult::E_INVALIDARG_;
    }
    return on_file(
        handle, SC_FL_NONE,
        [&](FileCommands& commands, const SelectedFile& file, std::uint32_t& position) {
            std::uint32_t end = 0;
            const Hresult result = end_of(commands, file, from != SeekFrom::SC_SEEK_FROM_END, end);
            if (result != ok) {
                return result;
            }
            const std::int64_t base = from == SeekFrom::SC_SEEK_FROM_BEGINNING ? 0
                                      : from == SeekFrom::SC_SEEK_FROM_END     ? std::int64_t{end}
                                                                               : std::int64_t{position};
            if (base + offset < 0 || base + offset > end) {
                return hr::bad_seek;
            }
            position = static_cast<std::uint32_t>(base + offset);
            return ok;
        },
        [] {});
}

Hresult FileAccess::Read(FileHandle handle, std::uint32_t* count, FileFlags flags, Bytes* data) {
    if (count == nullptr || data == nullptr) {
        return Hresult::E_POINTER_;
    }
    Bytes content;
    std::uint32_t number = 0;
    return on_file(
        handle, flags,
        [&](FileCommands& commands, const SelectedFile& file, std::uint32_t& position) {
            Hresult result = *count > LengthLimits{}.response ? learn_limits() : ok;
            if (result == ok && file.facts.has_records()) {
                result = read_records(commands, file, position, *count, content, number);
            } else if (result == ok) {
                result = commands.read_bytes(file, position, *count, content);
                number = static_cast<std::uint32_t>(content.size());
            }
            position += number;
            return result;
        },
        [&] {
            *count = number;
            *data = std::move(content);
        });
}

Hresult FileAccess::Write(FileHandle handle, ByteView data, FileFlags flags, std::uint32_t* written) {
    std::uint32_t number = 0;
    const Hresult result = on_file(
        handle, flags,
        [&](FileCommands& commands, const SelectedFile& file, std::uint32_t& position) {
            const Hresult learned = data.size() > LengthLimits{}.command ? learn_limits() : ok;
            return learned == ok ? write_objects(commands, file, data, position, number) : learned;
        },
        [] {});
    if (written != nullptr) {
        *written = number;
    }
    return result;
}

std::unique_ptr<ISCardFileAccess> make_iscard_file_access(CardChannel& channel) {
    return std::make_unique<FileAccess>(channel);
}

}  // namespace scardlab::service_provider
