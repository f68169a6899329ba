#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <tl/expected.hpp>

#include "emulator/iso7816/bytes.h"

namespace scardlab::icc {

/// The one door to the operating system's files for a card image, so that a test can fail, cut short or end every call.
/// Each call is one system call in essence; a descriptor is a number that open() gave.
class FileDoor {
  public:
    template <class T>
    using Result = tl::expected<T, std::error_code>;

    /// What a name stands for; a symbolic link is not followed.
    enum class Entry : std::uint8_t { missing, regular, link, other };
    enum class Open : std::uint8_t {
        existing,  ///< to be read, and writable
        fresh,     ///< to be written; must not be there yet; only its owner may read it
        lock,      ///< is made when missing
        folder,    ///< for sync()
    };
    struct Lock {
        bool taken = false;
        std::optional<int> holder;  ///< process that has it, if the system tells
    };

    virtual ~FileDoor() = default;

    virtual Result<Entry> entry(const std::string& path) = 0;
    virtual Result<std::string> link_target(const std::string& path) = 0;
    /// Absolute path of an existing folder, without links.
    virtual Result<std::string> real_folder(const std::string& path) = 0;
    /// Whether files of that folder can be made and replaced.
    virtual Result<void> check_writable(const std::string& folder) = 0;

    virtual Result<int> open(const std::string& path, Open how) = 0;
    /// Fewer bytes than `into` has are possible; 0 is the end.
    virtual Result<std::size_t> read(int descriptor, std::span<std::uint8_t> into) = 0;
    /// How many of the bytes were written; at least 1.
    virtual Result<std::size_t> write(int descriptor, iso7816::ByteView bytes) = 0;
    /// Afterwards the content of the file, or the names in the folder, survive a power failure.
    virtual Result<void> sync(int descriptor) = 0;
    virtual Result<void> close(int descriptor) = 0;
    /// Takes the lock of an open file for as long as it is open; it ends with the process too.
    virtual Result<Lock> lock(int descriptor) = 0;

    /// Puts a file in the place of another, at once.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove(const std::string& path) = 0;
};

}  // namespace scardlab::icc
