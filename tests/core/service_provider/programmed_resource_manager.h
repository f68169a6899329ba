#pragma once

#include <deque>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/resource_manager/resource_manager.h"

namespace scardlab::service_provider::test {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Context;
using resource_manager::Disposition;
using resource_manager::Handle;
using resource_manager::Protocols;
using resource_manager::ReaderState;
using resource_manager::ReconnectResult;
using resource_manager::ShareMode;
using resource_manager::StatusResult;

inline constexpr Context own_context{7};
inline constexpr Protocols t0_or_t1 = resource_manager::protocol_t0 | resource_manager::protocol_t1;

/// A resource manager that answers what the test has put into its queues (success, T=1 and handles from 100 on when a
/// queue is empty) and writes every call down.
class ProgrammedResourceManager final : public resource_manager::ResourceManager {
  public:
    std::deque<ConnectResult> connects;
    std::deque<ReconnectResult> reconnects;
    std::deque<StatusResult> statuses;
    std::deque<Code> disconnects, begins, ends, transmits, lists, establishes;
    /// What SCardGetStatusChange shows at once: a card that answers, event counter 0.
    ReaderState look{"", 0, resource_manager::watch_present | resource_manager::watch_inuse, {0x3B, 0x00}};
    std::optional<std::uint8_t> icc_presence;  ///< what the driver answers, where it does
    std::vector<std::string> readers{"Lab 00 00", "Lab 01 00"};
    iso7816::Bytes response{0x90, 0x00};
    std::deque<iso7816::Bytes> responses;           ///< come first
    std::vector<iso7816::Bytes> commands;           ///< while recording
    std::map<std::string, int> memory_runs_out_at;  ///< verb -> how many calls of it still have memory
    bool recording = true;
    /// The call after so many more answers that code, or throws std::bad_alloc for no_memory, and does nothing.
    std::optional<int> fails_after;
    Code failure = Code::internal_error;

    /// What was called since the last time, and forgets it.
    std::vector<std::string> calls() { return std::exchange(calls_, {}); }

    Code establish_context(Context& context) override {
        note("establish_context", {});
        if (fails_now_) {
            return failure;
        }
        const Code code = next(establishes);
        context = code == Code::success ? Context{next_context_++} : Context{};
        return code;
    }
    Code release_context(Context context) override {
        note("release_context", {context.value});
        return fails_now_ ? failure : Code::success;
    }
    Code list_readers(Context context, std::vector<std::string>& names) override {
        note("list_readers", {context.value});
        if (fails_now_) {
            return failure;
        }
        names = readers;
        return next(lists);
    }
    Code get_status_change(Context context, std::optional<std::chrono::milliseconds>,
                           std::span<ReaderState> states) override {
        note("look", {context.value}, std::string(" ").append(states[0].reader));
        if (fails_now_) {
            return failure;
        }
        states[0].event_state = look.event_state;
        states[0].atr = look.atr;
        return Code::success;
    }
    Code cancel(Context) override { return Code::success; }
    ConnectResult connect(Context context, std::string_view reader, ShareMode share, Protocols preferred) override {
        note("connect", {context.value}, std::string(" ").append(reader), {number(share), preferred});
        if (fails_now_) {
            return {failure, {}};
        }
        if (connects.empty()) {
            return {Code::success, Handle{next_handle_++}, resource_manager::protocol_t1};
        }
        return pop(connects);
    }
    ReconnectResult reconnect(Handle handle, ShareMode share, Protocols preferred, Disposition init) override {
        note("reconnect", {handle.value, number(share), preferred, number(init)});
        if (fails_now_) {
            return {failure, {}};
        }
        return reconnects.empty() ? ReconnectResult{Code::success, resource_manager::protocol_t1} : pop(reconnects);
    }
    Code disconnect(Handle handle, Disposition disposition) override {
        note("disconnect", {handle.value, number(disposition)});
        if (fails_now_) {
            return failure;
        }
        return next(disconnects);
    }
    Code begin_transaction(Handle handle) override {
        note("begin", {handle.value});
        if (fails_now_) {
            return failure;
        }
        return next(begins);
    }
    Code end_transaction(Handle handle, Disposition disposition) override {
        note("end", {handle.value, number(disposition)});
        if (fails_now_) {
            return failure;
        }
        return next(ends);
    }
    StatusResult status(Handle handle) override {
        note("status", {handle.value});
        if (fails_now_) {
            return failing(failure);
        }
        return statuses.empty() ? usable() : pop(statuses);
    }
    Code transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& answer,
                  std::size_t) override {
        note("transmit", {handle.value, pci, static_cast<std::int64_t>(command.size())});
        if (fails_now_) {
            return failure;
        }
        const Code code = next(transmits);
        answer.clear();
        if (recording) {
            commands.emplace_back(command.begin(), command.end());
        }
        if (code == Code::success && !responses.empty()) {
            answer = pop(responses);
        } else if (code == Code::success) {
            answer.insert(answer.end(), response.begin(), response.end());
        }
        return code;
    }
    Code control(Handle, std::uint32_t, iso7816::ByteView, iso7816::Bytes&) override {
        return Code::unsupported_feature;
    }
    Code get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) override {
        note("get_attrib", {handle.value, attribute});
        if (fails_now_) {
            return failure;
        }
        value.clear();
        if (!icc_presence) {
            return Code::unsupported_feature;
        }
        value.push_back(*icc_presence);
        return Code::success;
    }

    /// SCardStatus of a card that is powered, with T=1 in force.
    static StatusResult usable() {
        StatusResult result;
        result.reader = "Lab 00 00";
        result.state =
            resource_manager::state_present | resource_manager::state_powered | resource_manager::state_negotiable;
        result.protocol = resource_manager::protocol_t1;
        result.atr = iso7816::Atr::parse(iso7816::Bytes{0x3B, 0x80, 0x01, 0x81}).value();
        return result;
    }
    static StatusResult failing(Code code) {
        StatusResult result;
        result.code = code;
        return result;
    }

  private:
    template <typename Enum>
    static std::int64_t number(Enum value) {
        return static_cast<std::int64_t>(value);
    }
    template <typename Answer>
    static Answer pop(std::deque<Answer>& queue) {
        Answer front = queue.front();
        queue.pop_front();
        return front;
    }
    static Code next(std::deque<Code>& queue) { return queue.empty() ? Code::success : pop(queue); }

    void note(const char* verb, std::initializer_list<std::int64_t> numbers, std::string_view text = {},
              std::initializer_list<std::int64_t> more = {}) {
        fails_now_ = fails_after && (*fails_after)-- == 0;
        if (!recording) {
            return;
        }
        std::string line = verb;
        for (const std::int64_t value : numbers) {
            line += ' ' + std::to_string(value);
        }
        line += text;
        for (const std::int64_t value : more) {
            line += ' ' + std::to_string(value);
        }
        calls_.push_back(std::move(line));
        if (fails_now_ && failure == Code::no_memory) {
            throw std::bad_alloc();
        }
        if (const auto limit = memory_runs_out_at.find(verb); limit != memory_runs_out_at.end()) {
            if (limit->second-- <= 0) {
                throw std::bad_alloc();
            }
        }
    }

    std::vector<std::string> calls_;
    bool fails_now_ = false;
    std::int64_t next_handle_ = 100;
    std::int64_t next_context_ = own_context.value;
};

using Calls = std::vector<std::string>;

}  // namespace scardlab::service_provider::test
