#include "emulator/icc/contact_log.h"

#include "emulator/iso7816/pps.h"

namespace scardlab::icc {

namespace {

/// " F=512 D=16" when PPS1 is there and not reserved.
std::string rate_in(iso7816::ByteView pps) {
    const auto parsed = iso7816::Pps::parse(pps);
    const auto rate = parsed && parsed->pps1 ? iso7816::rate_from_ta1(*parsed->pps1) : std::nullopt;
    return rate ? " F=" + std::to_string(rate->f) + " D=" + std::to_string(rate->d) : "";
}

}  // namespace

std::string_view name(ContactEvent event) {
    switch (event) {
        case ContactEvent::inserted:
            return "inserted";
        case ContactEvent::removed:
            return "removed";
        case ContactEvent::cold_reset:
            return "cold_reset";
        case ContactEvent::warm_reset:
            return "warm_reset";
        case ContactEvent::atr:
            return "atr";
        case ContactEvent::pps_request:
            return "pps";
        case ContactEvent::pps_response:
            return "pps_response";
        case ContactEvent::command:
            return "command";
        case ContactEvent::response:
            return "response";
        case ContactEvent::s_block:
            return "s_block";
        case ContactEvent::deactivation:
            return "deactivation";
    }
    return "";
}

void ContactLog::append(ContactEvent event, iso7816::ClockCycles at, iso7816::ByteView bytes) {
    while (!entries_.empty() && (entries_.size() >= capacity_ || store_.size() + bytes.size() > max_bytes)) {
        drop_older_half();
    }
    entries_.push_back(
        {event, at, static_cast<std::uint32_t>(store_.size()), static_cast<std::uint32_t>(bytes.size())});
    store_.insert(store_.end(), bytes.begin(), bytes.end());
}

void ContactLog::clear() {
    entries_.clear();
    store_.clear();
    dropped_ = 0;
}

void ContactLog::drop_older_half() {
    const std::size_t gone = (entries_.size() + 1) / 2;
    dropped_ += gone;
    const std::uint32_t first_byte =
        gone < entries_.size() ? entries_[gone].offset : static_cast<std::uint32_t>(store_.size());
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(gone));
    store_.erase(store_.begin(), store_.begin() + static_cast<std::ptrdiff_t>(first_byte));
    for (Entry& entry : entries_) {
        entry.offset -= first_byte;
    }
}

std::string describe(const ContactLog& log, const ContactLog::Entry& entry) {
    std::string text(name(entry.event));
    const iso7816::ByteView bytes = log.bytes(entry);
    if (entry.event == ContactEvent::pps_request && bytes.size() >= 2) {
        return text + " T" + std::to_string(bytes[1] & 0x0F) + rate_in(bytes) + " (" + iso7816::to_hex(bytes) + ")";
    }
    return bytes.empty() ? text : text + " " + iso7816::to_hex(bytes);
}

}  // namespace scardlab::icc
