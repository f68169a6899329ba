#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/icc/icc.h"
#include "emulator/iso7816/block_t1.h"
#include "tests/fakes/card_profiles.h"

namespace scardlab::tests {

using iso7816::Bytes;
using iso7816::ByteView;
using iso7816::ClockCycles;

/// A reader that knows nothing: contacts and characters by hand, on its own time.
class CardDriver {
  public:
    explicit CardDriver(icc::Profile profile) : card(std::move(profile)) { card.inserted(now); }

    void power_on() { card.power_on(later(1'000)); }
    void power_off() { card.power_off(later(1'000)); }
    void rst_low() { card.rst_low(later(1'000)); }
    void rst_high() { card.rst_high(later(500)); }

    /// What the card sends until it is silent for `wait`; time moves to the last character (or to the end of the wait).
    Bytes read(ClockCycles wait = iso7816::initial_waiting_time) {
        Bytes bytes;
        while (const auto sent = card.next_character(now + wait)) {
            now = sent->at;
            bytes.push_back(sent->character.value(convention));
        }
        now += bytes.empty() ? wait : ClockCycles{0};
        return bytes;
    }
    void send(ByteView bytes) {
        for (const std::uint8_t byte : bytes) {
            card.receive(iso7816::Character::encode(byte, convention), later(22 * 372));
        }
    }
    Bytes exchange(std::string_view hex) {
        send(fakes::hex(hex));
        return read();
    }
    Bytes exchange(ByteView bytes) {
        send(bytes);
        return read();
    }

    Bytes cold_reset() {
        power_off();
        power_on();
        rst_high();
        return read();
    }
    Bytes warm_reset() {
        rst_low();
        rst_high();
        return read();
    }

    /// The contact log as text, which it forgets.
    std::vector<std::string> story() {
        std::vector<std::string> lines;
        for (const auto& entry : card.log().entries()) {
            lines.push_back(icc::describe(card.log(), entry));
        }
        card.log().clear();
        return lines;
    }

    icc::Icc card;
    ClockCycles now{0};
    iso7816::Convention convention = iso7816::Convention::direct;

  private:
    ClockCycles later(std::int64_t cycles) { return now += ClockCycles{cycles}; }
};

/// What a protocol of the card works on, without the card: for tests of T0Card and T1Card alone.
struct CardBench {
    explicit CardBench(icc::Profile of)
        : profile(std::move(of)), state(icc::personalise(profile)), timing(iso7816::timing_for(profile.cold_atr, {})) {}

    icc::CardParts parts() { return {{state, nullptr, profile}, session, log, output, timing, scratch, deviations}; }

    /// Sends characters to `link` and returns what it then wants to send.
    template <class Link>
    Bytes exchange(Link& link, ByteView bytes) {
        for (const std::uint8_t byte : bytes) {
            now += timing.guard_time;
            link.receive(byte, now, parts());
        }
        return sent();
    }
    Bytes sent() {
        Bytes bytes;
        while (const auto character = output.pop(now + ClockCycles{1'000'000'000})) {
            bytes.push_back(character->value);
            now = character->at;
        }
        return bytes;
    }

    icc::Profile profile;
    icc::IccState state;
    icc::IccSession session;
    icc::ContactLog log;
    icc::Output output;
    iso7816::Timing timing;
    Bytes scratch;
    icc::Deviations deviations;
    ClockCycles now{0};
};

/// A block of T=1 as bytes.
inline Bytes block(iso7816::Pcb pcb, ByteView inf = {}, iso7816::EdcKind edc = iso7816::EdcKind::lrc) {
    iso7816::BlockT1::Encoded encoded;
    iso7816::BlockT1{0, pcb, inf}.encode(edc, encoded);
    const ByteView view = encoded.view();
    return {view.begin(), view.end()};
}

inline Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

}  // namespace scardlab::tests
