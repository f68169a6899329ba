#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/timing.h"

namespace scardlab::icc {

/// What a card can see at its contacts (or do there).
enum class ContactEvent : std::uint8_t {
    inserted,      ///< the card was put into a reader
    removed,       ///< the card was pulled out
    cold_reset,    ///< activation and reset (ISO/IEC 7816-3 clause 6.2.2)
    warm_reset,    ///< reset with VCC and CLK kept (clause 6.2.3)
    atr,           ///< the whole answer to reset was sent; bytes = ATR
    pps_request,   ///< bytes = the request
    pps_response,  ///< bytes = the response
    command,       ///< a command arrived whole; bytes = APDU (T=1) or header and data of the TPDU (T=0)
    response,      ///< its response was sent; bytes = data and SW1SW2
    s_block,       ///< an S-block other than WTX arrived (T=1); bytes = PCB and INF
    deactivation,  ///< RST low, CLK stopped, VCC off (clause 6.4)
};

/// Names as scenarios write them in card_saw: "cold_reset", "atr", "pps", ...
std::string_view name(ContactEvent event);

/// The card's log of what it saw, in order, with the reader's time in clock cycles. Bounded: beyond `capacity` entries
/// (at least one is kept), or `max_bytes` bytes in them, the older half is dropped and counted. Appending allocates
/// only while the log grows to its working size.
class ContactLog {
  public:
    struct Entry {
        ContactEvent event;
        iso7816::ClockCycles at;
        std::uint32_t offset;  ///< into the byte store
        std::uint32_t size;
    };

    static constexpr std::size_t max_bytes = std::size_t{16} << 20;

    explicit ContactLog(std::size_t capacity = 65'536) : capacity_(capacity) {}

    void append(ContactEvent event, iso7816::ClockCycles at, iso7816::ByteView bytes = {});
    /// Drops everything.
    void clear();

    const std::vector<Entry>& entries() const { return entries_; }
    iso7816::ByteView bytes(const Entry& entry) const {
        return iso7816::ByteView(store_).subspan(entry.offset, entry.size);
    }
    /// Entries that were dropped since the last clear().
    std::uint64_t dropped() const { return dropped_; }

  private:
    void drop_older_half();

    std::size_t capacity_;
    std::vector<Entry> entries_;
    iso7816::Bytes store_;
    std::uint64_t dropped_ = 0;
};

/// One entry as one line of a trace, without its time: "pps T1 (FF 01 FE)", "pps T1 F=512 D=16 (FF 11
/// 95 7B)", "command 00 A4 00 00 02 3F 00".
std::string describe(const ContactLog& log, const ContactLog::Entry& entry);

}  // namespace scardlab::icc
