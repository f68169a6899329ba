#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "core/resource_manager/embedded/reader.h"

namespace scardlab::resource_manager {

/// PCSCLITE_MAX_READERS_CONTEXTS.
inline constexpr std::size_t max_readers = 16;

/// The daemon's table of readers: sReadersContexts and readerStates (readerfactory.c).
class ReaderSlots {
  public:
    /// Puts a reader with the name "<name> NN 00" into the first free slot; nullptr when all are taken.
    Reader* add(std::string_view name, ifd::Ifd& ifd);
    void remove(Reader& reader);
    /// No reader, and no memory of any.
    void clear() { slots_ = {}; }

    Reader* find(std::string_view full_name) const;
    std::size_t count() const;

    /// Calls `visit(Reader&)` in slot order.
    template <typename Visit>
    void for_each(Visit visit) const {
        for (const Slot& slot : slots_) {
            if (slot.reader) {
                visit(*slot.reader);
            }
        }
    }

  private:
    struct Slot {
        std::unique_ptr<Reader> reader;
        unsigned number = 0;              ///< NN of its name
        std::uint16_t event_counter = 0;  ///< what the last reader left
    };
    unsigned first_free_number() const;

    std::array<Slot, max_readers> slots_;
};

}  // namespace scardlab::resource_manager
