#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "emulator/icc/image/file_door.h"
#include "emulator/icc/image/image.h"
#include "emulator/icc/profile.h"
#include "emulator/icc/state.h"

namespace scardlab::icc {

/// Why an image file cannot be used.
struct ImageFileError {
    enum class Kind : std::uint8_t {
        bad_image,      ///< not an image, larger than any, damaged, or of an unknown version
        other_profile,  ///< the image of a card that another profile made
        in_use,         ///< another card has it
        unusable,       ///< the operating system refuses something, or it is no regular file
    };
    Kind kind;
    std::string message;  ///< one line with the path
};

/// A card image on disk, which one card at a time uses.
///
/// The lock is on a companion, PATH.scardlab-lock, because saving replaces the image and a lock on it would go with the
/// old one. The companion is made when missing and stays; the lock ends with the object and with the process, however
/// it dies. A save writes PATH.scardlab-new (mode 0600), syncs it, renames it to PATH and syncs the folder; what a
/// crash leaves of it is removed by the next card that opens the image. When PATH is a symbolic link, the file that it
/// leads to is the image, and these names stand beside that file: the link stays. Another name of the same file (a hard
/// link) keeps the state that it had before the first save, for that makes a new file. One thread.
class ImageFile final : public StateStore {
  public:
    enum class OtherProfile : std::uint8_t { refuse, accept };

    /// Looks whether what is at `path` is a card image of that profile, before anything is written or removed; takes
    /// the lock, then reads the image, or personalises `profile` and makes one. The image keeps the origin that it was
    /// made with. `door` outlives the object.
    static tl::expected<std::unique_ptr<ImageFile>, ImageFileError> open(const std::string& path,
                                                                         const Profile& profile,
                                                                         OtherProfile other_profile, FileDoor& door);
    ~ImageFile() override;
    ImageFile(const ImageFile&) = delete;
    ImageFile& operator=(const ImageFile&) = delete;

    /// True when open() has made the image.
    bool fresh() const { return fresh_; }
    /// What open() has found, or made.
    const IccState& found() const { return found_; }

    /// False also for a state that would not be read again (see decode_state), which is not written. After false the
    /// earlier state is in its place, unless the disk refuses even to have it put back.
    bool save(const IccState& state) override;

  private:
    using Outcome = tl::expected<void, ImageFileError>;
    /// What is in the file, read and as bytes.
    struct Loaded {
        Image image;
        iso7816::Bytes bytes;
    };
    ImageFile(FileDoor& door, std::string path) : door_(door), shown_path_(std::move(path)) {}
    Outcome find();
    Outcome look(const Profile& profile, OtherProfile other_profile);
    Outcome lock();
    Outcome remove_new();
    Outcome load_or_make(const Profile& profile, OtherProfile other_profile);
    tl::expected<Loaded, ImageFileError> load(const ImageOrigin& expected, OtherProfile other_profile);
    FileDoor::Result<iso7816::Bytes> read_all();
    FileDoor::Result<void> replace(const iso7816::Bytes& bytes);
    FileDoor::Result<void> write_new(const iso7816::Bytes& bytes);
    void put_back();
    std::string new_path() const { return path_ + ".scardlab-new"; }
    tl::unexpected<ImageFileError> error(ImageFileError::Kind kind, const std::string& what) const;
    tl::unexpected<ImageFileError> unusable(const std::string& what, std::error_code why) const;

    FileDoor& door_;
    std::string shown_path_;  ///< as the user wrote it
    std::string path_;        ///< absolute, without links
    int lock_ = -1;
    int folder_ = -1;
    ImageOrigin origin_;
    IccState found_;
    iso7816::Bytes saved_;  ///< what is in the file; empty: there is none
    bool fresh_ = false;
};

}  // namespace scardlab::icc
