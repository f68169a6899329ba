// A resource manager whose verbs block until they are released.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/resource_manager/pcsclite/blocking_caller.h"
#include "core/resource_manager/resource_manager.h"

namespace scardlab::fakes {

using resource_manager::Code;
using resource_manager::ConnectResult;
using resource_manager::Context;
using resource_manager::Disposition;
using resource_manager::Handle;
using resource_manager::Protocols;
using resource_manager::ReaderState;
using resource_manager::ReconnectResult;
using resource_manager::ResourceManager;
using resource_manager::ShareMode;
using resource_manager::StatusResult;

/// The verbs' state, for all threads that make them. Outlives the callers' threads: the destructor releases them and
/// waits until they have gone.
class StuckService {
  public:
    StuckService() = default;
    ~StuckService() {
        release();
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return users_ == 0; });
    }
    StuckService(const StuckService&) = delete;
    StuckService& operator=(const StuckService&) = delete;

    /// From now on `verb` does not come back ("connect", "transmit" and so on).
    void stick(const std::string& verb) {
        const std::lock_guard lock(mutex_);
        stuck_.insert(verb);
    }
    /// All come back.
    void release() {
        const std::lock_guard lock(mutex_);
        stuck_.clear();
        changed_.notify_all();
    }
    /// Waits until `verb` has been called so many times.
    void await(const std::string& verb, std::ptrdiff_t times = 1) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return std::ranges::count(calls_, verb) >= times; });
    }
    /// The verbs, in the order in which they were called.
    std::vector<std::string> calls() const {
        const std::lock_guard lock(mutex_);
        return calls_;
    }
    std::ptrdiff_t count(const std::string& verb) const { return std::ranges::count(calls(), verb); }

    /// Another application holds the lock: get_attrib says so.
    std::atomic<bool> locked{false};
    std::atomic<bool> answering{true};  ///< the probe's answer
    std::atomic<int> sharing{1};

    /// What a thread of the caller works with.
    std::unique_ptr<ResourceManager> verbs();
    resource_manager::BlockingService blocking_service(bool repeats = true);

  private:
    friend class StuckVerbs;

    void enter(const std::string& verb) {
        std::unique_lock lock(mutex_);
        calls_.push_back(verb);
        changed_.notify_all();
        changed_.wait(lock, [&] { return !stuck_.contains(verb); });
    }
    void use(int difference) {
        const std::lock_guard lock(mutex_);
        users_ += difference;
        changed_.notify_all();
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string> stuck_;
    std::vector<std::string> calls_;
    int users_ = 0;
    std::int64_t last_ = 0;
};

class StuckVerbs : public ResourceManager {
  public:
    explicit StuckVerbs(StuckService& service) : service_(service) { service_.use(1); }
    ~StuckVerbs() override { service_.use(-1); }
    StuckVerbs(const StuckVerbs&) = delete;
    StuckVerbs& operator=(const StuckVerbs&) = delete;

    Code establish_context(Context& context) override {
        service_.enter("establish");
        context.value = next();
        return Code::success;
    }
    Code release_context(Context) override { return simple("release"); }
    Code list_readers(Context, std::vector<std::string>& readers) override {
        service_.enter("list");
        readers = {"Lab 00 00"};
        return Code::success;
    }
    Code get_status_change(Context, std::optional<std::chrono::milliseconds>, std::span<ReaderState>) override {
        service_.enter("watch");
        return Code::cancelled;
    }
    Code cancel(Context) override {
        service_.enter("cancel");
        // The first one comes too early, as pcsc-lite's may.
        if (service_.count("cancel") > 1) {
            const std::lock_guard lock(service_.mutex_);
            service_.stuck_.erase("watch");
            service_.changed_.notify_all();
        }
        return Code::success;
    }
    ConnectResult connect(Context, std::string_view, ShareMode, Protocols) override {
        service_.enter("connect");
        return {Code::success, Handle{next()}, resource_manager::protocol_t1};
    }
    ReconnectResult reconnect(Handle, ShareMode, Protocols, Disposition) override {
        return {simple("reconnect"), resource_manager::protocol_t1};
    }
    Code disconnect(Handle, Disposition disposition) override {
        return simple(disposition == Disposition::leave ? "disconnect" : "disconnect with reset");
    }
    Code begin_transaction(Handle) override { return simple("begin"); }
    Code end_transaction(Handle, Disposition) override { return simple("end"); }
    StatusResult status(Handle) override {
        StatusResult result;
        result.code = simple("status");
        result.reader = "Lab 00 00";
        return result;
    }
    Code transmit(Handle, Protocols, iso7816::ByteView, iso7816::Bytes& response, std::size_t) override {
        response = {0x90, 0x00};
        return simple("transmit");
    }
    Code control(Handle, std::uint32_t, iso7816::ByteView, iso7816::Bytes&) override { return simple("control"); }
    Code get_attrib(Handle, std::uint32_t, iso7816::Bytes&) override {
        service_.enter("attrib");
        return service_.locked ? Code::sharing_violation : Code::unsupported_feature;
    }

  private:
    Code simple(const char* verb) {
        service_.enter(verb);
        return Code::success;
    }
    std::int64_t next() {
        const std::lock_guard lock(service_.mutex_);
        return ++service_.last_;
    }

    StuckService& service_;
};

/// The same with callers that bound every wait.
class StuckManager final : public StuckVerbs {
  public:
    explicit StuckManager(StuckService& service) : StuckVerbs(service), service_(service) {}
    std::unique_ptr<resource_manager::Caller> make_caller() override {
        return std::make_unique<resource_manager::BlockingCaller>(service_.blocking_service());
    }

  private:
    StuckService& service_;
};

class StuckProbe final : public resource_manager::ServiceProbe {
  public:
    explicit StuckProbe(StuckService& service) : service_(service) {}
    bool answers(Time, int) override { return service_.answering; }
    std::optional<int> sharing(std::string_view, Time, int) override { return service_.sharing.load(); }
    bool await(Time, int) override { return service_.answering; }

  private:
    StuckService& service_;
};

inline std::unique_ptr<ResourceManager> StuckService::verbs() {
    return std::make_unique<StuckVerbs>(*this);
}

inline resource_manager::BlockingService StuckService::blocking_service(bool repeats) {
    return {[this] { return verbs(); }, std::make_unique<StuckProbe>(*this), repeats};
}

}  // namespace scardlab::fakes
