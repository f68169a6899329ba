#pragma once

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "emulator/vpcd/link/connection.h"
#include "tests/emulator/vpcd/fake_ifd.h"

namespace scardlab::vpcd {

/// A fake reader with its link on a thread of its own.
class LinkBench {
  public:
    explicit LinkBench(Endpoint endpoint, LinkOptions options = {})
        : reader(clock), link(reader, clock, std::move(endpoint), std::move(options)) {
        reader.atr = dual_protocol_atr();
    }
    ~LinkBench() { stop(); }
    LinkBench(const LinkBench&) = delete;
    LinkBench& operator=(const LinkBench&) = delete;

    void start() {
        thread_ = std::thread([this] { result_.set_value(link.run()); });
    }
    /// Runs a function on the link's thread and waits for it.
    template <typename Function>
    auto on_link(Function function) {
        std::packaged_task<decltype(function())()> task(std::move(function));
        auto result = task.get_future();
        link.post([&task] { task(); });
        return result.get();
    }
    std::vector<std::string> calls() {
        return on_link([this] { return reader.calls; });
    }
    void insert() {
        on_link([this] { reader.insert(); });
    }
    void remove() {
        on_link([this] { reader.remove(); });
    }
    void swap() {
        on_link([this] {
            reader.remove();
            reader.insert();
        });
    }
    /// What run() returned; waits for its end.
    tl::expected<void, LinkError> finish() {
        auto result = result_.get_future().get();
        thread_.join();
        return result;
    }
    void stop() {
        if (thread_.joinable()) {
            link.stop();
            thread_.join();
        }
    }

    ifd::VirtualClock clock;
    FakeIfd reader;
    Link link;

  private:
    std::promise<tl::expected<void, LinkError>> result_;
    std::thread thread_;
};

}  // namespace scardlab::vpcd
