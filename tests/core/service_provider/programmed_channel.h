#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/service_provider/card_channel.h"
#include "core/service_provider/secure_channel.h"

namespace scardlab::service_provider::test {

/// A channel to a card that answers what the test says (9000 when it says nothing), and writes down what came.
class ProgrammedChannel final : public CardChannel {
  public:
    struct Answer {
        Hresult result = Hresult::S_OK_;
        iso7816::Bytes response{0x90, 0x00};
    };

    std::deque<Answer> answers;
    /// Answers each command, where it is set, instead of `answers`.
    std::function<Answer(const iso7816::CommandApdu&)> card;
    std::function<void()> at_hold;  ///< what happens while a hold is waited for
    Hresult turn = Hresult::S_OK_, begun = Hresult::S_OK_, ended = Hresult::S_OK_;
    std::uint64_t session_number = 1;
    iso7816::Bytes answer_to_reset;  ///< empty: the channel does not know it
    bool recording = true;

    void answer(std::initializer_list<std::uint8_t> response) { answers.push_back({Hresult::S_OK_, response}); }
    /// What came since the last time, and forgets it: "begin", "end", commands in hexadecimal digits, "secured " first.
    std::vector<std::string> calls() { return std::exchange(calls_, {}); }
    int holds() const { return holds_; }
    int turns() const { return turns_; }

    Hresult exchange(const iso7816::CommandApdu& command, bool secured, iso7816::Bytes& response) override {
        if (recording) {
            calls_.push_back((secured ? "secured " : "") + iso7816::to_hex(command.encode()));
        }
        Answer next;
        if (card) {
            next = card(command);
        } else if (!answers.empty()) {
            next = std::move(answers.front());
            answers.pop_front();
        }
        if (next.result == Hresult::S_OK_) {
            response = std::move(next.response);
        }
        return next.result;
    }
    Hresult begin_method() override {
        turns_ += turn == Hresult::S_OK_ ? 1 : 0;
        return turn;
    }
    void end_method() override { --turns_; }
    Hresult begin_hold() override {
        note("begin");
        if (at_hold) {
            at_hold();
        }
        holds_ += begun == Hresult::S_OK_ ? 1 : 0;
        return begun;
    }
    Hresult end_hold() override {
        note("end");
        --holds_;
        return ended;
    }
    Hresult atr(iso7816::Bytes& atr) override {
        atr = answer_to_reset;
        return atr.empty() ? Hresult::E_NOTIMPL_ : Hresult::S_OK_;
    }
    std::uint64_t session() const override { return session_number; }
    SecureChannel* secure_channel() override { return secure_.get(); }
    void set_secure_channel(std::unique_ptr<SecureChannel> channel) override { secure_ = std::move(channel); }

  private:
    void note(const char* call) {
        if (recording) {
            calls_.emplace_back(call);
        }
    }

    std::vector<std::string> calls_;
    std::unique_ptr<SecureChannel> secure_;
    int holds_ = 0, turns_ = 0;
};

}  // namespace scardlab::service_provider::test
