#pragma once

#include <cstddef>
#include <vector>

#include "emulator/icc/icc.h"
#include "emulator/ifd/fault.h"

namespace scardlab::ifd {

/// The faults that wait, and those of the exchange that is running. Those of the line happen in Line, which asks here
/// at each character; the others are told to the card as deviations.
class FaultPlan {
  public:
    /// One more waits. Zero times, or the zeroth command, is taken for one, the first.
    void add(Fault fault);
    /// Forgets those that wait and those that were missed.
    void clear();
    /// Faults whose exchange has not come.
    const std::vector<Fault>& waiting() const { return waiting_; }
    /// Faults whose exchange came and ended before they had happened as often as they were to.
    const std::vector<Fault>& missed() const { return missed_; }

    /// An exchange of this kind begins with `card`: all faults that are due for it are armed.
    void arm(Fault::At at, icc::Icc& card);
    /// It ends, or `card` is about to be pulled out.
    void disarm(icc::Icc& card);
    /// Characters count from 1 again: another attempt at a reset.
    void count_anew() { of_card_ = of_reader_ = 0; }

    /// Whether any can happen in the exchange that is running.
    bool any_armed() const { return !armed_.empty(); }
    /// Whether that is to happen at the next character of the card, or of the reader; it has then happened once more.
    /// Being silent is for the rest of the exchange, all its attempts.
    bool happens_to_card(Fault::Do what) { return any_armed() && happens(what, false, of_card_); }
    bool happens_to_reader(Fault::Do what) { return any_armed() && happens(what, true, of_reader_); }
    /// A character of the card, or of the reader, is over, its repetitions included.
    void card_sent() { ++of_card_; }
    void reader_sent() { ++of_reader_; }

  private:
    struct Armed {
        Fault fault;
        unsigned left;  ///< so many times more; of no use for a deviation
        bool told_card;
    };

    bool happens(Fault::Do what, bool of_reader, unsigned count);
    bool missed(const Armed& armed, std::size_t index, const icc::Icc& card) const;

    std::vector<Fault> waiting_;
    std::vector<Fault> missed_;
    std::vector<Armed> armed_;  ///< keeps its capacity
    unsigned of_card_ = 0;
    unsigned of_reader_ = 0;
};

}  // namespace scardlab::ifd
