#include "emulator/ifd/fault_plan.h"

#include <utility>

namespace scardlab::ifd {

namespace {

using Kind = icc::Deviation::Kind;

/// The card's part of a fault; nullopt for one of the line.
std::optional<Kind> deviation_for(Fault::Do what) {
    switch (what) {
        case Fault::Do::remove:
        case Fault::Do::stay_mute:
        case Fault::Do::parity_error:
        case Fault::Do::early:
        case Fault::Do::late:
            return std::nullopt;
        case Fault::Do::bad_ts:
            return Kind::bad_ts;
        case Fault::Do::bad_tck:
            return Kind::bad_tck;
        case Fault::Do::too_long:
            return Kind::too_long;
        case Fault::Do::refuse:
            return Kind::pps_refuse;
        case Fault::Do::garble:
            return Kind::pps_garble;
        case Fault::Do::without_pps1:
            return Kind::pps_without_pps1;
        case Fault::Do::null_bytes:
            return Kind::null_bytes;
        case Fault::Do::wrong_procedure_byte:
            return Kind::wrong_procedure_byte;
        case Fault::Do::one_byte:
            return Kind::one_byte;
        case Fault::Do::bad_edc:
            return Kind::bad_edc;
        case Fault::Do::wrong_sequence:
            return Kind::wrong_sequence;
        case Fault::Do::bad_pcb:
            return Kind::bad_pcb;
        case Fault::Do::bad_len:
            return Kind::bad_len;
        case Fault::Do::bad_nad:
            return Kind::bad_nad;
        case Fault::Do::lost_block:
            return Kind::lost_block;
        case Fault::Do::wtx:
            return Kind::wtx;
        case Fault::Do::ifs:
            return Kind::ifs;
        case Fault::Do::abort:
            return Kind::abort;
    }
    return std::nullopt;
}

}  // namespace

void FaultPlan::clear() {
    waiting_.clear();
    missed_.clear();
}

void FaultPlan::arm(Fault::At at, icc::Icc& card) {
    armed_.reset();
    if (waiting_.empty()) {
        return;
    }
    std::vector<Fault> still_waiting;
    for (Fault fault : waiting_) {
        const bool due = fault.at == at && (at != Fault::At::command || fault.number == 1);
        if (due && !armed_) {
            armed_ = fault;
            continue;
        }
        if (fault.at == at && at == Fault::At::command && fault.number > 1) {
            --fault.number;
        }
        still_waiting.push_back(fault);
    }
    waiting_ = std::move(still_waiting);
    if (!armed_) {
        return;
    }
    count_anew();
    silenced_ = false;
    const auto kind = deviation_for(armed_->what);
    told_card_ = kind.has_value();
    left_ = told_card_ ? 0 : armed_->times;
    if (kind) {
        card.plan({*kind, armed_->block, armed_->times, armed_->value});
    }
}

void FaultPlan::disarm(icc::Icc* card) {
    if (!armed_) {
        return;
    }
    const Fault fault = *std::exchange(armed_, std::nullopt);
    const bool missed = told_card_ ? card != nullptr && !card->deviations().empty() : left_ > 0 && !silenced_;
    if (told_card_ && card != nullptr) {
        card->clear_deviations();
    }
    if (missed) {
        missed_.push_back(fault);
    }
}

void FaultPlan::happened() {
    if (armed_->what == Fault::Do::stay_mute) {
        silenced_ = true;
    } else {
        --left_;
    }
}

}  // namespace scardlab::ifd
