#pragma once

#include "emulator/icc/image/file_door.h"

namespace scardlab::icc {

/// The real files.
class PosixDoor final : public FileDoor {
  public:
    Result<Entry> entry(const std::string& path) override;
    Result<std::string> link_target(const std::string& path) override;
    Result<std::string> real_folder(const std::string& path) override;
    Result<void> check_writable(const std::string& folder) override;
    Result<int> open(const std::string& path, Open how) override;
    Result<std::size_t> read(int descriptor, std::span<std::uint8_t> into) override;
    Result<std::size_t> write(int descriptor, iso7816::ByteView bytes) override;
    Result<void> sync(int descriptor) override;
    Result<void> close(int descriptor) override;
    Result<Lock> lock(int descriptor) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
};

}  // namespace scardlab::icc
