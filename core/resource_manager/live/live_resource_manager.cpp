#include "core/resource_manager/live/live_resource_manager.h"

namespace scardlab::resource_manager {
namespace {

/// Wakes by the core's condition variable; no thread of its own.
class LiveCaller final : public Caller {
  public:
    explicit LiveCaller(LiveCore& core) : core_(core), verbs_(core, wait_) {}

    ResourceManager& verbs() override { return verbs_; }
    bool waits() const override { return true; }
    std::chrono::nanoseconds now() const override { return LiveCore::steady_now(); }
    void set_deadline(std::chrono::nanoseconds deadline) override { core_.set_deadline(wait_, deadline); }
    Code give_up(Context) override { return Code::sharing_violation; }
    void interrupt() override { core_.set_interrupted(wait_, true); }
    void clear_interrupt() override { core_.set_interrupted(wait_, false); }
    std::optional<std::uint64_t> changes() const override { return core_.changes(); }
    Code await_change(std::uint64_t seen) override { return core_.await_change(wait_, seen); }
    Code await_service() override { return core_.await_running(wait_); }

  private:
    LiveCore& core_;
    LiveWait wait_;
    LiveVerbs verbs_;
};

}  // namespace

Code LiveVerbs::establish_context(Context& context) {
    return core_.run(wait_, LiveVerb::changes, {}, Code::sharing_violation,
                     [&] { return core_.manager().establish_context(context); });
}

Code LiveVerbs::release_context(Context context) {
    return core_.run(wait_, LiveVerb::gives_back, context, Code::sharing_violation,
                     [&] { return core_.manager().release_context(context); });
}

Code LiveVerbs::list_readers(Context context, std::vector<std::string>& readers) {
    return core_.run(wait_, LiveVerb::looks, context, Code::sharing_violation,
                     [&] { return core_.manager().list_readers(context, readers); });
}

Code LiveVerbs::get_status_change(Context context, std::optional<std::chrono::milliseconds> timeout,
                                  std::span<ReaderState> states) {
    return core_.run(wait_, LiveVerb::looks, context, Code::timeout,
                     [&] { return core_.manager().get_status_change(context, timeout, states); });
}

Code LiveVerbs::cancel(Context context) {
    return core_.run(wait_, LiveVerb::changes, {}, Code::sharing_violation,
                     [&] { return core_.manager().cancel(context); });
}

ConnectResult LiveVerbs::connect(Context context, std::string_view reader, ShareMode share, Protocols preferred) {
    return core_.run(wait_, LiveVerb::changes, context, Code::sharing_violation,
                     [&] { return core_.manager().connect(context, reader, share, preferred); });
}

ReconnectResult LiveVerbs::reconnect(Handle handle, ShareMode share, Protocols preferred, Disposition initialization) {
    return core_.run(wait_, LiveVerb::changes, {}, Code::sharing_violation,
                     [&] { return core_.manager().reconnect(handle, share, preferred, initialization); });
}

Code LiveVerbs::disconnect(Handle handle, Disposition disposition) {
    const auto release = [&](Disposition what) {
        return core_.run(wait_, LiveVerb::gives_back, {}, Code::sharing_violation,
                         [&] { return core_.manager().disconnect(handle, what); });
    };
    const Code code = release(disposition);
    if (code == Code::sharing_violation || code == Code::cancelled) {
        static_cast<void>(release(Disposition::leave));
    }
    return code;
}

Code LiveVerbs::begin_transaction(Handle handle) {
    return core_.run(wait_, LiveVerb::changes, {}, Code::sharing_violation,
                     [&] { return core_.manager().begin_transaction(handle); });
}

Code LiveVerbs::end_transaction(Handle handle, Disposition disposition) {
    return core_.run(wait_, LiveVerb::gives_back, {}, Code::sharing_violation,
                     [&] { return core_.manager().end_transaction(handle, disposition); });
}

StatusResult LiveVerbs::status(Handle handle) {
    return core_.run(wait_, LiveVerb::looks, {}, Code::sharing_violation,
                     [&] { return core_.manager().status(handle); });
}

Code LiveVerbs::transmit(Handle handle, Protocols pci, iso7816::ByteView command, iso7816::Bytes& response,
                         std::size_t receive_limit) {
    return core_.run(wait_, LiveVerb::changes, {}, Code::sharing_violation,
                     [&] { return core_.manager().transmit(handle, pci, command, response, receive_limit); });
}

Code LiveVerbs::control(Handle handle, std::uint32_t control_code, iso7816::ByteView input, iso7816::Bytes& output) {
    return core_.run(wait_, LiveVerb::changes, {}, Code::sharing_violation,
                     [&] { return core_.manager().control(handle, control_code, input, output); });
}

Code LiveVerbs::get_attrib(Handle handle, std::uint32_t attribute, iso7816::Bytes& value) {
    return core_.run(wait_, LiveVerb::looks, {}, Code::sharing_violation,
                     [&] { return core_.manager().get_attrib(handle, attribute, value); });
}

std::unique_ptr<Caller> LiveVerbs::make_caller() {
    return std::make_unique<LiveCaller>(core_);
}

}  // namespace scardlab::resource_manager
