#pragma once

#include <cstddef>
#include <initializer_list>
#include <utility>

#include "emulator/iso7816/bytes.h"

namespace scardlab::service_provider {

/// Bytes that nobody else may read: parts one after the other, wiped from memory when the object goes.
class Secret {
  public:
    explicit Secret(std::initializer_list<iso7816::ByteView> parts);
    explicit Secret(iso7816::Bytes&& bytes) noexcept : bytes_(std::move(bytes)) {}
    ~Secret();
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    iso7816::ByteView view() const { return bytes_; }

  private:
    iso7816::Bytes bytes_;
};

/// Whether both have the same bytes; takes as long wherever they differ.
bool is_equal_secret(iso7816::ByteView left, iso7816::ByteView right);

}  // namespace scardlab::service_provider
