#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "emulator/iso7816/bytes.h"

namespace scardlab::iso7816 {

/// Why bytes are not BER-TLV data objects.
struct TlvError {
    std::size_t offset;
    std::string message;
};

/// A BER-TLV data object (ISO/IEC 7816-4:2013 clause 6.3), decoded. `value` refers to the bytes it was read from.
struct Tlv {
    std::uint32_t tag = 0;  ///< one to three bytes, the first one leading: 82, 5F24, DF8101
    ByteView value;
};

/// Reads the data objects in some bytes one after another; does not look into constructed ones.
class TlvReader {
  public:
    explicit TlvReader(ByteView bytes) : bytes_(bytes) {}

    /// No bytes are left.
    bool at_end() const { return offset_ == bytes_.size(); }
    /// The next data object. Errors with offset, after which the reader stands where it stood: no bytes left, a tag or
    /// a length field that is cut off, a tag of more than three bytes, a length field of the indefinite form or of more
    /// than three bytes, a value that is longer than what is left. Does not allocate on success.
    tl::expected<Tlv, TlvError> next();

  private:
    ByteView bytes_;
    std::size_t offset_ = 0;
};

/// Appends a data object with the shortest length field. `tag` is one to three bytes as in Tlv; the value has at most
/// 65,535.
void append_tlv(Bytes& out, std::uint32_t tag, ByteView value);

}  // namespace scardlab::iso7816
