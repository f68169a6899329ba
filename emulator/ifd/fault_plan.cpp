#include "emulator/ifd/fault_plan.h"

#include <algorithm>
#include <optional>

namespace scardlab::ifd {

namespace {

using Kind = icc::Deviation::Kind;

/// The card's part of a fault; nullopt for one of the line.
std::optional<Kind> deviation_for(Fault::Do what) {
    switch (what) {
        case Fault::Do::remove:
        case Fault::Do::lose_contact:
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

void FaultPlan::add(Fault fault) {
    fault.times = std::max(fault.times, 1U);
    fault.number = std::max(fault.number, 1U);
    waiting_.push_back(fault);
}

void FaultPlan::clear() {
    waiting_.clear();
    missed_.clear();
}

void FaultPlan::arm(Fault::At at, icc::Icc& card) {
    armed_.clear();
    if (waiting_.empty()) {
        return;
    }
    count_anew();
    std::erase_if(waiting_, [&](Fault& fault) {
        if (fault.at != at) {
            return false;
        }
        if (at == Fault::At::command && fault.number > 1) {
            --fault.number;
            return false;
        }
        const auto kind = deviation_for(fault.what);
        const bool once = fault.what == Fault::Do::remove || fault.what == Fault::Do::lose_contact ||
                          fault.what == Fault::Do::stay_mute;
        armed_.push_back({fault, once ? 1 : fault.times, kind.has_value()});
        if (kind) {
            card.plan({*kind, fault.block, fault.times, fault.value, armed_.size()});
        }
        return true;
    });
}

void FaultPlan::disarm(icc::Icc& card) {
    bool told_card = false;
    for (std::size_t i = 0; i < armed_.size(); ++i) {
        told_card = told_card || armed_[i].told_card;
        if (missed(armed_[i], i, card)) {
            missed_.push_back(armed_[i].fault);
        }
    }
    armed_.clear();
    if (told_card) {
        card.clear_deviations();
    }
}

bool FaultPlan::missed(const Armed& armed, std::size_t index, const icc::Icc& card) const {
    const auto is_its = [&](const icc::Deviation& deviation) { return deviation.mark == index + 1; };
    return armed.told_card ? std::ranges::any_of(card.deviations(), is_its) : armed.left > 0;
}

bool FaultPlan::happens(Fault::Do what, bool of_reader, unsigned count) {
    const bool for_good = what == Fault::Do::stay_mute;
    const auto due = std::ranges::find_if(armed_, [&](const Armed& armed) {
        const Fault& fault = armed.fault;
        return fault.what == what && fault.of_reader == of_reader && count + 1 >= fault.character &&
               (armed.left > 0 || for_good);
    });
    if (due == armed_.end()) {
        return false;
    }
    due->left -= due->left > 0 ? 1 : 0;
    return true;
}

}  // namespace scardlab::ifd
