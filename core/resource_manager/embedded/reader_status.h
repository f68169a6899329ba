#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/resource_manager/resource_manager.h"
#include "emulator/iso7816/bytes.h"

namespace scardlab::resource_manager {

/// cardAtr and cardAtrLength of READER_STATE: the buffer outlives its length, so old bytes can come back (rule C7b).
class AtrBuffer {
  public:
    iso7816::ByteView bytes() const { return {bytes_.data(), length_}; }
    std::size_t length() const { return length_; }

    void store(iso7816::ByteView atr) {
        length_ = std::min(atr.size(), bytes_.size());
        std::copy_n(atr.begin(), length_, bytes_.begin());
    }
    /// cardAtrLength = 0.
    void clear_length() { length_ = 0; }
    /// cardAtrLength = sizeof(cardAtr), the bytes as they are.
    void claim_whole_buffer() { length_ = bytes_.size(); }
    /// pucAtr[0] = 0 and length 0: what a failed power action leaves (ifdwrapper.c:IFDPowerICC).
    void spoil() {
        bytes_[0] = 0;
        length_ = 0;
    }

  private:
    std::array<std::uint8_t, iso7816::Atr::max_size> bytes_{};
    std::size_t length_ = 0;
};

/// How many handles share a reader: READER_CONTEXT.contexts and READER_STATE.readerSharing.
using Sharing = int;
inline constexpr Sharing sharing_exclusive = -1, sharing_none = 0, sharing_last = 1;

/// What the daemon shows of a reader to every client: READER_STATE (eventhandler.h).
struct ReaderStatus {
    std::string name;
    StateBits state = 0;
    std::uint16_t event_counter = 0;
    Sharing sharing = sharing_none;
    Protocols protocol = protocol_undefined;
    AtrBuffer atr;
};

}  // namespace scardlab::resource_manager
