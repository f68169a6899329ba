#pragma once

#include <optional>
#include <vector>

#include "emulator/icc/icc.h"
#include "emulator/ifd/fault.h"

namespace scardlab::ifd {

/// The faults that wait, and the one of the exchange that is running. Those of the line happen in Line, which asks here
/// at each character; the others are told to the card as deviations.
class FaultPlan {
  public:
    /// One more waits.
    void add(const Fault& fault) { waiting_.push_back(fault); }
    /// Forgets those that wait and those that were missed.
    void clear();
    /// Faults whose exchange has not come.
    const std::vector<Fault>& waiting() const { return waiting_; }
    /// Faults whose exchange came and ended before they had happened as often as they were to.
    const std::vector<Fault>& missed() const { return missed_; }

    /// An exchange of this kind begins with `card`: the first fault that is due for it is armed.
    void arm(Fault::At at, icc::Icc& card);
    /// It ends; `card` is nullptr when it was pulled out.
    void disarm(icc::Icc* card);
    /// Characters count from 1 again: another attempt at a reset.
    void count_anew() { of_card_ = of_reader_ = 0; }

    /// What is to happen at the next character of the card, or of the reader.
    std::optional<Fault::Do> due_of_card() const { return due(false, of_card_); }
    std::optional<Fault::Do> due_of_reader() const { return due(true, of_reader_); }
    /// It happened once. Being silent is for the rest of the exchange, all its attempts.
    void happened();
    /// A character of the card, or of the reader, is over, its repetitions included.
    void card_sent() { ++of_card_; }
    void reader_sent() { ++of_reader_; }

  private:
    std::optional<Fault::Do> due(bool of_reader, unsigned count) const {
        const bool now = armed_ && left_ > 0 && armed_->of_reader == of_reader && count + 1 >= armed_->character;
        return now ? std::optional(armed_->what) : std::nullopt;
    }

    std::vector<Fault> waiting_;
    std::vector<Fault> missed_;
    std::optional<Fault> armed_;
    bool told_card_ = false;  ///< the armed one is a deviation of the card
    unsigned left_ = 0;       ///< so many times more; 0 for a deviation
    bool silenced_ = false;
    unsigned of_card_ = 0;
    unsigned of_reader_ = 0;
};

}  // namespace scardlab::ifd
