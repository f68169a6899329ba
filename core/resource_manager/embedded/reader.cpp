#include "core/resource_manager/embedded/reader.h"

#include <utility>

#include "core/resource_manager/embedded/protocol_choice.h"

namespace scardlab::resource_manager {

using ifd::IfdCode;
using ifd::PowerAction;

namespace {

constexpr StateBits usable_card = state_present | state_powered | state_negotiable;
constexpr StateBits mute_card = state_present | state_swallowed;

/// IFDPowerICC and IFDStatusICC (ifdwrapper.c): what a failing driver call becomes.
constexpr Code code_of_failure(IfdCode code) {
    return code == IfdCode::no_such_device ? Code::reader_unavailable : Code::not_transacted;
}

}  // namespace

Reader::Reader(ifd::Ifd& ifd, std::string name, std::uint16_t event_counter) : ifd_(ifd) {
    status_.name = std::move(name);
    status_.event_counter = event_counter;
}

bool Reader::note_presence_change() {
    const IfdCode now = ifd_.presence();
    if (now == (unseen_.empty() ? last_polled_ : unseen_.back())) {
        return false;
    }
    unseen_.push_back(now);
    return true;
}

IfdCode Reader::presence() {
    const IfdCode now = ifd_.presence();
    return unseen_.empty() ? now : unseen_.front();
}

IfdCode Reader::poll_presence() {
    last_polled_ = presence();
    if (!unseen_.empty()) {
        unseen_.erase(unseen_.begin());
    }
    return last_polled_;
}

Code Reader::check_present() {
    switch (const IfdCode seen = presence()) {
        case IfdCode::success:
        case IfdCode::icc_present:
            return Code::success;
        case IfdCode::icc_not_present:
            return Code::removed_card;
        default:
            return code_of_failure(seen);
    }
}

Code Reader::power_icc(PowerAction action) {
    if (const Code code = check_present(); code != Code::success) {
        // quirk C7b: the driver is not asked, and the length is the buffer's size that pcsc-lite passed in.
        status_.atr.claim_whole_buffer();
        return code;
    }
    const IfdCode done = ifd_.power_icc(action, scratch_);
    if (done != IfdCode::success) {
        status_.atr.spoil();
        return code_of_failure(done);
    }
    status_.atr.store(scratch_.bytes());
    return Code::success;
}

Code Reader::power_down() {
    if (const Code code = check_present(); code != Code::success) {
        return code;
    }
    const IfdCode done = ifd_.power_icc(PowerAction::down, scratch_);
    return done == IfdCode::success ? Code::success : code_of_failure(done);
}

Code Reader::check_status() const {
    return (status_.state & state_unknown) != 0 ? Code::reader_unavailable : Code::success;
}

Code Reader::use_card() {
    if ((status_.state & state_present) == 0) {
        return Code::no_smartcard;
    }
    if (power_state_ == PowerState::unpowered && power_icc(PowerAction::up) == Code::success) {
        status_.state = usable_card;
    }
    // quirk C7: automatic power-off leaves the bit set, so a card that has gone mute since passes here and fails later,
    // in the choice of a protocol, from an ATR without length.
    if ((status_.state & state_powered) == 0) {
        return Code::unpowered_card;
    }
    power_event(PowerEvent::used);
    return Code::success;
}

Code Reader::settle_protocol(ShareMode share, Protocols preferred) {
    if ((preferred & protocol_raw) != 0) {
        // quirk C9: RAW becomes the protocol of every handle, without a word to the card.
        status_.protocol = protocol_raw;
        return Code::success;
    }
    if (share == ShareMode::direct) {
        return Code::success;
    }
    if (status_.protocol != protocol_undefined) {
        // quirk C8: protocol_any_old stands for nothing here.
        return (preferred & status_.protocol) != 0 ? Code::success : Code::proto_mismatch;
    }
    const Negotiated negotiated = negotiate_protocol(ifd_, preferred, offered_protocols(status_.atr.bytes()));
    if (negotiated.code == Code::success) {
        status_.protocol = negotiated.protocol;
    }
    return negotiated.code;
}

void Reader::show_powered_or(Code code) {
    if (code == Code::success) {
        status_.state = usable_card;
        return;
    }
    status_.atr.clear_length();
    status_.state = code == Code::removed_card ? state_absent : mute_card;
}

Code Reader::reset_card(Disposition how) {
    Code code = Code::success;
    if (how == Disposition::reset) {
        code = power_icc(PowerAction::reset);
    } else {
        power_down();
        code = power_icc(PowerAction::up);
    }
    status_.protocol = protocol_undefined;
    show_powered_or(code);
    return code;
}

void Reader::unpower_card() {
    const Code code = power_down();
    power_event(PowerEvent::disconnect_unpower);
    status_.protocol = protocol_undefined;
    if (code == Code::success) {
        status_.state = state_present;
    } else {
        status_.state = code == Code::removed_card ? state_absent : mute_card;
    }
}

void Reader::lose_card() {
    // quirk T5: no handle is told, and the event thread still believes that the card is there.
    status_.atr.clear_length();
    status_.protocol = protocol_undefined;
    status_.state = state_absent;
}

void Reader::power_inserted_card(bool at_start) {
    const Code code = power_icc(PowerAction::up);
    status_.protocol = protocol_undefined;
    if (code == Code::success) {
        status_.state = usable_card;
        power_event(PowerEvent::insertion_powered);
        return;
    }
    status_.state = mute_card;
    power_event(PowerEvent::insertion_mute);
    if (!at_start) {
        status_.atr.clear_length();
    }
}

void Reader::show_absent() {
    status_.atr.clear_length();
    status_.protocol = protocol_undefined;
    status_.state = state_absent;
}

void Reader::show_failing() {
    status_.atr.clear_length();
    status_.protocol = protocol_undefined;
    status_.state = state_unknown;
}

void Reader::power_event(PowerEvent event) {
    const PowerTransition& transition = power_transition(power_state_, event);
    if (transition.power_down) {
        power_down();
        // Not the reader state: POWERED and the ATR stay (rule P1).
        status_.protocol = protocol_undefined;
    }
    power_state_ = transition.to;
}

}  // namespace scardlab::resource_manager
