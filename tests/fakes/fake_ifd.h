#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/ifd/ifd.h"

namespace scardlab::fakes {

/// A reader without a card model: it answers what the test has put in, records every call, and can change presence at
/// any moment, in the middle of a call too.
class FakeIfd final : public ifd::Ifd {
  public:
    /// ATR of a card with T=0 first and T=1: what reader and card answer until told otherwise.
    static constexpr std::initializer_list<std::uint8_t> dual_protocol_atr{0x3B, 0x80, 0x80, 0x01, 0x01};

    FakeIfd() { set_atr(dual_protocol_atr); }

    // -- The card ------------------------------------------------------------------------------------------------
    void insert() { set_presence(ifd::IfdCode::success); }
    void remove() { set_presence(ifd::IfdCode::icc_not_present); }
    /// Removal and insertion, each announced.
    void swap() {
        remove();
        insert();
    }
    /// Presence fails with that code (a broken reader).
    void fail(ifd::IfdCode code) { set_presence(code); }
    void set_presence(ifd::IfdCode code) {
        presence_ = code;
        if (listener_) {
            listener_();
        }
    }
    /// Without a word to whoever listens: a change that no poll has seen.
    void set_presence_quietly(ifd::IfdCode code) { presence_ = code; }
    void set_atr(iso7816::ByteView atr) { atr_ = iso7816::Atr::parse(atr).value(); }
    void set_atr(std::initializer_list<std::uint8_t> atr) { set_atr(iso7816::ByteView(atr.begin(), atr.size())); }
    const iso7816::Atr& atr() const { return atr_; }

    // -- Answers: the next ones first, then the standing one
    // -----------------------------------------------------------
    ifd::IfdCode power_answer = ifd::IfdCode::success;
    ifd::IfdCode set_protocol_answer = ifd::IfdCode::success;
    ifd::IfdCode transmit_answer = ifd::IfdCode::success;
    iso7816::Bytes response{0x90, 0x00};
    std::deque<ifd::IfdCode> next_power_answers;

    /// Runs once, in the middle of the next call with that name ("up", "down", "reset", "set T0", "set T1", "transmit",
    /// "presence"), before it answers.
    void during_next(std::string call, std::function<void()> action) {
        plan_call_ = std::move(call);
        plan_ = std::move(action);
    }

    // -- The record ------------------------------------------------------------------------------------------------
    using Calls = std::vector<std::string>;
    /// Every call since the last time it was asked, "presence" left out.
    Calls take_calls() {
        Calls calls = take_all_calls();
        std::erase(calls, "presence");
        return calls;
    }
    /// Every call since the last time it was asked.
    Calls take_all_calls() { return std::exchange(calls_, {}); }
    /// Stops the record, for measurements.
    void stop_recording() { recording_ = false; }
    bool has_listener() const { return static_cast<bool>(listener_); }

    ifd::IfdCode power_icc(ifd::PowerAction action, iso7816::Atr& atr) override {
        using enum ifd::PowerAction;
        record(action == up ? "up" : action == down ? "down" : "reset");
        ifd::IfdCode answer = power_answer;
        if (!next_power_answers.empty()) {
            answer = next_power_answers.front();
            next_power_answers.pop_front();
        }
        atr = action != down && answer == ifd::IfdCode::success ? atr_ : iso7816::Atr{};
        return answer;
    }
    ifd::IfdCode set_protocol(iso7816::Protocol protocol) override {
        record(protocol == iso7816::Protocol::t1 ? "set T1" : "set T0");
        return set_protocol_answer;
    }
    ifd::IfdCode transmit(iso7816::ByteView, iso7816::Bytes& answer) override {
        record("transmit");
        answer.clear();
        if (transmit_answer == ifd::IfdCode::success) {
            answer.assign(response.begin(), response.end());
        }
        return transmit_answer;
    }
    ifd::IfdCode presence() override {
        record("presence");
        return presence_;
    }
    void set_presence_listener(std::function<void()> listener) override { listener_ = std::move(listener); }

  private:
    void record(std::string_view call) {
        if (!recording_) {
            return;
        }
        calls_.emplace_back(call);
        if (plan_ && plan_call_ == call) {
            std::exchange(plan_, {})();
        }
    }

    ifd::IfdCode presence_ = ifd::IfdCode::icc_not_present;
    iso7816::Atr atr_;
    std::function<void()> listener_;
    Calls calls_;
    std::string plan_call_;
    std::function<void()> plan_;
    bool recording_ = true;
};

}  // namespace scardlab::fakes
