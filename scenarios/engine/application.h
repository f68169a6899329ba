#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/resource_manager/resource_manager.h"
#include "core/service_provider/iscard_manage.h"
#include "scenarios/engine/application_interfaces.h"
#include "scenarios/engine/reply.h"
#include "scenarios/engine/scenario.h"

namespace scardlab::engine {

/// One application of a scenario: an ISCardManage with what it creates, and, for the resource manager's verbs, a
/// context and the handle that its SCardConnect made. When the resource manager dies, the ISCardManage finds its way
/// back; the context of the verbs stays dead, as a process's own does, and they answer what a dead context is told. It
/// stands for a process: handles of other applications are unknown to it, as in libpcsclite (rule R1). One thread,
/// except for cancel().
class Application {
  public:
    /// `manager` outlives the object. `default_reader` is what a call without a reader means.
    /// `shared_manager`: the manager also serves applications that stand for other processes. `random` makes its
    /// challenges.
    Application(resource_manager::ResourceManager& manager, std::string default_reader, bool shared_manager,
                service_provider::RandomSource random);
    ~Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    /// Makes the call. nullopt: it would block now (embedded resource manager only); call again with the same
    /// arguments.
    std::optional<Reply> call(Method method, const Arguments& arguments);

    /// SCardCancel on this application's context, CancelWait, or Detach, from any thread: for one that is in a call.
    Reply cancel(Method method, const Arguments& arguments);

    /// What the resource manager frees when the process dies.
    std::vector<resource_manager::Context> contexts() const;
    unsigned handles() const;

    /// Number of the handle that its own SCardConnect made.
    std::optional<std::int64_t> raw_handle_number() const;

    /// What it holds, for a message: "attached T1, raw handle, ..." or "nothing".
    std::string holds() const;

  private:
    std::optional<Reply> interface_call(Method method, const Arguments& arguments);
    std::optional<Reply> raw_call(Method method, const Arguments& arguments);
    std::optional<Reply> finish(service_provider::Hresult result, Reply reply = {}) const;
    std::optional<Reply> finish(resource_manager::Code code, Reply reply = {}) const;
    std::optional<Reply> attach(Method method, const Arguments& arguments);
    std::optional<Reply> reconnect(const Arguments& arguments);
    std::optional<Reply> status();
    std::optional<Reply> transmit(const Arguments& arguments);
    std::optional<Reply> raw_connect(const Arguments& arguments);
    std::optional<Reply> raw_reconnect(const Arguments& arguments);
    std::optional<Reply> raw_disconnect(const Arguments& arguments);
    std::optional<Reply> raw_transmit(const Arguments& arguments);
    std::optional<Reply> raw_status();
    std::optional<Reply> raw_status_change(const Arguments& arguments);
    std::optional<Reply> raw_bytes(Method method, const Arguments& arguments);
    resource_manager::Handle raw_handle() const;
    resource_manager::Handle handle_to_attach(const Arguments& arguments) const;
    std::string reader(const Arguments& arguments) const;

    resource_manager::ResourceManager& manager_;
    std::string default_reader_;
    bool shared_manager_;
    resource_manager::Context context_;
    resource_manager::Code established_;
    std::unique_ptr<service_provider::ISCardManage> manage_;
    ApplicationInterfaces interfaces_;
    std::optional<resource_manager::Handle> raw_handle_;
    resource_manager::Protocols raw_protocol_ = resource_manager::protocol_undefined;
    std::uint32_t last_event_state_ = 0;
};

}  // namespace scardlab::engine
