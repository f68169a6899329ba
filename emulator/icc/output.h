#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "emulator/iso7816/bytes.h"
#include "emulator/iso7816/timing.h"

namespace scardlab::icc {

/// A character that the card sends, with the time of its leading edge.
struct SentCharacter {
    std::uint8_t value;
    iso7816::ClockCycles at;
};

/// Characters that the card has decided to send, each with its time. Never allocates.
class Output {
  public:
    /// What the last character completes, for the owner to act on.
    /// t0_part: T0Card has more to send.
    enum class Completes : std::uint8_t { nothing, atr, pps_response, t0_part, t0_response, t1_response };

    void clear() {
        head_ = size_ = log_from_ = 0;
        completes_ = Completes::nothing;
    }

    /// Begins a new run: the first character at `first`, the others `spacing` apart (leading edge to leading edge).
    void begin(iso7816::ClockCycles first, iso7816::ClockCycles spacing) {
        clear();
        at_ = first;
        spacing_ = spacing;
    }
    void push(std::uint8_t value) {
        if (size_ < characters_.size()) {
            characters_[size_++] = value;
        }
    }
    void append(iso7816::ByteView values) {
        for (const std::uint8_t value : values) {
            push(value);
        }
    }
    /// From here on the characters belong to what `completes` says.
    void mark(Completes completes) {
        completes_ = completes;
        log_from_ = size_;
    }

    /// So many more characters fit.
    std::size_t room() const { return characters_.size() - size_; }
    bool empty() const { return head_ == size_; }

    /// The next character if its leading edge is at or before `not_after`.
    std::optional<SentCharacter> pop(iso7816::ClockCycles not_after) {
        if (empty() || at_ > not_after) {
            return std::nullopt;
        }
        const SentCharacter sent{characters_[head_++], at_};
        at_ += spacing_;
        return sent;
    }

    /// When the next character begins.
    std::optional<iso7816::ClockCycles> next_at() const { return empty() ? std::nullopt : std::optional(at_); }
    /// It begins at `at`, and the others follow it as before.
    void reschedule(iso7816::ClockCycles at) { at_ = at; }
    /// The character that was popped last comes again, at `at`, and the others follow it; false: there was none.
    bool repeat(iso7816::ClockCycles at) {
        if (head_ == 0) {
            return false;
        }
        --head_;
        at_ = at;
        return true;
    }

    Completes completes() const { return completes_; }
    /// The characters since mark().
    iso7816::ByteView marked() const { return iso7816::ByteView(characters_).subspan(log_from_, size_ - log_from_); }

  private:
    std::array<std::uint8_t, 1024> characters_{};  // a T=1 block has 259; see T0Card for T=0
    std::size_t head_ = 0;
    std::size_t size_ = 0;
    std::size_t log_from_ = 0;
    Completes completes_ = Completes::nothing;
    iso7816::ClockCycles at_{};
    iso7816::ClockCycles spacing_{};
};

}  // namespace scardlab::icc
