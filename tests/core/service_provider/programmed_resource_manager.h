#pragma once

#include <deque>
#include <map>
#include <new>
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
    std::deque<Code> disconnects, begins, ends, transmits, lists;
    std::vector<std::string> readers{"Lab 00 00", "Lab 01 00"};
    iso7816::Bytes response{0x90, 0x00};
    std::deque<iso7816::Bytes> responses;           ///< come first
    std::vector<iso7816::Bytes> commands;           ///< while recording
    std::map<std::string, int> memory_runs_out_at;  ///< verb -> how many calls of it still have memory
    bool recording = true;

    /// What was called since the last time, and forgets it.
    std::vector<std::string> calls() { return std::exchange(calls_, {}); }

    Code establish_context(Context& context) override {
        context = own_context;
        return Code::success;
    }
    Code release_context(Context) override { return Code::success; }
    Code list_readers(Context context, std::vector<std::string>& names) override {
        note("list_readers", {context.value});
        names = readers;
        return next(lists);
    }
    Code get_status_change(Context, std::optional<std::chrono::milliseconds>, std::span<ReaderState>) override {
        return Code::timeout;
    }
    Code cancel(Context) override { return Code::success; }
    ConnectResult connect(Context context, std::string_view reader, ShareMode share, Protocols preferred) override {
        note("connect", {context.value}, std::string(" ").append(reader), {number(share), preferred});
        if (connects.empty()) {
            return {Code::success, Handle{next_handle_++}, resource_manager::protocol_t1};
        }
        return pop(connects);
    }
    ReconnectResult reconnect(Handle handle, ShareMode share, Protocols preferred, Disposition init) override {
        note("reconnect", {handle.value, number(share), preferred, number(init)});
        return reconnects.empty() ? ReconnectResult{Code::success, resource_manager::protocol_t1} : pop(reconnects);
    }
    Code disconnect(Handle handle, Disposition disposition) override {
        note("disconnect", {handle.value, number(disposition)});
        return next(disconnects);
    }
    Code begin_transaction(Handle handle) override {
        note("begin", {handle.value});
        return next(begins);
    }
    Code end_transaction(Handle handle, Disposition disposition) override {
        note("end", {handle.value, number(disposition)});
        return next(ends);
    }
    StatusResult status(Handle handle) override {
        note("status", {handle.value});
        return statuses.empty() ? usable() : pop(statuses);
    }
    Code transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& answer,
                  std::size_t) override {
        note("transmit", {handle.value, pci, static_cast<std::int64_t>(command.size())});
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
    Code get_attrib(Handle, std::uint32_t, iso7816::Bytes&) override { return Code::unsupported_feature; }

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
        if (const auto limit = memory_runs_out_at.find(verb); limit != memory_runs_out_at.end()) {
            if (limit->second-- <= 0) {
                throw std::bad_alloc();
            }
        }
    }

    std::vector<std::string> calls_;
    std::int64_t next_handle_ = 100;
};

using Calls = std::vector<std::string>;

}  // namespace scardlab::service_provider::test
