#include "core/resource_manager/embedded/reader_slots.h"

#include <algorithm>
#include <string>

namespace scardlab::resource_manager {
namespace {

/// MAX_READERNAME - sizeof(" 00 00").
constexpr std::size_t max_short_name = 121;

std::string full_name(std::string_view name, unsigned number) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string full(name.substr(0, max_short_name));
    full += ' ';
    full += digits[number / 16 % 16];
    full += digits[number % 16];
    full += " 00";
    return full;
}

}  // namespace

unsigned ReaderSlots::first_free_number() const {
    unsigned number = 0;
    while (std::ranges::any_of(slots_, [number](const Slot& slot) { return slot.reader && slot.number == number; })) {
        ++number;
    }
    return number;
}

Reader* ReaderSlots::add(std::string_view name, ifd::Ifd& ifd) {
    const auto slot = std::ranges::find_if(slots_, [](const Slot& candidate) { return !candidate.reader; });
    if (slot == slots_.end()) {
        return nullptr;
    }
    slot->number = first_free_number();
    slot->reader = std::make_unique<Reader>(ifd, full_name(name, slot->number), slot->event_counter);
    return slot->reader.get();
}

void ReaderSlots::remove(Reader& reader) {
    const auto slot =
        std::ranges::find_if(slots_, [&reader](const Slot& candidate) { return candidate.reader.get() == &reader; });
    if (slot != slots_.end()) {
        // quirk G1: the slot's counter goes on with the next reader.
        slot->event_counter = reader.status().event_counter;
        slot->reader.reset();
    }
}

Reader* ReaderSlots::find(std::string_view full_name) const {
    for (const Slot& slot : slots_) {
        if (slot.reader && slot.reader->status().name == full_name) {
            return slot.reader.get();
        }
    }
    return nullptr;
}

std::size_t ReaderSlots::count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(slots_, [](const Slot& slot) { return slot.reader != nullptr; }));
}

}  // namespace scardlab::resource_manager
