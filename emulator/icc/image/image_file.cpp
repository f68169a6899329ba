#include "emulator/icc/image/image_file.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <optional>
#include <span>

namespace scardlab::icc {

namespace {

using iso7816::Bytes;
using iso7816::ByteView;
using Kind = ImageFileError::Kind;
template <class T>
using Result = FileDoor::Result<T>;

constexpr int max_links = 40;

/// The path itself, or where its links lead to; nothing need be there.
Result<std::filesystem::path> follow_links(FileDoor& door, std::filesystem::path path) {
    for (int links = 0; links < max_links; ++links) {
        const auto entry = door.entry(path);
        if (!entry) {
            return tl::make_unexpected(entry.error());
        }
        if (*entry != FileDoor::Entry::link) {
            return path;
        }
        const auto target = door.link_target(path);
        if (!target) {
            return tl::make_unexpected(target.error());
        }
        path = path.parent_path() / *target;
    }
    return tl::make_unexpected(std::make_error_code(std::errc::too_many_symbolic_link_levels));
}

Result<void> write_all(FileDoor& door, int descriptor, ByteView bytes) {
    while (!bytes.empty()) {
        const auto count = door.write(descriptor, bytes);
        if (!count) {
            return tl::make_unexpected(count.error());
        }
        if (*count == 0) {
            return tl::make_unexpected(std::make_error_code(std::errc::io_error));
        }
        bytes = bytes.subspan(*count);
    }
    return {};
}

std::string short_fingerprint(const Digest& fingerprint) {
    return iso7816::to_hex(ByteView(fingerprint).first(4), '\0');
}

}  // namespace

tl::expected<std::unique_ptr<ImageFile>, ImageFileError> ImageFile::open(const std::string& path,
                                                                         const Profile& profile,
                                                                         OtherProfile other_profile, FileDoor& door) {
    std::unique_ptr<ImageFile> file(new ImageFile(door, path));
    const Outcome ready = file->find()
                              .and_then([&] { return file->look(profile, other_profile); })
                              .and_then([&] { return file->lock(); })
                              .and_then([&] { return file->remove_new(); })
                              .and_then([&] { return file->load_or_make(profile, other_profile); });
    if (!ready) {
        return tl::make_unexpected(ready.error());
    }
    return file;
}

ImageFile::~ImageFile() {
    for (const int descriptor : {folder_, lock_}) {
        if (descriptor >= 0) {
            door_.close(descriptor);
        }
    }
}

tl::unexpected<ImageFileError> ImageFile::error(Kind kind, const std::string& what) const {
    return tl::make_unexpected(ImageFileError{kind, fmt::format("{}: {}", shown_path_, what)});
}

tl::unexpected<ImageFileError> ImageFile::unusable(const std::string& what, std::error_code why) const {
    return error(Kind::unusable, fmt::format("{}: {}", what, why.message()));
}

/// Where the image is, or will be.
ImageFile::Outcome ImageFile::find() {
    const auto path = follow_links(door_, shown_path_);
    if (!path) {
        return unusable("cannot be found", path.error());
    }
    if (!path->has_filename()) {
        return error(Kind::unusable, "names no file");
    }
    const std::string parent = path->has_parent_path() ? path->parent_path().string() : ".";
    const auto folder = door_.real_folder(parent);
    if (!folder) {
        return unusable(fmt::format("the folder {}", parent), folder.error());
    }
    path_ = (std::filesystem::path(*folder) / path->filename()).string();
    const auto entry = door_.entry(path_);
    if (!entry) {
        return unusable("cannot be found", entry.error());
    }
    if (*entry != FileDoor::Entry::missing && *entry != FileDoor::Entry::regular) {
        return error(Kind::unusable, "is no regular file");
    }
    const auto writable = door_.check_writable(*folder);
    if (!writable) {
        return unusable(fmt::format("the folder {} cannot be written", *folder), writable.error());
    }
    const auto opened = door_.open(*folder, FileDoor::Open::folder);
    if (!opened) {
        return unusable(fmt::format("the folder {} cannot be opened", *folder), opened.error());
    }
    folder_ = *opened;
    return {};
}

/// Refuses what load_or_make() would refuse while nothing is changed yet, no companion made: the file may be anything,
/// named by mistake. Whoever has the lock may still save, which shows the old image or the new one.
ImageFile::Outcome ImageFile::look(const Profile& profile, OtherProfile other_profile) {
    const auto entry = door_.entry(path_);
    if (!entry) {
        return unusable("cannot be found", entry.error());
    }
    if (*entry == FileDoor::Entry::missing) {
        return {};
    }
    return load(origin_of(profile), other_profile).map([](const Loaded&) {});
}

ImageFile::Outcome ImageFile::lock() {
    const std::string path = path_ + ".scardlab-lock";
    const auto opened = door_.open(path, FileDoor::Open::lock);
    if (!opened) {
        return unusable(fmt::format("its lock {} cannot be opened", path), opened.error());
    }
    lock_ = *opened;
    const auto lock = door_.lock(lock_);
    if (!lock) {
        return unusable(fmt::format("its lock {} cannot be taken", path), lock.error());
    }
    if (!lock->taken) {
        return error(Kind::in_use, lock->holder ? fmt::format("is in use by process {}", *lock->holder)
                                                : std::string("is in use by another card"));
    }
    return {};
}

/// What a crash may have left. Where something else has that name, no save could succeed.
ImageFile::Outcome ImageFile::remove_new() {
    const auto removed = door_.remove(new_path());
    const auto entry = door_.entry(new_path());
    if (!entry) {
        return unusable(fmt::format("{} cannot be found", new_path()), entry.error());
    }
    if (*entry == FileDoor::Entry::missing) {
        return {};
    }
    const std::string what = fmt::format("{}, where a save writes, is there and cannot be removed", new_path());
    return removed ? error(Kind::unusable, what) : unusable(what, removed.error());
}

ImageFile::Outcome ImageFile::load_or_make(const Profile& profile, OtherProfile other_profile) {
    const auto entry = door_.entry(path_);
    if (!entry) {
        return unusable("cannot be found", entry.error());
    }
    if (*entry != FileDoor::Entry::missing) {
        return load(origin_of(profile), other_profile).map([this](Loaded&& loaded) {
            origin_ = std::move(loaded.image.origin);
            found_ = std::move(loaded.image.state);
            saved_ = std::move(loaded.bytes);
        });
    }
    fresh_ = true;
    origin_ = origin_of(profile);
    found_ = personalise(profile);
    Bytes bytes = encode_image(origin_, found_);
    if (const auto read_again = decode_image(bytes); !read_again) {
        return error(Kind::unusable,
                     fmt::format("no image can hold profile '{}': {}", profile.name, read_again.error().message));
    }
    if (const auto written = replace(bytes); !written) {
        return unusable("cannot be written", written.error());
    }
    saved_ = std::move(bytes);
    return {};
}

tl::expected<ImageFile::Loaded, ImageFileError> ImageFile::load(const ImageOrigin& expected,
                                                                OtherProfile other_profile) {
    auto bytes = read_all();
    if (!bytes) {
        return unusable("cannot be read", bytes.error());
    }
    auto image = decode_image(*bytes);
    if (!image) {
        return error(Kind::bad_image, fmt::format("byte {}: {}", image.error().offset, image.error().message));
    }
    if (other_profile == OtherProfile::refuse && image->origin != expected) {
        return error(
            Kind::other_profile,
            fmt::format("byte {}: the image of a card of profile '{}' (fingerprint {}...), expected '{}' "
                        "({}...)",
                        fingerprint_offset, image->origin.profile_name, short_fingerprint(image->origin.fingerprint),
                        expected.profile_name, short_fingerprint(expected.fingerprint)));
    }
    return Loaded{*std::move(image), *std::move(bytes)};
}

/// The whole file; of one that is larger than any image, enough to be refused.
Result<Bytes> ImageFile::read_all() {
    const auto opened = door_.open(path_, FileDoor::Open::existing);
    if (!opened) {
        return tl::make_unexpected(opened.error());
    }
    Bytes bytes;
    std::array<std::uint8_t, 16'384> buffer{};
    Result<std::size_t> count = std::size_t{1};
    while (count && *count > 0 && bytes.size() <= max_image_size) {
        count = door_.read(*opened, buffer);
        if (count) {
            bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
        }
    }
    door_.close(*opened);
    if (!count) {
        return tl::make_unexpected(count.error());
    }
    return bytes;
}

bool ImageFile::save(const IccState& state) {
    Bytes bytes = encode_image(origin_, state);
    if (!decode_image(bytes) || !replace(bytes)) {
        return false;
    }
    saved_ = std::move(bytes);
    return true;
}

/// Puts `bytes` in the place of the image. After an error what was there is there.
Result<void> ImageFile::replace(const Bytes& bytes) {
    auto replaced = write_new(bytes).and_then([&] { return door_.rename(new_path(), path_); });
    if (!replaced) {
        door_.remove(new_path());
        return replaced;
    }
    auto synced = door_.sync(folder_);
    if (!synced) {
        put_back();
    }
    return synced;
}

Result<void> ImageFile::write_new(const Bytes& bytes) {
    door_.remove(new_path());
    const auto opened = door_.open(new_path(), FileDoor::Open::fresh);
    if (!opened) {
        return tl::make_unexpected(opened.error());
    }
    auto written = write_all(door_, *opened, bytes).and_then([&] { return door_.sync(*opened); });
    const auto closed = door_.close(*opened);
    return written ? closed : written;
}

/// The folder could not be synced: the image is new for everybody who looks, but perhaps not after a power failure.
/// Nobody is to see a state that was reported as not saved.
void ImageFile::put_back() {
    if (saved_.empty()) {
        door_.remove(path_);
    } else if (!write_new(saved_).and_then([&] { return door_.rename(new_path(), path_); })) {
        door_.remove(new_path());
    }
    door_.sync(folder_);
}

}  // namespace scardlab::icc
